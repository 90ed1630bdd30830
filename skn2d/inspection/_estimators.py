"""Reading what the displays need from any estimator, by its public attributes alone."""

from math import prod

import numpy as np
from scipy.sparse import issparse
from sklearn.exceptions import NotFittedError
from sklearn.pipeline import Pipeline
from sklearn.utils import _safe_indexing
from sklearn.utils.validation import _num_samples

from skn2d.metrics._labels import check_labels, check_same_length


def to_dense(X):
    """Make an array of rows that may be sparse, a data frame or a list."""
    return X.toarray() if issparse(X) else np.asarray(X)


def check_some_rows(X, name="X"):
    """Return how many rows X has; none are refused."""
    n_samples = _num_samples(X)
    if n_samples == 0:
        raise ValueError(f"{name} is empty, so there is nothing to draw.")
    return n_samples


def check_one_each(name, values, n_wanted, what):
    """Refuse another number of names or sizes than there is of what they belong to."""
    if values is not None and len(values) != n_wanted:
        raise ValueError(
            f"{name} must have one entry for each {what}, {n_wanted} of them; got "
            f"{len(values)}."
        )


def dense_rows(X, rows):
    """Take some rows of X, which may be of any kind, as an array of floats."""
    taken = to_dense(_safe_indexing(X, rows))
    if taken.ndim > 2:
        raise ValueError(
            "X must be two-dimensional, (n_samples, n_features); got "
            f"{taken.ndim} dimensions. Reshape images to one row each."
        )
    try:
        taken = taken.astype(float)
    except (TypeError, ValueError):
        taken = None
    if taken is None or taken.ndim != 2:
        raise ValueError(
            "X is no table of numbers, of which rows could be drawn. Of a pipeline that makes "
            "numbers of it pass the last step, and what reaches that: pipeline[-1] and "
            "pipeline[:-1].transform(X)."
        )
    return taken


def fitted_attribute(estimator, name, way_out):
    """Get a fitted attribute, with a sentence if it is not there."""
    if not hasattr(estimator, name):
        raise NotFittedError(
            f"estimator ({type(estimator).__name__}) has no attribute {name!r}. {way_out}"
        )
    return getattr(estimator, name)


def call(estimator, method, X):
    """Call a method on rows, with a sentence if the estimator does not have it."""
    if not hasattr(estimator, method):
        raise TypeError(
            f"estimator ({type(estimator).__name__}) has no method {method!r}, which "
            "this display needs. Pass a fitted estimator that has it, such as N2DClusterer."
        )
    return to_dense(getattr(estimator, method)(X))


def last_step(estimator):
    """Return the last step of a scikit-learn pipeline, and any other estimator itself."""
    return estimator.steps[-1][1] if isinstance(estimator, Pipeline) else estimator


def labels_of(estimator, X):
    """Say which cluster each row of X lies in."""
    if not hasattr(estimator, "predict") and hasattr(estimator, "labels_"):
        check_same_length(_num_samples(X), "X", len(estimator.labels_), "estimator.labels_")
        return check_labels(estimator.labels_, "estimator.labels_")
    return check_labels(call(estimator, "predict", X), "estimator.predict(X)")


def _pipeline_of(estimator):
    """Find the pipeline that an estimator has or is, with those inside it taken apart."""
    pipeline = getattr(estimator, "pipeline_", estimator)
    *before, (_, last) = getattr(pipeline, "steps", [("", None)])
    if "autoencoder" not in dict(before) and hasattr(last, "pipeline_"):
        return Pipeline([*before, *last.pipeline_.steps])
    return pipeline


def _step_or_itself(estimator):
    steps = getattr(_pipeline_of(estimator), "named_steps", {})
    return steps.get("autoencoder", estimator)


def row_shape_of(estimator, n_features, image_shape, series_shape):
    """Say what a row is: what was given, or else what the network of an estimator reads.

    What it reads counts where it has as many columns: steps before may have changed them.

    Returns
    -------
    dict
        With keys ``"image_shape"`` and ``"series_shape"``, of which one at least is None.
    """
    if image_shape is None and series_shape is None:
        network = getattr(_step_or_itself(estimator), "architecture", None)
        image_shape = getattr(network, "image_shape", None)
        series_shape = getattr(network, "series_shape", None)
        if prod(image_shape or series_shape or ()) != n_features:
            image_shape = series_shape = None
        elif image_shape and len(image_shape) == 3 and image_shape[2] not in (1, 3, 4):
            image_shape, series_shape = None, (n_features,)
    return {"image_shape": image_shape, "series_shape": series_shape}


def autoencoder_of(estimator):
    """Find the autoencoder: the step of that name, or the estimator itself."""
    autoencoder = _step_or_itself(estimator)
    if autoencoder is None or isinstance(autoencoder, str):
        raise TypeError(
            f"estimator has {autoencoder!r} in place of an autoencoder, so that there is "
            "nothing to draw. Fit it with an AutoencoderTransformer as that step."
        )
    return autoencoder


def up_to_autoencoder(estimator):
    """Find the autoencoder with the steps before it, such as a scaler."""
    autoencoder = autoencoder_of(estimator)
    pipeline = _pipeline_of(estimator)
    names = list(getattr(pipeline, "named_steps", ["autoencoder"]))
    n_before = names.index("autoencoder") if "autoencoder" in names else 0
    return pipeline[: n_before + 1] if n_before else autoencoder
