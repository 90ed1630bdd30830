"""Work shared out among threads of our own, in place of those of BLAS and OpenMP.

Theirs wait for each other in a loop at the end of every product. Beside another busy
process each such wait lasts as long as the other's turn: labelling was 20 times slower
with two BLAS threads than with one. Ours take blocks of rows and wait once.
"""

import functools
import math
import threading
from concurrent.futures import ThreadPoolExecutor

import joblib
from threadpoolctl import ThreadpoolController

from skn2d._cores import core_share

# Rows that are worth a thread of their own.
_MIN_ROWS_PER_THREAD = 256


_here = threading.local()


def _count_threads(n_rows):
    n_worth = n_rows // _MIN_ROWS_PER_THREAD
    # Counting the cores takes as long as placing a row.
    if n_worth <= 1 or getattr(_here, "is_ours", False):
        return 1
    return min(core_share() or joblib.cpu_count(), n_worth)


@functools.cache
def _controller(user_api):
    # Finding the libraries takes 3 ms, setting a limit then 15 us.
    return ThreadpoolController().select(user_api=user_api)


def _begin_thread():
    _here.is_ours = True
    # OpenMP keeps this number for each thread that asks; the thread ends with its work.
    _controller("openmp").limit(limits=1)


def run_on_blocks(function, n_rows, block_rows):
    """Call a function on blocks of rows, in threads where there are rows enough.

    A call from such a thread stays in it.

    Parameters
    ----------
    function : callable
        Called with a slice. NumPy's, SciPy's and scikit-learn's longer operations let
        other threads run.
    n_rows : int
        How many rows there are.
    block_rows : int
        How many a block has at most.

    Returns
    -------
    list
        What the function returned for each block, in their order; for an empty block if
        there are no rows.
    """
    n_threads = _count_threads(n_rows)
    # As many for each thread, and blocks of about one size.
    n_blocks = n_threads * max(1, math.ceil(n_rows / (n_threads * block_rows)))
    block_rows = max(1, math.ceil(n_rows / n_blocks))
    starts = range(0, max(1, n_rows), block_rows)
    blocks = [slice(start, min(start + block_rows, n_rows)) for start in starts]
    # threadpoolctl lets one thread of a process, the first that asked, set BLAS's number.
    with _controller("blas").limit(limits=1):
        if n_threads == 1:
            return [function(rows) for rows in blocks]
        with ThreadPoolExecutor(n_threads, initializer=_begin_thread) as pool:
            return list(pool.map(function, blocks))
