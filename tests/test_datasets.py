"""The data set loaders, with OpenML played by a server on loopback."""

import dataclasses
import gzip
import hashlib
import http.client
import http.server
import json
import os
import re
import sys
import threading
import time
import urllib.parse
import urllib.request
import warnings

import numpy as np
import pandas as pd
import pytest

from skn2d import datasets
from skn2d.datasets._table import DATASETS

# Name of the file, loader, OpenML id and name, shape, dtype, highest value.
LOADERS = {
    "mnist": (datasets.load_mnist, 554, (70000, 784), "uint8", 255),
    "fashion": (datasets.load_fashion_mnist, 40996, (70000, 784), "uint8", 255),
    "usps": (datasets.load_usps, 41082, (9298, 256), "float32", 1),
    "pendigits": (datasets.load_pendigits, 32, (10992, 16), "float32", 100),
    "har": (datasets.load_har, 1478, (10299, 561), "float32", 1),
}
PENDIGITS_COUNTS = [1143, 1143, 1144, 1055, 1144, 1055, 1056, 1142, 1055, 1055]
UNFAMILIAR = "is not the one on record"


def matches(requested, path):
    return requested == path or (path.endswith("/") and requested.startswith(path))


class FakeOpenML:
    """Serves data sets in the way in which OpenML does."""

    def __init__(self):
        self.answers = {}
        self.requested = []
        outer = self

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_GET(self):
                outer.requested.append(self.path)
                status, headers, body = next(
                    (
                        answer
                        for path, answer in outer.answers.items()
                        if matches(self.path, path)
                    ),
                    (404, {}, b"no such thing"),
                )
                self.send_response(status)
                for key, value in {"Content-Length": str(len(body)), **headers}.items():
                    self.send_header(key, value)
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *args):
                pass

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.address = f"127.0.0.1:{self.server.server_port}"
        self.thread = threading.Thread(target=self.server.serve_forever, args=(0.02,))
        self.thread.start()

    def close(self):
        if self.thread.is_alive():
            self.server.shutdown()
            self.thread.join()
            self.server.server_close()

    def add(self, openml_id, rows, labels, md5=None):
        """Serve `rows`, given as text, under an id."""
        n_features = rows[0].count(",") + 1
        classes = sorted(set(labels), key=lambda label: int(label.strip("'")))
        lines = ["@RELATION made_up", *(f"@ATTRIBUTE V{i} NUMERIC" for i in range(n_features))]
        lines += [f"@ATTRIBUTE Class {{{','.join(classes)}}}", "@DATA"]
        lines += [f"{row},{label}" for row, label in zip(rows, labels, strict=True)]
        arff = ("\n".join(lines) + "\n").encode()
        kind = {
            "is_ignore": "false",
            "is_row_identifier": "false",
            "number_of_missing_values": "0",
        }
        features = [
            {"index": str(i), "name": f"V{i}", "data_type": "numeric", "is_target": "false"}
            | kind
            for i in range(n_features)
        ]
        features.append(
            {"index": str(n_features), "name": "Class", "data_type": "nominal"}
            | {"nominal_value": classes, "is_target": "true"}
            | kind
        )
        description = {
            "id": str(openml_id),
            "name": "made_up",
            "version": "1",
            "description": "Made up.",
            "format": "ARFF",
            "status": "active",
            "file_id": str(openml_id),
            "url": f"https://api.openml.org/data/v1/download/{openml_id}/made_up.arff",
            "md5_checksum": md5 or hashlib.md5(arff).hexdigest(),
        }
        quality = [{"name": "NumberOfInstances", "value": f"{len(rows)}.0"}]
        api = "/api/v1/json/data"
        for path, content in {
            f"{api}/{openml_id}": {"data_set_description": description},
            f"{api}/features/{openml_id}": {"data_features": {"feature": features}},
            f"{api}/qualities/{openml_id}": {"data_qualities": {"quality": quality}},
        }.items():
            self.answers[path] = (200, {}, json.dumps(content).encode())
        # scikit-learn asks for /download/ID or for the address in the description.
        for path in (self.file_path(openml_id), self.file_path(openml_id) + "/"):
            self.answers[path] = (200, {"Content-Encoding": "gzip"}, gzip.compress(arff, 1))

    @staticmethod
    def file_path(openml_id):
        return f"/data/v1/download/{openml_id}"

    def change_file(self, openml_id, headers, change):
        """Serve something else than the data file."""
        for path in (self.file_path(openml_id), self.file_path(openml_id) + "/"):
            _, _, body = self.answers[path]
            self.answers[path] = (200, headers(body), change(body))


class ToLoopback(urllib.request.HTTPSHandler):
    """Sends what is meant for OpenML to loopback, and nothing anywhere else."""

    def __init__(self, address):
        super().__init__()
        self.address = address

    def https_open(self, request):
        assert urllib.parse.urlsplit(request.full_url).hostname.endswith(".openml.org")
        request.host = self.address
        return self.do_open(http.client.HTTPConnection, request)


@pytest.fixture
def openml(monkeypatch):
    """An OpenML on loopback; scikit-learn waits no seconds between its tries."""
    monkeypatch.setattr(time, "sleep", lambda seconds: None)
    fake = FakeOpenML()
    no_proxy = urllib.request.ProxyHandler({})
    opener = urllib.request.build_opener(ToLoopback(fake.address), no_proxy)
    urllib.request.install_opener(opener)
    yield fake
    urllib.request.install_opener(None)
    fake.close()


@pytest.fixture(autouse=True)
def own_folders(monkeypatch, tmp_path):
    """Keep the tests away from the data of the machine."""
    monkeypatch.delenv("SKN2D_DATA", raising=False)
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    monkeypatch.setenv("USERPROFILE", str(tmp_path / "home"))


def made_up(name, random_state=0):
    """Content of the right shape, classes and range, but made up."""
    _, _, shape, dtype, high = LOADERS[name]
    counts = DATASETS[name].class_counts
    rng = np.random.RandomState(random_state)
    target = rng.permutation(np.repeat(np.arange(len(counts), dtype="uint8"), counts))
    if shape[0] * shape[1] > 1e7:
        data = np.zeros(shape, dtype)
        data[:, :5] = rng.randint(high + 1, size=(shape[0], 5))
    else:
        data = rng.randint(high + 1, size=shape).astype(dtype)
    return data, target


def sha256(data, target):
    return hashlib.sha256(data.tobytes() + target.tobytes()).hexdigest()


@pytest.fixture
def small_table(monkeypatch):
    """The real table, but with three rows a class and hashes that fit made-up content.

    Returns for each name the canonical content and what OpenML serves.
    """
    content = {}
    for name, dataset in list(DATASETS.items()):
        n_classes = len(dataset.class_counts)
        n_features = len(dataset.feature_names)
        rng = np.random.RandomState(len(name))
        target = rng.permutation(np.repeat(np.arange(n_classes, dtype="uint8"), 3))
        if name == "usps":
            served = rng.randint(-1000, 1001, size=(len(target), n_features)) / 1000
            data = ((served.astype("float32") + 1) / 2).astype("float32")
        elif name == "har":
            served = rng.randint(-(10**6), 10**6, size=(len(target), n_features)) / 10**6
            data = served.astype("float32")
        else:
            high = 100 if name == "pendigits" else 255
            served = rng.randint(high + 1, size=(len(target), n_features))
            data = served.astype(dataset.dtype)
        known = sha256(data, target) if dataset.sha256 else None
        small = dataclasses.replace(dataset, class_counts=(3,) * n_classes, sha256=known)
        monkeypatch.setitem(DATASETS, name, small)
        rows = [",".join(map(str, row.tolist())) for row in served]
        first_label = 1 if name in ("usps", "har") else 0
        labels = [str(label + first_label) for label in target.tolist()]
        content[name] = (data, target, rows, labels)
    return content


def serve_pendigits(openml, **options):
    """Serve made-up pendigits of the full size; return what the loader should say."""
    data, target = made_up("pendigits")
    rows = [",".join(map(str, row)) for row in data.astype(int).tolist()]
    openml.add(32, rows, [str(label) for label in target.tolist()], **options)
    return data, target


# Fetching


@pytest.mark.parametrize("parser_package", ["pandas", "none"])
@pytest.mark.parametrize("name", LOADERS)
def test_fetch_convert_check_cache(
    name, parser_package, openml, small_table, tmp_path, monkeypatch
):
    loader, openml_id = LOADERS[name][:2]
    data, target, rows, labels = small_table[name]
    openml.add(openml_id, rows, labels)
    if parser_package == "none":
        monkeypatch.setitem(sys.modules, "pandas", None)

    with warnings.catch_warnings():
        warnings.simplefilter("error")
        X, y = loader(data_home=tmp_path / "cache", return_X_y=True)

    np.testing.assert_array_equal(X, data)
    np.testing.assert_array_equal(y, target)
    assert X.dtype == data.dtype
    assert y.dtype == np.uint8
    assert os.listdir(tmp_path / "cache") == [f"{name}.npz"]
    with np.load(tmp_path / "cache" / f"{name}.npz") as archive:
        assert sorted(archive.files) == ["data", "target"]

    openml.close()
    n_requests = len(openml.requested)
    again, y_again = loader(data_home=tmp_path / "cache", return_X_y=True)
    np.testing.assert_array_equal(again, data)
    np.testing.assert_array_equal(y_again, target)
    assert len(openml.requested) == n_requests


def test_fetch_of_a_full_data_set_warns_of_an_unfamiliar_content(openml, tmp_path):
    data, target = serve_pendigits(openml)
    with pytest.warns(UserWarning, match=f"data set 32.*{UNFAMILIAR}") as record:
        X, y = datasets.load_pendigits(data_home=tmp_path, return_X_y=True)
    assert [warning.filename for warning in record] == [__file__]
    np.testing.assert_array_equal(X, data)
    np.testing.assert_array_equal(y, target)
    with pytest.warns(UserWarning, match=f"pendigits.npz.*{UNFAMILIAR}") as record:
        datasets.load_pendigits(data_home=tmp_path)
    assert [warning.filename for warning in record] == [__file__]


def test_labels_in_quotes(openml, small_table, tmp_path):
    _, target, rows, labels = small_table["har"]
    openml.add(1478, rows, [f"'{label}'" for label in labels])
    _, y = datasets.load_har(data_home=tmp_path, return_X_y=True)
    np.testing.assert_array_equal(y, target)


def test_no_network_and_no_cache_is_one_error_with_both_ways_out(openml, tmp_path):
    openml.close()
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        with pytest.raises(OSError, match="Connect to the internet") as error:
            datasets.load_har(data_home=tmp_path / "cache")
    for part in (repr("har.npz"), str(tmp_path / "cache"), "SKN2D_DATA", "data_home"):
        assert part in str(error.value)
    assert not (tmp_path / "cache").exists()


def assert_fetch_fails(error, match, folder):
    """Fetch made-up pendigits in vain, and leave nothing behind."""
    with pytest.raises(error, match=match):
        datasets.load_pendigits(data_home=folder)
    assert not folder.exists() or os.listdir(folder) == []


def test_unknown_id(openml, tmp_path):
    assert_fetch_fails(OSError, "could not be fetched", tmp_path)


def test_answer_that_is_no_json(openml, tmp_path):
    serve_pendigits(openml)
    openml.answers["/api/v1/json/data/32"] = (200, {}, b"<html>Down for repair</html>")
    assert_fetch_fails(OSError, "could not be fetched.*JSONDecodeError", tmp_path)


def test_answer_that_lacks_a_part(openml, tmp_path):
    serve_pendigits(openml)
    openml.answers["/api/v1/json/data/32"] = (200, {}, b"{}")
    assert_fetch_fails(OSError, "could not be fetched.*KeyError", tmp_path)


def test_partial_download(openml, tmp_path):
    serve_pendigits(openml)
    openml.change_file(
        32,
        lambda body: {"Content-Encoding": "gzip", "Content-Length": str(len(body))},
        lambda body: body[: len(body) // 2],
    )
    assert_fetch_fails(OSError, "could not be fetched", tmp_path)


def test_partial_download_without_compression(openml, tmp_path):
    serve_pendigits(openml)
    openml.change_file(32, lambda body: {}, lambda body: gzip.decompress(body)[:10_000])
    assert_fetch_fails(OSError, "could not be fetched.*md5", tmp_path)


def test_wrong_checksum(openml, tmp_path):
    serve_pendigits(openml, md5="0" * 32)
    assert_fetch_fails(OSError, "could not be fetched.*md5", tmp_path)


@pytest.mark.parametrize(
    ("change", "match"),
    [
        (lambda rows, labels: (rows[1:], labels[1:]), "shape"),
        (lambda rows, labels: ([row + ",1" for row in rows], labels), "shape"),
        (lambda rows, labels: (rows, labels[:1] * len(labels)), "the classes have"),
        (lambda rows, labels: (rows, [str(int(x) + 1) for x in labels]), "labels"),
        (
            lambda rows, labels: (["1000" + row[row.index(",") :] for row in rows], labels),
            "valu",
        ),
        (lambda rows, labels: (["?" + row[row.index(",") :] for row in rows], labels), "valu"),
    ],
    ids=["row missing", "column more", "one class", "label from 1", "scale", "missing value"],
)
def test_another_data_set_than_expected(change, match, openml, small_table, tmp_path):
    _, _, rows, labels = small_table["pendigits"]
    openml.add(32, *change(rows, labels))
    assert_fetch_fails(ValueError, rf"(?s)OpenML's data set 32 .*{match}", tmp_path)


def test_fractions_where_whole_numbers_belong(openml, small_table, tmp_path):
    _, _, rows, labels = small_table["mnist"]
    openml.add(554, ["0.5" + row[row.index(",") :] for row in rows], labels)
    with pytest.raises(ValueError, match="whole numbers"):
        datasets.load_mnist(data_home=tmp_path)


# Keeping


def test_folder_that_cannot_be_made(openml, small_table, tmp_path):
    data, _, rows, labels = small_table["pendigits"]
    openml.add(32, rows, labels)
    (tmp_path / "file").write_text("in the way")
    with pytest.warns(UserWarning, match="could not be kept.*data_home.*SKN2D_DATA"):
        X, _ = datasets.load_pendigits(data_home=tmp_path / "file" / "sub", return_X_y=True)
    np.testing.assert_array_equal(X, data)


def test_folder_that_cannot_be_written(openml, small_table, tmp_path, monkeypatch):
    # Tests often run as root, whom no permission stops, so the refusal is played.
    data, _, rows, labels = small_table["pendigits"]
    openml.add(32, rows, labels)

    def refuse(source, destination):
        raise PermissionError(13, "Permission denied", str(destination))

    monkeypatch.setattr(os, "replace", refuse)
    with pytest.warns(UserWarning, match="could not be kept.*Permission denied"):
        X, _ = datasets.load_pendigits(data_home=tmp_path, return_X_y=True)
    np.testing.assert_array_equal(X, data)
    assert os.listdir(tmp_path) == []


def test_disk_full_while_writing_leaves_nothing(openml, small_table, tmp_path, monkeypatch):
    _, _, rows, labels = small_table["pendigits"]
    openml.add(32, rows, labels)
    seen = []

    def fill_the_disk(file, **arrays):
        file.write(b"PK")
        seen.extend(os.listdir(tmp_path))
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(np, "savez_compressed", fill_the_disk)
    with pytest.warns(UserWarning, match="could not be kept.*No space left"):
        datasets.load_pendigits(data_home=tmp_path)
    assert len(seen) == 1
    assert "pendigits.npz" not in seen
    assert os.listdir(tmp_path) == []


# Reading


@pytest.fixture
def pendigits_folder(tmp_path):
    data, target = made_up("pendigits")
    np.savez(tmp_path / "pendigits.npz", data=data, target=target)
    return tmp_path


@pytest.mark.filterwarnings(f"ignore:.*{UNFAMILIAR}")
def test_search_order(tmp_path, monkeypatch):
    target = made_up("pendigits")[1]
    folders = [tmp_path / "argument", tmp_path / "variable", tmp_path / "home/.cache/skn2d"]
    for value, folder in enumerate(folders):
        folder.mkdir(parents=True)
        data = np.full((10992, 16), value, "float32")
        np.savez(folder / "pendigits.npz", data=data, target=target)

    def found(**options):
        return datasets.load_pendigits(**options).data[0, 0]

    assert found() == 2
    monkeypatch.setenv("SKN2D_DATA", "")
    assert found() == 2
    monkeypatch.setenv("SKN2D_DATA", str(folders[1]))
    assert found() == 1
    assert found(data_home=str(folders[0])) == 0
    assert found(data_home="~/.cache/skn2d") == 2
    monkeypatch.setenv("SKN2D_DATA", "~/.cache/skn2d")
    assert found() == 2


@pytest.mark.filterwarnings(f"ignore:.*{UNFAMILIAR}")
@pytest.mark.parametrize("name", LOADERS)
def test_bunch(name, tmp_path):
    loader, _, shape, dtype, _ = LOADERS[name]
    data, target = made_up(name)
    np.savez(tmp_path / f"{name}.npz", data=data, target=target)
    bunch = loader(data_home=tmp_path)
    assert bunch.data.shape == shape
    assert bunch.data.dtype == dtype
    np.testing.assert_array_equal(bunch.data, data)
    np.testing.assert_array_equal(bunch.target, target)
    assert len(set(bunch.feature_names)) == shape[1]
    assert len(set(bunch.target_names)) == len(np.unique(target))
    assert "doi:" in bunch.DESCR or "arXiv:" in bunch.DESCR
    assert bunch.frame is None
    side = {784: 28, 256: 16}.get(shape[1])
    assert ("images" in bunch) == (side is not None)
    if side is not None:
        assert bunch.images.shape == (shape[0], side, side)
        assert np.shares_memory(bunch.images, bunch.data)


@pytest.mark.filterwarnings(f"ignore:.*{UNFAMILIAR}")
def test_mnist_test_is_the_end_of_mnist(tmp_path):
    data, target = made_up("mnist")
    np.savez_compressed(tmp_path / "mnist.npz", data=data, target=target)
    X, y = datasets.load_mnist_test(data_home=tmp_path, return_X_y=True)
    np.testing.assert_array_equal(X, data[60000:])
    np.testing.assert_array_equal(y, target[60000:])
    assert X.base is None


@pytest.mark.filterwarnings(f"ignore:.*{UNFAMILIAR}")
def test_as_frame(pendigits_folder):
    bunch = datasets.load_pendigits(data_home=pendigits_folder, as_frame=True)
    assert isinstance(bunch.data, pd.DataFrame)
    assert isinstance(bunch.target, pd.Series)
    assert list(bunch.data.columns) == bunch.feature_names
    assert bunch.feature_names[:3] == ["x1", "y1", "x2"]
    assert list(bunch.frame.columns) == [*bunch.feature_names, "target"]
    X, y = datasets.load_pendigits(data_home=pendigits_folder, as_frame=True, return_X_y=True)
    pd.testing.assert_frame_equal(X, bunch.data)
    pd.testing.assert_series_equal(y, bunch.target)
    plain = datasets.load_pendigits(data_home=pendigits_folder)
    np.testing.assert_array_equal(X.to_numpy(), plain.data)
    assert (X.dtypes == np.float32).all()


def test_as_frame_without_pandas(pendigits_folder, monkeypatch):
    monkeypatch.setitem(sys.modules, "pandas", None)
    with pytest.raises(ImportError, match=r"as_frame=True needs.*skn2d\[plot\]"):
        datasets.load_pendigits(data_home=pendigits_folder, as_frame=True)


def rewrite(**changes):
    def apply(path):
        with np.load(path) as archive:
            arrays = dict(archive)
        for key, change in changes.items():
            arrays[key] = change(arrays[key])
        np.savez(path, **arrays)

    return apply


def truncate(path):
    path.write_bytes(path.read_bytes()[:-1000])


def flip_a_byte(path):
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 0xFF
    path.write_bytes(content)


def other_keys(path):
    np.savez(path, X=np.zeros(3), y=np.zeros(3))


def single_array(path):
    with open(path, "wb") as file:
        np.save(file, np.zeros((10992, 16)))


@pytest.mark.parametrize(
    ("spoil", "match"),
    [
        (truncate, "damaged or no .npz archive"),
        (flip_a_byte, "CRC"),
        (lambda path: path.write_bytes(b""), "damaged or no .npz archive"),
        (lambda path: path.write_text("not found"), "damaged or no .npz archive"),
        (other_keys, "data"),
        (single_array, "damaged or no .npz archive"),
        (rewrite(data=lambda data: data[1:]), r"shape \(10991, 16\).*expected \(10992, 16\)"),
        (rewrite(data=lambda data: data[:, 0]), r"shape \(10992,\)"),
        (rewrite(target=lambda target: target[:, None]), r"target \(10992, 1\)"),
        (rewrite(data=lambda data: data.astype("float64")), "float64"),
        (rewrite(data=lambda data: data.astype(object)), "allow_pickle"),
        (rewrite(target=lambda target: target.astype("int64")), "int64"),
        (rewrite(target=lambda target: target % 5), "the classes have"),
        (rewrite(target=lambda target: target + np.uint8(1)), "the classes have"),
        (rewrite(data=lambda data: data * np.float32(2)), "expected 0 to 100"),
        (rewrite(data=lambda data: data * np.float32("nan")), "nan"),
    ],
)
def test_wrong_file_names_itself_and_the_way_out(spoil, match, pendigits_folder):
    path = pendigits_folder / "pendigits.npz"
    spoil(path)
    spoilt = path.read_bytes()
    with pytest.raises(ValueError, match=f"(?s){match}") as error:
        datasets.load_pendigits(data_home=pendigits_folder)
    assert str(path) in str(error.value)
    assert "Delete the file" in str(error.value)
    assert path.read_bytes() == spoilt


@pytest.mark.parametrize("source", ["data_home", "SKN2D_DATA"])
def test_a_file_in_place_of_the_folder(source, pendigits_folder, monkeypatch):
    path = pendigits_folder / "pendigits.npz"
    if source == "SKN2D_DATA":
        monkeypatch.setenv(source, str(path))
    with pytest.raises(
        ValueError, match=f"{source} must name a folder.*{re.escape(path.name)}"
    ):
        datasets.load_pendigits(data_home=path if source == "data_home" else None)


@pytest.mark.parametrize(
    "bad", [{"data_home": 3}, {"return_X_y": "yes"}, {"as_frame": None}], ids=str
)
@pytest.mark.parametrize("name", datasets.__all__)
def test_bad_parameters(name, bad):
    with pytest.raises(ValueError, match=next(iter(bad))):
        getattr(datasets, name)(**bad)
