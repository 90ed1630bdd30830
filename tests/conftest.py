"""What several test files need."""

import signal

import pytest


@pytest.fixture
def hears_ctrl_c():
    """Let SIGINT raise KeyboardInterrupt.

    A shell starts what runs in the background, as CI may, deaf to it.
    """
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)
