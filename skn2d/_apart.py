"""Rows that lie apart: hardly any, or none, of their neighbours are elsewhere."""

import numpy as np
from sklearn.utils import resample

from skn2d._neighbor_graph import NeighborGraph

# Rows in which that is looked at: of more, neighbours are nearer, and fewer beyond any border.
_N_LOOKED_AT = 2048
# A part has this share of the rows, or it may be a few strange ones, and so many: with fewer,
# some of their ten nearest neighbours are elsewhere.
_SMALLEST_SHARE, _FEWEST_ROWS = 1 / 50, 11
# Where the number of groups is known, and parts of this share are as many.
_SMALLEST_OF_A_NUMBER = 1 / 200
# Share of the rows that may be on the wrong side of a border between parts.
_MAX_ASTRAY = 0.005
# Below, UMAP tears what belongs together, and a cut through a group costs so little that it
# looks like a border. Rows in up to four columns have less, flowers 2.9, and some hundreds of
# rows of pendigits or clothes 4.0 to 4.6; all of pendigits 5.4, digits 6.3, images, sensors and
# cells 5 to 9. What a layout tears of a curve cannot be told from groups at all.
_FEW_DIMENSIONS, _OF_A_CURVE = 4.5, 1.5
# Measured on UMAP's embeddings in 10 dimensions: halves of round groups .035 and more, groups
# whose clouds touch up to .025.
_CUT_THROUGH = 0.03


class Surroundings:
    """The nearest neighbours of rows, in a sample of them.

    Parameters
    ----------
    rows : ndarray of shape (n_samples, n_features), float32 or float64
        At least two finite rows.
    """

    def __init__(self, rows):
        self._some = resample(
            np.arange(len(rows)),
            replace=False,
            n_samples=min(_N_LOOKED_AT, len(rows)),
            random_state=0,
        )
        self._graph = NeighborGraph(rows[self._some])

    def leaving(self, labels):
        """Say which share of the neighbours of each group's rows is in other groups.

        Parameters
        ----------
        labels : ndarray of shape (n_samples,), int
            Group of each row; below 0 is none.

        Returns
        -------
        list of float
            One share for each group with a row in the sample, from 0 to 1.
        """
        return self._graph.leaving(labels[self._some])

    def are_cut(self, labels):
        """Say whether groups are so near to each other as those that a round one is cut in.

        Parameters
        ----------
        labels : ndarray of shape (n_samples,), int
            As in :meth:`leaving`.

        Returns
        -------
        bool
            Whether that is so of any of them.
        """
        return max(self.leaving(labels), default=0) >= _CUT_THROUGH


class Parts:
    """Parts of the rows between which no way leads in the graph of nearest neighbours.

    It is looked at in the codes: a layout may tear what belongs together, and bring together
    what has fewer rows than it looks at neighbours. Rows that hardly anybody has among the
    nearest, such as those far from all, make no way.

    Parameters
    ----------
    graph : NeighborGraph
        Of the rows.
    n_groups : int or None, default=None
        How many groups are looked for, where that is known: rows that fall into parts may
        then have smaller ones, too, or such as a few edges lead to, if there are so many.

    Attributes
    ----------
    graph, n_groups
        The same.
    labels : ndarray of shape (n_samples,), int, or None
        The part of each row, from 0, and -1 for rows in none; None where there is but one.
    have_few_dimensions, are_curves : bool
        Whether the rows spread in so few dimensions that a layout tears them: up to four,
        or one.
    """

    def __init__(self, graph, n_groups=None):
        self.graph, self.n_groups = graph, n_groups
        labels, self._connects = graph.components(_SMALLEST_SHARE, _FEWEST_ROWS)
        if n_groups is not None and 0 < labels.max() < n_groups - 1:
            for both_ways in (False, True):
                finer = graph.components(_SMALLEST_OF_A_NUMBER, _FEWEST_ROWS, both_ways)
                if finer[0].max() >= n_groups - 1:
                    labels, self._connects = finer
                    break
        self.labels = labels if labels.max() > 0 else None
        self.have_few_dimensions = graph.dimension < _FEW_DIMENSIONS
        self.are_curves = graph.dimension < _OF_A_CURVE

    def are_torn(self, groups, n_groups):
        """Say which groupings cut a group through the middle where others keep to the parts.

        Parameters
        ----------
        groups : list of ndarray of shape (n_samples,), int
            Groupings of the rows, from 0.
        n_groups : int
            How many groups are wanted.

        Returns
        -------
        ndarray of shape (n_groupings,), bool
            Whether each of them is to be left out; never all.
        """
        if self.labels is None:
            return np.zeros(len(groups), dtype=bool)
        keep_to_parts = [self._keeps_to_parts(labels, n_groups) for labels in groups]
        if not any(keep_to_parts):
            return np.zeros(len(groups), dtype=bool)
        are_cut = [
            max(self.graph.leaving(labels), default=0) >= _CUT_THROUGH for labels in groups
        ]
        return np.array(are_cut) & ~np.array(keep_to_parts)

    def _keeps_to_parts(self, labels, n_groups):
        """Whether groups are parts, or some of them together, or lie within one."""
        from sklearn.metrics.cluster import contingency_matrix  # not needed to label rows

        # Rows scattered between the parts may be in any group.
        table = contingency_matrix(self.labels[self._connects], labels[self._connects])
        n_allowed = (1 - _MAX_ASTRAY) * table.sum()
        n_parts = len(table)
        cuts_none = table.max(axis=1).sum() >= n_allowed
        joins_none = table.max(axis=0).sum() >= n_allowed
        return (n_groups > n_parts or cuts_none) and (n_groups < n_parts or joins_none)

    def split(self, labels, strengths, places):
        """Make groups of the parts that are none and have no group of their own.

        Parameters
        ----------
        labels : ndarray of shape (n_samples,), int
            Groups, from 0; below 0 is noise.
        strengths : ndarray of shape (n_samples,), float64
            How strongly the rows belong to their groups.
        places : ndarray of shape (n_samples, n_dimensions), float64
            Where the rows are laid out: rows in no part stay with those next to them.

        Returns
        -------
        labels, strengths
            The same, with new groups; they are not changed in place.
        """
        if self.labels is None:
            return labels, strengths
        from sklearn.neighbors import KNeighborsClassifier

        labels, strengths = labels.copy(), strengths.copy()
        known = self.labels >= 0
        n_parts = self.labels.max() + 1
        owners = [
            np.bincount(self.labels[known & (labels == group)], minlength=n_parts).argmax()
            for group in range(labels.max() + 1)
        ]
        for part in range(n_parts):
            inside = self.labels == part
            group = np.bincount(labels[inside] + 1).argmax() - 1
            if group < 0 or owners[group] != part:
                here, between = (labels == group) & known, (labels == group) & ~known
                if group >= 0 and between.any():
                    nearest = KNeighborsClassifier(1).fit(places[here], self.labels[here])
                    inside[between] = nearest.predict(places[between]) == part
                labels[inside] = labels.max() + 1
                strengths[inside & (strengths == 0)] = 1
        _, labels[labels >= 0] = np.unique(labels[labels >= 0], return_inverse=True)
        return labels, strengths
