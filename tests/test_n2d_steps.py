"""Which steps an N2DClusterer makes, parameters of those that are None, and its diagram."""

import warnings

import numpy as np
import pandas as pd
import pytest
import umap
from _quick import COLOURS, TABLE, X, quick, y
from scipy import sparse
from sklearn import config_context
from sklearn.base import BaseEstimator, ClusterMixin, TransformerMixin, clone
from sklearn.cluster import DBSCAN, AgglomerativeClustering, KMeans
from sklearn.compose import make_column_transformer
from sklearn.decomposition import NMF, PCA, FactorAnalysis, KernelPCA, TruncatedSVD
from sklearn.exceptions import NotFittedError
from sklearn.frozen import FrozenEstimator
from sklearn.impute import SimpleImputer
from sklearn.manifold import TSNE, Isomap
from sklearn.mixture import GaussianMixture
from sklearn.model_selection import GridSearchCV
from sklearn.pipeline import Pipeline, make_pipeline
from sklearn.preprocessing import FunctionTransformer, OneHotEncoder, StandardScaler
from sklearn.utils import get_tags
from sklearn.utils.validation import check_is_fitted

from skn2d import AutoencoderTransformer, InductiveClusterer, InductiveManifold, N2DClusterer
from skn2d._mixture import NeighborMixture
from skn2d._unknown_number import GroupFinder
from skn2d.metrics import silhouette_score

pytestmark = pytest.mark.usefixtures("one_thread")


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


@pytest.fixture(scope="module")
def fitted():
    return quick().fit(X)


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
    places = model.transform(TABLE)
    assert isinstance(places, np.ndarray)
    np.testing.assert_array_equal(places, X)
    with pytest.raises(ValueError, match="NaN"):
        model.transform(TABLE.where(TABLE > 0.5))


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
    codes = model.embedding_
    with pytest.raises(ValueError, match="which a FrozenEstimator forbids"):
        model.set_params(n_refinements=1).fit(X)
    np.testing.assert_array_equal(autoencoder.transform(X), codes)


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


def test_sparse_rows_of_a_first_step_are_refused_with_a_way_out():
    for params in ({"autoencoder": "passthrough"}, {"autoencoder": OneHotEncoder()}):
        rows = sparse.csr_array(X) if params["autoencoder"] == "passthrough" else X.round()
        with pytest.raises(TypeError, match=r"first step hands on sparse rows.*TruncatedSVD"):
            quick(manifold=Isomap(), **params).fit(rows)


def test_a_seeded_umap_that_places_rows_itself_warns_of_nothing():
    with warnings.catch_warnings():
        warnings.simplefilter("error", UserWarning)
        model = quick(manifold=umap.UMAP(n_epochs=20), inference="native").fit(X)
    assert model.pipeline_["manifold"].n_jobs == 1


class Predicts(ClusterMixin, BaseEstimator):
    """A clusterer with a predict of its own, that gives each row one of two labels."""

    def __init__(self, labels):
        self.labels = labels

    def fit(self, X, y=None):
        self.labels_ = self.predict(X)
        return self

    def predict(self, X):
        return np.where(X[:, 0] > np.mean(X[:, 0]), *self.labels)


@pytest.mark.parametrize("n_init", [1, 2])
def test_a_clusterer_that_answers_with_other_than_whole_numbers_gets_a_sentence(n_init):
    for labels in (["b", "a"], [0.5, 1.5]):
        with pytest.raises(TypeError, match=r"whole numbers.*Number the groups"):
            quick(clusterer=Predicts(labels), n_init=n_init).fit(X)
    found = quick(clusterer=Predicts([1.0, 0.0]), n_init=n_init).fit(X).labels_
    assert found.dtype == np.int64
    assert set(found) == {0, 1}


def test_the_default_umap_has_the_jobs_of_the_whole():
    params = {"autoencoder": "passthrough", "inference": "native", "n_init": 1}
    for n_jobs, expected in ((None, {-1}), (1, {1}), (999, set(range(1, 999)))):
        model = N2DClusterer(3, n_jobs=n_jobs, **params).fit(X)
        assert model.pipeline_["manifold"].n_jobs in expected


def test_fewer_distinct_rows_than_groups_are_told_once():
    rows = np.repeat(X[::60], 20, axis=0)
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        quick(n_clusters=5, autoencoder="passthrough").fit(rows)
    assert [str(w.message)[:30] for w in caught] == ["Of n_clusters=5 only 3 were fo"]


def test_sparse_rows_go_where_the_first_step_takes_them():
    rows = sparse.csr_array(X)
    model = quick(autoencoder=TruncatedSVD(3)).fit(rows)
    np.testing.assert_array_equal(model.predict(rows), model.labels_)
    np.testing.assert_array_equal(model.transform(rows), model.embedding_)
    assert model.score(rows) == pytest.approx(model.score(X))
    with pytest.raises(TypeError, match=r"predict_proba takes no sparse rows.*toarray\(\)"):
        model.predict_proba(rows)


@pytest.mark.parametrize(
    ("params", "first"),
    [
        ({"autoencoder": None}, AutoencoderTransformer()),
        ({"autoencoder": PCA(2)}, PCA(2)),
        ({"autoencoder": FactorAnalysis(2)}, FactorAnalysis(2)),
        ({"autoencoder": NMF(2)}, NMF(2)),
        (
            {"autoencoder": KernelPCA(2, kernel="precomputed")},
            KernelPCA(2, kernel="precomputed"),
        ),
        ({"autoencoder": "passthrough", "manifold": TruncatedSVD(2)}, TruncatedSVD(2)),
        ({"autoencoder": "passthrough", "manifold": None}, InductiveManifold()),
        (
            {"autoencoder": "passthrough", "manifold": "passthrough", "clusterer": KMeans(3)},
            KMeans(3),
        ),
    ],
    ids=str,
)
def test_tags_are_those_of_the_first_step(params, first):
    tags, expected = get_tags(quick(**params)).input_tags, get_tags(first).input_tags
    for name in ("allow_nan", "pairwise", "positive_only", "sparse"):
        assert getattr(tags, name) is getattr(expected, name)


def test_tags_differ_with_the_first_step():
    assert get_tags(N2DClusterer()).input_tags.sparse
    assert not get_tags(quick(autoencoder="passthrough", manifold=None)).input_tags.sparse
    assert get_tags(quick(autoencoder=NMF(2))).input_tags.positive_only


# Settings of scikit-learn.


@pytest.mark.parametrize("params", [{}, {"max_manifold_samples": 60}], ids=str)
def test_tables_by_setting_change_no_inner_step(params):
    autoencoder = AutoencoderTransformer(2, hidden_units=(8,), epochs=1)
    model = quick(autoencoder=autoencoder, manifold=Isomap(n_neighbors=50), **params)
    expected = clone(model).fit(TABLE)
    with config_context(transform_output="pandas"):
        model.fit(TABLE)
        assert isinstance(model.transform(TABLE), pd.DataFrame)
    np.testing.assert_array_equal(model.embedding_, expected.embedding_)
    with warnings.catch_warnings(), config_context(transform_output="pandas"):
        warnings.simplefilter("error")
        np.testing.assert_array_equal(expected.predict(TABLE), expected.labels_)
        np.testing.assert_array_equal(expected.predict_proba(TABLE).argmax(1), expected.labels_)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        np.testing.assert_array_equal(model.predict(TABLE), expected.labels_)


def test_tables_by_setting_change_nothing_behind_a_frozen_autoencoder():
    frozen = FrozenEstimator(AutoencoderTransformer(2, hidden_units=(8,), epochs=1).fit(X))
    with config_context(transform_output="pandas"):
        model = quick(autoencoder=frozen, manifold=InductiveManifold(PCA(2))).fit(X)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        np.testing.assert_array_equal(model.predict(X), model.labels_)


def test_a_first_step_of_the_users_own_has_the_settings_of_scikit_learn():
    named = FunctionTransformer(lambda table: table[["pca0", "pca1"]])
    with config_context(transform_output="pandas"):
        model = quick(autoencoder=make_pipeline(PCA(3), named)).fit(TABLE)
        np.testing.assert_array_equal(model.predict(TABLE), model.labels_)


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


# Parameters of steps that are None.


@pytest.mark.parametrize(
    ("manifold", "expected"),
    [
        (PCA(2), GaussianMixture),
        ("passthrough", GaussianMixture),
        (make_pipeline(StandardScaler(), PCA(2)), GaussianMixture),
        (Isomap(n_neighbors=60), NeighborMixture),
        (InductiveManifold(Isomap(n_neighbors=60)), NeighborMixture),
        (
            make_pipeline(StandardScaler(), InductiveManifold(Isomap(n_neighbors=60))),
            NeighborMixture,
        ),
        (FrozenEstimator(InductiveManifold(PCA(2)).fit(X)), NeighborMixture),
        (FrozenEstimator(PCA(2).fit(X)), GaussianMixture),
    ],
    ids=lambda value: type(value).__name__,
)
def test_the_default_mixture_is_the_likeliest_where_rows_are_only_projected(manifold, expected):
    model = quick(autoencoder="passthrough", manifold=manifold)
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


@pytest.mark.parametrize(
    ("n_clusters", "n_dimensions"), [(1, 2), (5, 5), (20, 20), (100, 20), (None, 10)]
)
def test_the_default_manifold_has_as_many_dimensions_as_few_clusters(n_clusters, n_dimensions):
    model = N2DClusterer(n_clusters).set_params(manifold__n_neighbors=9)
    assert model.manifold.n_components == n_dimensions


def test_the_number_of_clusters_set_at_once_counts():
    model = N2DClusterer().set_params(clusterer__n_init=2, n_clusters=4)
    assert model.clusterer.n_components == 4
    unknown = N2DClusterer().set_params(clusterer__min_cluster_size=9, n_clusters=None)
    assert type(unknown.clusterer).__name__ == "HDBSCAN"
    assert unknown.clusterer.min_cluster_size == 9


@pytest.mark.parametrize(
    ("model", "message"),
    [
        (quick(n_clusters=5, clusterer=KMeans(3)), "n_clusters=5 .* has n_clusters=3"),
        (
            quick(n_clusters=3).set_params(clusterer__n_init=2).set_params(n_clusters=2),
            "n_clusters=2 .* has n_components=3",
        ),
    ],
)
def test_a_number_that_the_clusterer_does_not_follow_is_told(model, message):
    with pytest.warns(UserWarning, match=message):
        model.fit(X)
    assert model.n_clusters_ == 3


@pytest.mark.parametrize(
    "params",
    [
        {"n_clusters": 3, "clusterer": KMeans(3)},
        {"n_clusters": 8, "clusterer": KMeans(3)},  # what it is by default
        {"n_clusters": None, "clusterer": KMeans(3)},
        {"n_clusters": 5, "clusterer": DBSCAN()},
    ],
    ids=str,
)
def test_a_number_that_says_nothing_else_is_fine(params):
    with warnings.catch_warnings():
        warnings.simplefilter("error", UserWarning)
        quick(**params).fit(X)


def test_parameters_of_given_steps_are_set_on_them():
    model = quick().set_params(autoencoder__n_components=2, manifold=Isomap(n_neighbors=60))
    model.set_params(manifold__n_neighbors=8)
    assert model.autoencoder.n_components == 2
    assert model.manifold.n_neighbors == 8
    assert model.get_params()["manifold__n_neighbors"] == 8


@pytest.mark.parametrize("part", ["autoencoder", "manifold", "clusterer"])
def test_a_parameter_that_a_default_step_does_not_have_leaves_it_out(part):
    model = N2DClusterer()
    with pytest.raises(ValueError, match="Invalid parameter 'colour'"):
        model.set_params(**{f"{part}__colour": 3})
    assert getattr(model, part) is None


def test_a_subclass_may_have_fewer_parameters():
    class Three(N2DClusterer):
        _parameter_constraints = {"random_state": ["random_state"]}

        def __init__(self, random_state=None):
            super().__init__(3, autoencoder=PCA(3), manifold=PCA(2), random_state=random_state)

    np.testing.assert_array_equal(Three(0).fit(X).labels_, quick().fit(X).labels_)


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
    for text in ("PCA", "InductiveManifold", "Isomap", "NeighborMixture"):
        assert text in shown
    assert "Not fitted" not in fitted._repr_html_()


def test_diagram_of_a_model_that_cannot_be_fitted():
    assert "PCA" in steps_shown(N2DClusterer(n_clusters="ten", manifold=PCA, clusterer=3))
