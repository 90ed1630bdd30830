"""The default clusterer where nobody knows how many groups there are."""

import numpy as np

from skn2d._apart import Surroundings
from skn2d._inductive import InductiveClusterer, make_hdbscan

# A group has at least this share of the rows.
_SMALLEST_SHARE = 1 / 20
# A group is split further where, of the nearest neighbours of each part's rows, hardly any are
# in the other parts. Measured on UMAP's embeddings in 10 dimensions: pieces of round groups .08
# to .12 (in 2 dimensions .03 to .07); walkers on stairs .005 to .026, digits .004 to .029, and
# three of them at once .05, clothes .008 to .035, sitting and standing .015 to .039. How many
# rows lie in the sparse place between says less: 24 to 65 % in round groups, 6 to 37 % in the
# others.
_MAX_LEAVING = 0.04
# Distance beyond which HDBSCAN splits nothing and calls no row noise.
_ANY_DISTANCE = 1e12


def parts_within(inside, leaves, X):
    """Leaves within a group; rows that lie between them belong to the nearest."""
    from sklearn.neighbors import KNeighborsClassifier

    parts = np.where(inside, leaves, -1)
    known, between = parts >= 0, inside & (leaves < 0)
    if known.any() and between.any():
        nearest = KNeighborsClassifier(1).fit(X[known], parts[known])
        parts[between] = nearest.predict(X[between])
    return parts


def split(groups, leaves, X, max_leaving=_MAX_LEAVING, min_parts=2):
    """Split groups into the leaves within them, where these hardly hang together.

    Parameters
    ----------
    groups, leaves : ndarray of shape (n_samples,), int
        A coarse and a fine clustering, the fine one within the coarse one; -1 is noise.
    X : ndarray of shape (n_samples, n_features)
        The rows.
    max_leaving : float, default=0.04
        Share of the nearest neighbours of any part's rows that may be in other parts.
    min_parts : int, default=2
        Into fewer parts no group is split.

    Returns
    -------
    ndarray of shape (n_samples,), int
        `groups`, with new and larger labels for the parts.
    """
    around = Surroundings(X)
    labels, n_groups = groups.copy(), groups.max() + 1
    for group in range(n_groups):
        parts = parts_within(groups == group, leaves, X)
        leaving = around.leaving(parts)
        if len(leaving) >= min_parts and max(leaving) <= max_leaving:
            labels[groups == group] = n_groups + parts[groups == group]
    return labels


class GroupFinder(InductiveClusterer):
    """Find groups, and how many there are, in an embedding by HDBSCAN.

    A group needs a twentieth of the rows, but 5 at least. Where the most persistent group is
    that of all rows, all of them are one group. Else the most persistent groups are split
    into the leaves of the tree where these hardly hang together. Rows between leaves belong to
    the nearest of them; noise is what lies outside of the most persistent groups.
    """

    def _make_default(self, X):
        return make_hdbscan(max(5, int(len(X) * _SMALLEST_SHARE)))

    def _check_approximates(self, clusterer, X):
        if self.clusterer is None:
            raise ValueError(
                "strategy='native' asks HDBSCAN, which knows nothing of how groups were split. "
                "Use strategy='auto', or pass a clusterer."
            )
        super()._check_approximates(clusterer, X)

    def _find_groups(self, clusterer, X):
        if self.clusterer is not None:
            return super()._find_groups(clusterer, X)
        lasting = {"cluster_selection_method": "eom", "allow_single_cluster": True}
        groups, strengths = super()._find_groups(clusterer.set_params(**lasting), X)
        if groups.max() <= 0:
            farther = max(_ANY_DISTANCE, 2 * float(np.linalg.norm(np.ptp(X, axis=0))))
            clusterer.set_params(cluster_selection_epsilon=farther)
            return super()._find_groups(clusterer, X)
        return self._within(clusterer, X, groups, strengths)

    def _within(self, clusterer, X, groups, strengths):
        """Find the groups within the most persistent ones."""
        return self._split(clusterer, X, groups, strengths)

    def _split(self, clusterer, X, groups, strengths, **limits):
        """Split groups where the leaves of the tree within them hardly hang together."""
        at_leaves = {"cluster_selection_method": "leaf", "allow_single_cluster": False}
        leaves, leaf_strengths = super()._find_groups(clusterer.set_params(**at_leaves), X)
        labels = split(groups, leaves, X, **limits)
        # A row between leaves is less of a part, relative to the densest row of the group.
        is_leaf = (labels > groups.max()) & (leaves >= 0)
        _, labels[labels >= 0] = np.unique(labels[labels >= 0], return_inverse=True)
        return labels, np.where(is_leaf, leaf_strengths, strengths)
