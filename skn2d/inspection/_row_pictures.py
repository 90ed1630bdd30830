"""Rows of data as small pictures or lines in a grid, all in one Axes."""

from dataclasses import dataclass
from math import isqrt, prod
from numbers import Integral

import numpy as np

from skn2d._optional import import_optional
from skn2d._row_shape import full_row_shape
from skn2d.inspection._drawing import given_or_new_axes

_SMALLEST_SIDE = 4  # a square of fewer columns, such as iris's four, is hardly an image


@dataclass(frozen=True)
class RowShape:
    """What a row is drawn as: an image, or a line for each channel of a series."""

    image: tuple = None  # (height, width) or (height, width, channels)
    series: tuple = None  # (n_timesteps, n_channels)


def _checked_image_shape(image_shape, n_features):
    expected = (
        "image_shape must be (height, width), (height, width, channels) with 1, 3 or 4 "
        "channels, (length,) for lines, or None"
    )
    shape = tuple(image_shape) if np.iterable(image_shape) else ()
    whole = all(isinstance(side, Integral) and side > 0 for side in shape)
    if (
        len(shape) not in (1, 2, 3)
        or not whole
        or (len(shape) == 3 and shape[2] not in (1, 3, 4))
    ):
        raise ValueError(
            f"{expected}; got {image_shape!r}. Series are told by series_shape=(n_timesteps, "
            "n_channels)."
        )
    if prod(shape) != n_features:
        raise ValueError(
            f"image_shape={image_shape!r} stands for {prod(shape)} columns, but X has "
            f"{n_features}. {expected}, with the product of its "
            f"numbers equal to {n_features}."
        )
    return shape


def resolve_row_shape(image_shape, series_shape, n_features):
    """Return the RowShape that a user asked for, or a square image, or else one line."""
    if image_shape is not None and series_shape is not None:
        raise ValueError(
            f"A row is an image or a series, but image_shape={image_shape!r} and "
            f"series_shape={series_shape!r} were given. Leave one of them out."
        )
    if series_shape is not None:
        return RowShape(
            series=full_row_shape("series_shape", series_shape, n_features, "the display")
        )
    if image_shape is None:
        side = isqrt(n_features)
        is_image = side**2 == n_features and side >= _SMALLEST_SIDE
        image_shape = (side, side) if is_image else (n_features,)
    shape = _checked_image_shape(image_shape, n_features)
    if len(shape) == 1:
        return RowShape(series=(*shape, 1))
    return RowShape(image=shape[:2] if len(shape) == 3 and shape[2] == 1 else shape)


def _value_limits(values):
    """Return the smallest and the largest value, never equal."""
    finite = values[np.isfinite(values)]
    low, high = (finite.min(), finite.max()) if finite.size else (0.0, 1.0)
    return (low, high) if high > low else (low - 0.5, low + 0.5)


def _figsize(n_rows, n_columns, shape, row_names):
    """Return a figure size in inches for a grid of cells, its headings and a title."""
    if shape.image:
        width = 0.62
        height = width * shape.image[0] / shape.image[1]
    else:
        width, height = 1.1, max(0.62, 0.25 * shape.series[1])
    scale = min(1.0, 16 / (n_columns * width), 20 / (n_rows * height))
    return (
        max(2.8, scale * n_columns * width) + 0.3 + 0.075 * max(map(len, row_names)),
        max(0.8, scale * n_rows * height) + 0.35,
    )


def _draw_images(ax, cells, shape, limits, cmap):
    """Draw rows as images on the scale from the first limit to the second."""
    n_rows, n_columns = cells.shape[:2]
    height, width = shape[:2]
    pad = 1 + max(height, width) // 16
    tall, wide = height + pad, width + pad
    images = cells.reshape(n_rows, n_columns, *shape)
    if len(shape) == 3:
        images = np.clip((images - limits[0]) / (limits[1] - limits[0]), 0, 1)
        if shape[2] == 3:
            opaque = np.isfinite(images[..., :1]).astype(float)
            images = np.concatenate([images, opaque], axis=-1)
        images = np.nan_to_num(images)
        canvas = np.zeros((n_rows * tall, n_columns * wide, 4))
    else:
        canvas = np.full((n_rows * tall, n_columns * wide), np.nan)
    for row in range(n_rows):
        for column in range(n_columns):
            top, left = row * tall + pad // 2, column * wide + pad // 2
            canvas[top : top + height, left : left + width] = images[row, column]
    shift = (pad / 2 - pad // 2) / np.array([wide, tall])  # the same margin on all sides
    ax.imshow(
        canvas,
        cmap=cmap,
        vmin=limits[0],
        vmax=limits[1],
        extent=(shift[0], n_columns + shift[0], n_rows + shift[1], shift[1]),
        aspect=tall / wide,
        interpolation="nearest",
    )


def _draw_lines(ax, cells, limits, row_colors):
    """Draw series of shape (n_rows, n_columns, n_timesteps, n_channels), channel above channel.

    Each channel is on its own scale, from the first to the second of its limits.
    """
    collections = import_optional("matplotlib.collections", "Drawing")
    n_rows, n_columns, length, n_channels = cells.shape
    if length == 1:  # a level stroke
        cells, length = np.repeat(cells, 2, axis=2), 2
    across = np.linspace(0.05, 0.95, length)
    low, high = limits
    heights = 0.9 - 0.8 * np.clip((cells - low) / (high - low), 0, 1)
    heights = (heights + np.arange(n_channels)) / n_channels
    if n_channels > 1:  # channels of one row lie nearer to each other than to other rows
        heights = 0.07 + 0.86 * heights
    for row in range(n_rows):
        segments = [
            np.column_stack([column + across, row + line])
            for column in range(n_columns)
            for line in heights[row, column].T
            if np.isfinite(line).any()
        ]
        ax.add_collection(collections.LineCollection(segments, colors=row_colors[row]))
    ax.set(xlim=(0, n_columns), ylim=(n_rows, 0))


def draw_cells(ax, cells, shape, *, scale_of, cmap, row_names, row_colors, title):
    """Draw an array of shape (n_rows, n_columns, n_features); NaN leaves a cell empty.

    It is drawn on `ax` or, if that is None, on new Axes that fit; these are returned.
    Cell (row, column) takes up the unit square at (column, row), row 0 on top. Headings
    are in `row_colors`; lines as well, where there are lines. The smallest and the largest
    value of `scale_of`, whose last axis is features, too, are black and white, or the lower
    and upper end of a line.
    """
    ax = given_or_new_axes(ax, _figsize(*cells.shape[:2], shape, row_names))
    if shape.image:
        _draw_images(ax, cells, shape.image, _value_limits(scale_of), cmap)
    else:
        channels = scale_of.reshape(-1, shape.series[1]).T
        limits = np.transpose([_value_limits(channel) for channel in channels])
        series = cells.reshape(*cells.shape[:2], *shape.series)
        _draw_lines(ax, series, limits, row_colors)
    ax.set_xticks([])
    ax.set_yticks(np.arange(len(cells)) + 0.5, labels=row_names)
    ax.tick_params(left=False)
    for label, color in zip(ax.get_yticklabels(), row_colors, strict=True):
        label.set_color(color)
    for spine in ax.spines.values():
        spine.set_visible(False)
    ax.set_title(title, fontsize="medium")
    return ax
