"""Series with their parts in another order."""

from numbers import Integral

import numpy as np
from sklearn.utils._param_validation import Interval

from skn2d.augmentation._shaped import SeriesAugmentation


class Permutation(SeriesAugmentation):
    """Cut series into segments and put these in another order.

    Where the cuts lie and the order are drawn for each series. The channels of a series
    stay together. Right where it does not matter when something happens, as in windows
    cut from a long recording.

    Parameters
    ----------
    series_shape : tuple of int or None, default=None
        (n_timesteps, n_channels) or (n_timesteps,) of a row, whose columns run through
        the channels first. None takes that of the network, where it has one.
    n_segments : int, default=4
        Number of segments, from 1, which changes nothing, to the number of timesteps. Two
        cuts may fall together: then there is one segment less.

    References
    ----------
    T. T. Um et al., "Data Augmentation of Wearable Sensor Data for Parkinson's Disease
    Monitoring using Convolutional Neural Networks", ICMI 2017, arXiv:1706.00527 (the
    defaults).

    Examples
    --------
    >>> import numpy as np
    >>> from skn2d.augmentation import Permutation
    >>> X = np.arange(8.0).reshape(1, -1)
    >>> Permutation(series_shape=(8,), n_segments=3)(X, random_state=0)
    array([[0., 1., 2., 3., 4., 6., 7., 5.]], dtype=float32)
    """

    _parameter_constraints = {"n_segments": [Interval(Integral, 1, None, closed="left")]}

    def __init__(self, series_shape=None, n_segments=4):
        self.series_shape = series_shape
        self.n_segments = n_segments

    def _prepare_grids(self, shape):
        n_timesteps, n_segments = shape[0], int(self.n_segments)
        if n_segments > n_timesteps:
            raise ValueError(
                f"n_segments={n_segments} is more than the {n_timesteps} timesteps of a "
                "series. Lower it."
            )

        def shuffle(series, random_state):
            n_series = len(series)
            time = np.arange(n_timesteps)
            segment = np.zeros((n_series, n_timesteps), dtype=np.intp)
            if n_segments > 1:
                cuts = random_state.randint(1, n_timesteps, (n_segments - 1, n_series, 1))
                for cut in cuts:
                    segment += time >= cut
            places = random_state.random_sample((n_series, n_segments)).argsort(axis=1)
            place = np.take_along_axis(places, segment, axis=1)
            order = place.argsort(axis=1, kind="stable")
            return np.take_along_axis(series, order[:, :, None], axis=1)

        return shuffle
