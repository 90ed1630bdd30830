"""An unknown number of groups: where a mixture draws the borders of dense ones."""

import numpy as np
import pytest
from numpy.testing import assert_array_equal
from sklearn.cluster import DBSCAN
from sklearn.datasets import make_blobs, make_circles

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
