"""Products of the training in bfloat16, where the processor gains by it."""

import atexit
import contextlib
import functools
import threading

from skn2d._cores import multiplies_bfloat16
from skn2d._optional import import_tensorflow

# Rows of fewer columns are restored from a code of 10 so well that rounding spoils it:
# pendigits (16 columns) loses .01 of accuracy, images of 256 and 784 lose nothing.
_MIN_COLUMNS_ROUNDED = 100

# While one thread changes TensorFlow's options, which are of the process, the others wait.
_changing_options = threading.Lock()


@functools.cache
def _any_function():
    # Always the same one, as TensorFlow warns of such as are made again and again. At the
    # end it goes before TensorFlow does, which up to 2.16 has a word to say otherwise.
    tensorflow = import_tensorflow()
    atexit.register(_any_function.cache_clear)
    return tensorflow.function(lambda: tensorflow.constant(0))


@contextlib.contextmanager
def fast_products(n_columns):
    """Let TensorFlow round factors to bfloat16 in this thread, where the processor gains by it.

    Weights, sums, losses and updates stay in float32. Each thread keeps the options of its
    first call until it changes them itself: so this one makes a call, and then another thread
    sets them back, for everybody else.
    """
    option = "auto_mixed_precision_onednn_bfloat16"
    optimizer = import_tensorflow().config.optimizer
    gains = n_columns >= _MIN_COLUMNS_ROUNDED and multiplies_bfloat16()
    with _changing_options:
        before = optimizer.get_experimental_options().get(option, False)
        optimizer.set_experimental_options({option: gains or before})
        _any_function()()
        other = threading.Thread(
            target=optimizer.set_experimental_options, args=[{option: before}]
        )
        other.start()
        other.join()
    try:
        yield
    finally:
        with _changing_options:
            optimizer.set_experimental_options({option: before})
