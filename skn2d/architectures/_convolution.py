"""Convolutions that halve the sides down to the code, and back to exactly the same shape."""

import math

from skn2d._optional import import_keras
from skn2d._row_shape import full_row_shape
from skn2d.architectures._base import (
    EncoderDecoder,
    check_activation,
    check_widths,
    is_positive_integer,
)

# Of the values in a row, whatever Keras is set to.
_ORDER = "channels_last"


def _halved(sides, n_layers):
    """List the sides before, between and after the layers, as far as they can be halved."""
    sizes = [tuple(sides)]
    while len(sizes) <= n_layers and max(sizes[-1]) > 1:
        sizes.append(tuple(math.ceil(side / 2) for side in sizes[-1]))
    return sizes


def _strides(sides):
    return tuple(2 if side > 1 else 1 for side in sides)


class ConvolutionArchitecture(EncoderDecoder):
    """What convolutions over images and over series have in common."""

    _shape_name = None  # the parameter that has the shape of a row

    def _shape(self, n_features):
        shape = getattr(self, self._shape_name)
        return full_row_shape(self._shape_name, shape, n_features, type(self).__name__)

    def _kernel_sizes(self):
        sizes = self.kernel_size
        if not isinstance(sizes, (tuple, list)):
            sizes = [sizes] * len(self.filters)
        if len(sizes) != len(self.filters) or not all(map(is_positive_integer, sizes)):
            raise ValueError(
                "kernel_size must be a positive integer, or a tuple with one for each of the "
                f"{len(self.filters)} layers of filters={self.filters!r}. Got "
                f"{self.kernel_size!r}."
            )
        return [int(size) for size in sizes]

    def _check(self, sides):
        check_widths("filters", self.filters, (32, 64))
        check_activation(self.activation)
        given = f"{self._shape_name}={getattr(self, self._shape_name)!r}"
        if max(self._kernel_sizes()) > max(sides):
            raise ValueError(
                f"kernel_size={self.kernel_size!r} is larger than {given}. Use at most "
                f"{max(sides)}."
            )
        n_possible = len(_halved(sides, len(self.filters))) - 1
        if not n_possible:
            raise ValueError(
                f"{given} leaves a convolution nothing to look over. Use a DenseArchitecture."
            )
        if n_possible < len(self.filters):
            raise ValueError(
                f"filters={self.filters!r} would shrink {given} below one value, as each of "
                f"its {len(self.filters)} layers halves the sides. Use at most {n_possible}: "
                f"filters={tuple(self.filters[:n_possible])!r}, which an N2DClusterer reaches "
                "as autoencoder__architecture__filters."
            )

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
            If a parameter is unusable, the shape does not fit the columns, or the layers
            do not fit the shape.
        """
        shape = self._shape(inputs.shape[1])
        *sides, _ = shape
        self._check(sides)
        layers = import_keras().layers
        convolution = getattr(layers, f"Conv{len(sides)}D")
        hidden = layers.Reshape(shape)(inputs)
        for width, kernel_size in zip(self.filters, self._kernel_sizes(), strict=True):
            hidden = convolution(
                int(width),
                kernel_size,
                strides=_strides(hidden.shape[1:-1]),
                padding="same",
                activation=self.activation,
                data_format=_ORDER,
            )(hidden)
        return layers.Flatten(data_format=_ORDER)(hidden)

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
        *sides, n_channels = self._shape(n_features)
        layers = import_keras().layers
        transposed = getattr(layers, f"Conv{len(sides)}DTranspose")
        *targets, smallest = _halved(sides, len(self.filters))
        *widths, last = [n_channels, *map(int, self.filters)]
        hidden = layers.Dense(math.prod(smallest) * last, activation=self.activation)(code)
        hidden = layers.Reshape((*smallest, last))(hidden)
        stages = zip(targets, widths, self._kernel_sizes(), strict=True)
        for target, width, kernel_size in reversed(list(stages)):
            hidden = transposed(
                width,
                kernel_size,
                strides=_strides(target),
                padding="same",
                activation="linear" if target == tuple(sides) else self.activation,
                data_format=_ORDER,
            )(hidden)
            # An odd side was rounded up when it was halved: doubled, it is one too long.
            surplus = [(0, a - b) for a, b in zip(hidden.shape[1:-1], target, strict=True)]
            if any(end for _, end in surplus) and len(sides) == 1:
                hidden = layers.Cropping1D(surplus[0])(hidden)
            elif any(end for _, end in surplus):
                hidden = layers.Cropping2D(surplus, data_format=_ORDER)(hidden)
        return layers.Flatten(data_format=_ORDER)(hidden)
