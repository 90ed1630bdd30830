"""Values replaced by their column's mean."""

from numbers import Real

import numpy as np
from sklearn.utils._param_validation import Interval

from skn2d.augmentation._base import Augmentation
from skn2d.augmentation._generators import bulk_generator


class Masking(Augmentation):
    """Replace values at random by the mean of their column, for rows of any kind.

    Parameters
    ----------
    rate : float, default=0.1
        Share of the values that are replaced, from 0 to 1. The network then learns to
        tell a value from the others of its row.

    Notes
    -----
    The mean is that of the batch, so that a batch of one row stays as it is.

    References
    ----------
    P. Vincent et al., "Stacked Denoising Autoencoders", JMLR 11, 2010.

    Examples
    --------
    >>> import numpy as np
    >>> from skn2d.augmentation import Masking
    >>> X = np.array([[0.0, 10.0, 5.0], [2.0, 30.0, 5.0]])
    >>> Masking(rate=1)(X, random_state=0)
    array([[ 1., 20.,  5.],
           [ 1., 20.,  5.]], dtype=float32)
    """

    _parameter_constraints = {"rate": [Interval(Real, 0, 1, closed="both")]}

    def __init__(self, rate=0.1):
        self.rate = rate

    def prepare(self, n_features, architecture=None):
        """Check the parameters, before any training.

        Parameters
        ----------
        n_features : int
            Number of columns of the rows.
        architecture : Architecture, callable or None, default=None
            Not used: any rows will do.

        Returns
        -------
        callable
            ``augment(rows, random_state)``; see :meth:`Augmentation.prepare`.

        Raises
        ------
        ValueError
            If a parameter cannot be used.
        """
        self._validate_params()
        rate = np.float32(self.rate)

        def mask(rows, random_state):
            masked = bulk_generator(random_state).random(rows.shape, dtype=np.float32) < rate
            mean = rows.mean(axis=0, dtype=np.float64).astype(np.float32)
            return np.where(masked, mean, rows)

        return mask
