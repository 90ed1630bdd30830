"""InductiveClusterer: training rows keep their label, new rows get one of their own."""

import copy
import pickle
import subprocess
import sys

import hdbscan
import joblib
import numpy as np
import pytest
import skops.io
from numpy.testing import assert_allclose, assert_array_equal
from sklearn.base import BaseEstimator, clone
from sklearn.cluster import (
    DBSCAN,
    HDBSCAN,
    OPTICS,
    AffinityPropagation,
    AgglomerativeClustering,
    Birch,
    KMeans,
    SpectralClustering,
)
from sklearn.datasets import load_digits, make_blobs
from sklearn.exceptions import NotFittedError
from sklearn.frozen import FrozenEstimator
from sklearn.metrics import adjusted_rand_score
from sklearn.mixture import GaussianMixture
from sklearn.utils.estimator_checks import check_estimator

from skn2d import InductiveClusterer

# Few columns are searched by a tree, many by a pass over all rows.
N_COLUMNS = (3, 40)
HDBSCANS = {
    "hdbscan": hdbscan.HDBSCAN(min_cluster_size=15, core_dist_n_jobs=1),
    "sklearn": HDBSCAN(min_cluster_size=15, copy=True),
}
STRATEGIES = ("density", "neighbors", "native")


class Given(BaseEstimator):
    """A clusterer that returns what it was given, and remembers what it was called with."""

    calls = ()

    def __init__(self, labels=None, probabilities=None):
        self.labels = labels
        self.probabilities = probabilities

    def fit_predict(self, X, y=None):
        Given.calls = (*Given.calls, (X, y))
        if self.probabilities is not None:
            self.probabilities_ = self.probabilities
        return self.labels


class OnlyFit(BaseEstimator):
    def fit(self, X, y=None):
        self.labels_ = (X[:, 0] > X[:, 0].mean()).astype(int)
        return self


class FitsNothing(BaseEstimator):
    def fit(self, X, y=None):
        return self


def noisy_blobs(n_columns, seed=0):
    """Four groups among scattered rows, shuffled."""
    random_state = np.random.RandomState(seed)
    X, y = make_blobs(1000, n_columns, centers=4, cluster_std=0.6, random_state=seed)
    noise = random_state.uniform(X.min() - 2, X.max() + 2, size=(80, n_columns))
    order = random_state.permutation(1080)
    return np.concatenate([X, noise])[order], np.append(y, np.full(80, -1))[order]


@pytest.fixture(scope="module", params=N_COLUMNS)
def rows(request):
    return noisy_blobs(request.param)


@pytest.fixture(
    scope="module",
    params=[("hdbscan", s) for s in STRATEGIES] + [("sklearn", s) for s in STRATEGIES[:2]],
    ids="-".join,
)
def fitted(request, rows):
    X, y = rows
    package, strategy = request.param
    clusterer = InductiveClusterer(HDBSCANS[package], strategy=strategy).fit(X[:700])
    return clusterer, X[:700], X[700:], y[700:]


def test_hdbscan_labels_its_training_rows(fitted):
    clusterer, X, _, _ = fitted
    own = clone(clusterer.clusterer).fit(X)
    assert_array_equal(clusterer.labels_, own.labels_)
    assert_allclose(clusterer.probabilities_, own.probabilities_)
    assert_array_equal(clusterer.predict(X), clusterer.labels_)
    assert clusterer.n_clusters_ == 4
    assert (clusterer.labels_ == -1).any()


def test_hdbscan_labels_new_rows(fitted):
    clusterer, _, new, y = fitted
    labels = clusterer.predict(new)
    found = (labels >= 0) & (y >= 0)
    assert found.sum() > 0.9 * (y >= 0).sum()
    assert adjusted_rand_score(y[found], labels[found]) > 0.97
    if clusterer.strategy != "neighbors":
        assert adjusted_rand_score(y, labels) > 0.9
        far = new[:3] + 1000.0
        assert_array_equal(clusterer.predict(far), [-1, -1, -1])


def test_memberships(fitted):
    clusterer, X, new, _ = fitted
    shares, labels = clusterer.predict_proba(new), clusterer.predict(new)
    assert shares.shape == (len(new), 4)
    assert shares.min() >= 0
    assert shares.sum(axis=1).max() <= 1 + 1e-12
    found = labels >= 0
    assert_array_equal(shares[found].argmax(axis=1), labels[found])
    assert_array_equal(shares[~found], 0)
    expected = np.zeros((len(X), 4))
    inside = np.flatnonzero(clusterer.labels_ >= 0)
    expected[inside, clusterer.labels_[inside]] = clusterer.probabilities_[inside]
    assert_allclose(clusterer.predict_proba(X), expected)


def test_an_answer_depends_on_its_row_alone(fitted):
    clusterer, _, new, _ = fitted
    order = np.random.RandomState(0).permutation(len(new))
    for method in (clusterer.predict, clusterer.predict_proba):
        answers = method(new)
        assert_array_equal(method(new[order]), answers[order])
        for size in (1, 2, 30):
            parts = [method(new[i : i + size]) for i in range(0, 60, size)]
            assert_array_equal(np.concatenate(parts), answers[:60])


def test_last_bit_noise_does_not_move_a_training_row(fitted):
    clusterer, X, _, _ = fitted
    noisy = X.astype(np.float32)
    assert not np.array_equal(noisy, X)
    assert_array_equal(clusterer.predict(noisy), clusterer.labels_)


def test_auto_takes_what_the_clusterer_offers():
    X, _ = noisy_blobs(3)
    strategies = {
        "native": [KMeans(3, n_init=1), GaussianMixture(2), Birch(n_clusters=2)],
        "density": [*HDBSCANS.values(), DBSCAN(eps=0.7), OPTICS(max_eps=2)],
        "neighbors": [
            AgglomerativeClustering(4),
            SpectralClustering(4, n_components=3, random_state=0),
            DBSCAN(eps=1.0, metric="manhattan"),
            hdbscan.HDBSCAN(metric="manhattan"),
            OnlyFit(),
        ],
    }
    for strategy, clusterers in strategies.items():
        for clusterer in clusterers:
            fitted = InductiveClusterer(clusterer).fit(X[:300])
            assert fitted.strategy_ == strategy, clusterer
            assert hasattr(fitted, "clusterer_") == (strategy == "native")
            assert_array_equal(fitted.predict(X[:300]), fitted.labels_)
            assert set(fitted.predict(X)) <= {-1, *range(fitted.n_clusters_)}


def test_clusterers_that_predict_are_used_as_they_are():
    X, _ = noisy_blobs(3)
    mixture = GaussianMixture(4, random_state=0)
    clusterer = InductiveClusterer(mixture).fit(X[:700].astype(np.float32))
    own = clone(mixture).fit(X[:700].astype(np.float32).astype(np.float64))
    assert_array_equal(clusterer.predict(X), own.predict(X))
    assert_array_equal(clusterer.predict_proba(X), own.predict_proba(X))
    assert clusterer.n_clusters_ == 4


def test_dbscan_rule():
    X = np.array([[0.0], [0.5], [1.0], [2.0], [10.0], [10.5], [11.0], [30.0]])
    clusterer = InductiveClusterer(DBSCAN(eps=1.1, min_samples=3)).fit(X)
    assert_array_equal(clusterer.labels_, [0, 0, 0, 0, 1, 1, 1, -1])
    # 2.0 is in reach of a core sample, but none itself: what is near it alone is noise.
    new = [[1.4], [2.2], [2.6], [11.9], [12.2], [30.0], [31.0]]
    assert_array_equal(clusterer.predict(new), [0, -1, -1, 1, -1, -1, -1])
    no_noise = InductiveClusterer(DBSCAN(eps=1.1, min_samples=3)).fit(X[:7])
    assert_array_equal(no_noise.predict([[0.2], [31.0]]), [0, -1])
    all_noise = InductiveClusterer(DBSCAN(eps=0.1, min_samples=3)).fit(X)
    assert all_noise.n_clusters_ == 0
    assert_array_equal(all_noise.predict(X + 0.01), np.full(8, -1))


def test_density_rule():
    """A cluster reaches as far as its own rows are apart, in mutual reachability."""
    X = np.array([[0.0], [1.0], [2.0], [3.0], [4.0], [100.0], [110.0], [120.0], [50.0]])
    labels = np.array([0, 0, 0, 0, 0, 1, 1, 1, -1])

    class TwoNeighbors(Given):
        min_samples = 3  # which counts the row itself

    clusterer = InductiveClusterer(TwoNeighbors(labels), n_neighbors=5).fit(X)
    assert clusterer.strategy_ == "density"
    # The outermost rows of the first cluster have their second neighbour 2 away, those
    # of the second 20; a new row needs two training rows and a fellow within that.
    new = [[2.5], [4.9], [5.1], [-0.9], [-1.1], [129.0], [131.0], [52.0]]
    assert_array_equal(clusterer.predict(new), [0, 0, -1, 0, -1, 1, -1, -1])


def test_neighbors_vote_by_distance_and_strength():
    X = np.array([[0.0], [1.0], [1.1], [5.0]])
    vote = InductiveClusterer(Given(np.array([0, 1, 1, 1])), n_neighbors=3).fit(X)
    assert_array_equal(vote.predict([[0.3], [0.5], [-2.0]]), [0, 1, 1])
    weak = Given(np.array([0, 1, 1, 1]), np.array([1.0, 0.1, 0.1, 1.0]))
    vote = InductiveClusterer(weak, strategy="neighbors", n_neighbors=3).fit(X)
    assert_array_equal(vote.predict([[0.5], [0.7]]), [0, 0])
    shares = vote.predict_proba([[0.5]])
    weights = 1 / np.array([0.5, 0.5, 0.6])
    expected = [weights[0], 0.1 * weights[1:].sum()] / weights.sum()
    assert_allclose(shares, [expected])


def test_equal_rows_share_one_label():
    X = np.repeat([[0.0, 0.0], [1.0, 1.0], [2.0, 2.0]], 4, axis=0)
    X[0] = -0.0
    labels = np.array([7, 7, 7, -1, -1, -1, 3, -1, 9, 7, 9, 7])
    strengths = np.linspace(0.1, 0.6, 12)
    clusterer = InductiveClusterer(Given(labels, strengths)).fit(X)
    assert_array_equal(clusterer.labels_, np.repeat([0, -1, 1], 4))
    assert_array_equal(clusterer.predict(X), clusterer.labels_)
    assert_allclose(clusterer.probabilities_, np.repeat([0.1, 0.0, strengths[8]], 4))
    assert clusterer.n_clusters_ == 2


def test_labels_are_consecutive():
    X = np.arange(6.0)[:, np.newaxis]
    for given in ([4, 4, -1, 9, 9, 9], [0, 0, -2, 1, 1, 1]):
        clusterer = InductiveClusterer(Given(np.array(given))).fit(X)
        assert_array_equal(clusterer.labels_, [0, 0, -1, 1, 1, 1])
    clusterer = InductiveClusterer(Given(list("bbacca"))).fit(X)
    assert_array_equal(clusterer.labels_, [1, 1, 0, 2, 2, 0])


def test_rows_reach_the_clusterer_in_double_precision_and_without_labels():
    X = np.arange(12).reshape(6, 2)
    for dtype in (np.float16, np.float32, np.int64):
        InductiveClusterer(Given(np.zeros(6, int))).fit(X.astype(dtype), np.arange(6))
        seen, labels = Given.calls[-1]
        assert seen.dtype == np.float64
        assert labels is None


def test_predict_proba_exists_only_where_memberships_do():
    X = np.random.RandomState(0).normal(size=(40, 2))
    for clusterer, has in (
        (None, True),
        (HDBSCANS["hdbscan"], True),
        (HDBSCANS["sklearn"], True),
        (GaussianMixture(2), True),
        (KMeans(2, n_init=1), False),
        (AgglomerativeClustering(), False),
        (DBSCAN(), False),
    ):
        estimator = InductiveClusterer(clusterer)
        assert hasattr(estimator, "predict_proba") == has, clusterer
        assert hasattr(estimator.fit(X), "predict_proba") == has, clusterer
        assert hasattr(estimator, "probabilities_") == (has and estimator.strategy_ != "native")
    voting = InductiveClusterer(GaussianMixture(2), strategy="neighbors")
    assert not hasattr(voting, "predict_proba")
    assert not hasattr(voting.fit(X), "predict_proba")


def test_the_default_sizes_its_clusters_to_the_data():
    digits = load_digits(n_class=4).data / 16
    clusterer = InductiveClusterer().fit(digits)
    assert clusterer.n_clusters_ >= 2
    assert min(np.bincount(clusterer.labels_[clusterer.labels_ >= 0])) >= 7
    few = InductiveClusterer().fit(np.concatenate([np.eye(5), 50 + np.eye(5)]))
    assert len(few.labels_) == 10


@pytest.mark.parametrize(
    ("params", "error", "message"),
    [
        ({"clusterer": 3}, TypeError, "clusterer must be an estimator.*got 3"),
        ({"clusterer": KMeans}, TypeError, r"not the class KMeans; pass KMeans\(\)"),
        ({"clusterer": FitsNothing()}, TypeError, "FitsNothing.*labels_"),
        ({"clusterer": DBSCAN(metric="precomputed")}, ValueError, "metric='precomputed'"),
        ({"clusterer": Given(np.zeros(29, int))}, ValueError, r"shape \(29,\) for 30 rows"),
        ({"clusterer": AgglomerativeClustering(99)}, ValueError, "more clusters than samples"),
        ({"strategy": "best"}, ValueError, "'strategy' parameter"),
        ({"n_neighbors": 0}, ValueError, "'n_neighbors' parameter"),
        (
            {"clusterer": AgglomerativeClustering(), "strategy": "native"},
            ValueError,
            "strategy='native' needs a clusterer with predict",
        ),
        (
            {"clusterer": hdbscan.HDBSCAN(min_cluster_size=20), "strategy": "native"},
            ValueError,
            "at least 40 rows",
        ),
        (
            {"clusterer": DBSCAN(metric="manhattan"), "strategy": "density"},
            ValueError,
            "metric='manhattan'",
        ),
    ],
)
def test_unusable_parameters_get_a_sentence_and_leave_the_earlier_fit(params, error, message):
    X = np.random.RandomState(0).normal(size=(30, 2))
    clusterer = InductiveClusterer(KMeans(3, n_init=1, random_state=0)).fit(X)
    before = clusterer.predict(X)
    with pytest.raises(error, match=message):
        clusterer.set_params(**params).fit(X)
    assert_array_equal(clusterer.predict(X), before)
    assert_array_equal(clusterer.labels_, before)


class PredictsNames(OnlyFit):
    def predict(self, X):
        return np.full(len(X), "k")


class PredictsHalves(OnlyFit):
    def predict(self, X):
        return np.full(len(X), 0.5)


class NoEstimator:
    def fit_predict(self, X):
        return np.zeros(len(X))


@pytest.mark.parametrize(
    ("clusterer", "error", "message"),
    [
        (Given(np.full(30, np.nan)), ValueError, "What the clusterer says .* contains NaN"),
        (Given(np.linspace(0, 1, 30)), ValueError, "integers or strings; got the number"),
        (Given([None] + 29 * [1]), ValueError, "all integers or all strings"),
        (Given(np.zeros(30), np.full(30, np.nan)), ValueError, "has NaN or infinity"),
        (PredictsNames(), TypeError, r"whole numbers, such as \['k', 'k', 'k'\] are not"),
        (PredictsHalves(), TypeError, r"whole numbers, such as \[0.5, 0.5, 0.5\] are not"),
        (NoEstimator(), TypeError, "has no get_params: derive it from BaseEstimator"),
    ],
)
def test_unusable_answers_of_a_clusterer_get_a_sentence(clusterer, error, message):
    X = np.random.RandomState(0).normal(size=(30, 2))
    with pytest.raises(error, match=message):
        InductiveClusterer(clusterer).fit(X)


@pytest.mark.parametrize("n_neighbors", [1, 2, 15])
@pytest.mark.parametrize(
    ("clusterer", "strategy"),
    [
        (DBSCAN(eps=2), "auto"),
        (HDBSCANS["sklearn"], "auto"),
        (HDBSCANS["hdbscan"], "auto"),
        (HDBSCANS["hdbscan"], "native"),
    ],
    ids=["dbscan", "density of sklearn", "density", "approximate_predict"],
)
def test_far_rows_are_noise_with_few_neighbours(clusterer, strategy, n_neighbors):
    """With one or two of them the nearest had always outweighed the others."""
    X, _ = make_blobs(100, centers=[[0, 0], [9, 9]], random_state=0)
    model = InductiveClusterer(clusterer, strategy=strategy, n_neighbors=n_neighbors).fit(X)
    assert model.predict([[50, 50], [1e6, -1e6]]).tolist() == [-1, -1]
    assert (model.predict(X) == model.labels_).all()
    if hasattr(model, "predict_proba"):
        assert (model.predict_proba([[1e6, -1e6]]) == 0).all()


def test_values_whose_squares_overflow_are_refused_and_not_looked_at_for_ever():
    rows = np.random.RandomState(0).normal(size=(300, 5))
    rows[0, 0] = np.finfo(float).max
    with pytest.raises(ValueError, match=r"beyond 1e\+150.*fill values"):
        InductiveClusterer().fit(rows)


def test_far_rows_are_noise_beside_one_or_two_training_rows():
    for X in ([[0.0]] * 5 + [[1.0]] * 5, [[0.0]] * 5):
        model = InductiveClusterer(DBSCAN(eps=0.1, min_samples=2)).fit(X)
        assert model.predict([[1e6], [0.5], [0.0]]).tolist() == [-1, -1, 0]


def test_a_frozen_clusterer_is_used_as_it_is():
    X, _ = make_blobs(60, random_state=0)
    fitted = GaussianMixture(3, random_state=0).fit(X)
    model = InductiveClusterer(FrozenEstimator(fitted)).fit(X)
    np.testing.assert_array_equal(model.labels_, fitted.predict(X))
    voting = InductiveClusterer(FrozenEstimator(fitted), strategy="neighbors").fit(X)
    np.testing.assert_array_equal(voting.labels_, fitted.predict(X))
    with pytest.raises(TypeError, match="frozen and has no predict"):
        InductiveClusterer(FrozenEstimator(DBSCAN(eps=2).fit(X))).fit(X)


def test_noise_among_names_is_noise():
    X = np.arange(6.0)[:, np.newaxis]
    labels = np.array(["!", "!", "-1", "b", "b", "b"])
    clusterer = InductiveClusterer(Given(labels), strategy="neighbors", n_neighbors=2).fit(X)
    assert_array_equal(clusterer.labels_, [0, 0, -1, 1, 1, 1])
    assert clusterer.n_clusters_ == 2


def test_numbers_that_a_clusterer_leaves_out_are_no_clusters():
    X = (np.random.RandomState(0).uniform(-1, 1, (230, 3)) > 0).astype(float)
    clusterer = InductiveClusterer(AffinityPropagation(random_state=0)).fit(X)
    assert clusterer.labels_.max() >= len(np.unique(clusterer.labels_))
    assert clusterer.n_clusters_ == len(np.unique(clusterer.labels_))


def test_parameters_of_the_default_are_reached():
    clusterer = InductiveClusterer().set_params(clusterer__min_samples=3, n_neighbors=5)
    assert clusterer.n_neighbors == 5
    assert clusterer.clusterer.min_samples == 3
    assert clusterer.clusterer.min_cluster_size == 15
    clusterer.set_params(clusterer=DBSCAN(), clusterer__eps=2)
    assert clusterer.clusterer.eps == 2
    with pytest.raises(ValueError, match="Invalid parameter 'eps'"):
        InductiveClusterer().set_params(clusterer__eps=2)


def test_misuse_gets_a_sentence():
    X = np.ones((5, 2))
    with pytest.raises(NotFittedError):
        InductiveClusterer(DBSCAN()).predict(X)
    with pytest.raises(ValueError, match="expecting 2 features"):
        InductiveClusterer(DBSCAN()).fit(X).predict(np.ones((2, 3)))
    with pytest.raises(ValueError, match="NaN"):
        InductiveClusterer(DBSCAN()).fit(np.full((5, 2), np.nan))
    with pytest.raises(ValueError, match="minimum of 2 is required"):
        InductiveClusterer(DBSCAN()).fit(X[:1])


def test_copies_answer_alike(fitted, tmp_path):
    clusterer, _, new, _ = fitted
    joblib.dump(clusterer, tmp_path / "clusterer.joblib")
    for copied in (
        copy.deepcopy(clusterer),
        pickle.loads(pickle.dumps(clusterer)),
        joblib.load(tmp_path / "clusterer.joblib"),
    ):
        assert_array_equal(copied.predict(new), clusterer.predict(new))
        assert_array_equal(copied.predict_proba(new), clusterer.predict_proba(new))
        assert copied.clusterer.get_params().keys() == clusterer.clusterer.get_params().keys()


FRESH = """
import sys
import joblib
import numpy as np

class Refuse:
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] in ("tensorflow", "keras", "umap", "numba", "hdbscan"):
            raise ImportError(f"{name} is refused here")

sys.meta_path.insert(0, Refuse())
folder = sys.argv[1]
clusterer = joblib.load(f"{folder}/clusterer.joblib")
new, shares = np.load(f"{folder}/new.npy"), np.load(f"{folder}/shares.npy")
np.testing.assert_array_equal(clusterer.predict_proba(new), shares)
"""


def test_hdbscan_is_not_needed_afterwards(tmp_path):
    X, _ = noisy_blobs(3)
    clusterer = InductiveClusterer(HDBSCANS["hdbscan"]).fit(X[:700])
    joblib.dump(clusterer, tmp_path / "clusterer.joblib")
    np.save(tmp_path / "new.npy", X)
    np.save(tmp_path / "shares.npy", clusterer.predict_proba(X))
    command = [sys.executable, "-c", FRESH, str(tmp_path)]
    subprocess.run(command, check=True, timeout=120)


@pytest.mark.parametrize("clusterer", [None, HDBSCANS["hdbscan"], DBSCAN(eps=1.0)], ids=str)
def test_skops_meets_no_foreign_type(clusterer):
    X, _ = noisy_blobs(3)
    clusterer = InductiveClusterer(clusterer).fit(X[:300])
    data = skops.io.dumps(clusterer)
    unknown = skops.io.get_untrusted_types(data=data)
    assert all(name.startswith("skn2d.") for name in unknown)
    loaded = skops.io.loads(data, trusted=unknown)
    assert_array_equal(loaded.predict(X), clusterer.predict(X))


@pytest.mark.parametrize(
    "clusterer",
    [
        None,
        hdbscan.HDBSCAN(min_cluster_size=5),
        HDBSCAN(copy=True),
        AgglomerativeClustering(),
        DBSCAN(),
        KMeans(3, random_state=0),
    ],
    ids=lambda clusterer: f"{type(clusterer).__module__}.{type(clusterer).__name__}",
)
def test_scikit_learn_checks(clusterer):
    results = check_estimator(InductiveClusterer(clusterer), on_skip=None)
    unusual = {r["check_name"] for r in results if r["status"] != "passed"}
    assert unusual <= {"check_array_api_input"}
