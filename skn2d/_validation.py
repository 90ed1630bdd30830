"""Checks that scikit-learn leaves to its users."""

from collections.abc import Sequence
from datetime import date, time, timedelta

import numpy as np
from scipy import sparse
from sklearn.utils import gen_batches
from sklearn.utils.validation import check_is_fitted, validate_data

# Of larger values the squares, summed over columns, leave no room in double precision.
_LARGEST = 1e150
# Columns that are listed in a message.
_MAX_LISTED = 5
# Rows in which gaps are counted at one time.
_BLOCK_ROWS = 4096


def refuse_values_too_large(largest):
    """Raise an error if distances cannot be computed.

    Parameters
    ----------
    largest : float
        The largest absolute value of the rows.

    Raises
    ------
    ValueError
        If its square is beyond double precision, or nearly so.
    """
    if float(largest) > _LARGEST:
        raise ValueError(
            f"X has values beyond {_LARGEST:.0e}, whose distances cannot be computed. "
            "Check the rows for fill values, or scale them."
        )


def has_expected_columns(estimator, X):
    """Whether a fitted estimator needs no further look at the columns of an array.

    What scikit-learn does with tables and names takes longer than to label a row.

    Parameters
    ----------
    estimator : estimator
        Fitted or not.
    X : object
        The rows.

    Returns
    -------
    bool
        True for a plain array of as many columns as were seen in ``fit``, without names.
    """
    fitted = vars(estimator)
    return (
        type(X) in (np.ndarray, np.memmap)
        and X.ndim == 2
        and len(X) > 0
        and X.shape[1] == fitted.get("n_features_in_")
        and "feature_names_in_" not in fitted
    )


def _are_finite(X):
    """Whether numbers are finite, as far as their sum tells."""
    if X.dtype.kind in "iu":
        return True
    with np.errstate(over="ignore", invalid="ignore"):
        return X.dtype.kind == "f" and np.isfinite(X.sum(dtype=np.result_type(X, np.float32)))


def check_rows(estimator, X, *, reset, accept_sparse=False, ensure_min_samples=1):
    """Validate rows as scikit-learn does, naming the columns that are not numbers.

    Parameters
    ----------
    estimator : estimator
        Whose ``n_features_in_`` and ``feature_names_in_`` are set or compared.
    X : array-like or CSR of shape (n_samples, n_features)
        The rows.
    reset : bool
        True in ``fit``, False afterwards.
    accept_sparse : str or False, default=False
        The form that sparse rows are brought into.
    ensure_min_samples : int, default=1
        Fewer rows are refused in ``fit``.

    Returns
    -------
    array or CSR of shape (n_samples, n_features)
        The rows in the dtype they came in; nothing is copied that is an array already.

    Raises
    ------
    TypeError, ValueError
        If the rows cannot be used.
    sklearn.exceptions.NotFittedError
        If `reset` is False and the estimator is not fitted.
    """
    if not reset:
        if has_expected_columns(estimator, X) and _are_finite(rows := np.asarray(X)):
            return rows
        check_is_fitted(estimator)
    if isinstance(X, Sequence):
        X = as_array(X)  # of Decimal or None scikit-learn makes numbers, but not in lists
    refuse_other_forms(estimator, X)
    if isinstance(X, np.ma.MaskedArray) and np.ma.is_masked(X):
        raise ValueError(
            "X has masked values, which would count as what is stored under the mask. Fill "
            "them in, or remove these rows."
        )
    if getattr(getattr(X, "dtype", None), "kind", "f") in "mM":
        raise ValueError(
            f"X holds times ({X.dtype}), not real numbers. Turn them into numbers first, for "
            "example into seconds."
        )
    dtypes = getattr(X, "dtypes", None)
    if dtypes is not None and hasattr(dtypes, "items"):
        wrong = [
            f"{name!r} ({dtype})"
            for name, dtype in dtypes.items()
            if _is_no_number(dtype) and not (str(dtype) == "object" and _has_numbers(X[name]))
        ]
        if wrong:
            raise ValueError(
                f"X has columns that are not real numbers: {listed(wrong)}. Encode them first, "
                "for example with sklearn.preprocessing.OneHotEncoder, or times as seconds, "
                "or drop them."
            )
        others = [name for name, dtype in dtypes.items() if _stands_for_numbers(dtype)]
        if others:
            X = X.astype(dict.fromkeys(others, float))
    try:
        return validate_data(
            estimator,
            X,
            reset=reset,
            dtype="numeric",
            accept_sparse=accept_sparse,
            ensure_min_samples=ensure_min_samples,
        )
    except ValueError as error:
        gaps = _missing_values(X) if str(error).startswith("Input X contains NaN") else ""
        if not gaps:
            raise
        raise ValueError(
            f"Input X contains NaN: {gaps}. Fill them in, for example with "
            "sklearn.impute.SimpleImputer, or leave out these rows or columns."
        ) from error


def _missing_values(X):
    """Count the gaps in each column, in words; empty where that cannot be told."""
    if not hasattr(X, "shape") or sparse.issparse(X):
        return ""
    names = getattr(X, "columns", range(X.shape[1]))
    if hasattr(X, "isna"):
        counts = X.isna().sum()
    else:
        counts = np.zeros(X.shape[1], dtype=int)
        for rows in gen_batches(X.shape[0], _BLOCK_ROWS):
            part = np.asarray(X[rows])
            counts += (part != part).sum(axis=0)  # of objects as well as of numbers
    return listed(f"{n} in {name!r}" for name, n in zip(names, counts, strict=True) if n)


def as_array(rows):
    """Make an array of a list of rows.

    Raises
    ------
    ValueError
        If they differ in their length.
    """
    try:
        return np.asarray(rows)
    except ValueError as error:
        raise ValueError(
            "X has rows of different lengths, but each must have a value in each column. Cut "
            "series to one length or resample them, for example with scipy.signal.resample; "
            "resize images to one size."
        ) from error


def refuse_other_forms(estimator, X):
    """Say how arrays of images or series become rows, and how texts do.

    Parameters
    ----------
    estimator : estimator
        Who wants rows.
    X : object
        What was given.

    Raises
    ------
    ValueError
        If `X` is an array of more than two dimensions, or of texts alone.
    """
    n_dimensions = getattr(X, "ndim", 0)
    is_line = n_dimensions == 1 and not sparse.issparse(X) and len(X)
    if is_line and isinstance(np.asarray(X[:1])[0], str):
        raise ValueError(
            f"X holds texts, not the rows of numbers that {type(estimator).__name__} takes: "
            "Expected 2D array, got 1D array instead. Put a vectorizer in front, such as "
            "sklearn.feature_extraction.text.TfidfVectorizer, in a pipeline."
        )
    if n_dimensions > 2:
        raise ValueError(
            f"Found array with dim {n_dimensions}, while dim <= 2 is required by "
            f"{type(estimator).__name__}: one row for each sample. Flatten images and series "
            "by X.reshape(len(X), -1)."
        )


def refuse_class(name, value):
    """Refuse a class where an instance of it is meant.

    Parameters
    ----------
    name : str
        Name of the parameter.
    value : object
        What was given.

    Raises
    ------
    TypeError
        If `value` is a class.
    """
    if isinstance(value, type):
        raise TypeError(
            f"{name} must be an instance, not the class {value.__name__}; pass "
            f"{value.__name__}()."
        )


def refuse_precomputed(name, estimator):
    """Raise an error if an estimator wants distances and not rows.

    Parameters
    ----------
    name : str
        The name of the parameter that the estimator was given as.
    estimator : estimator
        What was given.

    Raises
    ------
    ValueError
        If one of its parameters says "precomputed".
    """
    for parameter in ("metric", "affinity", "dissimilarity", "kernel"):
        value = getattr(estimator, parameter, None)
        if isinstance(value, str) and value.startswith("precomputed"):
            raise ValueError(
                f"{name} has {parameter}={value!r}, which needs distances, but new rows "
                "are found by their columns. Pass the rows and another value, such as "
                "'euclidean'."
            )


def listed(names):
    """Write the first names as an enumeration, and the number of the others."""
    names = list(names)
    if len(names) <= _MAX_LISTED + 1:
        return ", ".join(names)
    return f"{', '.join(names[:_MAX_LISTED])} and {len(names) - _MAX_LISTED} more"


def _is_no_number(dtype):
    """Whether the dtype of a column is of other things than real numbers."""
    if str(dtype) == "category":
        return _is_no_number(dtype.categories.dtype)
    is_odd = str(dtype) == "str" or getattr(dtype, "kind", "f") in "OSUMmc"
    return is_odd and not _stands_for_numbers(dtype)


def _stands_for_numbers(dtype):
    """Whether NumPy may not see the numbers of a column: of categories, or Arrow's decimals."""
    return str(dtype) == "category" or str(dtype).startswith("decimal")


def _has_numbers(column):
    return not any(isinstance(value, (str, bytes, date, time, timedelta)) for value in column)
