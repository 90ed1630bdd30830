"""The saved state: its format, what it keeps from being imported, and failed fits."""

import copy
import pickle
import sys

import numpy as np
import pytest
from sklearn.base import BaseEstimator, clone
from sklearn.decomposition import PCA
from sklearn.exceptions import NotFittedError
from sklearn.utils.validation import check_is_fitted

import skn2d
from skn2d._state import FORMAT, OLDEST_FORMAT, StateMixin, restored_on_failure

HEAVY = """
from sklearn.base import BaseEstimator

class Learner(BaseEstimator):
    def __init__(self, size=1, start=None):
        self.size = size
        self.start = start

    def fit(self, X, y=None):
        self.fitted_ = True
        return self

class Outer:
    class Inner(Learner):
        pass

def function():
    pass
"""


class Holder(StateMixin, BaseEstimator):
    """An estimator with a step, as N2DClusterer is one."""

    def __init__(self, step=None, size=1):
        self.step = step
        self.size = size

    def fit(self, X, y=None, failure=None):
        with restored_on_failure(self):
            self.n_rows_ = len(X)
            if failure is not None:
                self.half_ = True
                raise failure
        return self


@pytest.fixture
def heavy(tmp_path, monkeypatch):
    """A package that is slow to import, as far as anybody can tell."""
    (tmp_path / "heavy_package.py").write_text(HEAVY)
    monkeypatch.syspath_prepend(tmp_path)
    import heavy_package

    yield heavy_package
    sys.modules.pop("heavy_package", None)


def forget(heavy):
    """Make the package as good as never imported."""
    del sys.modules[heavy.__name__]


def change_state(model, **changes):
    """Save, change the state as another version would have written it, and load."""
    state = {**model.__getstate__(), **changes}
    loaded = Holder.__new__(Holder)
    loaded.__setstate__({name: v for name, v in state.items() if v is not None})
    return loaded


def test_round_trip():
    model = Holder(PCA(2), size=3).fit(np.ones((4, 2)))
    for other in (pickle.loads(pickle.dumps(model)), copy.deepcopy(model)):
        assert other.get_params()["step__n_components"] == 2
        assert other.size == 3
        assert other.n_rows_ == 4
        assert vars(other).keys() == vars(model).keys()


def test_state_says_its_format_and_the_versions():
    state = Holder().__getstate__()
    assert state["_skn2d_format"] == FORMAT >= OLDEST_FORMAT
    versions = state["_skn2d_versions"]
    assert versions["skn2d"] == skn2d.__version__
    assert {"python", "numpy", "scikit-learn", "keras", "umap-learn"} <= set(versions)


@pytest.mark.parametrize("found", [FORMAT + 1, OLDEST_FORMAT - 1, None, "1"])
def test_another_format_is_refused_in_words(found):
    with pytest.raises(ValueError, match="Install the version that wrote the file") as raised:
        change_state(Holder(), _skn2d_format=found, _skn2d_versions={"skn2d": "9.8.7"})
    assert repr(found) in str(raised.value)
    assert "9.8.7" in str(raised.value)
    assert skn2d.__version__ in str(raised.value)


def test_every_format_up_to_this_one_is_read():
    for found in range(OLDEST_FORMAT, FORMAT + 1):
        assert change_state(Holder(size=5), _skn2d_format=found).size == 5


# Steps from heavy packages.


def test_a_heavy_step_is_not_imported_before_it_is_asked_for(heavy):
    content = pickle.dumps(Holder(heavy.Learner(size=7)))
    forget(heavy)
    model = pickle.loads(content)
    assert model.size == 1
    assert "heavy_package" not in sys.modules
    assert model.step.size == 7
    assert "heavy_package" in sys.modules
    assert model.step is model.step


def test_a_heavy_step_comes_back_in_all_that_scikit_learn_does(heavy):
    content = pickle.dumps(Holder(heavy.Learner(size=7)))
    for use in (
        lambda model: model.get_params()["step__size"],
        lambda model: clone(model).step.size,
        lambda model: copy.deepcopy(model).step.size,
        lambda model: pickle.loads(pickle.dumps(model)).step.size,
    ):
        assert use(pickle.loads(content)) == 7
    assert "size=7" in repr(pickle.loads(content))
    assert pickle.loads(content).set_params(step=None).step is None


def test_a_heavy_step_may_be_of_a_class_within_a_class(heavy):
    loaded = pickle.loads(pickle.dumps(Holder(heavy.Outer.Inner(size=7))))
    assert clone(loaded).step.size == 7
    assert type(loaded.step) is heavy.Outer.Inner


def test_a_fitted_heavy_step_is_kept_as_it_is(heavy):
    model = pickle.loads(pickle.dumps(Holder(heavy.Learner().fit([[1]]))))
    assert model.step.fitted_


def test_saving_leaves_the_model_as_it_was(heavy):
    step = heavy.Learner()
    model = Holder(step)
    before = dict(vars(model))
    pickle.dumps(model)
    assert vars(model) == before
    assert model.step is step


def test_a_heavy_package_that_is_missing(heavy, monkeypatch):
    content = pickle.dumps(Holder(heavy.Learner()))
    monkeypatch.setitem(sys.modules, "heavy_package", None)
    model = pickle.loads(content)
    assert model.size == 1
    with pytest.raises(
        AttributeError, match=r"heavy_package\.Learner, which cannot be imported"
    ):
        _ = model.step


@pytest.mark.parametrize(
    ("name", "message"),
    [("function", "which it is not. Do not trust"), ("Lerner", "cannot be imported here")],
)
def test_a_name_that_is_no_estimator_is_refused(name, message, heavy):
    record = {"module": "heavy_package", "class": name, "params": {}}
    model = change_state(Holder(), step=None, _deferred={"step": record})
    with pytest.raises(AttributeError, match=message):
        _ = model.step


def test_what_another_thread_has_rebuilt_meanwhile_is_found():
    """Python asks only where it has found nothing, which may be a moment ago."""
    model = Holder(size=7)
    assert model.__getattr__("size") == 7


def test_what_is_not_there_is_missing_as_usual():
    model = Holder()
    assert not hasattr(model, "n_rows_")
    with pytest.raises(AttributeError, match="'Holder' object has no attribute 'n_rows_'"):
        _ = model.n_rows_
    with pytest.raises(NotFittedError):
        check_is_fitted(model)


# A fit that fails.


@pytest.mark.parametrize("failure", [ValueError("rows"), KeyboardInterrupt()])
def test_a_failed_fit_leaves_the_earlier_one(failure):
    model = Holder().fit([1, 2])
    with pytest.raises(type(failure)):
        model.fit([1, 2, 3], failure=failure)
    assert model.n_rows_ == 2
    assert not hasattr(model, "half_")


def test_a_failed_first_fit_leaves_nothing():
    model = Holder()
    with pytest.raises(ValueError, match="rows"):
        model.fit([1], failure=ValueError("rows"))
    with pytest.raises(NotFittedError):
        check_is_fitted(model)
