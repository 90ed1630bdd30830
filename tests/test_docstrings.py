"""Every public name is documented in numpydoc form, with examples that run."""

import doctest
import functools
import inspect
import re
import sys
import types

import numpy as np
import pytest
from numpydoc.validate import validate

import skn2d

# Form of the text (GL), of the summary (SS), of parameters (PR) and of what is returned
# (RT) or yielded (YD). Left out as matters of taste: a summary of one line (SS06), See
# Also (SA), an extended summary (ES01).
CODES = {
    *("GL01", "GL02", "GL03", "GL05", "GL06", "GL07", "GL08", "GL09", "GL10"),
    *("SS01", "SS02", "SS03", "SS04", "SS05"),
    *("PR01", "PR02", "PR03", "PR04", "PR05", "PR06", "PR07", "PR08", "PR09", "PR10"),
    *("RT01", "RT02", "RT03", "RT04", "RT05"),
    "YD01",
}
# scikit-learn makes these for each class, docstring included.
MADE_BY_SKLEARN = re.compile(r"set_\w+_request")


def resolve(path):
    """Return what a dotted name stands for."""
    return functools.reduce(getattr, path.split(".")[1:], skn2d)


def public_names():
    """Yield the dotted names of all public modules, classes and functions."""
    yield "skn2d"
    for name in sorted(set(skn2d.__all__) - {"__version__"}):
        yield f"skn2d.{name}"
        value = getattr(skn2d, name) if name.islower() else None
        yield from (f"skn2d.{name}.{public}" for public in getattr(value, "__all__", ()))


def public_members(path):
    """Yield the dotted names of the methods and properties that skn2d itself writes."""
    try:
        owner = resolve(path)
    except (ImportError, AttributeError):
        return  # left to the tests, which then fail on this name alone
    for name in dir(owner) if isinstance(owner, type) else ():
        if name.startswith("_") or MADE_BY_SKLEARN.fullmatch(name):
            continue
        member = inspect.getattr_static(owner, name)
        if isinstance(member, property):
            member = member.fget
        elif isinstance(member, functools.cached_property):
            member = member.func
        else:
            member = getattr(owner, name)
        if callable(member) and getattr(member, "__module__", "").startswith("skn2d"):
            yield f"{path}.{name}"


NAMES = list(public_names())
MEMBERS = [member for name in NAMES for member in public_members(name)]


def has_examples(path):
    try:
        return ">>>" in (resolve(path).__doc__ or "")
    except (ImportError, AttributeError):
        return True


def find_examples(path):
    finder = doctest.DocTestFinder(recurse=False)
    return [test for test in finder.find(resolve(path), path, module=False) if test.examples]


@pytest.fixture(scope="module")
def made_up_data(tmp_path_factory):
    """A cache where every data set lies, right in form but made up."""
    from skn2d.datasets._table import DATASETS

    folder = tmp_path_factory.mktemp("data")
    for dataset in DATASETS.values():
        labels = np.arange(len(dataset.class_counts), dtype="uint8")
        np.savez_compressed(
            folder / f"{dataset.name}.npz",
            data=np.zeros(dataset.shape, dataset.dtype),
            target=np.repeat(labels, dataset.class_counts),
        )
    return folder


@pytest.mark.parametrize("path", NAMES + MEMBERS)
def test_docstring_is_valid(path):
    value = resolve(path)
    if isinstance(value, types.ModuleType):
        # numpydoc looks for parameters, which a module does not have.
        assert re.match(r"[A-Z].*[.:]\n", value.__doc__ + "\n")
        return
    errors = [f"{code}: {text}" for code, text in validate(path)["errors"] if code in CODES]
    assert errors == []


@pytest.mark.parametrize("path", NAMES)
def test_there_is_an_example(path):
    value = resolve(path)
    assert isinstance(value, types.ModuleType | types.FunctionType | type)
    assert isinstance(value, types.ModuleType) or find_examples(path) != []


@pytest.mark.filterwarnings("ignore:.*is not the one on record")
@pytest.mark.parametrize("path", [path for path in NAMES + MEMBERS if has_examples(path)])
def test_examples_run(path, tmp_path, monkeypatch, made_up_data):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("MPLBACKEND", "Agg")
    monkeypatch.setenv("SKN2D_DATA", str(made_up_data))
    output = []
    runner = doctest.DocTestRunner(optionflags=doctest.ELLIPSIS | doctest.NORMALIZE_WHITESPACE)
    for test in find_examples(path):
        assert not any(doctest.SKIP in example.options for example in test.examples)
        failed, tried = runner.run(test, out=output.append)
        assert tried > 0
        assert failed == 0, "".join(output)
    if "matplotlib.pyplot" in sys.modules:
        sys.modules["matplotlib.pyplot"].close("all")
