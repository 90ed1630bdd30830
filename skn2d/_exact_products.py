"""Matrix products whose bits do not depend on the batch, on threads or on the machine."""

import numpy as np

# Of the 53 bits of a double, 26 for each factor of a product leave one to spare.
_FACTOR_BITS = 26


def on_grid(values, axis):
    """Round each vector along `axis` so that scalar products of such vectors are exact.

    Its numbers become multiples of 2**-26 of a power of two that bounds its length. A sum
    of products is then, by Cauchy and Schwarz, a multiple below 2**53 of one number in
    every part and order. So the last bits depend neither on the rows beside a row, as
    they do with float32 and the kernels of most processors, nor on threads or machine;
    and the result is as near to the true one as float32's.

    Parameters
    ----------
    values : ndarray, float32 or float64
        Finite numbers.
    axis : int
        Along which the vectors lie.

    Returns
    -------
    ndarray, float64
        The rounded numbers.
    """
    largest = np.abs(values).max(axis=axis, keepdims=True).astype(np.float64)
    exponent = np.frexp(largest * np.sqrt(values.shape[axis]))[1]
    # Adding this leaves no bits below the grid's, and subtracting it is exact.
    shift = np.ldexp(1.5, exponent + (52 - _FACTOR_BITS))
    rounded = values + shift
    rounded -= shift
    return rounded
