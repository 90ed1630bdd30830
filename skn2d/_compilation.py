"""Keras models made ready to train, by an optimizer that makes one pass over the memory."""

import functools

from skn2d._optional import import_keras, import_tensorflow


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


def is_squared_error(loss):
    """Whether a loss that Keras knows is the mean squared error."""
    losses = import_keras().losses
    known = losses.get(loss)
    return known is losses.mean_squared_error or isinstance(known, losses.MeanSquaredError)


def compile_known(model, optimizer, learning_rate, loss, n_updates, loss_weights=None):
    """Compile with a fresh optimizer and losses that are known to be Keras's."""
    optimizer = make_optimizer(optimizer, learning_rate, n_updates)
    optimizer.build(model.trainable_variables)  # inside a traced function it would leak
    model.compile(optimizer, loss, loss_weights, jit_compile=False)


def release(model):
    """Free the memory of a compiled model that nobody will use again.

    TensorFlow never lets go of a traced function and of the variables in it: 45 MB a
    network of the default size, which makes joblib restart its workers in a search.
    """
    tensorflow = import_tensorflow()
    for variable in (*model.variables, *model.optimizer.variables):
        empty = tensorflow.zeros((0,), variable.dtype)
        tensorflow.raw_ops.AssignVariableOp(resource=_handle(variable), value=empty)
