"""How many groups HDBSCAN finds by default: one, well apart, and touching."""

import numpy as np
import pytest
from hdbscan import HDBSCAN
from sklearn.cluster import DBSCAN
from sklearn.datasets import make_blobs
from sklearn.metrics import adjusted_rand_score

from skn2d import N2DClusterer
from skn2d._unknown_number import GroupFinder, split
from skn2d.metrics import clustering_accuracy_score


def find(X):
    return GroupFinder().fit(X)


@pytest.mark.parametrize("n_samples", [12, 500])
def test_one_cloud_is_one_group_without_noise(n_samples):
    cloud = np.random.RandomState(0).randn(n_samples, 3)
    found = find(cloud)
    assert found.n_clusters_ == 1
    assert set(found.labels_) == {0}
    assert set(found.predict(cloud + 0.01)) == {0}


def test_one_cloud_of_any_size_is_one_group():
    cloud = np.random.RandomState(0).randn(300, 2)
    for scale in (1e-9, 1e9, 1e13):
        assert set(find(cloud * scale).labels_) == {0}


@pytest.mark.parametrize("n_groups", [2, 4])
def test_round_groups_are_not_split_further(n_groups):
    X, y = make_blobs(
        800, centers=20 * np.eye(n_groups, 4), cluster_std=1.0, n_features=4, random_state=0
    )
    found = find(X)
    assert found.n_clusters_ == n_groups
    assert clustering_accuracy_score(y, found.labels_) > 0.97


def test_groups_that_touch_are_split_at_their_sparse_place():
    rng = np.random.RandomState(0)
    # Two dense squares side by side with a thin bridge, and two squares far away.
    squares = [rng.rand(300, 2) + place for place in ([0, 0], [1.2, 0], [40, 0], [0, 40])]
    bridge = rng.rand(12, 2) * [0.3, 0.3] + [0.95, 0.35]
    X = np.concatenate([*squares, bridge])
    found = find(X)
    assert found.n_clusters_ == 4
    # Rows of the bridge belong to one of the squares, and do so less than its own.
    left, right, on_bridge = found.labels_[0], found.labels_[300], slice(1200, None)
    assert set(found.labels_[on_bridge]) == {left, right}
    assert set(found.predict([[1.0, 0.5]])) == {left}
    assert set(found.predict([[1.2, 0.5]])) == {right}
    assert found.probabilities_[on_bridge].mean() < found.probabilities_[:600].mean()
    np.testing.assert_array_equal(found.predict(X), found.labels_)
    assert set(found.predict(X + 100)) == {-1}


def test_each_group_is_split_or_not_for_itself():
    rng = np.random.RandomState(0)
    # Two squares side by side with two rows between them, one square cut in two, and noise.
    beside, cut = rng.rand(300, 2), rng.rand(200, 2)
    beside[:, 0] += 1.2
    rest = [[1.05, 0.5], [1.15, 0.5], [-90, 0]]
    X = np.concatenate([rng.rand(300, 2), beside, cut - 40, rest])
    groups = np.repeat([0, 1, 0, -1], [600, 200, 2, 1])
    leaves = np.concatenate([np.repeat([2, 3], 300), cut[:, 0] < 0.5, [-1, -1, -1]])
    expected = np.repeat([0, 1, 2, 0, 1, -1], [300, 300, 200, 1, 1, 1])
    labels = split(groups, leaves, X)
    assert adjusted_rand_score(expected, labels) == 1
    assert labels[-1] == -1


def test_rows_between_parts_are_no_noise_but_rows_outside_of_all_groups_are():
    rng = np.random.RandomState(0)
    squares = [rng.rand(300, 2) + place for place in ([0, 0], [1.2, 0], [40, 0], [0, 40])]
    outside = np.array([[300.0, 300.0], [-300.0, 3.0]])
    found = find(np.concatenate([*squares, outside]))
    assert found.n_clusters_ == 4
    np.testing.assert_array_equal(found.labels_[-2:], [-1, -1])
    assert (found.labels_[:600] >= 0).mean() > 0.99


@pytest.mark.parametrize("strategy", ["density", "neighbors"])
def test_every_strategy_answers_training_rows_with_their_labels(strategy):
    rng = np.random.RandomState(0)
    squares = [rng.rand(300, 2) + place for place in ([0, 0], [1.2, 0], [40, 0], [0, 40])]
    bridge = rng.rand(12, 2) * [0.3, 0.3] + [0.95, 0.35]
    X = np.concatenate([*squares, bridge])
    found = GroupFinder(strategy=strategy).fit(X)
    assert found.n_clusters_ == 4
    np.testing.assert_array_equal(found.predict(X), found.labels_)
    assert (found.predict(squares[1] + 1e-3) == found.labels_[300]).mean() > 0.95


def test_hdbscan_cannot_say_in_which_part_new_rows_are():
    X, _ = make_blobs(300, centers=3, cluster_std=0.3, random_state=3)
    with pytest.raises(ValueError, match="knows nothing of how groups were split"):
        GroupFinder(strategy="native").fit(X)
    given = GroupFinder(HDBSCAN(min_cluster_size=20), strategy="native").fit(X)
    np.testing.assert_array_equal(given.predict(X), given.labels_)


def test_a_clusterer_that_was_given_is_left_alone():
    X, _ = make_blobs(300, centers=3, cluster_std=0.3, random_state=3)
    found = GroupFinder(DBSCAN(eps=1.0)).fit(X)
    expected = DBSCAN(eps=1.0).fit_predict(X)
    assert adjusted_rand_score(found.labels_, expected) == 1


def test_one_group_from_rows_to_labels():
    X = np.random.RandomState(0).randn(300, 5)
    model = N2DClusterer(None, autoencoder="passthrough", random_state=0).fit(X)
    assert model.n_clusters_ == 1
    assert set(model.labels_) == {0}
