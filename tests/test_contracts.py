"""The promises of the design, by their numbers there.

At least one test of each uses real steps: a small autoencoder, UMAP, a mixture. Others
cover a promise wholly: 2 and 3 ``test_search.py``, 8 ``test_common.py``, 9
``test_persistence.py``, 10 ``test_imports.py``, 12 ``test_n2d.py``.
"""

import copy
import inspect
import json
import random
import subprocess
import sys
import tracemalloc
import warnings
from pathlib import Path
from unittest import mock

import hdbscan
import joblib
import numpy as np
import pytest
from distributed import Client
from scipy import sparse
from sklearn.base import BaseEstimator, ClusterMixin, TransformerMixin
from sklearn.cluster import (
    DBSCAN,
    HDBSCAN,
    OPTICS,
    AffinityPropagation,
    AgglomerativeClustering,
    Birch,
    KMeans,
    MeanShift,
    SpectralClustering,
)
from sklearn.datasets import load_digits
from sklearn.decomposition import PCA
from sklearn.manifold import TSNE, Isomap, LocallyLinearEmbedding, SpectralEmbedding
from sklearn.mixture import BayesianGaussianMixture, GaussianMixture
from sklearn.model_selection import GridSearchCV
from sklearn.pipeline import Pipeline, make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.utils.estimator_checks import check_estimator
from sklearn.utils.validation import check_is_fitted

import skn2d
from skn2d import AutoencoderTransformer, InductiveClusterer, InductiveManifold, N2DClusterer
from skn2d._unknown_number import GroupFinder

X, y = load_digits(return_X_y=True)
X_NEW, X, y = X[300:500], X[:300], y[:300]
MIXTURE = BayesianGaussianMixture(n_components=5, max_iter=1000)
pytestmark = [
    pytest.mark.usefixtures("one_thread"),
    # Isomap stands in for UMAP here, and connects what is apart.
    pytest.mark.filterwarnings("ignore:The number of connected components"),
    pytest.mark.filterwarnings("ignore:Changing the sparsity structure"),
]
ESTIMATORS = [AutoencoderTransformer, InductiveManifold, InductiveClusterer, N2DClusterer]


def make_real():
    autoencoder = AutoencoderTransformer(3, hidden_units=(16,), epochs=3)
    return N2DClusterer(5, autoencoder=autoencoder, random_state=0)


def make_quick(**params):
    defaults = {
        "n_clusters": 5,
        "autoencoder": "passthrough",
        "manifold": Isomap(n_neighbors=40),
        "random_state": 0,
    }
    return N2DClusterer(**{**defaults, **params})


@pytest.fixture(scope="module")
def real():
    return make_real().fit(X)


def run_fresh(program):
    """Run a program in a fresh process and return what it prints last, as JSON."""
    done = subprocess.run(
        [sys.executable, "-c", program],
        cwd=Path(__file__).parent,
        capture_output=True,
        text=True,
        timeout=300,
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout.splitlines()[-1])


# 1. Composition.


def test_1_the_fitted_model_is_a_plain_pipeline(real):
    pipeline = real.pipeline_
    assert type(pipeline) is Pipeline
    assert Pipeline.__module__ == "sklearn.pipeline"
    assert [name for name, _ in pipeline.steps] == ["autoencoder", "manifold", "clusterer"]
    for _, step in pipeline.steps:
        check_is_fitted(step)
    np.testing.assert_array_equal(real.predict(X_NEW), pipeline.predict(X_NEW))
    codes = pipeline["autoencoder"].transform(X_NEW)
    places = pipeline["manifold"].transform(codes)
    np.testing.assert_array_equal(real.transform(X_NEW), places)
    np.testing.assert_array_equal(real.predict(X_NEW), pipeline["clusterer"].predict(places))


@pytest.mark.parametrize(
    "params",
    [
        {"autoencoder": PCA(5), "manifold": PCA(2)},
        {"autoencoder": make_pipeline(StandardScaler(), PCA(5)), "manifold": "passthrough"},
        {"autoencoder": "passthrough", "manifold": TSNE(max_iter=250)},
        {"autoencoder": PCA(5), "manifold": SpectralEmbedding(2)},
        {"autoencoder": PCA(5), "manifold": LocallyLinearEmbedding(n_neighbors=20)},
        {"autoencoder": PCA(5), "clusterer": KMeans(5)},
        {
            "autoencoder": PCA(5),
            "clusterer": MIXTURE,
        },
    ],
    ids=str,
)
def test_1_any_transformer_and_any_clusterer_may_stand_in(params):
    model = make_quick(**params).fit(X)
    assert type(model.pipeline_) is Pipeline
    assert model.n_clusters_ > 1
    np.testing.assert_array_equal(model.predict(X_NEW), model.pipeline_.predict(X_NEW))


@pytest.mark.parametrize(
    ("params", "rows"),
    [
        ({}, X),
        ({"n_clusters": None}, X),
        ({"random_state": None}, X),
        ({"n_clusters": 3}, X[:12]),
        ({}, X[np.arange(300) // 5]),
    ],
    ids=["mixture", "HDBSCAN", "no seed", "few rows", "copies"],
)
def test_1_ordinary_use_warns_of_nothing_and_prints_nothing(real, params, rows, capfd):
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        model = make_real().set_params(**params).fit(rows)
        model.predict(X_NEW)
        model.predict_proba(X_NEW)
        model.score(X_NEW)
    assert capfd.readouterr() == ("", "")


# 2. Defaults by None.


def test_2_none_means_the_default_step(real):
    assert real.manifold is None
    assert real.clusterer is None
    learner = real.pipeline_["manifold"].manifold
    assert type(learner).__name__ == "UMAP"
    assert learner.n_neighbors in (20, 40, 80)  # whichever layout was the best
    assert (learner.min_dist, learner.n_components) == (0, 5)
    mixture = real.pipeline_["clusterer"]
    assert isinstance(mixture, GaussianMixture)
    assert (mixture.n_components, mixture.n_init) == (5, 40)


def test_2_setting_a_parameter_fills_in_the_default_on_that_instance():
    first, second = N2DClusterer(10), N2DClusterer(10)
    assert first.set_params(manifold__n_neighbors=30) is first
    assert first.manifold.n_neighbors == 30
    assert first.manifold.n_components == 10
    assert first.autoencoder is None
    assert second.manifold is None


def test_2_an_unknown_number_of_clusters_means_hdbscan():
    fit = hdbscan.HDBSCAN.fit
    with mock.patch.object(hdbscan.HDBSCAN, "fit", autospec=True, side_effect=fit) as watched:
        model = make_quick(n_clusters=None).fit(X)
    assert watched.called
    expected = GroupFinder().fit(make_quick().fit(X).embedding_).labels_
    is_apart = model.labels_ > expected.max()  # zeros, no way from which leads to the others
    assert set(y[is_apart]) == {0}
    np.testing.assert_array_equal(model.labels_[~is_apart], expected[~is_apart])


# 3. The labels stay out.


class Spy:
    """Notes what it gets as y; one list for all, as steps are cloned."""

    got = []

    def fit(self, X, y=None):
        self.got.append((type(self).__name__, y))
        self.fitted_ = True
        return self

    def transform(self, X):
        return np.asarray(X)[:, :2]


class SpyFirst(Spy, TransformerMixin, BaseEstimator):
    pass


class SpyManifold(Spy, BaseEstimator):
    def fit_transform(self, X, y=None):
        return self.fit(X, y).transform(X)


class SpyClusterer(Spy, ClusterMixin, BaseEstimator):
    def fit_predict(self, X, y=None):
        self.fit(X, y)
        return (X[:, 0] > np.median(X[:, 0])).astype(int)


@pytest.mark.parametrize("inference", ["neighbors", "native"])
@pytest.mark.parametrize("method", ["fit", "fit_predict", "fit_transform"])
def test_3_labels_reach_no_step(method, inference):
    Spy.got.clear()
    model = N2DClusterer(
        2,
        autoencoder=SpyFirst(),
        manifold=SpyManifold(),
        clusterer=SpyClusterer(),
        inference=inference,
    )
    getattr(model, method)(X, y)
    getattr(make_pipeline(StandardScaler(), model), method)(X, y)
    assert Spy.got == 2 * [("SpyFirst", None), ("SpyManifold", None), ("SpyClusterer", None)]


def test_3_labels_change_nothing(real):
    np.testing.assert_array_equal(make_real().fit(X, y).embedding_, real.embedding_)


# 4. Training rows keep their labels.

CLUSTERERS = [
    GaussianMixture(5),
    KMeans(5),
    Birch(n_clusters=5),
    MeanShift(),
    AffinityPropagation(),
    AgglomerativeClustering(5),
    SpectralClustering(5, gamma=1e-3),
    DBSCAN(eps=10, min_samples=4),
    HDBSCAN(copy=True),
    OPTICS(),
    None,
]
COPIES = np.vstack([X, X[:50], X[:20]])


def test_4_training_rows_keep_their_labels(real):
    np.testing.assert_array_equal(real.predict(X), real.labels_)
    np.testing.assert_array_equal(real.transform(X), real.embedding_)
    np.testing.assert_array_equal(real.predict_proba(X).max(axis=1), real.probabilities_)


@pytest.mark.parametrize("n_clusters", [5, None])
def test_4_copies_get_equal_labels_with_real_steps(n_clusters):
    model = make_real().set_params(n_clusters=n_clusters).fit(COPIES)
    np.testing.assert_array_equal(model.predict(COPIES), model.labels_)
    np.testing.assert_array_equal(model.labels_[300:350], model.labels_[:50])
    np.testing.assert_array_equal(model.labels_[350:], model.labels_[:20])


@pytest.mark.parametrize("clusterer", CLUSTERERS, ids=str)
def test_4_with_every_clusterer(clusterer):
    model = make_quick(n_clusters=None, clusterer=clusterer).fit(COPIES)
    np.testing.assert_array_equal(model.predict(COPIES), model.labels_)
    np.testing.assert_array_equal(model.labels_[300:350], model.labels_[:50])
    # The digits' principal components are one cloud, and the default says so.
    at_least = 1 if clusterer is None else 2
    assert model.n_clusters_ == len(set(model.labels_) - {-1}) >= at_least


# 5. A row's answer depends on that row alone.


def check_rows_stand_alone(method):
    together = method(X_NEW)
    alone = np.concatenate([method(X_NEW[i : i + 1]) for i in range(30)])
    np.testing.assert_array_equal(alone, together[:30])
    for size in (2, 7, 64):
        parts = [method(X_NEW[i : i + size]) for i in range(0, len(X_NEW), size)]
        np.testing.assert_array_equal(np.concatenate(parts), together)
    order = np.random.RandomState(0).permutation(len(X_NEW))
    np.testing.assert_array_equal(method(X_NEW[order]), together[order])
    among_others = method(np.vstack([X, X_NEW[:5], -X]))
    np.testing.assert_array_equal(among_others[300:305], together[:5])
    np.testing.assert_array_equal(method(X_NEW), together)


@pytest.mark.parametrize("method", ["predict", "transform"])
def test_5_a_row_stands_alone(real, method):
    check_rows_stand_alone(getattr(real, method))


def test_5_memberships_of_a_row_stand_alone(real):
    # scikit-learn's mixture, which is used as it is, rounds differently in every batch.
    check_rows_stand_alone(lambda rows: real.predict_proba(rows).round(12))


@pytest.mark.parametrize("clusterer", CLUSTERERS, ids=str)
def test_5_with_every_clusterer(clusterer):
    model = make_quick(n_clusters=None, clusterer=clusterer).fit(X)
    check_rows_stand_alone(model.predict)
    check_rows_stand_alone(model.transform)


# 6. The seed decides.

SAME_FIT = """
import json
from test_contracts import X, X_NEW, make_real
from threadpoolctl import threadpool_limits
with threadpool_limits(1):
    model = make_real().fit(X)
labels, new = model.labels_.tolist(), model.predict(X_NEW).tolist()
print(json.dumps([labels, new, model.embedding_.sum()]))
"""


def test_6_the_same_seed_gives_the_same_labels_in_another_process(real):
    labels, new, total = run_fresh(SAME_FIT)
    assert labels == real.labels_.tolist()
    assert new == real.predict(X_NEW).tolist()
    assert total == real.embedding_.sum()


def test_6_another_seed_gives_another_embedding(real):
    other = make_real().set_params(random_state=1).fit(X)
    assert not np.allclose(other.embedding_, real.embedding_)


def test_6_the_seed_of_a_wrapper_reaches_what_it_wraps():
    learner = make_pipeline(StandardScaler(), TSNE(init="random", max_iter=250))
    first, second = (InductiveManifold(learner, random_state=0).fit(X[:60]) for _ in range(2))
    np.testing.assert_array_equal(first.embedding_, second.embedding_)
    assert learner["tsne"].random_state is None


def draw_from_global_generators():
    import keras
    import tensorflow

    return [
        random.random(),
        np.random.random(),
        float(keras.random.normal(())),
        float(keras.random.uniform(())),
        keras.layers.Dense(1).kernel_initializer((2, 2)).numpy().tolist(),
        float(tensorflow.random.normal(())),
    ]


def test_6_the_global_generators_are_left_as_they_were():
    import keras

    keras.utils.clear_session()
    keras.utils.set_random_seed(7)
    expected = [draw_from_global_generators(), draw_from_global_generators()]
    keras.utils.clear_session()
    keras.utils.set_random_seed(7)
    found = [draw_from_global_generators()]
    make_real().fit(X).predict(X_NEW)
    found.append(draw_from_global_generators())
    assert found == expected


# 7. Parameters are never rewritten.


@pytest.mark.parametrize("estimator_class", ESTIMATORS)
def test_7_constructors_only_assign(estimator_class):
    names = list(inspect.signature(estimator_class).parameters)
    given = {name: object() for name in names}
    estimator = estimator_class(**given)
    assert vars(estimator) == given


def test_7_fit_rewrites_no_parameter():
    model = make_real().set_params(manifold__n_neighbors=500, clusterer__n_init=2)
    steps = {**vars(model)}
    before = {name: repr(value) for name, value in model.get_params().items()}
    model.fit(X[:100])
    assert {name: repr(value) for name, value in model.get_params().items()} == before
    assert {name: value for name, value in vars(model).items() if name in steps} == steps


def test_7_what_is_learned_ends_in_an_underscore(real):
    for estimator in (real, *real.pipeline_.named_steps.values()):
        learned = set(vars(estimator)) - set(estimator.get_params(deep=False))
        assert learned
        public = [name for name in learned if not name.startswith("_")]
        assert [name for name in public if not name.endswith("_")] == []


# 8. check_estimator passes. Real steps are in test_common.py.


@pytest.mark.usefixtures("few_starts")
def test_8_check_estimator_passes_with_steps_that_stand_in():
    first, manifold = PCA(1, svd_solver="full"), Isomap(n_neighbors=4)
    model = N2DClusterer(2, autoencoder=first, manifold=manifold)
    results = check_estimator(model, on_skip=None, on_fail=None)
    assert len(results) > 40
    others = {r["check_name"]: r["exception"] for r in results if r["status"] != "passed"}
    others.pop("check_array_api_input", None)  # SCIPY_ARRAY_API is off
    assert others == {}


# 9. One file.

LOAD = """
import json, sys

class Refuse:
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] in {"tensorflow", "keras", "umap", "numba", "hdbscan"}:
            raise ImportError(name + " is refused")

sys.meta_path.insert(0, Refuse())
import joblib
from sklearn.datasets import load_digits
model = joblib.load(PATH)
print(json.dumps(model.predict(load_digits().data[300:500]).tolist()))
"""


def test_9_a_file_predicts_without_keras_and_umap(real, tmp_path):
    path = tmp_path / "model.joblib"
    joblib.dump(real, path)
    assert run_fresh(LOAD.replace("PATH", repr(str(path)))) == real.predict(X_NEW).tolist()


def test_9_workers_of_dask_answer_alike_without_keras_and_umap_and_search(real):
    heavy = ["tensorflow", "keras", "umap", "numba", "hdbscan"]
    search = GridSearchCV(make_quick(manifold=PCA(2)), {"n_clusters": [2, 5]}, cv=2)
    here = search.fit(X).cv_results_["mean_test_score"]
    # With one thread joblib would not ask the worker.
    with Client(n_workers=1, threads_per_worker=2, dashboard_address=None) as client:
        answer = client.submit(real.predict, X_NEW).result()
        loaded = client.run(lambda: [name for name in heavy if name in sys.modules])
        searches = [client.run(lambda: "sklearn.model_selection" in sys.modules)]
        with joblib.parallel_config(backend="dask"):
            there = search.fit(X).cv_results_["mean_test_score"]
        searches.append(client.run(lambda: "sklearn.model_selection" in sys.modules))
    np.testing.assert_array_equal(answer, real.predict(X_NEW))
    assert list(loaded.values()) == [[]]
    assert [list(found.values()) for found in searches] == [[False], [True]]
    np.testing.assert_array_equal(there, here)


# 10. Imports are light.


def test_10_the_public_names_load_nothing_heavy():
    heavy = ["tensorflow", "keras", "umap", "numba", "hdbscan", "matplotlib", "dask"]
    program = f"""
import json, sys
from skn2d import {", ".join(skn2d.__all__)}
print(json.dumps([name for name in {heavy} if name in sys.modules]))
"""
    assert run_fresh(program) == []


# 11. Memory is bounded.

N_ROWS, N_COLUMNS = 20_000, 500
FLOAT32_COPY = N_ROWS * N_COLUMNS * 4


def peak_memory(function):
    tracemalloc.start()
    try:
        function()
        return tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()


@pytest.fixture(scope="module")
def pixels():
    rows = np.random.RandomState(0).randint(0, 256, (N_ROWS, N_COLUMNS), dtype=np.uint8)
    rows[rows < 200] = 0
    return rows


@pytest.fixture(scope="module")
def trained(pixels):
    """Keras loaded and warm, so that only the rows are counted below."""
    autoencoder = AutoencoderTransformer(2, hidden_units=(4,), epochs=1, batch_size=256)
    return autoencoder.fit(pixels[:1000])


@pytest.mark.parametrize("kind", ["uint8", "float16", "float64", "sparse"])
def test_11_rows_are_read_batch_by_batch(kind, pixels, trained, tmp_path):
    if kind == "sparse":
        rows = sparse.csr_array(pixels)
    else:
        np.save(tmp_path / "rows.npy", pixels.astype(kind))
        rows = np.load(tmp_path / "rows.npy", mmap_mode="r")
    autoencoder = copy.deepcopy(trained)
    limit = 0.75 * FLOAT32_COPY
    assert peak_memory(lambda: autoencoder.fit(rows)) < limit
    assert peak_memory(lambda: autoencoder.transform(rows)) < limit
    assert peak_memory(lambda: autoencoder.score(rows)) < limit


def test_11_the_whole_model_makes_no_copy_of_the_rows(pixels, trained, tmp_path):
    np.save(tmp_path / "rows.npy", pixels)
    rows = np.load(tmp_path / "rows.npy", mmap_mode="r")
    model = N2DClusterer(2, autoencoder=trained, manifold="passthrough", clusterer=KMeans(2))
    assert peak_memory(lambda: model.fit(rows)) < 0.75 * FLOAT32_COPY
    assert peak_memory(lambda: model.predict(rows)) < 0.75 * FLOAT32_COPY
    # Far from zero for their spread, so that the middle is subtracted; distances between
    # 2,000 rows take most of it.
    np.save(tmp_path / "bright.npy", pixels // 2 + 128)
    bright = np.load(tmp_path / "bright.npy", mmap_mode="r")
    assert peak_memory(lambda: model.score(bright)) < 1.25 * FLOAT32_COPY


def test_11_a_full_copy_would_be_noticed(pixels):
    assert peak_memory(lambda: pixels.astype(np.float32)) > 0.75 * FLOAT32_COPY


# 12. Bad input gets a sentence, and leaves the earlier fit as it was.


@pytest.mark.parametrize(
    ("params", "rows", "error", "message"),
    [
        ({}, np.full((50, 64), np.nan), ValueError, "X contains NaN"),
        ({}, np.full((50, 64), 3.0), ValueError, "All 50 rows of X are equal.*Check"),
        ({}, X[:4], ValueError, "n_samples=4 .*n_clusters=5.*fewer clusters"),
        ({"n_clusters": "ten"}, X, ValueError, "'n_clusters' .*Got 'ten'"),
        ({"autoencoder__latent_dim": 0}, X, ValueError, "'latent_dim' .*Got 0"),
        ({"autoencoder__optimizer": "adamant"}, X, ValueError, "optimizer .*'adam'.*adamant"),
        ({"autoencoder__loss": "los"}, X, ValueError, "loss .*'mse'.*Got 'los'"),
        ({"autoencoder__activation": "relo"}, X, ValueError, "activation .*'relu'.*'relo'"),
        ({"autoencoder__architecture": "conv"}, X, ValueError, "'architecture' .*Got 'conv'"),
        ({"clusterer": object()}, X, TypeError, "clusterer must be .*Got <object"),
        ({"manifold": Isomap}, X, TypeError, r"instance, not the class Isomap.*Isomap\(\)"),
    ],
)
def test_12_bad_input_gets_a_sentence(real, params, rows, error, message):
    model = copy.deepcopy(real)
    before = vars(model).copy()
    model.set_params(**params)
    with pytest.raises(error, match=message):
        model.fit(rows)
    after = vars(model)
    assert {name for name in after if after[name] is not before.get(name)} <= set(params)
    np.testing.assert_array_equal(model.predict(X), real.labels_)
