"""Many small groups, where their number is not known: those that lie far apart."""

import tempfile

import numpy as np

from skn2d._neighbors import distinct_rows
from skn2d._unknown_number import GroupFinder

# Shares of the rows that a group may be as small as. With still less, dense spots inside of
# the images of one digit count, too.
_SMALLEST_SHARES = (1 / 100, 1 / 50)
# Rows of a group at least: with fewer some of their ten nearest neighbours are in others. Among
# few distinct rows, as of answers to four questions, each would be a group.
_MIN_ROWS = 11
# Small parts are groups where still fewer neighbours lead to others (groups of blobs far apart
# .000 to .02, the densest spots in squares of rows .04 and more), and not just two or three:
# spots of one digit's images that are as far apart are that many.
_LIMITS = {"max_leaving": 0.02, "min_parts": 4}


class SmallGroupFinder(GroupFinder):
    """Find groups as :class:`GroupFinder`, and small ones where they are far apart.

    Where all rows fall into four or more parts that hardly hang together, each a hundredth
    of the rows or more, or a fiftieth, these are the groups. Else it is looked at within each
    group, for parts of a fiftieth.
    """

    def _find_groups(self, clusterer, X):
        is_given = self.clusterer is not None
        if is_given or len(distinct_rows(X)[0]) < _LIMITS["min_parts"] * _MIN_ROWS:
            return super()._find_groups(clusterer, X)
        # Sizes of groups and ways to choose them change nothing in the tree of distances,
        # which takes most of the time and is kept between the fits.
        with tempfile.TemporaryDirectory() as folder:
            groups, strengths = super()._find_groups(clusterer.set_params(memory=folder), X)
            all_rows = np.zeros_like(groups)
            for share in _SMALLEST_SHARES:
                size = max(_MIN_ROWS, int(len(X) * share))
                clusterer.set_params(min_cluster_size=size, cluster_selection_epsilon=0.0)
                parts = self._split(clusterer, X, all_rows, strengths, **_LIMITS)
                if parts[0].max() > 0:
                    return parts
            return self._split(clusterer, X, groups, strengths, **_LIMITS)
