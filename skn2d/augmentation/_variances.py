"""How far values spread."""

import numpy as np


def column_variances(values):
    """Unbiased variance of each column, 0 where there is but one value.

    Parameters
    ----------
    values : ndarray of shape (n_values, n_columns), float32
        The values.

    Returns
    -------
    ndarray of shape (n_columns,), float64
        The variances.
    """
    # Of differences to one row: sums of large values themselves lose the spread.
    difference = values - values[0]
    mean = difference.mean(axis=0, dtype=np.float64)
    squares = np.einsum("ij,ij->j", difference, difference, dtype=np.float64)
    n_values = len(values)
    return np.maximum(squares - n_values * mean**2, 0) / max(1, n_values - 1)
