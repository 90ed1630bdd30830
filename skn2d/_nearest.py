"""Exact distances to candidates, and how far off a float32 estimate of them can be."""

import numpy as np

from skn2d._threads import blocks_of

# Numbers in a temporary array; about what stays in the cache.
_BLOCK_VALUES = 2**17


def distances_to(points, X, indices):
    """Distances of rows to some points each, to the bit the same in any batch.

    Parameters
    ----------
    points : ndarray of shape (n_points, n_features), float16, float32 or float64
        The points.
    X : ndarray of shape (n_samples, n_features), float64
        The rows.
    indices : ndarray of shape (n_samples, n_candidates), int
        Which points to look at for each row.

    Returns
    -------
    ndarray of shape (n_samples, n_candidates), float64
        Euclidean distances.
    """
    distances = np.empty(indices.shape)
    n_values = indices.shape[1] * X.shape[1]
    for rows in blocks_of(len(X), max(1, _BLOCK_VALUES // n_values)):
        differences = points[indices[rows]] - X[rows, np.newaxis]
        differences *= differences
        np.sqrt(differences.sum(axis=-1), out=distances[rows])
    return distances


def nearest(distances, indices, n_neighbors):
    """Of candidates of each row the nearest, the earlier of two that are equally near."""
    order = np.lexsort((indices, distances), axis=-1)[:, :n_neighbors]
    return np.take_along_axis(distances, order, 1), np.take_along_axis(indices, order, 1)


def margin_of(centred):
    """What the expansion |x|^2 + |y|^2 - 2xy can be off by, for points y within 1."""
    squares = (centred * centred).sum(axis=1) + 1
    return 8 * (centred.shape[1] + 8) * np.finfo(centred.dtype).eps * squares


def reach(squares, n_neighbors):
    """Bound the `n_neighbors`-th smallest number from above, and near to it."""
    # The smallest of a few numbers each: one pass, where a partition of all takes ten.
    n_each = max(1, min(16, len(squares) // (16 * n_neighbors)))
    n_groups = len(squares) // n_each
    smallest = squares[: n_each * n_groups].reshape(n_each, n_groups).min(axis=0)
    return np.partition(smallest, n_neighbors - 1)[n_neighbors - 1]
