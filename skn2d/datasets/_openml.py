"""Fetching a data set from OpenML and bringing it into the canonical form."""

import importlib.util
import tempfile
import warnings
import zlib
from http.client import HTTPException

import numpy as np
from sklearn.datasets import fetch_openml

from skn2d.datasets._cache import ENVIRONMENT_VARIABLE, content_problem

_FETCH_ERRORS = (EOFError, HTTPException, KeyError, OSError, ValueError, zlib.error)


def _download(dataset):
    # The pandas parser is many times faster, but pandas comes with an extra only.
    parser, read_csv_kwargs = "liac-arff", None
    if importlib.util.find_spec("pandas"):
        # scikit-learn 1.9 asks for categories, which pandas 3.1 reads as numbers, and then
        # takes them for strings. Labels as strings avoid that; float32 halves the memory.
        label_column = len(dataset.feature_names)
        dtypes = {**dict.fromkeys(range(label_column), "float32"), label_column: "str"}
        parser, read_csv_kwargs = "pandas", {"dtype": dtypes}
    with tempfile.TemporaryDirectory(prefix="skn2d-") as folder, warnings.catch_warnings():
        # One error at the end says more than three announcements of another try.
        warnings.filterwarnings("ignore", message="A network error occurred")
        warnings.filterwarnings("ignore", message="Invalid cache")
        return fetch_openml(
            data_id=dataset.openml_id,
            data_home=folder,
            as_frame=False,
            parser=parser,
            read_csv_kwargs=read_csv_kwargs,
            return_X_y=True,
        )


def _to_canonical(dataset, data, target):
    data = np.asarray(data)
    labels = np.char.strip(np.asarray(target).astype(str), "'").astype(np.float64)
    labels -= dataset.first_openml_label
    if not np.isin(labels, np.arange(len(dataset.class_counts))).all():
        raise ValueError(f"labels {np.unique(target)[:20].tolist()} are not the expected ones")
    converted = np.ascontiguousarray(dataset.convert(data), dtype=dataset.dtype)
    if converted.dtype.kind == "u" and not np.array_equal(converted, data):
        raise ValueError(f"values are not whole numbers that fit {dataset.dtype}")
    return converted, labels.astype(np.uint8)


def fetch(dataset, path):
    """Fetch `dataset`; every failure is one error that says both ways out.

    Parameters
    ----------
    dataset : Dataset
        What to fetch.
    path : Path
        Where the cached file would be; only named in the errors.

    Returns
    -------
    data : ndarray of shape (n_samples, n_features)
        The canonical data, checked.
    target : ndarray of shape (n_samples,), dtype uint8
        Labels from 0.

    Raises
    ------
    OSError
        If OpenML cannot be reached or its answer cannot be read.
    ValueError
        If the answer is not the data set that the table describes.
    """
    own_file = (
        f"put {path.name!r} (keys 'data' and 'target') into {str(path.parent)!r}, or point "
        f"data_home or the environment variable {ENVIRONMENT_VARIABLE} to the folder that "
        "holds it"
    )
    try:
        data, target = _download(dataset)
    except _FETCH_ERRORS as error:
        raise OSError(
            f"The data set {dataset.name!r} is not in {str(path.parent)!r} and could not be "
            f"fetched from OpenML ({type(error).__name__}: {error}). Connect to the internet "
            f"and call again, or {own_file}."
        ) from error
    try:
        data, target = _to_canonical(dataset, data, target)
        problem = content_problem(dataset, data, target)
    except (TypeError, ValueError) as error:
        problem = str(error)
    if problem is not None:
        raise ValueError(
            f"OpenML's data set {dataset.openml_id} ({dataset.openml_name}) is not "
            f"{dataset.name!r} as skn2d knows it: {problem}. Nothing was written; {own_file}."
        )
    return data, target
