"""Network specifications: cloned, searched, saved, and refused before any training."""

import copy
import pickle
import random
import re
import subprocess
import sys
import threading
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
from skn2d._random import fenced_global_seed
from skn2d.architectures import (
    Architecture,
    Conv1DArchitecture,
    Conv2DArchitecture,
    DenseArchitecture,
    EncoderDecoder,
    RecurrentArchitecture,
    VariationalArchitecture,
)
from skn2d.augmentation import Crop, TimeWarp, make_augmentation
from skn2d.metrics import clustering_accuracy_score

X = load_digits().data[:200]

# One of each kind, with a parameter to search over and two values of it.
NETWORKS = {
    "dense": (DenseArchitecture((16,)), "activation", ["relu", "tanh"]),
    "images": (Conv2DArchitecture((8, 8), (8, 16)), "filters", [(4,), (8, 8)]),
    "series": (Conv1DArchitecture((16, 4), (8, 16)), "kernel_size", [3, (5, 3)]),
    "recurrent": (RecurrentArchitecture((8, 8), (8,)), "units", [(4,), (8,)]),
    "variational": (
        VariationalArchitecture(DenseArchitecture((16,)), 0.1),
        "architecture__hidden_units",
        [(8,), (16,)],
    ),
    "variational images": (
        VariationalArchitecture(Conv2DArchitecture((8, 8), (8,)), 0.1),
        "kl_weight",
        [0.0, 0.1],
    ),
}
every_network = pytest.mark.parametrize("kind", NETWORKS)


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


# What all of them promise.


def train(kind, random_state=0):
    return make(
        clone(NETWORKS[kind][0]), epochs=8, learning_rate=0.01, random_state=random_state
    ).fit(X)


@pytest.fixture(scope="module")
def fitted():
    """Fit one network of each kind."""
    return {kind: train(kind) for kind in NETWORKS}


@every_network
def test_learns_to_restore_the_rows(kind, fitted):
    losses = fitted[kind].history_["loss"]
    assert losses[-1] < 0.95 * losses[0]
    codes = fitted[kind].transform(X)
    assert codes.shape == (200, 3)
    assert codes.dtype == np.float32
    restored = fitted[kind].inverse_transform(codes)
    assert restored.shape == X.shape
    assert np.mean((restored - X) ** 2) < 0.95 * X.var(axis=0).mean()


@every_network
def test_the_seed_decides(kind, fitted):
    np.testing.assert_array_equal(train(kind).transform(X), fitted[kind].transform(X))
    other = train(kind, random_state=1)
    assert not np.allclose(other.transform(X), fitted[kind].transform(X))


@every_network
def test_a_row_has_the_same_code_in_any_batch(kind, fitted):
    codes = fitted[kind].transform(X)
    np.testing.assert_array_equal(fitted[kind].transform(X[41:42]), codes[41:42])
    np.testing.assert_array_equal(fitted[kind].transform(X[::-1]), codes[::-1])


@every_network
def test_models_that_are_rebuilt_draw_from_no_generator_of_the_users(kind, fitted):
    random.seed(0)
    before = random.getstate()
    make(clone(NETWORKS[kind][0]), n_estimators=2, epochs=1).fit(X).transform(X)
    pickle.loads(pickle.dumps(fitted[kind])).transform(X)
    assert fitted[kind].encoder_ is not fitted[kind].decoder_
    assert random.getstate() == before


def test_a_model_is_not_rebuilt_while_first_weights_are_drawn(fitted):
    loaded = pickle.loads(pickle.dumps(fitted["series"]))
    thread = threading.Thread(target=loaded.transform, args=(X[:3],))
    with fenced_global_seed(0, alone=True):
        thread.start()
        thread.join(1)
        assert thread.is_alive()
    thread.join(300)
    assert not thread.is_alive()


@every_network
def test_keras_models_do_the_same(kind, fitted):
    autoencoder = fitted[kind]
    codes = autoencoder.encoder_.predict(X, verbose=0)
    np.testing.assert_allclose(codes, autoencoder.transform(X), atol=1e-4)
    restored = autoencoder.decoder_.predict(codes, verbose=0)
    np.testing.assert_allclose(restored, autoencoder.inverse_transform(codes), atol=1e-3)


@every_network
def test_a_search_reaches_its_parameters(kind):
    architecture, name, values = NETWORKS[kind]
    before = repr(architecture)
    one_split = [(np.arange(100), np.arange(100, 200))]
    search = GridSearchCV(
        make(architecture, epochs=1), {f"architecture__{name}": values}, cv=one_split
    ).fit(X)
    assert np.isfinite(search.cv_results_["mean_test_score"]).all()
    assert search.best_estimator_.get_params()[f"architecture__{name}"] in values
    assert repr(architecture) == before


@every_network
def test_weights_are_saved_and_reused(kind, fitted, tmp_path):
    fitted[kind].save_weights(tmp_path / "weights.npz")
    again = make(NETWORKS[kind][0], epochs=0, initial_weights=tmp_path / "weights.npz").fit(X)
    np.testing.assert_array_equal(again.transform(X), fitted[kind].transform(X))


@pytest.mark.parametrize("value", [1e200, -1e200])
def test_no_network_makes_an_ordinary_code_of_infinite_values(fitted, value):
    """An activation may be 0 there."""
    rows = np.array(X[:3], dtype=np.float64)
    rows[1, 5] = value
    for autoencoder in fitted.values():
        with pytest.raises(ValueError, match="beyond the range of float32"):
            autoencoder.transform(rows)


def test_all_survive_a_file_and_another_process(fitted, tmp_path):
    joblib.dump(fitted, tmp_path / "models.joblib")
    np.save(tmp_path / "rows.npy", X)
    program = (
        "import sys, joblib, numpy\n"
        "models = joblib.load('models.joblib')\n"
        "assert 'keras' not in sys.modules and 'tensorflow' not in sys.modules\n"
        "rows = numpy.load('rows.npy')\n"
        "codes = models['dense'].transform(rows)\n"
        "assert 'keras' not in sys.modules and 'tensorflow' not in sys.modules\n"
        "numpy.savez('codes.npz', **{k: m.transform(rows) for k, m in models.items()})\n"
    )
    subprocess.run([sys.executable, "-c", program], cwd=tmp_path, check=True, timeout=300)
    codes = np.load(tmp_path / "codes.npz")
    for kind, autoencoder in fitted.items():
        np.testing.assert_array_equal(codes[kind], autoencoder.transform(X))


# Images and series of any size.


@pytest.mark.parametrize(
    "image_shape",
    [(5, 7), (7, 5, 1), (9, 4, 3), (1, 30), (30, 1), (3, 3, 3), (2, 2), (28, 28), (33, 17)],
)
def test_images_of_any_size_come_back_in_their_shape(image_shape):
    n_features = int(np.prod(image_shape))
    n_layers = 1 if max(image_shape) < 3 else 2
    architecture = Conv2DArchitecture(image_shape, (4, 6)[:n_layers], kernel_size=2)
    rows = np.random.RandomState(0).normal(size=(40, n_features))
    autoencoder = make(architecture, epochs=1).fit(rows)
    codes = autoencoder.transform(rows)
    assert codes.shape == (40, 3)
    assert autoencoder.inverse_transform(codes).shape == rows.shape


@pytest.fixture
def keras_settings():
    """Restore what a test sets for all of Keras."""
    before = keras.config.image_data_format(), keras.config.dtype_policy()
    yield keras.config
    keras.config.set_image_data_format(before[0])
    keras.config.set_dtype_policy(before[1])


@pytest.mark.parametrize(
    "architecture",
    [
        Conv2DArchitecture((7, 5, 3), (4, 6)),
        Conv1DArchitecture((35, 3), (4, 6)),
        RecurrentArchitecture((35, 3), (4,)),
    ],
)
def test_the_order_of_channels_is_that_of_the_rows_and_not_kerass(architecture, keras_settings):
    rows = np.random.RandomState(0).normal(size=(40, 105))
    expected = make(architecture, epochs=1).fit(rows)
    keras_settings.set_image_data_format("channels_first")
    found = make(architecture, epochs=1).fit(rows)
    codes = expected.transform(rows)
    np.testing.assert_array_equal(found.transform(rows), codes)
    np.testing.assert_array_equal(
        pickle.loads(pickle.dumps(expected)).inverse_transform(codes),
        found.inverse_transform(codes),
    )


@pytest.mark.parametrize("policy", ["mixed_bfloat16", "float64"])
@pytest.mark.parametrize("kind", ["dense", "series", "variational"])
def test_networks_of_another_precision_learn(kind, policy, keras_settings):
    keras_settings.set_dtype_policy(policy)
    losses = train(kind).history_["loss"]
    assert losses[-1] < 0.95 * losses[0]


@pytest.mark.parametrize("series_shape", [(7,), (50, 1), (13, 3), (2, 5)])
@pytest.mark.parametrize("make_network", [Conv1DArchitecture, RecurrentArchitecture])
def test_series_of_any_length_come_back_in_their_shape(series_shape, make_network):
    n_features = int(np.prod(series_shape))
    architecture = make_network(series_shape, (4,))
    if make_network is Conv1DArchitecture:
        architecture.set_params(kernel_size=2)
    inputs, code, outputs = architecture.build(n_features, 3)
    assert inputs.shape == outputs.shape == (None, n_features)
    assert code.shape == (None, 3)


def test_a_convolution_sees_neighbours_where_the_shape_says():
    """A kernel of one pixel mixes channels and nothing else."""
    model = Conv2DArchitecture((4, 6, 2), (3,), kernel_size=1, activation="linear")
    inputs, *_ = model.build(48, 2)
    feature = keras.Model(inputs, model.encode(inputs))
    before = feature(np.zeros((1, 48), np.float32))
    touched = np.zeros((4, 6, 2), np.float32)
    touched[2, 4] = 1  # a pixel that the stride meets
    change = np.array(feature(touched.reshape(1, 48)) - before).reshape(2, 3, 3)
    assert (change[1, 2] != 0).all()
    change[1, 2] = 0
    assert not change.any()


def test_halved_sides_end_at_one_pixel():
    network = Conv2DArchitecture((8, 5), (2, 3, 4))
    inputs = keras.Input((40,))
    shapes = [
        layer.output.shape[1:] for layer in keras.Model(inputs, network.encode(inputs)).layers
    ]
    assert shapes[1:-1] == [(8, 5, 1), (4, 3, 2), (2, 2, 3), (1, 1, 4)]


def make_shapes(n_samples, length):
    """Cylinders, bells and funnels of any length, beginning anywhere (Saito, 1994)."""
    random_state = np.random.RandomState(0)
    time_steps, kinds = np.arange(length), np.arange(n_samples) % 3
    rows = random_state.normal(size=(n_samples, length))
    for row, kind in zip(rows, kinds, strict=True):
        begin = random_state.randint(length // 8, length // 4)
        end = begin + random_state.randint(length // 4, 3 * length // 4)
        ramp = (time_steps - begin) / (end - begin)
        profile = [np.ones(length), ramp, 1 - ramp][kind]
        row += (6 + random_state.normal()) * profile * ((ramp >= 0) & (ramp <= 1))
    return rows, kinds


def test_convolution_over_series_finds_what_k_means_on_the_rows_does_not():
    rows, kinds = make_shapes(300, 64)
    by_distance = KMeans(3, n_init=10, random_state=0).fit_predict(rows)
    autoencoder = AutoencoderTransformer(
        architecture=Conv1DArchitecture((64,), (16, 32)),
        augmentation=make_augmentation(TimeWarp(), Crop()),
        learning_rate=3e-3,
        epochs=30,
    )
    found = N2DClusterer(3, autoencoder=autoencoder, random_state=0).fit_predict(rows)
    accuracy = clustering_accuracy_score(kinds, found)
    assert accuracy > clustering_accuracy_score(kinds, by_distance) + 0.05


# The variational code.


def test_variational_code_is_drawn_only_while_training():
    autoencoder = VariationalArchitecture(DenseArchitecture((16,)))
    inputs, code, _ = autoencoder.build(64, 3)
    encoder = keras.Model(inputs, code)
    rows = X[:5].astype(np.float32)
    mean = np.asarray(encoder(rows))
    np.testing.assert_array_equal(encoder(rows), mean)
    draws = np.stack([encoder(rows, training=True) for _ in range(400)])
    np.testing.assert_allclose(draws.mean(axis=0), mean, atol=0.25)
    np.testing.assert_allclose(draws.std(axis=0), 1, atol=0.2)  # where training starts


def test_a_heavier_pull_makes_codes_smaller_and_restores_less():
    spreads, errors = [], []
    for kl_weight in (0.0, 1.0, 30.0):
        architecture = VariationalArchitecture(DenseArchitecture((16,)), kl_weight)
        autoencoder = make(architecture, epochs=20).fit(X)
        spreads.append(autoencoder.transform(X).std())
        errors.append(-autoencoder.score(X))
    assert spreads[0] > spreads[1] > spreads[2]
    assert errors[0] < errors[1] < errors[2]


def test_a_variational_network_knows_the_shape_of_what_is_inside():
    assert VariationalArchitecture(Conv2DArchitecture((8, 8))).image_shape == (8, 8)
    assert VariationalArchitecture(RecurrentArchitecture((8, 8))).series_shape == (8, 8)
    assert not hasattr(VariationalArchitecture(), "image_shape")


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


class Unregistered(keras.layers.Layer):
    """A user's layer that Keras has not been told of."""

    def call(self, inputs):
        return keras.ops.tanh(inputs)


def test_a_layer_that_is_not_registered_is_named_before_training():
    autoencoder = make(
        GainArchitecture(layer=lambda start: Unregistered()), callbacks=[Refuse()]
    )
    with pytest.raises(ValueError, match=r"Unregistered is not registered.*register_keras_ser"):
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


@pytest.mark.parametrize(
    ("architecture", "message"),
    [
        (
            Conv2DArchitecture((8, 9)),
            "image_shape=(8, 9) of Conv2DArchitecture is a shape of 72",
        ),
        (
            Conv2DArchitecture((8, 8, 3)),
            "is a shape of 192 values, but the rows have 64 columns",
        ),
        (Conv2DArchitecture(8), "must be (height, width) or (height, width, n_channels)"),
        (Conv2DArchitecture((64,)), "in positive integers, such as (28, 28). Got (64,)"),
        (Conv2DArchitecture((8, -8)), "Got (8, -8)"),
        (Conv2DArchitecture((8.0, 8)), "Got (8.0, 8)"),
        (Conv2DArchitecture(None), "must be (height, width) or (height, width, n_channels)"),
        (Conv2DArchitecture((8, 8), (4, 4, 4, 4)), "below one value, as each of its 4 layers"),
        (
            Conv2DArchitecture((8, 8), (4, 4, 4, 4)),
            "Use at most 3: filters=(4, 4, 4), which an N2DClusterer reaches as autoencoder__",
        ),
        (Conv2DArchitecture((8, 8), ()), "filters must be a tuple of positive integers"),
        (Conv2DArchitecture((8, 8), 32), "filters must be a tuple of positive"),
        (Conv2DArchitecture((8, 8), (4, 0)), "Got (4, 0)"),
        (
            Conv2DArchitecture((8, 8), (4,), 9),
            "kernel_size=9 is larger than image_shape=",
        ),
        (Conv2DArchitecture((8, 8), (4,), 0), "kernel_size must be a positive integer"),
        (Conv2DArchitecture((8, 8), (4,), (3, 3)), "one for each of the 1 layers"),
        (Conv2DArchitecture((8, 8), (4,), 3, "rellu"), "activation must be the name"),
        (Conv1DArchitecture((8, 9)), "series_shape=(8, 9) of Conv1DArchitecture is a shape"),
        (Conv1DArchitecture((8, 8, 1)), "must be (n_timesteps,) or (n_timesteps, n_channels)"),
        (Conv1DArchitecture((64,), (4,) * 7), "series_shape=(64,) below one value"),
        (Conv1DArchitecture((1, 64), (4,), 1), "Use a DenseArchitecture"),
        (
            RecurrentArchitecture((8, 7)),
            "(8, 7) of RecurrentArchitecture is a shape of 56 values",
        ),
        (RecurrentArchitecture((8, 8), ()), "units must be a tuple of positive integers"),
        (RecurrentArchitecture((8, 8), cell="rnn"), "cell must be 'gru' or 'lstm'. Got 'rnn'"),
        (VariationalArchitecture(kl_weight=-1), "kl_weight must be a number from 0. Got -1"),
        (VariationalArchitecture(kl_weight="1"), "kl_weight must be a number from 0. Got '1'"),
        (VariationalArchitecture(Conv2DArchitecture((8, 9))), "is a shape of 72 values"),
    ],
    ids=lambda value: repr(value)[:60],
)
def test_unusable_parameters_are_named_before_training(architecture, message):
    with pytest.raises(ValueError, match=re.escape(message)):
        make(architecture, callbacks=[Refuse()]).fit(X)


@pytest.mark.parametrize("inside", [GainArchitecture(), "dense", DenseArchitecture])
def test_what_has_no_two_halves_cannot_be_variational(inside):
    with pytest.raises(TypeError, match="architecture must be an EncoderDecoder"):
        make(VariationalArchitecture(inside)).fit(X)


class Halves(EncoderDecoder):
    """A user's network in two halves."""

    def __init__(self, units=8):
        self.units = units

    def encode(self, inputs):
        return keras.layers.Dense(self.units, activation="tanh")(inputs)

    def decode(self, code, n_features):
        hidden = keras.layers.Dense(self.units, activation="tanh")(code)
        return keras.layers.Dense(n_features)(hidden)


@pytest.mark.parametrize("architecture", [Halves(), VariationalArchitecture(Halves(), 0.1)])
def test_a_users_two_halves(architecture):
    losses = make(architecture, epochs=8).fit(X).history_["loss"]
    assert losses[-1] < losses[0]


def test_a_specification_without_build_is_refused():
    class Nothing(Architecture):
        pass

    with pytest.raises(TypeError, match="build"):
        Nothing()


def test_a_class_in_place_of_an_instance_is_refused():
    with pytest.raises(TypeError, match=r"pass DenseArchitecture\(\)"):
        make(DenseArchitecture).fit(X)
