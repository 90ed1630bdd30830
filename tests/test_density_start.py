"""Dense groups: those that lie apart, and such as are cut or joined to a number."""

import numpy as np
import pytest
from numpy.testing import assert_array_equal
from sklearn.datasets import make_blobs, make_moons
from sklearn.metrics import adjusted_rand_score
from sklearn.metrics.cluster import contingency_matrix

from skn2d import _density_start
from skn2d._density_start import density_groups, groups_apart


@pytest.fixture(scope="module")
def blobs():
    centers = np.array([[0, 0], [0, 9], [60, 0], [60, 9]])
    return make_blobs(800, centers=centers, random_state=0)


def test_groups_that_are_apart_stay_as_they_are(blobs):
    rows, truth = blobs
    assert adjusted_rand_score(truth, density_groups(rows, 4, 0)) > 0.99


def test_groups_are_cut_until_there_are_enough(blobs):
    rows, truth = blobs
    labels = density_groups(rows, 9, 0)
    assert_array_equal(np.unique(labels), range(9))
    table = contingency_matrix(truth, labels)
    assert (table.max(axis=0) >= 0.97 * table.sum(axis=0)).all()


def test_those_near_to_each_other_are_joined(blobs):
    rows, truth = blobs
    assert adjusted_rand_score(truth // 2, density_groups(rows, 2, 0)) == 1


def test_shapes_that_no_mixture_starts_from():
    rows, truth = make_moons(600, noise=0.05, random_state=0)
    assert adjusted_rand_score(truth, density_groups(rows, 2, 0)) > 0.99


def test_rows_without_groups_are_cut():
    rows = np.random.RandomState(0).uniform(size=(300, 2))
    labels = density_groups(rows, 3, 0)
    assert_array_equal(np.unique(labels), range(3))
    assert_array_equal(labels, density_groups(rows, 3, 0))


@pytest.mark.parametrize("n_rows", [2, 4, 12])
def test_too_few_rows_are_not_cut(n_rows):
    rows = np.random.RandomState(0).normal(size=(n_rows, 6))
    assert density_groups(rows, 4, 0) is None


@pytest.mark.parametrize("n_groups", [2, 3, 5])
def test_rows_that_are_alike_are_not_cut(n_groups):
    rows = np.repeat([[0.0, 0.0], [9.0, 9.0]], 40, axis=0)
    labels = density_groups(rows, n_groups, 0)
    if n_groups == 2:
        assert_array_equal(labels == labels[0], rows[:, 0] == 0)
    else:
        assert labels is None


def test_groups_apart_are_as_many_as_are_wanted_or_none(blobs):
    rows, truth = blobs
    assert adjusted_rand_score(truth, groups_apart(rows, 4)) == 1
    assert groups_apart(rows, 5) is None
    assert groups_apart(rows, 3) is None


@pytest.mark.parametrize("n_rows", [20_000, 600])
def test_groups_apart_may_be_uneven_and_looked_for_in_some_of_the_rows(n_rows, monkeypatch):
    monkeypatch.setattr(_density_start, "_APART_ROWS", n_rows)
    centers = np.random.RandomState(1).uniform(-10, 10, size=(4, 5))
    rows, truth = make_blobs([900, 120, 100, 80], centers=centers, random_state=1)
    assert adjusted_rand_score(truth, groups_apart(rows, 4)) == 1


def test_a_few_strange_rows_are_no_group_apart():
    rows = np.random.RandomState(0).normal(size=(600, 4))
    rows[:20] += 30
    assert groups_apart(rows, 2) is None


@pytest.mark.parametrize("n_rows", [2, 12, 40])
def test_few_rows_without_groups_have_none_apart(n_rows):
    rows = np.random.RandomState(0).normal(size=(n_rows, 3))
    assert groups_apart(rows, 2) is None
    assert groups_apart(np.ones_like(rows), 2) is None
