"""What counts as an array of labels, and the sentences for what does not."""

import numbers

import numpy as np

NOISE = -1


def _as_int64(array, name):
    try:
        with np.errstate(invalid="ignore"):
            converted = array.astype(np.int64)
        fits = bool((converted == array).all())
    except OverflowError:
        fits = False
    if not fits:
        raise ValueError(
            f"{name} has numbers beyond the range of int64, such as {array.max()}; pass them "
            "as strings."
        )
    return converted


def check_labels(labels, name):
    """Turn labels into a one-dimensional array of int64 or of strings."""
    if labels is None:
        raise ValueError(f"{name} must be one label per row; got None.")
    if np.ma.is_masked(labels):
        raise ValueError(f"{name} has masked values; leave out the rows without a label.")
    try:
        array = np.asarray(labels)
    except ValueError as error:
        raise ValueError(f"{name} must be one label per row; got {labels!r}.") from error
    if array.ndim != 1:
        raise ValueError(
            f"{name} must be one-dimensional, one label per row; got an array of shape "
            f"{array.shape}. Pass a single column, for example {name}.ravel()."
        )
    if array.size == 0:
        raise ValueError(f"{name} is empty; at least one label is needed.")
    if array.dtype.kind in "biu":
        return _as_int64(array, name)
    if array.dtype.kind == "f":
        if not np.isfinite(array).all():
            raise ValueError(
                f"{name} contains NaN or infinity; leave out the rows without a label, or "
                "give them a label of their own."
            )
        if (array != np.floor(array)).any():
            raise ValueError(
                f"{name} must be integers or strings; got the number "
                f"{array[array != np.floor(array)][0]}, which looks like a measurement."
            )
        return _as_int64(array, name)
    is_text = array.dtype.kind in "UST"
    if is_text and isinstance(labels, (list, tuple)):
        # Numbers among strings have become strings, NaN as well.
        array = np.array(labels, dtype=object)
        is_text = all(isinstance(value, (str, bytes)) for value in labels)
    if is_text:
        try:
            if array.dtype.kind == "T":
                return np.array(array.tolist(), dtype=str)
            return np.asarray(labels).astype(str)
        except UnicodeDecodeError as error:
            raise ValueError(
                f"{name} has bytes that are no text; decode them, or number the labels."
            ) from error
    if array.dtype.kind == "O" and all(isinstance(value, str) for value in array):
        return array.astype(str)
    if array.dtype.kind == "O" and all(isinstance(v, numbers.Integral) for v in array):
        return _as_int64(array, name)
    types = {type(value).__name__ for value in array.tolist()}
    raise ValueError(
        f"{name} must be all integers or all strings, with no value missing; got "
        f"values of type {', '.join(sorted(types))}."
    )


def check_same_length(n_first, first_name, n_second, second_name):
    """Refuse two numbers of rows that should be the same."""
    if n_first != n_second:
        raise ValueError(
            f"{first_name} and {second_name} must describe the same rows; got {n_first} "
            f"and {n_second} of them."
        )


def check_true_labels(y, n_samples):
    """Check true labels that come as the parameter `y`."""
    labels = check_labels(y, "y")
    check_same_length(len(labels), "y", n_samples, "the predicted labels")
    return labels


def is_noise(labels):
    """Mark the rows that carry the noise label, -1 or "-1"."""
    return labels == (NOISE if labels.dtype.kind == "i" else str(NOISE))
