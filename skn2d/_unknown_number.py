"""The default clusterer where nobody knows how many groups there are."""

import numpy as np

from skn2d._inductive import InductiveClusterer, fitted_labels
from skn2d._optional import import_hdbscan

# A group has at least this share of the rows.
_SMALLEST_SHARE = 1 / 20
# Splitting groups further at their sparse places is right where few rows stay between the
# parts: of all rows, and of those in the groups that are split. Measured on UMAP's embeddings,
# of the latter: clothes 12 to 23 %, mostly below 20; groups that are round clouds 24 to 65 %.
# Of all rows: clothes 10 to 16 %; one cloud 10 to 86 %, but its one lasting group is all of it.
_MAX_BETWEEN = 0.2
# Distance beyond which HDBSCAN splits nothing and calls no row noise.
_ANY_DISTANCE = 1e12


def _is_clean_split(coarse, fine):
    """Whether a finer clustering of the same tree leaves few rows between its groups."""
    split = [
        group
        for group in range(coarse.max() + 1)
        if len(np.unique(fine[(coarse == group) & (fine >= 0)])) > 1
    ]
    if not split:
        return False
    noise = fine < 0
    in_split = noise[np.isin(coarse, split)]
    return max(noise.mean(), in_split.mean()) <= _MAX_BETWEEN


def choose_hdbscan(X):
    """Choose the HDBSCAN for an embedding.

    Parameters
    ----------
    X : ndarray of shape (n_samples, n_features), float64
        Places of rows, as UMAP makes them.

    Returns
    -------
    hdbscan.HDBSCAN
        Unfitted. A group needs a twentieth of the rows, but 5 at least. Where the most
        persistent group is that of all rows, all of them are one group. Else it selects
        the leaves of the tree if few rows stay between them, and the most persistent
        groups if many do.
    """
    size = max(5, int(len(X) * _SMALLEST_SHARE))
    params = {
        "min_cluster_size": size,
        "min_samples": min(size, 10),
        "core_dist_n_jobs": 1,
    }
    make = import_hdbscan().HDBSCAN
    coarse = fitted_labels(make(allow_single_cluster=True, **params), X)
    if coarse.max() <= 0:
        return make(
            allow_single_cluster=True, cluster_selection_epsilon=_ANY_DISTANCE, **params
        )
    fine = fitted_labels(make(cluster_selection_method="leaf", **params), X)
    if _is_clean_split(coarse, fine):
        return make(cluster_selection_method="leaf", **params)
    return make(allow_single_cluster=True, **params)


class GroupFinder(InductiveClusterer):
    """Find groups, and how many there are, in an embedding; see :func:`choose_hdbscan`."""

    def _make_default(self, X):
        return choose_hdbscan(X)
