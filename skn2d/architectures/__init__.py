"""Networks for the autoencoder step, as small clonable specifications."""

from skn2d.architectures._base import Architecture
from skn2d.architectures._dense import DenseArchitecture

__all__ = ["Architecture", "DenseArchitecture"]
