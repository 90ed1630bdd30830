"""Series of larger and smaller swing."""

from numbers import Real

import numpy as np
from sklearn.utils._param_validation import Interval

from skn2d.augmentation._shaped import SeriesAugmentation


class Scaling(SeriesAugmentation):
    """Multiply the channels of series by random factors.

    A factor is drawn for each channel of each series, about 1. It stretches what differs
    from the channel's mean in the batch, so that an offset such as a temperature in
    kelvin does not count.

    Parameters
    ----------
    series_shape : tuple of int or None, default=None
        (n_timesteps, n_channels) or (n_timesteps,) of a row, whose columns run through
        the channels first. None takes that of the network, where it has one.
    stddev : float, default=0.1
        Standard deviation of the factors, from 0 on.

    References
    ----------
    T. T. Um et al., "Data Augmentation of Wearable Sensor Data for Parkinson's Disease
    Monitoring using Convolutional Neural Networks", ICMI 2017, arXiv:1706.00527 (the
    defaults).

    Examples
    --------
    >>> import numpy as np
    >>> from skn2d.augmentation import Scaling
    >>> X = np.sin(np.linspace(0, 20, 100)) * np.ones((5, 1))
    >>> Scaling(series_shape=(100,))(X, random_state=0).max(axis=1).round(2)
    array([1.17, 1.04, 1.09, 1.22, 1.18], dtype=float32)
    """

    _parameter_constraints = {"stddev": [Interval(Real, 0, None, closed="left")]}

    def __init__(self, series_shape=None, stddev=0.1):
        self.series_shape = series_shape
        self.stddev = stddev

    def _prepare_grids(self, shape):
        n_channels = shape[-1]
        stddev = float(self.stddev)

        def scale(series, random_state):
            change = random_state.standard_normal((len(series), 1, n_channels)) * stddev
            mean = series.mean(axis=(0, 1), dtype=np.float64).astype(np.float32)
            return series + change.astype(np.float32) * (series - mean)

        return scale
