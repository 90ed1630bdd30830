"""The contingency table of classes and clusters, and the best one-to-one matching."""

from typing import NamedTuple

import numpy as np
from scipy.optimize import linear_sum_assignment

from skn2d.metrics._labels import check_labels, check_same_length, is_noise


class Contingency(NamedTuple):
    """How often each class meets each cluster; noise is kept apart.

    `class_codes` and `cluster_codes` index `classes` and `clusters` row by row, with -1
    for noise. `matched` gives for each cluster the index of its class, or -1 if none is left
    that it shares a row with.
    """

    classes: np.ndarray
    clusters: np.ndarray
    class_codes: np.ndarray
    cluster_codes: np.ndarray
    counts: np.ndarray
    noise_counts: np.ndarray
    matched: np.ndarray

    @property
    def accuracy(self):
        """The share of all rows that lie in the cluster matched with their class."""
        found = np.flatnonzero(self.matched >= 0)
        return float(self.counts[self.matched[found], found].sum() / len(self.class_codes))


def contingency(labels_true, labels_pred):
    """Count classes against clusters and match them one to one (Hungarian method)."""
    labels_true = check_labels(labels_true, "labels_true")
    labels_pred = check_labels(labels_pred, "labels_pred")
    check_same_length(len(labels_true), "labels_true", len(labels_pred), "labels_pred")
    classes, class_codes = np.unique(labels_true, return_inverse=True)
    noise = is_noise(labels_pred)
    clusters, kept_codes = np.unique(labels_pred[~noise], return_inverse=True)
    cluster_codes = np.full(len(labels_pred), -1)
    cluster_codes[~noise] = kept_codes
    counts = np.zeros((len(classes), len(clusters)), dtype=np.int64)
    np.add.at(counts, (class_codes[~noise], kept_codes), 1)
    noise_counts = np.bincount(class_codes[noise], minlength=len(classes))
    matched = np.full(len(clusters), -1)
    rows, columns = linear_sum_assignment(counts, maximize=True)
    matched[columns] = np.where(counts[rows, columns] > 0, rows, -1)
    return Contingency(
        classes, clusters, class_codes, cluster_codes, counts, noise_counts, matched
    )
