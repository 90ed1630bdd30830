"""The door to heavy packages: what it says when one is missing, and how quietly it opens."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from skn2d._optional import import_keras, import_optional, import_pyplot

# What Keras runs on, and on how many threads.
START = """
import json
from skn2d._optional import import_keras, import_tensorflow
keras = import_keras()
threading = import_tensorflow().config.threading
print(json.dumps([
    keras.backend.backend(),
    threading.get_intra_op_parallelism_threads(),
    threading.get_inter_op_parallelism_threads(),
]))
"""


def run_python(*arguments, python=(sys.executable,), **variables):
    """Run it in a process of its own, and not in the checkout."""
    return subprocess.run(
        [*python, *arguments],
        cwd=Path(__file__).parent,
        env={**os.environ, **variables},
        capture_output=True,
        text=True,
        timeout=300,
    )


def test_gives_the_module():
    assert import_optional("json", "Reading") is json
    assert import_optional("os.path", "Reading") is os.path


@pytest.mark.parametrize(
    ("name", "command"),
    [
        ("matplotlib.pyplot", "pip install 'skn2d[plot]'"),
        ("pandas", "pip install 'skn2d[plot]'"),
        ("dask.array", "pip install 'skn2d[dask]'"),
        ("umap", "pip install umap-learn"),
        ("pyarrow", "pip install pyarrow"),
    ],
)
def test_missing_package(name, command, monkeypatch):
    package = name.partition(".")[0]
    for module in {name, package}:
        monkeypatch.setitem(sys.modules, module, None)
    with pytest.raises(ImportError) as raised:
        import_optional(name, "Drawing a picture")
    message = str(raised.value)
    assert message.startswith(f"Drawing a picture needs the package {package!r}")
    assert message.endswith(f"Install it with: {command}")


def test_a_package_that_is_there_but_broken(tmp_path, monkeypatch):
    (tmp_path / "broken_package.py").write_text("import library_that_is_missing\n")
    monkeypatch.syspath_prepend(tmp_path)
    with pytest.raises(ImportError, match="No module named 'library_that_is_missing'"):
        import_optional("broken_package", "Everything")


def test_pyplot_is_named_by_what_it_is_for(monkeypatch):
    monkeypatch.setitem(sys.modules, "matplotlib.pyplot", None)
    with pytest.raises(ImportError, match="Drawing needs the package 'matplotlib'"):
        import_pyplot()


def test_keras_on_something_else_is_refused(monkeypatch):
    monkeypatch.setenv("KERAS_BACKEND", "jax")
    with pytest.raises(ImportError, match=r"another backend\. Unset KERAS_BACKEND"):
        import_keras()
    monkeypatch.setenv("KERAS_BACKEND", "tensorflow")
    keras = import_keras()
    monkeypatch.setattr(keras.config, "backend", lambda: "jax")
    with pytest.raises(ImportError, match=r"another backend\. Unset KERAS_BACKEND"):
        import_keras()


def test_where_numba_may_write_nothing_the_variable_that_helps_is_named():
    code = """
from numba.core import caching
from skn2d._optional import import_umap

caching.CacheImpl._locator_classes = []  # as with read-only folders and no home
try:
    import_umap()
except ImportError as error:
    print(error)
"""
    done = run_python("-c", code)
    assert "no folder to write to. Set the environment variable NUMBA_" in done.stdout


@pytest.mark.parametrize("redirection", ["", "2>&-"], ids=["console", "no console"])
def test_keras_starts_quietly_and_on_its_share_of_cores(redirection):
    command = ["sh", "-c", f'exec "$0" -c "$1" {redirection}', sys.executable]
    done = run_python(START, python=command, OMP_NUM_THREADS="1")
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout) == ["tensorflow", 1, 1]
    assert done.stderr == ""


@pytest.mark.parametrize(
    ("before", "threads"),
    [
        ("", [1, 1]),
        ("tensorflow.config.threading.set_intra_op_parallelism_threads(2)", [2, 0]),
        ("tensorflow.config.list_logical_devices()", [0, 0]),
    ],
    ids=["imported", "set", "started"],
)
def test_tensorflow_that_is_there_already_gets_its_share_if_it_still_can(before, threads):
    done = run_python("-c", f"import tensorflow\n{before}\n{START}", OMP_NUM_THREADS="1")
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout) == ["tensorflow", *threads]


def test_two_threads_start_tensorflow_and_stderr_stays_what_it_was():
    code = """
import os, time
from concurrent.futures import ThreadPoolExecutor
from skn2d._optional import import_tensorflow

def start(seconds):
    time.sleep(seconds)
    return import_tensorflow().config.list_logical_devices()

before = os.fstat(2)
with ThreadPoolExecutor() as pool:
    assert len(list(pool.map(start, [0, 0, 0.2, 0.5]))) == 4
assert os.path.samestat(os.fstat(2), before)
"""
    done = run_python("-c", code)
    assert done.returncode == 0, done.stderr
    assert done.stderr == ""
