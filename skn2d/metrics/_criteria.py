"""Criteria that need no true labels: how well a clustering fits the rows themselves."""

from numbers import Integral

import numpy as np
from scipy.sparse import issparse
from sklearn.utils import check_array, check_random_state
from sklearn.utils._param_validation import Interval, validate_params

from skn2d._validation import refuse_values_too_large
from skn2d.metrics._labels import check_labels, check_same_length, is_noise

# Rows turned to floats at a time: as many as hold this many values.
_BLOCK_VALUES = 2**23

_SAMPLING = {
    "sample_size": [Interval(Integral, 4, None, closed="left"), None],
    "random_state": ["random_state"],
}


def _check_rows(X, labels):
    """Return the rows and their middle, codes, in which noise is -1, and cluster sizes."""
    labels = check_labels(labels, "labels")
    X = check_array(X, accept_sparse="csr", input_name="X")
    check_same_length(X.shape[0], "X", len(labels), "labels")
    noise = is_noise(labels)
    codes = np.full(len(labels), -1)
    _, codes[~noise], sizes = np.unique(labels[~noise], return_inverse=True, return_counts=True)
    return X, _middle_of(X), codes, sizes


def _middle_of(X):
    """What to subtract from rows that are far away for their spread, which squares lose."""
    if issparse(X):
        refuse_values_too_large(abs(X).max())
        return None
    highest, lowest = X.max(axis=0).astype(np.float64), X.min(axis=0).astype(np.float64)
    refuse_values_too_large(np.maximum(highest, -lowest).max())
    middle = (highest + lowest) / 2
    return middle if np.abs(middle).max() > (highest - lowest).max() else None


def _near_the_origin(X, middle):
    """Some of the rows in double precision."""
    X = X.astype(np.float64)
    return X if middle is None else X - middle


def _sample_of_every_cluster(codes, sample_size, random_state):
    """Draw rows without noise, at first two of each cluster so that small ones stay in."""
    rows = np.flatnonzero(codes >= 0)
    if sample_size is None or len(rows) <= sample_size:
        return rows
    random_state = check_random_state(random_state)
    rows = random_state.permutation(rows)
    by_cluster = np.argsort(codes[rows], kind="stable")
    sizes = np.bincount(codes[rows])
    starts = np.concatenate([[0], np.cumsum(sizes)[:-1]])
    rank = np.empty(len(rows), dtype=np.intp)
    rank[by_cluster] = np.arange(len(rows)) - starts[codes[rows][by_cluster]]
    turn = np.zeros(len(sizes))
    if 2 * len(sizes) > sample_size:  # not one row of each then: it would say nothing
        sample_size -= sample_size % 2
        turn = random_state.permutation(len(sizes))
    first = np.argsort(np.where(rank < 2, turn[codes[rows]], len(sizes)), kind="stable")
    return np.sort(rows[first[:sample_size]])


def _nearest_rows(X, middle, queries, n_neighbors):
    """Find the nearest other rows of X for some of its rows, a block of X at a time."""
    from sklearn.neighbors import NearestNeighbors

    n_samples, n_features = X.shape
    block = max(n_neighbors + 1, _BLOCK_VALUES // (n_features if not issparse(X) else 1024))
    wanted = _near_the_origin(X[queries], middle)
    distances = np.empty((len(queries), 0))
    found = np.empty((len(queries), 0), dtype=np.intp)
    for start in range(0, n_samples, block):
        part = _near_the_origin(X[start : start + block], middle)
        search = NearestNeighbors(
            n_neighbors=min(n_neighbors + 1, part.shape[0]), algorithm="brute"
        )
        part_distances, part_found = search.fit(part).kneighbors(wanted)
        part_found = part_found + start
        part_distances[part_found == queries[:, None]] = np.inf
        distances = np.hstack([distances, part_distances])
        found = np.hstack([found, part_found])
        nearest = np.argsort(distances, axis=1, kind="stable")[:, :n_neighbors]
        distances = np.take_along_axis(distances, nearest, axis=1)
        found = np.take_along_axis(found, nearest, axis=1)
    return found


@validate_params(_SAMPLING, prefer_skip_nested_validation=True)
def silhouette_score(X, labels, *, sample_size=2000, random_state=0):
    """Compute the mean silhouette coefficient of a clustering that may hold noise.

    The silhouette of a row is ``(b - a) / max(a, b)``, with `a` its mean distance to the
    rows of its own cluster and `b` that to the nearest other cluster. Noise rows count
    as 0, which is the silhouette of a row between two clusters: the mean over the rows
    that are not noise is multiplied by their share, so that calling the difficult rows
    noise does not win.

    Parameters
    ----------
    X : {array-like, sparse matrix} of shape (n_samples, n_features)
        The rows: raw data, codes or an embedding. Distances are Euclidean.
    labels : array-like of shape (n_samples,)
        Clusters, integers or strings; ``-1`` is noise.
    sample_size : int or None, default=2000
        Number of rows to compute with, at least 4. They are drawn at random from those
        that are not noise, at first two of each cluster, or of as many clusters as that
        allows. Time grows with its square. None takes all rows.
    random_state : int, RandomState instance or None, default=0
        Seed of the draw.

    Returns
    -------
    float
        Value in [-1, 1]; higher is better. With fewer than two clusters there is no
        structure to judge: -1.0. With every row a cluster of its own: 0.0.

    Raises
    ------
    ValueError
        If X and labels differ in length, hold NaN, are empty, or a parameter is out of
        range.

    See Also
    --------
    neighborhood_agreement_score : A criterion that allows for clusters of any shape.
    silhouette_scorer : The same as ``scoring`` of a search.

    References
    ----------
    Rousseeuw, P. J. (1987). Silhouettes: a graphical aid to the interpretation and
    validation of cluster analysis. Journal of Computational and Applied Mathematics, 20,
    53-65. https://doi.org/10.1016/0377-0427(87)90125-7

    Examples
    --------
    >>> from skn2d.metrics import silhouette_score
    >>> X = [[0.0], [0.1], [5.0], [5.1], [2.5]]
    >>> round(silhouette_score(X, [0, 0, 1, 1, -1]), 3)
    0.784
    >>> silhouette_score(X, [0, 0, 0, 0, 0])
    -1.0
    """
    from sklearn.metrics import silhouette_score as sklearn_silhouette_score

    X, middle, codes, sizes = _check_rows(X, labels)
    if len(sizes) < 2:
        return -1.0
    rows = _sample_of_every_cluster(codes, sample_size, random_state)
    if len(np.unique(codes[rows])) == len(rows):
        return 0.0
    score = sklearn_silhouette_score(_near_the_origin(X[rows], middle), codes[rows])
    return float(score * np.mean(codes >= 0))


@validate_params(
    {"n_neighbors": [Interval(Integral, 1, None, closed="left")], **_SAMPLING},
    prefer_skip_nested_validation=True,
)
def neighborhood_agreement_score(
    X, labels, *, n_neighbors=15, sample_size=2000, random_state=0
):
    """Compute how far a row's nearest neighbours share its cluster, beyond chance.

    The share of the nearest neighbours with the row's own label is corrected for chance
    as in Cohen's kappa, ``(observed - expected) / (1 - expected)``, where `expected` is
    the share among all other rows. Clusters may have any shape, as long as they are not
    cut through where the rows lie close; because of that the criterion prefers few,
    well-separated clusters when the number of clusters is what is searched.

    Parameters
    ----------
    X : {array-like, sparse matrix} of shape (n_samples, n_features)
        The rows: raw data, codes or an embedding. Distances are Euclidean.
    labels : array-like of shape (n_samples,)
        Clusters, integers or strings. Noise, ``-1``, agrees with nothing, not even with
        noise.
    n_neighbors : int, default=15
        Number of nearest neighbours to ask; at most ``n_samples - 1`` are there. More
        look at the clustering from further away, and clusters with fewer rows than that
        lose.
    sample_size : int or None, default=2000
        Number of rows whose neighbours are asked, at least 4, drawn at random. The
        neighbours come from all rows. None asks those of every row. Time grows with
        ``sample_size * n_samples``.
    random_state : int, RandomState instance or None, default=0
        Seed of the draw.

    Returns
    -------
    float
        At most 1 (all neighbours agree); about 0 for labels given at random; below 0 if
        neighbours agree less than chance. With fewer than two clusters: 0.0.

    Raises
    ------
    ValueError
        If X and labels differ in length, hold NaN, are empty, or a parameter is out of
        range.

    See Also
    --------
    silhouette_score : A criterion for compact clusters.
    neighborhood_agreement_scorer : The same as ``scoring`` of a search.

    References
    ----------
    Cohen, J. (1960). A coefficient of agreement for nominal scales. Educational and
    Psychological Measurement, 20(1), 37-46. https://doi.org/10.1177/001316446002000104

    Examples
    --------
    >>> from skn2d.metrics import neighborhood_agreement_score
    >>> X = [[0.0], [0.1], [0.2], [5.0], [5.1], [5.2]]
    >>> neighborhood_agreement_score(X, [0, 0, 0, 1, 1, 1], n_neighbors=2)
    1.0
    >>> round(neighborhood_agreement_score(X, [0, 0, 0, 1, 1, -1], n_neighbors=2), 3)
    0.545
    """
    X, middle, codes, sizes = _check_rows(X, labels)
    if len(sizes) < 2:
        return 0.0
    n_samples = len(codes)
    queries = np.arange(n_samples)
    if sample_size is not None and sample_size < n_samples:
        draw = check_random_state(random_state).permutation(n_samples)
        queries = np.sort(draw[:sample_size])
    neighbors = _nearest_rows(X, middle, queries, min(n_neighbors, n_samples - 1))
    own = codes[queries]
    observed = np.mean((codes[neighbors] == own[:, None]) & (own >= 0)[:, None])
    expected = np.where(own >= 0, sizes[own] - 1, 0).mean() / (n_samples - 1)
    if expected == 1:  # only rows of the one large cluster were drawn
        return 0.0
    return float((observed - expected) / (1 - expected))
