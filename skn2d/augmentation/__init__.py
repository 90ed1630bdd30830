"""Augmentations of the training rows; see :class:`skn2d.AutoencoderTransformer`."""

__all__ = []
