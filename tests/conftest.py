"""What several test files need."""

import signal

import numpy as np
import pytest
from threadpoolctl import threadpool_limits

from skn2d import N2DClusterer


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


@pytest.fixture
def few_starts(monkeypatch):
    """The default mixture starts 10 times, where its groups are not what is looked at."""
    monkeypatch.setattr("skn2d._mixture.N_STARTS", 10)


@pytest.fixture
def quick_second_reading(monkeypatch):
    """Two more rows doubtful, where the default steps would be fitted for a minute."""

    def read(self, rows, seed):
        return np.r_[self.labels_[:2][::-1], self.labels_[2:]]

    monkeypatch.setattr(N2DClusterer, "_read_by_default", read)
