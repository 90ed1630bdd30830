"""Groups that lie apart from each other: few of their rows' neighbours are in other groups."""

import numpy as np
from sklearn.utils import resample

from skn2d._neighbor_graph import NeighborGraph

# Rows in which that is looked at: of more, neighbours are nearer, and fewer beyond any border.
_N_LOOKED_AT = 2048
# Judges cut a group that has most of the rows, though all groups are apart: no more of the
# neighbours of any of them are in others. Without such a group it is not looked at, as groups
# that touch may leave more than the halves of a round one (sitting and standing .015 to .039).
_MAX_LEAVING = 0.005
# And it has this share of the rows, or it may be a few strange ones, and so many: UMAP tears
# groups of some fifty rows (setosa among iris) into pieces.
_SMALLEST_SHARE, _FEWEST_ROWS = 1 / 50, 50
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

    def fall_apart(self, labels, n_groups):
        """Say whether these are as many groups as wanted, one very large, and all far apart.

        Parameters
        ----------
        labels : ndarray of shape (n_samples,), int
            Group of each row, from 0.
        n_groups : int
            How many are wanted.

        Returns
        -------
        bool
            Whether they are.
        """
        sizes = np.bincount(labels, minlength=n_groups)
        if max(sizes) <= len(labels) / 2:
            return False
        if min(sizes) < max(_FEWEST_ROWS, _SMALLEST_SHARE * len(labels)):
            return False
        return max(self.leaving(labels)) <= _MAX_LEAVING

    def are_cut(self, labels):
        """Say whether a border of a grouping may go through the middle of a group.

        Parameters
        ----------
        labels : ndarray of shape (n_samples,), int
            Group of each row, from 0.

        Returns
        -------
        bool
            Whether it may.
        """
        return max(self.leaving(labels)) >= _CUT_THROUGH
