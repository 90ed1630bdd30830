"""From a name to scikit-learn's usual Bunch: cache first, then OpenML."""

import warnings

from sklearn.utils import Bunch

from skn2d._optional import import_optional
from skn2d.datasets._cache import (
    ENVIRONMENT_VARIABLE,
    cache_folder,
    read,
    warn_if_unfamiliar,
    write,
)
from skn2d.datasets._openml import fetch
from skn2d.datasets._table import DATASETS


def _arrays(name, data_home):
    dataset = DATASETS[name]
    path = cache_folder(data_home) / f"{name}.npz"
    if path.exists():
        data, target = read(dataset, path)
        warn_if_unfamiliar(dataset, data, target, str(path), stacklevel=6)
        return data, target
    data, target = fetch(dataset, path)
    origin = f"OpenML's data set {dataset.openml_id}"
    warn_if_unfamiliar(dataset, data, target, origin, stacklevel=6)
    try:
        write(path, data, target)
    except OSError as error:
        warnings.warn(
            f"The data set {name!r} was fetched but could not be kept in "
            f"{str(path.parent)!r} ({error}), so that the next call fetches it again. Point "
            f"data_home or the environment variable {ENVIRONMENT_VARIABLE} to a folder that "
            "can be written.",
            stacklevel=5,
        )
    return data, target


def load(name, data_home, return_X_y, as_frame, part=None):
    """Load a data set of the table, or with `part` some of its rows."""
    dataset = DATASETS[name]
    if as_frame:
        pandas = import_optional("pandas", "as_frame=True")
    data, target = _arrays(name, data_home)
    if part is not None:
        # A copy, so that the other rows need not stay in memory.
        data, target = data[part].copy(), target[part].copy()
    content = {"frame": None}
    if dataset.image_shape is not None:
        content["images"] = data.reshape(-1, *dataset.image_shape)
    if as_frame:
        data = pandas.DataFrame(data, columns=list(dataset.feature_names), copy=False)
        target = pandas.Series(target, name="target", copy=False)
        content["frame"] = data.copy(deep=False)
        content["frame"]["target"] = target
    if return_X_y:
        return data, target
    return Bunch(
        data=data,
        target=target,
        feature_names=list(dataset.feature_names),
        target_names=list(dataset.target_names),
        DESCR=dataset.description,
        **content,
    )
