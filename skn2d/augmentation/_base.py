"""What every augmentation has in common."""

from abc import ABC, abstractmethod

import numpy as np
from sklearn.base import BaseEstimator
from sklearn.utils import check_array, check_random_state


class Augmentation(ABC, BaseEstimator):
    """Base class of augmentations.

    Subclass it to search over the parameters of an augmentation of your own: the
    parameters of ``__init__`` are cloned, printed and reached by ``GridSearchCV`` as
    ``autoencoder__augmentation__NAME``. A plain function ``(rows, random_state)`` does
    where there is nothing to search. An augmentation is also called like a function, to
    look at what it does.

    Examples
    --------
    >>> import numpy as np
    >>> from skn2d.augmentation import Augmentation
    >>> class SignFlip(Augmentation):
    ...     def __init__(self, rate=0.5):
    ...         self.rate = rate
    ...
    ...     def prepare(self, n_features, architecture=None):
    ...         if not 0 <= self.rate <= 1:
    ...             raise ValueError(f"rate must be from 0 to 1. Got {self.rate!r}.")
    ...
    ...         def flip(rows, random_state):
    ...             flipped = random_state.random_sample(len(rows)) < self.rate
    ...             return np.where(flipped[:, None], -rows, rows)
    ...
    ...         return flip
    >>> SignFlip(rate=1)(np.array([[1.0, 2.0]]), random_state=0)
    array([[-1., -2.]], dtype=float32)
    """

    @abstractmethod
    def prepare(self, n_features, architecture=None):
        """Check the parameters against the columns, before any training.

        Parameters
        ----------
        n_features : int
            Number of columns of the rows.
        architecture : Architecture, callable or None, default=None
            The network that will be trained; it may know the shape of a row.

        Returns
        -------
        callable
            ``augment(rows, random_state)``, for rows of shape (n_rows, n_features),
            float32, in the units of X, and a ``RandomState``, from which all randomness
            comes. It returns new rows of the same shape and dtype, one draw for each,
            and leaves those it was given as they were.

        Raises
        ------
        ValueError
            If a parameter cannot be used, or not for rows of `n_features` columns.
        """

    def __call__(self, rows, random_state=None):
        rows = check_array(rows, dtype=np.float32, order="C", input_name="rows")
        return self.prepare(rows.shape[1])(rows, check_random_state(random_state))
