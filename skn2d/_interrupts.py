"""Ctrl-C waits while TensorFlow is at work, and is raised between its steps.

TensorFlow crashes where Python raises while it turns a number into a tensor: it asks its
context for a handle, which is Python code, and uses the answer without a look.
"""

import contextlib
import signal
import threading

_waiting = []


def _remember(number, frame):
    if _waiting:  # whoever presses again does not want to wait
        _waiting.clear()
        raise KeyboardInterrupt
    _waiting.append(number)


@contextlib.contextmanager
def interrupts_deferred():
    """Let Ctrl-C wait inside, for :func:`raise_interrupt` or for the end.

    A second one does not wait. In other threads than the main one, and where the program has
    a handler of its own, nothing changes.

    Raises
    ------
    KeyboardInterrupt
        At the end, if one is still waiting.
    """
    is_main = threading.current_thread() is threading.main_thread()
    if not is_main or signal.getsignal(signal.SIGINT) is not signal.default_int_handler:
        yield
        return
    signal.signal(signal.SIGINT, _remember)
    try:
        yield
        raise_interrupt()
    finally:
        _waiting.clear()
        signal.signal(signal.SIGINT, signal.default_int_handler)


def raise_interrupt():
    """Raise the KeyboardInterrupt that waits, if there is one.

    Raises
    ------
    KeyboardInterrupt
        In the main thread.
    """
    if _waiting and threading.current_thread() is threading.main_thread():
        _waiting.clear()
        raise KeyboardInterrupt
