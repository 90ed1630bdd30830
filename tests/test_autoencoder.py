"""AutoencoderTransformer: training, codes, reconstruction, weights, bad input."""

import copy
import logging
import math
import os
import random
import signal
import subprocess
import sys
import threading
import warnings
from concurrent.futures import ThreadPoolExecutor
from decimal import Decimal
from fractions import Fraction

import joblib
import keras
import numpy as np
import pandas as pd
import pytest
import tensorflow
from scipy import sparse
from sklearn.base import clone
from sklearn.datasets import load_digits, make_blobs
from sklearn.exceptions import ConvergenceWarning, NotFittedError
from sklearn.model_selection import GridSearchCV

from skn2d import AutoencoderTransformer
from skn2d._training import auto_batch_size, auto_epochs
from skn2d._weights import read_weights, write_weights
from skn2d.architectures import Conv2DArchitecture, DenseArchitecture
from skn2d.augmentation import (
    Augmentation,
    AugmentationPipeline,
    GaussianNoise,
    Masking,
    RandomAffine,
    TimeWarp,
    make_augmentation,
)

X = load_digits().data[:300]


def small(**params):
    defaults = {"latent_dim": 3, "hidden_units": (16,), "epochs": 2, "random_state": 0}
    return AutoencoderTransformer(**{**defaults, **params})


class Times(Augmentation):
    """An augmentation of the user's that returns the wrong thing."""

    def __init__(self, factor):
        self.factor = factor

    def prepare(self, n_features, architecture=None):
        return lambda rows, random_state: rows * self.factor


@pytest.fixture(scope="module")
def fitted():
    return small().fit(X)


@pytest.fixture(scope="module")
def joined():
    return small(n_estimators=3).fit(X)


def test_learns_to_restore_the_rows():
    autoencoder = small(epochs=40, hidden_units=(64,), latent_dim=8, batch_size=32).fit(X)
    loss = autoencoder.history_["loss"]
    assert loss[-1] < 0.5 * loss[0]
    restored = autoencoder.inverse_transform(autoencoder.transform(X))
    assert restored.shape == X.shape
    assert np.mean((restored - X) ** 2) < 0.5 * X.var(axis=0).mean()


def test_codes_are_one_network_after_the_other(joined):
    codes = joined.transform(X)
    assert codes.shape == (300, 9)
    assert codes.dtype == np.float32
    np.testing.assert_allclose(codes.mean(axis=0), 0, atol=1e-4)
    np.testing.assert_allclose(codes.std(axis=0), 1, atol=1e-4)
    assert joined.get_feature_names_out()[-1] == "autoencodertransformer8"
    assert len(joined.histories_) == 3


def test_inverse_transform_averages_the_networks(joined):
    codes = joined.transform(X)
    each = []
    for i in range(3):
        columns = slice(3 * i, 3 * i + 3)
        network = joined.networks_[i]
        each.append(
            network.decode(codes[:, columns]) / joined.input_scale_ + joined.input_shift_
        )
    np.testing.assert_allclose(
        joined.inverse_transform(codes), np.mean(each, axis=0), atol=1e-4
    )


@pytest.mark.parametrize("name", ["fitted", "joined"])
def test_keras_models_do_what_the_arrays_do(name, request):
    autoencoder = request.getfixturevalue(name)
    codes = autoencoder.transform(X)
    np.testing.assert_allclose(autoencoder.encoder_.predict(X, verbose=0), codes, 1e-3, 1e-4)
    np.testing.assert_allclose(
        autoencoder.decoder_.predict(codes, verbose=0),
        autoencoder.inverse_transform(codes),
        atol=1e-3,
    )


def test_fit_transform_is_fit_then_transform(fitted):
    np.testing.assert_array_equal(small().fit_transform(X), fitted.transform(X))


def test_a_row_gets_the_same_code_to_the_bit_in_any_batch(fitted):
    codes = fitted.transform(X)
    np.testing.assert_array_equal(
        np.vstack([fitted.transform(X[i : i + 1]) for i in range(40)]), codes[:40]
    )
    order = np.random.RandomState(0).permutation(len(X))
    np.testing.assert_array_equal(fitted.transform(X[order]), codes[order])


CODES = """
import pathlib, sys
import joblib, numpy
folder = pathlib.Path(sys.argv[1])
codes = joblib.load(folder / "autoencoder.joblib").transform(numpy.load(folder / "rows.npy"))
sys.stdout.write(codes.tobytes().hex())
"""


@pytest.mark.parametrize("n_threads", ["1", "2"])
def test_codes_are_the_same_to_the_bit_on_an_older_processor(joined, n_threads, tmp_path):
    """OpenBLAS has other code for it, which rounds otherwise; others ignore the variable."""
    joblib.dump(joined, tmp_path / "autoencoder.joblib")
    np.save(tmp_path / "rows.npy", X)
    variables = {"OPENBLAS_CORETYPE": "Nehalem", "OMP_NUM_THREADS": n_threads}
    done = subprocess.run(
        [sys.executable, "-c", CODES, str(tmp_path)],
        env={**os.environ, **variables},
        capture_output=True,
        text=True,
        timeout=300,
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout == joined.transform(X).tobytes().hex()


def test_an_integer_seed_decides_the_codes_and_another_changes_them(fitted):
    np.testing.assert_array_equal(small().fit(X).transform(X), fitted.transform(X))
    assert not np.allclose(small(random_state=1).fit(X).transform(X), fitted.transform(X))


def test_fits_in_threads_come_out_as_one_after_the_other(fitted):
    expected = fitted.transform(X)
    before = random.getstate(), np.random.get_state()[1].tolist()
    with ThreadPoolExecutor(3) as pool:
        found = list(pool.map(lambda _: small().fit(X).transform(X), range(3)))
    for codes in found:
        np.testing.assert_array_equal(codes, expected)
    assert (random.getstate(), np.random.get_state()[1].tolist()) == before


@pytest.mark.parametrize("dtype", [np.float16, np.float32, np.int64, np.uint8])
def test_other_dtypes_give_the_same_codes(fitted, dtype):
    codes = small().fit(X.astype(dtype)).transform(X.astype(dtype))
    np.testing.assert_array_equal(codes, fitted.transform(X))


@pytest.mark.parametrize("centre", [1e6, 2.0**24, 1e9])
def test_rows_far_from_zero_keep_their_differences(centre):
    """Their means may be numbers of float32 where they are not."""
    half = np.random.RandomState(0).normal(scale=0.3, size=(200, 4))
    rows = np.concatenate([half, -half])
    codes = small(epochs=1).fit_transform(rows + centre)
    assert len(np.unique(codes, axis=0)) == 400
    np.testing.assert_allclose(codes, small(epochs=1).fit_transform(rows), atol=1e-2)


@pytest.mark.parametrize("dtype", [np.int64, np.uint8])
def test_widths_may_be_integers_of_numpy(dtype):
    autoencoder = small(latent_dim=dtype(2), hidden_units=(dtype(8),), epochs=dtype(1))
    assert autoencoder.fit_transform(X).shape == (len(X), 2)


def test_sparse_rows_give_the_same_codes(fitted):
    rows = sparse.csr_array(X)
    autoencoder = small().fit(rows)
    np.testing.assert_allclose(autoencoder.transform(rows), fitted.transform(X), atol=1e-5)
    np.testing.assert_allclose(autoencoder.score(rows), fitted.score(X), rtol=1e-4)


def test_memory_map_is_read_in_parts(tmp_path, fitted, monkeypatch):
    np.save(tmp_path / "rows.npy", X)
    mapped = np.load(tmp_path / "rows.npy", mmap_mode="r")
    np.testing.assert_array_equal(small().fit(mapped).transform(mapped), fitted.transform(X))


def test_scale_of_the_data_does_not_matter(fitted):
    codes = small().fit(X * 1000 + 5e4).transform(X * 1000 + 5e4)
    np.testing.assert_allclose(codes, fitted.transform(X), atol=0.05)


def test_a_constant_column_is_harmless():
    rows = np.column_stack([X[:, :10], np.full(len(X), 7.0)])
    autoencoder = small().fit(rows)
    assert np.isfinite(autoencoder.transform(rows)).all()


def test_score_is_the_negative_mean_squared_error(fitted):
    restored = fitted.inverse_transform(fitted.transform(X))
    errors = np.mean((restored - X) ** 2, axis=1)
    np.testing.assert_allclose(fitted.score_samples(X), errors, rtol=1e-4)
    assert fitted.score(X) == pytest.approx(-errors.mean(), rel=1e-4)


def test_unusual_rows_have_a_large_error():
    rows, _ = make_blobs(300, n_features=20, random_state=0)
    autoencoder = small(epochs=30).fit(rows)
    strange = np.random.RandomState(0).uniform(-30, 30, size=(20, 20))
    assert autoencoder.score_samples(strange).min() > autoencoder.score_samples(rows).max()


def test_pandas_in_and_out(fitted):
    table = pd.DataFrame(X, columns=[f"pixel{i}" for i in range(64)])
    autoencoder = small().set_output(transform="pandas").fit(table)
    codes = autoencoder.transform(table)
    assert list(codes.columns) == [f"autoencodertransformer{i}" for i in range(3)]
    np.testing.assert_array_equal(codes, fitted.transform(X))
    assert list(autoencoder.feature_names_in_[:2]) == ["pixel0", "pixel1"]


def test_early_stopping_keeps_the_best_weights():
    autoencoder = small(
        validation_fraction=0.2, patience=1, epochs=200, learning_rate=0.5, hidden_units=(64,)
    ).fit(X)
    losses = autoencoder.history_["val_loss"]
    assert autoencoder.n_epochs_ == len(losses) < 200
    assert int(np.argmin(losses)) == len(losses) - 2


def test_auto_counts_updates_and_not_epochs():
    def updates(n_samples):
        batch_size = auto_batch_size(n_samples)
        return auto_epochs(n_samples, batch_size) * math.ceil(n_samples / batch_size)

    assert (auto_batch_size(10_000), auto_epochs(10_000, 256)) == (256, 30)
    for n_samples in (300, 1797, 10_000):
        assert updates(n_samples) == pytest.approx(1200, rel=0.05)
    assert 10 <= updates(20) <= 300
    assert auto_epochs(20_000, 256) == auto_epochs(10_000, 256)
    for n_samples in (70_000, 200_000):
        assert updates(n_samples) == pytest.approx(8000, rel=0.05)
    assert auto_epochs(10_000_000, 256) == 1


def test_auto_is_what_is_used():
    autoencoder = small(epochs="auto").fit(X[:40])
    assert autoencoder.n_epochs_ == 100


def test_progress_bar_runs_over_all_networks(capfd):
    small(verbose=1, n_estimators=2).fit(X)
    bar = capfd.readouterr().err
    assert "4/4" in bar
    assert "network=2" in bar
    assert "network=3" not in bar
    small().fit(X)
    assert capfd.readouterr().err == ""


@pytest.mark.parametrize("optimizer", ["sgd", "Adam", "rmsprop"])
@pytest.mark.parametrize("loss", ["mae", "huber"])
def test_named_optimizers_and_losses(optimizer, loss):
    loss_values = small(optimizer=optimizer, loss=loss, epochs=4).fit(X).history_["loss"]
    assert loss_values[-1] < loss_values[0]


def test_keras_objects_as_parameters_are_copied():
    class Count(keras.callbacks.Callback):
        def __init__(self):
            super().__init__()
            self.epochs = 0

        def on_epoch_end(self, epoch, logs=None):
            self.epochs += 1

    counter, optimizer = Count(), keras.optimizers.SGD(0.01)
    autoencoder = small(callbacks=[counter], optimizer=optimizer, loss=keras.losses.Huber())
    first = autoencoder.fit(X).transform(X)
    assert counter.epochs == 0
    assert not optimizer.built
    np.testing.assert_array_equal(autoencoder.fit(X).transform(X), first)


class SeesBatches(keras.callbacks.Callback):
    n_seen = 0

    def on_train_batch_end(self, batch, logs=None):
        SeesBatches.n_seen += 1


@pytest.mark.parametrize("n_batches", [1, 7, 8, 11, 16])
def test_a_callback_sees_each_batch_and_changes_nothing(n_batches, monkeypatch):
    # Without one Keras is called for several batches at once, where that comes out even.
    rows = X[: 16 * n_batches - 5]
    alone = small(batch_size=16).fit(rows)
    monkeypatch.setattr(SeesBatches, "n_seen", 0)
    watched = small(batch_size=16, callbacks=SeesBatches()).fit(rows)
    assert SeesBatches.n_seen == n_batches * watched.n_epochs_
    assert watched.history_ == alone.history_
    np.testing.assert_array_equal(watched.transform(rows), alone.transform(rows))


def test_a_callback_can_stop_the_training():
    class Stop(keras.callbacks.Callback):
        def on_epoch_end(self, epoch, logs=None):
            self.model.stop_training = epoch == 2

    assert small(callbacks=[Stop()], epochs=50).fit(X).n_epochs_ == 3


class Record(keras.callbacks.Callback):
    """Puts values into the log, in the first of some networks."""

    n_networks = 0

    def on_train_begin(self, logs=None):
        Record.n_networks += 1

    def on_epoch_end(self, epoch, logs=None):
        logs["kernels"] = [np.zeros(3)]
        logs["epoch"] = epoch
        if Record.n_networks == 1:
            logs["first"] = np.float32(5)
        logs["phase"], logs["nothing"] = "warm", None  # no numbers: not kept


def test_the_history_has_the_numbers_that_callbacks_record(monkeypatch):
    monkeypatch.setattr(Record, "n_networks", 0)
    autoencoder = small(n_estimators=2, epochs=3, callbacks=Record()).fit(X)
    assert [sorted(h) for h in autoencoder.histories_] == [
        ["epoch", "first", "loss"],
        ["epoch", "loss"],
    ]
    history = autoencoder.history_
    assert history["epoch"] == [0, 1, 2]
    assert history["first"] == [5, 5, 5]


def test_weights_saved_and_reused(tmp_path, joined):
    path = tmp_path / "digits.weights"
    joined.save_weights(path)
    again = small(n_estimators=3, initial_weights=path, epochs=0, random_state=5).fit(X)
    np.testing.assert_allclose(again.transform(X), joined.transform(X), atol=1e-4)
    longer = small(n_estimators=3, initial_weights=str(path), random_state=5).fit(X)
    assert longer.history_["loss"][-1] < joined.history_["loss"][-1]


def test_weights_of_more_than_a_thousand_arrays_keep_their_order(tmp_path):
    weights = [np.full(1, i) for i in range(1200)]
    write_weights(tmp_path / "many", [weights])
    (read,) = read_weights(tmp_path / "many", 1)
    np.testing.assert_array_equal(read, weights)


def test_properties_say_that_it_is_not_fitted():
    for name in ("encoder_", "decoder_"):
        assert not hasattr(small(), name)
        with pytest.raises(NotFittedError, match="not fitted yet"):
            getattr(small(), name)


def test_warm_start_goes_on():
    autoencoder = small(warm_start=True).fit(X)
    first = autoencoder.history_["loss"][-1]
    assert autoencoder.fit(X).history_["loss"][0] < first
    cold = small().fit(X)
    assert cold.fit(X).history_["loss"][0] > first


def test_parameters_of_the_default_network_are_reached():
    autoencoder = small(hidden_units=(12,)).set_params(architecture__activation="tanh")
    assert autoencoder.architecture.get_params() == {
        "hidden_units": (12,),
        "activation": "tanh",
    }
    search = GridSearchCV(small(), {"architecture__hidden_units": [(4,), (8,)]}, cv=2)
    best = search.fit(X).best_estimator_
    assert best.networks_[0].get_weights()[0].shape[1] in (4, 8)
    with pytest.raises(ValueError, match="Invalid parameter 'filters'"):
        small().set_params(architecture__filters=(3,))


def test_augmentation_is_drawn_afresh_and_only_in_training():
    seen = []

    def noise(rows, random_state):
        seen.append(rows.copy())
        return rows + random_state.normal(scale=0.5, size=rows.shape)

    autoencoder = small(augmentation=noise, epochs=3).fit(X)
    n_calls = len(seen)
    assert n_calls >= 6
    autoencoder.transform(X)
    assert len(seen) == n_calls
    same = small(augmentation=noise, epochs=3).fit(X)
    np.testing.assert_array_equal(same.transform(X), autoencoder.transform(X))
    assert not np.allclose(small(epochs=3).fit(X).transform(X), autoencoder.transform(X))


def test_augmentation_sees_rows_in_the_units_of_the_user():
    seen = []

    def look(rows, random_state):
        seen.append(rows.copy())
        rows[:] = -1  # its own copy
        return np.full_like(rows, 3)

    rows = (1000 + X).astype(np.int16)
    autoencoder = small(augmentation=look, epochs=1).fit(rows)
    assert {batch.dtype for batch in seen} == {np.dtype(np.float32)}
    assert set(map(tuple, np.concatenate(seen))) <= set(map(tuple, rows.astype(np.float32)))
    # All rows were trained to be restored from the same one, to their mean at best.
    variance = rows.var(axis=0).mean()
    assert autoencoder.history_["loss"][-1] >= variance * autoencoder.input_scale_**2 * 0.99


def test_augmented_rows_are_restored_to_the_clean_or_to_themselves():
    """Rows that become their mirror images come back as what training showed."""
    rows = np.random.RandomState(0).normal(size=(300, 1)) * [1.0, 1.0, 0.1, 0.1]

    def mirror(rows, random_state):
        return -rows

    errors = {}
    for target in ("clean", "augmented"):
        autoencoder = small(
            latent_dim=1, augmentation=mirror, augmentation_target=target, epochs=60
        ).fit(rows)
        restored = autoencoder.inverse_transform(autoencoder.transform(rows))
        errors[target] = np.mean((restored - rows) ** 2), np.mean((restored + rows) ** 2)
    assert errors["clean"][1] < 0.1 * errors["clean"][0]
    assert errors["augmented"][0] < 0.1 * errors["augmented"][1]


def test_augmentations_take_the_shape_of_the_network():
    network = Conv2DArchitecture((8, 8), (4,))
    autoencoder = small(architecture=network, augmentation=RandomAffine(), epochs=2)
    codes = autoencoder.fit_transform(X)
    given = clone(autoencoder).set_params(augmentation__image_shape=(8, 8))
    np.testing.assert_array_equal(given.fit_transform(X), codes)
    plain = clone(autoencoder).set_params(augmentation=None)
    assert not np.allclose(plain.fit_transform(X), codes)
    assert [type(layer).__name__ for layer in autoencoder.encoder_.layers[-1].layers] == [
        *("InputLayer", "Reshape", "Conv2D", "Flatten", "Dense"),
    ]


def test_a_search_reaches_the_augmentation():
    augmentation = AugmentationPipeline(
        [("move", RandomAffine((8, 8))), ("noise", GaussianNoise())]
    )
    search = GridSearchCV(
        small(augmentation=augmentation, epochs=1),
        {"augmentation__noise__stddev": [0.0, 0.5], "augmentation__move": ["passthrough"]},
        cv=2,
    ).fit(X)
    assert np.isfinite(search.cv_results_["mean_test_score"]).all()
    assert augmentation.get_params()["noise__stddev"] == 0.1


class RefuseToTrain(keras.callbacks.Callback):
    def on_train_begin(self, logs=None):
        raise AssertionError("training has begun")


@pytest.mark.parametrize(
    ("augmentation", "architecture", "message"),
    [
        (RandomAffine(), None, "does not know the shape of a row"),
        (RandomAffine((4, 16)), Conv2DArchitecture((8, 8)), r"\(4, 16, 1\), the network"),
        (RandomAffine((8, 9)), None, "is a shape of 72 values, but the rows have 64 columns"),
        (TimeWarp(), Conv2DArchitecture((8, 8), (4,)), "Conv2DArchitecture has none"),
        (GaussianNoise(-1), None, "'stddev' parameter of GaussianNoise"),
        (make_augmentation(Masking(), RandomAffine()), None, "does not know the shape"),
    ],
    ids=lambda value: repr(value)[:40],
)
def test_augmentations_are_checked_before_training(augmentation, architecture, message):
    autoencoder = small(
        augmentation=augmentation, architecture=architecture, callbacks=RefuseToTrain()
    )
    with pytest.raises(ValueError, match=message):
        autoencoder.fit(X)


def test_an_augmentation_class_is_refused():
    with pytest.raises(TypeError, match=r"pass GaussianNoise\(\), an instance"):
        small(augmentation=GaussianNoise).fit(X)


def build_with_noise(n_features, latent_dim):
    inputs = keras.Input((n_features,))
    hidden = keras.layers.GaussianNoise(0.3)(inputs)
    hidden = keras.layers.Dense(20, activation="tanh")(hidden)
    code = keras.layers.Dense(latent_dim)(hidden)
    hidden = keras.layers.Dense(20, activation="tanh")(code)
    return inputs, code, keras.layers.Dense(n_features)(hidden)


def build_with_normalization(n_features, latent_dim):
    inputs = keras.Input((n_features,))
    hidden = keras.layers.BatchNormalization()(keras.layers.Dense(20)(inputs))
    code = keras.layers.Dense(latent_dim)(hidden)
    hidden = keras.layers.Dropout(0.1)(keras.layers.Dense(20)(code))
    return inputs, code, keras.layers.Dense(n_features)(hidden)


@pytest.mark.parametrize("build", [build_with_noise, build_with_normalization])
def test_a_users_own_graph(build):
    autoencoder = small(architecture=build, epochs=10)
    codes = autoencoder.fit_transform(X)
    assert codes.shape == (300, 3)
    np.testing.assert_array_equal(clone(autoencoder).fit_transform(X), codes)
    np.testing.assert_array_equal(autoencoder.transform(X[7:8])[0], codes[7])
    np.testing.assert_allclose(autoencoder.encoder_.predict(X, verbose=0), codes, 1e-4, 1e-4)
    assert autoencoder.history_["loss"][-1] < autoencoder.history_["loss"][0]
    assert autoencoder.inverse_transform(codes).shape == X.shape


def test_a_model_of_the_user_is_where_training_starts_and_stays_as_it_is():
    parts = build_with_normalization(64, 3)
    model = keras.Model(parts[0], parts[2])
    before = [weight.copy() for weight in model.get_weights()]

    def tensors_of_the_model(n_features, latent_dim):
        return parts

    autoencoder = small(architecture=tensors_of_the_model, n_estimators=2).fit(X)
    for weight, other in zip(model.get_weights(), before, strict=True):
        np.testing.assert_array_equal(weight, other)
    codes = autoencoder.transform(X)
    assert not np.allclose(codes[:, :3], codes[:, 3:])
    for network in autoencoder.set_params(epochs=0).fit(X).networks_:
        for weight, other in zip(network.get_weights(), before, strict=True):
            np.testing.assert_array_equal(weight, other)


class Failing:
    """An augmentation that goes wrong after some batches."""

    def __init__(self, fail):
        self.n_calls = 0
        self.fail = fail

    def __call__(self, rows, random_state):
        self.n_calls += 1
        return self.fail(rows) if self.n_calls == 4 else rows


def test_what_goes_wrong_in_a_later_batch_is_said_without_tensorflow():
    def without_a_row(rows):
        return rows[1:]

    def broken(rows):
        raise KeyError("my own")

    with pytest.raises(ValueError, match="must keep the shape"):
        small(augmentation=Failing(without_a_row)).fit(X)
    with pytest.raises(KeyError, match="my own"):
        small(augmentation=Failing(broken)).fit(X)


@pytest.mark.parametrize("spread", [1.0, 1000.0])
def test_rows_far_from_zero_are_centred(spread):
    rows = np.random.RandomState(0).normal(1.7e9, spread, size=(300, 6))
    autoencoder = small(epochs=20).fit(rows)
    scaled = (rows - autoencoder.input_shift_) * autoencoder.input_scale_
    assert abs(scaled.mean(axis=0)).max() < 1e-3
    restored = autoencoder.inverse_transform(autoencoder.transform(rows))
    assert restored.dtype == np.float64
    assert np.mean((restored - rows) ** 2) < rows.var()
    assert -autoencoder.score(rows) < rows.var()
    for name in ("encoder_", "decoder_"):  # Keras computes in float32
        with pytest.raises(AttributeError, match=r"far from zero.*Subtract the mean"):
            getattr(autoencoder, name)
    assert small().fit(rows - 1.7e9).input_shift_.dtype == np.float32


def test_the_dense_architecture_is_what_hidden_units_mean(fitted):
    autoencoder = small(architecture=DenseArchitecture(hidden_units=(16,)), hidden_units=(99,))
    np.testing.assert_array_equal(autoencoder.fit(X).transform(X), fitted.transform(X))


@pytest.mark.parametrize(
    "activation",
    ["elu", "gelu", "leaky_relu", "linear", "selu", "sigmoid", "silu", "softplus", "softsign",
     "tanh", "exponential", "hard_sigmoid", "relu6"],
)  # fmt: skip
def test_every_activation_is_the_same_in_numpy_and_keras(activation):
    autoencoder = small(activation=activation, epochs=0).fit(X)
    codes = autoencoder.transform(X)
    np.testing.assert_allclose(autoencoder.encoder_.predict(X, verbose=0), codes, 1e-4, 1e-4)


# Without decoders -----------------------------------------------------------------------


@pytest.mark.parametrize("name", ["fitted", "joined"])
def test_a_copy_for_inference_gives_the_same_codes_and_shares_the_arrays(name, request):
    autoencoder = request.getfixturevalue(name)
    before = dict(vars(autoencoder))
    lean = autoencoder.for_inference()
    np.testing.assert_array_equal(lean.transform(X), autoencoder.transform(X))
    np.testing.assert_allclose(
        lean.encoder_.predict(X, verbose=0), lean.transform(X), 1e-3, 1e-4
    )
    assert lean.history_ == autoencoder.history_
    assert lean.get_params() == autoencoder.get_params()
    for ours, theirs in zip(lean.networks_, autoencoder.networks_, strict=True):
        assert ours.encoder is theirs.encoder
    assert vars(autoencoder) == before
    np.testing.assert_array_equal(lean.for_inference().transform(X), autoencoder.transform(X))


def test_a_copy_for_inference_of_a_keras_network():
    autoencoder = small(architecture=Conv2DArchitecture((8, 8), (4,)), epochs=1).fit(X)
    lean = autoencoder.for_inference()
    np.testing.assert_array_equal(lean.transform(X), autoencoder.transform(X))
    lean.set_params(architecture__filters=(8,))
    assert autoencoder.architecture.filters == (4,)


@pytest.mark.parametrize(
    "use",
    [
        lambda lean: lean.inverse_transform(lean.transform(X)),
        lambda lean: lean.score_samples(X),
        lambda lean: lean.score(X),
        lambda lean: lean.decoder_,
        lambda lean: lean.save_weights("weights.npz"),
        lambda lean: lean.set_params(warm_start=True).fit(X),
        lambda lean: lean.refine(X, np.arange(len(X)) % 3),
    ],
    ids=[
        *("inverse_transform", "score_samples", "score", "decoder_", "save_weights", "fit"),
        "refine",
    ],
)
def test_what_needs_decoders_says_so(use, joined, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    lean = copy.deepcopy(joined.for_inference())
    with pytest.raises(AttributeError, match=r"for_inference.* decoders .*: use the model"):
        use(lean)
    assert not hasattr(lean, "decoder_")
    assert list(tmp_path.iterdir()) == []
    np.testing.assert_array_equal(lean.transform(X), joined.transform(X))


def test_a_copy_for_inference_can_be_trained_and_leaves_the_original(fitted):
    before = fitted.transform(X)
    lean = fitted.for_inference().set_output(transform="pandas")
    assert isinstance(lean.transform(X), pd.DataFrame)
    assert isinstance(fitted.transform(X), np.ndarray)
    lean.set_output(transform="default").set_params(latent_dim=2).fit(X)
    assert lean.inverse_transform(lean.transform(X)).shape == X.shape
    np.testing.assert_array_equal(fitted.transform(X), before)
    with pytest.raises(NotFittedError):
        small().for_inference()


# Interrupted ----------------------------------------------------------------------------


class Interrupt(keras.callbacks.Callback):
    """Presses Ctrl-C in the second epoch."""

    def on_epoch_begin(self, epoch, logs=None):
        if epoch == 1:
            signal.raise_signal(signal.SIGINT)


@pytest.mark.usefixtures("hears_ctrl_c")
def test_ctrl_c_in_a_first_fit_leaves_the_estimator_unfitted(fitted):
    autoencoder = small(callbacks=Interrupt())
    with pytest.raises(KeyboardInterrupt):
        autoencoder.fit(X)
    with pytest.raises(NotFittedError):
        autoencoder.transform(X)
    assert vars(autoencoder) == autoencoder.get_params(deep=False)
    codes = autoencoder.set_params(callbacks=None).fit_transform(X)
    np.testing.assert_array_equal(codes, fitted.transform(X))


@pytest.mark.usefixtures("hears_ctrl_c")
@pytest.mark.parametrize("warm_start", [False, True])
def test_ctrl_c_leaves_the_earlier_fit(warm_start, fitted):
    autoencoder = copy.deepcopy(fitted)
    autoencoder.set_params(callbacks=Interrupt(), warm_start=warm_start)
    with pytest.raises(KeyboardInterrupt):
        autoencoder.fit(X[:100, :50] if not warm_start else X)
    np.testing.assert_array_equal(autoencoder.transform(X), fitted.transform(X))
    assert autoencoder.n_features_in_ == 64
    assert autoencoder.set_params(callbacks=None).fit(X).n_epochs_ == 2


def test_ctrl_c_ends_a_process_whose_augmentation_is_at_work():
    """A thread of TensorFlow's inside of Python keeps the interpreter from ending."""
    code = """
import os, signal, sys, time
import numpy as np
from skn2d import AutoencoderTransformer

calls = []

def slow(batch, random_state):
    calls.append(None)
    if len(calls) > 4:
        os.kill(os.getpid(), signal.SIGINT)
        time.sleep(0.3)
    return batch

signal.signal(signal.SIGINT, signal.default_int_handler)
X = np.random.RandomState(0).rand(60, 5)
try:
    AutoencoderTransformer(2, hidden_units=(4,), epochs=50, augmentation=slow).fit(X)
except KeyboardInterrupt:
    sys.exit(7)
"""
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, timeout=120
    )
    assert done.returncode == 7, done.stderr


# Bad input ------------------------------------------------------------------------------


def with_value(value):
    rows = X.copy()
    rows[3, 5] = value
    return rows


@pytest.mark.parametrize(
    ("rows", "message"),
    [
        (with_value(np.nan), "NaN"),
        (with_value(np.inf), "infinity"),
        (with_value(1e300), "beyond the range of float32"),
        (np.linspace(0, 1e-100, 40).reshape(20, 2), "beyond the range of float32"),
        (np.linspace(0, 1e-300, 40).reshape(20, 2), "beyond the range of float32"),
        (X.astype(complex), "Complex data"),
        (X[:, 0], "Expected 2D array"),
        (X.reshape(300, 8, 8), "dim 3"),
        (X[:0], r"0 sample\(s\)"),
        (X[:1], r"1 sample\(s\)"),
        (np.ones((20, 4)), "All 20 rows of X are equal"),
        ([["a", "b"], ["c", "d"]], "string|str"),
        (pd.DataFrame({"size": [1.0, 2.0], "colour": ["red", "blue"]}), "'colour'"),
        (np.ma.masked_greater(X, 15), "masked values"),
        ([[1.5, None], [2, 3], [5, 4]], "NaN"),
        (np.arange(20).reshape(10, 2).astype("M8[s]"), "times.*seconds"),
        (np.arange(20).reshape(10, 2).astype("m8[s]"), "times.*seconds"),
    ],
)
def test_unusable_rows(rows, message):
    with pytest.raises((ValueError, TypeError), match=message):
        small().fit(rows)


@pytest.mark.parametrize("number", [Decimal, Fraction])
def test_rows_of_exact_numbers_in_lists(number, fitted):
    rows = [[number(float(value)) for value in row] for row in X[:20]]
    np.testing.assert_array_equal(fitted.transform(rows), fitted.transform(X[:20]))
    np.testing.assert_array_equal(small().fit_transform(rows), small().fit_transform(X[:20]))
    unmasked = np.ma.array(X[:20])
    np.testing.assert_array_equal(fitted.transform(unmasked), fitted.transform(X[:20]))


@pytest.mark.parametrize("make", [np.asarray, sparse.csr_array])
@pytest.mark.parametrize(("value", "hides"), [(1e3, False), (1e8, False), (1e20, True)])
def test_a_value_that_hides_all_others_is_told(value, hides, make):
    rows = make(with_value(value))
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        small().fit(rows)
    told = ["beside them most rows are alike" in str(warning.message) for warning in caught]
    assert any(told) == hides


@pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")
def test_a_column_that_is_all_that_counts_is_told():
    table = pd.DataFrame(X[:50, :4], columns=list("abcd")).assign(number=range(50))
    table[list("abcd")] = np.random.RandomState(0).rand(50, 4)
    with pytest.warns(UserWarning, match=r"Column 'number' has 99\.8% of the variance"):
        small().fit(table)
    with pytest.warns(UserWarning, match=r"Column 4 has 99\.8% .*StandardScaler"):
        small().fit(sparse.csr_array(table.to_numpy()))
    with warnings.catch_warnings():
        warnings.filterwarnings("error", "Column", UserWarning)
        small().fit(table.assign(number=table["number"] / 50))
        small().fit(table[["number"]])
        small().fit(table[["number"]].assign(constant=1.0))


def test_networks_that_learn_nothing_are_told():
    with pytest.warns(ConvergenceWarning, match=r"2 of 2 networks .* learning_rate \(10\.0\)"):
        small(learning_rate=10.0, n_estimators=2, epochs=10).fit(X)
    with pytest.warns(ConvergenceWarning, match="1 of 1"):
        small(learning_rate=10.0, epochs=10, loss=keras.losses.MeanSquaredError()).fit(X)
    with warnings.catch_warnings():
        warnings.simplefilter("error", ConvergenceWarning)
        small(epochs=10).fit(X)
        small(learning_rate=10.0, epochs=1).fit(X)
        # Another loss may want other things than the means of the columns.
        small(learning_rate=10.0, epochs=10, loss="mae").fit(X)


def one_large_row():
    return np.where(np.arange(50)[:, np.newaxis] == 0, [1e20, 0, 0, 0], 0)


def rows_that_differ_by_rounding():
    rows = np.random.RandomState(0).rand(1000, 5)
    rows[:700] = rows[:700, :1] * [0.1, 0.2, 0.3, 0.15, 0.25]
    return rows / np.linalg.norm(rows, axis=1, keepdims=True)


@pytest.mark.parametrize("make", [one_large_row, rows_that_differ_by_rounding])
def test_rows_that_are_equal_are_not_hidden(make):
    with warnings.catch_warnings():
        warnings.simplefilter("error", UserWarning)
        small().fit(make())


def test_a_fit_in_a_thread_goes_on_after_the_end_of_the_program():
    code = """
import threading
import numpy as np
from skn2d import AutoencoderTransformer

def fit():
    time_is_up.wait()
    AutoencoderTransformer(2, hidden_units=(4,), epochs=9).fit(np.random.rand(60, 5))
    print("fitted")

time_is_up = threading.Event()
threading.Thread(target=fit).start()
threading.Timer(1, time_is_up.set).start()
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert done.stdout == "fitted\n", done.stderr


def test_tensorflow_gives_no_advice_that_a_user_cannot_follow():
    said, handler = [], logging.Handler()
    handler.emit = lambda record: said.append(record.getMessage())
    logger = tensorflow.get_logger()
    logger.addHandler(handler)
    try:
        for n_rows in (5, 3, 12, 4, 6, 7, 8, 9, 10, 11):  # it counts functions and calls
            small(epochs=2).fit(X[:n_rows])
        for _ in range(6):
            small(architecture=build_with_normalization, epochs=0).fit_transform(X[:10])
        logger.warning("something else")
    finally:
        logger.removeHandler(handler)
    assert said == ["something else"]


def not_three(n_features, latent_dim):
    return 1, 2


def wrong_tensors(n_features, latent_dim):
    return 1, 2, 3


def wrong_code(n_features, latent_dim):
    return build_with_noise(n_features, latent_dim + 4)


def wrong_outputs(n_features, latent_dim):
    inputs, code, outputs = build_with_noise(n_features, latent_dim)
    return inputs, code, keras.layers.Dense(n_features + 1)(outputs)


def around_the_code(n_features, latent_dim):
    inputs, code, outputs = build_with_noise(n_features, latent_dim)
    return inputs, code, keras.layers.Add()([outputs, inputs])


def with_a_lock():
    callback = keras.callbacks.Callback()
    callback.lock = threading.Lock()
    return callback


def with_lambda(n_features, latent_dim):
    inputs = keras.Input((n_features,))
    code = keras.layers.Dense(latent_dim)(keras.layers.Lambda(lambda x: x * 2)(inputs))
    return inputs, code, keras.layers.Dense(n_features)(code)


@pytest.mark.parametrize(
    ("params", "message"),
    [
        ({"latent_dim": 0}, "latent_dim.*Got 0"),
        ({"latent_dim": 2.5}, "latent_dim.*Got 2.5"),
        ({"n_estimators": 0}, "n_estimators.*Got 0"),
        ({"epochs": -1}, "epochs.*Got -1"),
        ({"epochs": "many"}, "epochs.*Got 'many'"),
        ({"batch_size": 0}, "batch_size.*Got 0"),
        ({"learning_rate": 0}, "learning_rate.*Got 0"),
        ({"validation_fraction": 1.5}, "validation_fraction.*Got 1.5"),
        ({"hidden_units": (16, 0)}, r"hidden_units.*Got \(16, 0\)"),
        ({"hidden_units": 500}, "hidden_units.*Got 500"),
        ({"activation": "rellu"}, "activation.*Got 'rellu'"),
        ({"optimizer": "adamm"}, "optimizer.*Got 'adamm'"),
        ({"optimizer": None}, "optimizer.*Got None"),
        ({"loss": "msee"}, "loss.*Got 'msee'"),
        ({"loss": None}, "loss.*Got None"),
        ({"callbacks": ["stop"]}, "callbacks.*'stop'"),
        ({"callbacks": with_a_lock()}, "Callback object.*cannot be copied.*on_train_begin"),
        ({"architecture": "dense"}, "architecture.*Got 'dense'"),
        ({"architecture": keras.Sequential([keras.Input((64,))])}, "is a Keras model"),
        ({"architecture": not_three}, "three Keras tensors.*length 2"),
        ({"architecture": wrong_tensors}, "inputs is int"),
        ({"architecture": wrong_code}, r"code of shape \(None, 7\).*latent_dim is 3"),
        ({"architecture": wrong_outputs}, r"outputs of shape \(None, 65\).*64 columns"),
        ({"architecture": around_the_code}, "from code alone"),
        ({"architecture": with_lambda}, "Lambda|cannot be saved"),
        ({"augmentation": lambda rows, random_state: rows[:, 1:]}, "must keep the shape"),
        ({"augmentation": lambda rows, random_state: rows * np.nan}, "returned NaN"),
        ({"augmentation": Times(np.nan)}, "returned NaN"),
        ({"augmentation": Times(np.ones((2, 1, 1)))}, "must keep the shape"),
        ({"initial_weights": "nowhere.npz"}, "'nowhere.npz' does not exist"),
        ({"learning_rate": 1e30, "optimizer": "sgd"}, "diverged.*learning_rate"),
    ],
)
def test_unusable_parameters_leave_the_earlier_fit(params, message, fitted):
    autoencoder = copy.deepcopy(fitted)
    before = autoencoder.transform(X)
    autoencoder.set_params(**params)
    with pytest.raises((ValueError, TypeError), match=message):
        autoencoder.fit(X)
    np.testing.assert_array_equal(autoencoder.transform(X), before)


def test_rows_that_float32_would_round_get_no_augmentation():
    far = X * 1e-3 + 1.7e9
    small(epochs=1).fit(far)
    with pytest.raises(ValueError, match=r"far from zero.*Subtract the mean"):
        small(epochs=1, augmentation=GaussianNoise()).fit(far)
    small(epochs=1, augmentation=GaussianNoise()).fit(X + 100)


@pytest.mark.parametrize("n_rows", [1, 300])
def test_new_rows_beyond_float32_are_refused(n_rows, fitted):
    with pytest.raises(ValueError, match="X has values beyond the range of float32"):
        fitted.transform(np.roll(with_value(1e300), -3, axis=0)[:n_rows])


@pytest.mark.parametrize("activation", ["relu", "tanh"])
@pytest.mark.parametrize("method", ["transform", "score_samples", "score"])
def test_no_activation_makes_codes_of_rows_beyond_float32(activation, method):
    params = {"activation": activation, "n_principal_components": 3, "epochs": 1}
    autoencoder = small(**params).fit(X)
    with pytest.raises(ValueError, match="X has values beyond the range of float32"):
        getattr(autoencoder, method)(with_value(1e300)[:5])


def test_a_failed_fit_on_other_columns_leaves_the_earlier_one(fitted):
    autoencoder = copy.deepcopy(fitted)
    before = autoencoder.transform(X)
    with pytest.raises(ValueError, match="equal"):
        autoencoder.fit(np.zeros((10, 5)))
    assert autoencoder.n_features_in_ == 64
    np.testing.assert_array_equal(autoencoder.transform(X), before)


def test_unusable_weights_files(tmp_path, fitted):
    path = tmp_path / "weights.npz"
    fitted.save_weights(path)
    with pytest.raises(ValueError, match="another architecture"):
        small(initial_weights=path, latent_dim=4).fit(X)
    with pytest.raises(ValueError, match="another architecture"):
        small(initial_weights=path).fit(X[:, :20])
    with pytest.raises(ValueError, match="1 networks, n_estimators is 2"):
        small(initial_weights=path, n_estimators=2).fit(X)
    path.write_bytes(path.read_bytes()[:1000])
    with pytest.raises(ValueError, match="damaged"):
        small(initial_weights=path).fit(X)
    path.write_text("something else")
    with pytest.raises(ValueError, match="damaged or no weights file"):
        small(initial_weights=path).fit(X)
    np.save(tmp_path / "rows.npy", X)
    with pytest.raises(ValueError, match="damaged or no weights file"):
        small(initial_weights=tmp_path / "rows.npy").fit(X)


def test_unusable_input_after_fit(fitted):
    with pytest.raises(ValueError, match=r"63 features, but .* expecting 64"):
        fitted.transform(X[:, :63])
    with pytest.raises(ValueError, match=r"4 columns.*have 3"):
        fitted.inverse_transform(np.zeros((2, 4)))
    for method in ("transform", "inverse_transform", "score", "score_samples"):
        with pytest.raises(NotFittedError):
            getattr(small(), method)(X)
    with pytest.raises(NotFittedError):
        small().save_weights("weights.npz")
    assert not hasattr(small(), "encoder_")


def test_training_leaves_the_memory_settings_of_the_process():
    """TensorFlow's ``from_generator`` changes them, and NumPy is slow ever after."""
    code = """
import numpy as np
from skn2d import AutoencoderTransformer
X = np.random.RandomState(0).rand(60, 5)
AutoencoderTransformer(
    2, hidden_units=(4,), epochs=2, validation_fraction=0.2, random_state=0
).fit(X)
"""
    environment = {**os.environ, "TF_CPP_MIN_LOG_LEVEL": "0"}
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, env=environment
    )
    assert done.returncode == 0, done.stderr
    assert "generator_dataset" not in done.stderr
    assert "M_TRIM_THRESHOLD" not in done.stderr
