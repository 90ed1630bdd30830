"""The training loop's parts: how long, which optimizer, which batches, what to watch."""

import atexit
import contextlib
import copy
import functools
import itertools
import math
import queue
import threading

import numpy as np
from sklearn.utils import gen_batches
from tqdm import tqdm

from skn2d._cores import multiplies_bfloat16
from skn2d._interrupts import raise_interrupt
from skn2d._optional import import_keras, import_tensorflow
from skn2d._tensorflow_log import no_advice_on_retracing

# Measured on scikit-learn's digits and on MNIST-test: 1,200 updates with a decaying rate do
# what thousands at a constant rate did. Larger data use as many epochs, but not for ever.
# Small batches serve small data as well as large ones, and cost less.
_MIN_UPDATES, _N_EPOCHS, _MAX_UPDATES = 1200, 30, 8000
_N_ROWS = 10_000
_MIN_BATCH, _MAX_BATCH = 16, 256
# Rows of fewer columns are restored from a code of 10 so well that rounding spoils it:
# pendigits (16 columns) loses .01 of accuracy, images of 256 and 784 lose nothing.
_MIN_COLUMNS_ROUNDED = 100
# A handful of rows is learned by heart long before 1,200 updates.
_MAX_EPOCHS = 100
# One batch does not always hide how long an augmentation takes; more would be memory.
_N_AHEAD = 2


def auto_batch_size(n_samples):
    """Rows per update: 40 updates an epoch, within bounds."""
    return min(max(n_samples * _MAX_BATCH // _N_ROWS, _MIN_BATCH), _MAX_BATCH)


def auto_epochs(n_samples, batch_size):
    """Count the epochs that give a network enough updates, and no more than it uses."""
    n_batches = math.ceil(n_samples / batch_size)
    n_updates = min(max(_MIN_UPDATES, _N_EPOCHS * n_batches), _MAX_UPDATES)
    n_epochs = round(n_updates / n_batches)
    return min(max(1, n_epochs), _MAX_EPOCHS)


@contextlib.contextmanager
def _computed_ahead(batches):
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


def _dataset(fetch, n_batches, example):
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


def _held_out_dataset(rows, held_out, batch_size):
    """Batches of rows, always the same, each row its own target."""
    batches = [held_out[chunk] for chunk in gen_batches(len(held_out), batch_size)]

    def fetch(number):
        batch = rows[batches[number]]
        return batch, batch

    return _dataset(fetch, len(batches), fetch(0))


def _shuffled_batches(rows, order, batch_size, augmentation, make_target, random_state):
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
    """What to restore: ``make_target`` for :func:`train`, of rows alone.

    Parameters
    ----------
    target : {"clean", "augmented"}
        The rows as they were, or as the augmentation changed them.
    """
    return lambda batch, changed, indices: batch if target == "clean" else changed


def _handle(variable):
    """TensorFlow's handle of a variable, bare or inside Keras's own."""
    return (variable if hasattr(variable, "handle") else variable.value).handle


@functools.cache
def _fused_adam_class():
    keras = import_keras()
    tensorflow = import_tensorflow()

    class FusedAdam(keras.optimizers.Adam):
        """Adam in one pass over the memory; an epoch takes half as long as without."""

        def update_step(self, gradient, variable, learning_rate):
            step = tensorflow.cast(self.iterations + 1, variable.dtype)
            index = self._get_variable_index(variable)
            tensorflow.raw_ops.ResourceApplyAdam(
                var=_handle(variable),
                m=_handle(self._momentums[index]),
                v=_handle(self._velocities[index]),
                beta1_power=tensorflow.cast(self.beta_1, step.dtype) ** step,
                beta2_power=tensorflow.cast(self.beta_2, step.dtype) ** step,
                lr=tensorflow.cast(learning_rate, variable.dtype),
                beta1=self.beta_1,
                beta2=self.beta_2,
                epsilon=self.epsilon,
                grad=tensorflow.cast(gradient, variable.dtype),
            )

    return FusedAdam


def make_optimizer(optimizer, learning_rate, n_updates):
    """Make a fresh optimizer; a name gets a rate that decays to zero along a cosine.

    Raises
    ------
    ValueError
        If `optimizer` is neither a name that Keras knows nor a Keras optimizer.
    """
    keras = import_keras()
    if isinstance(optimizer, keras.optimizers.Optimizer):
        # An instance carries its own rate; a copy, so that no two fits share its state.
        return type(optimizer).from_config(optimizer.get_config())
    schedule = keras.optimizers.schedules.CosineDecay(learning_rate, max(1, n_updates))
    if str(optimizer).lower() == "adam":
        return _fused_adam_class()(schedule)
    try:
        named = keras.optimizers.get(str(optimizer))
    except (ValueError, TypeError) as error:
        raise ValueError(
            "optimizer must be a name that Keras knows, such as 'adam', 'sgd' or "
            f"'rmsprop', or a keras.optimizers.Optimizer. Got {optimizer!r}."
        ) from error
    return type(named)(schedule)


def compile_model(model, optimizer, learning_rate, loss, n_updates):
    """Compile with a fresh optimizer.

    Raises
    ------
    ValueError
        If Keras knows no such optimizer or loss.
    """
    try:
        known = loss is not None and import_keras().losses.get(loss) is not None
    except (ValueError, TypeError):
        known = False
    if not known:
        raise ValueError(
            "loss must be a name that Keras knows, such as 'mse', 'mae' or 'huber', "
            f"a keras.losses.Loss or a function. Got {loss!r}."
        )
    compile_known(model, optimizer, learning_rate, loss, n_updates)


def compile_known(model, optimizer, learning_rate, loss, n_updates, loss_weights=None):
    """Compile with a fresh optimizer and losses that are known to be Keras's."""
    optimizer = make_optimizer(optimizer, learning_rate, n_updates)
    optimizer.build(model.trainable_variables)  # inside a traced function it would leak
    model.compile(optimizer, loss, loss_weights, jit_compile=False)


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


@contextlib.contextmanager
def progress(verbose, n_epochs, description="autoencoder"):
    """Show one bar over all networks and epochs; yields what to call after an epoch."""
    with tqdm(total=n_epochs, desc=description, unit="epoch", disable=not verbose) as bar:

        def advance(epoch, logs):
            bar.set_postfix(loss=f"{logs['loss']:.4g}", refresh=False)
            bar.update()

        yield advance


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
def _fast_products(n_columns):
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
        Rows to targets, compiled.
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

    callbacks = [
        *callbacks,
        keras.callbacks.TerminateOnNaN(),
        keras.callbacks.LambdaCallback(
            on_epoch_end=on_epoch_end, on_train_batch_end=lambda batch, logs: raise_interrupt()
        ),
    ]
    n_steps = math.ceil(len(order) / batch_size)
    failures = []

    def fetch(number):
        try:
            return fetch_batch()
        except Exception as error:  # whatever a user's augmentation raises
            failures.append(error)
            raise

    try:
        batches = _shuffled_batches(
            rows, order, batch_size, augmentation, make_target, random_state
        )
        example = next(batches)
        batches = itertools.islice(itertools.chain([example], batches), epochs * n_steps)
        validation = None
        if len(held_out):
            validation = _held_out_dataset(rows, held_out, batch_size)
            callbacks.append(
                keras.callbacks.EarlyStopping(
                    "val_loss", patience=patience, restore_best_weights=True
                )
            )
        with (
            _computed_ahead(batches) as fetch_batch,
            _fast_products(rows.X.shape[1]),
            no_advice_on_retracing(),
        ):
            fitted = model.fit(
                _dataset(fetch, epochs * n_steps, example),
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
        if all(np.ndim(v) == 0 for v in values)  # a callback may have put anything there
    }


def release(model):
    """Free the memory of a compiled model that nobody will use again.

    TensorFlow never lets go of a traced function and of the variables in it: 45 MB a
    network of the default size, which makes joblib restart its workers in a search.
    """
    tensorflow = import_tensorflow()
    for variable in (*model.variables, *model.optimizer.variables):
        empty = tensorflow.zeros((0,), variable.dtype)
        tensorflow.raw_ops.AssignVariableOp(resource=_handle(variable), value=empty)
