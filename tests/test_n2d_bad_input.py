"""What N2DClusterer refuses, and fits that are interrupted: an earlier fit stays usable."""

import signal
import warnings

import numpy as np
import pytest
from _quick import COLOURS, TABLE, X, quick
from sklearn.base import BaseEstimator, TransformerMixin
from sklearn.cluster import DBSCAN, KMeans
from sklearn.decomposition import PCA
from sklearn.discriminant_analysis import LinearDiscriminantAnalysis
from sklearn.exceptions import ConvergenceWarning, NotFittedError
from sklearn.manifold import TSNE, Isomap
from sklearn.metrics import adjusted_rand_score
from sklearn.mixture import BayesianGaussianMixture
from sklearn.preprocessing import StandardScaler

from skn2d import N2DClusterer

pytestmark = pytest.mark.usefixtures("one_thread")


@pytest.fixture(scope="module")
def fitted():
    return quick().fit(X)


# Bad input. Each leaves the earlier fit usable.


def test_true_labels_are_called_as_they_are_passed(fitted):
    with pytest.raises(ValueError, match=r"y and the predicted labels must.*same rows; got 5"):
        fitted.score(X, np.zeros(5))
    with pytest.raises(ValueError, match=r"y must be one-dimensional.*y\.ravel\(\)"):
        fitted.score(X, np.zeros((len(X), 1)))


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
    "3-D": (X.reshape(50, 3, 4), ValueError, "dim 3.*N2DClusterer.*reshape"),
    "3-D list": (X.reshape(50, 3, 4).tolist(), ValueError, "dim 3.*N2DClusterer.*reshape"),
    "lengths": ([[1, 2, 3], [1, 2]], ValueError, "different lengths.*resample"),
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


@pytest.mark.parametrize("n_clusters", [1, 2, None])
def test_two_rows_are_too_few_for_the_default_manifold(n_clusters):
    with pytest.raises(ValueError, match="UMAP needs at least 3 rows to embed; got 2"):
        N2DClusterer(n_clusters, autoencoder="passthrough").fit(X[[0, 70]])


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


@pytest.mark.filterwarnings("ignore:Number of distinct clusters")
def test_fewer_groups_than_asked_for_are_told():
    rows = np.repeat([[0.0, 0, 1], [5, 5, 5]], 30, axis=0)
    model = quick(n_clusters=5, autoencoder="passthrough")
    with pytest.warns(ConvergenceWarning, match="Of n_clusters=5 only 2 were found"):
        model.fit(rows)
    assert model.n_clusters_ == 2
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        model.set_params(n_clusters=8, clusterer=DBSCAN(eps=1)).fit(rows)


def test_a_clusterer_that_is_given_has_its_own_number():
    steps = {"autoencoder": "passthrough", "manifold": "passthrough"}
    model = N2DClusterer(**steps, clusterer=KMeans(2, n_init=1, random_state=0))
    assert model.fit(X[[0, 1, 100, 101, 102]]).n_clusters_ == 2
    assert model.set_params(max_manifold_samples=6).fit(X[:50]).n_clusters_ == 2
    with pytest.warns(UserWarning, match=r"n_clusters=5 does not .* has n_components=3"):
        N2DClusterer(5, **steps, clusterer=BayesianGaussianMixture(n_components=3)).fit(X)


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

    def __repr__(self):  # the same in each process, for the names of tests
        return "NoEstimator()"

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
        ("autoencoder", LinearDiscriminantAnalysis(), "must learn without labels"),
        ("manifold", BaseEstimator(), r"BaseEstimator\(\), .* no fit"),
        ("manifold", NoEstimator(), "no get_params"),
        ("manifold", "umap", "'umap', .* no fit"),
        ("manifold", Isomap, r"instance, not the class Isomap.*Isomap\(\)"),
        ("clusterer", BaseEstimator(), r"BaseEstimator\(\), .* no fit"),
        ("clusterer", NoEstimator(), "no get_params"),
        ("clusterer", "passthrough", "'passthrough', .* no fit"),
        ("clusterer", KMeans, r"instance, not the class KMeans.*KMeans\(\)"),
        ("clusterer", StandardScaler(), "StandardScaler"),
        ("clusterer", LinearDiscriminantAnalysis(), "must learn without labels"),
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
