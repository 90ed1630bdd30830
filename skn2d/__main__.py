"""The command line: ``python -m skn2d [FILE]``."""

import argparse
import os
import pickle
import struct
import sys
import time
import zipfile
import zlib
from pathlib import Path

import joblib
import numpy as np
from sklearn.datasets import load_digits
from sklearn.exceptions import NotFittedError
from sklearn.utils.validation import check_is_fitted

from skn2d import N2DClusterer, __version__
from skn2d._optional import import_optional
from skn2d.inspection import EmbeddingDisplay
from skn2d.metrics import clustering_report

_DESCRIPTION = """\
Cluster the rows of a table with N2D: autoencoders, UMAP, Gaussian mixture.
Without FILE, scikit-learn's handwritten digits are clustered (1,797 rows).

Writes NAME-labels.csv, NAME-clusters.png and NAME-model.joblib."""

_EPILOG = """\
examples:
  python -m skn2d                                      the digits
  python -m skn2d flowers.csv --clusters 3 --labels species
  python -m skn2d new.csv --model flowers-model.joblib  label new rows

A model file is a pickle: open only files that you trust."""

# What loading a damaged file, or one of another kind, may raise.
_DAMAGE = (
    *(OSError, EOFError, pickle.UnpicklingError, zipfile.BadZipFile, zlib.error),
    *(struct.error, ValueError, KeyError, IndexError, TypeError),
    *(AttributeError, ImportError),
)


def _n_clusters(text):
    if text == "unknown":
        return None
    if text.isdigit() and int(text) > 0:
        return int(text)
    raise argparse.ArgumentTypeError(f"a positive number or 'unknown', not {text!r}")


def _epochs(text):
    if text.isdigit() and int(text) > 0:
        return int(text)
    raise argparse.ArgumentTypeError(f"a positive number, not {text!r}")


def _make_parser():
    parser = argparse.ArgumentParser(
        prog="python -m skn2d",
        description=_DESCRIPTION,
        epilog=_EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("file", nargs="?", metavar="FILE", help=".csv, .npz, .npy or .parquet")
    parser.add_argument(
        *("-k", "--clusters"),
        type=_n_clusters,
        metavar="N",
        default=argparse.SUPPRESS,
        help="number of clusters, or 'unknown' (default: unknown; 10 for the digits)",
    )
    parser.add_argument(
        *("-l", "--labels"),
        metavar="COLUMN",
        help="column (or array in an .npz) with true labels: left out of the clustering, "
        "used to score it (default for .npz: 'target' where there is one)",
    )
    parser.add_argument(
        *("-e", "--epochs"), type=_epochs, help="training epochs per network (default: auto)"
    )
    parser.add_argument("-s", "--seed", type=int, default=0, help="random seed (default: 0)")
    parser.add_argument(
        *("-m", "--model"), metavar="PATH", help="label the rows with this model; fit nothing"
    )
    parser.add_argument(
        *("-o", "--output"), metavar="DIR", default=".", help="where to write (default: here)"
    )
    parser.add_argument("--version", action="version", version=f"skn2d {__version__}")
    return parser


def _read_table(path, label_column):
    pandas = import_optional("pandas", f"Reading {path.name}")
    if path.suffix == ".parquet":
        import_optional("pyarrow", f"Reading {path.name}")
        table = pandas.read_parquet(path)
    else:
        table = pandas.read_csv(path)
    y = None
    if label_column is not None:
        if label_column not in table.columns:
            names = ", ".join(map(repr, table.columns[:10]))
            raise ValueError(f"{path.name} has no column {label_column!r}. It has: {names}.")
        y = table.pop(label_column).to_numpy()
    text = [
        name for name in table.columns if not pandas.api.types.is_numeric_dtype(table[name])
    ]
    if text:
        raise ValueError(
            f"{path.name} has columns that are not numbers: {', '.join(map(repr, text[:5]))}. "
            "Leave them out or encode them as numbers; true labels go into --labels COLUMN."
        )
    return table, y


def _read_npz(path, label_name):
    with np.load(path, allow_pickle=False) as file:
        arrays = {name: file[name] for name in file.files}
    if label_name is not None and label_name not in arrays:
        raise ValueError(
            f"{path.name} has no array {label_name!r}. It has: {', '.join(arrays)}."
        )
    y = arrays.pop(label_name or "target", None)
    if "data" not in arrays and len(arrays) != 1:
        raise ValueError(
            f"{path.name} must hold an array named 'data', or one array only. It has: "
            f"{', '.join(arrays) or 'none'}."
        )
    return arrays.get("data", next(iter(arrays.values()))), y


def _read(path, label_name):
    """Read rows, and true labels where there are any."""
    if not path.is_file():
        raise ValueError(f"There is no file {str(path)!r}.")
    try:
        if path.suffix in (".csv", ".parquet"):
            return _read_table(path, label_name)
        if path.suffix == ".npz":
            return _read_npz(path, label_name)
        if path.suffix == ".npy":
            if label_name is not None:
                raise ValueError("An .npy file holds no labels; use an .npz with --labels.")
            return np.load(path, mmap_mode="r", allow_pickle=False), None
    except (EOFError, zipfile.BadZipFile, UnicodeDecodeError) as error:
        raise ValueError(
            f"{path.name} is damaged or no {path.suffix} file ({error})."
        ) from error
    raise ValueError(
        f"{path.name} has an unknown ending. Known are .csv, .npz, .npy and .parquet."
    )


def _load_model(path):
    if not Path(path).is_file():
        raise ValueError(f"There is no model file {path!r}.")
    try:
        model = joblib.load(path)
    except _DAMAGE as error:
        raise ValueError(
            f"{path!r} is damaged or no model file of this program ({error})."
        ) from error
    if not isinstance(model, N2DClusterer):
        raise ValueError(f"{path!r} holds a {type(model).__name__}, not an N2DClusterer.")
    check_is_fitted(model)
    return model


def _prepare_output(folder):
    """Make the folder, and find out before the training whether it can be written."""
    folder = Path(folder)
    try:
        folder.mkdir(parents=True, exist_ok=True)
        probe = folder / f".skn2d-{os.getpid()}"
        probe.touch()
        probe.unlink()
    except OSError as error:
        raise ValueError(f"Cannot write to {str(folder)!r}: {error.strerror}.") from error
    return folder


def _draw(path, embedding, labels, y):
    try:
        display = EmbeddingDisplay(embedding, labels, labels_true=y)
        display.plot().figure_.savefig(path, dpi=150, bbox_inches="tight")
    except ImportError as error:
        print(f"No picture: {error}", file=sys.stderr)
        return False
    return True


def _run(options):
    folder = _prepare_output(options.output)
    model = _load_model(options.model) if options.model else None
    if options.file is None:
        name, n_clusters = "digits", 10
        X, y = load_digits(return_X_y=True)
    else:
        name, n_clusters = Path(options.file).stem, None
        X, y = _read(Path(options.file), options.labels)
    n_clusters = getattr(options, "clusters", n_clusters)
    print(
        f"{name}: {X.shape[0]:,} rows, {np.ndim(X) == 2 and X.shape[1]:,} columns", flush=True
    )
    start = time.perf_counter()
    labels_path = folder / f"{name}-labels.csv"
    written = [labels_path]
    if model is None:
        model = N2DClusterer(n_clusters, random_state=options.seed, verbose=1)
        if options.epochs:
            model.set_params(autoencoder__epochs=options.epochs)
        labels, embedding = model.fit_predict(X), model.embedding_
        written.append(folder / f"{name}-model.joblib")
        joblib.dump(model, written[-1])
    else:
        labels, embedding = model.predict(X), model.transform(X)
    seconds = time.perf_counter() - start
    np.savetxt(labels_path, labels, fmt="%d", header="label", comments="")
    picture = folder / f"{name}-clusters.png"
    if _draw(picture, embedding, labels, y):
        written.append(picture)
    noise = np.mean(labels < 0)
    print(f"{len(np.unique(labels[labels >= 0]))} clusters, {noise:.1%} noise, {seconds:.0f} s")
    if y is not None:
        print(clustering_report(y, labels))
    print("Written: " + ", ".join(map(str, written)))


def main(arguments=None):
    """Run the command line.

    Parameters
    ----------
    arguments : list of str or None, default=None
        Arguments without the program's name; None takes those of the process.

    Returns
    -------
    int
        0, or 2 when the input could not be used; the reason is then on stderr.
    """
    options = _make_parser().parse_args(arguments)
    try:
        _run(options)
    except (ValueError, TypeError, ImportError, OSError, NotFittedError) as error:
        print(f"python -m skn2d: {error}", file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        print("python -m skn2d: interrupted", file=sys.stderr)
        return 130
    return 0


if __name__ == "__main__":
    sys.exit(main())
