"""Manifold learners of any make, and what they return."""

import numpy as np
from scipy.sparse.linalg import ArpackError
from sklearn.frozen import FrozenEstimator

from skn2d._validation import refuse_class, refuse_precomputed


def check_learner(manifold):
    """Refuse what is no manifold learner.

    Parameters
    ----------
    manifold : object
        What a user gave.

    Raises
    ------
    TypeError
        If it cannot embed rows, or is a class.
    ValueError
        If it wants distances in place of rows.
    """
    refuse_class("manifold", manifold)
    embeds = hasattr(manifold, "fit_transform") or hasattr(manifold, "fit")
    if not (embeds and hasattr(manifold, "get_params")):
        raise TypeError(
            "manifold must be an estimator with fit_transform, or with fit and the fitted "
            f"attribute embedding_, such as umap.UMAP() or sklearn.manifold.TSNE(); got "
            f"{manifold!r}"
            + (", which has no get_params: derive it from BaseEstimator." if embeds else ".")
        )
    if isinstance(manifold, FrozenEstimator):
        raise TypeError(
            f"manifold={manifold!r} is frozen and says of no row where it put it. Pass the "
            "learner itself; a frozen one that has transform can be the manifold of "
            "N2DClusterer."
        )
    refuse_precomputed("manifold", manifold)


def embed(learner, X, name=None):
    """Fit a manifold learner and return the place of each row.

    Parameters
    ----------
    learner : estimator
        It is fitted.
    X : ndarray of shape (n_samples, n_features), float32 or float64
        The rows.
    name : str or None, default=None
        What errors call the learner; None means its representation.

    Returns
    -------
    ndarray of shape (n_samples, n_components), float32 or float64
        Finite places.

    Raises
    ------
    TypeError, ValueError
        If the learner cannot embed these rows, or made no usable embedding of them.
    """

    def called():
        return repr(learner) if name is None else name

    try:
        if hasattr(learner, "fit_transform"):
            embedding = learner.fit_transform(X)
        else:
            learner.fit(X)
            embedding = getattr(learner, "embedding_", None)
    except (ValueError, TypeError, ArpackError) as error:
        raise ValueError(
            f"manifold={called()} could not embed {len(X)} sample(s) with {X.shape[1]} "
            f"feature(s): {error}"
        ) from error
    if embedding is None:
        raise TypeError(
            f"manifold={called()} has neither fit_transform nor, after fit, the "
            "attribute embedding_, so there is no embedding to take from it."
        )
    embedding = np.asarray(embedding)
    if embedding.ndim != 2 or len(embedding) != len(X):
        raise ValueError(
            f"manifold={called()} returned an embedding of shape {embedding.shape} for "
            f"{len(X)} rows; expected ({len(X)}, n_components)."
        )
    if embedding.dtype not in (np.float32, np.float64):
        embedding = embedding.astype(np.float64)
    if not np.isfinite(embedding).all():
        raise ValueError(
            f"The embedding of manifold={called()} contains NaN or infinity. Check its "
            "parameters against the data, above all its number of neighbours and its start."
        )
    return embedding
