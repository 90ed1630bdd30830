"""Cells of points: what is found in them, and that it depends on the row alone."""

import warnings

import numpy as np
import pytest
from numpy.testing import assert_array_equal
from sklearn.neighbors import NearestNeighbors
from threadpoolctl import threadpool_limits

from skn2d import _cells
from skn2d._cells import Cells, CellSearch, find_cells
from skn2d._neighbors import NeighborSearch

N_NEIGHBORS = 15


def curved(seed, n_rows):
    """Rows on a manifold of few dimensions, as codes are."""
    directions = np.random.RandomState(0).normal(size=(4, 40))
    rows = np.tanh(np.random.RandomState(seed).normal(size=(n_rows, 4)) @ directions)
    return rows.astype(np.float32)


@pytest.fixture(scope="module")
def points():
    return curved(1, 5000)


@pytest.fixture(scope="module")
def rows():
    return curved(2, 1000).astype(np.float64)


@pytest.fixture(scope="module")
def search(points):
    search = NeighborSearch().divide(points, N_NEIGHBORS)
    assert search._cells is not None
    return search


def true_neighbors(points, rows, n_neighbors):
    middle = points.mean(axis=0, dtype=np.float64)  # far from there sums are not exact
    brute = NearestNeighbors(n_neighbors=n_neighbors, algorithm="brute").fit(points - middle)
    return brute.kneighbors(rows - middle, return_distance=False)


def share_found(found, true):
    return np.mean([np.isin(a, b).mean() for a, b in zip(true, found, strict=True)])


@pytest.mark.parametrize("n_neighbors", [1, 15, 60])
def test_nearly_all_neighbours_are_found_in_a_part_of_the_cells(points, rows, n_neighbors):
    search = NeighborSearch().divide(points, n_neighbors)
    distances, indices = search.query(points, rows, n_neighbors)
    assert share_found(indices, true_neighbors(points, rows, n_neighbors)) > 0.995
    difference = rows[:, np.newaxis] - points[indices]
    np.testing.assert_allclose(distances, np.linalg.norm(difference, axis=2), rtol=1e-12)
    assert (np.diff(distances, axis=1) >= 0).all()
    n_looked_at = len(points) * search._cells.n_probes / len(search._cells.ends)
    assert n_looked_at < len(points) / 2


@pytest.mark.parametrize("dtype", [np.float16, np.float32, np.float64])
def test_points_find_themselves(points, dtype):
    points = np.unique(points.astype(dtype), axis=0)
    search = NeighborSearch().divide(points, N_NEIGHBORS)
    distances, indices = search.query(points, points.astype(np.float64), N_NEIGHBORS)
    assert_array_equal(indices[:, 0], np.arange(len(points)))
    assert_array_equal(distances[:, 0], 0)


def test_an_answer_depends_on_its_row_alone(points, rows, search, monkeypatch):
    expected = search.query(points, rows, N_NEIGHBORS)
    order = np.random.RandomState(0).permutation(len(rows))
    parts = [order[:1], order[1:17], order[17:400], order[400:]]
    monkeypatch.setenv("OMP_NUM_THREADS", "1")
    for part in parts:
        found = search.query(points, rows[part], N_NEIGHBORS)
        assert_array_equal(found[0], expected[0][part])
        assert_array_equal(found[1], expected[1][part])


def test_the_earlier_of_two_equal_points_comes_first(points, rows):
    twice = np.vstack([points, points])
    search = NeighborSearch().divide(twice, N_NEIGHBORS)
    assert search._cells is not None
    for some in (rows[:5], rows):
        distances, indices = search.query(twice, some, 4)
        assert_array_equal(indices[:, ::2] + len(points), indices[:, 1::2])
        assert_array_equal(distances[:, ::2], distances[:, 1::2])


@pytest.mark.parametrize("factor", [1e3, 1e9, 1e100])
def test_rows_far_away_find_the_nearest_without_a_warning(points, search, factor):
    rows = curved(3, 30).astype(np.float64) * factor
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        _, indices = search.query(points, rows, N_NEIGHBORS)
    assert (indices >= 0).all()
    if factor == 1e3:
        assert share_found(indices, true_neighbors(points, rows, N_NEIGHBORS)) > 0.8


@pytest.mark.parametrize(("factor", "shift"), [(1e-150, 0), (1e120, 0), (1, 1e7)])
def test_units_and_origin_do_not_matter(factor, shift):
    points, rows = (curved(s, 4500).astype(np.float64) * factor + shift for s in (1, 2))
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        search = NeighborSearch().divide(points, N_NEIGHBORS)
        _, indices = search.query(points, rows[:200], N_NEIGHBORS)
    assert search._cells is not None
    assert share_found(indices, true_neighbors(points, rows[:200], N_NEIGHBORS)) > 0.995


def noise(seed, n_rows):
    return np.random.RandomState(seed).normal(size=(n_rows, 60))


def test_the_search_is_exact_where_neighbours_are_spread_over_all_cells():
    points, rows = noise(0, 5000), noise(1, 200)
    assert find_cells(points, N_NEIGHBORS) is None
    _, indices = NeighborSearch().divide(points, N_NEIGHBORS).query(points, rows, N_NEIGHBORS)
    assert_array_equal(indices, true_neighbors(points, rows, N_NEIGHBORS))


@pytest.mark.parametrize(
    ("points", "n_neighbors"),
    [
        (curved(0, 4000), 15),
        (curved(0, 5000), 100),
        (np.ones((5000, 40)), 15),
        (curved(0, 5000).astype(np.float64) * 1e200, 15),
        (curved(0, 5000)[:, :8], 15),
    ],
    ids=[
        "few points",
        "many neighbours",
        "all points equal",
        "too large to square",
        "few columns",
    ],
)
@pytest.mark.filterwarnings("error")
def test_there_are_no_cells_where_they_do_not_help(points, n_neighbors):
    assert NeighborSearch().divide(points, n_neighbors)._cells is None


def test_copies_of_few_points_do_not_matter():
    points = np.repeat(curved(0, 50), 100, axis=0)
    rows = curved(1, 100).astype(np.float64)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        search = NeighborSearch().divide(points, N_NEIGHBORS)
        distances, _ = search.query(points, rows, N_NEIGHBORS)
    expected = NeighborSearch().query(points, rows, N_NEIGHBORS)[0]
    assert_array_equal(distances, expected)


@pytest.mark.parametrize("n_rows", [3, 100])
def test_where_cells_hold_too_few_points_all_are_looked_at(n_rows):
    points, rows = curved(0, 200), curved(1, n_rows).astype(np.float64)
    cells = Cells(points.mean(axis=0, dtype=np.float64), 1.0, points[[0, 100]] * 1.0)
    cells.fill(np.repeat([0, 1], [190, 10]))
    cells.n_probes = 1
    _, indices = CellSearch(points, cells).query(points, rows, 20)
    in_small_cell = cells.ranking()(cells.scaled(rows)).argmin(axis=1) == 1
    assert 0 < in_small_cell.sum() < n_rows
    true = true_neighbors(points, rows, 20)
    assert_array_equal(indices[in_small_cell], true[in_small_cell])
    assert (indices[~in_small_cell] < 190).all()


def test_cells_are_the_same_for_any_number_of_threads(points):
    found = []
    for n_threads in (1, 2):
        with threadpool_limits(n_threads):
            found.append(vars(find_cells(points, N_NEIGHBORS)))
    for name, value in found[0].items():
        assert_array_equal(value, found[1][name], err_msg=name)


def test_more_cells_are_looked_in_where_more_has_to_be_found(points, monkeypatch):
    n_probes = find_cells(points, N_NEIGHBORS).n_probes
    monkeypatch.setattr(_cells, "_RECALL", 0.8)
    assert find_cells(points, N_NEIGHBORS).n_probes < n_probes / 2
