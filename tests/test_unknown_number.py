"""How many groups HDBSCAN finds by default: one, well apart, and touching."""

import numpy as np
import pytest
from sklearn.datasets import make_blobs

from skn2d import N2DClusterer
from skn2d._unknown_number import GroupFinder
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
    found = find(np.concatenate([*squares, bridge]))
    assert found.n_clusters_ == 4


def test_one_group_from_rows_to_labels():
    X = np.random.RandomState(0).randn(300, 5)
    model = N2DClusterer(None, autoencoder="passthrough", random_state=0).fit(X)
    assert model.n_clusters_ == 1
    assert set(model.labels_) == {0}
