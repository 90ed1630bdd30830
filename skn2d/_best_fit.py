"""Of several fits of manifold and clusterer to the same codes, the one with the best groups."""

import numpy as np
from sklearn.utils.validation import check_array

from skn2d._manifold import InductiveManifold
from skn2d._modularity import NeighborGraph, best_groups


def places_of(fit, codes):
    """Where a fitted manifold puts the codes that it was fitted to.

    Parameters
    ----------
    fit : sklearn.pipeline.Pipeline
        The fitted manifold and clusterer.
    codes : array-like of shape (n_samples, n_codes)
        The codes, in the same order as for the fit.

    Returns
    -------
    array-like of shape (n_samples, n_dimensions)
        Their places, as the clusterer takes them.
    """
    # A clusterer that was handed a table wants one again, which `transform` makes.
    if isinstance(fit[0], InductiveManifold) and not hasattr(fit[-1], "feature_names_in_"):
        return fit[0].embedding_
    return fit[:-1].transform(codes)


def best_fit(fits, codes):
    """Choose, without labels, among fits to other seeds or with other neighbourhoods.

    Those with the most frequent number of groups are compared by the modularity of the
    groups in the graph of nearest neighbours, and where that is about the same, by their
    agreement.

    Parameters
    ----------
    fits : list of sklearn.pipeline.Pipeline
        Each a fitted manifold and clusterer.
    codes : array-like of shape (n_samples, n_codes)
        What they were fitted to.

    Returns
    -------
    sklearn.pipeline.Pipeline
        One of them.
    """
    labels = [fit[-1].predict(places_of(fit, codes)) for fit in fits]
    # More groups or fewer have another modularity for that alone.
    numbers = [len(np.unique(found[found >= 0])) for found in labels]
    usual = np.bincount(numbers).argmax()
    graph = _neighbor_graph(codes, fits[0])
    quality = [
        graph.modularity(found) if number == usual else -np.inf
        for found, number in zip(labels, numbers, strict=True)
    ]
    return fits[best_groups(labels, quality)[0]]


def _neighbor_graph(codes, fit):
    """Who is near whom in the codes, or in the manifold where codes are no dense numbers."""
    try:
        return NeighborGraph(check_array(codes, dtype=[np.float64, np.float32]))
    except (TypeError, ValueError):
        places = places_of(fit, codes)
        return NeighborGraph(check_array(places, dtype=[np.float64, np.float32]))
