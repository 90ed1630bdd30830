"""Smooth random curves."""

import numpy as np


def smooth_basis(length, sigma):
    """Bell curves whose sum, with standard normal weights, is a smooth random curve.

    The curve has mean 0 and variance 1 at each of its points: it is white noise under a
    Gaussian filter, with no more numbers drawn than the filter lets through.

    Parameters
    ----------
    length : int
        Points of the curve.
    sigma : float
        Width of the filter as a share of the length.

    Returns
    -------
    ndarray of shape (length, n_bells), float32
        The value of each bell curve at each point.
    """
    points = (np.arange(length) + 0.5) / length
    n_bells = int(np.ceil(1 / sigma)) + 5  # a step of sigma apart, two beyond each end
    centres = 0.5 + sigma * (np.arange(n_bells) - (n_bells - 1) / 2)
    basis = np.exp(-0.5 * ((points[:, None] - centres) / sigma) ** 2)
    basis /= np.linalg.norm(basis, axis=1, keepdims=True)
    return basis.astype(np.float32)
