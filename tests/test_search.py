"""Searches, outer pipelines, scorers and caches: scikit-learn's tools on N2DClusterer."""

import joblib
import numpy as np
import pytest
from sklearn.base import BaseEstimator, ClusterMixin, TransformerMixin, clone
from sklearn.cluster import KMeans
from sklearn.datasets import load_digits
from sklearn.decomposition import PCA
from sklearn.manifold import Isomap
from sklearn.mixture import GaussianMixture
from sklearn.model_selection import (
    GridSearchCV,
    RandomizedSearchCV,
    cross_val_score,
    cross_validate,
)
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import MinMaxScaler, StandardScaler

from skn2d import AutoencoderTransformer, InductiveManifold, N2DClusterer
from skn2d.architectures import DenseArchitecture
from skn2d.metrics import (
    accuracy_scorer,
    clustering_accuracy_score,
    neighborhood_agreement_scorer,
    silhouette_score,
    silhouette_scorer,
)

pytestmark = pytest.mark.usefixtures("one_thread")

X, y = load_digits(return_X_y=True)
X, y = X[:400], y[:400]


def make_quick(**params):
    defaults = {
        "n_clusters": 10,
        "autoencoder": PCA(10),
        "manifold": PCA(5),
        "clusterer": KMeans(10, n_init=1),
        "random_state": 0,
    }
    return N2DClusterer(**{**defaults, **params})


# The search of the documentation, as written there.


def test_the_search_of_the_documentation():
    parameters = {"manifold__n_neighbors": [10, 20], "autoencoder__epochs": [2, 4]}
    rows = X[:200]
    search = GridSearchCV(N2DClusterer(n_clusters=10), parameters, cv=2, n_jobs=2).fit(rows)
    scores = search.cv_results_["mean_test_score"]
    assert scores.shape == (4,)
    assert np.isfinite(scores).all()
    best = search.best_estimator_
    assert best.manifold.n_neighbors == search.best_params_["manifold__n_neighbors"]
    assert best.autoencoder.epochs == search.best_params_["autoencoder__epochs"]
    assert best.pipeline_["autoencoder"].n_epochs_ == best.autoencoder.epochs
    assert best.pipeline_["manifold"].manifold.n_neighbors == best.manifold.n_neighbors
    assert best.n_clusters_ == 10
    np.testing.assert_array_equal(search.predict(rows), best.labels_)
    assert search.estimator.manifold is None


# With steps that stand in.


class Spy:
    got = []

    def fit(self, X, y=None):
        self.got.append(y)
        self.fitted_ = True
        return self


class SpyTransformer(Spy, TransformerMixin, BaseEstimator):
    def __init__(self, scale=1):
        self.scale = scale

    def transform(self, X):
        return np.asarray(X) * self.scale


class SpyClusterer(Spy, ClusterMixin, BaseEstimator):
    def predict(self, X):
        return (X[:, 20] > 4).astype(int)


@pytest.mark.parametrize("scoring", [None, accuracy_scorer, silhouette_scorer])
def test_labels_reach_no_step_in_a_search(scoring):
    Spy.got.clear()
    model = N2DClusterer(
        2,
        autoencoder=SpyTransformer(),
        manifold=InductiveManifold(SpyTransformer()),
        clusterer=SpyClusterer(),
    )
    grid = {"autoencoder__scale": [1, 2], "manifold__manifold__scale": [1, 3]}
    GridSearchCV(model, grid, cv=2, scoring=scoring).fit(X, y)
    assert len(Spy.got) == 3 * (4 * 2 + 1)
    assert all(got is None for got in Spy.got)


def test_a_search_without_scoring_uses_labels_where_there_are_any():
    model = make_quick().fit(X)
    grid = {"n_clusters": [10]}
    split = [(np.arange(400), np.arange(400))]
    with_y = GridSearchCV(make_quick(), grid, cv=split).fit(X, y)
    assert with_y.best_score_ == clustering_accuracy_score(y, model.labels_)
    without_y = GridSearchCV(make_quick(), grid, cv=split).fit(X)
    assert without_y.best_score_ == silhouette_score(X, model.labels_)


@pytest.mark.parametrize(
    "scoring", [accuracy_scorer, silhouette_scorer, neighborhood_agreement_scorer]
)
def test_scorers_of_the_package(scoring):
    search = GridSearchCV(
        make_quick(), {"clusterer__n_clusters": [2, 10]}, scoring=scoring, cv=2
    ).fit(X, y)
    assert np.isfinite(search.cv_results_["mean_test_score"]).all()
    assert search.best_score_ == search.cv_results_["mean_test_score"].max()
    if scoring is accuracy_scorer:
        assert search.best_params_ == {"clusterer__n_clusters": 10}


def test_scorers_of_scikit_learn_and_several_at_once():
    scoring = {"rand": "adjusted_rand_score", "accuracy": accuracy_scorer}
    search = GridSearchCV(
        make_quick(), {"manifold__n_components": [1, 5]}, scoring=scoring, refit="rand", cv=2
    ).fit(X, y)
    assert search.best_params_ == {"manifold__n_components": 5}
    assert "mean_test_accuracy" in search.cv_results_


def test_steps_and_the_number_of_clusters_can_be_searched():
    grid = {
        "n_clusters": [5, 10],
        "autoencoder": [PCA(5), "passthrough"],
        "manifold": [PCA(2), Isomap(n_neighbors=30)],
    }
    search = GridSearchCV(make_quick(clusterer=None), grid, cv=2).fit(X, y)
    assert np.isfinite(search.cv_results_["mean_test_score"]).all()
    assert search.best_params_["n_clusters"] == 10
    assert isinstance(search.best_estimator_.pipeline_["clusterer"], GaussianMixture)
    assert search.best_estimator_.n_clusters_ == 10


def test_a_default_step_is_made_for_the_number_of_clusters_of_the_candidate():
    grid = {"n_clusters": [4, 6], "clusterer__n_init": [1]}
    search = GridSearchCV(make_quick(clusterer=None), grid, cv=2).fit(X)
    best = search.best_estimator_
    assert best.clusterer.n_components == best.n_clusters == best.n_clusters_
    assert best.clusterer.n_init == 1


def test_randomized_search():
    search = RandomizedSearchCV(
        make_quick(), {"manifold__n_components": range(2, 6)}, n_iter=2, cv=2, random_state=0
    ).fit(X)
    assert np.isfinite(search.cv_results_["mean_test_score"]).all()


def test_a_candidate_that_cannot_be_fitted_is_named():
    search = GridSearchCV(make_quick(), {"n_clusters": [5, "ten"]}, cv=2, error_score="raise")
    with pytest.raises(ValueError, match=r"'n_clusters' parameter .*Got 'ten'"):
        search.fit(X)


# Cross-validation, clones, outer pipelines.


def test_cross_validation():
    assert np.isfinite(cross_val_score(make_quick(), X, cv=3)).all()
    scores = cross_val_score(make_quick(), X, y, cv=3)
    assert scores.mean() > 0.5
    parallel = cross_validate(make_quick(), X, y, cv=3, n_jobs=2, return_estimator=True)
    np.testing.assert_array_equal(parallel["test_score"], scores)
    assert [model.n_clusters_ for model in parallel["estimator"]] == [10, 10, 10]


def test_clone_copies_parameters_and_nothing_else():
    model = N2DClusterer(10).set_params(manifold__n_neighbors=30, autoencoder__latent_dim=4)
    copied = clone(model)
    assert repr(copied.get_params()) == repr(model.get_params())
    assert copied.manifold is not model.manifold
    fitted = make_quick().fit(X)
    again = clone(fitted)
    assert not hasattr(again, "labels_")
    np.testing.assert_array_equal(again.fit(X).labels_, fitted.labels_)


def test_within_an_outer_pipeline():
    outer = make_pipeline(StandardScaler(), make_quick())
    labels = outer.fit_predict(X, y)
    np.testing.assert_array_equal(outer.predict(X), labels)
    scaled = StandardScaler().fit_transform(X)
    np.testing.assert_array_equal(labels, make_quick().fit(scaled).labels_)
    assert outer.score(X, y) == clustering_accuracy_score(y, labels)
    assert outer[-1].embedding_.shape == (400, 5)


def test_a_search_over_an_outer_pipeline():
    outer = make_pipeline(StandardScaler(), make_quick())
    grid = {
        "standardscaler": [StandardScaler(), MinMaxScaler()],
        "n2dclusterer__manifold__n_components": [3, 5],
    }
    search = GridSearchCV(outer, grid, cv=2, n_jobs=2).fit(X, y)
    assert np.isfinite(search.cv_results_["mean_test_score"]).all()
    np.testing.assert_array_equal(search.predict(X), search.best_estimator_[-1].labels_)


def test_as_a_transformer_in_front_of_another_clusterer():
    outer = make_pipeline(make_quick(), KMeans(10, n_init=1, random_state=0)).fit(X)
    assert outer[-1].cluster_centers_.shape == (10, 5)


def test_an_architecture_can_be_searched():
    autoencoder = AutoencoderTransformer(
        3, architecture=DenseArchitecture((16,)), epochs=1, random_state=0
    )
    model = make_quick(autoencoder=autoencoder, manifold="passthrough")
    name = "autoencoder__architecture__hidden_units"
    search = GridSearchCV(model, {name: [(8,), (4, 4)]}, cv=2).fit(X)
    assert np.isfinite(search.cv_results_["mean_test_score"]).all()
    units = search.best_params_[name]
    network = search.best_estimator_.pipeline_["autoencoder"].networks_[0]
    assert network.get_weights()[0].shape == (64, units[0])
    assert model.autoencoder.architecture.hidden_units == (16,)


# Caches.


class CountingPCA(PCA):
    """Writes a line for every fit; the file outlives the clones."""

    def __init__(self, n_components=None, *, log=None):
        super().__init__(n_components)
        self.log = log

    def fit(self, X, y=None):
        self._write_line()
        return super().fit(X, y)

    def fit_transform(self, X, y=None):
        self._write_line()
        return super().fit_transform(X, y)

    def _write_line(self):
        with open(self.log, "a") as file:
            file.write("fit\n")


def count(log):
    return len(log.read_text().splitlines())


@pytest.mark.parametrize("make_memory", [str, joblib.Memory])
def test_a_search_over_the_clusterer_fits_the_first_steps_once(tmp_path, make_memory):
    log = tmp_path / "fits"
    memory = make_memory(tmp_path / "cache")
    if isinstance(memory, joblib.Memory):
        memory = joblib.Memory(tmp_path / "cache", verbose=0)
    model = make_quick(autoencoder=CountingPCA(10, log=str(log)), memory=memory)
    grid = {"clusterer__n_clusters": [5, 8, 10]}
    search = GridSearchCV(model, grid, cv=2).fit(X, y)
    assert count(log) == 3  # one a fold, one for the best of all
    model.set_params(memory=None)
    plain = GridSearchCV(model, grid, cv=2).fit(X, y)
    assert count(log) == 3 + 7
    np.testing.assert_array_equal(
        search.cv_results_["mean_test_score"], plain.cv_results_["mean_test_score"]
    )
    np.testing.assert_array_equal(search.predict(X), plain.predict(X))


def test_a_cached_autoencoder_is_the_same_autoencoder(tmp_path, monkeypatch):
    autoencoder = AutoencoderTransformer(3, hidden_units=(16,), epochs=2)
    model = make_quick(
        autoencoder=autoencoder, manifold=Isomap(n_neighbors=30), memory=str(tmp_path)
    )
    labels = model.fit(X).labels_
    monkeypatch.setattr(AutoencoderTransformer, "fit", None)  # would fail if called
    again = clone(model).fit(X)
    np.testing.assert_array_equal(again.labels_, labels)
    np.testing.assert_array_equal(again.predict(X), labels)
    np.testing.assert_array_equal(again.embedding_, model.embedding_)
