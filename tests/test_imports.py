"""What an import costs: nothing heavy is loaded before it is needed."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

import skn2d

HEAVY = ["tensorflow", "keras", "umap", "numba", "hdbscan", "matplotlib", "pandas", "dask"]
MODULES = [name for name in skn2d.__all__ if name.islower() and name != "__version__"]


def loaded_by(statement, names=HEAVY):
    """Return which of some modules, the heavy packages, a fresh process then has."""
    program = f"""
{statement}
import json, sys
print(json.dumps([name for name in {names} if name in sys.modules]))
"""
    # Not in the root of the checkout: there the sources would hide the installed package.
    done = subprocess.run(
        [sys.executable, "-c", program],
        cwd=Path(__file__).parent,
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert done.returncode == 0, done.stderr
    return set(json.loads(done.stdout.splitlines()[-1]))


@pytest.fixture(scope="module")
def loaded_by_sklearn():
    """scikit-learn imports pandas where it is installed; nothing else is let through."""
    return {"pandas"}.intersection(loaded_by("import sklearn"))


def test_the_package_itself_loads_nothing():
    assert loaded_by("import skn2d") == set()


@pytest.mark.parametrize("module", [*MODULES, "__main__"])
def test_module_is_light(module, loaded_by_sklearn):
    assert loaded_by(f"import skn2d.{module}") <= loaded_by_sklearn


@pytest.mark.parametrize("name", skn2d.__all__)
def test_public_name_is_light(name, loaded_by_sklearn):
    assert loaded_by(f"import skn2d; skn2d.{name}") <= loaded_by_sklearn


def test_public_names_of_the_modules_are_light(loaded_by_sklearn):
    statement = f"""
import importlib
for name in {MODULES}:
    module = importlib.import_module("skn2d." + name)
    for public in module.__all__:
        getattr(module, public)
"""
    assert loaded_by(statement) <= loaded_by_sklearn


def test_the_classes_of_a_model_load_nothing_that_only_fit_needs():
    """A fresh process that labels one row spends nearly all its time on imports."""
    modules = ["cluster", "decomposition", "metrics", "mixture", "neighbors"]
    names = [f"sklearn.{name}" for name in modules]
    loaded = loaded_by("from skn2d import N2DClusterer", [*names, "skn2d.augmentation"])
    assert loaded <= loaded_by("import sklearn.pipeline", names)


def test_a_heavy_package_is_noticed():
    """The test of the tests: what they look for can be found."""
    assert loaded_by("import numba") == {"numba"}


def test_dir_lists_the_public_names():
    assert set(skn2d.__all__) <= set(dir(skn2d))


def test_unknown_name():
    with pytest.raises(AttributeError, match="no attribute 'N2DClassifier'"):
        _ = skn2d.N2DClassifier
