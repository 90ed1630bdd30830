"""Augmentations of the training rows, drawn afresh for every batch.

Noise and masking for rows of any kind, movement and bending for images, and more for
series. Each is a small specification that clones and searches; they are put one after
the other by :func:`make_augmentation`. See ``augmentation`` of
:class:`skn2d.AutoencoderTransformer`.
"""

from skn2d.augmentation._affine import RandomAffine
from skn2d.augmentation._base import Augmentation
from skn2d.augmentation._channel_scaling import Scaling
from skn2d.augmentation._crop import Crop
from skn2d.augmentation._elastic import ElasticDeformation
from skn2d.augmentation._gaussian_noise import GaussianNoise
from skn2d.augmentation._jitter import Jitter
from skn2d.augmentation._masking import Masking
from skn2d.augmentation._permutation import Permutation
from skn2d.augmentation._pipeline import AugmentationPipeline, make_augmentation
from skn2d.augmentation._time_warp import TimeWarp

__all__ = [
    "Augmentation",
    "AugmentationPipeline",
    "Crop",
    "ElasticDeformation",
    "GaussianNoise",
    "Jitter",
    "Masking",
    "Permutation",
    "RandomAffine",
    "Scaling",
    "TimeWarp",
    "make_augmentation",
]
