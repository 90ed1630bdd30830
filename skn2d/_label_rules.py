"""How a new row gets its label from training rows that have one.

Each rule answers a row from that row alone, and a training row with its own label. A row
counts as a training row also where last bits differ: if the next one is a thousand times as
far away.
"""

import numpy as np

from skn2d._neighbors import NeighborSearch, distinct_rows, inverse_distance_weights
from skn2d._optional import import_hdbscan
from skn2d._threads import blocks_of
from skn2d.metrics._labels import is_noise

# Rows answered at one time, and the most numbers that may take in one array.
_BLOCK_ROWS = 2**14
_BLOCK_VALUES = 2**22
# That a row of a cluster has at least, so that it is told from noise.
_LEAST_STRENGTH = np.finfo(np.float64).eps
# A row that is nearer to a training row than this share of the way to the next one is that row.
_SAME_ROW = 1e-3


def _blocks(n_rows, n_values):
    return blocks_of(n_rows, min(_BLOCK_ROWS, max(1, _BLOCK_VALUES // n_values)))


def consecutive(labels):
    """Number clusters from 0 without gaps, in their own order, and noise -1.

    Parameters
    ----------
    labels : ndarray of shape (n_samples,)
        Integers, negative for noise, or strings, "-1" for noise.

    Returns
    -------
    ndarray of shape (n_samples,), int64
        The labels.
    """
    noise = labels < 0 if labels.dtype.kind == "i" else is_noise(labels)
    numbered = np.full(len(labels), -1)
    _, numbered[~noise] = np.unique(labels[~noise], return_inverse=True)
    return numbered


def _spokesmen(inverse, labels):
    """For each distinct row a copy of it that has the label most of its copies have."""
    pairs = inverse * (labels.max() + 2) + labels + 1
    _, first, counts = np.unique(pairs, return_index=True, return_counts=True)
    order = np.lexsort((first, -counts, inverse[first]))
    _, winners = np.unique(inverse[first][order], return_index=True)
    return first[order][winners]


class NeighborRule:
    """The cluster that weighs most among the nearest training rows.

    Each of them adds its weight 1/distance, times its strength, to its cluster. The new
    row is noise if noise outweighs the winner, strengths aside.

    Parameters
    ----------
    X : ndarray of shape (n_samples, n_features), float64
        The training rows.
    labels : ndarray of shape (n_samples,), int64
        Their labels, consecutive from 0, noise -1.
    strengths : ndarray of shape (n_samples,) or None
        How strongly each belongs to its cluster, from 0 to 1.
    n_neighbors : int
        How many training rows have a say.
    """

    def __init__(self, X, labels, strengths, n_neighbors):
        self.rows, self.inverse = distinct_rows(X)
        if self.inverse is not None:
            chosen = _spokesmen(self.inverse, labels)
            labels = consecutive(labels[chosen])
            strengths = None if strengths is None else strengths[chosen]
        if strengths is not None:
            strengths = np.where(labels < 0, 0.0, np.clip(strengths, _LEAST_STRENGTH, 1.0))
        self.labels = labels
        self.strengths = strengths
        self.n_clusters = int(labels.max()) + 1
        self.n_neighbors = min(n_neighbors, len(self.rows))
        self.n_searched = min(max(self.n_neighbors, 2), len(self.rows))
        self._search = NeighborSearch().build(self.rows)

    def of_training_rows(self, values):
        """Spread what is known of the distinct rows over all training rows."""
        return values.copy() if self.inverse is None else values[self.inverse]

    def predict(self, X):
        """Label rows.

        Parameters
        ----------
        X : ndarray of shape (n_samples, n_features), float64
            The rows.

        Returns
        -------
        ndarray of shape (n_samples,), int64
            Their labels.
        """
        labels = np.empty(len(X), dtype=np.int64)
        for rows in _blocks(len(X), self.n_searched + self.n_clusters):
            labels[rows] = self._decide(X[rows])[0]
        return labels

    def memberships(self, X):
        """Say how strongly rows belong to each cluster.

        Parameters
        ----------
        X : ndarray of shape (n_samples, n_features), float64
            The rows.

        Returns
        -------
        ndarray of shape (n_samples, n_clusters), float64
            The neighbours' strengths in each cluster, averaged by weight; zeros for noise.
        """
        shares = np.empty((len(X), self.n_clusters))
        for rows in _blocks(len(X), self.n_searched + self.n_clusters):
            shares[rows] = self._decide(X[rows])[1]
        return shares

    def _look_up(self, X):
        distances, indices = self._search.query(self.rows, X, self.n_searched)
        weights = inverse_distance_weights(distances[:, : self.n_neighbors])
        known = distances[:, 0] == 0
        if distances.shape[1] > 1:  # not with one training row alone
            known |= distances[:, 0] <= _SAME_ROW * distances[:, 1]
        weights[known, 1:] = 0.0
        return distances, indices, weights, known

    def _decide(self, X):
        distances, indices, weights, known = self._look_up(X)
        near = indices[:, : self.n_neighbors]
        shares = self._vote(near, weights)
        if self.n_clusters == 0:
            return np.full(len(X), -1), shares
        labels = np.argmax(shares, axis=1)
        noise = self._is_noise(labels, weights, distances, indices)
        noise[known] = self.labels[near[known, 0]] < 0
        labels[noise] = -1
        shares[noise] = 0.0
        return labels, shares

    def _vote(self, near, weights):
        each, labels = np.arange(len(near)), self.labels[near]
        shares = np.zeros((len(near), self.n_clusters + 1))  # the last one is noise
        # One neighbour after the other: a row's sum then has the same order in any batch.
        for j in range(near.shape[1]):
            strengths = 1.0 if self.strengths is None else self.strengths[near[:, j]]
            shares[each, labels[:, j]] += weights[:, j] * strengths
        return shares[:, :-1] / weights.sum(axis=1)[:, np.newaxis]

    def _is_noise(self, labels, weights, distances, indices):
        found = self.labels[indices[:, : self.n_neighbors]]
        winner = (weights * (found == labels[:, np.newaxis])).sum(axis=1)
        return (weights * (found < 0)).sum(axis=1) > winner


class DensityRule(NeighborRule):
    """The same vote, but noise is what lies farther out than the cluster reaches.

    Distance is the mutual reachability of HDBSCAN: at least the core distance of either
    row, which is that to its `n_core`-th other training row. A cluster reaches as far as
    any of its training rows is from the nearest other one of the cluster. Only the
    nearest `n_neighbors` rows are looked at.

    Parameters
    ----------
    X, labels, strengths, n_neighbors
        As in :class:`NeighborRule`.
    n_core : int
        Which neighbour gives the core distance.
    alpha : float
        What HDBSCAN divides plain distances by.
    """

    def __init__(self, X, labels, strengths, n_neighbors, n_core, alpha):
        super().__init__(X, labels, strengths, n_neighbors)
        self.alpha = alpha
        self.n_core = max(1, min(n_core, len(X) - 1))
        self.n_copies = None if self.inverse is None else np.bincount(self.inverse)
        self.n_searched = min(max(self.n_neighbors, self.n_core) + 1, len(self.rows))
        self.core_distances, self.reach = self._measure()

    def _measure(self):
        """Core distance of each distinct training row, and how far each cluster reaches."""
        core_distances = np.empty(len(self.rows))
        n_others = min(self.n_neighbors, self.n_searched - 1)
        others = slice(1, n_others + 1)  # the first one is the row itself
        distances = np.empty((len(self.rows), n_others))
        indices = np.empty_like(distances, dtype=np.intp)
        for rows in _blocks(len(self.rows), self.n_searched):
            X = self.rows[rows].astype(np.float64)
            found = self._search.query(self.rows, X, self.n_searched)
            core_distances[rows] = self._core_distances_of(*found, self.n_core + 1)
            distances[rows], indices[rows] = found[0][:, others], found[1][:, others]
        away = self._reachability(core_distances, self.labels, distances, indices)
        # A row without a fellow among its neighbours says no more than its core distance.
        away = np.maximum(core_distances, np.where(np.isfinite(away), away, 0.0))
        reach = np.zeros(self.n_clusters)
        inside = self.labels >= 0
        np.maximum.at(reach, self.labels[inside], away[inside])
        return core_distances, reach

    def _core_distances_of(self, distances, indices, n_rows):
        """How far the `n_rows`-th nearest training row is, copies counted."""
        if self.n_copies is None:
            return distances[:, min(n_rows, self.n_searched) - 1]
        enough = np.cumsum(self.n_copies[indices], axis=1) >= n_rows
        enough[:, -1] = True
        return distances[np.arange(len(distances)), np.argmax(enough, axis=1)]

    def _reachability(self, core_distances, labels, distances, indices):
        """From each row to the nearest of those neighbours that have its label."""
        away = np.maximum(core_distances[indices], distances / self.alpha)
        away[self.labels[indices] != labels[:, np.newaxis]] = np.inf
        return away.min(axis=1, initial=np.inf)

    def _is_noise(self, labels, weights, distances, indices):
        away = self._reachability(
            self.core_distances,
            labels,
            distances[:, : self.n_neighbors],
            indices[:, : self.n_neighbors],
        )
        core_distances = self._core_distances_of(distances, indices, self.n_core)
        return np.maximum(away, core_distances) > self.reach[labels]


class CoreRule(NeighborRule):
    """The cluster of the nearest core sample of DBSCAN; noise beyond `eps` from all.

    Parameters
    ----------
    X, labels, n_neighbors
        As in :class:`NeighborRule`.
    core_indices : ndarray of int
        Which training rows are core samples.
    eps : float
        How near a row of a cluster must be to a core sample.
    """

    def __init__(self, X, labels, n_neighbors, core_indices, eps):
        super().__init__(X, labels, None, n_neighbors)
        inverse = np.arange(len(X)) if self.inverse is None else self.inverse
        core = np.unique(inverse[core_indices])
        self.core_rows = self.rows[core]
        self.core_labels = self.labels[core]
        self.eps = eps
        self._core_search = NeighborSearch()
        if len(core):
            self._core_search.build(self.core_rows)

    def _decide(self, X):
        _, indices, _, known = self._look_up(X)
        labels = np.full(len(X), -1)
        if len(self.core_rows):
            away, nearest = self._core_search.query(self.core_rows, X, 1)
            within = away[:, 0] <= self.eps
            labels[within] = self.core_labels[nearest[within, 0]]
        labels[known] = self.labels[indices[known, 0]]
        return labels, np.zeros((len(X), self.n_clusters))


class ApproximateRule(NeighborRule):
    """What ``hdbscan.approximate_predict`` says of rows that are no training rows.

    Parameters
    ----------
    X, labels, strengths, n_neighbors
        As in :class:`NeighborRule`.
    clusterer : hdbscan.HDBSCAN
        Fitted with ``prediction_data=True``.
    """

    def __init__(self, X, labels, strengths, n_neighbors, clusterer):
        super().__init__(X, labels, strengths, n_neighbors)
        self.clusterer = clusterer

    def _decide(self, X):
        _, indices, _, known = self._look_up(X)
        labels, strengths = import_hdbscan().approximate_predict(self.clusterer, X)
        labels = np.where(known, self.labels[indices[:, 0]], labels)
        strengths = np.where(known, self.strengths[indices[:, 0]], strengths)
        inside = labels >= 0
        shares = np.zeros((len(X), self.n_clusters))
        shares[inside, labels[inside]] = np.maximum(strengths[inside], _LEAST_STRENGTH)
        return labels, shares
