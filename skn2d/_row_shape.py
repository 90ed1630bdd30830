"""Rows that are images or series: the shape that their columns were flattened from."""

import math
from numbers import Integral

_AXES = {"image_shape": ("height", "width"), "series_shape": ("n_timesteps",)}
EXAMPLES = {"image_shape": (28, 28), "series_shape": (128, 3)}


def full_row_shape(name, shape, n_features, owner):
    """Check the shape of a row, and add the channel where there is only one.

    Parameters
    ----------
    name : {"image_shape", "series_shape"}
        Which parameter it is.
    shape : tuple of int
        What the user gave.
    n_features : int
        Columns of the data.
    owner : str
        Whose parameter it is, for the errors.

    Returns
    -------
    tuple of int
        The shape with its channels.

    Raises
    ------
    ValueError
        If it is no shape, or does not fit the columns.
    """
    n_axes = len(_AXES[name])
    if (
        not isinstance(shape, (tuple, list))
        or len(shape) not in (n_axes, n_axes + 1)
        or not all(isinstance(s, Integral) and not isinstance(s, bool) for s in shape)
        or min(shape) < 1
    ):
        forms = [_AXES[name], (*_AXES[name], "n_channels")]
        written = [f"({', '.join(form)}{',' * (len(form) == 1)})" for form in forms]
        raise ValueError(
            f"{name} of {owner} must be {' or '.join(written)} in positive integers, such as "
            f"{EXAMPLES[name]}. Got {shape!r}."
        )
    shape = tuple(int(side) for side in shape)
    if math.prod(shape) != n_features:
        raise ValueError(
            f"{name}={shape} of {owner} is a shape of {math.prod(shape)} values, but the rows "
            f"have {n_features} columns. Give the shape that the rows were flattened from as "
            f"{name}, or drop the columns that are not part of it."
        )
    return shape if len(shape) > n_axes else (*shape, 1)
