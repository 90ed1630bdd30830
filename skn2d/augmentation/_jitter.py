"""Noise on series."""

from numbers import Real

import numpy as np
from sklearn.utils._param_validation import Interval

from skn2d.augmentation._generators import bulk_generator
from skn2d.augmentation._shaped import SeriesAugmentation
from skn2d.augmentation._variances import column_variances


class Jitter(SeriesAugmentation):
    """Add normal noise to every value of series, as a sensor does.

    Parameters
    ----------
    series_shape : tuple of int or None, default=None
        (n_timesteps, n_channels) or (n_timesteps,) of a row, whose columns run through
        the channels first. None takes that of the network, where it has one.
    stddev : float, default=0.05
        Standard deviation of the noise in units of each channel's own, over the batch
        and time. From 0 on.

    See Also
    --------
    GaussianNoise : The same noise in all columns, for rows of any kind.

    References
    ----------
    T. T. Um et al., "Data Augmentation of Wearable Sensor Data for Parkinson's Disease
    Monitoring using Convolutional Neural Networks", ICMI 2017, arXiv:1706.00527 (the
    defaults).

    Examples
    --------
    >>> import numpy as np
    >>> from skn2d.augmentation import Jitter
    >>> X = np.sin(np.linspace(0, 20, 100)) * np.ones((5, 1))
    >>> Jitter(series_shape=(100,))(X, random_state=0).shape
    (5, 100)
    """

    _parameter_constraints = {"stddev": [Interval(Real, 0, None, closed="left")]}

    def __init__(self, series_shape=None, stddev=0.05):
        self.series_shape = series_shape
        self.stddev = stddev

    def _prepare_grids(self, shape):
        n_channels = shape[-1]
        stddev = float(self.stddev)

        def add_noise(series, random_state):
            noise = bulk_generator(random_state).standard_normal(series.shape, dtype=np.float32)
            spread = np.sqrt(column_variances(series.reshape(-1, n_channels)))
            noise *= (stddev * spread).astype(np.float32)
            noise += series
            return noise

        return add_noise
