"""A few rows that stand for many."""

import numpy as np
from scipy import sparse
from sklearn.utils import _safe_indexing
from sklearn.utils.validation import check_array

from skn2d._neighbors import NeighborSearch


def averaged(rows, n_landmarks):
    """Average each of the first rows with those of the others that are nearest to it.

    That is one iteration of k-means. A mean lies nearer to the manifold than a single row,
    and the groups of the means lie farther apart than those of the rows.

    Parameters
    ----------
    rows : array-like or sparse matrix of shape (n_samples, n_features)
        The rows, in random order.
    n_landmarks : int
        How many of them to return.

    Returns
    -------
    array-like or sparse matrix of shape (n_landmarks, n_features)
        The means, in a table if the rows are in one. Sparse rows and what is no numbers
        come as they are.
    """
    landmarks = _safe_indexing(rows, slice(n_landmarks))
    if sparse.issparse(landmarks):
        return landmarks
    try:
        values = check_array(rows, dtype=[np.float64, np.float32])
    except (TypeError, ValueError):
        return landmarks
    points, others = values[:n_landmarks], values[n_landmarks:]
    search = NeighborSearch().divide(points, 1)
    nearest = search.query(points, others, 1)[1].ravel()
    counts = 1 + np.bincount(nearest, minlength=n_landmarks)
    sums = points.astype(np.float64)
    np.add.at(sums, nearest, others)
    means = (sums / counts[:, np.newaxis]).astype(values.dtype)
    if hasattr(landmarks, "iloc"):
        return type(landmarks)(means, landmarks.index, landmarks.columns)
    if hasattr(landmarks, "columns"):  # polars
        return type(landmarks)(means, landmarks.columns)
    return means
