"""The cache: one file ``NAME.npz`` a data set, read with checks and written atomically."""

import hashlib
import os
import uuid
import warnings
import zipfile
import zlib
from pathlib import Path

import numpy as np

ENVIRONMENT_VARIABLE = "SKN2D_DATA"
_UNREADABLE = (EOFError, KeyError, ValueError, zipfile.BadZipFile, zlib.error)


def cache_folder(data_home):
    """Return the folder of the cache: argument, environment variable, home directory."""
    source, folder = "data_home", data_home
    if folder is None:
        source = f"the environment variable {ENVIRONMENT_VARIABLE}"
        folder = os.environ.get(ENVIRONMENT_VARIABLE) or Path("~", ".cache", "skn2d")
    folder = Path(folder).expanduser()
    if folder.exists() and not folder.is_dir():
        raise ValueError(
            f"{source} must name a folder, got {str(folder)!r}, which is a file. "
            "Pass the folder that holds it."
        )
    return folder


def content_problem(dataset, data, target):
    """Say what is wrong with the shape, dtype, classes or values, or return None."""
    if data.shape != dataset.shape or target.shape != dataset.shape[:1]:
        return (
            f"data has shape {data.shape} and target {target.shape}, "
            f"expected {dataset.shape} and {dataset.shape[:1]}"
        )
    if data.dtype != dataset.dtype or target.dtype != np.uint8:
        return (
            f"data has dtype {data.dtype} and target {target.dtype}, "
            f"expected {dataset.dtype} and uint8"
        )
    counts = tuple(np.bincount(target, minlength=len(dataset.class_counts)).tolist())
    if counts != dataset.class_counts:
        return f"the classes have {counts} rows, expected {dataset.class_counts}"
    low, high = dataset.value_range
    # Written so that NaN fails it.
    if not (low <= data.min() and data.max() <= high):
        return f"values lie between {data.min()} and {data.max()}, expected {low} to {high}"
    return None


def warn_if_unfamiliar(dataset, data, target, origin, stacklevel):
    """Warn if the content has another hash than the one on record.

    A warning and not an error: shape, classes and range are right, so that the data can
    be worked with, but rows or values may differ from those that others measured on.
    """
    if dataset.sha256 is None:
        return
    digest = hashlib.sha256(np.ascontiguousarray(data))
    digest.update(np.ascontiguousarray(target))
    if digest.hexdigest() != dataset.sha256:
        warnings.warn(
            f"{origin}: shape and classes are right, but the content (SHA-256 "
            f"{digest.hexdigest()[:12]}...) is not the one on record for "
            f"{dataset.name!r} ({dataset.sha256[:12]}...). Rows may be in another order "
            "or values differ; figures may not compare with published ones.",
            stacklevel=stacklevel,
        )


def read(dataset, path):
    """Read and check the file, or say which file to delete."""
    try:
        with open(path, "rb") as file:
            if not zipfile.is_zipfile(file):
                raise ValueError("it is damaged or no .npz archive")
            archive = np.load(file, allow_pickle=False)
            data, target = archive["data"], archive["target"]
        problem = content_problem(dataset, data, target)
    except _UNREADABLE as error:
        problem = str(error)
    if problem is not None:
        raise ValueError(
            f"The cached file {str(path)!r} is not the data set {dataset.name!r}: {problem}. "
            "Delete the file, so that it is fetched again, or put the right one there."
        )
    return data, target


def write(path, data, target):
    """Write the file in one step: readers see the whole of it or nothing."""
    path.parent.mkdir(parents=True, exist_ok=True)
    # Not tempfile: that one keeps the file from everybody else who shares the folder.
    part = path.with_name(f".{path.name}.{uuid.uuid4().hex}.part")
    try:
        with open(part, "xb") as file:
            np.savez_compressed(file, data=data, target=target)
            file.flush()
            os.fsync(file.fileno())
        os.replace(part, path)
    finally:
        part.unlink(missing_ok=True)
