from datetime import date
from decimal import Decimal

import numpy as np
import pandas as pd
import pyarrow
import pytest
from numpy.testing import assert_array_equal
from scipy import sparse
from sklearn.base import BaseEstimator
from sklearn.exceptions import NotFittedError

from skn2d._validation import check_rows, has_expected_columns


class Estimator(BaseEstimator):
    def fit(self, X, y=None):
        self.rows_ = check_rows(self, X, reset=True)
        return self


ROWS = np.arange(12.0).reshape(4, 3)


@pytest.fixture
def fitted():
    return Estimator().fit(ROWS)


@pytest.mark.parametrize("dtype", ["f2", "f4", "f8", "u1", "i8", ">f8"])
def test_plain_array_of_finite_numbers_is_taken_as_it_is(fitted, dtype):
    rows = ROWS.astype(dtype)
    assert has_expected_columns(fitted, rows)
    found = check_rows(fitted, rows, reset=False)
    assert np.shares_memory(found, rows)
    assert found.dtype == rows.dtype


def test_memory_map_becomes_an_array_that_shares_it(fitted, tmp_path):
    np.save(tmp_path / "rows.npy", ROWS)
    rows = np.load(tmp_path / "rows.npy", mmap_mode="r")
    found = check_rows(fitted, rows[1:2], reset=False)
    assert type(found) is np.ndarray
    assert np.shares_memory(found, rows)


def test_finite_numbers_whose_sum_is_not_are_taken(fitted):
    rows = np.full((2, 3), np.finfo(np.float32).max)
    assert np.array_equal(check_rows(fitted, rows, reset=False), rows)


@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf])
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_one_value_that_is_no_number_is_found(fitted, value, dtype):
    rows = ROWS.astype(dtype)
    rows[2, 1] = value
    with pytest.raises(ValueError, match="NaN" if np.isnan(value) else "infinity"):
        check_rows(fitted, rows, reset=False)


def test_both_infinities_are_found(fitted):
    with np.errstate(invalid="ignore"), pytest.raises(ValueError, match="infinity"):
        check_rows(fitted, np.array([[np.inf, -np.inf, 0]]), reset=False)


@pytest.mark.parametrize(
    ("rows", "message"),
    [
        (ROWS[:, :2], "2 features"),
        (ROWS[:0], "0 sample"),
        (ROWS[0], "1D array"),
        (np.array(["a", "b"], dtype=object), "texts"),
        (ROWS[np.newaxis], "dim 3"),
        (ROWS.astype(complex), "Complex"),
        (ROWS.astype("M8[s]"), "times"),
        (np.ma.masked_array(ROWS, ROWS > 5), "masked"),
        (np.array([["a", "b", "c"]]), "not|convert|numeric"),
        (["some", "texts"], "texts.*TfidfVectorizer"),
        (pd.Series(["some", "texts"]), "texts.*TfidfVectorizer"),
        ([[1, 2, 3], [1, 2]], "different lengths.*scipy.signal.resample"),
        ([np.ones(3), np.ones(4)], "different lengths"),
        ([ROWS, ROWS], "dim 3.*reshape"),
    ],
)
def test_other_rows_are_refused(fitted, rows, message):
    with pytest.raises(ValueError, match=message):
        check_rows(fitted, rows, reset=False)


@pytest.mark.filterwarnings("ignore:the matrix subclass")
@pytest.mark.parametrize("form", [np.matrix, sparse.csr_array])
def test_what_only_looks_like_an_array_is_refused(fitted, form):
    rows = form(ROWS)
    assert not has_expected_columns(fitted, rows)
    with pytest.raises(TypeError):
        check_rows(fitted, rows, reset=False)


def test_array_for_named_columns_is_taken_with_a_warning():
    estimator = Estimator().fit(pd.DataFrame(ROWS, columns=list("abc")))
    assert not has_expected_columns(estimator, ROWS)
    with pytest.warns(UserWarning, match="does not have valid feature names"):
        check_rows(estimator, ROWS, reset=False)


DECIMAL = pd.ArrowDtype(pyarrow.decimal128(10, 4))
TABLE = pd.DataFrame(ROWS, columns=list("abc"))


@pytest.mark.parametrize(
    "column",
    [
        pd.Categorical([0, 1, 1, 0]),
        pd.Series(np.arange(4.0)).astype(DECIMAL),
        pd.Series([Decimal(i) for i in range(4)]),
    ],
    ids=["category", "decimal128", "Decimal"],
)
def test_numbers_of_other_types_are_taken(column):
    for table in (TABLE.assign(a=column), pd.DataFrame({"a": column})):
        rows = Estimator().fit(table).rows_
        assert rows.dtype == np.float64
        assert_array_equal(rows[:, 0], np.asarray(column, dtype=float))


@pytest.mark.parametrize(
    ("column", "message"),
    [
        (pd.Categorical(["x", "y", "y", "x"]), r"'a' \(category\)\. Encode"),
        ([date(2020, 1, 1)] * 4, r"'a' \(object\)\. Encode.*times as seconds"),
    ],
    ids=["category", "date"],
)
def test_columns_of_other_things_are_named(column, message):
    with pytest.raises(ValueError, match=message):
        Estimator().fit(TABLE.assign(a=column))


@pytest.mark.parametrize("kind", [float, object])
def test_gaps_are_counted(kind):
    rows = ROWS.astype(kind)
    rows[[0, 2], 1] = np.nan
    rows[1, 2] = np.nan
    with pytest.raises(ValueError, match=r"NaN: 2 in 1, 1 in 2\. Fill .*SimpleImputer"):
        Estimator().fit(rows)
    table = pd.DataFrame(rows, columns=list("abc"))
    with pytest.raises(ValueError, match=r"NaN: 2 in 'b', 1 in 'c'\. Fill"):
        Estimator().fit(table)
    with pytest.raises(ValueError, match=r"NaN: 1 in 'a'\. Fill"):
        Estimator().fit(TABLE.assign(a=pd.array([1, None, 3, 4], dtype="Int64")))
    with pytest.raises(ValueError, match="contains NaN"):
        check_rows(
            Estimator(), sparse.csr_array(ROWS * np.nan), reset=True, accept_sparse="csr"
        )


def test_of_many_columns_the_others_are_counted():
    table = pd.DataFrame(np.full((4, 7), "x"), columns=list("abcdefg"))
    with pytest.raises(ValueError, match=r"'e' \(.*\) and 2 more\. Encode"):
        Estimator().fit(table)


def test_nobody_is_expected_before_fit():
    assert not has_expected_columns(Estimator(), ROWS)
    with pytest.raises(NotFittedError):
        check_rows(Estimator(), ROWS, reset=False)
