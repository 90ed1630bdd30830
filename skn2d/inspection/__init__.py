"""Pictures of fitted models, after scikit-learn's Display protocol.

Each display stores what it computed, draws it in ``plot`` and keeps ``figure_`` and
``ax_``. They read public attributes only, so that any estimator will do. Nothing is
shown or written: call ``matplotlib.pyplot.show`` or ``display.figure_.savefig``.
"""

from skn2d.inspection._contingency import ContingencyDisplay
from skn2d.inspection._embedding import EmbeddingDisplay
from skn2d.inspection._gallery import ClusterGalleryDisplay
from skn2d.inspection._reconstruction import ReconstructionDisplay
from skn2d.inspection._training import TrainingCurveDisplay

__all__ = [
    "ClusterGalleryDisplay",
    "ContingencyDisplay",
    "EmbeddingDisplay",
    "ReconstructionDisplay",
    "TrainingCurveDisplay",
]
