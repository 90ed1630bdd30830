"""Several augmentations, one after the other."""

from sklearn.pipeline import _name_estimators
from sklearn.utils.metaestimators import _BaseComposition

from skn2d.augmentation._base import Augmentation
from skn2d.augmentation._prepare import prepare_augmentation


class AugmentationPipeline(_BaseComposition, Augmentation):
    """Several augmentations, one after the other.

    The parameters of the steps are reached by name, as in scikit-learn's ``Pipeline``:
    ``augmentation__noise__stddev``.

    Parameters
    ----------
    steps : list of (str, augmentation) tuples
        Names and augmentations. A step may also be a function of
        ``(rows, random_state)``, or ``"passthrough"`` to leave it out.

    See Also
    --------
    make_augmentation : Names the steps itself.

    Examples
    --------
    >>> from sklearn.datasets import load_digits
    >>> from skn2d.augmentation import AugmentationPipeline, GaussianNoise, RandomAffine
    >>> augmentation = AugmentationPipeline(
    ...     [("move", RandomAffine(image_shape=(8, 8))), ("noise", GaussianNoise())]
    ... )
    >>> augmentation.set_params(noise__stddev=0.2)(load_digits().data, random_state=0).shape
    (1797, 64)
    """

    def __init__(self, steps):
        self.steps = steps

    def get_params(self, deep=True):
        """Return the parameters, and those of the steps.

        Parameters
        ----------
        deep : bool, default=True
            Whether to return the steps and their parameters, too.

        Returns
        -------
        dict of str to object
            Values by name.
        """
        return self._get_params("steps", deep=deep)

    def set_params(self, **params):
        """Set parameters, steps, or parameters of steps.

        Parameters
        ----------
        **params : dict
            Values by name, as :meth:`get_params` returns them.

        Returns
        -------
        AugmentationPipeline
            Itself.
        """
        self._set_params("steps", **params)
        return self

    def prepare(self, n_features, architecture=None):
        """Check the steps against the columns, before any training.

        Parameters
        ----------
        n_features : int
            Number of columns of the rows.
        architecture : Architecture, callable or None, default=None
            The network that will be trained; it may know the shape of a row.

        Returns
        -------
        callable
            ``augment(rows, random_state)``; see :meth:`Augmentation.prepare`.

        Raises
        ------
        TypeError
            If a step is neither an augmentation nor a function.
        ValueError
            If the steps are no list of names and augmentations, or if a step cannot be
            used.
        """
        if (
            not isinstance(self.steps, (list, tuple))
            or not self.steps
            or not all(isinstance(s, tuple) and len(s) == 2 for s in self.steps)
            or not all(isinstance(name, str) for name, _ in self.steps)
        ):
            raise ValueError(
                "steps must be a list of (name, augmentation) tuples, such as "
                f"[('noise', GaussianNoise())]. Got {self.steps!r}."
            )
        self._validate_names([name for name, _ in self.steps])
        functions = [
            prepare_augmentation(step, n_features, architecture, f"step {name!r}")
            for name, step in self.steps
            if not (isinstance(step, str) and step == "passthrough")
        ]

        def augment(rows, random_state):
            changed = rows
            for function in functions:
                changed = function(changed, random_state)
            return rows.copy() if changed is rows else changed

        return augment


def make_augmentation(*augmentations):
    """Put augmentations one after the other, and name them after their classes.

    Parameters
    ----------
    *augmentations : Augmentation or callable
        The steps, in order.

    Returns
    -------
    AugmentationPipeline
        The pipeline; names are the lower-cased class names, as ``make_pipeline`` gives.

    Examples
    --------
    >>> from skn2d.augmentation import GaussianNoise, Masking, make_augmentation
    >>> augmentation = make_augmentation(Masking(rate=0.2), GaussianNoise())
    >>> augmentation.get_params()["masking__rate"]
    0.2
    """
    return AugmentationPipeline(_name_estimators(augmentations))
