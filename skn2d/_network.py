"""A trained autoencoder as it is stored, alone or several of them joined."""

import copy
import itertools

import numpy as np

from skn2d._keras_state import DenseNetwork, capture
from skn2d._optional import import_keras
from skn2d._random import fenced_global_seed
from skn2d._scaling import chunks_of
from skn2d._threads import run_on_blocks

# Rows that a thread compresses at one time.
_BLOCK_ROWS = 512


class NoDecoder:
    """Stands where a decoder was left out, and says so to whoever wants to use it."""

    def _refuse(self, *args):
        raise AttributeError(
            "This model comes from for_inference, which leaves out the decoders and with them "
            "all that restores rows: use the model that for_inference was called on, or fit "
            "this one again."
        )

    __call__ = get_weights = to_keras = _refuse


class TrainedNetwork:
    """Encoder and decoder, with the codes' mean and spread where they are standardised."""

    def __init__(self, encoder, decoder, latent_dim):
        self.encoder = encoder
        self.decoder = decoder
        self.latent_dim = latent_dim
        self.code_mean = None
        self.code_spread = None

    @classmethod
    def from_keras(cls, encoder, decoder):
        """Store what two Keras models have learned."""
        return cls(capture(encoder), capture(decoder), encoder.outputs[0].shape[1])

    def standardise(self, codes):
        """Take mean and spread from some codes; from now on codes come standardised."""
        spread = codes.std(axis=0)
        # A column that the network left unused is not blown up to unit spread.
        spread[spread <= 1e-6 * spread.max()] = 1
        self.code_mean, self.code_spread = codes.mean(axis=0), spread

    def encode(self, X):
        """Compress scaled rows."""
        codes = self.encoder(X)
        return codes if self.code_mean is None else (codes - self.code_mean) / self.code_spread

    def decode(self, codes):
        """Restore scaled rows."""
        if self.code_mean is not None:
            codes = codes * self.code_spread + self.code_mean
        return self.decoder(codes)

    def without_decoder(self):
        """Copy it without the decoder; the encoder is shared."""
        copied = copy.copy(self)
        copied.decoder = NoDecoder()
        return copied

    def get_weights(self):
        """List the weights of the encoder, then those of the decoder."""
        return [*self.encoder.get_weights(), *self.decoder.get_weights()]


def _affine(tensor, scale, shift):
    """Apply ``scale * x + shift`` column by column, as a Keras layer."""
    layer = import_keras().layers.Dense(tensor.shape[-1])
    outputs = layer(tensor)
    layer.set_weights([np.diag(scale), shift])
    return outputs


def _pick(tensor, columns):
    """Pick columns, as a Keras layer."""
    layer = import_keras().layers.Dense(columns.stop - columns.start, use_bias=False)
    outputs = layer(tensor)
    layer.set_weights([np.eye(tensor.shape[-1])[:, columns]])
    return outputs


def _columns(networks):
    ends = np.cumsum([network.latent_dim for network in networks]).tolist()
    return [slice(start, end) for start, end in itertools.pairwise([0, *ends])]


@fenced_global_seed(0, alone=True)
def join_encoders(networks, shift, scale, n_features):
    """Build one Keras model from raw rows to the joined codes."""
    keras = import_keras()
    inputs = keras.Input((n_features,))
    scaled = keras.layers.Rescaling(float(scale), (-shift * scale).tolist())(inputs)
    codes = []
    for network in networks:
        code = network.encoder.to_keras()(scaled)
        if network.code_mean is not None:
            spread = network.code_spread
            code = _affine(code, 1 / spread, -network.code_mean / spread)
        codes.append(code)
    joined = codes[0] if len(codes) == 1 else keras.layers.Concatenate()(codes)
    return keras.Model(inputs, joined, name="encoder")


@fenced_global_seed(0, alone=True)
def join_decoders(networks, shift, scale, n_columns):
    """Build one Keras model from the joined codes to the mean of the restored rows."""
    keras = import_keras()
    columns = _columns(networks)
    inputs = keras.Input((n_columns,))
    rows = []
    for network, picked in zip(networks, columns, strict=True):
        code = _pick(inputs, picked)
        if network.code_mean is not None:
            code = _affine(code, network.code_spread, network.code_mean)
        rows.append(network.decoder.to_keras()(code))
    mean = rows[0] if len(rows) == 1 else keras.layers.Average()(rows)
    outputs = keras.layers.Rescaling(1 / float(scale), shift.tolist())(mean)
    return keras.Model(inputs, outputs, name="decoder")


def encode(networks, rows):
    """Compress rows with every network and join the codes, column by column.

    Codes of several are standardised; they come rounded to what half precision can hold,
    so that whoever stores them needs half the space and loses nothing.
    """
    n_columns = sum(network.latent_dim for network in networks)
    codes = np.empty((len(rows), n_columns), dtype=np.float32)

    def fill(part):
        codes[part] = _encode_part(networks, rows[part])

    if all(isinstance(network.encoder, DenseNetwork) for network in networks):
        # All of them on a part of the rows, and no waiting for each other.
        run_on_blocks(fill, len(rows), _BLOCK_ROWS)
    else:
        for part in chunks_of(len(rows)):
            fill(part)
    return codes


def _encode_part(networks, X):
    codes = np.hstack([network.encode(X) for network in networks])
    if len(networks) == 1:
        return codes
    largest = np.finfo(np.float16).max
    return np.clip(codes, -largest, largest).astype(np.float16).astype(np.float32)


def decode(networks, codes):
    """Restore scaled rows from joined codes: the mean over the networks."""
    columns = _columns(networks)
    rows = [n.decode(codes[:, picked]) for n, picked in zip(networks, columns, strict=True)]
    return np.mean(rows, axis=0)
