"""An unknown number of groups: where a mixture draws the borders of dense ones."""

import numpy as np
import pytest
from numpy.testing import assert_array_equal
from sklearn.cluster import DBSCAN
from sklearn.datasets import make_blobs, make_circles, make_moons

from skn2d import N2DClusterer
from skn2d._mixture import default_mixture
from skn2d._refined_groups import RefinedGroupFinder
from skn2d._unknown_number import GroupFinder
from skn2d.metrics import clustering_accuracy_score

pytestmark = pytest.mark.usefixtures("one_thread")


def clouds_that_touch():
    centers = [[0, 0], [5.5, 0], [0, 5.5]]
    return make_blobs(600, centers=centers, cluster_std=1.0, random_state=0)


def test_groups_that_touch_get_the_borders_of_a_mixture():
    X, y = clouds_that_touch()
    dense, found = GroupFinder().fit(X), RefinedGroupFinder().fit(X)
    assert found.n_clusters_ == dense.n_clusters_ == 3
    assert clustering_accuracy_score(y, found.labels_) > 0.96
    assert clustering_accuracy_score(y, dense.labels_) < 0.95
    left, before = found.labels_ < 0, dense.labels_ < 0
    assert 0 < left.sum() < before.sum()
    assert before[left].all()
    assert_array_equal(found.predict(X), found.labels_)
    assert_array_equal(found.probabilities_[left], 0)
    assert found.probabilities_[~left].min() > 1 / 3
    assert set(found.predict(X + 100)) == {-1}


def test_groups_that_a_mixture_would_cut_otherwise_stay():
    X, _ = make_circles(600, noise=0.04, factor=0.4, random_state=0)
    assert_array_equal(RefinedGroupFinder().fit(X).labels_, GroupFinder().fit(X).labels_)


def test_borders_that_are_as_good_stay():
    X, _ = make_blobs(600, centers=3, cluster_std=0.5, random_state=3)
    found, dense = RefinedGroupFinder().fit(X), GroupFinder().fit(X)
    assert_array_equal(found.labels_, dense.labels_)
    assert_array_equal(found.probabilities_, dense.probabilities_)


def test_rows_on_one_line_that_no_mixture_fits():
    position = np.random.RandomState(0).randn(300) + np.repeat([0, 50, 100], 100)
    X = 1e12 * position[:, np.newaxis] * [1.0, 1.0]
    found, dense = RefinedGroupFinder().fit(X), GroupFinder().fit(X)
    with pytest.raises(ValueError, match="ill-defined"):
        default_mixture(dense.n_clusters_, random_state=0).fit(X)
    assert_array_equal(found.labels_, dense.labels_)


def test_a_clusterer_that_was_given_is_left_alone():
    X, _ = clouds_that_touch()
    found = RefinedGroupFinder(DBSCAN(eps=0.5)).fit(X)
    assert_array_equal(found.labels_, GroupFinder(DBSCAN(eps=0.5)).fit(X).labels_)


def test_it_is_the_default_and_gives_the_same_rows_the_same_groups():
    X, _ = clouds_that_touch()
    model = N2DClusterer(
        None, autoencoder="passthrough", manifold="passthrough", random_state=0
    )
    labels = model.fit(X).labels_
    assert model.n_clusters_ == 3
    assert_array_equal(labels, model.fit(X).labels_)
    assert_array_equal(labels, RefinedGroupFinder().fit(X).labels_)


def blobs(n_columns):
    # Far enough from each other for all of them to be seen.
    spread = np.random.RandomState(3).permutation(np.indices((3,) * 2).reshape(2, -1).T)[:5]
    centers = 9.0 * np.c_[spread, np.zeros((5, n_columns - 2))]
    return make_blobs([250, 200, 150, 150, 100], n_columns, centers=centers, random_state=0)


@pytest.mark.parametrize("n_columns", [2, 3, 4])
def test_round_groups_in_few_columns_are_counted(n_columns):
    X, y = blobs(n_columns)
    model = N2DClusterer(None, autoencoder="passthrough", random_state=0).fit(X)
    assert model.n_clusters_ == 5
    assert clustering_accuracy_score(y, model.labels_) > 0.99
    if n_columns == 2:  # the layout tears them, and of more columns at times
        assert RefinedGroupFinder().fit(model.embedding_).n_clusters_ > 5


@pytest.mark.parametrize("truth", [np.zeros(400, int), np.repeat([0, 1, 2], [200, 150, 50])])
def test_numbers_are_in_groups_where_there_are_gaps(truth):
    X = np.random.RandomState(0).randn(len(truth), 1) + 9 * truth[:, np.newaxis]
    model = N2DClusterer(None, autoencoder="passthrough", n_init=1, random_state=0).fit(X)
    assert clustering_accuracy_score(truth, model.labels_) > 0.99
    assert_array_equal(model.predict(X), model.labels_)


def test_a_curve_is_a_group():
    X, y = make_moons(600, noise=0.01, random_state=0)
    model = N2DClusterer(None, autoencoder="passthrough", n_init=1, random_state=0).fit(X)
    assert clustering_accuracy_score(y, model.labels_) == 1
