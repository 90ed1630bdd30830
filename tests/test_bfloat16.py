"""Training rounds factors to bfloat16 where that is faster, and leaves TensorFlow as it was."""

import keras
import numpy as np
import pytest
import tensorflow as tf
from sklearn.datasets import load_digits

from skn2d import AutoencoderTransformer, _cores, _training

NARROW = load_digits().data[:300]
X = np.hstack([NARROW, NARROW[:, ::-1]])


def option():
    options = tf.config.optimizer.get_experimental_options()
    return options.get("auto_mixed_precision_onednn_bfloat16", False)


def autoencoder(**params):
    return AutoencoderTransformer(4, hidden_units=(32,), epochs=2, random_state=0, **params)


class Watch(keras.callbacks.Callback):
    seen = ()

    def on_epoch_end(self, epoch, logs=None):
        Watch.seen = (*Watch.seen, option())


class Fail(keras.callbacks.Callback):
    def on_epoch_end(self, epoch, logs=None):
        raise RuntimeError("enough")


@pytest.fixture(params=[True, False])
def supported(request, monkeypatch):
    monkeypatch.setattr(_training, "multiplies_bfloat16", lambda: request.param)
    monkeypatch.setattr(Watch, "seen", ())
    return request.param


def test_is_on_only_while_training(supported):
    assert not option()
    model = autoencoder(callbacks=Watch()).fit(X)
    assert Watch.seen == (supported,) * 2
    assert not option()
    assert all(weights.dtype == np.float32 for weights in model.networks_[0].get_weights())


def test_is_not_for_rows_of_few_columns(supported):
    autoencoder(callbacks=Watch()).fit(NARROW)
    assert Watch.seen == (False,) * 2


def test_is_off_again_after_a_failure(supported):
    with pytest.raises(RuntimeError, match="enough"):
        autoencoder(callbacks=Fail()).fit(X)
    assert not option()


def test_users_own_choice_is_kept(supported):
    name = "auto_mixed_precision_onednn_bfloat16"
    tf.config.optimizer.set_experimental_options({name: True})
    try:
        autoencoder().fit(X)
        assert option()
    finally:
        tf.config.optimizer.set_experimental_options({name: False})


def test_learns_as_well(monkeypatch):
    losses = []
    for supported in (True, False):
        monkeypatch.setattr(_training, "multiplies_bfloat16", lambda s=supported: s)
        losses.append(autoencoder().fit(X).history_["loss"][-1])
    np.testing.assert_allclose(*losses, rtol=0.01)


@pytest.mark.parametrize(
    ("flags", "expected"),
    [
        ("fpu avx512f avx512_bf16", True),
        ("fpu amx_bf16 amx_tile", True),
        ("fpu avx2 avx512f", False),
        ("", False),
    ],
)
def test_processor_is_asked(flags, expected, monkeypatch, tmp_path):
    path = tmp_path / "cpuinfo"
    path.write_text(f"model name : any\nflags : {flags}\n" if flags else "model name : any\n")
    monkeypatch.setattr(_cores, "open", lambda name: path.open(), raising=False)
    assert _cores.multiplies_bfloat16.__wrapped__() is expected


def test_elsewhere_there_is_none(monkeypatch):
    def missing(name):
        raise FileNotFoundError(name)

    monkeypatch.setattr(_cores, "open", missing, raising=False)
    assert _cores.multiplies_bfloat16.__wrapped__() is False
