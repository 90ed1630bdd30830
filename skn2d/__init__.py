"""N2D ("not too deep") clustering as scikit-learn estimators.

An autoencoder compresses the rows, a manifold learner unfolds the codes and an
ordinary clusterer reads off the groups. Public names are loaded when they are first
asked for, so that ``import skn2d`` costs next to nothing.
"""

import importlib

__version__ = "0.1.0.dev0"

_LAZY_CLASSES = {
    "AutoencoderTransformer": "skn2d._autoencoder",
    "InductiveClusterer": "skn2d._inductive",
    "InductiveManifold": "skn2d._manifold",
    "N2DClusterer": "skn2d._n2d",
}
_LAZY_MODULES = ("architectures", "augmentation", "datasets", "inspection", "metrics")

__all__ = ["__version__", *_LAZY_CLASSES, *_LAZY_MODULES]


def __getattr__(name):
    if name in _LAZY_CLASSES:
        value = getattr(importlib.import_module(_LAZY_CLASSES[name]), name)
    elif name in _LAZY_MODULES:
        value = importlib.import_module(f"skn2d.{name}")
    else:
        raise AttributeError(f"module 'skn2d' has no attribute {name!r}")
    globals()[name] = value
    return value


def __dir__():
    return sorted(__all__)
