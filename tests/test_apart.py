"""A large group is not cut where the groups that are wanted lie far apart."""

import numpy as np
import pytest
from sklearn.datasets import make_blobs

from skn2d import N2DClusterer
from skn2d._apart import Surroundings
from skn2d._mixture import NeighborMixture, default_mixture
from skn2d._neighbor_graph import NeighborGraph
from skn2d.metrics import clustering_accuracy_score

pytestmark = pytest.mark.usefixtures("one_thread")


def one_large(sizes, gap=10):
    return make_blobs(sizes, centers=gap * np.eye(len(sizes), 10), random_state=0)


def halved(X, y):
    """The first group cut through its middle, the others joined."""
    upper = X[:, -1] > np.median(X[y == 0, -1])
    return np.where(y == 0, upper.astype(int), 2)


def test_which_groups_fall_apart_and_which_are_cut():
    X, y = one_large([900, 60, 60])
    around = Surroundings(X)
    assert around.leaving(y) == [0, 0, 0]
    assert around.fall_apart(y, 3)
    assert not around.are_cut(y)
    assert not around.fall_apart(y, 4)
    assert not around.fall_apart(np.where(y == 2, 3, y), 4)
    assert around.are_cut(halved(X, y))
    assert not around.fall_apart(halved(X, y), 3)
    equal, of_equal = one_large([100, 100])
    assert not Surroundings(equal).fall_apart(of_equal, 2)


@pytest.mark.parametrize(
    ("sizes", "is_apart"), [([900, 40], False), ([4000, 60], False), ([900, 60], True)]
)
def test_a_few_strange_rows_are_no_group(sizes, is_apart):
    X, y = one_large(sizes)
    assert Surroundings(X).fall_apart(y, 2) == is_apart


def test_it_is_looked_at_in_a_sample():
    X, y = one_large([6000, 500])
    around, graph = Surroundings(X), NeighborGraph(X)
    cut = halved(X, y)
    assert around.fall_apart(y, 2)
    assert max(around.leaving(cut)) > max(graph.leaving(cut)) + 0.005


@pytest.mark.parametrize("sizes", [[1800, 100, 100], [2000, 150, 150, 150, 150, 150]])
def test_the_mixture_cuts_no_large_group(sizes):
    X, y = one_large(sizes)
    if len(sizes) < 5:  # what its judge says of them, so that it is not the starts
        graph = NeighborGraph(X)
        assert graph.quality(halved(X, y), 3) > graph.quality(y, 3)
    labels = default_mixture(len(sizes), random_state=0).fit_predict(X)
    assert clustering_accuracy_score(y, labels) == 1


def test_clouds_that_touch_are_told_apart_all_the_same():
    # Two clouds that touch, and two far off, which are apart from all: so are both and each.
    centers = np.zeros((4, 10))
    centers[[1, 2, 3], [0, 1, 2]] = 4.5, 15, 15
    X, y = make_blobs([800, 800, 100, 100], centers=centers, random_state=0)
    rows = X[:, :3]
    both = np.where(y > 0, y - 1, 0)
    assert Surroundings(rows).fall_apart(both, 3)
    labels = NeighborMixture(3, n_init=20, random_state=0).fit_predict(rows)
    assert clustering_accuracy_score(np.minimum(y, 2), labels) > 0.9


def test_from_rows_to_labels():
    X, y = one_large([1000, 60, 60])
    model = N2DClusterer(3, autoencoder="passthrough", n_init=1, random_state=0)
    assert clustering_accuracy_score(y, model.fit_predict(X)) == 1
