"""Anything that may stand where an augmentation is asked for."""

import numpy as np

from skn2d.augmentation._base import Augmentation


def prepare_augmentation(augmentation, n_features, architecture=None, name="augmentation"):
    """Prepare an augmentation or a user's function, before any training.

    Parameters
    ----------
    augmentation : Augmentation or callable
        What to prepare.
    n_features : int
        Number of columns of the rows.
    architecture : Architecture, callable or None, default=None
        The network that will be trained.
    name : str, default="augmentation"
        What errors call it.

    Returns
    -------
    callable
        ``augment(rows, random_state)``; see :meth:`Augmentation.prepare`.

    Raises
    ------
    TypeError
        If it is neither an augmentation nor a function.
    ValueError
        If its parameters cannot be used.
    """
    if isinstance(augmentation, type):
        raise TypeError(
            f"{name} is the class {augmentation.__name__}: "
            f"pass {augmentation.__name__}(), an instance."
        )
    change = augmentation
    if isinstance(augmentation, Augmentation):
        change = augmentation.prepare(n_features, architecture)
    elif not callable(augmentation):
        raise TypeError(
            f"{name} must be an augmentation, such as GaussianNoise(), or a function of "
            f"(rows, random_state). Got {augmentation!r}."
        )

    def augment(rows, random_state):
        # A copy, as the function may write into what it gets.
        changed = np.asarray(change(rows.copy(), random_state), dtype=np.float32)
        if changed.shape != rows.shape:
            raise ValueError(
                f"{name} returned rows of shape {changed.shape} for rows of shape "
                f"{rows.shape}; it must keep the shape."
            )
        if not np.isfinite(changed).all():
            raise ValueError(
                f"{name} returned NaN or infinity for rows of numbers; no network can "
                "learn from these."
            )
        return changed

    return augment
