"""Network specifications: cloned, searched, saved, and refused before any training."""

import copy
import pickle
import subprocess
import sys
from pathlib import Path

import joblib
import keras
import numpy as np
import pytest
from sklearn.base import clone
from sklearn.cluster import KMeans
from sklearn.datasets import load_digits
from sklearn.decomposition import PCA
from sklearn.model_selection import GridSearchCV

from skn2d import AutoencoderTransformer, N2DClusterer
from skn2d.architectures import Architecture, DenseArchitecture

X = load_digits().data[:200]


@keras.saving.register_keras_serializable("skn2d_tests")
class Gain(keras.layers.Layer):
    """A user's layer with a setting and a weight, known to Keras."""

    def __init__(self, start=1.0, **kwargs):
        super().__init__(**kwargs)
        self.start = start

    def build(self, shape):
        start = keras.initializers.Constant(self.start)
        self.gain = self.add_weight(shape=(shape[-1],), initializer=start, name="gain")

    def call(self, inputs):
        return inputs * self.gain

    def get_config(self):
        return {**super().get_config(), "start": self.start}


class UnknownGain(keras.layers.Layer):
    """A user's layer that Keras cannot find again."""

    def __init__(self, factor, **kwargs):
        super().__init__(**kwargs)
        self.factor = factor

    def call(self, inputs):
        return inputs * self.factor


class GainArchitecture(Architecture):
    """A user's specification with parameters of its own."""

    def __init__(self, units=16, layer=Gain, start=1.0):
        self.units = units
        self.layer = layer
        self.start = start

    def build(self, n_features, latent_dim):
        inputs = keras.Input((n_features,))
        hidden = keras.layers.Dense(self.units, activation="relu")(inputs)
        code = keras.layers.Dense(latent_dim)(self.layer(self.start)(hidden))
        hidden = keras.layers.Dense(self.units, activation="relu")(code)
        return inputs, code, keras.layers.Dense(n_features)(hidden)


def make(architecture, **params):
    defaults = {"latent_dim": 3, "epochs": 2, "random_state": 0}
    return AutoencoderTransformer(architecture=architecture, **{**defaults, **params})


@pytest.fixture(scope="module")
def with_own_layer():
    return make(GainArchitecture(start=0.5)).fit(X)


@pytest.mark.parametrize(
    ("architecture", "params"),
    [
        (DenseArchitecture((8, 4), "tanh"), {"hidden_units": (8, 4), "activation": "tanh"}),
        (GainArchitecture(8), {"units": 8, "layer": Gain, "start": 1.0}),
    ],
)
def test_is_an_estimator_to_scikit_learn(architecture, params):
    assert architecture.get_params() == params
    copied = clone(architecture)
    assert copied is not architecture
    assert copied.get_params() == params
    nested = clone(make(architecture)).get_params()
    assert {f"architecture__{name}" for name in params} <= set(nested)


def test_setting_a_parameter_of_a_clone_leaves_the_original():
    autoencoder = make(DenseArchitecture((8,)))
    clone(autoencoder).set_params(architecture__hidden_units=(4,))
    assert autoencoder.architecture.hidden_units == (8,)


def test_default_is_that_of_the_paper():
    assert DenseArchitecture().get_params() == {
        "hidden_units": (500, 500, 2000),
        "activation": "relu",
    }


def test_decoder_mirrors_the_encoder():
    inputs, code, outputs = DenseArchitecture((8, 5), "tanh").build(20, 3)
    assert (inputs.shape, code.shape, outputs.shape) == ((None, 20), (None, 3), (None, 20))
    layers = keras.Model(inputs, outputs).layers[1:]
    assert [layer.units for layer in layers] == [8, 5, 3, 5, 8, 20]
    activations = [keras.activations.serialize(layer.activation) for layer in layers]
    assert activations == ["tanh", "tanh", "linear", "tanh", "tanh", "linear"]


def test_no_hidden_layer_is_linear_compression():
    autoencoder = make(DenseArchitecture(()), epochs=60).fit(X)
    restored = autoencoder.inverse_transform(autoencoder.transform(X))
    best = PCA(3).fit(X)
    least = np.mean((best.inverse_transform(best.transform(X)) - X) ** 2)
    assert np.mean((restored - X) ** 2) == pytest.approx(least, rel=0.3)


@pytest.mark.parametrize("hidden_units", [(16, 8), [16, 8], (np.int64(16), np.int32(8))])
def test_units_as_any_sequence_of_whole_numbers(hidden_units):
    codes = make(DenseArchitecture(hidden_units), epochs=1).fit_transform(X)
    np.testing.assert_array_equal(
        codes, make(None, hidden_units=(16, 8), epochs=1).fit_transform(X)
    )


# Search.


@pytest.mark.parametrize(
    ("architecture", "grid"),
    [
        (DenseArchitecture(), {"architecture__hidden_units": [(1,), (64,)]}),
        (GainArchitecture(), {"architecture__units": [1, 64]}),
    ],
)
def test_search_finds_the_network_that_restores_better(architecture, grid):
    search = GridSearchCV(make(architecture, epochs=15), grid, cv=2, error_score="raise")
    search.fit(X)
    (name,) = grid
    assert search.best_params_ == {name: grid[name][1]}
    assert search.best_estimator_.transform(X).shape == (200, 3)
    assert architecture.get_params() == type(architecture)().get_params()


def test_search_through_the_clusterer():
    model = N2DClusterer(
        n_clusters=5,
        autoencoder=make(DenseArchitecture(), epochs=1),
        manifold=PCA(2),
        clusterer=KMeans(5, n_init=1),
        random_state=0,
    )
    grid = {"autoencoder__architecture__hidden_units": [(8,), (16, 8)]}
    search = GridSearchCV(model, grid, cv=2, error_score="raise").fit(X)
    best = search.best_estimator_.pipeline_["autoencoder"].architecture
    assert best.hidden_units in [(8,), (16, 8)]
    assert model.autoencoder.architecture.hidden_units == (500, 500, 2000)


# Saving.


def test_registered_layer_survives_copies(with_own_layer):
    codes = with_own_layer.transform(X)
    for other in (copy.deepcopy(with_own_layer), pickle.loads(pickle.dumps(with_own_layer))):
        np.testing.assert_array_equal(other.transform(X), codes)
    gain = with_own_layer.networks_[0].get_weights()[2]
    assert gain.shape == (16,)
    assert not np.allclose(gain, 0.5)  # it was trained from there
    assert np.abs(gain - 0.5).max() < 0.4


def test_registered_layer_survives_a_file_and_another_process(with_own_layer, tmp_path):
    joblib.dump(with_own_layer, tmp_path / "model.joblib")
    np.save(tmp_path / "rows.npy", X)
    program = (
        "import sys, joblib, numpy\n"
        "model = joblib.load(sys.argv[1] + '/model.joblib')\n"
        "codes = model.transform(numpy.load(sys.argv[1] + '/rows.npy'))\n"
        "numpy.save(sys.argv[1] + '/codes.npy', codes)\n"
    )
    # In the folder of this file, where the layer can be imported.
    subprocess.run(
        [sys.executable, "-c", program, str(tmp_path)],
        cwd=Path(__file__).parent,
        check=True,
        timeout=300,
    )
    codes = with_own_layer.transform(X)
    np.testing.assert_array_equal(np.load(tmp_path / "codes.npy"), codes)


def test_a_layer_that_is_nowhere_registered_is_named(with_own_layer, monkeypatch):
    copied = pickle.loads(pickle.dumps(with_own_layer))
    monkeypatch.delitem(keras.saving.get_custom_objects(), "skn2d_tests>Gain")
    monkeypatch.setitem(sys.modules, __name__, None)
    with pytest.raises(ValueError, match="layers of your own that Keras does not know here"):
        copied.transform(X)


class Refuse(keras.callbacks.Callback):
    """Make sure that no training has begun."""

    def on_train_begin(self, logs=None):
        raise AssertionError("training has begun")


@pytest.mark.parametrize(
    "layer",
    [UnknownGain, lambda factor: keras.layers.Lambda(lambda inputs: inputs * factor)],
    ids=["without a configuration", "Lambda"],
)
def test_layer_that_cannot_be_saved_is_refused_before_training(layer):
    autoencoder = make(GainArchitecture(layer=layer), callbacks=[Refuse()])
    with pytest.raises(ValueError, match="register_keras_serializable"):
        autoencoder.fit(X)


# What cannot be used.


@pytest.mark.parametrize(
    "hidden_units", [(16, 0), (16, -1), (2.5,), (True,), ("16",), 500, "500", None, {8}]
)
def test_unusable_hidden_units(hidden_units):
    autoencoder = make(DenseArchitecture(hidden_units), callbacks=[Refuse()])
    with pytest.raises(ValueError, match="hidden_units must be a tuple of positive") as raised:
        autoencoder.fit(X)
    assert f"Got {hidden_units!r}" in str(raised.value)


@pytest.mark.parametrize("activation", ["rellu", "", 3, ["relu"], np.tanh])
def test_unusable_activation(activation):
    autoencoder = make(DenseArchitecture((8,), activation), callbacks=[Refuse()])
    with pytest.raises(ValueError, match="activation must be the name of a Keras activation"):
        autoencoder.fit(X)


def test_a_specification_without_build_is_refused():
    class Nothing(Architecture):
        pass

    with pytest.raises(TypeError, match="build"):
        Nothing()


def test_a_class_in_place_of_an_instance_is_refused():
    with pytest.raises(TypeError, match=r"pass DenseArchitecture\(\)"):
        make(DenseArchitecture).fit(X)
