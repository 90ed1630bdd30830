"""Exact nearest neighbours whose answer for a row depends, to the bit, on that row alone.

Matrix products are fast but round differently in every batch. So they only choose the
candidates here; the distances that count are summed row by row, and where rounding could
have lost a neighbour all points are looked at.
"""

import numpy as np
from scipy.spatial import cKDTree
from sklearn.neighbors import NearestNeighbors
from sklearn.utils import gen_batches

from skn2d._threads import run_on_blocks

# Up to here a tree beats the matrix product: 10,000 queries among 60,000 codes of MNIST
# take .3 s against .7 s in 10 columns, 1.0 against .9 in 20, 4 against 1.0 in 30.
_TREE_MAX_FEATURES = 15
# Few rows are done sooner one by one than with threads.
_SCAN_MAX_ROWS = 16
# Candidates beyond the neighbours wanted, so that rounding and ties stay among them.
_SPARE_CANDIDATES = 10
# Rows whose neighbours are found at one time.
_BLOCK_ROWS = 2**10
# Numbers in a temporary array; about what stays in the cache.
_BLOCK_VALUES = 2**17


def _distances(points, X, indices):
    distances = np.empty(indices.shape)
    n_values = indices.shape[1] * X.shape[1]
    for rows in gen_batches(len(X), max(1, _BLOCK_VALUES // n_values)):
        differences = points[indices[rows]] - X[rows, np.newaxis]
        differences *= differences
        np.sqrt(differences.sum(axis=-1), out=distances[rows])
    return distances


def _nearest(distances, indices, n_neighbors):
    order = np.lexsort((indices, distances), axis=-1)[:, :n_neighbors]
    return np.take_along_axis(distances, order, 1), np.take_along_axis(indices, order, 1)


def _reach(squares, n_neighbors):
    """Bound the `n_neighbors`-th smallest number from above, and near to it."""
    # The smallest of a few numbers each: one pass, where a partition of all takes ten.
    n_each = max(1, min(16, len(squares) // (16 * n_neighbors)))
    n_groups = len(squares) // n_each
    smallest = squares[: n_each * n_groups].reshape(n_each, n_groups).min(axis=0)
    return np.partition(smallest, n_neighbors - 1)[n_neighbors - 1]


class _Tree:
    """A k-d tree, for few columns."""

    def __init__(self, points):
        self.tree = cKDTree(points)

    def query(self, points, X, n_neighbors):
        return self.tree.query(X, k=np.arange(1, n_neighbors + 1))


class _Scan:
    """A pass over all points, for many columns."""

    def __init__(self, points):
        self.centre = points.mean(axis=0, dtype=np.float64)
        centred = points - self.centre
        self.search = NearestNeighbors(algorithm="brute").fit(centred)
        largest = np.einsum("ij,ij->i", centred, centred).max()
        # For few rows, the way of the points from memory is what takes the time.
        self.scale = 1 / np.sqrt(largest) if largest > 0 else 1.0
        self.rounded = np.empty(centred.shape, dtype=np.float32)
        np.multiply(centred, self.scale, out=self.rounded, casting="same_kind")
        # Not from the squares above, which underflow where rows are tiny.
        squares = np.einsum("ij,ij->i", self.rounded, self.rounded, dtype=np.float64)
        self.half_squares = (squares / 2).astype(np.float32)

    def query(self, points, X, n_neighbors):
        if len(X) <= _SCAN_MAX_ROWS:
            distances = np.empty((len(X), n_neighbors))
            indices = np.empty((len(X), n_neighbors), dtype=np.intp)
            sure = np.zeros(len(X), dtype=bool)
        else:
            distances, indices, sure = self._from_candidates(points, X, n_neighbors)
        for row in np.flatnonzero(~sure):
            found = self._from_all(points, X[row : row + 1], n_neighbors)
            distances[row], indices[row] = found[0][0], found[1][0]
        return distances, indices

    def _margin(self, centred):
        # What the expansion |x|^2 + |y|^2 - 2xy can be off by, for points within 1.
        squares = (centred * centred).sum(axis=1) + 1
        return 8 * (centred.shape[1] + 8) * np.finfo(centred.dtype).eps * squares

    def _from_candidates(self, points, X, n_neighbors):
        n_candidates = min(n_neighbors + _SPARE_CANDIDATES, len(points))
        centred = X - self.centre
        rough, candidates = self.search.kneighbors(centred, n_candidates)
        found = _nearest(_distances(points, X, candidates), candidates, n_neighbors)
        if n_candidates == len(points):
            return *found, np.ones(len(X), dtype=bool)
        margin = self._margin(centred * self.scale) / self.scale / self.scale
        sure = found[0][:, -1] ** 2 + margin < rough[:, -1] ** 2
        return *found, sure

    def _from_all(self, points, x, n_neighbors):
        with np.errstate(over="ignore", invalid="ignore"):
            centred = ((x - self.centre) * self.scale).astype(np.float32)
            # Half the squared distance, less what is the same for all points.
            rough = self.half_squares - self.rounded @ centred[0]
            reach = _reach(rough, n_neighbors) + self._margin(centred)
        # A row too far away for numbers has no bound: all points then.
        candidates = np.flatnonzero(~(rough > reach))[np.newaxis]
        return _nearest(_distances(points, x, candidates), candidates, n_neighbors)


class NeighborSearch:
    """Find the nearest of some points; what it builds to that end is never saved.

    The points are handed over with each query and must stay the same, so that a model
    file holds them once.
    """

    _index = None

    def query(self, points, X, n_neighbors):
        """Find the nearest points of each row.

        Parameters
        ----------
        points : ndarray of shape (n_points, n_features), float16, float32 or float64
            The points.
        X : ndarray of shape (n_samples, n_features), float32 or float64
            The rows.
        n_neighbors : int
            How many, at most `n_points`.

        Returns
        -------
        distances : ndarray of shape (n_samples, n_neighbors), float64
            Euclidean distances, ascending; zero only for an equal row.
        indices : ndarray of shape (n_samples, n_neighbors), intp
            The points they belong to.
        """
        index = self.build(points)._index
        found = run_on_blocks(
            lambda rows: index.query(points, X[rows].astype(np.float64), n_neighbors),
            len(X),
            _BLOCK_ROWS,
        )
        distances, indices = zip(*found, strict=True)
        return np.concatenate(distances), np.concatenate(indices)

    def build(self, points):
        """Prepare for queries now and not on the first one; returns itself."""
        if self._index is None:
            kind = _Tree if points.shape[1] <= _TREE_MAX_FEATURES else _Scan
            self._index = kind(points)
        return self

    def __getstate__(self):
        return {}


def distinct_rows(X):
    """Find the rows that differ.

    Parameters
    ----------
    X : ndarray of shape (n_samples, n_features), float32 or float64
        Finite rows.

    Returns
    -------
    rows : ndarray of shape (n_distinct, n_features)
        A copy of each distinct row, in the order of first occurrence; float16 or float32
        where that holds the same values.
    inverse : ndarray of shape (n_samples,), intp, or None
        Which distinct row each row is; None if no two rows are equal.
    """
    rows = X + 0.0  # a copy, contiguous, without negative zeros
    rows = np.ascontiguousarray(rows)
    as_bytes = rows.view(np.dtype((np.void, rows.dtype.itemsize * rows.shape[1]))).ravel()
    _, first, inverse = np.unique(as_bytes, return_index=True, return_inverse=True)
    if len(first) == len(X):
        return _compact(rows), None
    order = np.argsort(first)
    place = np.empty_like(order)
    place[order] = np.arange(len(order))
    return _compact(rows[first[order]]), place[inverse]


def _compact(rows):
    for smaller in (np.float16, np.float32):
        with np.errstate(over="ignore"):
            rounded = rows.astype(smaller)
        if np.array_equal(rounded, rows):
            return rounded
    return rows


def inverse_distance_weights(distances):
    """Weights 1/distance, relative to the nearest point.

    Parameters
    ----------
    distances : ndarray of shape (n_samples, n_neighbors), float64
        Ascending distances.

    Returns
    -------
    ndarray of shape (n_samples, n_neighbors), float64
        The nearest has weight 1, the others no more; beside a distance of zero the others
        weigh nothing.
    """
    nearest = distances[:, :1]
    weights = np.divide(nearest, distances, out=np.zeros_like(distances), where=distances > 0)
    weights[:, 0] = 1.0
    return weights


def refuse_precomputed(name, estimator):
    """Raise an error if an estimator wants distances and not rows.

    Parameters
    ----------
    name : str
        The name of the parameter that the estimator was given as.
    estimator : estimator
        What was given.

    Raises
    ------
    ValueError
        If one of its parameters says "precomputed".
    """
    for parameter in ("metric", "affinity", "dissimilarity", "kernel"):
        value = getattr(estimator, parameter, None)
        if isinstance(value, str) and value.startswith("precomputed"):
            raise ValueError(
                f"{name} has {parameter}={value!r}, which needs distances, but new rows "
                "are found by their columns. Pass the rows and another value, such as "
                "'euclidean'."
            )
