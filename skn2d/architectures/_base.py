"""What every network specification has in common."""

from abc import ABC, abstractmethod

from sklearn.base import BaseEstimator


class Architecture(ABC, BaseEstimator):
    """Base class of network specifications.

    Subclass it to search over the parameters of a network of your own: the parameters
    of ``__init__`` are cloned, printed and reached by ``GridSearchCV`` as
    ``autoencoder__architecture__NAME``. A plain function with the signature of
    :meth:`build` does where there is nothing to search.

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
