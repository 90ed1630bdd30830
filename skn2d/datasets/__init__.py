"""Real data sets to try clustering on, read from a local cache or fetched from OpenML."""

from skn2d.datasets._loaders import (
    load_fashion_mnist,
    load_har,
    load_mnist,
    load_mnist_test,
    load_pendigits,
    load_usps,
)

__all__ = [
    "load_fashion_mnist",
    "load_har",
    "load_mnist",
    "load_mnist_test",
    "load_pendigits",
    "load_usps",
]
