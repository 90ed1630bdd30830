"""Rows, and true labels where there are any, from the files that the command line takes."""

import zipfile
import zlib
from typing import NamedTuple

import numpy as np
from sklearn.utils import assert_all_finite

from skn2d._tables import read_table
from skn2d._validation import listed
from skn2d.metrics._labels import check_labels

_ARRAYS = (".npz", ".npy")
_TABLES = (".csv", ".tsv", ".parquet")
_COMPRESSED, _SHEETS = (".gz", ".zip", ".bz2", ".xz", ".zst"), (".xlsx", ".xls", ".ods")
_ADVICE = dict.fromkeys(_COMPRESSED, " It is compressed: unpack it first.")
_ADVICE |= dict.fromkeys(_SHEETS, ' Save the sheet as "CSV UTF-8".')


class Rows(NamedTuple):
    """What a file holds: rows, true labels or None, and what a user should know of them."""

    X: object
    y: object
    notes: list


def _read_arrays(path, label_name, dropped=()):
    if dropped:
        raise ValueError(
            f"{path.name} has arrays, and their columns no names. Leave out {listed(dropped)} "
            "before the array is saved."
        )
    try:
        # What it is shows in the file, whatever its name.
        loaded = np.load(path, mmap_mode="r", allow_pickle=False)
        if isinstance(loaded, np.ndarray):
            arrays = {"data": loaded}
        else:
            with loaded:
                arrays = {name: loaded[name] for name in loaded.files}
    except (ValueError, EOFError, OSError, zipfile.BadZipFile, zlib.error) as error:
        raise ValueError(
            f"{path.name} is damaged, no NumPy file, or holds Python objects instead of "
            "numbers. Save an array of numbers with numpy.save."
        ) from error
    if arrays.keys() >= {"format", "shape", "data"}:
        raise ValueError(
            f"{path.name} holds a sparse matrix. Save the rows as they are: "
            "numpy.save(name, matrix.toarray())."
        )
    y = arrays.pop(label_name or "target", None)
    if label_name is not None and y is None:
        raise ValueError(
            f"{path.name} has no array {label_name!r} to take labels from. It has: "
            f"{listed(map(repr, arrays))}."
        )
    if "data" not in arrays and len(arrays) != 1:
        may_be_labels = label_name is None and len(arrays) == 2
        raise ValueError(
            f"{path.name} must hold an array named 'data', or one beside the labels. It has: "
            f"{listed(map(repr, arrays)) or 'none'}."
            + (" If one of them holds the labels, name it with --labels." * may_be_labels)
        )
    if y is not None and y.ndim == 2 and y.shape[1] == 1:
        y = y.ravel()
    return arrays.get("data", next(iter(arrays.values()))), y, []


def _check_numbers(X, name):
    if np.ndim(X) != 2:
        raise ValueError(
            f"{name} holds an array of shape {np.shape(X)}. Save it with one row per sample: "
            "X.reshape(len(X), -1)."
        )
    if 0 in X.shape:
        raise ValueError(
            f"{name} has {X.shape[0]} rows and {X.shape[1]} columns of data: there is "
            "nothing to cluster."
        )
    if isinstance(X, np.ndarray) and X.dtype.kind not in "biuf":
        raise ValueError(f"{name} holds values of type {X.dtype}. Save them as real numbers.")
    try:
        assert_all_finite(X)
    except ValueError as error:
        raise ValueError(
            f"{name} has missing or infinite values. Fill them in, or remove these rows."
        ) from error


def read_rows(path, label_name=None, dropped=()):
    """Read a CSV, NPZ, NPY or Parquet file.

    Parameters
    ----------
    path : pathlib.Path
        The file.
    label_name : str or None, default=None
        Column, or array of an NPZ, with true labels. None means ``"target"`` in an NPZ,
        if there is one, and no labels elsewhere.
    dropped : sequence of str, default=()
        Columns of a table that are left out.

    Returns
    -------
    Rows
        Rows as a DataFrame or an array; true labels or None; sentences on what was
        decided in reading.

    Raises
    ------
    ImportError
        If a package that reads the file is missing.
    ValueError
        If the file is missing, damaged, or holds something else than rows of numbers.
    """
    if not path.is_file():
        what = "does not exist"
        if path.exists():
            what = "is a folder, not a file" if path.is_dir() else "is no ordinary file"
        raise ValueError(f"{str(path)!r} {what}.")
    ending = path.suffix.lower()
    if ending not in _TABLES + _ARRAYS:
        raise ValueError(
            f"{path.name} is no file that can be read: .csv, .tsv, .npz, .npy or .parquet."
            + _ADVICE.get(ending, "")
        )
    read = _read_arrays if ending in _ARRAYS else read_table
    X, y, notes = read(path, label_name, dropped)
    _check_numbers(X, path.name)
    if y is not None:
        y = check_labels(y, f"Labels {label_name or 'target'!r} in {path.name}")
        if len(y) != X.shape[0]:
            raise ValueError(f"{path.name} has {X.shape[0]} rows, but {len(y)} labels.")
    return Rows(X, y, notes)
