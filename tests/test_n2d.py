"""N2DClusterer as a composition, with PCA and others standing in for the slow steps."""

import pickle
import signal

import numpy as np
import pandas as pd
import pytest
from scipy import sparse
from sklearn import config_context
from sklearn.base import BaseEstimator, TransformerMixin, clone
from sklearn.cluster import DBSCAN, HDBSCAN, AgglomerativeClustering, KMeans
from sklearn.compose import make_column_transformer
from sklearn.datasets import load_iris
from sklearn.decomposition import PCA, TruncatedSVD
from sklearn.exceptions import NotFittedError
from sklearn.frozen import FrozenEstimator
from sklearn.impute import SimpleImputer
from sklearn.manifold import TSNE, Isomap
from sklearn.metrics import adjusted_rand_score
from sklearn.mixture import GaussianMixture
from sklearn.model_selection import GridSearchCV
from sklearn.pipeline import Pipeline, make_pipeline
from sklearn.preprocessing import OneHotEncoder, StandardScaler
from sklearn.utils.validation import check_is_fitted
from threadpoolctl import threadpool_limits

from skn2d import AutoencoderTransformer, InductiveClusterer, InductiveManifold, N2DClusterer
from skn2d._mixture import ModularMixture
from skn2d._unknown_number import GroupFinder
from skn2d.metrics import clustering_accuracy_score, silhouette_score

X, y = load_iris(return_X_y=True)
TABLE = pd.DataFrame(X, columns=["sepal length", "sepal width", "petal length", "petal width"])
COLOURS = pd.DataFrame({"size": X[:, 2], "width": X[:, 3], "colour": np.array(list("rgb"))[y]})


def quick(**params):
    defaults = {"n_clusters": 3, "autoencoder": PCA(3), "manifold": PCA(2), "random_state": 0}
    return N2DClusterer(**{**defaults, **params})


class Doubler(TransformerMixin, BaseEstimator):
    """A transformer that scikit-learn does not know."""

    def __init__(self, random_state=None, n_jobs=None):
        self.random_state = random_state
        self.n_jobs = n_jobs

    def fit(self, X, y=None):
        self.fitted_ = True
        return self

    def transform(self, X):
        return 2 * np.asarray(X)


@pytest.fixture(scope="module", autouse=True)
def one_thread():
    """Threads cost such small data more than they bring, above all on a busy machine."""
    with threadpool_limits(1):
        yield


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


# Which steps are made.


@pytest.mark.parametrize(
    ("manifold", "expected"),
    [
        (PCA(2), PCA),
        ("passthrough", str),
        (make_pipeline(StandardScaler(), PCA(2)), Pipeline),
        (InductiveManifold(Isomap(n_neighbors=60)), InductiveManifold),
        (TSNE(max_iter=250), InductiveManifold),
        (Isomap(n_neighbors=60), InductiveManifold),
        (Doubler(), InductiveManifold),
        (make_pipeline(StandardScaler(), Isomap(n_neighbors=60)), InductiveManifold),
    ],
    ids=str,
)
def test_a_manifold_is_wrapped_where_it_may_place_new_rows_otherwise(manifold, expected):
    model = quick(manifold=manifold).fit(X)
    assert type(model.pipeline_["manifold"]) is expected
    np.testing.assert_array_equal(model.predict(X), model.labels_)


def test_inference_native_asks_the_manifold_itself():
    model = quick(manifold=Isomap(n_neighbors=60), inference="native").fit(X)
    isomap = model.pipeline_["manifold"]
    assert type(isomap) is Isomap
    codes = model.pipeline_["autoencoder"].transform(X[:5])
    np.testing.assert_allclose(model.transform(X[:5]), isomap.transform(codes))
    np.testing.assert_array_equal(model.predict(X), model.labels_)


def test_inference_native_keeps_a_wrapped_manifold():
    model = quick(manifold=InductiveManifold(TSNE(max_iter=250)), inference="native").fit(X)
    assert type(model.pipeline_["manifold"]) is InductiveManifold


@pytest.mark.parametrize(
    ("clusterer", "expected"),
    [
        (None, GaussianMixture),
        (KMeans(3), KMeans),
        (AgglomerativeClustering(3), InductiveClusterer),
        (DBSCAN(eps=0.4), InductiveClusterer),
        (InductiveClusterer(AgglomerativeClustering(3)), InductiveClusterer),
        (make_pipeline(StandardScaler(), KMeans(3)), Pipeline),
    ],
    ids=str,
)
def test_a_clusterer_is_wrapped_where_it_cannot_predict(clusterer, expected):
    model = quick(clusterer=clusterer).fit(X)
    assert type(model.pipeline_["clusterer"]) is expected
    np.testing.assert_array_equal(model.predict(X), model.labels_)


def test_the_default_mixture_is_the_best_of_many(fitted):
    mixture = fitted.pipeline_["clusterer"]
    assert mixture.n_components == 3
    assert mixture.n_init == 40
    assert mixture.covariance_type == "full"
    assert mixture.means_.dtype == np.float64


def test_an_unknown_number_of_clusters_means_hdbscan():
    model = quick(n_clusters=None).fit(X)
    clusterer = model.pipeline_["clusterer"]
    assert isinstance(clusterer, InductiveClusterer)
    alone = GroupFinder().fit(model.embedding_)
    np.testing.assert_array_equal(model.labels_, alone.labels_)
    assert model.n_clusters_ == 2
    np.testing.assert_array_equal(model.predict(X), model.labels_)


def test_first_steps_may_be_passed_through():
    model = quick(autoencoder="passthrough", manifold="passthrough").fit(TABLE)
    assert isinstance(model.embedding_, np.ndarray)
    np.testing.assert_array_equal(model.embedding_, X)
    np.testing.assert_array_equal(model.predict(TABLE), model.labels_)


def test_a_frozen_first_step_is_neither_refitted_nor_dropped():
    frozen = PCA(2).fit(X[:100])
    components = frozen.components_.copy()
    model = quick(autoencoder=FrozenEstimator(frozen), manifold="passthrough").fit(X)
    np.testing.assert_array_equal(model.embedding_, frozen.transform(X))
    np.testing.assert_array_equal(frozen.components_, components)
    assert frozen.n_samples_ == 100


def test_a_frozen_autoencoder_is_not_trained_again():
    autoencoder = AutoencoderTransformer(2, hidden_units=(8,), epochs=1).fit(X)
    model = quick(autoencoder=FrozenEstimator(autoencoder), manifold="passthrough").fit(X)
    np.testing.assert_array_equal(model.embedding_, autoencoder.transform(X))


def test_a_frozen_clusterer_keeps_its_groups():
    kmeans = KMeans(3, random_state=0).fit(X)
    model = quick(
        autoencoder="passthrough", manifold="passthrough", clusterer=FrozenEstimator(kmeans)
    ).fit(X[::-1])
    np.testing.assert_array_equal(model.labels_, kmeans.labels_[::-1])


def test_text_columns_go_through_a_column_transformer():
    first = make_column_transformer(
        (StandardScaler(), ["size", "width"]), (OneHotEncoder(), ["colour"])
    )
    model = quick(autoencoder=first, manifold=PCA(2)).fit(COLOURS)
    assert list(model.feature_names_in_) == ["size", "width", "colour"]
    np.testing.assert_array_equal(model.predict(COLOURS), model.labels_)
    assert model.score(COLOURS, y) > 0.9
    encoded = model.pipeline_["autoencoder"].transform(COLOURS)
    assert model.score(COLOURS) == silhouette_score(encoded, model.labels_)


def test_gaps_go_where_the_first_step_fills_them(fitted):
    rows = X.copy()
    rows[::10, 0] = np.nan
    model = quick(autoencoder=make_pipeline(SimpleImputer(), PCA(3))).fit(rows)
    np.testing.assert_array_equal(model.predict(rows), model.labels_)
    codes = model.pipeline_["autoencoder"].transform(rows)
    assert model.score(rows) == silhouette_score(codes, model.labels_)
    search = GridSearchCV(model, {"manifold__n_components": [1, 2]}, cv=2).fit(rows)
    assert np.isfinite(search.cv_results_["mean_test_score"]).all()


def test_sparse_rows_go_where_the_first_step_takes_them():
    rows = sparse.csr_array(X)
    model = quick(autoencoder=TruncatedSVD(3)).fit(rows)
    np.testing.assert_array_equal(model.predict(rows), model.labels_)
    np.testing.assert_array_equal(model.transform(rows), model.embedding_)
    assert model.score(rows) == pytest.approx(model.score(X))
    with pytest.raises(TypeError, match=r"predict_proba takes no sparse rows.*toarray\(\)"):
        model.predict_proba(rows)


# Seeds and threads.


def test_seeds_and_threads_are_filled_in_only_where_there_are_none():
    model = quick(
        autoencoder=Doubler(random_state=7, n_jobs=2),
        manifold=make_pipeline(Doubler(), TSNE(max_iter=250, random_state=5)),
        n_jobs=3,
    ).fit(X)
    first, manifold, mixture = (step for _, step in model.pipeline_.steps)
    assert first.random_state == 7
    assert first.n_jobs == 2
    assert manifold.manifold["tsne"].random_state == 5
    assert manifold.manifold["tsne"].n_jobs == 3
    assert isinstance(manifold.manifold["doubler"].random_state, int)
    assert isinstance(mixture.random_state, int)


def test_no_seed_means_no_seed():
    model = quick(random_state=None).fit(X)
    assert model.pipeline_["clusterer"].random_state is None


def test_a_random_state_instance_seeds_too():
    first = quick(random_state=np.random.RandomState(0)).fit(X)
    second = quick(random_state=0).fit(X)
    seeds = [model.pipeline_["clusterer"].random_state for model in (first, second)]
    assert seeds[0] == seeds[1]


def test_objects_of_the_user_stay_as_they_were():
    steps = {
        "autoencoder": PCA(3),
        "manifold": InductiveManifold(Isomap(n_neighbors=60)),
        "clusterer": KMeans(3),
    }
    before = {name: repr(clone(step)) for name, step in steps.items()}
    model = quick(**steps, n_jobs=1).fit(X)
    for name, step in steps.items():
        assert getattr(model, name) is step
        assert repr(step) == before[name]
        with pytest.raises(NotFittedError):
            check_is_fitted(step)
    with pytest.raises(NotFittedError):
        check_is_fitted(steps["manifold"].manifold)


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


# Parameters of steps that are None.


@pytest.mark.parametrize(
    ("manifold", "expected"),
    [
        (PCA(2), GaussianMixture),
        ("passthrough", GaussianMixture),
        (make_pipeline(StandardScaler(), PCA(2)), GaussianMixture),
        (Isomap(n_neighbors=60), ModularMixture),
        (InductiveManifold(Isomap(n_neighbors=60)), ModularMixture),
    ],
    ids=str,
)
def test_the_default_mixture_is_the_likeliest_where_rows_are_only_projected(manifold, expected):
    model = quick(manifold=manifold)
    assert type(model.fit(X).pipeline_["clusterer"]) is expected
    model.set_params(clusterer__covariance_type="diag")
    assert type(model.clusterer) is expected


def test_setting_a_parameter_of_a_default_step_fills_it_in():
    model = N2DClusterer(5)
    model.set_params(
        manifold__n_neighbors=7, autoencoder__epochs=3, clusterer__covariance_type="diag"
    )
    assert model.manifold.n_neighbors == 7
    assert model.manifold.min_dist == 0
    assert model.manifold.n_components == 5
    assert model.autoencoder.epochs == 3
    assert model.autoencoder.n_estimators == 3
    assert model.clusterer.covariance_type == "diag"
    assert model.clusterer.n_components == 5
    assert model.clusterer.n_init == 40
    assert N2DClusterer(5).manifold is None


def test_the_number_of_clusters_set_at_once_counts():
    model = N2DClusterer().set_params(clusterer__n_init=2, n_clusters=4)
    assert model.clusterer.n_components == 4
    unknown = N2DClusterer().set_params(clusterer__min_cluster_size=9, n_clusters=None)
    assert type(unknown.clusterer).__name__ == "HDBSCAN"
    assert unknown.clusterer.min_cluster_size == 9


def test_parameters_of_given_steps_are_set_on_them():
    model = quick().set_params(autoencoder__n_components=2, manifold=Isomap(n_neighbors=60))
    model.set_params(manifold__n_neighbors=8)
    assert model.autoencoder.n_components == 2
    assert model.manifold.n_neighbors == 8
    assert model.get_params()["manifold__n_neighbors"] == 8


def test_a_filled_in_default_is_what_none_means():
    filled = quick(clusterer=None).set_params(clusterer__n_init=10)
    np.testing.assert_array_equal(filled.fit(X).labels_, quick().fit(X).labels_)


@pytest.mark.parametrize("name", ["manifold__neighbours", "umap__n_neighbors", "clusters"])
def test_unknown_parameters_are_refused(name):
    with pytest.raises(ValueError, match=f"Invalid parameter '{name.split('__')[-1]}'|'umap'"):
        N2DClusterer().set_params(**{name: 10})


@pytest.mark.parametrize(
    ("name", "value"),
    [
        *(("n_clusters", value) for value in (0, -1, 2.5, "ten")),
        ("verbose", "yes"),
    ],
)
def test_default_steps_wait_for_valid_parameters(name, value):
    model = N2DClusterer(**{name: value})
    with pytest.raises(ValueError, match=f"{name}.*Got {value!r}"):
        model.set_params(manifold__n_neighbors=10)
    assert model.manifold is None


# The diagram.


def steps_shown(model):
    """Return the part of the diagram that shows the steps."""
    return model._repr_html_().partition('class="sk-serial"')[2]


def test_diagram_of_an_unfitted_model():
    shown = steps_shown(N2DClusterer())
    for text in ("AutoencoderTransformer (default)", "UMAP (default)", "GaussianMixture"):
        assert text in shown
    assert "Not fitted" in N2DClusterer()._repr_html_()
    assert "HDBSCAN (default)" in steps_shown(N2DClusterer(None))


def test_diagram_of_given_steps():
    shown = steps_shown(quick(manifold=Isomap(n_neighbors=60), clusterer=DBSCAN()))
    for text in ("PCA", "Isomap", "DBSCAN"):
        assert text in shown
    assert "passthrough" in steps_shown(quick(manifold="passthrough"))


def test_diagram_of_a_fitted_model(fitted):
    shown = steps_shown(quick(manifold=Isomap(n_neighbors=60)).fit(X))
    for text in ("PCA", "InductiveManifold", "Isomap", "ModularMixture"):
        assert text in shown
    assert "Not fitted" not in fitted._repr_html_()


def test_diagram_of_a_model_that_cannot_be_fitted():
    assert "PCA" in steps_shown(N2DClusterer(n_clusters="ten", manifold=PCA, clusterer=3))


# Bad input. Each leaves the earlier fit usable.


def with_value(value):
    rows = X.copy()
    rows[3, 1] = value
    return rows


def check_refused(model, rows, error, message):
    before = model.fit(X).labels_.copy()
    state = set(vars(model))
    with pytest.raises(error, match=message):
        model.fit(rows)
    np.testing.assert_array_equal(model.labels_, before)
    np.testing.assert_array_equal(model.predict(X), before)
    assert set(vars(model)) == state


BAD_ROWS = {
    "NaN": (with_value(np.nan), ValueError, "X contains NaN"),
    "infinity": (with_value(np.inf), ValueError, "X contains infinity"),
    "complex": (X + 1j, ValueError, "[Cc]omplex data not supported"),
    "text": (np.full((20, 3), "a1"), ValueError, "could not convert|numeric|numbers"),
    "objects": (np.full((20, 3), object()), (TypeError, ValueError), "number"),
    "1-D": (X[0], ValueError, "2D array, got 1D array"),
    "3-D": (X.reshape(50, 3, 4), ValueError, "dim 3.*N2DClusterer"),
    "no columns": (X[:, :0], ValueError, r"0 feature\(s\)"),
    "no rows": (X[:0], ValueError, "n_samples=0 .*n_clusters=3.*more rows"),
    "one row": (X[:1], ValueError, "n_samples=1 .*n_clusters=3.*more rows"),
    "fewer rows than clusters": (X[:2], ValueError, "n_samples=2 .*n_clusters=3.*fewer"),
}


@pytest.mark.parametrize("first", [PCA(1), "passthrough"], ids=str)
@pytest.mark.parametrize(("rows", "error", "message"), BAD_ROWS.values(), ids=BAD_ROWS)
def test_rows_that_cannot_be_used(first, rows, error, message):
    model = quick(autoencoder=first, manifold="passthrough")
    check_refused(model, rows, error, message)


@pytest.mark.parametrize(("rows", "error", "message"), BAD_ROWS.values(), ids=BAD_ROWS)
def test_rows_that_the_default_steps_cannot_use(rows, error, message):
    with pytest.raises(error, match=message):
        N2DClusterer(3).fit(rows)


def test_the_default_steps_name_the_columns_with_text():
    with pytest.raises(ValueError, match=r"'colour'.*Encode them"):
        N2DClusterer(3).fit(COLOURS)


def test_the_default_steps_refuse_equal_rows():
    with pytest.raises(ValueError, match="All 50 rows of X are equal"):
        N2DClusterer(3).fit(np.ones((50, 4)))


@pytest.mark.parametrize("n_rows", [0, 1])
def test_too_few_rows_without_a_number_of_clusters(n_rows):
    message = rf"{n_rows} sample\(s\).*minimum"
    with pytest.raises(ValueError, match=message):
        N2DClusterer(None).fit(X[:n_rows])
    alone = quick(n_clusters=None, autoencoder="passthrough", manifold="passthrough")
    check_refused(alone, X[:n_rows], ValueError, message)


def test_a_constant_column_is_no_harm(fitted):
    rows = np.column_stack([X, np.full(150, 3.0)])
    labels = quick().fit(rows).labels_
    assert adjusted_rand_score(fitted.labels_, labels) == 1


def test_other_columns_at_predict(fitted):
    message = "X has 3 features, but N2DClusterer is expecting 4 features"
    for method in (fitted.predict, fitted.transform, fitted.predict_proba, fitted.score):
        with pytest.raises(ValueError, match=message):
            method(X[:, :3])


def test_other_names_at_predict():
    model = quick().fit(TABLE)
    renamed = TABLE.rename(columns={"petal width": "petal area"})
    with pytest.raises(ValueError, match=r"(?s)feature names.*petal area.*petal width"):
        model.predict(renamed)
    with pytest.raises(ValueError, match="same order"):
        model.transform(TABLE[TABLE.columns[::-1]])


@pytest.mark.parametrize("name", ["NaN", "infinity", "complex", "text", "1-D", "3-D"])
def test_rows_that_cannot_be_predicted(fitted, name):
    rows, error, message = BAD_ROWS[name]
    if name == "text":
        rows = np.full((20, 4), "a1")
    with pytest.raises(error, match=message):
        fitted.predict(rows)
    np.testing.assert_array_equal(fitted.predict(X), fitted.labels_)


def test_no_rows_at_predict(fitted):
    with pytest.raises(ValueError, match=r"0 sample\(s\)"):
        fitted.predict(X[:0])


@pytest.mark.parametrize(
    ("name", "value", "message"),
    [
        ("n_clusters", 0, r"'n_clusters' .*\[1, inf\) or None. Got 0"),
        ("n_clusters", -1, r"'n_clusters' .*\[1, inf\) or None. Got -1"),
        ("n_clusters", 2.5, r"'n_clusters' .*\[1, inf\) or None. Got 2.5"),
        ("n_clusters", "ten", r"'n_clusters' .*\[1, inf\) or None. Got 'ten'"),
        ("inference", "nearest", "'inference' .*'neighbors'.* Got 'nearest'"),
        ("memory", 3, "'memory' .*Got 3"),
        ("random_state", "seed", "'random_state' .*Got 'seed'"),
        ("n_jobs", "all", "'n_jobs' .*Got 'all'"),
        ("max_manifold_samples", 1, "'max_manifold_samples' .*Got 1"),
        ("verbose", "yes", "'verbose' .*Got 'yes'"),
    ],
)
def test_parameters_out_of_range(name, value, message):
    model = quick().fit(X)
    before = model.labels_
    model.set_params(**{name: value})
    with pytest.raises(ValueError, match=message):
        model.fit(X)
    assert model.labels_ is before
    np.testing.assert_array_equal(model.predict(X), before)


class OnlyFits(BaseEstimator):
    def fit(self, X, y=None):
        return self


class NoEstimator:
    """Can do everything but be cloned."""

    def fit(self, X, y=None):
        return self

    def transform(self, X):
        return X

    predict = transform


@pytest.mark.parametrize(
    ("name", "step", "message"),
    [
        ("autoencoder", OnlyFits(), "'passthrough' or None.*OnlyFits.* no transform"),
        ("autoencoder", NoEstimator(), "no get_params"),
        ("autoencoder", "dense", "'dense', .* no fit and transform"),
        ("autoencoder", 3, "3, .* no fit and transform"),
        ("autoencoder", PCA, r"instance, not the class PCA.*PCA\(\)"),
        ("manifold", BaseEstimator(), r"BaseEstimator\(\), .* no fit"),
        ("manifold", NoEstimator(), "no get_params"),
        ("manifold", "umap", "'umap', .* no fit"),
        ("manifold", Isomap, r"instance, not the class Isomap.*Isomap\(\)"),
        ("clusterer", BaseEstimator(), r"BaseEstimator\(\), .* no fit"),
        ("clusterer", NoEstimator(), "no get_params"),
        ("clusterer", "passthrough", "'passthrough', .* no fit"),
        ("clusterer", KMeans, r"instance, not the class KMeans.*KMeans\(\)"),
        ("clusterer", StandardScaler(), "StandardScaler"),
    ],
    ids=str,
)
def test_steps_that_lack_something(name, step, message):
    model = quick().fit(X)
    before = model.labels_
    model.set_params(**{name: step})
    with pytest.raises(TypeError, match=f"{name}.*{message}"):
        model.fit(X)
    np.testing.assert_array_equal(model.predict(X), before)


def test_native_inference_needs_a_transform():
    model = quick(manifold=TSNE(), inference="native")
    with pytest.raises(
        TypeError, match=r"manifold.*inference='native'.*TSNE\(\).*no transform"
    ):
        model.fit(X)


def test_unfitted_use():
    model = quick()
    for method in (model.predict, model.transform, model.predict_proba, model.score):
        with pytest.raises(NotFittedError, match=r"N2DClusterer .*is not fitted yet"):
            method(X)
    for attribute in ("labels_", "embedding_", "probabilities_", "pipeline_", "n_clusters_"):
        with pytest.raises(AttributeError, match=attribute):
            getattr(model, attribute)


# Interrupted.


class Interrupted(TransformerMixin, BaseEstimator):
    """Any step, with Ctrl-C pressed while it works."""

    def __init__(self, method="fit"):
        self.method = method

    def _work(self, method):
        self.begun_ = True
        if method == self.method:
            signal.raise_signal(signal.SIGINT)
        return self

    def fit(self, X, y=None):
        return self._work("fit")

    def transform(self, X):
        return self._work("transform") and X

    def predict(self, X):
        self._work("predict")


INTERRUPTED = [
    ("autoencoder", "fit"),
    ("autoencoder", "transform"),
    ("manifold", "fit"),
    ("clusterer", "fit"),
    ("clusterer", "predict"),
]


@pytest.mark.usefixtures("hears_ctrl_c")
@pytest.mark.parametrize(("name", "method"), INTERRUPTED)
def test_ctrl_c_in_a_first_fit_leaves_the_estimator_unfitted(name, method, fitted):
    step = Interrupted(method)
    model = quick(**{name: step})
    with pytest.raises(KeyboardInterrupt):
        model.fit(X)
    assert vars(model) == model.get_params(deep=False)
    assert not hasattr(step, "begun_")
    with pytest.raises(NotFittedError):
        model.predict(X)
    model.set_params(**{name: quick().get_params(deep=False)[name]})
    np.testing.assert_array_equal(model.fit(X).labels_, fitted.labels_)


@pytest.mark.usefixtures("hears_ctrl_c")
@pytest.mark.parametrize(("name", "method"), INTERRUPTED)
def test_ctrl_c_leaves_the_earlier_fit(name, method, fitted):
    model = quick().fit(X)
    state = np.random.get_state()[1].tolist()
    model.set_params(**{name: Interrupted(method)})
    with pytest.raises(KeyboardInterrupt):
        model.fit(TABLE[:50])
    assert np.random.get_state()[1].tolist() == state
    assert not hasattr(model, "feature_names_in_")
    np.testing.assert_array_equal(model.labels_, fitted.labels_)
    np.testing.assert_array_equal(model.predict(X), fitted.labels_)
    np.testing.assert_array_equal(model.embedding_, fitted.embedding_)


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
    for line, name in zip(lines, names, strict=True):
        assert f"Processing {name}, total=" in line
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
        {"autoencoder": lambda: FrozenEstimator(PCA(3).fit(X))},
        {"autoencoder": in_a_pipeline},
        {"manifold": lambda: FrozenEstimator(InductiveManifold(PCA(2)).fit(X[:, :3]))},
    ],
    ids=lambda params: str(params)[:60],
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
