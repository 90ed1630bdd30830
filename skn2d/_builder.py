"""From an architecture to Keras models, checked before any training starts."""

import numpy as np

from skn2d._keras_state import check_can_be_saved
from skn2d._optional import import_keras
from skn2d._validation import refuse_class


def _check_tensor(name, tensor, width, way_out, keras):
    if not isinstance(tensor, keras.KerasTensor):
        raise TypeError(
            "architecture must return (inputs, code, outputs) as Keras tensors, made from "
            f"keras.Input and keras.layers. Its {name} is {type(tensor).__name__}."
        )
    if tuple(tensor.shape) != (None, width):
        raise ValueError(
            f"architecture returned {name} of shape {tuple(tensor.shape)}, expected "
            f"(None, {width}): {way_out}."
        )


def _own_layers(inputs, code, outputs, keras):
    """Copy the layers and their weights: they may be those of a model of the user's."""
    model = keras.Model(inputs, [code, outputs])
    copied = keras.models.clone_model(model)
    copied.set_weights(model.get_weights())
    return copied.inputs[0], *copied.outputs


def build_autoencoder(architecture, n_features, latent_dim):
    """Build encoder, decoder and both in a row, which share their weights.

    They are copies of what the architecture returns: if those are the layers of a model of
    the user's, training starts from its weights and leaves the model as it is.

    Parameters
    ----------
    architecture : Architecture or callable
        Has, or is, a function of ``(n_features, latent_dim)``.
    n_features, latent_dim : int
        Columns of the rows and of the code.

    Returns
    -------
    encoder, decoder, autoencoder : keras.Model
        Rows to code, code to rows, rows to rows.

    Raises
    ------
    TypeError
        If the architecture is a class or returns something else than three Keras tensors.
    ValueError
        If their shapes do not fit, or a layer could not be saved.
    """
    keras = import_keras()
    refuse_class("architecture", architecture)
    if isinstance(architecture, keras.Model):
        raise TypeError(
            "architecture is a Keras model, which has a fixed number of columns. Pass a "
            "function of (n_features, latent_dim) that returns the Keras tensors (inputs, "
            "code, outputs); they may be those of your model, whose weights are copied."
        )
    latent_dim = int(latent_dim)  # Keras takes no other integers for units, such as NumPy's
    build = getattr(architecture, "build", architecture)
    parts = build(n_features, latent_dim)
    if not isinstance(parts, (tuple, list)) or len(parts) != 3:
        raise TypeError(
            "architecture must return three Keras tensors (inputs, code, outputs). "
            f"It returned {type(parts).__name__}"
            + (f" of length {len(parts)}." if isinstance(parts, (tuple, list)) else ".")
        )
    inputs, code, outputs = parts
    columns = f"X has {n_features} columns"
    _check_tensor("inputs", inputs, n_features, columns, keras)
    _check_tensor(
        "code", code, latent_dim, f"latent_dim is {latent_dim}, set it to the width", keras
    )
    _check_tensor("outputs", outputs, n_features, columns, keras)
    try:
        encoder = keras.Model(inputs, code)
        decoder = keras.Model(code, outputs)
        decoder(np.zeros((1, latent_dim), dtype=np.float32))  # older Keras finds out here
    except (ValueError, KeyError) as error:
        raise ValueError(
            "architecture must compute code from inputs, and outputs from code alone, with "
            f"no connection around it ({str(error).splitlines()[0]})."
        ) from error
    check_can_be_saved(encoder)
    check_can_be_saved(decoder)
    inputs, code, outputs = _own_layers(inputs, code, outputs, keras)
    encoder, decoder = keras.Model(inputs, code), keras.Model(code, outputs)
    return encoder, decoder, keras.Model(inputs, decoder(encoder(inputs)))
