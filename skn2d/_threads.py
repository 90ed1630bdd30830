"""Work shared out among threads of our own, in place of those of BLAS and OpenMP.

Theirs wait for each other in a loop at the end of every product. Beside another busy
process each such wait lasts as long as the other's turn: labelling was 20 times slower
with two BLAS threads than with one. Ours take blocks of rows and wait once.
"""

import contextlib
import functools
import math
import os
import threading
import weakref
from concurrent.futures import ThreadPoolExecutor

import joblib
from threadpoolctl import ThreadpoolController, threadpool_limits

from skn2d._cores import core_share
from skn2d._shared_change import SharedChange, User

# Rows that are worth a thread of their own.
_MIN_ROWS_PER_THREAD = 256
# Of so few rows no thread of ours and no limit pays: nobody calls OpenMP for them.
_FEW_ROWS = 16


_here = threading.local()


def _count_threads(n_rows):
    n_worth = n_rows // _MIN_ROWS_PER_THREAD
    # Counting the cores takes as long as placing a row.
    if n_worth <= 1 or getattr(_here, "is_ours", False):
        return 1
    return min(core_share() or joblib.cpu_count(), n_worth)


@functools.cache
def _libraries():
    # Finding them takes 3 ms, setting a limit then 15 us.
    return ThreadpoolController()


@functools.cache
def _controller(user_api):
    return _libraries().select(user_api=user_api)


def _set_threads(libraries, numbers):
    for library, number in zip(libraries, numbers, strict=True):
        # threadpoolctl 3.8 listens to the thread alone that was the first to set a number;
        # the last of those that share a limit may be another one.
        listen_to_all = getattr(library, "clear_controlling_thread", lambda force: None)
        listen_to_all(force=True)
        library.set_num_threads(number)
        listen_to_all(force=True)


def _blas(of_each_thread):
    """BLAS libraries whose number of threads is that of the process, or of each thread."""
    libraries = _controller("blas").lib_controllers
    by_openmp = [getattr(library, "threading_layer", "") == "openmp" for library in libraries]
    return [b for b, own in zip(libraries, by_openmp, strict=True) if own == of_each_thread]


def _limit_blas():
    libraries = _blas(of_each_thread=False)
    before = [library.num_threads for library in libraries]

    def undo():
        _set_threads(libraries, before)

    try:
        _set_threads(libraries, [1] * len(libraries))
    except BaseException:
        undo()
        raise
    return undo


_limit_of_the_process = SharedChange(_limit_blas)


def _has_one_blas_thread():
    user = getattr(_here, "user", None)
    return user is not None and user() is not None


@contextlib.contextmanager
def one_blas_thread():
    """Keep BLAS to one thread; afterwards it has as many as before."""
    if _has_one_blas_thread():  # a block within another one
        yield
        return
    user = User()
    libraries = _blas(of_each_thread=True)
    before = [library.num_threads for library in libraries]
    with _limit_of_the_process():
        _set_threads(libraries, [1] * len(libraries))
        _here.user = weakref.ref(user)
        try:
            yield
        finally:
            _here.user = None
            _set_threads(libraries, before)


def one_blas_thread_for(n_rows):
    """Keep BLAS to one thread where rows are few: set once, and not by all who handle them."""
    return one_blas_thread() if n_rows <= _FEW_ROWS else contextlib.nullcontext()


@contextlib.contextmanager
def one_thread():
    """Keep BLAS and OpenMP to one thread: the same bits for any number of cores."""
    with one_blas_thread(), threadpool_limits(1, "openmp"):
        yield


def _begin_thread():
    _here.is_ours = True
    # OpenMP keeps this number for each thread that asks; the thread ends with its work.
    _controller("openmp").limit(limits=1)


@contextlib.contextmanager
def _without_openmp_threads(n_rows):
    """Keep OpenMP to this thread: a process forked later would wait for its other ones."""
    # Of few rows nobody makes use of it, and a limit takes time.
    if n_rows <= _FEW_ROWS or getattr(_here, "is_ours", False) or not hasattr(os, "fork"):
        yield
        return
    with _controller("openmp").limit(limits=1):
        yield


def blocks_of(n_rows, block_rows):
    """List the slices that divide rows into blocks.

    Parameters
    ----------
    n_rows : int
        How many rows there are.
    block_rows : int
        How many a block has at most.

    Returns
    -------
    list of slice
        As of :func:`sklearn.utils.gen_batches`, which looks at these numbers for longer than
        a small product takes; but an empty one if there are no rows.
    """
    starts = range(0, max(1, n_rows), block_rows)
    return [slice(start, min(start + block_rows, n_rows)) for start in starts]


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
    if n_rows <= min(_FEW_ROWS, block_rows) and _has_one_blas_thread():
        return [function(slice(0, n_rows))]
    n_threads = _count_threads(n_rows)
    # As many for each thread, and blocks of about one size.
    n_blocks = n_threads * max(1, math.ceil(n_rows / (n_threads * block_rows)))
    blocks = blocks_of(n_rows, max(1, math.ceil(n_rows / n_blocks)))
    with one_blas_thread():
        answers = []
        if n_threads > 1:
            pool = ThreadPoolExecutor(n_threads, initializer=_begin_thread)
            try:
                # There may be no more threads, above all where the main one has ended.
                with contextlib.suppress(RuntimeError):
                    for rows in blocks:
                        answers.append(pool.submit(function, rows))
                answers = [answer.result() for answer in answers]
            finally:
                pool.shutdown(cancel_futures=True)
        with _without_openmp_threads(n_rows):
            return answers + [function(rows) for rows in blocks[len(answers) :]]
