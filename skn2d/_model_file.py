"""A saved model and new rows for it, checked before anything is computed."""

import pickle
import struct
import zipfile
import zlib

import joblib
import numpy as np
from sklearn.exceptions import NotFittedError
from sklearn.pipeline import Pipeline
from sklearn.utils.validation import check_is_fitted

from skn2d._validation import listed

_WAY_OUT = "Use the model file of an earlier run, or joblib.dump a fitted N2DClusterer."

# What loading a damaged file, or one of another kind, may raise.
_DAMAGE = (
    *(OSError, EOFError, pickle.UnpicklingError, zipfile.BadZipFile, zlib.error),
    *(struct.error, ValueError, KeyError, IndexError, TypeError, OverflowError),
    *(AttributeError, ImportError, MemoryError),
)


def load_model(path, estimator_class):
    """Load a fitted model.

    Parameters
    ----------
    path : pathlib.Path
        What ``joblib.dump`` wrote.
    estimator_class : type
        What it must be, by itself or at the end of a pipeline.

    Returns
    -------
    estimator
        The fitted model.

    Raises
    ------
    ValueError
        If the file is missing, damaged or something else than a fitted model.
    """
    if not path.is_file():
        what = "is a folder, not a file" if path.is_dir() else "does not exist"
        raise ValueError(f"Model {str(path)!r} {what}. {_WAY_OUT}")
    try:
        model = joblib.load(path)
    except _DAMAGE as error:
        reason = str(error).strip().partition("\n")[0].rstrip(".") or "it ends too early"
        raise ValueError(
            f"Model {str(path)!r} is damaged or no model file ({reason}). {_WAY_OUT}"
        ) from error
    last = model[-1] if isinstance(model, Pipeline) else model
    if not isinstance(last, estimator_class):
        at_its_end = f" with a {type(last).__name__} at its end" if last is not model else ""
        raise ValueError(
            f"Model {str(path)!r} holds a {type(model).__name__}{at_its_end}. {_WAY_OUT}"
        )
    try:
        check_is_fitted(model)
    except NotFittedError as error:
        raise ValueError(f"Model {str(path)!r} is not fitted. {_WAY_OUT}") from error
    return model


def columns_for(model, X, name):
    """Put the columns of new rows into the order that the model knows.

    Parameters
    ----------
    model : estimator
        Fitted, with ``n_features_in_``, and ``feature_names_in_`` if it knows names.
    X : DataFrame or ndarray of shape (n_samples, n_features)
        The rows.
    name : str
        What the rows are called in a message.

    Returns
    -------
    DataFrame or ndarray of shape (n_samples, n_features)
        The same rows.

    Raises
    ------
    ValueError
        If they have other columns.
    """
    known = getattr(model, "feature_names_in_", None)
    if known is None or not hasattr(X, "columns"):
        if X.shape[1] != model.n_features_in_:
            raise ValueError(
                f"{name} has {X.shape[1]} columns of data, but the model was trained on "
                f"{model.n_features_in_}. Pass rows with the same columns."
            )
        return np.asarray(X)
    missing = [repr(column) for column in known if column not in X.columns]
    extra = [repr(column) for column in X.columns if column not in set(known)]
    if missing or extra:
        parts = [f"lacks {listed(missing)}"] if missing else []
        parts += [f"also has {listed(extra)}"] if extra else []
        raise ValueError(
            f"{name} has other columns than the model was trained on: it "
            f"{' and '.join(parts)}. Pass rows with the same columns"
            f"{'; --drop leaves one out' if extra else ''}."
        )
    return X[list(known)]
