"""Rows of data as small pictures or lines in a grid, all in one Axes."""

from math import isqrt, prod
from numbers import Integral

import numpy as np

from skn2d._optional import import_optional
from skn2d.inspection._drawing import given_or_new_axes

_SMALLEST_SIDE = 4  # a square of fewer columns, such as iris's four, is hardly an image


def resolve_image_shape(image_shape, n_features):
    """Return (height, width[, channels]) for images or (length,) for lines."""
    if image_shape is None:
        side = isqrt(n_features)
        is_image = side**2 == n_features and side >= _SMALLEST_SIDE
        return (side, side) if is_image else (n_features,)
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
        raise ValueError(f"{expected}; got {image_shape!r}.")
    if prod(shape) != n_features:
        raise ValueError(
            f"image_shape={image_shape!r} stands for {prod(shape)} columns, but X has "
            f"{n_features}. {expected}, with the product of its "
            f"numbers equal to {n_features}."
        )
    return shape[:2] if len(shape) == 3 and shape[2] == 1 else shape


def value_limits(values):
    """Return the smallest and the largest value, never equal."""
    finite = values[np.isfinite(values)]
    low, high = (finite.min(), finite.max()) if finite.size else (0.0, 1.0)
    return (low, high) if high > low else (low - 0.5, low + 0.5)


def _figsize(n_rows, n_columns, image_shape, row_names):
    """Return a figure size in inches for a grid of cells, its headings and a title."""
    width = 0.62 if len(image_shape) > 1 else 1.1
    height = width * image_shape[0] / image_shape[1] if len(image_shape) > 1 else 0.62
    scale = min(1.0, 16 / (n_columns * width), 20 / (n_rows * height))
    return (
        max(2.8, scale * n_columns * width) + 0.3 + 0.075 * max(map(len, row_names)),
        max(0.8, scale * n_rows * height) + 0.35,
    )


def _draw_images(ax, cells, shape, limits, cmap):
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
    collections = import_optional("matplotlib.collections", "Drawing")
    n_rows, n_columns, length = cells.shape
    if length == 1:  # a level stroke
        cells, length = np.repeat(cells, 2, axis=2), 2
    across = np.linspace(0.05, 0.95, length)
    heights = 0.9 - 0.8 * np.clip((cells - limits[0]) / (limits[1] - limits[0]), 0, 1)
    for row in range(n_rows):
        segments = [
            np.column_stack([column + across, row + heights[row, column]])
            for column in range(n_columns)
            if np.isfinite(heights[row, column]).any()
        ]
        ax.add_collection(collections.LineCollection(segments, colors=row_colors[row]))
    ax.set(xlim=(0, n_columns), ylim=(n_rows, 0))


def draw_cells(ax, cells, image_shape, *, limits, cmap, row_names, row_colors, title):
    """Draw an array of shape (n_rows, n_columns, n_features); NaN leaves a cell empty.

    It is drawn on `ax` or, if that is None, on new Axes that fit; these are returned.
    Cell (row, column) takes up the unit square at (column, row), row 0 on top. Headings
    are in `row_colors`; lines as well, where there are lines.
    """
    ax = given_or_new_axes(ax, _figsize(*cells.shape[:2], image_shape, row_names))
    if len(image_shape) > 1:
        _draw_images(ax, cells, image_shape, limits, cmap)
    else:
        _draw_lines(ax, cells, limits, row_colors)
    ax.set_xticks([])
    ax.set_yticks(np.arange(len(cells)) + 0.5, labels=row_names)
    ax.tick_params(left=False)
    for label, color in zip(ax.get_yticklabels(), row_colors, strict=True):
        label.set_color(color)
    for spine in ax.spines.values():
        spine.set_visible(False)
    ax.set_title(title, fontsize="medium")
    return ax
