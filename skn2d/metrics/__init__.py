"""Scores of a clustering: against true classes, and without them.

Everywhere ``-1`` among predicted labels means noise, as in DBSCAN and HDBSCAN.
"""

from skn2d.metrics._accuracy import clustering_accuracy_score, match_labels
from skn2d.metrics._criteria import neighborhood_agreement_score, silhouette_score
from skn2d.metrics._report import clustering_report
from skn2d.metrics._scorers import (
    accuracy_scorer,
    neighborhood_agreement_scorer,
    silhouette_scorer,
)

__all__ = [
    "accuracy_scorer",
    "clustering_accuracy_score",
    "clustering_report",
    "match_labels",
    "neighborhood_agreement_score",
    "neighborhood_agreement_scorer",
    "silhouette_score",
    "silhouette_scorer",
]
