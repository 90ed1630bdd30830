"""Rows that are images or series: the shape that their columns are folded into."""

from numbers import Integral

_AXES = {
    "image_shape": "(height, width) or (height, width, n_channels)",
    "series_shape": "(n_timesteps,) or (n_timesteps, n_channels)",
}
_N_AXES = {"image_shape": 2, "series_shape": 1}


def full_row_shape(name, shape, n_features):
    """Check the shape of a row, and add the channel where there is one only.

    Parameters
    ----------
    name : {"image_shape", "series_shape"}
        Which parameter it is.
    shape : tuple of int
        What the user gave.
    n_features : int
        Columns of the data.

    Returns
    -------
    tuple of int
        The shape with its channels.

    Raises
    ------
    ValueError
        If it is no shape, or does not fit the columns.
    """
    n_axes = _N_AXES[name]
    if (
        not isinstance(shape, (tuple, list))
        or len(shape) not in (n_axes, n_axes + 1)
        or not all(
            isinstance(side, Integral) and not isinstance(side, bool) and side > 0
            for side in shape
        )
    ):
        raise ValueError(f"{name} must be {_AXES[name]} in positive integers. Got {shape!r}.")
    full = tuple(int(side) for side in shape)
    full = full if len(full) > n_axes else (*full, 1)
    n_values = 1
    for side in full:
        n_values *= side
    if n_values != n_features:
        raise ValueError(
            f"{name}={shape!r} makes rows of {n_values} values, but X has {n_features} "
            f"columns. Pass the shape, {_AXES[name]}, that the rows were flattened from."
        )
    return full
