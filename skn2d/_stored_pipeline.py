"""The fitted pipeline as a model file holds it: its mixture is numbers until it is asked for.

To import scikit-learn's mixtures takes a tenth of the time from the start of a process to its
first label, for which the numbers are enough.
"""

import numpy as np
from sklearn.pipeline import Pipeline

from skn2d._manifold import InductiveManifold
from skn2d._state import StateMixin


def _mixture_classes():
    from sklearn.mixture import GaussianMixture

    from skn2d._mixture import NeighborMixture

    return {c.__name__: c for c in (GaussianMixture, NeighborMixture)}


def _can_be_stored(pipeline):
    *_, (_, manifold), (_, clusterer) = pipeline.steps
    return (
        isinstance(manifold, InductiveManifold)  # whose places are an array
        and _mixture_classes().get(type(clusterer).__name__) is type(clusterer)
        and clusterer.covariance_type == "full"
    )


class StoredPipeline:
    """A fitted pipeline whose last step, a Gaussian mixture, is not made yet.

    Parameters
    ----------
    pipeline : sklearn.pipeline.Pipeline
        Its mixture has full covariances.

    Attributes
    ----------
    transformers : sklearn.pipeline.Pipeline
        The steps before the last one.
    """

    def __init__(self, pipeline):
        self.transformers = pipeline[:-1]
        self._name, mixture = pipeline.steps[-1]
        self._class = type(mixture).__name__
        self._state = mixture.__getstate__()

    def predict(self, X):
        """Label rows as the pipeline does.

        Parameters
        ----------
        X : array-like or CSR of shape (n_samples, n_features)
            The rows.

        Returns
        -------
        ndarray of shape (n_samples,), int64
            The likeliest component of each.
        """
        places = self.transformers.transform(X)
        weights, means, factors = (
            self._state[name] for name in ("weights_", "means_", "precisions_cholesky_")
        )
        log_density = np.empty((len(places), len(means)))
        for k, factor in enumerate(factors):
            squares = np.square(places @ factor - means[k] @ factor).sum(axis=1)
            log_density[:, k] = np.log(factor.diagonal()).sum() - squares / 2
        return (log_density + np.log(weights)).argmax(axis=1)

    def restore(self):
        """Make the pipeline.

        Returns
        -------
        sklearn.pipeline.Pipeline
            With the steps that it had.
        """
        mixture_class = _mixture_classes()[self._class]
        mixture = mixture_class.__new__(mixture_class)
        mixture.__setstate__(self._state)
        params = self.transformers.get_params(deep=False)
        params["steps"] = [*self.transformers.steps, (self._name, mixture)]
        return Pipeline(**params)


class StoredPipelineMixin(StateMixin):
    """Store the fitted `pipeline_` so that its mixture is only made when it is asked for."""

    def __getstate__(self):
        state = super().__getstate__()
        if "pipeline_" in state:
            state.pop("_stored", None)  # that of the file it was loaded from
            if _can_be_stored(state["pipeline_"]):
                state["_stored"] = StoredPipeline(state.pop("pipeline_"))
        return state

    def __getattr__(self, name):
        if name == "pipeline_" and "_stored" in vars(self):
            return vars(self).setdefault("pipeline_", self._stored.restore())
        return super().__getattr__(name)

    @property
    def _answering(self):
        """What labels rows: `pipeline_`, or what is stored of it if nobody asked for more."""
        return vars(self).get("pipeline_") or self._stored

    @property
    def _transformers(self):
        answering = self._answering
        is_stored = isinstance(answering, StoredPipeline)
        return answering.transformers if is_stored else answering[:-1]
