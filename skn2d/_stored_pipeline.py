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
        isinstance(manifold, InductiveManifold)  # whose places are dense and finite
        and _mixture_classes().get(type(clusterer).__name__) is type(clusterer)
        and clusterer.covariance_type == "full"
    )


class StoredPipeline:
    """A fitted pipeline whose last step, a Gaussian mixture, is not made yet.

    Parameters
    ----------
    transformers : sklearn.pipeline.Pipeline
        The steps before the last one.
    name : str
        The name of the last one.
    mixture_class : {"GaussianMixture", "NeighborMixture"}
        The name of its class.
    mixture_state : dict
        What pickle keeps of it. Its covariances are full.
    """

    def __init__(self, transformers, name, mixture_class, mixture_state):
        self.transformers = transformers
        self.name = name
        self.mixture_class = mixture_class
        self.mixture_state = mixture_state

    @classmethod
    def of(cls, pipeline):
        """Take a fitted pipeline apart."""
        name, mixture = pipeline.steps[-1]
        return cls(pipeline[:-1], name, type(mixture).__name__, dict(mixture.__getstate__()))

    def predict(self, X):
        """Label rows as the pipeline does, to the bit.

        Parameters
        ----------
        X : array-like or CSR of shape (n_samples, n_features)
            The rows.

        Returns
        -------
        ndarray of shape (n_samples,), int64
            The likeliest component of each.
        """
        return self._likeliest(self._places(X))

    def _places(self, X):
        # Not by the pipeline, which looks anew at every step.
        for _, step in self.transformers.steps:
            X = X if step == "passthrough" else step.transform(X)
        return np.asarray(X)

    def _likeliest(self, places):
        weights, means, factors = (
            self.mixture_state[name] for name in ("weights_", "means_", "precisions_cholesky_")
        )
        n_components, n_features = means.shape
        squares = np.empty((len(places), n_components))
        for k, factor in enumerate(factors):
            squares[:, k] = np.square(places @ factor - means[k] @ factor).sum(axis=1)
        log_determinants = np.log(factors.diagonal(axis1=1, axis2=2)).sum(axis=1)
        log_density = -0.5 * (n_features * np.log(2 * np.pi) + squares) + log_determinants
        return (log_density + np.log(weights)).argmax(axis=1)

    def restore(self):
        """Make the pipeline.

        Returns
        -------
        sklearn.pipeline.Pipeline
            With the steps that it had.
        """
        mixture_class = _mixture_classes()[self.mixture_class]
        mixture = mixture_class.__new__(mixture_class)
        mixture.__setstate__(dict(self.mixture_state))  # scikit-learn takes something out
        params = self.transformers.get_params(deep=False)
        params["steps"] = [*self.transformers.steps, (self.name, mixture)]
        return Pipeline(**params)


class StoredPipelineMixin(StateMixin):
    """Store the fitted `pipeline_` so that its mixture is only made when it is asked for."""

    def __getstate__(self):
        state = super().__getstate__()
        if "pipeline_" in state:
            state.pop("_stored", None)  # that of the file it was loaded from
            if _can_be_stored(state["pipeline_"]):
                # As plain values: older code then comes so far as to read the format.
                state["_stored"] = vars(StoredPipeline.of(state.pop("pipeline_")))
        return state

    def __getattr__(self, name):
        if name == "pipeline_" and "_stored" in vars(self):
            return vars(self).setdefault("pipeline_", StoredPipeline(**self._stored).restore())
        return super().__getattr__(name)

    @property
    def _holds_a_mixture(self):
        """Whether the last step is a mixture that is not made yet."""
        return "_stored" in vars(self) and "pipeline_" not in vars(self)

    @property
    def _answering(self):
        """What labels rows: `pipeline_`, or what is stored of it if nobody asked for more."""
        return vars(self).get("pipeline_") or StoredPipeline(**self._stored)

    @property
    def _transformers(self):
        answering = self._answering
        is_stored = isinstance(answering, StoredPipeline)
        return answering.transformers if is_stored else answering[:-1]
