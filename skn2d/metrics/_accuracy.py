"""Clustering accuracy: the share of rows right after the best renaming of the clusters."""

import itertools

import numpy as np

from skn2d.metrics._contingency import contingency
from skn2d.metrics._labels import NOISE


def _new_names(table):
    """Name the clusters that are left over when there are more of them than classes."""
    surplus = table.clusters[table.matched < 0]
    if table.classes.dtype.kind == "i":
        first = max(int(table.classes.max()), NOISE) + 1
        if first + len(surplus) - 1 <= np.iinfo(np.int64).max:
            return list(range(first, first + len(surplus)))
        taken = {*table.classes.tolist(), NOISE}
        free = (number for number in itertools.count() if number not in taken)
        return list(itertools.islice(free, len(surplus)))
    taken = set(table.classes.tolist())
    names = []
    for cluster in surplus:
        name = f"cluster {cluster}"
        while name in taken:
            name += "'"
        taken.add(name)
        names.append(name)
    return names


def match_labels(labels_true, labels_pred):
    """Rename predicted clusters to the classes they match best, one to one.

    The matching makes as many rows as possible agree (Hungarian method on the
    contingency table).

    Parameters
    ----------
    labels_true : array-like of shape (n_samples,)
        True classes, integers or strings. A ``-1`` is a class like any other; rename it
        first if `labels_pred` has noise and the two must be told apart in the result.
    labels_pred : array-like of shape (n_samples,)
        Predicted clusters, integers or strings; ``-1`` is noise.

    Returns
    -------
    ndarray of shape (n_samples,)
        The renamed clusters, in the kind of `labels_true`: int64 if its labels are
        numbers, strings if they are strings. Noise stays ``-1`` (``"-1"`` among
        strings). When there are more clusters than classes, those left over get names
        that no class has: the integers above the largest class (from 0 where there is no
        room above), or ``"cluster <number>"`` among strings.

    Raises
    ------
    ValueError
        If the lengths differ, or the labels are empty, not one-dimensional, missing, or
        neither integers nor strings.

    See Also
    --------
    clustering_accuracy_score : The share of rows that then agree.

    References
    ----------
    Kuhn, H. W. (1955). The Hungarian method for the assignment problem. Naval Research
    Logistics Quarterly, 2, 83-97. https://doi.org/10.1002/nav.3800020109

    Examples
    --------
    >>> from skn2d.metrics import match_labels
    >>> match_labels([7, 7, 8, 8], [1, 1, 0, -1])
    array([ 7,  7,  8, -1])
    >>> match_labels([7, 7, 8, 8], [1, 1, 0, 2])
    array([7, 7, 8, 9])
    >>> match_labels(["cat", "cat", "dog"], [0, 0, 1]).tolist()
    ['cat', 'cat', 'dog']
    """
    table = contingency(labels_true, labels_pred)
    noise = NOISE if table.classes.dtype.kind == "i" else str(NOISE)
    names = np.empty(len(table.clusters) + 1, dtype=object)
    names[:-1] = table.classes[table.matched] if len(table.clusters) else []
    names[:-1][table.matched < 0] = _new_names(table)
    names[-1] = noise  # the code of noise is -1, the last place
    return names.astype(np.int64 if table.classes.dtype.kind == "i" else str)[
        table.cluster_codes
    ]


def clustering_accuracy_score(labels_true, labels_pred):
    """Compute the share of rows that are right after the best one-to-one matching.

    Each cluster stands for at most one class and each class for at most one cluster; the
    names of either do not matter. With more clusters than classes, the rows of the
    clusters left over are wrong; with fewer, the rows of the classes left over are.

    Parameters
    ----------
    labels_true : array-like of shape (n_samples,)
        True classes, integers or strings. A ``-1`` is a class like any other.
    labels_pred : array-like of shape (n_samples,)
        Predicted clusters, integers or strings. Noise, ``-1``, is never matched: its
        rows count as wrong.

    Returns
    -------
    float
        Accuracy in [0, 1]; higher is better.

    Raises
    ------
    ValueError
        If the lengths differ, or the labels are empty, not one-dimensional, missing, or
        neither integers nor strings.

    See Also
    --------
    match_labels : The renamed clusters themselves.
    clustering_report : Accuracy beside other scores, and each cluster's purity.

    References
    ----------
    Yang, Y., Xu, D., Nie, F., Yan, S., Zhuang, Y. (2010). Image clustering using local
    discriminant models and global integration. IEEE Transactions on Image Processing,
    19(10), 2761-2773. https://doi.org/10.1109/TIP.2010.2049235

    Examples
    --------
    >>> from skn2d.metrics import clustering_accuracy_score
    >>> clustering_accuracy_score([0, 0, 1, 1], [1, 1, 0, 0])
    1.0
    >>> clustering_accuracy_score([0, 0, 1, 1], [1, 1, 0, -1])
    0.75
    """
    return contingency(labels_true, labels_pred).accuracy
