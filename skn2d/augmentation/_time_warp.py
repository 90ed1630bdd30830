"""Series that run faster here and slower there."""

from numbers import Real

import numpy as np
from sklearn.utils._param_validation import Interval

from skn2d.augmentation._resampling import resample
from skn2d.augmentation._shaped import SeriesAugmentation
from skn2d.augmentation._smooth import smooth_basis


class TimeWarp(SeriesAugmentation):
    """Let series run faster here and slower there, between the same two ends.

    The speed is a smooth random curve, drawn for each series; time never runs backwards.
    The channels of a series stay together.

    Parameters
    ----------
    series_shape : tuple of int or None, default=None
        (n_timesteps, n_channels) or (n_timesteps,) of a row, whose columns run through
        the channels first. None takes that of the network, where it has one.
    stddev : float, default=0.2
        Standard deviation of the logarithm of the speed, from 0 to 5: about the share by
        which it varies.
    sigma : float, default=0.15
        Smoothness of the speed: width of its Gaussian filter, as a share of the length,
        from 0.01 to 1.

    References
    ----------
    T. T. Um et al., "Data Augmentation of Wearable Sensor Data for Parkinson's Disease
    Monitoring using Convolutional Neural Networks", ICMI 2017, arXiv:1706.00527 (the
    size of the changes).

    Examples
    --------
    >>> import numpy as np
    >>> from skn2d.augmentation import TimeWarp
    >>> X = np.arange(6.0).reshape(1, -1)
    >>> TimeWarp(series_shape=(6,))(X, random_state=0).round(1)
    array([[0. , 1.4, 2.3, 3.3, 4.1, 5. ]], dtype=float32)
    """

    _parameter_constraints = {
        "stddev": [Interval(Real, 0, 5, closed="both")],
        "sigma": [Interval(Real, 0.01, 1, closed="both")],
    }

    def __init__(self, series_shape=None, stddev=0.2, sigma=0.15):
        self.series_shape = series_shape
        self.stddev = stddev
        self.sigma = sigma

    def _prepare_grids(self, shape):
        n_timesteps = shape[0]
        stddev = float(self.stddev)
        basis = smooth_basis(n_timesteps, self.sigma)

        def warp(series, random_state):
            weights = random_state.standard_normal((len(series), basis.shape[1])) * stddev
            times = np.exp(weights @ basis.T).cumsum(axis=1)
            times -= times[:, :1]
            # The ends stay where they are; a single point has no length to keep.
            times *= (n_timesteps - 1) / np.maximum(times[:, -1:], np.finfo(float).tiny)
            times = times.astype(np.float32)
            return resample(series, lambda rows: (times[rows],))

        return warp
