"""Batches of rows for Keras, computed beside the training, in datasets of TensorFlow."""

import contextlib
import queue
import threading

from sklearn.utils import gen_batches

from skn2d._optional import import_tensorflow

# One batch does not always hide how long an augmentation takes; more would be memory.
_N_AHEAD = 2


@contextlib.contextmanager
def computed_ahead(batches):
    """Compute what an iterator yields in another thread, some of it ahead.

    Not by TensorFlow's ``prefetch``: a thread of TensorFlow's that is inside of Python when
    the interpreter ends, as after an interrupted fit, crashes or waits for ever. Nor by
    ``concurrent.futures``, which ends before other threads do that may train here.

    Yields
    ------
    callable
        Returns the next batch, or raises what the iterator does.
    """
    asked, ready, is_done = queue.SimpleQueue(), queue.SimpleQueue(), threading.Event()

    def compute():
        while asked.get() and not is_done.is_set():
            try:
                ready.put((next(batches, None), None))
            except BaseException as error:  # it is raised where it is asked for
                ready.put((None, error))

    def fetch():
        asked.put(True)
        batch, error = ready.get()
        if error is not None:
            raise error
        return batch

    thread = threading.Thread(target=compute, daemon=True)
    thread.start()
    for _ in range(_N_AHEAD):
        asked.put(True)
    try:
        yield fetch
    finally:
        is_done.set()
        asked.put(False)
        thread.join()


def make_dataset(fetch, n_batches, example):
    """Make a TensorFlow dataset of what a function returns for the numbers of batches.

    Not ``from_generator``, which Keras uses for generators and its own datasets: that tells
    the C library to return freed memory at once, and for the rest of the process training
    takes a fifth longer and what NumPy does two or three times as long.
    """
    tensorflow = import_tensorflow()
    arrays = tensorflow.nest.flatten(example)

    def make(number):
        tensors = tensorflow.numpy_function(
            lambda number: tensorflow.nest.flatten(fetch(number)),
            [number],
            [array.dtype for array in arrays],
        )
        for tensor, array in zip(tensors, arrays, strict=True):
            tensor.set_shape((None, *array.shape[1:]))
        return tensorflow.nest.pack_sequence_as(example, tensors)

    # Its thread for tuning sleeps 10 ms, 20 ms, ... 40 s, and at times is waited for.
    options = tensorflow.data.Options()
    options.autotune.enabled = False
    return tensorflow.data.Dataset.range(n_batches).map(make).with_options(options)


def held_out_dataset(rows, held_out, batch_size):
    """Batches of rows, always the same, each row its own target."""
    batches = [held_out[chunk] for chunk in gen_batches(len(held_out), batch_size)]

    def fetch(number):
        batch = rows[batches[number]]
        return batch, batch

    return make_dataset(fetch, len(batches), fetch(0))


def shuffled_batches(rows, order, batch_size, augmentation, make_target, random_state):
    """Yield batches of shuffled rows without end, epoch after epoch."""
    while True:
        order = random_state.permutation(order)
        for chunk in gen_batches(len(order), batch_size):
            batch = changed = rows[order[chunk]]
            if augmentation is not None:
                changed = augmentation(rows.unscaled(order[chunk]), random_state)
                changed = rows.scaled(changed)
            yield changed, make_target(batch, changed, order[chunk])


def restored_rows(target):
    """What to restore: ``make_target`` for :func:`skn2d._training.train`, of rows alone.

    Parameters
    ----------
    target : {"clean", "augmented"}
        The rows as they were, or as the augmentation changed them.
    """
    return lambda batch, changed, indices: batch if target == "clean" else changed
