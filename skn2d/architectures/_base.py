"""What network specifications have in common."""

from abc import ABC, abstractmethod
from numbers import Integral

from sklearn.base import BaseEstimator

from skn2d._optional import import_keras


def check_activation(activation):
    """Raise a ValueError for what is not the name of a Keras activation."""
    keras = import_keras()
    try:
        known = isinstance(activation, str) and keras.activations.get(activation)
    except ValueError:
        known = False
    if not known:
        raise ValueError(
            "activation must be the name of a Keras activation, such as 'relu', "
            f"'tanh' or 'gelu'. Got {activation!r}."
        )


def is_positive_integer(value):
    """Whether `value` counts something: 1, 2, 3 and so on, but not True."""
    return isinstance(value, Integral) and not isinstance(value, bool) and value > 0


def check_widths(name, widths, example, *, may_be_empty=False):
    """Raise a ValueError for what is not a tuple of positive integers."""
    sequence = isinstance(widths, (tuple, list)) and (may_be_empty or len(widths))
    if not sequence or not all(is_positive_integer(width) for width in widths):
        raise ValueError(
            f"{name} must be a tuple of positive integers, such as {example}. Got {widths!r}."
        )


class Architecture(ABC, BaseEstimator):
    """Base class of network specifications.

    Subclass it to search over the parameters of a network of your own: the parameters
    of ``__init__`` are cloned, printed and reached by ``GridSearchCV`` as
    ``autoencoder__architecture__NAME``. A plain function with the signature of
    :meth:`build` does where there is nothing to search.

    See Also
    --------
    EncoderDecoder : Base class of networks that a variational one can be made of.

    Examples
    --------
    >>> from skn2d.architectures import Architecture
    >>> class TinyArchitecture(Architecture):
    ...     def __init__(self, units=16):
    ...         self.units = units
    ...
    ...     def build(self, n_features, latent_dim):
    ...         import keras
    ...
    ...         inputs = keras.Input((n_features,))
    ...         hidden = keras.layers.Dense(self.units, activation="tanh")(inputs)
    ...         code = keras.layers.Dense(latent_dim)(hidden)
    ...         hidden = keras.layers.Dense(self.units, activation="tanh")(code)
    ...         return inputs, code, keras.layers.Dense(n_features)(hidden)
    >>> TinyArchitecture(units=8).get_params()
    {'units': 8}
    """

    @abstractmethod
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
            The rows restored from `code` alone.
        """


class EncoderDecoder(Architecture):
    """Base class of networks in two halves around a linear code.

    A subclass says what lies before the code and what behind it; the code itself, a
    dense layer without activation, is made here, or by a
    :class:`VariationalArchitecture` around it.

    See Also
    --------
    Architecture : Base class of networks that are built as a whole.

    Examples
    --------
    >>> from skn2d.architectures import EncoderDecoder, VariationalArchitecture
    >>> class Tiny(EncoderDecoder):
    ...     def encode(self, inputs):
    ...         import keras
    ...
    ...         return keras.layers.Dense(16, activation="tanh")(inputs)
    ...
    ...     def decode(self, code, n_features):
    ...         import keras
    ...
    ...         hidden = keras.layers.Dense(16, activation="tanh")(code)
    ...         return keras.layers.Dense(n_features)(hidden)
    >>> inputs, code, outputs = VariationalArchitecture(Tiny()).build(64, 2)
    >>> inputs.shape, code.shape, outputs.shape
    ((None, 64), (None, 2), (None, 64))
    """

    @abstractmethod
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
        """

    @abstractmethod
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
            The rows restored from `code` alone.

        Raises
        ------
        ValueError
            If a parameter cannot be used, or does not fit the number of columns.
        """
        keras = import_keras()
        inputs = keras.Input((n_features,))
        code = keras.layers.Dense(latent_dim)(self.encode(inputs))
        return inputs, code, self.decode(code, n_features)
