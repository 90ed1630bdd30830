"""The judges of groups: modularity and information in the graph of nearest neighbours."""

import numpy as np
import pytest
from numpy.testing import assert_array_equal
from sklearn.datasets import make_blobs
from sklearn.metrics import mutual_info_score
from sklearn.neighbors import kneighbors_graph

from skn2d import _neighbor_graph
from skn2d._neighbor_graph import NeighborGraph, best_groups


@pytest.fixture(scope="module")
def blobs():
    return make_blobs([60, 40, 30], 4, random_state=0, cluster_std=0.5)


def test_it_is_the_modularity_of_a_directed_graph(blobs):
    X, _ = blobs
    labels = np.random.RandomState(0).randint(3, size=len(X))
    graph = kneighbors_graph(X, 10).toarray()
    n_edges = graph.sum()
    expected = graph - np.outer(graph.sum(axis=1), graph.sum(axis=0)) / n_edges
    expected = expected[labels[:, np.newaxis] == labels].sum() / n_edges
    assert NeighborGraph(X).modularity(labels) == pytest.approx(expected)


def test_it_is_the_mutual_information_of_both_ends_of_an_edge(blobs):
    X, _ = blobs
    labels = np.random.RandomState(0).randint(3, size=len(X))
    sources, targets = kneighbors_graph(X, 10).nonzero()
    expected = mutual_info_score(labels[sources], labels[targets])
    graph = NeighborGraph(X)
    assert graph.information(labels) == pytest.approx(expected)
    assert graph.information(7 * labels + 1000) == pytest.approx(expected)
    assert graph.information(np.zeros(len(X), dtype=int)) == 0


@pytest.mark.parametrize("n_dimensions", [1, 2, 3, 5])
def test_dimensions_are_those_in_which_rows_spread(n_dimensions):
    random = np.random.RandomState(0)
    rows = random.uniform(size=(1000, n_dimensions))
    expected = pytest.approx(n_dimensions, rel=0.12)
    assert NeighborGraph(rows).dimension == expected
    turned, _ = np.linalg.qr(random.randn(20, n_dimensions))
    assert NeighborGraph(1e6 * rows @ turned.T).dimension == expected
    assert NeighborGraph(np.tile(rows, (3, 1))).dimension == expected
    nearly = rows + 1e-9 * random.randn(*rows.shape)
    assert NeighborGraph(np.vstack([rows, nearly])).dimension > 0.6 * n_dimensions


@pytest.mark.parametrize("rows", [[[0.0], [1.0]], np.repeat([[0.0], [1.0], [5.0]], 30, axis=0)])
def test_dimensions_of_a_few_places_are_not_known(rows):
    assert NeighborGraph(np.array(rows)).dimension == np.inf


def test_copies_of_rows_do_not_count(blobs):
    X, y = blobs
    order = np.random.RandomState(0).randint(len(X), size=900)
    order = np.concatenate([np.arange(len(X)), order])
    graph, copied = NeighborGraph(X), NeighborGraph(X[order])
    for labels in (y, (X[:, 0] > 0).astype(int)):
        for judge in ("modularity", "information", "leaving"):
            assert getattr(copied, judge)(labels[order]) == getattr(graph, judge)(labels)
    # Of a few rows they do.
    few = np.repeat(X[:5], 20, axis=0)
    assert NeighborGraph(few).modularity(np.repeat(np.arange(5), 20)) == pytest.approx(0.8)


def test_true_groups_are_better_than_others(blobs):
    X, y = blobs
    graph = NeighborGraph(X)
    merged = np.minimum(y, 1)
    halved = merged + (merged == 0) * 2 * (X[:, 0] > np.median(X[y == 0, 0]))
    true = graph.modularity(y)
    assert true > 0.6
    assert true > graph.modularity(merged) > graph.modularity(np.zeros_like(y)) == 0
    assert len(np.unique(halved)) == 3
    assert true > graph.modularity(halved) + 0.05
    assert graph.information(y) > graph.information(halved) + 0.05
    assert graph.information(y) > graph.information(merged) > 0


def test_unequal_groups_tell_more_though_they_have_less_modularity():
    centers = [[0, 0], [12, 0], [12, 8]]
    X, y = make_blobs([120, 40, 40], centers=centers, random_state=0)
    equal = np.where(y > 0, 2, X[:, 1] > np.median(X[y == 0, 1]))
    graph = NeighborGraph(X)
    assert graph.information(y) > graph.information(equal) + 0.03
    assert graph.modularity(y) < graph.modularity(equal) - 0.03


@pytest.mark.parametrize("n_groups", [2, 4, 5, 10])
def test_few_groups_are_judged_by_what_they_tell(blobs, n_groups):
    X, _ = blobs
    labels = np.random.RandomState(0).randint(n_groups, size=len(X))
    graph = NeighborGraph(X)
    few, many = graph.information(labels) / 4, graph.modularity(labels)
    assert graph.quality(labels, n_groups) == (few if n_groups < 5 else many)


def test_noise_is_in_no_group(blobs):
    X, y = blobs
    graph = NeighborGraph(X)
    some_noise = np.where(np.arange(len(y)) % 2, y, -1)
    assert graph.modularity(some_noise) < graph.modularity(y) / 2
    assert graph.modularity(np.full(len(y), -1)) == 0
    assert 0 < graph.information(some_noise) < graph.information(y) / 2
    assert graph.information(np.full(len(y), -1)) == 0


def test_edges_that_leave_a_group_are_counted(blobs):
    X, y = blobs
    edges = kneighbors_graph(X, 10).toarray().astype(bool)
    labels = np.where(np.arange(len(y)) % 3, y % 2, -1)
    expected = [
        (edges[labels == group] & (labels == 1 - group)).sum() / edges[labels == group].sum()
        for group in range(2)
    ]
    assert NeighborGraph(X).leaving(labels) == pytest.approx(expected)
    assert NeighborGraph(X).leaving(np.zeros_like(y)) == [0]


def test_of_many_rows_a_sample_is_looked_at(blobs, monkeypatch):
    X, y = blobs
    whole = NeighborGraph(X).modularity(y)
    monkeypatch.setattr(_neighbor_graph, "_MAX_ROWS", 60)
    graph = NeighborGraph(X)
    assert len(graph._sources) == 60
    assert graph.modularity(y) == pytest.approx(whole, abs=0.05)


@pytest.mark.parametrize("n_samples", [2, 5])
def test_few_rows(n_samples):
    X = np.arange(n_samples, dtype=np.float64)[:, np.newaxis]
    assert NeighborGraph(X).modularity(np.zeros(n_samples, dtype=int)) == 0


def test_of_more_that_are_as_good_as_wanted_those_that_agree_are_the_best():
    usual, other = np.arange(60) % 3, np.arange(60) % 4
    groups = [other, *[usual] * 6, np.zeros(60, dtype=int)]
    as_good, worse = [0.8, *[0.7995] * 6, 0.1], [0.8, *[0.7] * 6, 0.1]
    assert_array_equal(best_groups(groups, as_good, 5), [1, 2, 3, 4, 5])
    assert_array_equal(best_groups(groups, as_good), [1])
    assert_array_equal(best_groups(groups, worse, 5), [0, 1, 2, 3, 4])
    assert_array_equal(best_groups(groups, worse), [0])


def test_of_two_that_are_as_good_the_larger_modularity_counts():
    groups = [np.arange(60) % 4, np.arange(60) % 3]
    assert_array_equal(best_groups(groups, [0.7, 0.7005]), [1])
    assert_array_equal(best_groups(groups, [0.7005, 0.7]), [0])
    assert_array_equal(best_groups(groups, [0.7005, -np.inf]), [0])
    assert_array_equal(best_groups(groups, [0.7, 0.8], 5), [1, 0])
