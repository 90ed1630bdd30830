"""Networks are trained: how long, on which batches, and who watches."""

import contextlib
import copy
import itertools
import math

import numpy as np
from tqdm import tqdm

from skn2d._batches import (
    computed_ahead,
    held_out_dataset,
    make_dataset,
    shuffled_batches,
)
from skn2d._bfloat16 import fast_products
from skn2d._compilation import release
from skn2d._interrupts import raise_interrupt
from skn2d._optional import import_keras, import_tensorflow
from skn2d._tensorflow_log import no_advice_on_retracing

# Measured on scikit-learn's digits and on MNIST-test: 1,200 updates with a decaying rate do
# what thousands at a constant rate did. Larger data use as many epochs, but not for ever.
# Small batches serve small data as well as large ones, and cost less.
_MIN_UPDATES, _N_EPOCHS, _MAX_UPDATES = 1200, 30, 8000
_N_ROWS = 10_000
_MIN_BATCH, _MAX_BATCH = 16, 256
# A handful of rows is learned by heart long before 1,200 updates.
_MAX_EPOCHS = 100
# Updates for which Keras is called once; more save no time, and delay an interrupt.
_MAX_STEPS_AT_ONCE = 8


def auto_batch_size(n_samples):
    """Rows per update: 40 updates an epoch, within bounds."""
    return min(max(n_samples * _MAX_BATCH // _N_ROWS, _MIN_BATCH), _MAX_BATCH)


def auto_epochs(n_samples, batch_size):
    """Count the epochs that give a network enough updates, and no more than it uses."""
    n_batches = math.ceil(n_samples / batch_size)
    n_updates = min(max(_MIN_UPDATES, _N_EPOCHS * n_batches), _MAX_UPDATES)
    n_epochs = round(n_updates / n_batches)
    return min(max(1, n_epochs), _MAX_EPOCHS)


def copy_callbacks(callbacks):
    """Copy the user's callbacks, so that no two networks share their state.

    Raises
    ------
    TypeError
        If one of them is no Keras callback, or cannot be copied.
    """
    keras = import_keras()
    callbacks = [] if callbacks is None else callbacks
    callbacks = callbacks if isinstance(callbacks, (list, tuple)) else [callbacks]
    for callback in callbacks:
        if not isinstance(callback, keras.callbacks.Callback):
            raise TypeError(
                "callbacks must be a list of keras.callbacks.Callback instances. "
                f"Got {callback!r} in it."
            )
    return [_copy_callback(callback) for callback in callbacks]


def _copy_callback(callback):
    try:
        return copy.deepcopy(callback)
    except Exception as error:  # whatever an attribute of the user's raises
        raise TypeError(
            f"Each network gets a copy of the callbacks, but {callback!r} cannot be copied "
            f"({error}). Open files, locks and the like in on_train_begin."
        ) from error


def _steps_at_once(n_steps):
    """Count the updates for which Keras can be called once: in an epoch all calls are alike."""
    return max(n for n in range(1, _MAX_STEPS_AT_ONCE + 1) if n_steps % n == 0)


@contextlib.contextmanager
def progress(verbose, n_epochs, description="autoencoder"):
    """Show one bar over all networks and epochs; yields what to call after an epoch.

    The loss is that of one network after the other, and so jumps: their number is told.
    """
    n_begun = 0
    with tqdm(total=n_epochs, desc=description, unit="epoch", disable=not verbose) as bar:

        def advance(epoch, logs):
            nonlocal n_begun
            n_begun += epoch == 0
            bar.set_postfix(network=n_begun, loss=f"{logs['loss']:.4g}", refresh=False)
            bar.update()

        yield advance


def train(
    model,
    rows,
    order,
    held_out,
    *,
    augmentation,
    make_target,
    random_state,
    batch_size,
    epochs,
    on_epoch_end,
    patience=None,
    callbacks=(),
):
    """Train a compiled model on shuffled, augmented rows.

    Parameters
    ----------
    model : keras.Model
        Rows to targets, compiled, and not trained since.
    rows : ScaledRows
        All rows.
    order, held_out : ndarray of int
        Which rows to train on, and which to watch the loss on (may be empty).
    augmentation : callable or None
        ``augmentation(batch, random_state)``, prepared, for rows in the user's units.
    make_target : callable
        ``make_target(batch, augmented batch, indices of the rows)``: what Keras is to be
        given beside the augmented batch.
    random_state : RandomState
        Shuffles the rows before each epoch.
    batch_size, epochs : int
        As in :class:`AutoencoderTransformer`.
    on_epoch_end : callable
        Called with the epoch's number and its logs.
    patience : int or None, default=None
        As in :class:`AutoencoderTransformer`; used where rows are held out.
    callbacks : sequence of keras.callbacks.Callback, default=()
        The user's, already copied.

    Returns
    -------
    dict of str to list of float
        What Keras recorded per epoch.

    Raises
    ------
    ValueError
        If the loss becomes infinite or no number.
    Exception
        What `augmentation` or `make_target` raises.
    """
    if not epochs:
        return {"loss": []}
    keras = import_keras()
    n_steps = math.ceil(len(order) / batch_size)
    if not callbacks and not len(held_out):  # a callback may look at each batch
        model.steps_per_execution = _steps_at_once(n_steps)
    callbacks = [
        *callbacks,
        keras.callbacks.TerminateOnNaN(),
        keras.callbacks.LambdaCallback(
            on_epoch_end=on_epoch_end, on_train_batch_end=lambda batch, logs: raise_interrupt()
        ),
    ]
    failures = []

    def fetch(number):
        try:
            return fetch_batch()
        except Exception as error:  # whatever a user's augmentation raises
            failures.append(error)
            raise

    try:
        batches = shuffled_batches(
            rows, order, batch_size, augmentation, make_target, random_state
        )
        example = next(batches)
        batches = itertools.islice(itertools.chain([example], batches), epochs * n_steps)
        validation = None
        if len(held_out):
            validation = held_out_dataset(rows, held_out, batch_size)
            callbacks.append(
                keras.callbacks.EarlyStopping(
                    "val_loss", patience=patience, restore_best_weights=True
                )
            )
        with (
            computed_ahead(batches) as fetch_batch,
            fast_products(rows.X.shape[1]),
            no_advice_on_retracing(),
        ):
            fitted = model.fit(
                make_dataset(fetch, epochs * n_steps, example),
                epochs=epochs,
                steps_per_epoch=n_steps,
                validation_data=validation,
                callbacks=callbacks,
                shuffle=False,
                verbose=0,
            )
    except BaseException as error:
        release(model)
        if failures and isinstance(error, import_tensorflow().errors.OpError):
            # What went wrong in the augmentation, without TensorFlow's way to it.
            raise failures[0] from None
        raise
    losses = fitted.history["loss"]
    if not np.isfinite(losses[-1]):
        release(model)
        raise ValueError(
            f"Training diverged: the loss became {losses[-1]} in epoch {len(losses)}. "
            "Lower learning_rate, or remove extreme values from X."
        )
    return {
        name: [float(v) for v in values]
        for name, values in fitted.history.items()
        if all(_is_real_number(v) for v in values)  # a callback may have put anything there
    }


def _is_real_number(value):
    return np.ndim(value) == 0 and np.asarray(value).dtype.kind in "biuf"
