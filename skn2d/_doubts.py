"""Sentences on rows, and on networks trained on them, of which little can be expected."""

import math

import numpy as np

from skn2d._compilation import is_squared_error
from skn2d._scaling import hides_most_rows

# Rows that tell whether networks have learned anything, and weight updates after which they
# are asked: nobody expects it of fewer.
_N_RESTORED, _FEWEST_UPDATES = 1000, 100
# Share of the variance from which on a column is all that counts, most likely by its unit.
_DOMINANT_SHARE = 0.99


def doubt_about_rows(X, scale, variances, names):
    """Say what hides most of the rows, or of the columns.

    Parameters
    ----------
    X : array-like or CSR of shape (n_samples, n_features)
        The rows.
    scale : float
        What they are multiplied by.
    variances : ndarray of shape (n_features,), float
        Of the columns.
    names : sequence of shape (n_features,)
        Of the columns, or their numbers.

    Returns
    -------
    str or None
        A warning; None where nothing is in doubt.
    """
    if hides_most_rows(X, scale):
        return (
            "A few values of X are so large that beside them most rows are alike. "
            "Fill them in if they stand for missing values, or remove these rows."
        )
    largest = variances.argmax()
    is_dominant = variances[largest] > _DOMINANT_SHARE * variances.sum()
    if not is_dominant or np.count_nonzero(variances > 0) == 1:
        return None
    share = variances[largest] / variances.sum()
    share = f"{share:.1%}" if share < 0.999 else "more than 99.9%"
    return (
        f"Column {names[largest]!r} has {share} of the variance of X, so that the others "
        "hardly count. Where that comes from its unit, scale the columns first, "
        "for example with sklearn.preprocessing.StandardScaler; where it comes from a "
        "few extreme values or such as stand for missing ones, fill these in; where "
        "the column only numbers the rows, leave it out."
    )


def doubt_about_networks(autoencoder, rows, n_updates):
    """Say which networks' codes tell less of rows than the means of the columns.

    Parameters
    ----------
    autoencoder : AutoencoderTransformer
        Whose networks are trained.
    rows : ScaledRows
        What they were trained on.
    n_updates : int
        How often their weights were changed.

    Returns
    -------
    str or None
        A warning; None where nothing is in doubt.
    """
    if n_updates < _FEWEST_UPDATES or not is_squared_error(autoencoder.loss):
        return None
    # Of scaled rows the means are 0, and their error about 1.
    suspects = [
        network
        for network, history in zip(autoencoder.networks_, autoencoder.histories_, strict=True)
        if history["loss"] and history["loss"][-1] >= 1
    ]
    if not suspects:
        return None
    some = rows[:: math.ceil(len(rows) / _N_RESTORED)]
    error_of_means = np.mean(some**2)
    errors = [np.mean((n.decode(n.encode(some)) - some) ** 2) for n in suspects]
    n_untaught = np.sum(np.array(errors) >= error_of_means)
    if not n_untaught:
        return None
    return (
        f"{n_untaught} of {autoencoder.n_estimators} networks restore the rows no better "
        "than the means of the columns would, so that their codes tell little of the "
        f"rows. Lower learning_rate ({autoencoder.learning_rate}), train for more epochs "
        f"({autoencoder.n_epochs_}), or look for a few extreme values in X."
    )
