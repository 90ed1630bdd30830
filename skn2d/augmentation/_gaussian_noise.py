"""Gaussian noise on every value."""

from numbers import Real

import numpy as np
from sklearn.utils._param_validation import Interval

from skn2d.augmentation._base import Augmentation
from skn2d.augmentation._generators import bulk_generator
from skn2d.augmentation._variances import column_variances


class GaussianNoise(Augmentation):
    """Add normal noise to every value, for rows of any kind.

    Parameters
    ----------
    stddev : float, default=0.1
        Standard deviation of the noise in units of the batch's spread, the root of the
        columns' mean variance: the one scale by which
        :class:`~skn2d.AutoencoderTransformer` divides. More noise makes the code
        smoother, and blurs what is smaller than it. From 0 on.

    See Also
    --------
    Jitter : Noise for series, in units of each channel's own spread.

    Notes
    -----
    A batch of one row has no spread, and gets no noise.

    References
    ----------
    P. Vincent et al., "Stacked Denoising Autoencoders", JMLR 11, 2010.

    Examples
    --------
    >>> from sklearn.datasets import load_iris
    >>> from skn2d.augmentation import GaussianNoise
    >>> X = load_iris().data
    >>> noisy = GaussianNoise(stddev=0.1)(X, random_state=0)
    >>> float((noisy - X).std() / X.var(axis=0).mean() ** 0.5).__round__(2)
    0.1
    """

    _parameter_constraints = {"stddev": [Interval(Real, 0, None, closed="left")]}

    def __init__(self, stddev=0.1):
        self.stddev = stddev

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
        stddev = float(self.stddev)

        def add_noise(rows, random_state):
            noise = bulk_generator(random_state).standard_normal(rows.shape, dtype=np.float32)
            noise *= np.float32(stddev * np.sqrt(column_variances(rows).mean()))
            noise += rows
            return noise

        return add_noise
