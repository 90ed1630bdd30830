"""Models in files: copies, fresh processes, light loading, formats, sizes."""

import copy
import copyreg
import io
import json
import pickle
import subprocess
import sys
from pathlib import Path

import hdbscan
import joblib
import numpy as np
import pytest
import skops.io
import umap
from sklearn.base import clone
from sklearn.cluster import AgglomerativeClustering, KMeans
from sklearn.datasets import load_digits
from sklearn.decomposition import PCA
from sklearn.manifold import Isomap
from sklearn.model_selection import GridSearchCV
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from skn2d import AutoencoderTransformer, InductiveManifold, N2DClusterer

pytestmark = pytest.mark.usefixtures("one_thread")

X = load_digits().data
X_NEW, X = X[300:400], X[:300]


def make_autoencoder(**params):
    return AutoencoderTransformer(3, hidden_units=(16,), epochs=2, **params)


def make_model(n_clusters=5, **params):
    params = {"autoencoder": make_autoencoder(), "random_state": 0, **params}
    return N2DClusterer(n_clusters, **params)


def search_best():
    search = GridSearchCV(make_model(), {"manifold__n_neighbors": [10]}, cv=2)
    return search.fit(X).best_estimator_


REAL = {
    "default steps": lambda: make_model().fit(X),
    "two networks": lambda: make_model(autoencoder=make_autoencoder(n_estimators=2)).fit(X),
    "UMAP given": lambda: make_model(manifold=umap.UMAP(n_neighbors=10)).fit(X),
    "UMAP filled in": lambda: make_model().set_params(manifold__n_neighbors=10).fit(X),
    "best of a search": search_best,
    "unknown number": lambda: make_model(None).fit(X),
    "HDBSCAN given": lambda: make_model(
        clusterer=hdbscan.HDBSCAN(min_cluster_size=8), manifold=umap.UMAP()
    ).fit(X),
    "for inference": lambda: make_model().fit(X).for_inference(),
    "within a pipeline": lambda: make_pipeline(StandardScaler(), make_model()).fit(X),
}


def residual(n_features, latent_dim):
    """A user's own network that is no chain of dense layers."""
    import keras

    layers = keras.layers
    inputs = keras.Input((n_features,))
    hidden = layers.LayerNormalization()(layers.Dense(8, activation="relu")(inputs))
    hidden = layers.Add()([hidden, layers.Dense(8, activation="tanh")(hidden)])
    code = layers.Dense(latent_dim)(hidden)
    return inputs, code, layers.Dense(n_features)(layers.Dense(8, activation="relu")(code))


@pytest.fixture(scope="module")
def models():
    return {name: make() for name, make in REAL.items()}


@pytest.fixture(scope="module")
def model(models):
    return models["default steps"]


@pytest.fixture(scope="module")
def quick():
    return make_model(autoencoder=PCA(5), manifold=Isomap(n_neighbors=40)).fit(X)


def check_same(found, expected):
    for method in ("predict", "transform", "predict_proba"):
        np.testing.assert_array_equal(
            getattr(found, method)(X_NEW), getattr(expected, method)(X_NEW)
        )


# In this process.


def by_joblib(estimator, folder):
    joblib.dump(estimator, folder / "model.joblib")
    return joblib.load(folder / "model.joblib")


WAYS = {
    "joblib": by_joblib,
    "pickle": lambda estimator, folder: pickle.loads(pickle.dumps(estimator)),
    "deepcopy": lambda estimator, folder: copy.deepcopy(estimator),
    "twice": lambda estimator, folder: copy.deepcopy(pickle.loads(pickle.dumps(estimator))),
}


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("name", REAL)
def test_a_copy_answers_alike(models, name, way, tmp_path):
    original = models[name]
    copied = WAYS[way](original, tmp_path)
    check_same(copied, original)
    if name == "within a pipeline":
        copied, original = copied[-1], original[-1]
    for attribute in ("labels_", "embedding_", "probabilities_", "n_clusters_"):
        np.testing.assert_array_equal(getattr(copied, attribute), getattr(original, attribute))


@pytest.mark.parametrize("name", REAL)
def test_a_loaded_model_can_be_cloned_and_fitted_again(models, name):
    original = models[name]
    loaded = pickle.loads(pickle.dumps(original))
    assert repr(loaded.get_params()) == repr(original.get_params())
    check_same(pickle.loads(pickle.dumps(clone(loaded))).fit(X), original)


def test_an_unfitted_model_is_saved_with_its_steps():
    given = make_model(manifold=umap.UMAP(n_neighbors=9, metric="cosine"))
    loaded = pickle.loads(pickle.dumps(given))
    assert loaded.manifold.n_neighbors == 9
    assert loaded.manifold.metric == "cosine"
    loaded.set_params(manifold__n_neighbors=4)
    assert loaded.manifold.n_neighbors == 4
    assert given.manifold.n_neighbors == 9


def test_a_deepcopy_shares_nothing(model):
    before = model.predict(X_NEW)
    copied = copy.deepcopy(model)
    copied.pipeline_["manifold"].coordinates_ += 100
    copied.pipeline_["autoencoder"].networks_[0].get_weights()[0][:] = 0
    np.testing.assert_array_equal(model.predict(X_NEW), before)


def test_workers_answer_alike(model):
    parts = np.array_split(X_NEW, 4)
    labels = joblib.Parallel(n_jobs=2)(joblib.delayed(model.predict)(part) for part in parts)
    np.testing.assert_array_equal(np.concatenate(labels), model.predict(X_NEW))


@pytest.mark.parametrize("step", ["autoencoder", "manifold", "clusterer"])
def test_the_steps_alone_can_be_saved(models, step):
    fitted = models["unknown number"].pipeline_
    rows = X_NEW
    for name, estimator in fitted.steps:
        method = "predict" if name == "clusterer" else "transform"
        if name == step:
            loaded = pickle.loads(pickle.dumps(estimator))
            expected = getattr(estimator, method)(rows)
            np.testing.assert_array_equal(getattr(loaded, method)(rows), expected)
            break
        rows = estimator.transform(rows)


# In a fresh process.


def run_fresh(program, folder):
    done = subprocess.run(
        [sys.executable, "-c", program, str(folder)],
        cwd=Path(__file__).parent,
        capture_output=True,
        text=True,
        timeout=300,
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout.splitlines()[-1])


REFUSE = """
import sys

class Refuse:
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] in ("tensorflow", "keras", "umap", "numba", "hdbscan"):
            raise ImportError(name + " is refused")

sys.meta_path.insert(0, Refuse())
"""

ANSWER = """
import json, pathlib, sys
import joblib, numpy

folder = pathlib.Path(sys.argv[1])
rows = numpy.load(folder / "rows.npy")
for path in folder.glob("*.joblib"):
    model = joblib.load(path)
    answers = [model.predict(rows), model.transform(rows), model.predict_proba(rows)]
    numpy.savez(path.with_suffix(".npz"), *answers)
print(json.dumps([name for name in sys.modules if "." not in name]))
"""


@pytest.fixture(scope="module")
def answered(models, tmp_path_factory):
    """Folder with what a process in which heavy packages cannot be imported has answered."""
    folder = tmp_path_factory.mktemp("models")
    np.save(folder / "rows.npy", X_NEW)
    for name, fitted in models.items():
        joblib.dump(fitted, folder / f"{name}.joblib")
    loaded = run_fresh(REFUSE + ANSWER, folder)
    assert "skn2d" in loaded
    assert {"tensorflow", "keras", "umap", "numba", "hdbscan"}.isdisjoint(loaded)
    return folder


@pytest.mark.parametrize("name", REAL)
def test_predicts_in_a_fresh_process_without_heavy_packages(models, name, answered):
    with np.load(answered / f"{name}.npz") as answers:
        labels, places, memberships = answers.values()
    np.testing.assert_array_equal(labels, models[name].predict(X_NEW))
    np.testing.assert_array_equal(places, models[name].transform(X_NEW))
    np.testing.assert_allclose(memberships, models[name].predict_proba(X_NEW), atol=1e-12)


def test_the_first_label_of_a_process_waits_for_no_slow_part_of_scikit_learn(model, tmp_path):
    np.save(tmp_path / "rows.npy", X_NEW)
    joblib.dump(model, tmp_path / "model.joblib")
    program = """
import json, sys
import joblib, numpy
model = joblib.load(sys.argv[1] + "/model.joblib")
labels = model.predict(numpy.load(sys.argv[1] + "/rows.npy"))
slow = {f"sklearn.{name}" for name in ("mixture", "cluster", "neighbors", "decomposition")}
early = slow.intersection(sys.modules)
model.pipeline_
print(json.dumps([labels.tolist(), sorted(early), "sklearn.mixture" in sys.modules]))
"""
    expected = model.predict(X_NEW).tolist()
    assert run_fresh(program, tmp_path) == [expected, [], True]


def test_refusing_packages_works(tmp_path):
    """The test of the test: what is refused there cannot be imported."""
    tried = """
import json
try:
    import umap
except ImportError as error:
    print(json.dumps(str(error)))
"""
    assert run_fresh(REFUSE + tried, tmp_path) == "umap is refused"


def test_a_missing_package_is_named_when_its_step_is_asked_for(models, tmp_path):
    joblib.dump(models["UMAP given"], tmp_path / "model.joblib")
    program = """
import json, joblib
model = joblib.load(sys.argv[1] + "/model.joblib")
try:
    model.manifold
except AttributeError as error:
    print(json.dumps(str(error)))
"""
    message = run_fresh(REFUSE + program, tmp_path)
    assert "umap" in message
    assert "Install the package" in message


def test_a_network_of_the_user_predicts_in_a_fresh_process(tmp_path):
    # By its name in this module, under which the other process finds it.
    from test_persistence import residual

    autoencoder = AutoencoderTransformer(3, architecture=residual, epochs=2)
    fitted = make_model(autoencoder=autoencoder, manifold=Isomap(n_neighbors=40)).fit(X)
    np.save(tmp_path / "rows.npy", X_NEW)
    joblib.dump(fitted, tmp_path / "model.joblib")
    assert "keras" in run_fresh(ANSWER, tmp_path)
    with np.load(tmp_path / "model.npz") as answers:
        labels, places, _ = answers.values()
    np.testing.assert_array_equal(labels, fitted.predict(X_NEW))
    np.testing.assert_allclose(places, fitted.transform(X_NEW), rtol=1e-5)


# skops.


@pytest.mark.parametrize("name", REAL)
def test_skops_asks_to_trust_nothing_but_this_package(models, name):
    data = skops.io.dumps(models[name])
    untrusted = skops.io.get_untrusted_types(data=data)
    assert untrusted
    assert [t for t in untrusted if not t.startswith("skn2d.")] == []
    check_same(skops.io.loads(data, trusted=untrusted), models[name])


def test_skops_reads_what_is_given_in_place_of_a_step():
    params = {"autoencoder": PCA(5), "manifold": Isomap(n_neighbors=40)}
    for clusterer in (KMeans(5), AgglomerativeClustering(5)):
        fitted = make_model(clusterer=clusterer, **params).fit(X)
        data = skops.io.dumps(fitted)
        untrusted = skops.io.get_untrusted_types(data=data)
        assert [t for t in untrusted if not t.startswith("skn2d.")] == []
        loaded = skops.io.loads(data, trusted=untrusted)
        np.testing.assert_array_equal(loaded.predict(X_NEW), fitted.predict(X_NEW))


# Formats and damage.


def write_as(estimator, **changes):
    """Pickle an estimator as a version with another state would have."""

    class Pickler(pickle.Pickler):
        def reducer_override(self, obj):
            if obj is not estimator:
                return NotImplemented
            state = {**obj.__getstate__(), **changes}
            kept = {name: value for name, value in state.items() if value is not ...}
            return copyreg.__newobj__, (type(obj),), kept

    file = io.BytesIO()
    Pickler(file).dump(estimator)
    return file.getvalue()


@pytest.mark.parametrize("found", [0, 3, 1000, "1", None, ...])
def test_other_formats_are_refused_in_clear_words(quick, found):
    data = write_as(quick, _skn2d_format=found, _skn2d_versions={"skn2d": "7.8.9"})
    shown = None if found is ... else found
    message = f"N2DClusterer was saved in format {shown!r} by skn2d 7.8.9.*formats 1 to 2"
    with pytest.raises(ValueError, match=message + ".*Install the version"):
        pickle.loads(data)


@pytest.mark.parametrize("found", [1, 2])
def test_older_and_present_formats_are_read(quick, found):
    loaded = pickle.loads(write_as(quick, _skn2d_format=found))
    np.testing.assert_array_equal(loaded.predict(X_NEW), quick.predict(X_NEW))


def test_the_state_names_the_versions(quick):
    versions = quick.__getstate__()["_skn2d_versions"]
    assert set(versions) >= {"skn2d", "python", "numpy", "scikit-learn", "keras"}


def test_a_state_of_something_else_is_refused():
    with pytest.raises(ValueError, match="saved in format None"):
        N2DClusterer().__setstate__({"n_clusters": 3})


def test_a_truncated_file_gives_no_model(quick, tmp_path):
    path = tmp_path / "model.joblib"
    joblib.dump(quick, path)
    data = path.read_bytes()
    for part in (0.1, 0.5, 0.9, 0.999):
        path.write_bytes(data[: int(part * len(data))])
        with pytest.raises((EOFError, ValueError, pickle.UnpicklingError, OSError)):
            joblib.load(path)


# Sizes.


def file_size(estimator, folder):
    joblib.dump(estimator, folder / "model.joblib")
    return (folder / "model.joblib").stat().st_size


def test_a_file_holds_weights_codes_and_places_once(tmp_path):
    autoencoder = AutoencoderTransformer(3, hidden_units=(200, 100), epochs=1)
    fitted = make_model(autoencoder=autoencoder).fit(X)
    manifold = fitted.pipeline_["manifold"]
    weights = fitted.pipeline_["autoencoder"].networks_[0].get_weights()
    arrays = [manifold.codes_, manifold.coordinates_, fitted.labels_, fitted.probabilities_]
    needed = sum(array.nbytes for array in [*weights, *arrays])
    assert needed < file_size(fitted, tmp_path) < 1.02 * needed + 10_000


def test_a_file_for_inference_holds_no_decoders(tmp_path):
    autoencoder = AutoencoderTransformer(3, hidden_units=(200, 100), epochs=1, n_estimators=2)
    fitted = make_model(autoencoder=autoencoder).fit(X)
    networks = fitted.pipeline_["autoencoder"].networks_
    decoders = sum(w.nbytes for n in networks for w in n.decoder.get_weights())
    difference = file_size(fitted, tmp_path) - file_size(fitted.for_inference(), tmp_path)
    assert 0.98 * decoders < difference < 1.02 * decoders + 10_000
    loaded = joblib.load(tmp_path / "model.joblib")
    np.testing.assert_array_equal(loaded.predict(X_NEW), fitted.predict(X_NEW))
    # What was loaded can be made smaller where neither umap nor Keras can be imported.
    joblib.dump(fitted, tmp_path / "model.joblib")
    program = """
import json, os, joblib
path = sys.argv[1] + "/model.joblib"
before = os.path.getsize(path)
joblib.dump(joblib.load(path).for_inference(), path)
print(json.dumps(before - os.path.getsize(path)))
"""
    assert run_fresh(REFUSE + program, tmp_path) == pytest.approx(difference, abs=2000)


def test_a_file_holds_no_search_tree_and_no_second_embedding(tmp_path):
    rows = np.random.RandomState(0).normal(size=(20_000, 10)).astype(np.float32)
    manifold = InductiveManifold(PCA(2))
    fitted = make_model(
        autoencoder="passthrough", manifold=manifold, clusterer=KMeans(5, n_init=1)
    ).fit(rows)
    needed = rows.nbytes + 20_000 * 2 * 4 + fitted.labels_.nbytes
    labels_of_kmeans = 20_000 * 4
    cells = 20_000 * 4  # which rows are in which
    assert file_size(fitted, tmp_path) < needed + labels_of_kmeans + cells + 20_000


def test_using_a_model_does_not_make_its_file_grow(model, tmp_path):
    before = file_size(model, tmp_path)
    copied = joblib.load(tmp_path / "model.joblib")
    copied.predict(X_NEW)
    copied.predict_proba(X_NEW)
    assert copied.pipeline_["autoencoder"].encoder_.count_params() > 0
    assert file_size(copied, tmp_path) < 1.02 * before
