"""Threads of our own: blocks in order, and the limits of others as they were."""

import os
import subprocess
import sys
import threading
import time
from pathlib import Path

import numpy as np
import pytest
from threadpoolctl import threadpool_info, threadpool_limits

from skn2d._cores import core_share
from skn2d._shared_change import SharedChange
from skn2d._threads import _controller, run_on_blocks

# NumPy's and SciPy's. Other tests load packages that bring a BLAS of their own (faiss),
# which multiplies for them alone.
BLAS = {i["filepath"] for i in threadpool_info() if i["user_api"] == "blas"}


@pytest.fixture(autouse=True)
def two_threads(monkeypatch):
    """As many as there are tests for, on any machine."""
    monkeypatch.setenv("OMP_NUM_THREADS", "2")
    with threadpool_limits(2):
        yield


def limits():
    return [library["num_threads"] for library in threadpool_info()]


def blas_limits():
    return {i["num_threads"] for i in threadpool_info() if i["filepath"] in BLAS}


@pytest.mark.parametrize(
    ("said", "share"),
    [("3", 3), ("3,1", 3), (" 2 ", 2), ("", None), ("0", None), ("all", None)],
)
def test_share_of_cores_is_what_was_said_for_the_outermost_threads(said, share, monkeypatch):
    monkeypatch.setenv("OMP_NUM_THREADS", said)
    assert core_share() == share


@pytest.mark.parametrize("n_rows", [0, 1, 7, 255, 256, 511, 512, 513, 1000, 5000])
@pytest.mark.parametrize("block_rows", [1, 64, 300, 10_000])
def test_every_row_is_in_one_block_in_order(n_rows, block_rows):
    rows = np.arange(n_rows)
    blocks = run_on_blocks(lambda block: rows[block], n_rows, block_rows)
    np.testing.assert_array_equal(np.concatenate(blocks), rows)
    assert max(len(block) for block in blocks) <= block_rows


def who(block):
    return threading.get_ident()


def test_few_rows_stay_in_the_thread_that_asks():
    assert set(run_on_blocks(who, 300, 10)) == {threading.get_ident()}


def test_many_rows_are_shared_among_threads_as_the_environment_says(monkeypatch):
    barrier = threading.Barrier(2, timeout=30)
    assert sorted(run_on_blocks(lambda block: barrier.wait(), 600, 10_000)) == [0, 1]
    monkeypatch.setenv("OMP_NUM_THREADS", "1")
    assert set(run_on_blocks(who, 600, 10)) == {threading.get_ident()}


def test_a_thread_of_ours_makes_no_further_ones():
    asked = run_on_blocks(lambda block: (who(block), run_on_blocks(who, 600, 10)), 1200, 600)
    for asker, threads in asked:
        assert set(threads) == {asker} != {threading.get_ident()}
    assert len(set(run_on_blocks(who, 600, 300))) <= 2


def test_each_thread_has_as_many_blocks_of_one_size():
    sizes = run_on_blocks(lambda block: block.stop - block.start, 10_000, 4096)
    assert sizes == [2500] * 4


@pytest.mark.parametrize("n_rows", [1, 2000])
def test_blas_has_one_thread_meanwhile_and_then_what_it_had(n_rows):
    before = limits()
    assert blas_limits() == {2}
    assert run_on_blocks(lambda block: blas_limits(), n_rows, 2000)[0] == {1}
    assert limits() == before


def test_limits_come_back_after_an_error():
    def fail(block):
        raise ZeroDivisionError

    before = limits()
    for n_rows in (1, 2000):
        with pytest.raises(ZeroDivisionError):
            run_on_blocks(fail, n_rows, 100)
    assert limits() == before


def test_threads_that_come_and_go_meanwhile_leave_the_limits_as_they_were():
    before = limits()
    second_is_in, first_is_out = threading.Event(), threading.Event()

    def wait_for_the_second(block):
        assert second_is_in.wait(30)

    def stay_longer(block):
        second_is_in.set()
        assert first_is_out.wait(30)
        return blas_limits()

    def first():
        run_on_blocks(wait_for_the_second, 1, 1)
        first_is_out.set()

    thread = threading.Thread(target=first)
    thread.start()
    assert run_on_blocks(stay_longer, 1, 1) == [{1}]
    thread.join(30)
    assert limits() == before


def test_another_thread_leaves_the_limits_as_they_were():
    before = limits()
    for n_rows in (1, 2000):
        thread = threading.Thread(target=run_on_blocks, args=(who, n_rows, 100))
        thread.start()
        thread.join(30)
        assert limits() == before


def run_fresh(program):
    """Run a program that may hang, in an own process."""
    return subprocess.run(
        [sys.executable, "-W", "ignore", "-c", program],
        cwd=Path(__file__).parent,
        capture_output=True,
        text=True,
        timeout=120,
    )


needs_fork = pytest.mark.skipif(not hasattr(os, "fork"), reason="this system cannot fork")

FORKED_MEANWHILE = """
import os, random, signal, threading
import numpy as np
from threadpoolctl import threadpool_info, threadpool_limits
from skn2d._random import fenced_global_seed
from skn2d._threads import run_on_blocks

def blas():
    return {i["num_threads"] for i in threadpool_info() if i["user_api"] == "blas"}

threadpool_limits(2)
is_in, may_leave = threading.Event(), threading.Event()

def stay(block):
    is_in.set()
    may_leave.wait()

def serve():
    with fenced_global_seed(7):
        run_on_blocks(stay, 1, 1)

thread = threading.Thread(target=serve)
thread.start()
is_in.wait()
pid = os.fork()
if not pid:
    signal.alarm(30)
    assert run_on_blocks(lambda block: blas(), 1, 1) == [{1}]
    assert blas() == {2}
    with fenced_global_seed(7, alone=True):
        pass
    os._exit(0)
status = os.waitpid(pid, 0)[1]
may_leave.set()
thread.join()
assert blas() == {2}
print(status)
"""


@needs_fork
def test_a_process_forked_while_another_thread_is_at_work():
    """It had waited for that thread, which is not there, for ever."""
    done = run_fresh(FORKED_MEANWHILE)
    assert done.stdout == "0\n", done.stderr


FORKED_AFTER = """
import os, signal
from sklearn.datasets import load_digits
from sklearn.manifold import LocallyLinearEmbedding
from skn2d import InductiveManifold
X = load_digits().data
model = InductiveManifold(LocallyLinearEmbedding(n_neighbors=15)).fit(X[:300])
for n_rows in (20, 300, 1000):
    model.transform(X[:n_rows])
    pid = os.fork()
    if not pid:
        signal.alarm(30)
        model.transform(X[:n_rows])
        os._exit(0)
    print(os.waitpid(pid, 0)[1])
"""


@needs_fork
def test_a_forked_process_places_as_many_rows_as_its_parent_has():
    """OpenMP's threads, which it had waited for, do not live on in it."""
    done = run_fresh(FORKED_AFTER)
    assert done.stdout == "0\n0\n0\n", done.stderr


LATE = """
import threading
from skn2d._threads import run_on_blocks

def consume():
    threading.main_thread().join()
    print(run_on_blocks(lambda block: block.start, 1000, 250))

threading.Thread(target=consume).start()
"""


def test_threads_that_outlive_the_main_one_do_their_work():
    done = run_fresh(LATE)
    assert done.stdout == "[0, 250, 500, 750]\n", done.stderr


def test_blocks_are_done_where_no_thread_can_be_had(monkeypatch):
    def refuse(self):
        raise RuntimeError("can't start new thread")

    def openmp_threads(block):
        return {library.num_threads for library in _controller("openmp").lib_controllers}

    monkeypatch.setattr(threading.Thread, "start", refuse)
    assert run_on_blocks(lambda block: block.start, 1000, 250) == [0, 250, 500, 750]
    if hasattr(os, "fork"):
        assert run_on_blocks(openmp_threads, 1000, 500) == [{1}, {1}]


def test_an_error_of_the_work_itself_is_raised():
    calls = []

    def fail(block):
        calls.append(block)
        time.sleep(0.01)
        raise RuntimeError("of the work")

    with pytest.raises(RuntimeError, match="of the work"):
        run_on_blocks(fail, 10_000, 100)
    assert len(calls) < 50  # the others are not begun


def test_what_could_not_be_undone_is_undone_next_time():
    """An exception from a signal handler may come in between."""
    state = ["before"]

    def make():
        before = state[:]
        state[:] = ["changed"]

        def undo():
            if failures:
                raise failures.pop()
            state[:] = before

        return undo

    change, failures = SharedChange(make), [TimeoutError()]
    with pytest.raises(TimeoutError), change():
        assert state == ["changed"]
    with change():
        assert state == ["changed"]
    assert state == ["before"]


@pytest.mark.parametrize("moment", range(4))
def test_an_interrupt_on_the_way_in_or_out_leaves_no_change_behind(moment, monkeypatch):
    state, moments = [], iter(range(100))
    change = SharedChange(lambda: state.append("changed") or state.clear)
    lock = change._lock

    class Interrupted:
        """Lets go of the lock, or never asks for it, and is interrupted."""

        def __enter__(self):
            if next(moments) == moment:
                raise KeyboardInterrupt
            return lock.__enter__()

        def __exit__(self, *error):
            lock.__exit__(*error)
            if next(moments) == moment:
                raise KeyboardInterrupt

    monkeypatch.setattr(change, "_lock", Interrupted())

    def use():
        with change():
            assert state == ["changed"]

    try:
        use()
    except KeyboardInterrupt:
        pass
    else:
        pytest.fail("nobody was interrupted")
    use()
    assert state == []
