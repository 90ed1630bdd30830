"""The only door to heavy or optional packages.

Everything here is imported inside the function that needs it, so that
``import skn2d`` and the loading of a model file stay light.
"""

import contextlib
import functools
import importlib
import importlib.util
import os
import re
import sys
import tempfile
import threading

from skn2d._cores import core_share

# How to get a package that the base installation does not bring.
_EXTRAS = {
    "matplotlib": "plot",
    "pandas": "plot",
    "dask": "dask",
    "distributed": "dask",
}

# What is called otherwise on PyPI, where "umap" is another package.
_DISTRIBUTIONS = {"umap": "umap-learn"}

# What TensorFlow says of itself on every start, such as which instructions it will use.
_CHATTER = re.compile(
    r"WARNING: All log messages before absl|[IWE]0000 |To enable the following"
)


def import_optional(name, purpose):
    """Import a module that may be missing, with a sentence instead of a bare error.

    Parameters
    ----------
    name : str
        Module name, such as ``"matplotlib.pyplot"``.
    purpose : str
        What the module is needed for; it opens the error message.

    Returns
    -------
    module
        The imported module.

    Raises
    ------
    ImportError
        If the module is not installed; the message says how to get it.
    """
    try:
        return importlib.import_module(name)
    except ImportError as error:
        package = name.partition(".")[0]
        extra = _EXTRAS.get(package)
        command = f"pip install {_DISTRIBUTIONS.get(package, package)}"
        if extra:
            command = f"pip install 'skn2d[{extra}]'"
        raise ImportError(
            f"{purpose} needs the package {package!r}, which could not be imported "
            f"({error}). Install it with: {command}"
        ) from error


@contextlib.contextmanager
def _without_chatter():
    """Drop TensorFlow's start-up lines, which it writes past Python; keep all others."""
    if sys.stderr is None:  # as in a process without a console
        yield
        return
    sys.stderr.flush()
    with tempfile.TemporaryFile() as caught:
        saved = os.dup(2)
        os.dup2(caught.fileno(), 2)
        try:
            yield
        finally:
            os.dup2(saved, 2)
            os.close(saved)
            caught.seek(0)
            for line in caught.read().decode(errors="replace").splitlines():
                if not _CHATTER.match(line):
                    print(line, file=sys.stderr)


def _keep_to_share(tensorflow):
    """Limit TensorFlow, which asks nobody for its share; what others have set stays."""
    config, share = tensorflow.config.threading, core_share()
    if share and not config.get_intra_op_parallelism_threads():
        with contextlib.suppress(RuntimeError):  # it has started, and takes no setting now
            config.set_intra_op_parallelism_threads(share)
            config.set_inter_op_parallelism_threads(share)


# While one thread imports, and stderr is elsewhere, the others wait.
_importing = threading.RLock()


def import_tensorflow():
    """Import TensorFlow, quietly and within the share of cores that is ours."""
    with _importing:
        return _import_tensorflow()


@functools.cache
def _import_tensorflow():
    if "tensorflow" in sys.modules:  # as after the loading of a umap.UMAP() in a worker
        # By name, as another thread may just import it.
        tensorflow = importlib.import_module("tensorflow")
        _keep_to_share(tensorflow)
        return tensorflow
    # Above "2", as that still lets through what recurrent layers say on some processors;
    # errors that matter are raised in Python.
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    with _without_chatter():
        tensorflow = import_optional("tensorflow", "Training an autoencoder")
        _keep_to_share(tensorflow)
        tensorflow.config.list_logical_devices()  # starts it, within the silence
    return tensorflow


def import_keras():
    """Import Keras on TensorFlow."""
    if os.environ.setdefault("KERAS_BACKEND", "tensorflow") == "tensorflow":
        import_tensorflow()
        keras = import_optional("keras", "Training an autoencoder")
        if keras.config.backend() == "tensorflow":
            return keras
    raise ImportError(
        "Training an autoencoder needs Keras on TensorFlow, but this process has chosen "
        "another backend. Unset KERAS_BACKEND, or set it to 'tensorflow', before Keras is "
        "imported."
    )


def import_umap():
    """Import umap-learn, which imports TensorFlow where there is one."""
    if importlib.util.find_spec("tensorflow"):
        import_tensorflow()
    try:
        return import_optional("umap", "The default manifold step")
    except RuntimeError as error:
        if "cannot cache" not in str(error):
            raise
        raise ImportError(
            "UMAP keeps what numba compiles in files, but numba finds no folder to write to. "
            "Set the environment variable NUMBA_CACHE_DIR to one before Python starts."
        ) from error


def import_hdbscan():
    """Import hdbscan."""
    return import_optional("hdbscan", "Clustering with an unknown number of clusters")


def import_pyplot():
    """Import ``matplotlib.pyplot``."""
    return import_optional("matplotlib.pyplot", "Drawing")
