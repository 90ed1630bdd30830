"""How well groups fit the graph of nearest neighbours: judges that need no labels."""

import numpy as np
from scipy import sparse
from sklearn.utils import resample

from skn2d._neighbors import NeighborSearch, distinct_rows, rows_without_copies

# Five to ten choose alike. Of twenty, some lie beyond the border of a group: layouts of HAR
# are judged better by them, those of MNIST worse.
_N_NEIGHBORS = 10
# Rows whose neighbours are looked at; what more rows say differs in the fourth digit.
_MAX_ROWS = 2**15
# Among groupings of the same rows so little more says nothing: on pendigits a few
# have .0008 more than most others, which agree, and are .014 less accurate.
_NEAR = 1e-3
# To halve a group of a share p of the rows adds p**2 / 2 to the modularity, and takes away the
# edges that are cut, about a tenth of those of a round group: it pays for shares above a fifth,
# which up to four groups have.
_FEW_GROUPS = 4
# With so few, .001 more of the edges inside of groups add .003 to .004 to the information.
_INFORMATION_PER_MODULARITY = 4
# Edges that lead to a row, for it to connect others.
_FEWEST_INCOMING = 3
# Rows in which groupings are compared with each other.
_N_COMPARED = 2000


def _dimension(distances):
    """Estimate the dimension from each row's distances to its nearest neighbours, in order.

    In d dimensions the logarithm of the ratio of the k-th to the j-th distance is, in the
    mean, the sum of 1 / (d i) for i from j to k - 1. Only the farther half of them counts, as
    the nearest one may be all but a copy.
    """
    n_neighbors = distances.shape[1]
    ranks = np.arange(max(1, n_neighbors // 2), n_neighbors)
    if not len(ranks):
        return np.inf
    distances = distances[distances[:, ranks[0] - 1] > 0]
    spread = np.log(distances[:, -1:] / distances[:, ranks - 1])
    expected = [np.sum(1 / np.arange(rank, n_neighbors)) for rank in ranks]
    return float(np.mean(expected) / spread.mean()) if spread.any() else np.inf


class NeighborGraph:
    """The graph from rows to their nearest neighbours.

    Parameters
    ----------
    rows : ndarray of shape (n_samples, n_features), float32 or float64
        At least two finite rows. Of many, a random sample is the source of the edges. Of equal
        rows one is in the graph, but for a few distinct ones: edges between copies would say
        nothing of groups.

    Attributes
    ----------
    dimension : float
        In how many dimensions the rows spread locally, by the distances to their nearest
        neighbours, as Levina and Bickel estimate it, over all rows. Infinite where they say
        nothing.

    References
    ----------
    Levina, E. and Bickel, P. J. (2004). Maximum likelihood estimation of intrinsic dimension.
    Advances in Neural Information Processing Systems 17.

    Karrer, B. and Newman, M. E. J. (2011). Stochastic blockmodels and community structure in
    networks. Physical Review E 83, 016107. https://doi.org/10.1103/PhysRevE.83.016107

    Leicht, E. A. and Newman, M. E. J. (2008). Community structure in directed networks.
    Physical Review Letters 100, 118703. https://doi.org/10.1103/PhysRevLett.100.118703
    """

    def __init__(self, rows):
        self._inverse = distinct_rows(rows)[1]
        self._kept = rows_without_copies(self._inverse)
        if self._kept is not None:
            rows = rows[self._kept]
        self._n_rows = len(rows)
        self._sources = np.arange(len(rows))
        if len(rows) > _MAX_ROWS:
            self._sources = resample(
                self._sources, replace=False, n_samples=_MAX_ROWS, random_state=0
            )
        n_neighbors = min(_N_NEIGHBORS + 1, len(rows))
        distances, indices = NeighborSearch().query(rows, rows[self._sources], n_neighbors)
        self._targets = indices[:, 1:]  # without the row itself
        self.dimension = _dimension(distances[:, 1:])

    def _at_edges(self, labels):
        labels = labels if self._kept is None else labels[self._kept]
        return labels[self._sources], labels[self._targets]

    def quality(self, labels, n_groups):
        """Say how good a grouping is, to be compared with others into as many groups.

        It is the modularity; but that prefers groups of one size, so much with up to four of
        them that it halves a large one. Of so few it is a fourth of the information, which
        changes about as much with the edges inside of groups.

        Parameters
        ----------
        labels : ndarray of shape (n_samples,), int
            Group of each row; below 0 is noise.
        n_groups : int
            The number of groups, or the one that is wanted in the end.

        Returns
        -------
        float
            The larger the better.
        """
        if n_groups > _FEW_GROUPS:
            return self.modularity(labels)
        return self.information(labels) / _INFORMATION_PER_MODULARITY

    def modularity(self, labels):
        """Say by how much more edges stay inside groups than they would by chance.

        Parameters
        ----------
        labels : ndarray of shape (n_samples,), int
            Group of each row. Noise, below 0, is in no group.

        Returns
        -------
        float
            Below 1; 0 where all rows are in one group.
        """
        sources, targets = self._at_edges(labels)
        inside = (targets == sources[:, np.newaxis]) & (targets >= 0)
        by_chance = [
            np.mean(sources == group) * np.mean(targets == group)
            for group in np.unique(labels[labels >= 0])
        ]
        return float(inside.mean() - np.sum(by_chance))

    def information(self, labels):
        """Say how much the group of a row tells about the groups of its neighbours.

        Of groupings into as many groups, that with the most information is the most likely
        one if edges depend on the groups and on the degrees of rows only. A group that is
        split never tells less, so other numbers of groups are not compared by it.

        Parameters
        ----------
        labels : ndarray of shape (n_samples,), int
            Group of each row. Noise, below 0, tells nothing.

        Returns
        -------
        float
            Mutual information in nats, times the share of edges between rows in groups; 0
            where all rows are in one group.
        """
        from sklearn.metrics import mutual_info_score  # not needed to label rows

        sources, targets = self._at_edges(labels)
        sources = sources[:, np.newaxis]
        known = (sources >= 0) & (targets >= 0)
        if not known.any():
            return 0.0
        sources = np.broadcast_to(sources, known.shape)[known]
        n_groups = labels.max() + 1
        edges = sparse.csr_matrix(
            (np.ones(len(sources)), (sources, targets[known])), shape=(n_groups, n_groups)
        )
        return float(mutual_info_score(None, None, contingency=edges) * known.mean())

    def components(self, smallest_share, fewest, both_ways=False):
        """Find the parts between which no edge leads, in either direction.

        Rows between parts, or far from all, connect none: such as fewer than three edges
        lead to, or as cannot be come back to from a good many others that they lead to, or
        where these are no group, as most of their edges lead elsewhere. They are where most of
        their own edges lead.

        Parameters
        ----------
        smallest_share : float
            Share of the other rows that a part has at least.
        fewest : int
            Rows that it has at least.
        both_ways : bool, default=False
            Whether parts are also kept apart where edges lead from one to the other but not
            back.

        Returns
        -------
        parts : ndarray of shape (n_samples,), int
            The part of each row, from 0; -1 where that is none, or a smaller one.
        connects : ndarray of shape (n_samples,), bool
            Whether a row is one of those that make the parts.
        """
        incoming = np.bincount(self._targets.ravel(), minlength=self._n_rows)
        inside = incoming >= _FEWEST_INCOMING
        least = max(fewest, smallest_share * inside.sum())
        strong = self._connected(inside, "strong")
        inside &= np.bincount(strong)[strong] >= least
        # Of rows scattered between groups most edges lead to these.
        inside &= self._staying(strong)[strong] > 0.5
        parts = np.full(self._n_rows, -1)
        connected = self._connected(inside, "strong" if both_ways else "weak")[inside]
        parts[inside] = np.unique(connected, return_inverse=True)[1]
        parts[self._sources] = self._completed(parts)
        if self._kept is not None:
            parts, inside = parts[self._inverse], inside[self._inverse]
        return parts, inside

    def _staying(self, groups):
        """Share of the edges of each group that stay in it."""
        sources = groups[self._sources]
        stay = (groups[self._targets] == sources[:, np.newaxis]).mean(axis=1)
        n_groups = groups.max() + 1
        counts = np.bincount(sources, minlength=n_groups)
        return np.bincount(sources, stay, minlength=n_groups) / np.maximum(counts, 1)

    def _connected(self, inside, connection):
        """Number the components of some of the rows; each other row is one by itself."""
        from scipy.sparse.csgraph import connected_components  # not needed to label rows

        sources, targets = np.broadcast_arrays(self._sources[:, np.newaxis], self._targets)
        is_kept = inside[sources] & inside[targets]
        edges = sparse.coo_matrix(
            (np.ones(is_kept.sum()), (sources[is_kept], targets[is_kept])),
            shape=(self._n_rows, self._n_rows),
        )
        return connected_components(edges, directed=True, connection=connection)[1]

    def _completed(self, parts):
        """The parts of the sources, where they are in none those of most of their targets."""
        own, at_targets = parts[self._sources], parts[self._targets]
        counts = [np.sum(at_targets == part, axis=1) for part in range(max(parts.max(), 0) + 1)]
        completed = np.where(np.max(counts, axis=0) > 0, np.argmax(counts, axis=0), -1)
        return np.where(own < 0, completed, own)

    def leaving(self, labels):
        """Say which share of the edges of each group leads to other groups.

        Parameters
        ----------
        labels : ndarray of shape (n_samples,), int
            As in :meth:`modularity`; edges to noise lead nowhere.

        Returns
        -------
        list of float
            One share for each group with a row in the graph, from 0 to 1.
        """
        sources, targets = self._at_edges(labels)
        elsewhere = (targets != sources[:, np.newaxis]) & (targets >= 0)
        groups = np.unique(sources[sources >= 0])
        return [float(elsewhere[sources == group].mean()) for group in groups]


def best_groups(groups, quality, n_best=1, near=_NEAR):
    """Choose groupings of the best quality, or those like many that are as good.

    Parameters
    ----------
    groups : list of ndarray of shape (n_samples,), int
        Groupings of the same rows.
    quality : sequence of float
        Of each, as :meth:`NeighborGraph.quality` or its modularity.
    n_best : int, default=1
        How many are wanted. Where more than that are about the best, those are chosen that
        agree most with the others of these.
    near : float, default=0.001
        Down to how much less than the best a quality is about as good.

    Returns
    -------
    ndarray of int
        Indices of the chosen ones, all if there are not more than wanted; the best first.
    """
    from sklearn.metrics import adjusted_rand_score, pairwise

    quality = np.asarray(quality)
    order = np.argsort(-quality, kind="stable")
    n_near = np.sum(quality >= quality.max() - near)
    if n_near <= n_best:
        return order[:n_best]
    rows = resample(
        np.arange(len(groups[0])),
        replace=False,
        n_samples=min(_N_COMPARED, len(groups[0])),
        random_state=0,
    )
    some = np.array([groups[i][rows] for i in order[:n_near]])
    agreement = pairwise.pairwise_kernels(some, metric=adjusted_rand_score).mean(axis=1)
    return order[np.argsort(-agreement, kind="stable")[:n_best]]
