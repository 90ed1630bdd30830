"""Shift, rotation and zoom of images in one step."""

from numbers import Real

import numpy as np
from sklearn.utils._param_validation import Interval, StrOptions

from skn2d.augmentation._resampling import resample
from skn2d.augmentation._shaped import ImageAugmentation


class RandomAffine(ImageAugmentation):
    """Shift, rotate and zoom images, with a single interpolation for all three.

    The amounts are drawn for each image, uniformly from minus to plus the one given;
    0 leaves that change out. The channels of an image move together.

    Parameters
    ----------
    image_shape : tuple of int or None, default=None
        (height, width) or (height, width, n_channels) of a row, whose columns run through
        the channels first, then the width, then the height. None takes that of the
        network, where it has one.
    shift : float, default=0.1
        Largest shift, as a share of the height and of the width, from 0 to 1.
    rotation : float, default=10.0
        Largest rotation about the centre in degrees, from 0 to 180. Digits bear little:
        6 and 9 differ by a rotation.
    zoom : float, default=0.1
        Largest change of size as a share, from 0 to below 1: with 0.1, images become
        0.9 to 1.1 times as large.
    fill_mode : {"nearest", "constant"}, default="nearest"
        What comes in from outside: the nearest pixel, right for photos and wherever the
        border is background, or `fill_value`, right for drawings that touch the border.
    fill_value : float, default=0.0
        Value of the background, in the units of X. Only used with ``"constant"``.

    See Also
    --------
    ElasticDeformation : Bends images instead.

    Notes
    -----
    Interpolation is bilinear. 256 images of 28 x 28 pixels take about 2 ms.

    Examples
    --------
    >>> from sklearn.datasets import load_digits
    >>> from skn2d.augmentation import RandomAffine
    >>> X = load_digits().data
    >>> RandomAffine(image_shape=(8, 8), rotation=15)(X, random_state=0).shape
    (1797, 64)
    """

    _parameter_constraints = {
        "shift": [Interval(Real, 0, 1, closed="both")],
        "rotation": [Interval(Real, 0, 180, closed="both")],
        "zoom": [Interval(Real, 0, 1, closed="left")],
        "fill_mode": [StrOptions({"nearest", "constant"})],
        "fill_value": [Interval(Real, None, None, closed="neither")],
    }

    def __init__(
        self,
        image_shape=None,
        shift=0.1,
        rotation=10.0,
        zoom=0.1,
        fill_mode="nearest",
        fill_value=0.0,
    ):
        self.image_shape = image_shape
        self.shift = shift
        self.rotation = rotation
        self.zoom = zoom
        self.fill_mode = fill_mode
        self.fill_value = fill_value

    def _prepare_grids(self, shape):
        height, width, _ = shape
        shift, rotation, zoom = float(self.shift), np.deg2rad(self.rotation), float(self.zoom)
        fill_value = float(self.fill_value) if self.fill_mode == "constant" else None
        centre_y, centre_x = (height - 1) / 2, (width - 1) / 2

        def move(images, random_state):
            down, right, angle, size = random_state.uniform(-1, 1, (4, len(images), 1))
            y = np.arange(height) - centre_y - down * (shift * height)
            x = np.arange(width) - centre_x - right * (shift * width)
            # Where a pixel of the new image comes from: rotated and zoomed back.
            cosine = np.cos(angle * rotation) / (1 + size * zoom)
            sine = np.sin(angle * rotation) / (1 + size * zoom)
            y_from_y = (cosine * y + centre_y).astype(np.float32)[:, :, None]
            y_from_x = (sine * x).astype(np.float32)[:, None, :]
            x_from_y = (-sine * y).astype(np.float32)[:, :, None]
            x_from_x = (cosine * x + centre_x).astype(np.float32)[:, None, :]

            def positions(rows):
                return y_from_y[rows] + y_from_x[rows], x_from_y[rows] + x_from_x[rows]

            return resample(images, positions, fill_value)

        return move
