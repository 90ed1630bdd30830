"""Many small groups, where nobody says how many: found where they lie far apart."""

import numpy as np
import pytest
from hdbscan import HDBSCAN
from numpy.testing import assert_array_equal
from sklearn.datasets import make_blobs

from skn2d import N2DClusterer
from skn2d._refined_groups import RefinedGroupFinder
from skn2d._small_groups import SmallGroupFinder
from skn2d._unknown_number import GroupFinder
from skn2d.metrics import clustering_accuracy_score

pytestmark = pytest.mark.usefixtures("one_thread")


def far_apart(n_groups, sizes):
    """Groups at the corners of a grid."""
    corners = np.stack(np.unravel_index(np.arange(n_groups), (10, 10)), axis=1) * 20
    return make_blobs(np.resize(sizes, n_groups), centers=corners, random_state=0)


@pytest.mark.parametrize(
    ("n_groups", "size"), [(25, 60), (60, 40)], ids=["a fiftieth", "a hundredth"]
)
def test_groups_of_less_than_a_twentieth_of_the_rows(n_groups, size):
    X, y = far_apart(n_groups, [size])
    assert GroupFinder().fit(X).n_clusters_ == 1
    found = RefinedGroupFinder().fit(X)
    assert found.n_clusters_ == n_groups
    assert clustering_accuracy_score(y, found.labels_) == 1
    assert_array_equal(found.predict(X), found.labels_)
    assert found.probabilities_.min() > 0


def square_and_spots(n_spots, n_blobs):
    """A square, whose spots are not apart, spots of 50 rows each, and larger blobs."""
    rng = np.random.RandomState(0)
    square = np.pad(rng.rand(1000, 2) * 30, ((0, 0), (0, 6))) + 300
    centers = np.concatenate([20 * np.eye(n_spots, 8), 900 * np.eye(n_blobs, 8)[::-1]])
    sizes = [50] * n_spots + [200] * n_blobs
    X, y = make_blobs(sizes, centers=centers, random_state=0)
    return np.concatenate([square, X]), np.concatenate([np.full(1000, len(sizes)), y])


def test_small_groups_within_a_larger_one():
    X, y = square_and_spots(6, 0)
    assert GroupFinder().fit(X).n_clusters_ == 2
    found = SmallGroupFinder().fit(X)
    assert found.n_clusters_ == 7
    assert clustering_accuracy_score(y, found.labels_) > 0.99


def test_two_or_three_spots_of_a_group_are_none_of_their_own():
    X, _ = square_and_spots(3, 4)
    found, dense = SmallGroupFinder().fit(X), GroupFinder().fit(X)
    assert dense.n_clusters_ == 6
    assert_array_equal(found.labels_, dense.labels_)
    assert_array_equal(found.probabilities_, dense.probabilities_)


@pytest.mark.parametrize(
    "X",
    [
        np.random.RandomState(0).randn(2000, 10),
        np.random.RandomState(0).rand(2000, 2),
        np.random.RandomState(0).randn(30, 2),
        make_blobs([11] * 4, centers=50 * np.eye(4), random_state=0)[0][:43],
        np.random.RandomState(0).randint(2, size=(1500, 4)) * 9.0,
    ],
    ids=["cloud", "square", "few rows", "too few for four", "answers to four questions"],
)
def test_other_rows_have_the_groups_they_had(X):
    found, dense = SmallGroupFinder().fit(X), GroupFinder().fit(X)
    assert_array_equal(found.labels_, dense.labels_)
    assert_array_equal(found.probabilities_, dense.probabilities_)


def test_a_clusterer_that_was_given_is_left_alone():
    X, _ = far_apart(25, [60])
    given = HDBSCAN(min_cluster_size=400)
    found = SmallGroupFinder(given).fit(X)
    assert_array_equal(found.labels_, GroupFinder(given).fit(X).labels_)


def test_from_rows_to_labels():
    X, y = far_apart(30, [30, 60, 90])
    model = N2DClusterer(
        None, autoencoder="passthrough", manifold="passthrough", random_state=0
    )
    labels = model.fit_predict(X)
    assert model.n_clusters_ == 30
    assert clustering_accuracy_score(y, labels) == 1
