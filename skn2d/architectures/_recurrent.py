"""Recurrent autoencoder for series."""

from skn2d._optional import import_keras
from skn2d._row_shape import full_row_shape
from skn2d.architectures._base import EncoderDecoder, check_widths

_CELLS = {"gru": "GRU", "lstm": "LSTM"}


class RecurrentArchitecture(EncoderDecoder):
    """Recurrent layers that read a series step by step, in both directions.

    The decoder gets the code at every step and writes the series, with the same layers
    mirrored.

    Parameters
    ----------
    series_shape : tuple of int
        ``(n_timesteps,)`` or ``(n_timesteps, n_channels)`` of the series that the rows
        were flattened from, in C order: all channels of the first time step, then those
        of the second.
    units : tuple of int, default=(64,)
        Units of the encoder's layers in each direction, from the series to the code.
        More remember more, and take longer.
    cell : {"gru", "lstm"}, default="gru"
        Kind of the recurrent cell. An LSTM has a memory of its own besides its output,
        and a third more weights.

    See Also
    --------
    Conv1DArchitecture : Several times faster, and often as good.

    References
    ----------
    N. Srivastava, E. Mansimov, R. Salakhutdinov, "Unsupervised Learning of Video
    Representations using LSTMs", ICML 2015, arXiv:1502.04681.

    Examples
    --------
    >>> import numpy as np
    >>> from skn2d import AutoencoderTransformer
    >>> from skn2d.architectures import RecurrentArchitecture
    >>> time = np.linspace(0, 6, 12)
    >>> X = np.array([np.sin(time * pace) for pace in np.linspace(1, 3, 40)])
    >>> autoencoder = AutoencoderTransformer(
    ...     latent_dim=2, architecture=RecurrentArchitecture((12,), units=(8,)), epochs=1
    ... )
    >>> autoencoder.fit_transform(X).shape
    (40, 2)
    """

    def __init__(self, series_shape, units=(64,), cell="gru"):
        self.series_shape = series_shape
        self.units = units
        self.cell = cell

    def _shape(self, n_features):
        name = type(self).__name__
        return full_row_shape("series_shape", self.series_shape, n_features, name)

    def _layer(self, units, *, return_sequences):
        layers = import_keras().layers
        recurrent = getattr(layers, _CELLS[self.cell])
        return layers.Bidirectional(recurrent(int(units), return_sequences=return_sequences))

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
            If a parameter is unusable, or the shape does not fit the columns.
        """
        shape = self._shape(inputs.shape[1])
        check_widths("units", self.units, (64,))
        if not isinstance(self.cell, str) or self.cell not in _CELLS:
            raise ValueError(f"cell must be 'gru' or 'lstm'. Got {self.cell!r}.")
        hidden = import_keras().layers.Reshape(shape)(inputs)
        *earlier, last = self.units
        for units in earlier:
            hidden = self._layer(units, return_sequences=True)(hidden)
        return self._layer(last, return_sequences=False)(hidden)

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
        n_timesteps, n_channels = self._shape(n_features)
        layers = import_keras().layers
        hidden = layers.RepeatVector(n_timesteps)(code)
        for units in reversed(self.units):
            hidden = self._layer(units, return_sequences=True)(hidden)
        restored = layers.Dense(n_channels)(hidden)
        # In the order of the values in a row, whatever Keras is set to.
        return layers.Flatten(data_format="channels_last")(restored)
