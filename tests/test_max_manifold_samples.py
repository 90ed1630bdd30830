"""N2DClusterer whose manifold and clusterer are fitted to some of the rows."""

import joblib
import numpy as np
import pandas as pd
import pytest
from scipy import sparse
from sklearn.base import clone
from sklearn.cluster import HDBSCAN, AgglomerativeClustering, KMeans
from sklearn.compose import make_column_transformer
from sklearn.datasets import make_blobs
from sklearn.decomposition import PCA, TruncatedSVD
from sklearn.manifold import Isomap
from sklearn.metrics import adjusted_rand_score
from sklearn.neighbors import NearestNeighbors
from sklearn.preprocessing import StandardScaler

import skn2d._group_reader
from skn2d import AutoencoderTransformer, InductiveManifold, N2DClusterer

X, y = make_blobs(600, centers=4 * np.eye(3, 5), cluster_std=0.8, random_state=0)
SOME = 150


class Counted(PCA):
    n_fits = 0

    def fit_transform(self, X, y=None):
        Counted.n_fits += 1
        return super().fit_transform(X)


def sampled(**params):
    defaults = {"autoencoder": PCA(3), "manifold": Isomap(n_neighbors=100), "random_state": 0}
    return N2DClusterer(3, max_manifold_samples=SOME, **{**defaults, **params})


def check_answers(model, rows=X):
    assert model.labels_.shape == (len(X),)
    assert model.embedding_.shape == (len(X), 2)
    if hasattr(model, "predict_proba"):
        strongest = model.predict_proba(rows).max(axis=1)
        np.testing.assert_array_equal(model.probabilities_, strongest)
    np.testing.assert_array_equal(model.predict(rows), model.labels_)
    np.testing.assert_array_equal(model.transform(rows), model.embedding_)


@pytest.mark.parametrize(
    "params",
    [
        {},
        {"inference": "native"},
        {"manifold": PCA(2)},
        # Whose fit_transform differs from its transform in last bits.
        {"autoencoder": PCA(3, svd_solver="full"), "manifold": PCA(2)},
        {"autoencoder": "passthrough", "manifold": PCA(2)},
        {"clusterer": HDBSCAN(min_cluster_size=20, copy=True)},
        {"clusterer": AgglomerativeClustering(3)},
        {"n_init": 3},
        {"autoencoder": "passthrough", "manifold": PCA(2), "n_init": 2},
    ],
    ids=str,
)
def test_the_other_rows_are_labelled_as_new_rows_are(params):
    model = sampled(**params).fit(X)
    check_answers(model)
    assert adjusted_rand_score(y, model.labels_) > 0.95


def test_manifold_and_clusterer_learn_from_the_same_few_codes():
    model = sampled(clusterer=AgglomerativeClustering(3)).fit(X)
    places, clusterer = model.pipeline_["manifold"], model.pipeline_["clusterer"]
    assert len(places.codes_) == len(clusterer.labels_) == SOME
    np.testing.assert_array_equal(clusterer.labels_, clusterer.predict(places.embedding_))
    # They stand for all: means of codes that are nearer to them than to the others.
    codes = model.pipeline_["autoencoder"].transform(X)
    search = NearestNeighbors(n_neighbors=1).fit(places.codes_)
    distances, nearest = search.kneighbors(codes)
    some = codes[np.random.RandomState(0).permutation(len(X))[:SOME]]
    usual, _ = NearestNeighbors(n_neighbors=1).fit(some).kneighbors(codes)
    assert np.mean(distances**2) < 0.9 * np.mean(usual**2)
    assert len(np.unique(nearest)) > 0.95 * SOME


def test_the_seed_decides_which_rows():
    model = sampled().fit(X)
    again, other = clone(model).fit(X), clone(model).set_params(random_state=1).fit(X)
    codes = [m.pipeline_["manifold"].codes_ for m in (model, again, other)]
    np.testing.assert_array_equal(codes[0], codes[1])
    np.testing.assert_array_equal(model.labels_, again.labels_)
    assert not np.array_equal(codes[0], codes[2])


def test_a_limit_that_is_not_reached_changes_nothing():
    whole = sampled().set_params(max_manifold_samples=None).fit(X)
    limited = sampled().set_params(max_manifold_samples=len(X)).fit(X)
    np.testing.assert_array_equal(limited.embedding_, whole.embedding_)
    whole.set_params(max_manifold_samples=SOME).fit(X)
    check_answers(whole)
    limited.fit(X)
    assert len(limited.pipeline_["manifold"].codes_) == len(X)
    check_answers(limited)


def test_with_memory_the_steps_before_the_clusterer_are_fitted_once(tmp_path):
    model = sampled(autoencoder=Counted(3), memory=joblib.Memory(tmp_path, verbose=0)).fit(X)
    check_answers(model)
    again = clone(model).set_params(clusterer__n_init=2).fit(X)
    check_answers(again)
    assert Counted.n_fits == 1
    np.testing.assert_array_equal(again.embedding_, model.embedding_)


class Counter(Isomap):
    n_fits = 0

    def fit_transform(self, X, y=None):
        Counter.n_fits += 1
        return super().fit_transform(X)


def test_without_a_seed_no_fit_of_several_comes_from_the_cache(tmp_path):
    manifold = InductiveManifold(Counter(n_neighbors=100))
    sampled(manifold=manifold, n_init=3, memory=str(tmp_path), random_state=None).fit(X)
    assert Counter.n_fits == 3


@pytest.mark.parametrize(
    "make",
    [sparse.coo_matrix, sparse.bsr_array, sparse.lil_array],
    ids=lambda make: make.__name__,
)
def test_sparse_rows_of_any_format(make):
    first = TruncatedSVD(3)
    expected = sampled(autoencoder=first).fit(sparse.csr_array(X)).labels_
    model = sampled(autoencoder=first).fit(make(X))
    np.testing.assert_array_equal(model.labels_, expected)


def test_groups_of_none_but_noise():
    rows = np.random.RandomState(0).rand(len(X), 5)
    clusterer = HDBSCAN(min_cluster_size=SOME - 1, copy=True)
    model = sampled(manifold=PCA(2), clusterer=clusterer).fit(rows)
    np.testing.assert_array_equal(model.labels_, -1)
    np.testing.assert_array_equal(model.probabilities_, 0)
    assert model.predict_proba(rows).shape == (len(X), 0)


def test_a_table_and_a_first_step_for_its_columns():
    table = pd.DataFrame(X, columns=list("abcde"))
    first = make_column_transformer(
        (StandardScaler(), ["a", "b", "c"]), remainder="passthrough"
    )
    check_answers(sampled(autoencoder=first, manifold=PCA(2)).fit(table), table)


def test_a_first_step_that_makes_tables(monkeypatch):
    monkeypatch.setattr(skn2d._group_reader, "_BLOCK_ROWS", 100)  # in several parts
    first = PCA(3).set_output(transform="pandas")
    model = sampled(autoencoder=first).fit(X)
    check_answers(model)
    assert list(model.pipeline_["manifold"].feature_names_in_) == ["pca0", "pca1", "pca2"]
    np.testing.assert_array_equal(model.labels_, sampled().fit(X).labels_)


@pytest.mark.usefixtures("quick_second_reading")
def test_groups_are_refined_from_some_rows_too():
    first = AutoencoderTransformer(latent_dim=3, hidden_units=(16,), epochs=5)
    check_answers(sampled(autoencoder=first, n_refinements=1).fit(X))


def test_an_unknown_number_is_found_in_some_rows():
    model = sampled(n_init=1).set_params(n_clusters=None).fit(X)
    assert model.n_clusters_ == 3
    check_answers(model)


def test_progress_names_what_is_fitted(capsys):
    sampled(verbose=1).fit(X)
    shown = capsys.readouterr()
    for step in ("autoencoder", "manifold", "clusterer"):
        assert f"Processing {step}" in shown.out
    for bar in ("codes", "labels"):
        assert f"{bar}: 100%" in shown.err
    sampled().fit(X)
    assert capsys.readouterr() == ("", "")


def test_fewer_rows_than_groups():
    message = r"max_manifold_samples=2 should be >= n_clusters=3, as the groups"
    with pytest.raises(ValueError, match=message):
        sampled().set_params(max_manifold_samples=2).fit(X)


def test_a_saved_model_and_the_smaller_copy_answer_alike(tmp_path):
    model = sampled().fit(X)
    joblib.dump(model.for_inference(), tmp_path / "model.joblib")
    check_answers(joblib.load(tmp_path / "model.joblib"))


@pytest.mark.parametrize("pack", [np.asarray, pd.DataFrame, sparse.csr_array])
def test_very_many_rows_are_labelled_a_part_at_a_time(monkeypatch, pack):
    monkeypatch.setattr(skn2d._group_reader, "_BLOCK_ROWS", 100)
    rows = pack(X)
    if isinstance(rows, pd.DataFrame):
        rows.columns = list("abcde")
    clusterer = KMeans(3, random_state=0)
    model = sampled(autoencoder="passthrough", manifold="passthrough", clusterer=clusterer)
    model.fit(rows)
    np.testing.assert_array_equal(model.predict(rows), model.labels_)
    assert adjusted_rand_score(y, model.labels_) > 0.95
