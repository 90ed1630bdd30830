"""The only door to heavy or optional packages.

Everything here is imported inside the function that needs it, so that
``import skn2d`` and the loading of a model file stay light.
"""

import importlib
import os

# How to get a package that the base installation does not bring.
_EXTRAS = {
    "matplotlib": "plot",
    "pandas": "plot",
    "pyarrow": "plot",
    "dask": "dask",
    "distributed": "dask",
}


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
        command = f"pip install 'skn2d[{extra}]'" if extra else f"pip install {package}"
        raise ImportError(
            f"{purpose} needs the package {package!r}, which could not be imported "
            f"({error}). Install it with: {command}"
        ) from error


def import_keras():
    """Import Keras on TensorFlow, quietly and within the share of cores that is ours."""
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")
    os.environ.setdefault("KERAS_BACKEND", "tensorflow")
    tensorflow = import_optional("tensorflow", "Training an autoencoder")
    # joblib and Dask tell their workers through OMP_NUM_THREADS how many cores each may
    # use; TensorFlow does not read it, and takes the setting only before its first use.
    share = os.environ.get("OMP_NUM_THREADS", "")
    threading = tensorflow.config.threading
    if share.isdigit() and int(share) > 0 and not threading.get_intra_op_parallelism_threads():
        try:
            threading.set_intra_op_parallelism_threads(int(share))
            threading.set_inter_op_parallelism_threads(int(share))
        except RuntimeError:  # already in use: the user's own setting stands
            return import_optional("keras", "Training an autoencoder")
    return import_optional("keras", "Training an autoencoder")


def import_umap():
    """Import umap-learn."""
    return import_optional("umap", "The default manifold step")


def import_hdbscan():
    """Import hdbscan."""
    return import_optional("hdbscan", "Clustering with an unknown number of clusters")


def import_pyplot(purpose="Drawing"):
    """Import ``matplotlib.pyplot``."""
    return import_optional("matplotlib.pyplot", purpose)
