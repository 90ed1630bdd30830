"""The default clusterer for an unknown number: dense groups, with borders of a mixture."""

import numpy as np

from skn2d._neighbor_graph import NeighborGraph
from skn2d._small_groups import SmallGroupFinder
from skn2d._unknown_number import parts_within
from skn2d._warning_filters import no_word_on_convergence
from skn2d.metrics import match_labels

# How much better the mixture's groups have to be for them to count: layouts of HAR have .004
# to .03 more modularity with them, and most are .03 to .1 right more; those of pendigits .001.
_CLEARLY_MORE = 0.002
# Share of each dense group that has to stay together, for them to be the same groups.
_LEAST_KEPT = 0.5


class RefinedGroupFinder(SmallGroupFinder):
    """Find groups that are dense, and draw the borders between them by a mixture.

    Dense groups tell how many there are. Where they touch, their borders follow chance
    bridges, and many rows are left over as noise. A Gaussian mixture of as many components
    draws other borders; they count if each group keeps most of its rows and all together are
    clearly better in the graph of nearest neighbours. Noise are then those rows
    outside of the dense groups that are less likely, by the mixture, than any row inside.

    What spreads in few dimensions is torn by a layout: there the most persistent groups are
    not split further, and rows along curves are in as many groups as they have parts.
    """

    takes_parts = True
    _apart = None

    def fit(self, X, y=None, parts=None):
        """Find groups.

        Parameters
        ----------
        X : array-like of shape (n_samples, n_features)
            The rows, laid out.
        y : None
            Ignored.
        parts : Parts or None, default=None
            Parts of the rows, from before they were laid out: each has a group of its own.

        Returns
        -------
        RefinedGroupFinder
            The fitted estimator itself.
        """
        self._apart = parts
        try:
            return super().fit(X)
        finally:
            vars(self).pop("_apart", None)

    def _within(self, clusterer, X, groups, strengths):
        if self._apart is not None and self._apart.have_few_dimensions:
            return groups, strengths
        return super()._within(clusterer, X, groups, strengths)

    def _find_groups(self, clusterer, X):
        from skn2d._mixture import default_mixture

        if self._apart is not None and self._apart.are_curves and self.clusterer is None:
            all_rows = np.zeros(len(X), dtype=np.int64)
            return self._apart.split(all_rows, np.ones(len(X)), X)
        labels, strengths = super()._find_groups(clusterer, X)
        if self._apart is not None and self.clusterer is None:
            labels, strengths = self._apart.split(labels, strengths, X)
        n_groups = labels.max() + 1
        if self.clusterer is not None or n_groups < 2:
            return labels, strengths
        mixture = default_mixture(n_groups, random_state=0)
        try:
            with no_word_on_convergence():
                mixed = mixture.fit_predict(X, parts=self._apart)
        except ValueError:  # rows in so few places that they have no spread
            return labels, strengths
        dense = parts_within(np.full(len(X), True), labels, X)
        mixed = match_labels(dense, mixed)
        if not _is_better(mixed, dense, X):
            return labels, strengths
        likely = mixture.score_samples(X)
        is_noise = (labels < 0) & (likely < likely[labels >= 0].min())
        memberships = mixture.predict_proba(X).max(axis=1)
        return np.where(is_noise, -1, mixed), np.where(is_noise, 0, memberships)


def _is_better(mixed, dense, X):
    """Whether a mixture has the same groups and draws clearly better borders."""
    n_groups = dense.max() + 1
    kept = [np.mean(mixed[dense == group] == group) for group in range(n_groups)]
    if min(kept) < _LEAST_KEPT:
        return False
    graph = NeighborGraph(X)
    return graph.quality(mixed, n_groups) > graph.quality(dense, n_groups) + _CLEARLY_MORE
