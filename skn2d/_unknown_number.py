"""The default clusterer where nobody knows how many groups there are."""

import numpy as np
from sklearn.neighbors import KNeighborsClassifier

from skn2d._inductive import InductiveClusterer
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


def _with_rows_between(coarse, fine, X):
    """Give rows that lie between the parts of a group that is split to the nearest part."""
    labels = fine.copy()
    for group in range(coarse.max() + 1):
        parts = (coarse == group) & (fine >= 0)
        between = (coarse == group) & (fine < 0)
        if between.any() and parts.any():
            nearest = KNeighborsClassifier(1).fit(X[parts], fine[parts])
            labels[between] = nearest.predict(X[between])
    return labels


class GroupFinder(InductiveClusterer):
    """Find groups, and how many there are, in an embedding by HDBSCAN.

    A group needs a twentieth of the rows, but 5 at least. Where the most persistent group is
    that of all rows, all of them are one group. Else the groups are the leaves of the tree if
    few rows stay between them, and the most persistent groups if many do. Rows that stay
    between leaves belong to the nearest of them; noise is what lies outside of the most
    persistent groups.
    """

    def _make_default(self, X):
        size = max(5, int(len(X) * _SMALLEST_SHARE))
        return import_hdbscan().HDBSCAN(
            min_cluster_size=size, min_samples=min(size, 10), core_dist_n_jobs=1
        )

    def _find_groups(self, clusterer, X):
        if self.clusterer is not None:
            return super()._find_groups(clusterer, X)
        lasting = {"cluster_selection_method": "eom", "allow_single_cluster": True}
        leaves = {"cluster_selection_method": "leaf", "allow_single_cluster": False}
        coarse, strengths = super()._find_groups(clusterer.set_params(**lasting), X)
        if coarse.max() <= 0:
            clusterer.set_params(cluster_selection_epsilon=_ANY_DISTANCE)
            return super()._find_groups(clusterer, X)
        fine, fine_strengths = super()._find_groups(clusterer.set_params(**leaves), X)
        if not _is_clean_split(coarse, fine):
            return super()._find_groups(clusterer.set_params(**lasting), X)
        labels = _with_rows_between(coarse, fine, X)
        # Relative to the densest row of the whole group, so less than the part's own rows'.
        return labels, np.where(fine < 0, strengths, fine_strengths)
