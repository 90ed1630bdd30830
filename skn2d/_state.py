"""The persistent state that all public estimators share: format, versions, light loading.

A parameter such as ``UMAP(n_neighbors=20)`` would make a model file import umap, and
with it TensorFlow, on loading. In the state such an unfitted estimator is replaced by
its class path and parameters, and rebuilt when somebody first asks for it.
"""

import contextlib
import copy
import importlib
import inspect
import operator
import platform
from importlib.metadata import PackageNotFoundError, version

from sklearn.base import BaseEstimator, clone
from sklearn.exceptions import NotFittedError

from skn2d import __version__

# Raise FORMAT when older code could not read, or would misread, the new state, and keep
# reading every format from OLDEST_FORMAT on.
FORMAT = 2
OLDEST_FORMAT = 1

_PLAIN = (bool, int, float, str, tuple, list, dict)
_LIGHT_PACKAGES = {"builtins", "numpy", "scipy", "sklearn", "skn2d", "__main__"}


def _recorded_versions():
    versions = {"python": platform.python_version(), "skn2d": __version__}
    for package in ("numpy", "scipy", "scikit-learn", "tensorflow", "keras", "umap-learn"):
        try:
            versions[package] = version(package)
        except PackageNotFoundError:
            versions[package] = None
    return versions


def _is_deferrable(value):
    """Whether `value` is an unfitted estimator from a package that is heavy to import."""
    if not isinstance(value, BaseEstimator) or isinstance(value, type):
        return False
    if type(value).__module__.partition(".")[0] in _LIGHT_PACKAGES:
        return False
    params = value.get_params(deep=False)
    further = {name: v for name, v in vars(value).items() if name not in params}
    if not further:
        return True
    # hdbscan.HDBSCAN makes empty private attributes in its constructor.
    made = vars(type(value)(**params))
    return all(name in made and repr(made[name]) == repr(v) for name, v in further.items())


def _recorded_params(value):
    """The parameters of an estimator, but no object that only stands for the default."""
    defaults = {k: p.default for k, p in inspect.signature(type(value)).parameters.items()}
    return {
        name: v
        for name, v in value.get_params(deep=False).items()
        if v is None or isinstance(v, _PLAIN) or repr(v) != repr(defaults.get(name))
    }


def _rebuild(record):
    try:
        module = importlib.import_module(record["module"])
        estimator_class = operator.attrgetter(record["class"])(module)
    except (ImportError, AttributeError) as error:
        raise AttributeError(
            f"The model file names the estimator {record['module']}.{record['class']}, "
            f"which cannot be imported here ({error}). Install the package it comes "
            "from; prediction works without it."
        ) from error
    if not (isinstance(estimator_class, type) and issubclass(estimator_class, BaseEstimator)):
        raise AttributeError(
            f"The model file names {record['module']}.{record['class']} as an estimator, "
            "which it is not. Do not trust this file."
        )
    return estimator_class(**record["params"])


@contextlib.contextmanager
def restored_on_failure(estimator):
    """Leave an earlier fit as it was when this one fails or is interrupted."""
    before = dict(vars(estimator))
    try:
        yield
    except BaseException:
        vars(estimator).clear()
        vars(estimator).update(before)
        raise


def fitted_copy(estimator):
    """Copy an estimator: its parameters are cloned, what it has learned is shared."""
    copied = copy.copy(estimator)  # a heavy parameter stays one that is not imported yet
    state = vars(copied)
    for name in set(inspect.signature(type(estimator)).parameters) & set(state):
        state[name] = clone(state[name], safe=False)
    if "_sklearn_output_config" in state:
        state["_sklearn_output_config"] = dict(state["_sklearn_output_config"])
    return copied


class StateMixin:
    """Give an estimator a versioned state that loads without heavy packages."""

    def __getstate__(self):
        state = dict(super().__getstate__())
        deferred = dict(state.pop("_deferred", {}))
        for name, value in list(state.items()):
            if _is_deferrable(value):
                deferred[name] = {
                    "module": type(value).__module__,
                    "class": type(value).__qualname__,
                    "params": _recorded_params(value),
                }
                del state[name]
        if deferred:
            state["_deferred"] = deferred
        return {**state, "_skn2d_format": FORMAT, "_skn2d_versions": _recorded_versions()}

    def __setstate__(self, state):
        state = dict(state)
        found = state.pop("_skn2d_format", None)
        versions = state.pop("_skn2d_versions", {})
        if not isinstance(found, int) or not OLDEST_FORMAT <= found <= FORMAT:
            raise ValueError(
                f"This {type(self).__name__} was saved in format {found!r} by skn2d "
                f"{versions.get('skn2d', 'of an unknown version')}; skn2d {__version__} "
                f"reads formats {OLDEST_FORMAT} to {FORMAT}. Install the version that "
                "wrote the file, or fit and save the model again."
            )
        super().__setstate__(state)

    def __getattr__(self, name):
        deferred = self.__dict__.get("_deferred", {})
        if name not in deferred:
            if name in self.__dict__:  # another thread has just rebuilt it
                return self.__dict__[name]
            missing = f"{type(self).__name__!r} object has no attribute {name!r}"
            if isinstance(getattr(type(self), name, None), property):
                try:
                    return object.__getattribute__(self, name)
                except AttributeError as error:  # it brought us here, and tells the reason
                    is_unfitted = isinstance(error, NotFittedError)
                    kind = NotFittedError if is_unfitted else AttributeError
                    raise kind(f"{missing}: {error}") from error
            raise AttributeError(missing)
        value = _rebuild(deferred[name])
        self.__dict__[name] = value
        self.__dict__["_deferred"] = {k: v for k, v in deferred.items() if k != name}
        return value
