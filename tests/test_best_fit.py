"""The choice among several fits: which is kept, and how they differ."""

from typing import ClassVar

import numpy as np
import pytest
from scipy import sparse
from sklearn.base import BaseEstimator, ClusterMixin
from sklearn.cluster import DBSCAN, KMeans
from sklearn.datasets import load_digits, load_iris, make_blobs
from sklearn.decomposition import PCA
from sklearn.neighbors import KNeighborsClassifier
from sklearn.pipeline import Pipeline
from sklearn.preprocessing import FunctionTransformer

from skn2d import AutoencoderTransformer, InductiveManifold, N2DClusterer
from skn2d._best_fit import FitChoice, parts_of

X, _ = load_iris(return_X_y=True)
# For what the clusterer has no part in.
QUICK = {"autoencoder": "passthrough", "clusterer": KMeans(2, n_init=1)}


class Drifting(ClusterMixin, BaseEstimator):
    """Groups by the sign of a column; which one hangs on the seed."""

    columns: ClassVar = {}

    def __init__(self, random_state=None):
        self.random_state = random_state

    def fit(self, X, y=None):
        column = self.columns.setdefault(self.random_state, min(len(self.columns), 2))
        self.labels_ = (X[:, column] > 0).astype(int)
        return self


def fit_drifting(rows, n_init):
    Drifting.columns.clear()  # the first seed gets column 0, the second 1, all others 2
    return N2DClusterer(
        2,
        autoencoder="passthrough",
        manifold="passthrough",
        clusterer=Drifting(),
        n_init=n_init,
        random_state=0,
    ).fit(rows)


def test_the_fit_whose_groups_keep_neighbours_together_is_kept():
    rows = np.random.RandomState(0).randn(90, 3)
    rows[:, 1] += np.where(rows[:, 1] > 0, 9, -9)  # two groups, and the second seed sees them
    np.testing.assert_array_equal(fit_drifting(rows, 4).labels_, rows[:, 1] > 0)
    assert len(Drifting.columns) == 4
    np.testing.assert_array_equal(fit_drifting(rows, 1).labels_, rows[:, 0] > 0)
    assert len(Drifting.columns) == 1


def test_the_median_number_of_groups_counts_more():
    rows = np.random.RandomState(0).randn(90, 3)
    rows[:, 1] += np.where(rows[:, 1] > 0, 9, -9)
    rows[:, [0, 2]] = np.abs(rows[:, [0, 2]])  # one group, say three of four seeds
    assert fit_drifting(rows, 4).n_clusters_ == 1


@pytest.mark.parametrize(
    ("numbers", "expected"), [((2, 7, 3), 3), ((7, 2, 2), 2), ((6, 4, 4, 5, 4, 9), 4)]
)
def test_which_number_of_groups_is_the_median(numbers, expected):
    assert number_kept(numbers, load_digits().data[:300]) == expected


@pytest.mark.parametrize(
    ("numbers", "expected"), [((5, 4, 4), 4), ((5, 3, 4), 3), ((3, 1, 4), 3), ((5, 1, 1), 1)]
)
def test_in_few_dimensions_the_fewest_groups_are_kept(numbers, expected):
    assert number_kept(numbers, X) == expected


def number_kept(numbers, rows):
    choice = FitChoice(rows)
    for n in numbers:
        steps = [("manifold", "passthrough"), ("clusterer", KMeans(n, random_state=0))]
        choice.add(Pipeline(steps).fit(rows))
    return choice.fits[choice.best()][-1].n_clusters


@pytest.mark.parametrize(
    ("numbers", "expected"),
    [((5, 6, 5), 6), ((5, 5, 4), 5), ((6, 8, 6), 6), ((4, 3, 3), 3), ((10, 8, 8), 8)],
)
def test_among_many_groups_the_number_may_be_near_the_median(numbers, expected):
    n_blobs = max(numbers)  # so that the largest number fits best
    centers = 20 * np.eye(n_blobs, 10)  # of few dimensions other numbers are kept
    rows, _ = make_blobs(60 * n_blobs, centers=centers, random_state=0)
    choice = FitChoice(rows)
    for n in numbers:
        steps = [("manifold", "passthrough"), ("clusterer", KMeans(n, random_state=0))]
        choice.add(Pipeline(steps).fit(rows))
    assert choice.fits[choice.best()][-1].n_clusters == expected


def test_few_groups_are_kept_that_tell_more_about_neighbors():
    centers = [[0, 0], [12, 0], [12, 8]]
    rows, truth = make_blobs([120, 40, 40], centers=centers, random_state=0)
    equal = np.where(truth > 0, 2, rows[:, 1] > np.median(rows[truth == 0, 1]))
    choice = FitChoice(rows)
    for labels in (equal, truth):
        steps = [("manifold", "passthrough"), ("clusterer", KNeighborsClassifier(1))]
        choice.add(Pipeline(steps).fit(rows, labels))
    assert choice.best() == 1
    assert choice.modularity[0] > choice.modularity[1]


@pytest.fixture
def n_neighbors(monkeypatch):
    """Numbers of neighbours that UMAPs are fitted with; none is fitted."""
    numbers = []

    def embed(learner, rows, keep):
        numbers.append(learner.n_neighbors)
        return rows[:, -learner.n_components :]  # where two groups lie apart

    monkeypatch.setattr("skn2d._manifold.embed_with_umap", embed)
    return numbers


@pytest.mark.parametrize(
    ("n_init", "expected"),
    [("auto", [20, 40, 80]), (1, [20]), (2, [20, 40]), (4, [20, 40, 80, 20])],
)
def test_default_manifolds_have_more_and_more_neighbors(n_init, expected, n_neighbors):
    model = N2DClusterer(2, **QUICK, n_init=n_init, random_state=0).fit(X)
    assert n_neighbors == expected
    n_neighbors.clear()
    model.set_params(manifold__n_neighbors=30).fit(X)
    assert n_neighbors == [30] * (1 if n_init == "auto" else n_init)


def long_and_short(n_rows=120, seed=0):
    """Rows in two directions, and so different in length that the short ones lie together."""
    random = np.random.RandomState(seed)
    truth = np.arange(n_rows) % 2
    rows = np.eye(6)[truth] + 0.3 * random.randn(n_rows, 6)
    rows *= np.exp(2 * random.randn(n_rows, 1))
    return rows, truth


def test_the_graph_is_one_of_angles_where_the_manifold_compares_angles():
    rows, truth = long_and_short()
    is_long = (np.linalg.norm(rows, axis=1) > 1).astype(int)
    kept = {}
    for metric in ("euclidean", "cosine"):
        choice = FitChoice(rows)
        for labels in (truth, is_long):
            manifold = InductiveManifold(PCA(6), metric=metric)
            steps = [("manifold", manifold), ("clusterer", KNeighborsClassifier(1))]
            choice.add(Pipeline(steps).fit(rows, labels))
        kept[metric] = choice.best()
    assert kept == {"euclidean": 1, "cosine": 0}


@pytest.fixture
def lengths(monkeypatch):
    """Longest and shortest row that UMAPs are fitted to; none is fitted."""
    found = []

    def embed(learner, rows, keep):
        norms = np.linalg.norm(rows, axis=1)
        found.append((norms.min(), norms.max()))
        return rows[:, :2]

    monkeypatch.setattr("skn2d._manifold.embed_with_umap", embed)
    return found


@pytest.mark.parametrize("metric", ["euclidean", "cosine"])
@pytest.mark.parametrize("with_memory", [False, True])
def test_default_manifolds_compare_codes_as_their_views_agree(
    metric, with_memory, lengths, monkeypatch, tmp_path
):
    asked = []

    def choose(codes, widths):
        asked.append((codes.shape, widths))
        return metric

    monkeypatch.setattr("skn2d._group_reader.metric_for", choose)
    autoencoder = AutoencoderTransformer(
        2, hidden_units=(8,), epochs=1, n_estimators=2, n_principal_components=3
    )
    model = N2DClusterer(2, **{**QUICK, "autoencoder": autoencoder}, random_state=0)
    model.set_params(memory=str(tmp_path) if with_memory else None).fit(X)
    assert asked == [((150, 7), [2, 2, 3])]
    assert model.pipeline_["manifold"].metric == metric
    assert len(lengths) == 3
    for shortest, longest in lengths:
        assert (longest - shortest < 1e-6) == (metric == "cosine")
    np.testing.assert_array_equal(model.predict(X), model.labels_)


@pytest.mark.parametrize(
    ("given", "params"),
    [
        ({"autoencoder": "passthrough"}, {}),
        ({"manifold": InductiveManifold(PCA(2))}, {}),
        ({}, {"manifold__n_neighbors": 9}),
    ],
)
def test_what_was_given_is_compared_as_it_says(given, params, lengths, monkeypatch):
    monkeypatch.setattr("skn2d._group_reader.metric_for", lambda codes, widths: "cosine")
    autoencoder = AutoencoderTransformer(
        2, hidden_units=(8,), epochs=1, n_principal_components=2
    )
    steps = {**QUICK, "autoencoder": autoencoder, **given}
    model = N2DClusterer(2, **steps, random_state=0)
    model.set_params(**params).fit(X)
    assert model.pipeline_["manifold"].metric == "euclidean"


@pytest.mark.parametrize(
    ("n_rows", "expected"),
    [(100, [15, 15, 15]), (160, [16, 16, 16]), (450, [20, 40, 45]), (800, [20, 40, 80])],
)
@pytest.mark.parametrize("n_more", [0, 50])
def test_few_rows_have_a_tenth_as_neighbors_where_no_number_is_known(
    n_rows, n_more, expected, n_neighbors
):
    rows = np.tile(X, (6, 1))[: n_rows + n_more]
    limit = n_rows if n_more else None
    model = N2DClusterer(None, **QUICK, max_manifold_samples=limit, random_state=0).fit(rows)
    assert n_neighbors == expected
    n_neighbors.clear()
    model.set_params(n_clusters=2).fit(rows)
    assert n_neighbors == [20, 40, 80]


@pytest.mark.usefixtures("quick_second_reading")
def test_after_a_refinement_the_default_manifolds_are_the_same(monkeypatch):
    n_neighbors = []

    def embed(learner, rows, keep):
        n_neighbors.append(learner.n_neighbors)
        noise = np.random.RandomState(len(n_neighbors)).randn(*rows.shape)
        return rows if learner.n_neighbors == 40 else noise  # the second fit is kept

    monkeypatch.setattr("skn2d._manifold.embed_with_umap", embed)
    autoencoder = AutoencoderTransformer(2, hidden_units=(8,), epochs=1)
    N2DClusterer(2, autoencoder=autoencoder, n_init=3, n_refinements=1, random_state=0).fit(X)
    assert n_neighbors == [20, 40, 80] * 2


def test_fits_are_compared_where_codes_are_no_dense_numbers():
    rows = np.random.RandomState(0).randn(60, 2)
    places = FunctionTransformer(lambda X: X.toarray(), accept_sparse=True)
    model = N2DClusterer(
        2,
        autoencoder="passthrough",
        manifold=places,
        clusterer=KMeans(2, n_init=1),
        n_init=2,
        random_state=0,
    )
    assert set(model.fit(sparse.csr_matrix(rows)).labels_) == {0, 1}
    with pytest.raises(ValueError, match=r"Set n_init=1, .*TruncatedSVD"):
        model.set_params(manifold="passthrough").fit(sparse.csr_matrix(rows))


def test_fits_that_find_no_group_are_compared():
    rows, _ = make_blobs(60, centers=[[0, 0], [50, 50]], random_state=0)
    nothing = DBSCAN(eps=1e-6)
    model = N2DClusterer(
        autoencoder="passthrough", manifold=PCA(2), clusterer=nothing, n_init=2
    ).fit(rows)
    assert (model.n_clusters_, set(model.labels_)) == (0, {-1})


@pytest.mark.parametrize("n_groups", [4, None])
def test_layouts_whose_groups_are_cut_are_left_out_where_others_lie_apart(n_groups):
    centers = np.random.RandomState(1).uniform(-10, 10, size=(4, 5))
    rows, truth = make_blobs([1500, 120, 100, 80], centers=centers, random_state=1)
    halves = np.where(truth == 3, 2, truth)
    halves[truth == 0] = 3 * (rows[truth == 0, 0] > centers[0, 0])
    parts = parts_of(rows, None, n_groups)
    parts.labels = None  # as if rows scattered between them connected them
    choice = FitChoice(rows, parts=parts)
    for labels in (halves, truth):
        known = KNeighborsClassifier(1).fit(rows, labels)
        choice.add(Pipeline([("manifold", FunctionTransformer()), ("clusterer", known)]))
    assert choice.best() == (0 if n_groups is None else 1)
