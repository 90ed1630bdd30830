"""Nearest neighbours; the answer for a row depends, to the bit, on that row alone.

Matrix products are fast but round differently in every batch. So they only choose the
candidates here; the distances that count are summed row by row, and where rounding could
have lost a neighbour all points are looked at. Where new rows are many it may be enough to
look in the nearest cells of the points: see :mod:`skn2d._cells`.
"""

import numpy as np
from scipy.spatial import cKDTree

from skn2d._cells import CellSearch, find_cells
from skn2d._nearest import distances_to, margin_of, nearest, reach
from skn2d._threads import run_on_blocks
from skn2d._validation import refuse_values_too_large

# Up to here a tree beats the matrix product: 10,000 queries among 60,000 codes of MNIST
# take .3 s against .7 s in 10 columns, 1.0 against .9 in 20, 4 against 1.0 in 30.
_TREE_MAX_FEATURES = 15
# From here on cells beat the tree where the points are many: 10,000 queries among 70,000 codes
# of ten columns take .12 s against .39 s.
_CELLS_MIN_FEATURES = 9
# Few rows are done sooner one by one than with threads.
_SCAN_MAX_ROWS = 16
# Candidates beyond the neighbours wanted, so that rounding and ties stay among them.
_SPARE_CANDIDATES = 10
# Of fewer distinct rows all copies are laid out and have neighbours among each other.
_MIN_DISTINCT = 30
# Rows whose neighbours are found at one time.
_BLOCK_ROWS = 2**10


class _Tree:
    """A k-d tree, for few columns."""

    block_rows = _BLOCK_ROWS

    def __init__(self, points):
        self.tree = cKDTree(points)

    def query(self, points, X, n_neighbors):
        return self.tree.query(X, k=np.arange(1, n_neighbors + 1))


class _Scan:
    """A pass over all points, for many columns."""

    block_rows = _BLOCK_ROWS

    def __init__(self, points):
        from sklearn.neighbors import NearestNeighbors

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

    def _from_candidates(self, points, X, n_neighbors):
        n_candidates = min(n_neighbors + _SPARE_CANDIDATES, len(points))
        centred = X - self.centre
        rough, candidates = self.search.kneighbors(centred, n_candidates)
        found = nearest(distances_to(points, X, candidates), candidates, n_neighbors)
        if n_candidates == len(points):
            return *found, np.ones(len(X), dtype=bool)
        margin = margin_of(centred * self.scale) / self.scale / self.scale
        sure = found[0][:, -1] ** 2 + margin < rough[:, -1] ** 2
        sure |= found[0][:, -1] == 0  # copies of the row: nothing is nearer
        return *found, sure

    def _from_all(self, points, x, n_neighbors):
        with np.errstate(over="ignore", invalid="ignore"):
            centred = ((x - self.centre) * self.scale).astype(np.float32)
            # Half the squared distance, less what is the same for all points.
            rough = self.half_squares - self.rounded @ centred[0]
            bound = reach(rough, n_neighbors) + margin_of(centred)
        # A row too far away for numbers has no bound: all points then.
        candidates = np.flatnonzero(~(rough > bound))[np.newaxis]
        return nearest(distances_to(points, x, candidates), candidates, n_neighbors)


class NeighborSearch:
    """Find the nearest of some points; of what it builds to that end only cells are saved.

    The points are handed over with each query and must stay the same, so that a model
    file holds them once.
    """

    _index = None
    _cells = None

    def divide(self, points, n_neighbors):
        """Let queries look in some cells only, where that finds nearly all neighbours.

        Parameters
        ----------
        points : ndarray of shape (n_points, n_features), float16, float32 or float64
            The points.
        n_neighbors : int
            How many neighbours will be looked for.

        Returns
        -------
        NeighborSearch
            The search itself. It stays exact where points or columns are few, and where
            neighbours are spread over many cells.
        """
        if points.shape[1] >= _CELLS_MIN_FEATURES:
            self._cells = find_cells(points, n_neighbors)
        return self

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

        Raises
        ------
        ValueError
            If the squares of the rows are beyond double precision.
        """
        refuse_values_too_large(np.abs(X).max(initial=0))
        index = self.build(points)._index
        found = run_on_blocks(
            lambda rows: index.query(points, X[rows].astype(np.float64), n_neighbors),
            len(X),
            index.block_rows,
        )
        distances, indices = zip(*found, strict=True)
        return np.concatenate(distances), np.concatenate(indices)

    def build(self, points):
        """Prepare for queries now and not on the first one; returns itself."""
        if self._index is None:
            if self._cells is not None:
                self._index = CellSearch(points, self._cells)
            elif points.shape[1] <= _TREE_MAX_FEATURES:
                self._index = _Tree(points)
            else:
                self._index = _Scan(points)
        return self

    def __getstate__(self):
        return {} if self._cells is None else {"_cells": self._cells}


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


def rows_without_copies(inverse):
    """Choose rows so that each occurs once, unless few are left.

    Parameters
    ----------
    inverse : ndarray of shape (n_samples,), intp, or None
        What :func:`distinct_rows` says of the rows.

    Returns
    -------
    ndarray of shape (n_distinct,), intp, or None
        The first of all that are equal, in their order; None where that is every row, or where
        so few rows are distinct that they say too little without their number.
    """
    if inverse is None or inverse.max() + 1 < _MIN_DISTINCT:
        return None
    return np.unique(inverse, return_index=True)[1]


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
