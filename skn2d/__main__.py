"""The command line: ``python -m skn2d [FILE]``."""

import argparse
import contextlib
import os
import shlex
import sys
import time
import warnings
from pathlib import Path

import joblib
import numpy as np
from sklearn.datasets import load_digits
from sklearn.pipeline import Pipeline, make_pipeline
from sklearn.preprocessing import StandardScaler

from skn2d import N2DClusterer, __version__
from skn2d._files import read_rows
from skn2d._model_file import columns_for, load_model
from skn2d._optional import import_optional, import_pyplot
from skn2d.inspection import EmbeddingDisplay
from skn2d.inspection._estimators import to_dense
from skn2d.metrics import clustering_report

_PROGRAM = "python -m skn2d"
_INTERRUPTED = 130  # as a shell has it: 128 and the number of the signal

# Two of the smallest groups that are looked for where their number is unknown.
_MIN_ROWS = 10

_DESCRIPTION = """\
Find groups in the rows of a table with N2D: autoencoders, UMAP, Gaussian mixture.
Without FILE, scikit-learn's handwritten digits are clustered (1,797 rows).

Writes labels (NAME-labels.csv), a picture (NAME-clusters.png) and the model
(NAME-model.joblib)."""

_EPILOG = f"""\
examples:
  {_PROGRAM}                                       the digits
  {_PROGRAM} flowers.csv --clusters 3 --labels species
  {_PROGRAM} wine.csv --drop id --scale            columns in several units
  {_PROGRAM} new.csv --model flowers-model.joblib  label new rows

FILE has one row per sample, and numbers only, apart from labels and columns left
out. Columns are compared as they are, as pixels and sensors want it; without
--scale one of large numbers hides the others.
A model file is a pickle: open only files that you trust."""


# What messages advise in Python, and what does it here.
_ADVICE, _OPTION = ", for example with sklearn.preprocessing.StandardScaler", " (--scale)"


def _whole_number(low, or_word=None):
    """Make a reader of whole numbers, and of one word that stands for None."""

    def read(text):
        if or_word is not None and text == or_word:
            return None
        if text.isascii() and text.isdigit() and low <= int(text) < 2**31:
            return int(text)
        alternative = f", or {or_word!r}" if or_word else ""
        wanted = f"a whole number, {low} or more{alternative}"
        if text.isascii() and text.isdigit() and int(text) >= low:
            wanted = f"below {2**31:,}"
        raise argparse.ArgumentTypeError(f"must be {wanted}; got {text!r}")

    return read


def _parse(arguments):
    parser = argparse.ArgumentParser(
        prog=_PROGRAM,
        description=_DESCRIPTION,
        epilog=_EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    add = parser.add_argument
    add("file", nargs="?", metavar="FILE", help=".csv, .tsv, .npz, .npy or .parquet")
    # Without a default it shows whether a number was given.
    number = {"metavar": "N", "default": argparse.SUPPRESS}
    add(
        *("-k", "--clusters"),
        type=_whole_number(1, or_word="unknown"),
        help="number of clusters, or 'unknown' (default: unknown; 10 for the digits)",
        **number,
    )
    add(
        *("-l", "--labels"),
        metavar="COLUMN",
        help="column (or array in an .npz) with true labels: left out of the clustering, "
        "used to score it (default for .npz: 'target' where there is one)",
    )
    add(
        *("-d", "--drop"),
        metavar="COLUMN",
        action="append",
        default=[],
        help="column to leave out, such as one that numbers the rows; once for each",
    )
    add(
        "--scale",
        action="store_true",
        default=argparse.SUPPRESS,
        help="bring each column to mean 0 and variance 1 first, and those of new rows by "
        "the same numbers",
    )
    add(
        *("-e", "--epochs"),
        type=_whole_number(1),
        help="training epochs per network (default: as many as the rows need)",
        **number,
    )
    add("-s", "--seed", type=_whole_number(0), help="random seed (default: 0)", **number)
    add(
        *("-m", "--model"),
        metavar="PATH",
        help="label the rows of FILE with this model and train nothing",
    )
    add("-o", "--output", metavar="DIR", default=".", help="where to write (default: here)")
    add("--version", action="version", version=f"skn2d {__version__}")

    options = parser.parse_args(arguments)
    for name in ("labels", "drop", "model"):
        if options.file is None and getattr(options, name):
            parser.error(f"--{name} needs a FILE with rows")
    for name in ("clusters", "scale", "epochs", "seed"):
        if options.model is not None and name in options:
            parser.error(f"--{name} is for training, but --model trains nothing")
    return options


def _prepare_output(folder, names):
    """Find out before the training whether the files can be written."""
    paths = {what: folder / name for what, name in names.items()}
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for path in paths.values():
            is_new = not path.exists()
            path.open("ab").close()
            if is_new:
                path.unlink()
    except OSError as error:
        raise ValueError(
            f"Cannot write {error.filename!r}: {error.strerror}. Choose another folder with "
            "--output."
        ) from error
    return paths


def _draw(path, embedding, labels, y):
    try:
        # Pictures go to files: no window system is needed.
        import_optional("matplotlib", "The picture").use("agg")
    except ImportError as error:
        print(f"No picture was drawn. {error}", file=sys.stderr)
        return False
    figure = EmbeddingDisplay(embedding, labels, labels_true=y).plot().figure_
    figure.savefig(path, dpi=150, bbox_inches="tight")
    import_pyplot().close(figure)
    return True


def _note(message, *where):
    print(f"Note: {str(message).replace(_ADVICE, _OPTION)}")


def _fit(X, n_clusters, options):
    model = N2DClusterer(n_clusters, random_state=getattr(options, "seed", 0), verbose=1)
    if "epochs" in options:
        model.set_params(autoencoder__epochs=options.epochs)
    if "scale" in options:
        model = make_pipeline(StandardScaler(), model)
    # A pipe that is closed, such as one to head, is no reason to lose what was trained.
    with contextlib.redirect_stdout(sys.stderr), warnings.catch_warnings():
        warnings.showwarning = _note
        return model.fit(X)


def _clusterer(model):
    return model[-1] if isinstance(model, Pipeline) else model


def _place(model, X):
    with warnings.catch_warnings():
        # Rows without names of columns are taken in the order of the model's.
        warnings.filterwarnings("ignore", "X (does not have valid|has) feature names")
        embedding = model.transform(X)
        labels = _clusterer(model).pipeline_[-1].predict(embedding)
    return to_dense(embedding), labels


def _count(number, noun):
    return f"{number:,} {noun}{'' if number == 1 else 's'}"


def _report(labels, y, seconds):
    n_clusters, noise = len(np.unique(labels[labels >= 0])), np.mean(labels < 0)
    print(f"{_count(n_clusters, 'cluster')}, {noise:.1%} noise, {seconds:.0f} s\n")
    if y is not None:
        print(clustering_report(y, labels))


def _read(options):
    """Read rows and model, and refuse whatever cannot work before anything is trained."""
    path = Path(options.file or "digits")
    if options.file is None:
        X, y, notes, n_clusters = *load_digits(return_X_y=True), [], 10
    else:
        X, y, notes, n_clusters = *read_rows(path, options.labels, options.drop), None
    n_clusters = getattr(options, "clusters", n_clusters)
    model = None
    if options.model is not None:
        model = load_model(Path(options.model), N2DClusterer)
        X = columns_for(model, X, path.name)
    elif n_clusters is None and X.shape[0] < _MIN_ROWS:
        raise ValueError(
            f"{path.name} has {_count(X.shape[0], 'row')}, too few to tell how many groups "
            f"there are. Set --clusters, or give at least {_MIN_ROWS} rows."
        )
    for note in notes:
        print(f"Note: {note}", file=sys.stderr)
    size = f"{_count(X.shape[0], 'row')}, {_count(X.shape[1], 'column')}"
    print(f"{path.name}: {size}", flush=True)
    return path.stem, X, y, n_clusters, model


@contextlib.contextmanager
def _whole(path):
    """Yield where to write; what was there before stays until all is written."""
    part = path.with_name(f".{path.name}.part")
    try:
        yield part
        os.replace(part, path)
    except OSError as error:
        reason = error.strerror or str(error) or "the disk may be full"
        raise OSError(f"{str(path)!r} could not be written: {reason}.") from error
    finally:
        part.unlink(missing_ok=True)


def _run(options):
    name, X, y, n_clusters, model = _read(options)
    output = {"labels": f"{name}-labels.csv", "picture": f"{name}-clusters.png"}
    if model is None:
        output["model"] = f"{name}-model.joblib"
    output = _prepare_output(Path(options.output), output)

    start = time.perf_counter()
    if model is None:
        model = _fit(X, n_clusters, options)
        embedding, labels = _clusterer(model).embedding_, _clusterer(model).labels_
    else:
        embedding, labels = _place(model, X)
    with _whole(output["labels"]) as path:
        np.savetxt(path, labels, fmt="%d", header="label", comments="")
    if "model" in output:
        with _whole(output["model"]) as path:
            joblib.dump(model, path)
    _report(labels, y, time.perf_counter() - start)
    has_picture = _draw(output["picture"], embedding, labels, y)

    if _clusterer(model).n_clusters_ == 0:
        print("The model knows no group. Train it with a number, such as --clusters 5.")
    print(f"Labels:   {output['labels']} (one for each row; -1 is noise)")
    if has_picture:
        print(f"Picture:  {output['picture']}")
    if "model" in output:
        path = str(output["model"])
        print(f"Model:    {path}")
        print(f"New rows: {_PROGRAM} FILE --model {shlex.quote(path)}")
        print(f"Python:   import joblib; model = joblib.load({path!r})")


def main(arguments=None):
    """Run the command line.

    Parameters
    ----------
    arguments : list of str or None, default=None
        Arguments without the program's name; None takes those of the process.

    Returns
    -------
    int
        0; 2 when the input could not be used, the reason then being on stderr; 130 when
        it was interrupted.
    """
    options = _parse(arguments)
    try:
        _run(options)
        sys.stdout.flush()
    except (ValueError, ImportError, OSError) as error:
        print(f"{_PROGRAM}: {' '.join(str(error).split())}", file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        print(f"\n{_PROGRAM}: interrupted", file=sys.stderr)
        return _INTERRUPTED
    return 0


def run():
    """Run the command line, and end the process with its exit code."""
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):  # names may have signs that a terminal lacks
            stream.reconfigure(errors="backslashreplace")
    status = main()
    try:
        sys.stdout.flush()
    except OSError:  # a pipe that nobody reads any more, which Python would try again
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    if status == _INTERRUPTED:
        # Without the interpreter's own end, which takes down what libraries were in the
        # middle of.
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(status)
    sys.exit(status)


if __name__ == "__main__":
    run()
