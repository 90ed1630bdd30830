"""Whether rows are compared by distance or by angle."""

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal
from sklearn.metrics.pairwise import cosine_distances
from sklearn.preprocessing import normalize

from skn2d._metric import metric_for, unit_rows


def test_unit_rows_are_those_of_scikit_learn():
    X = np.random.RandomState(0).normal(size=(50, 7))
    assert_allclose(unit_rows(X), normalize(X), rtol=1e-6)
    assert unit_rows(X).dtype == np.float32


def test_half_their_squared_distance_is_the_cosine_distance():
    X = np.random.RandomState(0).normal(size=(20, 7))
    rows = unit_rows(X)
    squares = ((rows[:, np.newaxis] - rows) ** 2).sum(axis=-1)
    assert_allclose(squares / 2, cosine_distances(X), atol=1e-6)


def test_a_row_is_scaled_alike_in_every_batch_and_in_either_precision():
    X = np.random.RandomState(0).normal(size=(300, 100)).astype(np.float32)
    whole = unit_rows(X)
    assert_array_equal(whole[41:42], unit_rows(X[41:42]))
    assert_array_equal(whole[::3], unit_rows(X[::3]))
    assert_array_equal(whole, unit_rows(np.asfortranarray(X)))
    assert_array_equal(whole, unit_rows(X.astype(np.float64)))


@pytest.mark.parametrize("size", [1e-300, 1e-30, 1.0, 1e30, 1e300])
def test_the_size_of_a_row_does_not_matter(size):
    x = np.array([[3.0, 4.0]])
    assert_allclose(unit_rows(x * size), [[0.6, 0.8]], rtol=1e-6)


def test_rows_of_zeros_stay_zeros():
    assert_array_equal(unit_rows(np.zeros((2, 3))), np.zeros((2, 3)))


def test_what_was_handed_over_is_not_changed():
    X = np.array([[3.0, 4.0]])
    unit_rows(X)
    assert_array_equal(X, [[3.0, 4.0]])


def views_of(positions, random_state, n_views=3, noise=0.1):
    """See the same rows turned in other ways, each time with other noise."""
    views = []
    for _ in range(n_views):
        turn, _ = np.linalg.qr(random_state.normal(size=(positions.shape[1],) * 2))
        views.append(positions @ turn + noise * random_state.normal(size=positions.shape))
    return np.hstack(views), [positions.shape[1]] * n_views


def test_angles_count_where_each_view_has_lengths_of_its_own():
    random = np.random.RandomState(0)
    directions = unit_rows(random.normal(size=(600, 5)))
    codes, widths = views_of(directions, random)
    lengths = np.exp(random.normal(size=(600, 3))).repeat(widths, axis=1)
    assert metric_for(codes * lengths, widths) == "cosine"
    assert metric_for((codes * lengths).astype(np.float32), widths) == "cosine"


def test_distances_count_where_lengths_say_something():
    random = np.random.RandomState(0)
    codes, widths = views_of(random.normal(size=(600, 3)), random)
    assert metric_for(codes, widths) == "euclidean"


def test_round_groups_are_compared_by_distance():
    random = np.random.RandomState(0)
    centres = 3 * random.normal(size=(6, 8))
    positions = centres[random.randint(6, size=600)] + random.normal(size=(600, 8))
    codes, widths = views_of(positions, random)
    assert metric_for(codes, widths) == "euclidean"


def test_views_without_any_neighbour_in_common_are_compared_by_distance():
    random = np.random.RandomState(0)
    codes = random.normal(size=(5000, 40))
    assert metric_for(codes, [20, 20]) == "euclidean"


def test_a_single_view_has_nothing_to_agree_with():
    codes = np.random.RandomState(0).normal(size=(300, 5))
    assert metric_for(codes, [5]) == "euclidean"
    assert metric_for(codes, ()) == "euclidean"


@pytest.mark.parametrize("n_rows", [2, 20, 21, 25])
def test_few_rows_are_compared_by_distance(n_rows):
    codes = np.random.RandomState(0).normal(size=(n_rows, 6))
    assert metric_for(codes, [3, 3]) in {"euclidean", "cosine"}


def test_equal_rows_are_compared_by_distance():
    assert metric_for(np.ones((100, 6)), [3, 3]) == "euclidean"
