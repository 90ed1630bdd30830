"""The weights of trained networks in a file, to start another training from."""

import os
import zipfile

import numpy as np

_ADVICE = "Make one with AutoencoderTransformer.save_weights."


def write_weights(path, networks):
    """Write lists of arrays, one list a network, as an ``.npz`` file."""
    arrays = {
        f"network_{i}/weight_{j:03d}": weight
        for i, network in enumerate(networks)
        for j, weight in enumerate(network)
    }
    # An open file keeps NumPy from adding a suffix that the user did not write.
    with open(path, "wb") as file:
        np.savez(file, **arrays)


def _place(name):
    """Order names of up to 999 weights as text does, and more by their number."""
    network, _, weight = name.partition("/")
    return network, len(weight), weight


def read_weights(path, n_networks):
    """Read what :func:`write_weights` wrote.

    Raises
    ------
    ValueError
        If the file is missing, damaged, no weights file or from another number of networks.
    """
    path = os.fspath(path)
    try:
        with np.load(path, allow_pickle=False) as file:
            arrays = {name: file[name] for name in sorted(file.files, key=_place)}
    except FileNotFoundError as error:
        raise ValueError(f"initial_weights={path!r} does not exist. {_ADVICE}") from error
    except (
        OSError,
        EOFError,
        ValueError,
        KeyError,
        AttributeError,
        TypeError,  # one array is no archive
        zipfile.BadZipFile,
    ) as error:
        raise ValueError(
            f"initial_weights={path!r} is damaged or no weights file ({error}). {_ADVICE}"
        ) from error
    networks = {}
    for name, array in arrays.items():
        networks.setdefault(name.partition("/")[0], []).append(array)
    if set(networks) != {f"network_{i}" for i in range(n_networks)}:
        raise ValueError(
            f"initial_weights={path!r} holds {len(networks)} networks, n_estimators is "
            f"{n_networks}. Set n_estimators={len(networks)} or use another file."
        )
    return [networks[f"network_{i}"] for i in range(n_networks)]


def set_weights(encoder, decoder, weights):
    """Put the weights of one network into its two Keras models.

    Raises
    ------
    ValueError
        If they come from another architecture.
    """
    expected = [tuple(w.shape) for w in (*encoder.weights, *decoder.weights)]
    found = [np.shape(w) for w in weights]
    if expected != found:
        raise ValueError(
            "The initial weights come from another architecture: they have the shapes "
            f"{_abridged(found)}, the network needs {_abridged(expected)}. Use the "
            "architecture, latent_dim and columns that they were trained with, or leave "
            "initial_weights and warm_start unset."
        )
    n_encoder = len(encoder.weights)
    encoder.set_weights(weights[:n_encoder])
    decoder.set_weights(weights[n_encoder:])


def _abridged(shapes):
    text = ", ".join(str(shape) for shape in shapes[:4])
    return f"{text}, ... ({len(shapes)} in all)" if len(shapes) > 4 else text
