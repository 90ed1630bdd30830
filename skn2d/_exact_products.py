"""Matrix products whose bits do not depend on the batch, on threads or on the machine."""

import math

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
    values : ndarray of shape (n, m), float32 or float64
        Finite numbers, far below the largest of float64.
    axis : {0, 1}
        Along which the vectors lie.

    Returns
    -------
    ndarray of shape (n, m), float64
        The rounded numbers.
    """
    length = math.sqrt(values.shape[axis])
    # Adding the shift leaves no bits below the grid's, and subtracting it is exact.
    if values.shape[1 - axis] == 1:  # the same in a third of the time
        _, exponent = math.frexp(float(np.abs(values).max()) * length)
        shift = math.ldexp(1.5, exponent + (52 - _FACTOR_BITS))
    else:
        largest = np.abs(values).max(axis=axis, keepdims=True).astype(np.float64)
        shift = np.ldexp(1.5, np.frexp(largest * length)[1] + (52 - _FACTOR_BITS))
    rounded = np.add(values, shift, dtype=np.float64)
    rounded -= shift
    return rounded
