"""Elastic deformation of images."""

from numbers import Real

import numpy as np
from sklearn.utils._param_validation import Interval, StrOptions

from skn2d.augmentation._generators import bulk_generator
from skn2d.augmentation._resampling import resample
from skn2d.augmentation._shaped import ImageAugmentation
from skn2d.augmentation._smooth import smooth_basis


class ElasticDeformation(ImageAugmentation):
    """Bend images, as handwriting varies.

    Every pixel is displaced by a smooth random field, drawn for each image. The channels
    of an image move together.

    Parameters
    ----------
    image_shape : tuple of int or None, default=None
        (height, width) or (height, width, n_channels) of a row, whose columns run through
        the channels first, then the width, then the height. None takes that of the
        network, where it has one.
    alpha : float, default=0.03
        Standard deviation of the displacement, as a share of the height and of the
        width, from 0 to 1; beyond half of `sigma` the image folds.
    sigma : float, default=0.15
        Smoothness of the field: width of its Gaussian filter, as a share of the height
        and of the width, from 0.01 to 1. Large values move an image as a whole, small
        ones roughen its lines.
    fill_mode : {"nearest", "constant"}, default="nearest"
        What comes in from outside: the nearest pixel, right for photos and wherever the
        border is background, or `fill_value`, right for drawings that touch the border.
    fill_value : float, default=0.0
        Value of the background, in the units of X. Only used with ``"constant"``.

    See Also
    --------
    RandomAffine : Shifts, rotates and zooms images as a whole.

    Notes
    -----
    Simard et al. trained classifiers with 34 and 4 in their units, which is about
    ``alpha=0.05, sigma=0.15`` here: 1.4 pixels in 28, smoothed over 4. Some digits then
    leave their class for the eye, and no label holds them there.

    References
    ----------
    P. Y. Simard, D. Steinkraus, J. C. Platt, "Best Practices for Convolutional Neural
    Networks Applied to Visual Document Analysis", ICDAR 2003,
    doi:10.1109/ICDAR.2003.1227801.

    Examples
    --------
    >>> from sklearn.datasets import load_digits
    >>> from skn2d.augmentation import ElasticDeformation
    >>> X = load_digits().data
    >>> ElasticDeformation(image_shape=(8, 8))(X, random_state=0).shape
    (1797, 64)
    """

    _parameter_constraints = {
        "alpha": [Interval(Real, 0, 1, closed="both")],
        "sigma": [Interval(Real, 0.01, 1, closed="both")],
        "fill_mode": [StrOptions({"nearest", "constant"})],
        "fill_value": [Interval(Real, None, None, closed="neither")],
    }

    def __init__(
        self,
        image_shape=None,
        alpha=0.03,
        sigma=0.15,
        fill_mode="nearest",
        fill_value=0.0,
    ):
        self.image_shape = image_shape
        self.alpha = alpha
        self.sigma = sigma
        self.fill_mode = fill_mode
        self.fill_value = fill_value

    def _prepare_grids(self, shape):
        height, width, _ = shape
        fill_value = float(self.fill_value) if self.fill_mode == "constant" else None
        along_y, along_x = smooth_basis(height, self.sigma), smooth_basis(width, self.sigma)
        y, x = np.arange(height, dtype=np.float32)[:, None], np.arange(width, dtype=np.float32)
        scale_y, scale_x = np.float32(self.alpha * height), np.float32(self.alpha * width)

        def bend(images, random_state):
            weights = bulk_generator(random_state).standard_normal(
                (2, len(images), along_y.shape[1], along_x.shape[1]), dtype=np.float32
            )

            def positions(rows):
                field_y, field_x = along_y @ (weights[:, rows] @ along_x.T)
                return y + scale_y * field_y, x + scale_x * field_x

            return resample(images, positions, fill_value)

        return bend
