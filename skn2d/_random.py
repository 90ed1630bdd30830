"""Seeds from ``random_state``, handing them on, and a fence around the global ones."""

import contextlib
import os
import random
import threading

import numpy as np
from sklearn.utils import check_random_state

_MAX_SEED = np.iinfo(np.int32).max


def derive_seeds(random_state, n_seeds):
    """Draw integer seeds; the first ones do not depend on how many are drawn.

    Parameters
    ----------
    random_state : int, RandomState instance or None
        As in scikit-learn.
    n_seeds : int
        How many seeds to draw.

    Returns
    -------
    list of int
        Seeds in ``[0, 2**31 - 1)``.
    """
    random_state = check_random_state(random_state)
    return [int(random_state.randint(_MAX_SEED)) for _ in range(n_seeds)]


def fill_in(estimator, name, value):
    """Set a parameter wherever an estimator, or what it is made of, has it as None.

    Parameters
    ----------
    estimator : estimator
        It is changed.
    name : str
        Such as ``"random_state"`` or ``"n_jobs"``.
    value : object
        What to set. None changes nothing.
    """
    if value is not None:
        params = estimator.get_params().items()
        missing = [k for k, v in params if v is None and k.rpartition("__")[2] == name]
        estimator.set_params(**dict.fromkeys(missing, value))


class _Fences:
    """How many fences are open, in all threads, and what lies outside of them."""

    def __init__(self):
        self.lock = threading.RLock()
        self.n_open = 0
        self.outside = None
        if hasattr(os, "register_at_fork"):  # not on Windows
            # A forked process has no other thread that would release it.
            os.register_at_fork(
                before=self.lock.acquire,
                after_in_parent=self.lock.release,
                after_in_child=self.lock.release,
            )

    def enter(self, seed):
        """Seed; return what the generators were before."""
        before = random.getstate(), np.random.get_state()
        if not self.n_open:
            self.outside = before
        self.n_open += 1
        random.seed(seed)
        np.random.seed(seed)
        return before

    def leave(self, before):
        """Restore; the last of several threads to what was before the first."""
        self.n_open -= 1
        python_state, numpy_state = before if self.n_open else self.outside
        random.setstate(python_state)
        np.random.set_state(numpy_state)


_fences = _Fences()


@contextlib.contextmanager
def fenced_global_seed(seed, alone=False):
    """Seed Python's and NumPy's global generators inside, and restore them after.

    Keras draws the seeds of layers and initializers that have none from Python's
    generator, so that this also decides the weights of a user's own layers. With None nothing
    is seeded or restored.

    Parameters
    ----------
    seed : int or None
        The seed.
    alone : bool, default=False
        Whether other threads wait with theirs until this one is done: for what is short
        and has to come out the same.
    """
    if seed is None:
        yield
        return
    with _fences.lock if alone else contextlib.nullcontext():
        with _fences.lock:
            before = _fences.enter(seed)
        try:
            yield
        finally:
            with _fences.lock:
                _fences.leave(before)
