"""Networks for the autoencoder step, as small clonable specifications."""

from skn2d.architectures._base import Architecture, EncoderDecoder
from skn2d.architectures._conv1d import Conv1DArchitecture
from skn2d.architectures._conv2d import Conv2DArchitecture
from skn2d.architectures._dense import DenseArchitecture
from skn2d.architectures._recurrent import RecurrentArchitecture
from skn2d.architectures._variational import VariationalArchitecture

__all__ = [
    "Architecture",
    "Conv1DArchitecture",
    "Conv2DArchitecture",
    "DenseArchitecture",
    "EncoderDecoder",
    "RecurrentArchitecture",
    "VariationalArchitecture",
]
