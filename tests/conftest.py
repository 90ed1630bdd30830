"""What several test files need."""

import signal

import pytest
from threadpoolctl import threadpool_limits


@pytest.fixture
def hears_ctrl_c():
    """Let SIGINT raise KeyboardInterrupt.

    A shell starts what runs in the background, as CI may, deaf to it.
    """
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


@pytest.fixture(scope="module")
def one_thread():
    """Threads cost small data more than they bring, above all on a busy machine."""
    with threadpool_limits(1):
        yield
