"""Variational autoencoder around any network in two halves."""

from numbers import Real

import numpy as np

from skn2d._optional import import_keras
from skn2d.architectures._base import Architecture, EncoderDecoder
from skn2d.architectures._dense import DenseArchitecture


class VariationalArchitecture(Architecture):
    """A network whose code is a distribution while it is trained.

    Noise as large as the row's information allows keeps near codes alike, and a pull
    towards a standard normal distribution leaves columns unused that the rows do not
    need. After training the code is the mean, without noise.

    Parameters
    ----------
    architecture : EncoderDecoder or None, default=None
        The layers before and behind the code. None means a
        :class:`DenseArchitecture`.
    kl_weight : float, default=1.0
        Weight of the divergence from the standard normal distribution (the beta of a
        beta-VAE). With 1 the loss is the evidence lower bound for a noise as large as the
        columns' mean variance: directions that vary less than a column does on the
        average are left out of the code. Smaller keeps more, 0 only adds no pull.

    See Also
    --------
    DenseArchitecture : The default network inside.

    References
    ----------
    D. P. Kingma, M. Welling, "Auto-Encoding Variational Bayes", ICLR 2014,
    arXiv:1312.6114.

    I. Higgins et al., "beta-VAE: Learning Basic Visual Concepts with a Constrained
    Variational Framework", ICLR 2017.

    Examples
    --------
    >>> from sklearn.datasets import load_iris
    >>> from skn2d import AutoencoderTransformer
    >>> from skn2d.architectures import DenseArchitecture, VariationalArchitecture
    >>> autoencoder = AutoencoderTransformer(
    ...     latent_dim=2,
    ...     architecture=VariationalArchitecture(DenseArchitecture((16,))),
    ...     epochs=1,
    ... )
    >>> autoencoder.fit_transform(load_iris().data).shape
    (150, 2)
    """

    def __init__(self, architecture=None, kl_weight=1.0):
        self.architecture = architecture
        self.kl_weight = kl_weight

    @property
    def image_shape(self):
        """Shape of the images, where the network inside knows it."""
        return self.architecture.image_shape

    @property
    def series_shape(self):
        """Shape of the series, where the network inside knows it."""
        return self.architecture.series_shape

    def build(self, n_features, latent_dim):
        """Make the layers of one autoencoder.

        Parameters
        ----------
        n_features : int
            Number of columns of the data.
        latent_dim : int
            Number of columns of the code.

        Returns
        -------
        inputs : keras.KerasTensor of shape (None, n_features)
            The rows.
        code : keras.KerasTensor of shape (None, latent_dim)
            The mean of the compressed rows; while training, a draw.
        outputs : keras.KerasTensor of shape (None, n_features)
            The rows restored from `code`.

        Raises
        ------
        TypeError
            If `architecture` has no two halves.
        ValueError
            If `kl_weight`, or a parameter of `architecture`, cannot be used.
        """
        network = DenseArchitecture() if self.architecture is None else self.architecture
        if not isinstance(network, EncoderDecoder):
            raise TypeError(
                "architecture must be an EncoderDecoder, such as DenseArchitecture() or "
                f"Conv2DArchitecture(image_shape), or None. Got {network!r}."
            )
        weight = self.kl_weight
        if not isinstance(weight, Real) or isinstance(weight, bool) or not 0 <= weight < np.inf:
            raise ValueError(f"kl_weight must be a number from 0. Got {weight!r}.")
        from skn2d.architectures._variational_code import VariationalCode

        inputs = import_keras().Input((n_features,))
        # The loss is a mean over columns, the evidence lower bound half of a sum.
        code = VariationalCode(latent_dim, 2 * float(weight) / n_features)(
            network.encode(inputs)
        )
        return inputs, code, network.decode(code, n_features)
