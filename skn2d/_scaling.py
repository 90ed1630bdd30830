"""Rows as the networks see them: dense, float32, of ordinary size, a part at a time."""

import math

import numpy as np
from scipy import sparse
from sklearn.utils import gen_batches

# Rows that are held dense at one time outside of training: 6 MB at 784 columns.
_CHUNK = 2048
# Of the rows' spread: what rounding may leave of a column's mean.
_MAX_OFF_CENTRE = 1e-3
# Rows that tell what a typical row is, and values in all of them: 32 MB.
_MIN_TYPICAL, _MAX_TYPICAL, _TYPICAL_VALUES = 20, 1000, 2**22

BEYOND_FLOAT32 = (
    "X has values beyond the range of float32, about 1e-38 to 1e38. Rescale it, for example "
    "with sklearn.preprocessing.StandardScaler."
)


def chunks_of(n_samples):
    """Slices that cover the rows a part at a time."""
    return gen_batches(n_samples, _CHUNK)


def _dense(X, rows):
    part = X[rows]
    return part.toarray() if sparse.issparse(part) else part


class ScaledRows:
    """Rows, centred and divided by one common number, read when asked for.

    Every distance between rows keeps its proportion, as the columns keep their relative
    spread. `X` may be a memory map, sparse or of any real dtype; it is never copied whole.
    A `ValueError` says where rows are beyond float32.
    """

    def __init__(self, X, shift, scale):
        self.X = X
        # In single precision the same numbers have the same bits in any dtype, and so they have
        # in double, which rows take that single would round by too much.
        is_far = np.spacing(np.abs(shift)).max() * scale > _MAX_OFF_CENTRE
        self.shift = shift.astype(np.float64) if is_far else shift
        self.scale = scale

    @property
    def are_far(self):
        """Whether single precision, in the units of `X`, rounds rows by too much."""
        return self.shift.dtype == np.float64

    def __len__(self):
        return self.X.shape[0]

    def __getitem__(self, rows):
        return self.scaled(_dense(self.X, rows))

    def scaled(self, values):
        """Centre and divide rows that are in the units of `X`."""
        with np.errstate(over="ignore", invalid="ignore"):
            values = np.asarray(values, dtype=self.shift.dtype)
            scaled = np.asarray((values - self.shift) * self.scale, dtype=np.float32)
        # Activations may make ordinary numbers of infinite ones.
        if not np.isfinite(scaled).all():
            raise ValueError(BEYOND_FLOAT32)
        return scaled

    def unscaled(self, rows):
        """Rows in the units of `X`, as an array of their own."""
        return np.array(_dense(self.X, rows), dtype=np.float32, order="C")


def hides_most_rows(X, scale):
    """Whether a few large values leave most rows alike.

    Parameters
    ----------
    X : array or CSR of shape (n_samples, n_features)
        The rows.
    scale : float
        That of :func:`input_scaling`.

    Returns
    -------
    bool
        True if the deviation of the typical row from the median is, scaled, less than what
        float32 can add to 1, and more than rounding: networks then tell no two such rows
        apart.
    """
    n_samples, n_features = X.shape
    n_rows = max(_MIN_TYPICAL, min(_MAX_TYPICAL, _TYPICAL_VALUES // n_features))
    rows = _dense(X, slice(None, None, math.ceil(n_samples / n_rows)))
    rounding = 100 * np.finfo(rows.dtype).eps if rows.dtype.kind == "f" else 0
    rows = rows.astype(np.float64)
    middle = np.median(rows, axis=0)
    typical = np.median(np.sqrt(np.mean((rows - middle) ** 2, axis=1)))
    is_more_than_rounding = typical > rounding * np.sqrt(np.mean(middle**2))
    return bool(is_more_than_rounding and typical * scale < np.finfo(np.float32).eps)


def input_scaling(X):
    """Find the shift of each column and the one scale of all.

    Parameters
    ----------
    X : array or CSR of shape (n_samples, n_features)
        The rows.

    Returns
    -------
    shift : ndarray of shape (n_features,), float32 or float64
        To subtract from each column: its mean. Double precision where single would be off
        by more than a thousandth of the spread, as with times in seconds since 1970.
    scale : float32
        To multiply with afterwards, so that the columns' mean variance is 1; 0 if all
        rows are equal, NaN if the values are beyond float32.
    variances : ndarray of shape (n_features,), float64
        Of the columns.
    """
    n_samples, n_features = X.shape
    # Sums of differences to one row: sums of large values themselves lose the spread.
    first = np.asarray(_dense(X, slice(1)), dtype=np.float64)
    total, squares, differ = np.zeros(n_features), np.zeros(n_features), False
    with np.errstate(over="ignore", invalid="ignore"):
        for rows in chunks_of(n_samples):
            difference = _dense(X, rows) - first
            differ = differ or difference.any()
            total += difference.sum(axis=0)
            squares += np.einsum("ij,ij->j", difference, difference)
        mean = total / n_samples
        variances = np.maximum(squares / n_samples - mean**2, 0)
        spread = np.sqrt(np.mean(variances))
        exact = first[0] + mean
        shift = exact.astype(np.float32)
        if not differ:
            return shift, np.float32(0), variances
        scale = np.float32(1 / spread) if spread else np.inf
    if not (0 < scale < np.inf and np.isfinite(shift).all()):
        return shift, np.float32(np.nan), variances
    if np.abs(shift - exact).max() > _MAX_OFF_CENTRE * spread:
        shift = exact
    return shift, scale, variances
