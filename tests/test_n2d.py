"""N2DClusterer as a composition, with PCA and others standing in for the slow steps."""

import pickle

import numpy as np
import pandas as pd
import pytest
from _quick import TABLE, X, quick, y
from sklearn import config_context
from sklearn.base import clone
from sklearn.cluster import DBSCAN, HDBSCAN, AgglomerativeClustering, KMeans
from sklearn.decomposition import PCA
from sklearn.exceptions import NotFittedError
from sklearn.frozen import FrozenEstimator
from sklearn.manifold import Isomap
from sklearn.mixture import GaussianMixture
from sklearn.pipeline import Pipeline, make_pipeline
from sklearn.preprocessing import StandardScaler

from skn2d import AutoencoderTransformer, InductiveClusterer, InductiveManifold, N2DClusterer
from skn2d.metrics import clustering_accuracy_score, silhouette_score

pytestmark = pytest.mark.usefixtures("one_thread")


@pytest.fixture(scope="module")
def fitted():
    return quick().fit(X)


# What comes out.


def test_finds_the_groups(fitted):
    assert clustering_accuracy_score(y, fitted.labels_) > 0.9
    assert fitted.labels_.dtype == np.int64
    assert fitted.n_clusters_ == 3
    assert fitted.embedding_.shape == (150, 2)
    assert fitted.n_features_in_ == 4
    assert not hasattr(fitted, "feature_names_in_")


def test_fit_predict_and_fit_transform_are_the_attributes(fitted):
    np.testing.assert_array_equal(quick().fit_predict(X), fitted.labels_)
    np.testing.assert_array_equal(quick().fit_transform(X), fitted.embedding_)
    np.testing.assert_array_equal(fitted.transform(X), fitted.embedding_)


def test_one_cluster():
    assert quick(n_clusters=1).fit(X).labels_.tolist() == [0] * 150


def test_a_list_will_do(fitted):
    np.testing.assert_array_equal(quick().fit_predict(X.tolist()), fitted.labels_)


def test_labels_are_int64_whatever_the_clusterer_says():
    model = quick(clusterer=KMeans(3)).fit(X)
    assert model.labels_.dtype == model.predict(X).dtype == np.int64


def test_text_labels_and_labels_of_another_length_are_ignored(fitted):
    labels = quick().fit(X, ["setosa", "virginica"]).labels_
    np.testing.assert_array_equal(labels, fitted.labels_)


def test_noise_is_no_cluster():
    model = quick(clusterer=DBSCAN(eps=0.4)).fit(X)
    assert -1 in model.labels_
    assert model.n_clusters_ == model.labels_.max() + 1


# Memberships.


@pytest.mark.parametrize(
    ("params", "has"),
    [
        ({}, True),
        ({"n_clusters": None}, True),
        ({"clusterer": KMeans(3)}, False),
        ({"clusterer": HDBSCAN(copy=True)}, True),
        ({"clusterer": InductiveClusterer(HDBSCAN(copy=True))}, True),
        ({"clusterer": DBSCAN(eps=0.4)}, False),
        ({"clusterer": AgglomerativeClustering(3)}, False),
        ({"clusterer": make_pipeline(StandardScaler(), GaussianMixture(3))}, True),
    ],
    ids=str,
)
def test_memberships_are_offered_where_there_are_any(params, has):
    model = quick(**params)
    assert hasattr(model, "predict_proba") is has
    assert not hasattr(model, "probabilities_")
    model.fit(X)
    assert hasattr(model, "predict_proba") is has
    assert hasattr(model, "probabilities_") is has
    if has:
        memberships = model.predict_proba(X)
        assert memberships.shape == (150, model.n_clusters_)
        assert memberships.min() >= 0
        assert memberships.sum(axis=1).max() <= 1 + 1e-9
        assert model.probabilities_.shape == (150,)
        assert 0 <= model.probabilities_.min() <= model.probabilities_.max() <= 1 + 1e-9


def test_memberships_of_the_mixture(fitted):
    memberships = fitted.predict_proba(X)
    np.testing.assert_allclose(memberships.sum(axis=1), 1)
    np.testing.assert_array_equal(memberships.argmax(axis=1), fitted.labels_)
    np.testing.assert_array_equal(memberships.max(axis=1), fitted.probabilities_)


def test_memberships_of_noise_are_small():
    model = quick(clusterer=HDBSCAN(cluster_selection_method="leaf", copy=True)).fit(X)
    noise = model.labels_ == -1
    assert 0 < noise.sum() < 75
    assert not model.probabilities_[noise].any()
    inside = model.predict_proba(X)[~noise]
    np.testing.assert_array_equal(inside.argmax(axis=1), model.labels_[~noise])


def test_memberships_of_an_earlier_fit_are_forgotten():
    model = quick().fit(X)
    model.set_params(clusterer=KMeans(3)).fit(X)
    assert not hasattr(model, "probabilities_")
    assert not hasattr(model, "predict_proba")


# Scores.


def test_score_with_true_labels_is_the_accuracy(fitted):
    expected = clustering_accuracy_score(y, fitted.labels_)
    assert fitted.score(X, y) == expected
    names = np.array(["setosa", "versicolor", "virginica"])[y]
    assert fitted.score(X, names) == expected


def test_score_without_true_labels_is_the_silhouette(fitted):
    assert fitted.score(X) == silhouette_score(X, fitted.labels_)
    shuffled = quick(clusterer=KMeans(8)).fit(X)
    assert shuffled.score(X) < fitted.score(X)


# Tables.


def test_tables_in_and_out():
    model = quick().set_output(transform="pandas").fit(TABLE)
    assert list(model.feature_names_in_) == list(TABLE.columns)
    names = ["n2dclusterer0", "n2dclusterer1"]
    assert list(model.get_feature_names_out()) == names
    places = model.transform(TABLE.set_index(TABLE.index + 1000)[:5])
    assert list(places.columns) == names
    assert list(places.index) == [1000, 1001, 1002, 1003, 1004]
    np.testing.assert_array_equal(places, model.embedding_[:5])
    fitted_places = quick().set_output(transform="pandas").fit_transform(TABLE)
    pd.testing.assert_frame_equal(fitted_places[:5], places.reset_index(drop=True))


@pytest.mark.parametrize("manifold", [PCA(2), Isomap(n_neighbors=60), "passthrough"], ids=str)
def test_steps_may_hand_tables_on(manifold, recwarn):
    first = StandardScaler().set_output(transform="pandas")
    model = quick(autoencoder=first, manifold=manifold).fit(TABLE)
    assert isinstance(model.embedding_, np.ndarray)
    np.testing.assert_array_equal(model.predict(TABLE), model.labels_)
    assert [str(w.message) for w in recwarn if "feature names" in str(w.message)] == []


@pytest.mark.parametrize("manifold", [PCA(2), Isomap(n_neighbors=60), "passthrough"], ids=str)
@pytest.mark.parametrize("clusterer", [None, AgglomerativeClustering(3)], ids=str)
def test_every_step_may_hand_tables_on(manifold, clusterer, recwarn):
    with config_context(transform_output="pandas"):
        model = quick(manifold=manifold, clusterer=clusterer).fit(TABLE)
        np.testing.assert_array_equal(model.predict(TABLE), model.labels_)
        assert isinstance(model.embedding_, np.ndarray)
        assert list(model.transform(TABLE).columns) == list(model.get_feature_names_out())
    assert [str(w.message) for w in recwarn if "feature names" in str(w.message)] == []


def test_names_of_an_earlier_fit_are_forgotten():
    model = quick().fit(TABLE)
    model.fit(X)
    assert not hasattr(model, "feature_names_in_")
    np.testing.assert_array_equal(model.predict(X), model.labels_)


# Progress.


def test_progress_is_shown_for_every_stage(capsys):
    model = N2DClusterer(3, random_state=0, verbose=1)
    model.set_params(autoencoder__epochs=2, autoencoder__hidden_units=(4,)).fit(X)
    out, err = capsys.readouterr()
    shown = err.replace("\r", "\n")
    stages = ["autoencoder: 100%", "6/6", "neighbours: 0", "layout: 100%", "100/100"]
    assert sorted(stages, key=shown.index) == stages
    lines = out.splitlines()
    names = ["autoencoder", *["manifold", "clusterer"] * 3]
    for line, name in zip(lines[:7], names, strict=True):
        assert f"Processing {name}, total=" in line
    for line, n_neighbors in zip(lines[7:], (20, 40, 80), strict=True):
        assert f"of {n_neighbors} neighbours: 3 clusters, modularity 0." in line
    assert sum(line.endswith(" (kept)") for line in lines[7:]) == 1
    model.predict(X[:5])
    model.for_inference().predict_proba(X[:5])
    assert capsys.readouterr() == ("", "")


def test_more_progress_shows_the_starts_of_the_mixture(capsys):
    quick(verbose=2).fit(X)
    assert capsys.readouterr().out.count("Initialization converged.") == 40


def test_steps_of_the_user_keep_their_own_progress(capsys):
    quick(verbose=2, clusterer=GaussianMixture(3)).fit(X)
    assert len(capsys.readouterr().out.splitlines()) == 3
    quick(clusterer=GaussianMixture(3, verbose=1)).fit(X)
    assert "Initialization 0" in capsys.readouterr().out


# For inference.


def make_frozen():
    return FrozenEstimator(AutoencoderTransformer(2, hidden_units=(8,), epochs=1).fit(X))


def make_frozen_components():
    return FrozenEstimator(PCA(3).fit(X))


def make_frozen_manifold():
    return FrozenEstimator(InductiveManifold(PCA(2)).fit(X[:, :3]))


def in_a_pipeline():
    return make_pipeline(
        StandardScaler(), AutoencoderTransformer(2, hidden_units=(8,), epochs=1)
    )


@pytest.mark.parametrize(
    "params",
    [
        {},
        {"autoencoder": "passthrough", "manifold": "passthrough"},
        {"manifold": Isomap(n_neighbors=60)},
        {"manifold": Isomap(n_neighbors=60), "inference": "native"},
        {"clusterer": AgglomerativeClustering(3)},
        {"clusterer": make_pipeline(StandardScaler(), KMeans(3))},
        {"n_clusters": None},
        {"autoencoder": make_frozen},
        {"autoencoder": make_frozen_components},
        {"autoencoder": in_a_pipeline},
        {"manifold": make_frozen_manifold},
    ],
    ids=lambda params: str({k: getattr(v, "__name__", v) for k, v in params.items()})[:60],
)
def test_a_copy_for_inference_answers_alike(params):
    params = {k: v() if callable(v) else v for k, v in params.items()}
    model = quick(**params).fit(X)
    before, steps = dict(vars(model)), list(model.pipeline_.steps)
    lean = model.for_inference()
    again = pickle.loads(pickle.dumps(lean.for_inference()))
    methods = [m for m in ("predict", "transform", "predict_proba") if hasattr(model, m)]
    for copied in (lean, again):
        assert type(copied.pipeline_) is Pipeline
        for method in methods:
            np.testing.assert_array_equal(
                getattr(copied, method)(X + 0.1), getattr(model, method)(X + 0.1)
            )
        assert [m for m in methods if not hasattr(copied, m)] == []
        np.testing.assert_array_equal(copied.embedding_, model.embedding_)
        np.testing.assert_array_equal(copied.labels_, model.labels_)
        assert repr(copied) == repr(model)
    assert lean.labels_ is model.labels_
    refitted = [copied.fit(X[::-1]).labels_ for copied in (lean, again)]
    expected = clone(model).fit(X[::-1]).labels_
    np.testing.assert_array_equal(refitted, [expected, expected])
    assert vars(model) == before
    assert model.pipeline_.steps == steps


@pytest.mark.parametrize("make", [make_frozen, in_a_pipeline])
def test_a_copy_for_inference_holds_no_decoders(make):
    model = quick(autoencoder=make(), manifold="passthrough").fit(X)
    lean = model.for_inference()
    encoder = model.pipeline_["autoencoder"]
    networks = (encoder[-1] if isinstance(encoder, Pipeline) else encoder).networks_
    kernel = networks[0].decoder.get_weights()[0].tobytes()
    assert kernel in pickle.dumps(model)
    assert kernel not in pickle.dumps(lean)
    codes = lean.pipeline_["autoencoder"].transform(X)
    with pytest.raises(AttributeError, match=r"comes from for_inference.* no|leaves out"):
        lean.pipeline_["autoencoder"].inverse_transform(codes)


def test_setting_parameters_of_a_copy_leaves_the_original():
    model = quick().set_output(transform="default").fit(X)
    lean = model.for_inference().set_output(transform="pandas")
    lean.set_params(autoencoder__n_components=1, n_clusters=2)
    assert isinstance(lean.transform(X), pd.DataFrame)
    assert isinstance(model.transform(X), np.ndarray)
    assert model.autoencoder.n_components == 3
    assert model.n_clusters == 3
    with pytest.raises(NotFittedError):
        quick().for_inference()
