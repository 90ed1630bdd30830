"""Starts for a mixture from groups that are dense: apart, or cut or joined to a number."""

import functools
import itertools
import tempfile

import numpy as np
from sklearn.mixture import GaussianMixture
from sklearn.utils import resample

from skn2d._apart import Surroundings
from skn2d._inductive import make_hdbscan
from skn2d._neighbor_graph import NeighborGraph
from skn2d._unknown_number import GroupFinder, parts_within

# Starts of the mixture that cuts a group in two.
_N_CUTS = 3
# Shares of the rows that a group may be as small as, where it is looked for so many that lie
# apart, and rows of it at least.
_SMALLEST_SHARES, _FEWEST_ROWS = 1 / np.geomspace(20, 160, 7), 11
# Rows in which that is done, at most.
_APART_ROWS = 20_000


def density_groups(rows, n_groups, random_state, dense=None):
    """Find so many groups, dense and apart from each other where there are such.

    Those that :class:`GroupFinder` finds are cut in two, or joined, one after the other,
    always where their quality in the graph of nearest neighbours gains most or loses least.

    Parameters
    ----------
    rows : ndarray of shape (n_samples, n_features), float32 or float64
        The rows.
    n_groups : int
        Groups wanted.
    random_state : int or RandomState instance
        Seeds what cuts the groups.
    dense : ndarray of shape (n_samples,), int, or None, default=None
        Groups to begin with, from 0, and -1 for rows in none; None means those of
        :class:`GroupFinder`.

    Returns
    -------
    ndarray of shape (n_samples,), int64, or None
        The group of each row, from 0. None if there are too few rows to cut groups in.
    """
    everywhere = np.full(len(rows), True)
    dense = GroupFinder().fit(rows).labels_ if dense is None else dense
    labels = parts_within(everywhere, dense, rows)
    labels = np.maximum(labels, 0)  # nothing but noise is one group
    quality = functools.partial(NeighborGraph(rows).quality, n_groups=n_groups)
    n_found = labels.max() + 1
    for _ in range(n_found - n_groups):
        labels = max(_joined_pairs(labels), key=quality)
    cuts = {}
    if n_found < n_groups:
        cuts = {g: _cut(rows, labels, g, quality, random_state) for g in range(n_found)}
    while labels.max() + 1 < n_groups:
        group = max(cuts, key=lambda group: cuts[group][0])
        gain, is_cut_off = cuts[group]
        if gain == -np.inf:
            return None
        labels[is_cut_off] = new = labels.max() + 1
        for part in (group, new):
            cuts[part] = _cut(rows, labels, part, quality, random_state)
    return labels


def groups_apart(rows, n_groups):
    """Find as many groups as are wanted where so many lie apart.

    At one size after the other that a group has at least, the most persistent groups of
    HDBSCAN are counted. Rows that fall into no groups of a twentieth fall into none: a few
    strange rows are no answer to a question for two groups.

    Parameters
    ----------
    rows : ndarray of shape (n_samples, n_features), float32 or float64
        The rows.
    n_groups : int
        Groups wanted.

    Returns
    -------
    ndarray of shape (n_samples,), int64, or None
        The group of each row, from 0; a row between groups is in the nearest. None if at no
        size there are as many, or not without cutting one.
    """
    some = resample(
        np.arange(len(rows)),
        replace=False,
        n_samples=min(_APART_ROWS, len(rows)),
        random_state=0,
    )
    around, everywhere = Surroundings(rows), np.full(len(rows), True)
    with tempfile.TemporaryDirectory() as folder:  # keeps the tree, which is the same
        for share in _SMALLEST_SHARES:
            clusterer = make_hdbscan(max(_FEWEST_ROWS, int(share * len(some))))
            clusterer.set_params(allow_single_cluster=True, memory=folder)
            found = clusterer.fit_predict(rows[some])
            n_found = found.max() + 1
            if n_found < 2:
                return None
            if n_found == n_groups:
                labels = np.full(len(rows), -1)
                labels[some] = found
                labels = parts_within(everywhere, labels, rows)
                if not around.are_cut(labels):
                    return labels
    return None


def _cut(rows, labels, group, quality, random_state):
    """How much quality gains where a group is cut in two, and which rows are cut off."""
    inside = np.flatnonzero(labels == group)
    if len(inside) <= 2 * rows.shape[1]:
        return -np.inf, inside
    mixture = GaussianMixture(
        2, n_init=_N_CUTS, init_params="k-means++", random_state=random_state
    )
    is_cut_off = inside[mixture.fit_predict(rows[inside]) == 1]
    # Each part is to have a covariance of its own; of rows that are alike there is one part.
    if min(len(is_cut_off), len(inside) - len(is_cut_off)) <= rows.shape[1]:
        return -np.inf, inside
    parts = labels.copy()
    parts[is_cut_off] = labels.max() + 1
    return quality(parts) - quality(labels), is_cut_off


def _joined_pairs(labels):
    for one, other in itertools.combinations(range(labels.max() + 1), 2):
        joined = np.where(labels == other, one, labels)
        joined[joined == labels.max()] = other  # which is free now
        yield joined
