"""The fully connected autoencoder of the N2D paper."""

from skn2d._optional import import_keras
from skn2d.architectures._base import EncoderDecoder, check_activation, check_widths


class DenseArchitecture(EncoderDecoder):
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

    def encode(self, inputs):
        """Make the layers before the code.

        Parameters
        ----------
        inputs : keras.KerasTensor of shape (None, n_features)
            The rows.

        Returns
        -------
        keras.KerasTensor of shape (None, n_units)
            What the code is computed from.

        Raises
        ------
        ValueError
            If `hidden_units` or `activation` cannot be used.
        """
        check_widths("hidden_units", self.hidden_units, (500, 500, 2000), may_be_empty=True)
        check_activation(self.activation)
        return self._stack(inputs, self.hidden_units)

    def decode(self, code, n_features):
        """Make the layers behind the code.

        Parameters
        ----------
        code : keras.KerasTensor of shape (None, latent_dim)
            The code.
        n_features : int
            Number of columns of the data.

        Returns
        -------
        keras.KerasTensor of shape (None, n_features)
            The restored rows.
        """
        hidden = self._stack(code, reversed(self.hidden_units))
        return import_keras().layers.Dense(n_features)(hidden)

    def _stack(self, hidden, hidden_units):
        dense = import_keras().layers.Dense
        for units in hidden_units:
            hidden = dense(int(units), activation=self.activation)(hidden)
        return hidden
