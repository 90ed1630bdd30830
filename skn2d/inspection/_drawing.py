"""What the displays share in drawing: axes and colours."""

import colorsys

from skn2d._optional import import_optional, import_pyplot

NOISE_COLOR = "0.72"
NOISE_TEXT_COLOR = "0.5"

# Ten hues that stay apart, without the grey that stands for noise.
_TEN_COLORS = (
    "#1f77b4",
    "#ff7f0e",
    "#2ca02c",
    "#d62728",
    "#9467bd",
    "#8c564b",
    "#e377c2",
    "#17becf",
    "#bcbd22",
    "#1a1a4d",
)
_GOLDEN_RATIO = 0.618033988749895
# Lightness and saturation take turns, so that hues that come close still differ.
_SHADES = ((0.45, 0.85), (0.68, 0.75), (0.30, 0.70))


def distinct_colors(n_colors):
    """Return hexadecimal colours that can be told apart as far as their number allows."""
    colors = list(_TEN_COLORS[:n_colors])
    for index in range(n_colors - len(colors)):
        lightness, saturation = _SHADES[index % len(_SHADES)]
        hue = (0.08 + index * _GOLDEN_RATIO) % 1.0
        rgb = colorsys.hls_to_rgb(hue, lightness, saturation)
        colors.append("#" + "".join(f"{round(255 * value):02x}" for value in rgb))
    return colors


def is_axes(ax):
    """Whether `ax` is one Matplotlib Axes."""
    return isinstance(ax, import_optional("matplotlib.axes", "Drawing").Axes)


def new_axes(figsize, n_panels=1):
    """Return an array of Axes side by side in a new figure of this size in inches."""
    figure, axes = import_pyplot().subplots(
        1, n_panels, figsize=figsize, squeeze=False, layout="constrained"
    )
    figure.get_layout_engine().set(w_pad=0.1, h_pad=0.08)
    return axes[0]


def given_or_new_axes(ax, figsize):
    """Return the given Axes, or one in a new figure of this size in inches."""
    if ax is None:
        return new_axes(figsize)[0]
    if not is_axes(ax):
        raise TypeError(
            f"ax must be a Matplotlib Axes or None; got {ax!r}. Make one with "
            "matplotlib.pyplot.subplots()."
        )
    return ax


def _cut(name, length):
    if len(name) <= length:
        return name
    n_last = (length - 1) // 2
    return f"{name[: length - 1 - n_last].rstrip()}…{name[-n_last:].lstrip()}"


def shortened(names, length=24):
    """Cut long names in their middles so that they do not push the picture aside.

    They stay as different as they were, and Matplotlib takes no $ in them for mathematics.
    """
    names = [str(name) for name in names]
    cut = [_cut(name, length) for name in names]
    while len(set(cut)) < len(set(names)):
        length += 6
        cut = [_cut(name, length) for name in names]
    return [name.replace("$", r"\$") for name in cut]
