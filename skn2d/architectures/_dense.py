"""The fully connected autoencoder of the N2D paper."""

from numbers import Integral

from skn2d._optional import import_keras
from skn2d.architectures._base import Architecture


class DenseArchitecture(Architecture):
    """Fully connected layers to the code, and the same mirrored back.

    Parameters
    ----------
    hidden_units : tuple of int, default=(500, 500, 2000)
        Units of the hidden layers of the encoder, from the rows to the code; the
        decoder has them in reverse. More and wider layers fit finer detail and take
        longer.
    activation : str, default="relu"
        Keras name of the hidden layers' activation. Code and output are linear.

    References
    ----------
    J. Xie, R. Girshick, A. Farhadi, "Unsupervised Deep Embedding for Clustering
    Analysis", ICML 2016, arXiv:1511.06335 (the layer widths).

    Examples
    --------
    >>> from skn2d import AutoencoderTransformer
    >>> from skn2d.architectures import DenseArchitecture
    >>> AutoencoderTransformer(architecture=DenseArchitecture(hidden_units=(64,)))
    AutoencoderTransformer(architecture=DenseArchitecture(hidden_units=(64,)))
    """

    def __init__(self, hidden_units=(500, 500, 2000), activation="relu"):
        self.hidden_units = hidden_units
        self.activation = activation

    def _check(self, keras):
        units = self.hidden_units
        if not isinstance(units, (tuple, list)) or not all(
            isinstance(u, Integral) and not isinstance(u, bool) and u > 0 for u in units
        ):
            raise ValueError(
                "hidden_units must be a tuple of positive integers, such as "
                f"(500, 500, 2000). Got {units!r}."
            )
        try:
            known = isinstance(self.activation, str) and keras.activations.get(self.activation)
        except ValueError:
            known = False
        if not known:
            raise ValueError(
                "activation must be the name of a Keras activation, such as 'relu', "
                f"'tanh' or 'gelu'. Got {self.activation!r}."
            )

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
            The compressed rows.
        outputs : keras.KerasTensor of shape (None, n_features)
            The rows restored from `code`.

        Raises
        ------
        ValueError
            If `hidden_units` or `activation` cannot be used.
        """
        keras = import_keras()
        self._check(keras)
        dense = keras.layers.Dense
        inputs = hidden = keras.Input((n_features,))
        for units in self.hidden_units:
            hidden = dense(int(units), activation=self.activation)(hidden)
        code = hidden = dense(latent_dim)(hidden)
        for units in reversed(self.hidden_units):
            hidden = dense(int(units), activation=self.activation)(hidden)
        return inputs, code, dense(n_features)(hidden)
