"""Keras models as plain state and back, and the forward pass of dense ones in NumPy.

Nothing but this module turns a Keras model into something that is stored. A chain of
dense layers becomes arrays and runs in NumPy; any other model becomes its
configuration and weights, and is rebuilt by Keras when it is first called.
"""

import contextlib
import itertools
import json

import numpy as np
from scipy.special import erf, expit
from sklearn.utils import gen_batches

from skn2d._exact_products import on_grid
from skn2d._interrupts import interrupts_deferred, raise_interrupt
from skn2d._optional import import_keras, import_optional
from skn2d._random import fenced_global_seed
from skn2d._tensorflow_log import no_advice_on_retracing
from skn2d._threads import run_on_blocks

# Rows that Keras gets at a time. It is always the same, the last block being padded, as
# the last bits of a float32 product depend on the shape.
_KERAS_BLOCK = 32
# Rows per matrix product in NumPy, where any number gives the same bits: enough for the
# full rate, few enough to stay in the cache.
_BLOCK = 512

# A model that is rebuilt draws first weights, which are replaced: the user's generators stay as
# they are, and so do those of a fit in another thread.
_without_traces = fenced_global_seed(0, alone=True)

_SELU_ALPHA, _SELU_SCALE = 1.6732632423543772, 1.0507009873554805

_ACTIVATIONS = {
    "linear": lambda x: x,
    "relu": lambda x: np.maximum(x, 0, out=x),
    "sigmoid": expit,
    "tanh": np.tanh,
    "elu": lambda x: np.where(x > 0, x, np.expm1(np.minimum(x, 0))),
    "selu": lambda x: (
        np.float32(_SELU_SCALE)
        * np.where(x > 0, x, np.float32(_SELU_ALPHA) * np.expm1(np.minimum(x, 0)))
    ),
    "gelu": lambda x: x * np.float32(0.5) * (1 + erf(x * np.float32(np.sqrt(0.5)))),
    "silu": lambda x: x * expit(x),
    "softplus": lambda x: np.logaddexp(x, np.float32(0)),
    "softsign": lambda x: x / (1 + np.abs(x)),
    "exponential": np.exp,
    "leaky_relu": lambda x: np.where(x > 0, x, np.float32(0.2) * x),
}

# Layers that do nothing when a model predicts.
_TRAINING_ONLY = (
    "InputLayer",
    "Dropout",
    "AlphaDropout",
    "GaussianDropout",
    "GaussianNoise",
    "ActivityRegularization",
)


class DenseNetwork:
    """A chain of dense layers as arrays; called with rows, it predicts in NumPy."""

    def __init__(self, layers):
        self.layers = layers
        self._kernels = None

    def __getstate__(self):
        return {"layers": self.layers}

    def __setstate__(self, state):
        self.__init__(**state)

    def _forward(self, X):
        for layer, kernel in zip(self.layers, self._kernels, strict=True):
            X = on_grid(X, axis=1) @ kernel
            if layer["bias"] is not None:
                X += layer["bias"]
            X = _ACTIVATIONS[layer["activation"]](X.astype(np.float32))
        return X

    def __call__(self, X):
        if self._kernels is None:
            self._kernels = [on_grid(layer["kernel"], axis=0) for layer in self.layers]
        X = np.ascontiguousarray(X, dtype=np.float32)
        return np.concatenate(
            run_on_blocks(lambda rows: self._forward(X[rows]), len(X), _BLOCK)
        )

    def get_weights(self):
        """List the weights in Keras's order."""
        pairs = [(layer["kernel"], layer["bias"]) for layer in self.layers]
        return [weight for pair in pairs for weight in pair if weight is not None]

    @_without_traces
    def to_keras(self):
        """Rebuild the Keras model."""
        keras = import_keras()
        inputs = outputs = keras.Input((len(self.layers[0]["kernel"]),))
        for layer in self.layers:
            outputs = keras.layers.Dense(
                layer["kernel"].shape[1],
                activation=layer["activation"],
                use_bias=layer["bias"] is not None,
            )(outputs)
        model = keras.Model(inputs, outputs)
        model.set_weights(self.get_weights())
        return model


class KerasNetwork:
    """Any other model as configuration and weights; it loads Keras when first called."""

    def __init__(self, config, weights):
        self.config = config
        self.weights = weights
        self._model = None

    def __getstate__(self):
        return {"config": self.config, "weights": self.weights}

    def __setstate__(self, state):
        self.__init__(**state)

    @interrupts_deferred()
    def __call__(self, X):
        if self._model is None:
            self._model = self.to_keras()
        X = np.ascontiguousarray(X, dtype=np.float32)
        n_samples = len(X)
        padding = -n_samples % _KERAS_BLOCK
        X = np.pad(X, ((0, padding), (0, 0))) if padding else X
        blocks = [X[rows] for rows in gen_batches(len(X), _KERAS_BLOCK)]
        with no_advice_on_retracing():
            codes = [self._predict(block) for block in blocks]
        return np.concatenate(codes)[:n_samples]

    def _predict(self, block):
        raise_interrupt()
        return self._model.predict_on_batch(block)

    def get_weights(self):
        """List the weights in Keras's order."""
        return self.weights

    @_without_traces
    def to_keras(self):
        """Rebuild the Keras model."""
        keras = import_keras()
        modules = {own["module"] for own in _own_objects(json.loads(self.config))} - {None}
        for module in modules:
            # That registers the user's layers with Keras, if nobody has done so yet.
            with contextlib.suppress(ImportError):
                import_optional(module, "The network")
        try:
            model = keras.models.model_from_json(self.config)
        except (TypeError, ValueError) as error:
            raise ValueError(
                "The network has layers of your own that Keras does not know here. Import "
                "the module that defines and registers them first."
            ) from error
        model.set_weights(self.weights)
        return model


def _own_objects(config):
    """Find the entries of a Keras configuration that are a user's classes."""
    if isinstance(config, dict):
        package = str(config.get("module")).partition(".")[0]
        if config.get("registered_name") and package not in ("keras", "builtins"):
            yield config
        config = list(config.values())
    if isinstance(config, list):
        for value in config:
            yield from _own_objects(value)


def _dense_layer(layer):
    """Describe a Dense layer in plain values, or return None for what NumPy lacks."""
    if type(layer).__name__ != "Dense" or not type(layer).__module__.startswith("keras."):
        return None
    config = layer.get_config()
    activation = config["activation"]
    if activation not in _ACTIVATIONS or config.get("lora_rank"):
        return None
    weights = layer.get_weights()
    if any(w.dtype != np.float32 for w in weights):
        return None
    kernel, bias = weights if layer.use_bias else (*weights, None)
    return {"kernel": kernel, "bias": bias, "activation": activation}


def _agree(network, model):
    """Whether a network answers like the model: layers listed in a row may be no chain."""
    n_features = model.inputs[0].shape[1]
    if len(network.layers[0]["kernel"]) != n_features:
        return False
    probe = np.random.RandomState(0).normal(size=(4, n_features)).astype(np.float32)
    expected = np.asarray(model(probe, training=False)).astype(np.float32)
    found = network(probe)
    return found.shape == expected.shape and np.allclose(found, expected, 1e-3, 1e-3)


def capture(model):
    """Turn a Keras model into a stored network that predicts the same.

    Parameters
    ----------
    model : keras.Model
        A functional model with one input and one output, both two-dimensional.

    Returns
    -------
    DenseNetwork or KerasNetwork
        Arrays and a NumPy forward pass where the model is a chain of dense layers.
    """
    layers = [
        layer
        for layer in model.layers
        if type(layer).__name__ not in _TRAINING_ONLY
        or not type(layer).__module__.startswith("keras.")
    ]
    described = [_dense_layer(layer) for layer in layers]
    if described and all(d is not None for d in described):
        widths = [d["kernel"].shape for d in described]
        if all(a[1] == b[0] for a, b in itertools.pairwise(widths)):
            network = DenseNetwork(described)
            if _agree(network, model):
                return network
    return KerasNetwork(model.to_json(), model.get_weights())


def check_can_be_saved(model):
    """Raise a ValueError, before any training, for a model that could not be rebuilt."""
    keras = import_keras()
    advice = (
        "Give a custom layer a get_config method and decorate it with "
        "@keras.saving.register_keras_serializable(), and use a layer class of your own in "
        "place of a Lambda layer."
    )
    try:
        config = model.to_json()
        for own in _own_objects(json.loads(config)):
            # Older Keras finds it all the same, as long as its module can be imported.
            if keras.saving.get_registered_object(own["registered_name"]) is None:
                raise ValueError(f"{own['class_name']} is not registered with Keras.")
        keras.models.model_from_json(config)
    except (TypeError, ValueError, NotImplementedError) as error:
        raise ValueError(
            "The architecture has a layer that cannot be saved and rebuilt: "
            f"{str(error).strip().splitlines()[0]} {advice}"
        ) from error
