"""Ctrl-C waits while TensorFlow is at work."""

import signal
import subprocess
import sys
import threading

import pytest

from skn2d._interrupts import interrupts_deferred, raise_interrupt

pytestmark = pytest.mark.usefixtures("hears_ctrl_c")


def press():
    signal.raise_signal(signal.SIGINT)


def handler():
    return signal.getsignal(signal.SIGINT)


@pytest.fixture
def done():
    """What was reached."""
    return []


def check_raised(function, error=KeyboardInterrupt):
    with pytest.raises(error):
        interrupts_deferred()(function)()
    assert handler() is signal.default_int_handler
    raise_interrupt()  # nothing waits any more


def test_it_waits_until_it_is_asked_for(done):
    def work():
        press()
        done.append("pressed")
        raise_interrupt()
        done.append("asked")

    check_raised(work)
    assert done == ["pressed"]


def test_it_is_raised_at_the_end(done):
    def work():
        press()
        done.append("pressed")

    check_raised(work)
    assert done == ["pressed"]


def test_a_second_one_does_not_wait(done):
    def work():
        press()
        done.append("once")
        press()
        done.append("twice")

    check_raised(work)
    assert done == ["once"]


def test_one_inside_of_the_other(done):
    def work():
        with interrupts_deferred():
            press()
        done.append("inside")

    check_raised(work)
    assert done == ["inside"]


def test_what_goes_wrong_inside_is_raised_as_it_is():
    def work():
        press()
        return 1 / 0

    check_raised(work, ZeroDivisionError)


def test_a_handler_of_the_users_is_left_alone():
    heard = []
    signal.signal(signal.SIGINT, lambda number, frame: heard.append(number))
    with interrupts_deferred():
        press()
    assert heard == [signal.SIGINT]


def test_other_threads_leave_the_handler_alone():
    seen = []

    def look():
        with interrupts_deferred():
            seen.append(handler())
            raise_interrupt()

    thread = threading.Thread(target=look)
    thread.start()
    thread.join()
    assert seen == [signal.default_int_handler]


CRASH = """
import signal, sys
import numpy as np
from tensorflow.python.eager import context
from skn2d import AutoencoderTransformer

handle = type(context.context())._handle.fget
n_asked = 0

def pressed(self):
    global n_asked
    n_asked += 1
    if n_asked == 50:
        signal.raise_signal(signal.SIGINT)
    return handle(self)

type(context.context())._handle = property(pressed)
signal.signal(signal.SIGINT, signal.default_int_handler)
try:
    AutoencoderTransformer(2, hidden_units=(4,), epochs=500).fit(np.random.rand(60, 5))
except KeyboardInterrupt:
    print("interrupted")
"""


def test_tensorflow_does_not_crash():
    """Pressed in the middle of what TensorFlow does not look at."""
    done = subprocess.run([sys.executable, "-c", CRASH], capture_output=True, text=True)
    assert done.stdout == "interrupted\n", (done.returncode, done.stderr)
