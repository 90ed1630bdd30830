"""Groups that lie apart in the codes are neither cut nor joined, whatever their sizes."""

import numpy as np
import pytest
from sklearn import config_context
from sklearn.datasets import load_digits, load_iris, make_blobs, make_moons

from skn2d import N2DClusterer
from skn2d._apart import Parts, Surroundings
from skn2d._mixture import NeighborMixture, default_mixture
from skn2d._neighbor_graph import NeighborGraph
from skn2d.metrics import clustering_accuracy_score

pytestmark = pytest.mark.usefixtures("one_thread")


def apart(sizes, gap=10):
    return make_blobs(sizes, centers=gap * np.eye(len(sizes), 10), random_state=0)


def uneven():
    centers = np.random.RandomState(1).uniform(-10, 10, (5, 12))
    return make_blobs([300, 150, 80, 40, 15], centers=centers, random_state=1)


def parts_of(X):
    return Parts(NeighborGraph(X))


def halved(X, y):
    """The first group cut through its middle, the last two joined."""
    upper = X[:, -1] > np.median(X[y == 0, -1])
    return np.where(y == 0, np.where(upper, 0, y.max()), np.minimum(y, y.max() - 1))


@pytest.mark.parametrize("sizes", [[900, 60, 60], [300, 150, 80, 40, 15], [100, 100]])
def test_parts_are_the_groups_that_lie_apart(sizes):
    X, y = apart(sizes)
    labels = parts_of(X).labels
    known = labels >= 0
    assert known.mean() > 0.99
    assert clustering_accuracy_score(y[known], labels[known]) == 1


def test_parts_of_any_shape():
    X, y = make_moons(600, noise=0.05, random_state=0)
    labels = parts_of(X).labels
    known = labels >= 0
    assert clustering_accuracy_score(y[known], labels[known]) == 1


@pytest.mark.parametrize(
    "rows",
    [
        load_digits().data,
        np.random.RandomState(0).normal(size=(500, 2)),
        np.random.RandomState(0).uniform(size=(500, 20)),
        np.random.RandomState(0).standard_t(2, size=(500, 5)),
        np.random.RandomState(0).poisson(2, size=(500, 4)).astype(float),
    ],
    ids=["digits", "normal", "uniform", "heavy tails", "counts"],
)
def test_what_hangs_together_has_no_parts(rows):
    parts = parts_of(rows)
    assert parts.labels is None
    halves = (rows[:, 0] > np.median(rows[:, 0])).astype(int)
    assert parts.are_torn([halves], 2).tolist() == [False]


@pytest.mark.parametrize("n_strange", [10, 15])
def test_a_few_strange_rows_are_no_part_and_connect_none(n_strange):
    X, y = apart([900, 100])
    strange = np.random.RandomState(0).normal(200, 1, size=(n_strange, 10))
    between = np.linspace(X[y == 0].mean(axis=0), X[y == 1].mean(axis=0), 5)[1:-1]
    labels = parts_of(np.vstack([X, strange, between])).labels
    assert labels.max() == 1
    if n_strange > 10:  # all of whose neighbours are among them
        np.testing.assert_array_equal(labels[len(X) : -3], -1)


def test_rows_scattered_around_connect_no_parts():
    X, y = uneven()
    scattered = np.random.RandomState(0).uniform(-15, 15, size=(30, 12))
    labels = parts_of(np.vstack([X, scattered])).labels[: len(X)]
    assert labels.max() == 4
    known = labels >= 0
    assert clustering_accuracy_score(y[known], labels[known]) == 1


def scattered_among(sizes, n_scattered, seed):
    """Round groups in 8 columns, some of which lie near to each other, and rows anywhere."""
    random_state = np.random.RandomState(seed)
    centers = random_state.normal(scale=4, size=(len(sizes), 8))
    X, y = make_blobs(sizes, centers=centers, random_state=seed)
    scattered = random_state.uniform(-12, 12, size=(n_scattered, 8))
    return np.vstack([X, scattered]), y


@pytest.mark.parametrize("seed", [1, 2])
def test_many_rows_scattered_around_are_no_part_and_connect_none(seed):
    X, y = scattered_among([600, 200, 80, 40], 60, seed)
    labels = parts_of(X).labels[: len(y)]
    assert labels.max() == 3
    assert clustering_accuracy_score(y, labels) > 0.99


def test_so_many_groups_as_are_wanted_may_be_smaller_or_near_to_each_other():
    X, y = scattered_among([600, 200, 80, 40, 15], 30, 1)
    graph = NeighborGraph(X)
    assert Parts(graph).labels.max() + 1 == Parts(graph, 3).labels.max() + 1 == 4
    labels = Parts(graph, 5).labels[: len(y)]
    assert clustering_accuracy_score(y, labels) > 0.99
    some_digits = NeighborGraph(load_digits().data[:500])
    assert Parts(some_digits, 10).labels is None


def test_groups_beside_scattered_rows_from_rows_to_labels():
    X, y = scattered_among([600, 200, 80, 40, 15], 60, 2)
    model = N2DClusterer(5, autoencoder="passthrough", n_init=1, random_state=0).fit(X)
    assert clustering_accuracy_score(y, model.labels_[: len(y)]) == 1


def test_one_large_group_beside_many_scattered_rows_is_not_cut():
    random_state = np.random.RandomState(1)
    centers = random_state.uniform(-10, 10, size=(4, 8))
    X, y = make_blobs([1500, 120, 100, 80], centers=centers, random_state=1)
    anywhere = random_state.uniform(X.min(axis=0), X.max(axis=0), size=(216, 8))
    rows = np.vstack([X, anywhere])
    model = N2DClusterer(4, autoencoder="passthrough", random_state=0).fit(rows)
    assert clustering_accuracy_score(y, model.labels_[: len(y)]) > 0.99


def test_copies_are_in_the_part_of_the_row():
    X, y = apart([200, 100])
    X, y = np.vstack([X, X[::3]]), np.append(y, y[::3])
    labels = parts_of(X).labels
    assert len(labels) == len(X)
    np.testing.assert_array_equal(labels[300:], labels[:300:3])


def test_parts_of_many_rows():
    X, _ = apart([30_000, 5_000, 1_000])
    labels = parts_of(X).labels
    sizes = np.bincount(labels[labels >= 0])
    np.testing.assert_allclose(np.sort(sizes), [1_000, 5_000, 30_000], rtol=0.15)


def test_which_groups_are_torn():
    X, y = apart([300, 100, 60])
    parts = parts_of(X)
    joined = np.minimum(y, 1)
    cut = halved(X, y)
    assert parts.are_torn([y, cut, joined], 3).tolist() == [False, True, False]
    assert parts.are_torn([cut, cut], 3).tolist() == [False, False]  # no better one
    # Two groups are parts together; four lie within parts.
    halves = np.where(y == 0, X[:, -1] > 0, y > 0).astype(int)
    assert parts.are_torn([joined, halves], 2).tolist() == [False, True]
    within = np.where((y == 0) & (X[:, -1] > 0), 3, y)
    across = np.where((y == 1) & (X[:, -1] > 0), 3, cut)
    assert parts.are_torn([within, across], 4).tolist() == [False, True]


def test_parts_without_a_group_of_their_own_get_one():
    X, y = apart([100, 60, 40])
    parts = parts_of(X)
    parts.labels[::9] = -1  # as where they are not looked at
    strengths = np.linspace(0.1, 1, 200)
    for lost in (np.minimum(y, 1), np.where(y == 2, -1, y)):
        before = lost.copy()
        labels, new = parts.split(lost, np.where(lost < 0, 0, strengths), X)
        np.testing.assert_array_equal(lost, before)
        found = labels >= 0
        assert clustering_accuracy_score(y[found], labels[found]) == 1
        assert (new[found] > 0).all()
    finer = np.where((y == 0) & (np.arange(200) % 2 == 0), 3, y)
    np.testing.assert_array_equal(parts.split(finer, strengths, X)[0], finer)


@pytest.mark.parametrize(
    "sizes", [[1800, 100, 100], [2000, 150, 150, 150, 150, 150], [300, 150, 80, 40, 15]]
)
def test_the_mixture_cuts_no_part(sizes):
    X, y = apart(sizes)
    graph, n_groups = NeighborGraph(X), len(sizes)
    if n_groups == 3:  # what its judge says of them, so that it is not the starts
        assert graph.quality(halved(X, y), n_groups) > graph.quality(y, n_groups)
    mixture = default_mixture(n_groups, random_state=0)
    labels = mixture.fit(X, parts=parts_of(X)).predict(X)
    assert clustering_accuracy_score(y, labels) == 1


def test_clouds_that_touch_are_told_apart_all_the_same():
    # Two clouds that touch, and two far off, which are apart from all: so are both and each.
    centers = np.zeros((4, 10))
    centers[[1, 2, 3], [0, 1, 2]] = 4.5, 15, 15
    X, y = make_blobs([800, 800, 100, 100], centers=centers, random_state=0)
    rows = X[:, :3]
    mixture = NeighborMixture(3, n_init=20, random_state=0)
    labels = mixture.fit_predict(rows, parts=parts_of(rows))
    assert clustering_accuracy_score(np.minimum(y, 2), labels) > 0.9


def test_surroundings_are_looked_at_in_a_sample():
    X, y = apart([6000, 500])
    around, graph = Surroundings(X), NeighborGraph(X)
    cut = (X[:, -1] > np.median(X[:, -1])).astype(int)
    assert around.leaving(y) == [0, 0]
    assert max(around.leaving(cut)) > max(graph.leaving(cut)) + 0.005


@pytest.mark.parametrize("n_clusters", [5, None])
@pytest.mark.parametrize("seed", [0, 1])
def test_uneven_groups_from_rows_to_labels(n_clusters, seed):
    X, y = uneven()
    model = N2DClusterer(n_clusters, autoencoder="passthrough", random_state=seed)
    with config_context(enable_metadata_routing=True):
        labels = model.fit_predict(X)
    assert clustering_accuracy_score(y, labels) == 1
    np.testing.assert_array_equal(model.predict(X), labels)


def test_a_small_group_beside_a_large_one_is_found():
    X, y = apart([480, 20])
    model = N2DClusterer(None, autoencoder="passthrough", n_init=1, random_state=0)
    assert clustering_accuracy_score(y, model.fit_predict(X)) == 1


def test_a_part_of_iris_stays_whole():
    X, y = load_iris(return_X_y=True)
    labels = parts_of(X).labels
    assert set(labels[y == 0]) <= {-1, labels[0]}
    assert set(labels[y > 0]) <= {-1, labels[-1]}
    assert labels[0] != labels[-1]
