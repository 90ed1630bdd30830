"""Rows that stand for many: their values and their containers."""

import numpy as np
import pandas as pd
import pytest
from scipy import sparse
from sklearn.datasets import load_digits

from skn2d._landmarks import averaged

digits, _ = load_digits(return_X_y=True)
ROWS = np.array([[0.0, 0], [10, 0], [10, 0], [1, 0], [-1, 3], [12, 0], [11, 3]])


def test_each_landmark_becomes_the_mean_of_the_rows_that_are_nearest_to_it():
    # Equal landmarks keep what they are but for the first, which the others are averaged with.
    expected = [[0, 1], [11, 1], [10, 0]]
    np.testing.assert_allclose(averaged(ROWS, 3), expected)


def test_no_other_rows_change_nothing():
    np.testing.assert_array_equal(averaged(ROWS, len(ROWS)), ROWS)


def test_means_lie_nearer_to_the_rows_than_the_landmarks_do():
    rows = digits.astype(np.float32)
    means = averaged(rows, 50)
    assert means.dtype == rows.dtype

    def mean_distance(points):
        return np.mean([np.linalg.norm(points - row, axis=1).min() for row in rows[50:]])

    assert mean_distance(means) < 0.9 * mean_distance(rows[:50])


def test_a_table_stays_one():
    table = pd.DataFrame(ROWS.astype(int), columns=["a", "b"], index=list("tuvwxyz"))
    means = averaged(table, 3)
    assert list(means.columns) == ["a", "b"]
    assert list(means.index) == ["t", "u", "v"]
    np.testing.assert_allclose(means, [[0, 1], [11, 1], [10, 0]])


@pytest.mark.parametrize(
    "rows",
    [
        pd.DataFrame({"a": ["x", "y", "z"]}),
        np.array([["x"], ["y"], ["z"]], dtype=object),
        [["x"], ["y"], ["z"]],
    ],
    ids=["table", "array", "list"],
)
def test_what_is_no_numbers_comes_as_it_is(rows):
    landmarks = averaged(rows, 2)
    assert type(landmarks) is type(rows)
    np.testing.assert_array_equal(landmarks, rows[:2])


def test_sparse_rows_come_as_they_are():
    landmarks = averaged(sparse.csr_array(ROWS), 3)
    np.testing.assert_array_equal(landmarks.toarray(), ROWS[:3])
