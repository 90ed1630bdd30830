"""Principal components of the rows, stored and called like the encoder of a network."""

import numpy as np
from scipy import sparse

from skn2d._eigensolver import eigensolver_seeded
from skn2d._keras_state import DenseNetwork
from skn2d._network import NoDecoder, TrainedNetwork
from skn2d._threads import one_thread

# Sparse rows of more columns are not made dense.
_MAX_DENSE_COLUMNS = 2000


def principal_components(rows, sample, n_components, variance, random_state):
    """Find the directions in which rows vary most.

    Parameters
    ----------
    rows : ScaledRows
        The rows.
    sample : ndarray of int
        Which of them to look at.
    n_components : int
        Directions wanted; there are no more than columns or rows allow.
    variance : float
        What the variances of the columns returned are to sum up to.
    random_state : int or RandomState instance
        Decides where a search for the directions starts.

    Returns
    -------
    TrainedNetwork
        One linear layer, from scaled rows to the components, without a decoder.
    """
    from sklearn.decomposition import PCA

    is_wide = sparse.issparse(rows.X) and rows.X.shape[1] > _MAX_DENSE_COLUMNS
    if is_wide:
        X, shift = rows.X[sample].astype(np.float32) * rows.scale, rows.shift * rows.scale
    else:
        X, shift = rows[sample], 0
    # ARPACK, which takes sparse rows as they are, finds all directions but one.
    largest = min(X.shape) - (1 if is_wide else 0)
    pca = PCA(
        min(n_components, largest),
        svd_solver="arpack" if is_wide else "auto",
        random_state=random_state,
    )
    with one_thread(), eigensolver_seeded():
        pca.fit(X)
    total = pca.explained_variance_.sum()
    kernel = pca.components_.T * np.sqrt(variance / total if total > 0 else 0)
    bias = (shift - pca.mean_) @ kernel
    layer = {
        "kernel": np.ascontiguousarray(kernel, dtype=np.float32),
        "bias": bias.astype(np.float32),
        "activation": "linear",
    }
    return TrainedNetwork(DenseNetwork([layer]), NoDecoder(), kernel.shape[1])
