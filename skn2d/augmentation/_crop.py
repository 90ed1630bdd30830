"""Parts of series, as long as the whole."""

from numbers import Real

import numpy as np
from sklearn.utils._param_validation import Interval

from skn2d.augmentation._resampling import resample
from skn2d.augmentation._shaped import SeriesAugmentation


class Crop(SeriesAugmentation):
    """Cut a window out of series, and stretch it to the full length.

    Where the window lies is drawn for each series. The channels of a series stay
    together.

    Parameters
    ----------
    series_shape : tuple of int or None, default=None
        (n_timesteps, n_channels) or (n_timesteps,) of a row, whose columns run through
        the channels first. None takes that of the network, where it has one.
    size : float, default=0.9
        Length of the window as a share of the whole, above 0 and up to 1, which changes
        nothing.

    References
    ----------
    A. Le Guennec, S. Malinowski, R. Tavenard, "Data Augmentation for Time Series
    Classification using Convolutional Neural Networks", AALTD 2016 (window slicing, and
    the default).

    Examples
    --------
    >>> import numpy as np
    >>> from skn2d.augmentation import Crop
    >>> X = np.arange(6.0).reshape(1, -1)
    >>> Crop(series_shape=(6,), size=0.8)(X, random_state=0).round(1)
    array([[0.5, 1.3, 2.1, 2.9, 3.7, 4.5]], dtype=float32)
    """

    _parameter_constraints = {"size": [Interval(Real, 0, 1, closed="right")]}

    def __init__(self, series_shape=None, size=0.9):
        self.series_shape = series_shape
        self.size = size

    def _prepare_grids(self, shape):
        n_timesteps = shape[0]
        size = float(self.size)
        room = (1 - size) * (n_timesteps - 1)

        def cut(series, random_state):
            start = room * random_state.uniform(0, 1, (len(series), 1))
            times = (start + size * np.arange(n_timesteps)).astype(np.float32)
            return resample(series, lambda rows: (times[rows],))

        return cut
