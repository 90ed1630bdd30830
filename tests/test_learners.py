"""Every manifold learner and clusterer that users name, in the slots of N2DClusterer.

cuML needs a GPU. Classes that behave as its own do stand in for them here.
"""

import importlib
import sys
import types

import joblib
import numpy as np
import pandas as pd
import pytest
from numpy.testing import assert_allclose, assert_array_equal
from sklearn import cluster
from sklearn.base import clone
from sklearn.datasets import load_digits
from sklearn.decomposition import PCA
from sklearn.manifold import Isomap
from sklearn.model_selection import GridSearchCV
from sklearn.utils import Tags, TargetTags

from skn2d import InductiveClusterer, InductiveManifold, N2DClusterer
from skn2d.metrics import clustering_accuracy_score

pytestmark = pytest.mark.usefixtures("one_thread")

N_CLUSTERS = 5
N_SINGLE = 15

# What to import, its parameters, and whether rows then have memberships. Manifold
# learners are followed by the default mixture, clusterers are preceded by Isomap.
MANIFOLDS = [
    ("umap.UMAP", {"min_dist": 0.0, "n_epochs": 50}),
    ("sklearn.manifold.TSNE", {"perplexity": 20, "max_iter": 300}),
    ("sklearn.manifold.Isomap", {"n_neighbors": 10, "n_components": 3}),
    ("sklearn.manifold.LocallyLinearEmbedding", {"n_neighbors": 12, "n_components": 4}),
    ("sklearn.manifold.SpectralEmbedding", {"n_components": 4}),
    ("sklearn.decomposition.PCA", {"n_components": 6}),
    ("sklearn.decomposition.KernelPCA", {"n_components": 6, "kernel": "rbf", "gamma": 0.02}),
    ("sklearn.decomposition.TruncatedSVD", {"n_components": 6}),
    ("pacmap.PaCMAP", {}),
    ("cuml.manifold.UMAP", {"n_neighbors": 10, "n_components": 3}),
]
CLUSTERERS = [
    ("sklearn.mixture.GaussianMixture", {"n_components": 5, "n_init": 3}, True),
    ("sklearn.mixture.BayesianGaussianMixture", {"n_components": 5}, True),
    ("sklearn.cluster.KMeans", {"n_clusters": 5, "n_init": 3}, False),
    ("sklearn.cluster.MiniBatchKMeans", {"n_clusters": 5, "n_init": 3}, False),
    ("sklearn.cluster.BisectingKMeans", {"n_clusters": 5}, False),
    ("sklearn.cluster.SpectralClustering", {"n_clusters": 5}, False),
    ("sklearn.cluster.AgglomerativeClustering", {"n_clusters": 5}, False),
    ("sklearn.cluster.Birch", {"n_clusters": 5, "threshold": 0.2}, False),
    ("sklearn.cluster.AffinityPropagation", {"damping": 0.8, "preference": -400}, False),
    ("sklearn.cluster.MeanShift", {"bandwidth": 2.0}, False),
    ("sklearn.cluster.DBSCAN", {"eps": 1.3}, False),
    (
        "sklearn.cluster.OPTICS",
        {"min_samples": 10, "cluster_method": "dbscan", "eps": 1.5},
        False,
    ),
    (
        "sklearn.cluster.HDBSCAN",
        {"min_cluster_size": 15, "min_samples": 5, "copy": True},
        True,
    ),
    (
        "hdbscan.HDBSCAN",
        {"min_cluster_size": 15, "min_samples": 5, "core_dist_n_jobs": 1},
        True,
    ),
    ("cuml.cluster.HDBSCAN", {"min_cluster_size": 15, "min_samples": 5}, True),
    ("cuml.cluster.KMeans", {"n_clusters": 5}, False),
]
CASES = {
    **{name: ("manifold", params, True) for name, params in MANIFOLDS},
    **{name: ("clusterer", params, has) for name, params, has in CLUSTERERS},
}


class DeviceArray:
    """An array as Numba has on the GPU: NumPy can copy it, but it has none of its methods."""

    def __init__(self, values):
        self._values = values
        self.shape, self.dtype, self.ndim = values.shape, values.dtype, values.ndim

    def __array__(self, dtype=None, copy=None):
        return np.array(self._values, dtype=dtype)

    def __len__(self):
        return self.shape[0]


class CumlEstimator:
    """The base class of cuML: scikit-learn's methods without scikit-learn's classes."""

    def __init__(self, *, verbose=False, output_type=None):
        self.verbose = verbose
        self.output_type = "input" if output_type is None else output_type
        self._input_type = None

    @classmethod
    def _get_param_names(cls):
        return ["verbose", "output_type"]

    def get_params(self, deep=True):
        return {name: getattr(self, name) for name in self._get_param_names()}

    def set_params(self, **params):
        for name, value in params.items():
            if name not in self._get_param_names():
                raise ValueError(f"Invalid parameter {name!r} for `{type(self).__name__}`")
            setattr(self, name, value)
        return self

    def _read(self, X):
        assert isinstance(X, np.ndarray)
        self._input_type = "numpy"
        return np.ascontiguousarray(X, dtype=np.float32)

    def _written(self, values, dtype):
        values = np.asarray(values, dtype=dtype)
        if self.output_type == "pandas":
            return pd.DataFrame(values) if values.ndim == 2 else pd.Series(values)
        return DeviceArray(values) if self.output_type == "numba" else values

    def __sklearn_tags__(self):
        return Tags(estimator_type=None, target_tags=TargetTags(required=False))


class UMAP(CumlEstimator):
    __module__ = "cuml.manifold.umap"

    def __init__(
        self,
        *,
        n_neighbors=15,
        n_components=2,
        init="spectral",
        random_state=None,
        verbose=False,
        output_type=None,
    ):
        super().__init__(verbose=verbose, output_type=output_type)
        self.n_neighbors = n_neighbors
        self.n_components = n_components
        self.init = init
        self.random_state = random_state

    @classmethod
    def _get_param_names(cls):
        own = ["n_neighbors", "n_components", "init", "random_state"]
        return [*super()._get_param_names(), *own]

    def fit(self, X, y=None, convert_dtype=True, knn_graph=None):
        assert y is None  # it would turn supervised
        X = self._read(X)
        self._learner = Isomap(
            n_neighbors=self.n_neighbors, n_components=self.n_components, eigen_solver="dense"
        )
        embedding = self._learner.fit_transform(X)
        shake = np.random.RandomState(self.random_state).normal(0, 0.01, embedding.shape)
        self.embedding_ = self._written(embedding + shake, np.float32)
        return self

    def fit_transform(self, X, y=None, convert_dtype=True, knn_graph=None):
        return self.fit(X, y).embedding_

    def transform(self, X, convert_dtype=True):
        return self._written(self._learner.transform(self._read(X)), np.float32)


class HDBSCAN(CumlEstimator):
    __module__ = "cuml.cluster.hdbscan.hdbscan"

    def __init__(
        self,
        *,
        min_cluster_size=5,
        min_samples=None,
        metric="euclidean",
        alpha=1.0,
        p=None,
        prediction_data=False,
        verbose=False,
        output_type=None,
    ):
        super().__init__(verbose=verbose, output_type=output_type)
        self.min_cluster_size = min_cluster_size
        self.min_samples = min_samples
        self.metric = metric
        self.alpha = alpha
        self.p = p
        self.prediction_data = prediction_data

    @classmethod
    def _get_param_names(cls):
        own = ["min_cluster_size", "min_samples", "metric", "alpha", "p", "prediction_data"]
        return [*super()._get_param_names(), *own]

    def fit(self, X, y=None, convert_dtype=True):
        same = cluster.HDBSCAN(
            min_cluster_size=self.min_cluster_size, min_samples=self.min_samples, copy=True
        ).fit(self._read(X))
        self.labels_ = self._written(same.labels_, np.int32)
        self.probabilities_ = self._written(same.probabilities_, np.float32)
        return self

    def fit_predict(self, X, y=None):
        return self.fit(X).labels_


class KMeans(CumlEstimator):
    __module__ = "cuml.cluster.kmeans"

    def __init__(
        self, *, n_clusters=8, max_iter=300, random_state=1, verbose=False, output_type=None
    ):
        super().__init__(verbose=verbose, output_type=output_type)
        self.n_clusters = n_clusters
        self.max_iter = max_iter
        self.random_state = random_state

    @classmethod
    def _get_param_names(cls):
        return [*super()._get_param_names(), "n_clusters", "max_iter", "random_state"]

    def fit(self, X, y=None, sample_weight=None, convert_dtype=True):
        self._learner = cluster.KMeans(
            self.n_clusters, max_iter=self.max_iter, random_state=self.random_state
        ).fit(self._read(X))
        self.labels_ = self._written(self._learner.labels_, np.int32)
        self.cluster_centers_ = self._written(self._learner.cluster_centers_, np.float32)
        return self

    def fit_predict(self, X, y=None, sample_weight=None):
        return self.fit(X).labels_

    def predict(self, X, convert_dtype=True):
        return self._written(self._learner.predict(self._read(X)), np.int32)

    def transform(self, X, convert_dtype=True):
        return self._written(self._learner.transform(self._read(X)), np.float32)


class Barest:
    """A clusterer that has nothing but the methods it needs, no tags of scikit-learn's."""

    def __init__(self, n_clusters=5):
        self.n_clusters = n_clusters

    def get_params(self, deep=True):
        return {"n_clusters": self.n_clusters}

    def set_params(self, **params):
        vars(self).update(params)
        return self

    def fit(self, X, y=None):
        self.centers = cluster.KMeans(self.n_clusters, random_state=0).fit(X).cluster_centers_
        return self

    def predict(self, X):
        distances = np.linalg.norm(X[:, np.newaxis] - self.centers, axis=-1)
        return distances.argmin(axis=1).tolist()


@pytest.fixture(scope="module", autouse=True)
def cuml():
    """Let the stand-ins be imported, and found by pickle, as cuML's own would be."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setitem(sys.modules, "cuml", types.ModuleType("cuml"))
        for package, learner in (("manifold", UMAP), ("cluster", HDBSCAN), ("cluster", KMeans)):
            for name in (f"cuml.{package}", learner.__module__):
                if name not in sys.modules:
                    patch.setitem(sys.modules, name, types.ModuleType(name))
                setattr(sys.modules[name], learner.__name__, learner)
        yield


@pytest.fixture(scope="module")
def digits():
    """400 rows to fit, 496 new ones, and the labels of both; five digits told apart well."""
    X, y = load_digits(return_X_y=True)
    rows = np.flatnonzero(np.isin(y, [0, 2, 4, 6, 7]))
    rows = np.random.RandomState(0).permutation(rows)
    X, y = X[rows] / 16, y[rows]
    return X[:400], X[400:], y[:400], y[400:]


def make(name, **params):
    """Import a class and make an estimator of it."""
    module, _, learner = name.rpartition(".")
    if module == "pacmap":
        # It is no dependency and no default: who wants it brings it.
        pytest.importorskip("pacmap", reason="PaCMAP is not installed")
    return getattr(importlib.import_module(module), learner)(**params)


def quick(**params):
    defaults = {
        "n_clusters": N_CLUSTERS,
        "autoencoder": PCA(20),
        "manifold": Isomap(n_neighbors=10, n_components=3, eigen_solver="dense"),
        "random_state": 0,
    }
    return N2DClusterer(**{**defaults, **params})


class Case:
    """A learner of the user's, what it was before the fit, and the model fitted with it."""

    def __init__(self, name, X):
        self.slot, params, self.has_memberships = CASES[name]
        self.learner = make(name, **params)
        self.before = repr(vars(self.learner))
        self.unfitted = quick(**{self.slot: self.learner})
        self.said_memberships = hasattr(self.unfitted, "predict_proba")
        self.model = self.unfitted.fit(X)


@pytest.fixture(scope="module", params=CASES)
def case(request, digits):
    return Case(request.param, digits[0])


# Each learner in its slot.


def test_it_finds_the_groups_also_in_new_rows(case, digits):
    _, new, y, y_new = digits
    assert clustering_accuracy_score(y, case.model.labels_) > 0.9
    labels = case.model.predict(new)
    assert clustering_accuracy_score(y_new, labels) > 0.9
    assert labels.dtype == case.model.labels_.dtype == np.int64
    assert set(labels) <= {-1, *case.model.labels_}


def test_training_rows_keep_their_label_and_place(case, digits):
    X = digits[0]
    assert_array_equal(case.model.predict(X), case.model.labels_)
    assert_allclose(case.model.transform(X), case.model.embedding_, atol=1e-9)


def test_new_rows_one_at_a_time_are_those_of_the_batch(case, digits):
    new = digits[1]
    singly = [case.model.predict(row[np.newaxis])[0] for row in new[:N_SINGLE]]
    assert_array_equal(singly, case.model.predict(new)[:N_SINGLE])


def test_memberships_where_there_are_any(case, digits):
    X, new, _, _ = digits
    has = case.has_memberships
    assert case.said_memberships is has
    assert hasattr(case.model, "predict_proba") is has
    assert hasattr(case.model, "probabilities_") is has
    if not has:
        return
    for rows in (X, new):
        shares, labels = case.model.predict_proba(rows), case.model.predict(rows)
        assert shares.min() >= 0
        assert shares.sum(axis=1).max() <= 1 + 1e-9
        found = labels >= 0
        assert_array_equal(shares[found].argmax(axis=1), labels[found])
        assert not shares[~found].any()
    singly = [case.model.predict_proba(row[np.newaxis])[0] for row in new[:N_SINGLE]]
    assert_allclose(singly, shares[:N_SINGLE], rtol=1e-6, atol=1e-9)
    assert case.model.probabilities_.dtype == np.float64
    assert_allclose(case.model.predict_proba(X).max(axis=1), case.model.probabilities_)


def test_a_saved_model_says_the_same(case, digits, tmp_path):
    new = digits[1]
    joblib.dump(case.model, tmp_path / "model.joblib")
    loaded = joblib.load(tmp_path / "model.joblib")
    assert_array_equal(loaded.labels_, case.model.labels_)
    assert_array_equal(loaded.predict(new), case.model.predict(new))
    again = getattr(loaded, case.slot)
    assert type(again) is type(case.learner)
    assert repr(again.get_params()) == repr(case.learner.get_params())


def test_the_seed_decides(case, digits):
    again = clone(case.model).fit(digits[0])
    assert_array_equal(again.labels_, case.model.labels_)
    assert_array_equal(again.embedding_, case.model.embedding_)


def test_the_object_of_the_user_stays_as_it_was(case):
    assert getattr(case.model, case.slot) is case.learner
    assert repr(vars(case.learner)) == case.before


# What comes from elsewhere.


def test_the_stand_ins_are_no_estimators_of_scikit_learn():
    for name in ("cuml.manifold.UMAP", "cuml.cluster.HDBSCAN", "cuml.cluster.KMeans"):
        learner = make(name)
        assert all(c.__module__.partition(".")[0] != "sklearn" for c in type(learner).__mro__)
        copied = clone(learner.set_params(verbose=True))
        assert type(copied) is type(learner)
        assert copied is not learner
        assert copied.get_params() == learner.get_params()
    assert not hasattr(make("cuml.cluster.HDBSCAN"), "predict")


def test_all_of_cuml_at_once(digits):
    X, new, _, y_new = digits
    umap = make("cuml.manifold.UMAP", n_neighbors=10, n_components=3)
    for name in ("cuml.cluster.KMeans", "cuml.cluster.HDBSCAN"):
        model = quick(manifold=umap, clusterer=make(name, **CASES[name][1]), n_jobs=1).fit(X)
        assert type(model.pipeline_["manifold"]) is InductiveManifold
        assert_array_equal(model.predict(X), model.labels_)
        assert clustering_accuracy_score(y_new, model.predict(new)) > 0.9


def test_the_seed_reaches_cuml_only_where_it_has_none(digits):
    X = digits[0]
    places = [
        quick(manifold=make("cuml.manifold.UMAP", random_state=own), random_state=seed)
        .fit(X)
        .embedding_
        for own, seed in ((None, 0), (None, 0), (None, 1), (7, 0), (7, 1))
    ]
    assert_array_equal(places[0], places[1])
    assert not np.array_equal(places[0], places[2])
    assert_array_equal(places[3], places[4])


def test_cuml_can_place_new_rows_itself(digits):
    X, new, _, y_new = digits
    umap = make("cuml.manifold.UMAP", n_neighbors=10, n_components=3, random_state=0)
    model = quick(manifold=umap, inference="native").fit(X)
    assert type(model.pipeline_["manifold"]) is UMAP
    codes = model.pipeline_["autoencoder"].transform(X)
    assert_allclose(model.embedding_, clone(umap).fit(codes).transform(codes), atol=1e-4)
    assert_array_equal(model.predict(X), model.labels_)
    assert clustering_accuracy_score(y_new, model.predict(new)) > 0.9


def test_a_search_reaches_the_parameters_of_cuml(digits):
    X = digits[0]
    model = quick(
        manifold=make("cuml.manifold.UMAP", n_neighbors=10, n_components=3),
        clusterer=make("cuml.cluster.KMeans", n_clusters=5),
    )
    grid = {"manifold__n_neighbors": [12, 15], "clusterer__n_clusters": [3, 5]}
    search = GridSearchCV(model, grid, cv=2, error_score="raise").fit(X)
    assert np.isfinite(search.cv_results_["mean_test_score"]).all()
    assert search.best_estimator_.manifold.n_neighbors in (12, 15)
    assert model.manifold.n_neighbors == 10
    with pytest.raises(ValueError, match="Invalid parameter 'neighbours'"):
        model.set_params(manifold__neighbours=3)
    for text in ("UMAP", "KMeans"):
        assert text in model._repr_html_()
        assert text in search.best_estimator_._repr_html_()
        assert text in repr(model)


@pytest.mark.parametrize("output_type", ["numba", "pandas"])
@pytest.mark.parametrize("name", ["cuml.cluster.HDBSCAN", "cuml.cluster.KMeans"])
def test_labels_in_other_arrays_than_numpys(name, output_type, digits):
    X, new, _, _ = digits
    params = CASES[name][1]
    model = quick(clusterer=make(name, output_type=output_type, **params)).fit(X)
    expected = quick(clusterer=make(name, **params)).fit(X)
    alone = InductiveClusterer(model.clusterer).fit(model.embedding_)
    for labels, others in (
        (model.labels_, expected.labels_),
        (model.predict(new), expected.predict(new)),
        (alone.labels_, expected.labels_),
        (alone.predict(model.embedding_), expected.labels_),
    ):
        assert type(labels) is np.ndarray
        assert labels.dtype == np.int64
        assert_array_equal(labels, others)
    assert model.n_clusters_ == alone.n_clusters_ == expected.n_clusters_
    if hasattr(expected, "probabilities_"):
        assert type(model.probabilities_) is np.ndarray
        assert_array_equal(model.probabilities_, expected.probabilities_)


@pytest.mark.parametrize("inference", ["neighbors", "native"])
@pytest.mark.parametrize("output_type", ["numba", "pandas"])
def test_places_in_other_arrays_than_numpys(output_type, inference, digits):
    X, new, _, _ = digits
    model = quick(
        manifold=make("cuml.manifold.UMAP", n_neighbors=10, output_type=output_type),
        inference=inference,
    ).fit(X)
    assert type(model.embedding_) is np.ndarray
    assert np.asarray(model.transform(new)).shape == (len(new), 2)
    assert_array_equal(model.predict(X), model.labels_)
    assert type(model.predict(new)) is np.ndarray


def test_a_clusterer_needs_no_more_than_its_methods(digits):
    X, new, _, y_new = digits
    model = quick(clusterer=Barest()).fit(X)
    assert not hasattr(model, "predict_proba")
    assert model.labels_.dtype == model.predict(new).dtype == np.int64
    assert_array_equal(model.predict(X), model.labels_)
    assert clustering_accuracy_score(y_new, model.predict(new)) > 0.9
