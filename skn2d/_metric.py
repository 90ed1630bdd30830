"""Whether rows are compared by their distance, or by the angle between them."""

import itertools

import numpy as np
from sklearn.utils import resample

from skn2d._neighbors import NeighborSearch

# Rows whose neighbours are looked for, and among how many.
_N_ROWS, _MAX_POINTS = 1500, 10_000
_N_NEIGHBORS = 20
# Angles count where views agree by so much more: in eight of eleven sets of texts they have
# .024 to .046 more of the nearest rows in common (in a ninth .016, in long texts .006, in raw
# counts fewer), in images, series and most tables .012 at most, give or take .003.
_LEAST_GAIN = 0.018


def unit_rows(X):
    """Scale rows to unit length, so that their distances rise with the angles between them.

    Parameters
    ----------
    X : ndarray of shape (n_samples, n_features), float32 or float64
        Finite rows.

    Returns
    -------
    ndarray of shape (n_samples, n_features), float32
        Each row scaled, to the bit as in any other batch; rows of zeros stay zeros.
    """
    rows = np.array(X, dtype=np.float64, order="C")
    largest = np.abs(rows).max(axis=1, keepdims=True)
    np.divide(rows, largest, out=rows, where=largest > 0)
    lengths = np.sqrt((rows * rows).sum(axis=1, keepdims=True))
    np.divide(rows, lengths, out=rows, where=lengths > 0)
    return rows.astype(np.float32)


def _neighbors(view):
    n_neighbors = min(_N_NEIGHBORS + 1, len(view))
    _, indices = NeighborSearch().query(view, view[:_N_ROWS], n_neighbors)
    return indices[:, 1:]  # without the row itself


def _agreement(views):
    """Share of the nearest rows that two views have in common, the mean of all pairs."""
    pairs = itertools.combinations(map(_neighbors, views), 2)
    shared = [(a[:, :, np.newaxis] == b[:, np.newaxis]).any(axis=2) for a, b in pairs]
    return np.mean(shared)


def metric_for(codes, widths):
    """Choose how codes of several views are compared: as the views agree better.

    Networks that were trained apart, and principal components, see the same rows in
    different ways. What they agree on is in the rows. The length of a text's code tells
    more of how many words it has than of what it is about, and the angles agree better.

    Parameters
    ----------
    codes : ndarray of shape (n_samples, n_columns), float32 or float64
        Joined codes, each view centred.
    widths : list of int
        Columns of each view, in order.

    Returns
    -------
    {"euclidean", "cosine"}
        The metric; Euclidean where a single view has nothing to agree with.
    """
    if len(widths) < 2 or len(codes) <= _N_NEIGHBORS:
        return "euclidean"
    n_points = min(len(codes), _MAX_POINTS)
    points = resample(codes, replace=False, n_samples=n_points, random_state=0)
    views = np.split(points, np.cumsum(widths)[:-1], axis=1)
    gain = _agreement([unit_rows(view) for view in views]) - _agreement(views)
    return "cosine" if gain > _LEAST_GAIN else "euclidean"
