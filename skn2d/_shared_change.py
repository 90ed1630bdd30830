"""Changes of the whole process that several threads may need at the same time."""

import contextlib
import os
import threading
import weakref


class User:
    """Whoever is inside of a ``with`` block; it goes with the block, however that ends."""


class SharedChange:
    """A change that the first thread makes and the last one undoes.

    If each thread remembered and restored the setting for itself, the second one would
    remember what the first has set, and leave that behind.

    Parameters
    ----------
    make : callable
        Makes the change and returns a function that undoes it.
    """

    def __init__(self, make):
        self._make = make
        self._undo = None
        self._begin()
        if hasattr(os, "register_at_fork"):  # not on Windows
            # Not while a thread makes the change or undoes it.
            os.register_at_fork(
                before=lambda: self._lock.acquire(),
                after_in_parent=lambda: self._lock.release(),
                after_in_child=self._begin,
            )

    def _begin(self):
        # In a forked process the threads that have the change are not there.
        self._lock = threading.Lock()
        self._users = weakref.WeakSet()

    def _undo_now(self):
        if self._undo is not None:
            self._undo()
            self._undo = None  # unless an exception from a signal handler has come before

    @contextlib.contextmanager
    def __call__(self):
        """Have the change inside of a ``with`` block."""
        user = User()
        try:
            with self._lock:
                if not self._users:
                    self._undo_now()
                    self._undo = self._make()
                self._users.add(user)
            yield
        finally:
            with self._lock:
                self._users.discard(user)
                if not self._users:
                    self._undo_now()
