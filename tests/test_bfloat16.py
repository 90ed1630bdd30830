"""Training rounds factors to bfloat16 where that is faster, and leaves TensorFlow as it was."""

from concurrent.futures import ThreadPoolExecutor

import keras
import numpy as np
import pytest
import tensorflow as tf
from sklearn.datasets import load_digits
from tensorflow.core.protobuf.rewriter_config_pb2 import RewriterConfig
from tensorflow.python.eager.context import context

from skn2d import AutoencoderTransformer, _bfloat16, _cores

NARROW = load_digits().data[:300]
X = np.hstack([NARROW, NARROW[:, ::-1]])


NAME = "auto_mixed_precision_onednn_bfloat16"


def option():
    """What TensorFlow has been told for all threads."""
    return tf.config.optimizer.get_experimental_options().get(NAME, False)


def option_here():
    """What functions that this thread calls are compiled with."""
    config = tf.compat.v1.ConfigProto.FromString(
        context().function_call_options.config_proto_serialized
    )
    return getattr(config.graph_options.rewrite_options, NAME) == RewriterConfig.ON


def autoencoder(**params):
    return AutoencoderTransformer(4, hidden_units=(32,), epochs=2, random_state=0, **params)


class Watch(keras.callbacks.Callback):
    seen = ()

    def on_epoch_end(self, epoch, logs=None):
        Watch.seen = (*Watch.seen, option_here())


class Fail(keras.callbacks.Callback):
    def on_epoch_end(self, epoch, logs=None):
        raise RuntimeError("enough")


@pytest.fixture(params=[True, False])
def supported(request, monkeypatch):
    monkeypatch.setattr(_bfloat16, "multiplies_bfloat16", lambda: request.param)
    monkeypatch.setattr(Watch, "seen", ())
    return request.param


def test_is_on_only_while_training(supported):
    assert not option_here()
    model = autoencoder(callbacks=Watch()).fit(X)
    assert Watch.seen == (supported,) * 2
    assert not option()
    assert not option_here()
    assert all(weights.dtype == np.float32 for weights in model.networks_[0].get_weights())


def test_is_not_for_rows_of_few_columns(supported):
    autoencoder(callbacks=Watch()).fit(NARROW)
    assert Watch.seen == (False,) * 2


def test_is_off_again_after_a_failure(supported):
    with pytest.raises(RuntimeError, match="enough"):
        autoencoder(callbacks=Fail()).fit(X)
    assert not option()
    assert not option_here()


class Ask(keras.callbacks.Callback):
    """Let another thread ask what its functions are compiled with."""

    seen = ()

    def on_epoch_end(self, epoch, logs=None):
        with ThreadPoolExecutor(1) as other:
            Ask.seen = (*Ask.seen, other.submit(option_here).result())


def test_other_threads_do_not_round(supported, monkeypatch):
    monkeypatch.setattr(Ask, "seen", ())
    autoencoder(callbacks=[Ask(), Watch()]).fit(X)
    assert Ask.seen == (False,) * 2
    assert Watch.seen == (supported,) * 2


def test_a_thread_that_trained_on_few_columns_rounds_what_is_wide(supported):
    def fit_both():
        autoencoder(callbacks=Watch()).fit(NARROW)
        autoencoder(callbacks=Watch()).fit(X)

    with ThreadPoolExecutor(1) as other:
        other.submit(fit_both).result()
    assert Watch.seen == (False, False, supported, supported)


def test_tensorflow_has_no_advice_after_many_fits(caplog, monkeypatch):
    monkeypatch.setattr(tf.get_logger(), "propagate", True)
    for _ in range(6):
        autoencoder().fit(X)
    assert "retracing" not in caplog.text


def test_users_own_choice_is_kept(supported):
    tf.config.optimizer.set_experimental_options({NAME: True})
    try:
        autoencoder().fit(X)
        assert option()
        assert option_here()
    finally:
        tf.config.optimizer.set_experimental_options({NAME: False})


def test_learns_as_well(monkeypatch):
    losses = []
    for supported in (True, False):
        monkeypatch.setattr(_bfloat16, "multiplies_bfloat16", lambda s=supported: s)
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
