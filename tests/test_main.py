"""The command line: what it writes, which files it takes, what it says of bad ones."""

import errno
import functools
import io
import os
import signal
import subprocess
import sys
import warnings
import zipfile
from decimal import Decimal
from pathlib import Path

import joblib
import numpy as np
import pandas as pd
import pytest
from scipy import sparse
from sklearn.cluster import DBSCAN, KMeans
from sklearn.datasets import load_digits, load_iris
from sklearn.decomposition import PCA
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import FunctionTransformer, StandardScaler

from skn2d import N2DClusterer
from skn2d.__main__ import main
from skn2d._files import read_rows

IRIS = load_iris()
X = IRIS.data
FLOWERS = pd.DataFrame(
    X, columns=["sepal length", "sepal width", "petal length", "petal width"]
)
NAMED = FLOWERS.assign(species=IRIS.target_names[IRIS.target])
MISSING = FLOWERS.mask((FLOWERS > 6) & (FLOWERS.columns == "petal length"))


def read_labels(path):
    return pd.read_csv(path)["label"].to_numpy()


def run_module(*arguments, **options):
    # Not in the root of the checkout: there the sources would hide the installed package.
    options = {"cwd": Path(__file__).parent, "text": True, **options}
    return subprocess.Popen([sys.executable, "-m", "skn2d", *arguments], **options)


@pytest.fixture
def run(tmp_path, monkeypatch, capsys):
    """Run in an empty folder; returns exit code, stdout and stderr."""
    monkeypatch.chdir(tmp_path)

    def run(*arguments):
        capsys.readouterr()
        try:
            code = main([str(argument) for argument in arguments])
        except SystemExit as end:
            code = end.code
        return code, *capsys.readouterr()

    return run


@pytest.fixture(scope="module")
def saved(tmp_path_factory):
    """A model that was made without training, its file, and its labels."""
    model = N2DClusterer(
        3, autoencoder="passthrough", manifold=PCA(2), clusterer=None, random_state=0
    ).fit(FLOWERS)
    path = tmp_path_factory.mktemp("saved") / "iris.joblib"
    joblib.dump(model, path)
    return path, model.labels_


@pytest.fixture(scope="module")
def trained(tmp_path_factory):
    """One real run on a table: its folder and what it printed."""
    folder = tmp_path_factory.mktemp("trained")
    NAMED.to_csv(folder / "flowers.csv", index=False)
    process = run_module(
        *("flowers.csv", "--clusters", "3", "--labels", "species"),
        *("--epochs", "3", "--seed", "7", "--output", "new folder/in"),
        cwd=folder,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )
    out, err = process.communicate(timeout=300)
    assert process.returncode == 0, err
    return folder / "new folder" / "in", out, err


# A run.


def test_writes_labels_picture_and_model(trained):
    folder, _, _ = trained
    names = {"flowers-labels.csv", "flowers-clusters.png", "flowers-model.joblib"}
    assert {path.name for path in folder.iterdir()} == names
    labels = read_labels(folder / "flowers-labels.csv")
    assert labels.shape == (150,)
    assert set(labels) == {0, 1, 2}
    picture = (folder / "flowers-clusters.png").read_bytes()
    assert picture.startswith(b"\x89PNG")
    model = joblib.load(folder / "flowers-model.joblib")
    np.testing.assert_array_equal(model.predict(FLOWERS), labels)


def test_options_reach_the_model(trained):
    model = joblib.load(trained[0] / "flowers-model.joblib")
    assert model.n_clusters == 3
    assert model.random_state == 7
    assert model.pipeline_["autoencoder"].n_epochs_ == 3
    assert list(model.feature_names_in_) == list(FLOWERS.columns)


def test_says_what_it_did_and_what_to_do_next(trained):
    _, out, err = trained
    assert "flowers.csv: 150 rows, 4 columns" in out
    assert "3 clusters, 0.0% noise" in out
    for score in ("ACC", "NMI", "ARI"):
        assert score in out
    assert float(out.split("(ACC)")[1].split()[0]) > 0.6
    for name in ("labels.csv", "clusters.png", "model.joblib"):
        assert f"new folder/in/flowers-{name}" in out
    assert "python -m skn2d FILE --model 'new folder/in/flowers-model.joblib'" in out
    assert "9/9" in err  # the progress bar: three networks of three epochs
    assert "Traceback" not in err
    assert "Warning" not in err


def test_its_model_labels_new_rows(trained, run):
    FLOWERS[::-1].to_csv("new.csv", index=False)
    code, out, err = run("new.csv", "--model", trained[0] / "flowers-model.joblib")
    assert code == 0, err
    expected = read_labels(trained[0] / "flowers-labels.csv")[::-1]
    np.testing.assert_array_equal(read_labels("new-labels.csv"), expected)
    assert Path("new-clusters.png").exists()
    assert not Path("new-model.joblib").exists()
    assert "ACC" not in out


def test_without_a_file_the_digits_are_clustered(run):
    code, out, err = run("--epochs", "1")
    assert code == 0, err
    assert "digits: 1,797 rows, 64 columns" in out
    assert "10 clusters" in out
    assert float(out.split("(ACC)")[1].split()[0]) > 0.6
    assert len(read_labels("digits-labels.csv")) == 1797


def test_unknown_number_of_clusters(run):
    digits = load_digits()
    three = digits.target < 3
    np.savez("three.npz", data=digits.data[three], target=digits.target[three])
    code, out, err = run("three.npz", "--epochs", "2", "--clusters", "unknown")
    assert code == 0, err
    model = joblib.load("three-model.joblib")
    assert model.n_clusters is None
    assert f"{model.n_clusters_} clusters" in out
    assert model.n_clusters_ >= 2
    assert float(out.split("(NMI)")[1].split()[0]) > 0.3


def test_warnings_of_a_fit_are_notes(run, saved, monkeypatch):
    def fit(self, X):
        warnings.warn("Column 'a' has it all.", UserWarning, stacklevel=2)
        return joblib.load(saved[0])

    monkeypatch.setattr(N2DClusterer, "fit", fit)
    FLOWERS.to_csv("flowers.csv", index=False)
    code, _, err = run("flowers.csv", "--clusters", "3")
    assert (code, err) == (0, "Note: Column 'a' has it all.\n")


# Flowers whose last column hides the others.
IN_UNITS = FLOWERS.assign(**{"petal width": FLOWERS["petal width"] * 1e4})


def test_scaled_columns(run):
    IN_UNITS.to_csv("flowers.csv", index=False)
    code, out, err = run("flowers.csv", "--clusters", "3", "--epochs", "3", "--scale")
    assert code == 0, err
    assert "3 clusters" in out
    assert "Note" not in err
    model = joblib.load("flowers-model.joblib")
    assert list(model.named_steps) == ["standardscaler", "n2dclusterer"]
    clusterer = N2DClusterer(3, random_state=0).set_params(autoencoder__epochs=3)
    by_hand = make_pipeline(StandardScaler(), clusterer).fit(IN_UNITS)
    labels = read_labels("flowers-labels.csv")
    np.testing.assert_array_equal(labels, by_hand[-1].labels_)

    IN_UNITS.iloc[::-3, ::-1].to_csv("new.csv", index=False)
    code, _, err = run("new.csv", "--model", "flowers-model.joblib")
    assert (code, err) == (0, "")
    np.testing.assert_array_equal(read_labels("new-labels.csv"), labels[::-3])


def test_a_column_that_hides_the_others_is_told_with_the_option_that_helps(run):
    IN_UNITS.to_csv("flowers.csv", index=False)
    code, _, err = run("flowers.csv", "--clusters", "3", "--epochs", "1")
    assert code == 0
    assert "Note: Column 'petal width' has more than 99.9% of the variance" in err
    assert "scale the columns first (--scale); where" in err


def test_columns_that_are_left_out(run, saved):
    with_more = FLOWERS.assign(name=[f"flower {i}" for i in range(150)], id=range(150))
    with_more.to_csv("flowers.csv", index=False)
    code, out, err = run("flowers.csv", "-d", "name", "--drop", "id", "--model", saved[0])
    assert (code, err) == (0, "")
    assert "flowers.csv: 150 rows, 4 columns" in out
    np.testing.assert_array_equal(read_labels("flowers-labels.csv"), saved[1])
    check_refused(run("flowers.csv"), "'name' (such as 'flower 0')", "with --drop")
    result = run("flowers.csv", "--drop", "name", "--model", saved[0])
    check_refused(result, "also has 'id'. Pass rows with the same columns; --drop leaves one")


def test_a_column_to_leave_out_that_is_not_there(run):
    FLOWERS.to_csv("flowers.csv", index=False)
    result = run("flowers.csv", "--drop", "petal lenght")
    check_refused(result, "no column 'petal lenght' to leave out. Did you mean 'petal length'?")
    np.save("flowers.npy", X)
    check_refused(run("flowers.npy", "--drop", "id"), "their columns no names. Leave out id")


def test_a_pipeline_of_the_users_labels_rows(run):
    model = N2DClusterer(3, autoencoder="passthrough", manifold=PCA(2), random_state=0)
    pipeline = make_pipeline(FunctionTransformer(np.sqrt), model).fit(X)
    joblib.dump(pipeline, "pipeline.joblib")
    FLOWERS.to_csv("flowers.csv", index=False)
    code, _, err = run("flowers.csv", "--model", "pipeline.joblib")
    assert (code, err) == (0, "")
    np.testing.assert_array_equal(read_labels("flowers-labels.csv"), model.labels_)


@pytest.mark.parametrize("unbuffered", ["", "1"])
def test_a_closed_pipe_loses_nothing_that_was_trained(unbuffered, tmp_path):
    NAMED.to_csv(tmp_path / "flowers.csv", index=False)
    process = run_module(
        *("flowers.csv", "--labels", "species", "--clusters", "3", "--epochs", "1"),
        cwd=tmp_path,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env={**os.environ, "PYTHONUNBUFFERED": unbuffered},
    )
    assert process.stdout.readline() == "flowers.csv: 150 rows, 4 columns\n"
    process.stdout.close()
    process.stdout = None
    err = process.communicate(timeout=300)[1]
    assert process.returncode == 2
    assert "Broken pipe" in err
    assert "Exception" not in err
    assert {path.name for path in tmp_path.iterdir()} >= {
        "flowers-labels.csv",
        "flowers-model.joblib",
    }


def test_names_that_the_terminal_cannot_write_are_written_in_ascii(saved, tmp_path):
    FLOWERS.to_csv(tmp_path / "größe.csv", index=False)
    process = run_module(
        *("größe.csv", "--model", saved[0], "--output", "für mich"),
        cwd=tmp_path,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env={**os.environ, "PYTHONIOENCODING": "ascii"},
    )
    out, err = process.communicate(timeout=300)
    assert process.returncode == 0, err
    assert "gr\\xf6\\xdfe.csv: 150 rows" in out


def test_interrupted(tmp_path):
    NAMED.to_csv(tmp_path / "flowers.csv", index=False)
    process = run_module(
        *("flowers.csv", "--labels", "species", "--epochs", "1000"),
        cwd=tmp_path,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        # A shell starts what runs in the background, as CI may, deaf to SIGINT.
        preexec_fn=functools.partial(signal.signal, signal.SIGINT, signal.SIG_DFL),
    )
    try:
        err = ""
        while "1/3000" not in err:
            read = process.stderr.read(1)
            assert read, err
            err += read
        process.send_signal(signal.SIGINT)
        err += process.communicate(timeout=60)[1]
    finally:
        process.kill()
    assert err.endswith("python -m skn2d: interrupted\n")
    assert process.returncode == 130
    assert "Traceback" not in err
    assert [path.name for path in tmp_path.iterdir()] == ["flowers.csv"]


# Files of every kind. A model at hand tells whether the rows came through.


def write_csv(name, table=FLOWERS, **options):
    table.to_csv(name, **{"index": False, **options})


def archive(**arrays):
    buffer = io.BytesIO()
    np.savez(buffer, **arrays)
    return buffer.getvalue()


def exact(table):
    return table.apply(lambda column: [Decimal(str(value)) for value in column])


READABLE = {
    "plain.csv": write_csv,
    "UPPER.CSV": write_csv,
    "tabs.tsv": lambda name: write_csv(name, sep="\t"),
    "tabs.csv": lambda name: write_csv(name, sep="\t"),
    "semicolon.csv": lambda name: write_csv(name, sep=";"),
    "decimal comma.csv": lambda name: write_csv(name, sep=";", decimal=","),
    "bom.csv": lambda name: write_csv(name, encoding="utf-8-sig"),
    "crlf.csv": lambda name: write_csv(name, lineterminator="\r\n"),
    "index.csv": lambda name: write_csv(name, index=True),
    "shuffled.csv": lambda name: write_csv(name, FLOWERS[FLOWERS.columns[::-1]]),
    "quoted.csv": lambda name: write_csv(name, quoting=1),
    "bars.csv": lambda name: write_csv(name, sep="|"),
    "quoted with spaces.csv": lambda name: write_csv(name, quoting=1, sep=" "),
    "rows.parquet": FLOWERS.to_parquet,
    "nullable.parquet": lambda name: FLOWERS.convert_dtypes().to_parquet(name),
    "rows.npy": lambda name: np.save(name, X),
    "commas at the end.csv": lambda name: write_csv(name, FLOWERS.assign(**{"": ""})),
    "Decimal.parquet": lambda name: exact(FLOWERS).to_parquet(name),
    "one.npz": lambda name: np.savez(name, X),
    "data.npz": lambda name: np.savez_compressed(name, data=X, other=X[:3]),
    "archive.npy": lambda name: Path(name).write_bytes(archive(data=X)),
}


@pytest.mark.parametrize("name", READABLE)
def test_file_is_read(name, run, saved):
    READABLE[name](name)
    code, out, err = run(name, "--model", saved[0])
    assert code == 0, err
    assert f"{name}: 150 rows, 4 columns" in out
    np.testing.assert_array_equal(read_labels(f"{Path(name).stem}-labels.csv"), saved[1])
    assert "Warning" not in err
    assert ("first column has no name" in err) == (name == "index.csv")


@pytest.fixture(scope="module")
def saved_without_names(tmp_path_factory):
    model = N2DClusterer(3, autoencoder="passthrough", manifold=PCA(2), random_state=0).fit(X)
    path = tmp_path_factory.mktemp("saved") / "nameless.joblib"
    joblib.dump(model, path)
    return path, model.labels_


@pytest.mark.parametrize(
    ("header", "is_header"),
    [(None, False), (["0", "1", "2", "3"], True), (["1990", "2000", "2010", "2020"], True)],
)
def test_first_line_of_numbers(header, is_header, run, saved_without_names):
    table = FLOWERS.set_axis(header, axis=1) if header else FLOWERS
    table.to_csv("numbers.csv", index=False, header=header is not None)
    code, _, err = run("numbers.csv", "--model", saved_without_names[0])
    assert code == 0, err
    np.testing.assert_array_equal(read_labels("numbers-labels.csv"), saved_without_names[1])
    assert ("There is no header; the columns are called 0 to 3." in err) != is_header


def test_numbers_with_underscores_are_names(tmp_path):
    (tmp_path / "pairs.csv").write_text("1_1,1_2\n0.5,3.7\n0.1,2\n")
    rows = read_rows(tmp_path / "pairs.csv").X
    assert list(rows.columns) == ["1_1", "1_2"]
    assert rows.shape == (2, 2)


@pytest.mark.parametrize("decimals", [3, 12])
def test_two_columns_of_numbers_without_header_keep_their_first_row(decimals, tmp_path):
    rows = np.random.RandomState(0).normal(size=(12, 2)) * 10.0 ** (3 - decimals)
    path = tmp_path / "two.csv"
    pd.DataFrame(rows).round(decimals).to_csv(path, index=False, header=False)
    table, _, notes = read_rows(path)
    assert table.shape == (12, 2)
    assert "There is no header" in notes[0]
    pd.DataFrame(rows).to_csv(path, index=False)  # it calls them 0 and 1
    table, _, notes = read_rows(path)
    assert table.shape == (12, 2)
    assert notes == ["The first line, 0, 1, names the columns."]
    np.savetxt(path, [[0, 1], [1, 0], [1, 1], [0, 0]], delimiter=",", fmt="%d")
    assert read_rows(path).X.shape == (4, 2)


@pytest.mark.parametrize("rows", [[[1, 2, 3]] * 5, [[2, 4, 6], [1, 2, 3], [0, 5, 10]]])
def test_evenly_spaced_data_is_no_header(rows, tmp_path):
    np.savetxt(tmp_path / "even.csv", rows, delimiter=",")
    assert read_rows(tmp_path / "even.csv").X.shape == np.shape(rows)


def test_tiny_numbers_are_no_header(tmp_path):
    rows = np.random.RandomState(0).normal(size=(9, 4)) * 1e-9
    np.savetxt(tmp_path / "tiny.csv", rows, delimiter=",")
    assert read_rows(tmp_path / "tiny.csv").X.shape == (9, 4)


def test_an_index_beside_one_column_between_tabs(tmp_path):
    FLOWERS[["petal length"]].to_csv(tmp_path / "one.tsv", sep="\t")
    assert list(read_rows(tmp_path / "one.tsv").X) == ["petal length"]


@pytest.mark.parametrize("missing", ["?", "", "NA", "n/a", "-"])
def test_a_gap_in_the_first_row_is_no_name(missing, tmp_path):
    path = tmp_path / "gap.csv"
    path.write_text(f"{missing},5.1,3.5\n1.5,4.9,3.0\n2,4,4\n")
    with pytest.raises(ValueError, match=r"missing values: 1 in '0'|'0' \(such as"):
        read_rows(path)
    path.write_text(f"{missing},2019,2020\n1,4.9,3.0\n2,4,4\n")
    assert "The first line" in " ".join(read_rows(path).notes)


@pytest.mark.parametrize("names", [[400.13, 401.29, 403.02], [0.25, 0.5], [0.25, 0.5, 0.9]])
def test_fractions_may_be_names_beside_an_index(names, tmp_path):
    rows = np.random.RandomState(0).rand(9, len(names))
    pd.DataFrame(rows, columns=names).to_csv(tmp_path / "spectra.csv")
    table, _, notes = read_rows(tmp_path / "spectra.csv")
    assert list(table.columns) == list(map(str, names))
    assert notes[0] == "The first column has no name; it is not used."


def test_blanks_around_names_and_labels_do_not_count(tmp_path):
    path = tmp_path / "blanks.csv"
    path.write_text("a , b , cls \n1, 2 , x \n2, 3, x\n3, 5, y\n4, 7, y \n")
    table, labels, _ = read_rows(path, "cls")
    assert list(table.columns) == ["a", "b"]
    np.testing.assert_array_equal(labels, list("xxyy"))
    np.testing.assert_array_equal(table["b"], [2, 3, 5, 7])


def test_an_empty_column_without_a_name_is_told(tmp_path):
    path = tmp_path / "commas.csv"
    path.write_text("1.5,2,\n2,3,\n3.5,5,\n")
    table, _, notes = read_rows(path)
    assert table.shape == (3, 2)
    assert notes[:2] == [
        "The last column is empty and has no name; it is not used.",
        "There is no header; the columns are called 0 to 1.",
    ]
    path.write_text("a,b,,\n1.5,2,,\n2,3,,\n3.5,5,,\n")
    assert list(read_rows(path).X.columns) == ["a", "b"]
    path.write_text("a,b,c\n1.5,2,\n2,3,\n3.5,5,\n")
    with pytest.raises(ValueError, match="3 in 'c'"):
        read_rows(path)


def test_one_column(tmp_path):
    (tmp_path / "one.csv").write_text("petal width\n1.5\n2.5\n0.5\n")
    table, _, notes = read_rows(tmp_path / "one.csv")
    assert list(table.columns) == ["petal width"]
    assert notes == []
    (tmp_path / "one.csv").write_text("1.5\n2.5\n0.5\n")
    assert read_rows(tmp_path / "one.csv").notes == [
        "There is no header; the column is called 0."
    ]


def test_labels_with_gaps_are_counted(tmp_path):
    NAMED.assign(species=NAMED[NAMED.columns[-1]].mask(NAMED.index < 3)).to_csv(
        tmp_path / "gaps.csv", index=False
    )
    with pytest.raises(ValueError, match="3 missing values among the labels 'species'"):
        read_rows(tmp_path / "gaps.csv", "species")


def test_columns_that_count_the_rows_are_named(tmp_path):
    FLOWERS.assign(a=range(150), b=range(3, 153)).to_csv(tmp_path / "ids.csv", index=False)
    assert (
        "Columns 'a', 'b' only count the rows; without them"
        in read_rows(tmp_path / "ids.csv").notes[0]
    )


def test_labels_of_a_table_without_header(run, saved_without_names):
    NAMED.to_csv("flowers.csv", index=False, header=False)
    code, out, err = run("flowers.csv", "--labels", "4", "--model", saved_without_names[0])
    assert code == 0, err
    assert "(ACC)" in out


@pytest.mark.parametrize("dtype", [np.float16, np.float32, np.int8])
def test_other_dtypes(dtype, run, saved_without_names):
    np.save("rows.npy", X.astype(dtype))
    code, _, err = run("rows.npy", "--model", saved_without_names[0])
    assert code == 0, err
    agreement = read_labels("rows-labels.csv") == saved_without_names[1]
    assert agreement.mean() > (0.8 if dtype is np.int8 else 0.99)


@pytest.mark.parametrize(
    "target", [IRIS.target, IRIS.target[:, np.newaxis], IRIS.target_names[IRIS.target]]
)
def test_new_rows_with_labels_are_scored(target, run, saved):
    np.savez("iris.npz", data=X, target=target)
    code, out, err = run("iris.npz", "--model", saved[0])
    assert code == 0, err
    assert "(ACC)" in out


def test_one_new_row(run, saved):
    FLOWERS[:1].to_csv("one.csv", index=False)
    code, out, err = run("one.csv", "--model", saved[0])
    assert code == 0, err
    assert "one.csv: 1 row, 4 columns" in out
    assert "1 cluster, 0.0% noise" in out
    assert read_labels("one-labels.csv").tolist() == saved[1][:1].tolist()


@pytest.mark.parametrize("form", ["sparse", "pandas"])
def test_a_model_whose_places_are_no_arrays(form, run):
    FLOWERS.to_csv("flowers.csv", index=False)
    first = sparse.csr_matrix if form == "sparse" else np.asarray
    model = N2DClusterer(
        3,
        autoencoder=FunctionTransformer(first),
        manifold="passthrough" if form == "sparse" else PCA(2),
        clusterer=KMeans(3, n_init=1),
        random_state=0,
    ).fit(X)
    if form == "pandas":
        model.set_output(transform="pandas")
    joblib.dump(model, "model.joblib")
    code, _, err = run("flowers.csv", "--model", "model.joblib")
    assert (code, err) == (0, "")
    np.testing.assert_array_equal(read_labels("flowers-labels.csv"), model.labels_)
    assert Path("flowers-clusters.png").exists()


def test_a_model_without_groups(run):
    model = N2DClusterer(
        None, autoencoder="passthrough", manifold=PCA(2), clusterer=DBSCAN(eps=1e-9)
    ).fit(FLOWERS)
    joblib.dump(model, "noise.joblib")
    FLOWERS.to_csv("new.csv", index=False)
    code, out, err = run("new.csv", "--model", "noise.joblib")
    assert code == 0, err
    assert "0 clusters, 100.0% noise" in out
    assert "such as --clusters" in out
    assert set(read_labels("new-labels.csv")) == {-1}


def test_a_column_that_counts_the_rows_is_pointed_out(run, saved):
    FLOWERS.assign(Id=range(1, 151)).to_csv("ids.csv", index=False)
    code, _, err = run("ids.csv", "--model", saved[0])
    assert code == 2
    assert "also has 'Id'" in err
    FLOWERS.assign(**{"petal width": range(150)}).to_csv("ids.csv", index=False)
    code, _, err = run("ids.csv", "--model", saved[0])
    assert code == 0
    assert "Column 'petal width' only counts the rows" in err


def test_without_matplotlib_there_is_no_picture(run, saved, monkeypatch):
    monkeypatch.setitem(sys.modules, "matplotlib", None)
    FLOWERS.to_csv("new.csv", index=False)
    code, out, err = run("new.csv", "--model", saved[0])
    assert code == 0
    assert "No picture was drawn" in err
    assert "skn2d[plot]" in err
    assert "Picture" not in out
    assert not Path("new-clusters.png").exists()
    assert len(read_labels("new-labels.csv")) == 150


# What cannot be used. Each makes a file and names what the one sentence must say.


def write_bytes(content):
    return lambda name: Path(name).write_bytes(content)


def cut(save, n_bytes):
    """Save and keep the first bytes only."""

    def write(name):
        save(name)
        Path(name).write_bytes(Path(name).read_bytes()[:n_bytes])

    return write


UNUSABLE = {
    "text.csv": (NAMED.to_csv, "not numbers: 'species' (such as 'setosa')"),
    "marked.csv": (
        lambda name: write_csv(name, FLOWERS.astype(str).replace("5.1", "?")),
        "'sepal length' (such as '?')",
    ),
    "missing.csv": (MISSING.to_csv, f"{MISSING.isna().sum().sum()} in 'petal length'"),
    "dates.csv": (write_bytes(b"day,size\n2020-01-01,1\n2020-01-02,2\n"), "'2020-01-01'"),
    "infinite.csv": (write_bytes(b"a,b\n1,2\n3,-inf\n"), "infinite values: 1 in 'b'"),
    "header.csv": (write_bytes(b"a,b\n"), "0 rows and 2 columns"),
    "one row.csv": (write_bytes(b"a,b\n1,2\n"), "has 1 row, too few"),
    "one line.csv": (write_bytes(b"1.5,2,7\n"), "has 1 row, too few"),
    "empty.csv": (write_bytes(b""), "it is empty"),
    "blank.csv": (write_bytes(b"\n\n"), "it is empty"),
    "ragged.csv": (write_bytes(b"a,b\n1,2\n3,4,5\n"), "Expected 2 fields in line 3, saw 3"),
    "latin.csv": (write_bytes("größe\n1\n2\n".encode("latin-1")), "no text in UTF-8"),
    "utf16.csv": (write_bytes("a,b\n1,2\n".encode("utf-16")), "no text in UTF-8"),
    "archive.csv": (write_bytes(archive(data=X)), "cannot be read as a table"),
    "text.parquet": (write_bytes(b"a,b\n1,2\n"), "cannot be read as a table"),
    "cut.parquet": (cut(FLOWERS.to_parquet, 1000), "cannot be read as a table"),
    "sparse.npz": (
        lambda name: sparse.save_npz(name, sparse.csr_array(X)),
        "holds a sparse matrix",
    ),
    "stack.npy": (lambda name: np.save(name, np.zeros((9, 8, 8))), "(9, 8, 8)"),
    "flat.npy": (lambda name: np.save(name, X[0]), "shape (4,)"),
    "scalar.npy": (lambda name: np.save(name, 1.0), "shape ()"),
    "objects.npy": (lambda name: np.save(name, X.astype(object)), "Python objects"),
    "words.npy": (lambda name: np.save(name, X.astype(str)), "type <U"),
    "complex.npy": (lambda name: np.save(name, X + 1j), "type complex128"),
    "nan.npy": (lambda name: np.save(name, MISSING.to_numpy()), "missing or infinite"),
    "no rows.npy": (lambda name: np.save(name, X[:0]), "0 rows"),
    "no columns.npy": (lambda name: np.save(name, X[:, :0]), "0 columns"),
    "text.npy": (write_bytes(b"a,b\n1,2\n"), "no NumPy file"),
    "cut.npy": (cut(lambda name: np.save(name, X), 500), "damaged"),
    "cut.npz": (cut(lambda name: np.savez(name, X), 500), "damaged"),
    "text.npz": (write_bytes(b"a,b\n1,2\n"), "no NumPy file"),
    "several.npz": (lambda name: np.savez(name, a=X, b=X), "'data'"),
    "none.npz": (lambda name: np.savez(name), "'data'"),
    "lengths.npz": (
        lambda name: np.savez(name, data=X, target=IRIS.target[:9]),
        "150 rows, but 9 labels",
    ),
    "measured.npz": (lambda name: np.savez(name, data=X, target=X[:, 0]), "measurement"),
    "rows.txt": (write_csv, ".csv, .tsv, .npz, .npy or .parquet"),
    "rows.csv.gz": (write_csv, "compressed: unpack it first"),
    "rows.xlsx": (write_bytes(b"PK"), 'Save the sheet as "CSV UTF-8"'),
    "folder.csv": (lambda name: Path(name).mkdir(), "is a folder"),
    "nowhere.csv": (lambda name: None, "does not exist"),
    **({"pipe.csv": (os.mkfifo, "is no ordinary file")} if hasattr(os, "mkfifo") else {}),
    "equal.csv": (write_bytes(b"a,b\n" + 20 * b"1,2\n"), "rows of X are equal"),
    "huge.csv": (write_bytes(b"a,b\n1,1e300\n" + 20 * b"1,2\n"), "range of float32"),
}


def check_refused(result, *parts):
    code, _, err = result
    assert code == 2
    *notes, sentence = err.strip().splitlines()
    assert all(note.startswith("Note: ") for note in notes)
    assert sentence.startswith("python -m skn2d: ")
    assert sentence.endswith(".")
    for part in parts:
        assert part in sentence


@pytest.mark.parametrize("name", UNUSABLE)
def test_unusable_file(name, run):
    write, part = UNUSABLE[name]
    write(name)
    before = set(Path().iterdir())
    check_refused(run(name), part)
    assert set(Path().iterdir()) == before


def test_damaged_inside(run):
    content = bytearray(archive(data=X))
    content[1000:1100] = bytes(100)
    assert zipfile.is_zipfile(io.BytesIO(content))
    Path("damaged.npz").write_bytes(content)
    check_refused(run("damaged.npz"), "damaged.npz is damaged")


@pytest.mark.parametrize("package", ["pandas", "pyarrow"])
def test_parquet_without_its_packages(package, run, monkeypatch):
    FLOWERS.to_parquet("rows.parquet")
    monkeypatch.setitem(sys.modules, package, None)
    code, _, err = run("rows.parquet")
    assert code == 2
    assert f"Reading rows.parquet needs the package {package!r}" in err
    assert "pip install" in err


@pytest.mark.parametrize(
    ("label", "part"),
    [
        ("colour", "no column 'colour' to take labels from. It has: 'sepal length', "),
        ("sepal length", "must be integers or strings; got the number 5.1"),
        ("holes", "75 missing values among the labels"),
    ],
)
def test_unusable_labels(label, part, run):
    holes = NAMED["species"].where(NAMED.index % 2 == 0)
    table = FLOWERS.assign(holes=holes) if label == "holes" else FLOWERS
    table.to_csv("flowers.csv", index=False)
    check_refused(run("flowers.csv", "--labels", label), part)


def test_nothing_beside_the_labels(run):
    NAMED[["species"]].to_csv("flowers.csv", index=False)
    check_refused(run("flowers.csv", "--labels", "species"), "150 rows and 0 columns")


def test_labels_of_arrays(run):
    np.save("rows.npy", X)
    check_refused(run("rows.npy", "--labels", "y"), "no array 'y'")
    np.savez("rows.npz", X=X, y=IRIS.target)
    check_refused(run("rows.npz", "--labels", "z"), "no array 'z'", "'X', 'y'")


def test_more_clusters_than_rows(run):
    FLOWERS.to_csv("flowers.csv", index=False)
    check_refused(run("flowers.csv", "--clusters", "200"), "150", "200", "fewer clusters")


@pytest.mark.parametrize(
    ("output", "part"),
    [
        ("flowers.csv/below", "'flowers.csv/below': Not a directory"),
        ("flowers.csv", "'flowers.csv': File exists"),
        ("taken", "flowers-labels.csv': Is a directory"),
    ],
)
def test_output_that_cannot_be_written(output, part, run):
    FLOWERS.to_csv("flowers.csv", index=False)
    Path("taken/flowers-labels.csv").mkdir(parents=True)
    check_refused(run("flowers.csv", "--output", output), "Cannot write", part, "--output")


def test_an_earlier_result_survives_a_failure(run):
    Path("equal.csv").write_bytes(b"a,b\n" + 20 * b"1,2\n")
    Path("equal-labels.csv").write_text("label\n0\n")
    check_refused(run("equal.csv"), "equal")
    assert Path("equal-labels.csv").read_text() == "label\n0\n"


def test_a_full_disk_takes_neither_the_labels_nor_the_earlier_model(run, monkeypatch):
    def fit(X, n_clusters, options):
        return N2DClusterer(3, autoencoder="passthrough", manifold=PCA(2)).fit(X)

    def dump(model, path):
        path.write_bytes(b"half a model")
        raise OSError(errno.ENOSPC, "No space left on device")

    FLOWERS.to_csv("flowers.csv", index=False)
    Path("flowers-model.joblib").write_bytes(b"the model of before")
    monkeypatch.setattr("skn2d.__main__._fit", fit)
    monkeypatch.setattr(joblib, "dump", dump)
    check_refused(
        run("flowers.csv", "--clusters", 3), "flowers-model.joblib", "No space left on device"
    )
    assert Path("flowers-model.joblib").read_bytes() == b"the model of before"
    assert len(Path("flowers-labels.csv").read_text().splitlines()) == 1 + len(FLOWERS)
    assert not list(Path().glob(".*"))


@pytest.mark.parametrize(
    ("arguments", "part"),
    [
        (["--clusters", "0"], "a whole number, 1 or more, or 'unknown'; got '0'"),
        (["--clusters", "-1"], "got '-1'"),
        (["--clusters", "2.5"], "got '2.5'"),
        (["--clusters", "ten"], "got 'ten'"),
        (["--clusters", "²"], "got '²'"),
        (["--epochs", "0"], "a whole number, 1 or more; got '0'"),
        (["--seed", "-1"], "a whole number, 0 or more; got '-1'"),
        (["--seed", "99999999999"], "must be below 2,147,483,648; got '99999999999'"),
        (["--labels", "species"], "--labels needs a FILE"),
        (["--drop", "id"], "--drop needs a FILE"),
        (["--model", "iris.joblib"], "--model needs a FILE"),
        (["new.csv", "--model", "m", "--clusters", "3"], "--clusters is for training"),
        (["new.csv", "--model", "m", "--scale"], "--scale is for training"),
        (["new.csv", "--model", "m", "--epochs", "3"], "--epochs is for training"),
        (["new.csv", "--model", "m", "--seed", "3"], "--seed is for training"),
        (["new.csv", "more.csv"], "unrecognized arguments: more.csv"),
    ],
)
def test_unusable_options(arguments, part, run):
    code, _, err = run(*arguments)
    assert code == 2
    assert part in err.splitlines()[-1]


def test_help_and_version(run):
    code, out, _ = run("--help")
    assert code == 0
    for option in (
        "FILE",
        "--clusters",
        "--labels",
        "--drop",
        "--scale",
        "--epochs",
        "--seed",
        "--model",
        "--output",
    ):
        assert option in out
    code, out, _ = run("--version")
    assert code == 0
    assert out.startswith("skn2d ")


# Models that cannot be used.


MODELS = {
    "nowhere.joblib": (lambda path, saved: None, "does not exist"),
    "folder.joblib": (lambda path, saved: path.mkdir(), "is a folder"),
    "empty.joblib": (lambda path, saved: path.touch(), "it ends too early"),
    "text.joblib": (lambda path, saved: path.write_text("hello world"), "damaged"),
    "cut.joblib": (lambda path, saved: path.write_bytes(saved.read_bytes()[:3000]), "damaged"),
    "other.joblib": (lambda path, saved: joblib.dump(PCA(2), path), "holds a PCA"),
    "pca.joblib": (
        lambda path, saved: joblib.dump(make_pipeline(PCA(2)), path),
        "holds a Pipeline with a PCA at its end",
    ),
    "unfitted.joblib": (lambda path, saved: joblib.dump(N2DClusterer(), path), "not fitted"),
}


@pytest.mark.parametrize("name", MODELS)
def test_unusable_model(name, run, saved):
    write, part = MODELS[name]
    FLOWERS.to_csv("flowers.csv", index=False)
    write(Path(name), saved[0])
    before = set(Path().iterdir())
    check_refused(run("flowers.csv", "--model", name), name, part, "an earlier run")
    assert set(Path().iterdir()) == before


@pytest.mark.parametrize(
    ("table", "parts"),
    [
        (FLOWERS[["sepal length", "petal length"]], ["lacks 'sepal width', 'petal width'"]),
        (FLOWERS.assign(stem=1.0), ["also has 'stem'"]),
        (
            FLOWERS.rename(columns={"petal width": "stem"}),
            ["lacks 'petal width' and also has 'stem'"],
        ),
        (FLOWERS.set_axis(list("abcd"), axis=1), ["lacks 'sepal length'"]),
        (NAMED, ["'species' (such as 'setosa')"]),
    ],
)
def test_rows_with_other_columns_than_the_model(table, parts, run, saved):
    table.to_csv("new.csv", index=False)
    check_refused(run("new.csv", "--model", saved[0]), *parts)


def test_array_with_other_columns_than_the_model(run, saved):
    np.save("new.npy", X[:, :3])
    check_refused(run("new.npy", "--model", saved[0]), "3 columns", "trained on 4")
