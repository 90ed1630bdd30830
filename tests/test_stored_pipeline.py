"""The mixture of a model file: numbers label rows before its class is imported."""

import copy
import pickle
import pickletools
import warnings

import numpy as np
import pytest
from sklearn.cluster import KMeans
from sklearn.datasets import make_blobs
from sklearn.decomposition import PCA
from sklearn.manifold import Isomap
from sklearn.mixture import BayesianGaussianMixture, GaussianMixture
from sklearn.pipeline import Pipeline
from sklearn.preprocessing import FunctionTransformer

from skn2d import InductiveManifold, N2DClusterer
from skn2d._mixture import default_mixture
from skn2d._stored_pipeline import StoredPipeline

pytestmark = pytest.mark.usefixtures("one_thread")

# Groups of unlike size and spread that touch, so that all numbers of a mixture count.
X, _ = make_blobs(
    [40, 150, 110], 4, centers=np.eye(4)[:3] * 4, cluster_std=[2, 1, 0.5], random_state=0
)
X_NEW = np.random.RandomState(0).uniform(-4, 8, (500, 4))


def fit(**params):
    params = {"autoencoder": PCA(3), "manifold": Isomap(n_components=2), **params}
    return N2DClusterer(3, random_state=0, **params).fit(X)


def loaded(model):
    return pickle.loads(pickle.dumps(model))


@pytest.fixture(scope="module")
def model():
    return fit()


@pytest.mark.parametrize("mixture", [GaussianMixture(3), default_mixture(3)])
def test_numbers_label_as_the_mixture_does(mixture, tmp_path):
    steps = [("manifold", InductiveManifold(PCA(3))), ("clusterer", mixture)]
    pipeline = Pipeline(steps, memory=str(tmp_path), verbose=False).fit(X)
    assert np.ptp(mixture.weights_) > 0.1
    stored = StoredPipeline.of(pipeline)
    for rows in (X, X_NEW, X_NEW[:1]):
        np.testing.assert_array_equal(stored.predict(rows), pipeline.predict(rows))
    assert set(stored.predict(X_NEW)) == {0, 1, 2}
    restored = stored.restore()
    assert type(restored[-1]) is type(mixture)
    assert [name for name, _ in restored.steps] == ["manifold", "clusterer"]
    assert restored.memory == str(tmp_path)
    np.testing.assert_array_equal(restored.predict_proba(X_NEW), pipeline.predict_proba(X_NEW))


def test_a_mixture_is_not_made_to_say_that_it_knows_memberships(model):
    copied = loaded(model)
    assert hasattr(copied, "predict_proba")
    np.testing.assert_array_equal(copied.predict(X_NEW), model.predict(X_NEW))
    assert "pipeline_" not in vars(copied)
    np.testing.assert_array_equal(copied.predict_proba(X_NEW), model.predict_proba(X_NEW))


def test_rows_on_a_border_are_labelled_as_the_mixture_does():
    steps = [("manifold", "passthrough"), ("clusterer", GaussianMixture(2, random_state=0))]
    pipeline = Pipeline(steps).fit(X)
    one, other = (np.resize(X[pipeline.predict(X) == label], (400, 4)) for label in (0, 1))
    for _ in range(60):
        middle = (one + other) / 2
        is_one = (pipeline.predict(middle) == 0)[:, np.newaxis]
        one, other = np.where(is_one, middle, one), np.where(is_one, other, middle)
    rows = np.vstack([one, other])
    assert len(np.unique(pipeline.predict(rows))) == 2
    stored = StoredPipeline.of(pipeline)
    stored.transformers = Pipeline([("manifold", FunctionTransformer())])
    np.testing.assert_array_equal(stored.predict(rows), pipeline.predict(rows))


def test_no_warning_of_versions_when_it_is_made_twice():
    found = loaded(fit(clusterer=GaussianMixture(3)))
    copied = copy.copy(found)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        for model in (found, copied, loaded(found), loaded(copied)):
            assert type(model.pipeline_[-1]) is GaussianMixture


def test_a_file_names_only_classes_that_older_code_has(model):
    """So that it comes to read the format, and says that it cannot."""
    written = pickletools.genops(pickle.dumps(model))
    names = [argument for _, argument, _ in written if isinstance(argument, str)]
    assert "skn2d._n2d" in names
    assert [name for name in names if "_stored_pipeline" in name] == []


def test_places_of_training_rows_need_no_mixture(model):
    found = loaded(model)
    np.testing.assert_array_equal(found.embedding_, model.embedding_)
    assert "pipeline_" not in vars(found)


def test_a_loaded_model_makes_its_mixture_when_it_is_asked_for(model):
    found = loaded(model)
    np.testing.assert_array_equal(found.predict(X_NEW), model.predict(X_NEW))
    np.testing.assert_array_equal(found.transform(X_NEW), model.transform(X_NEW))
    assert "pipeline_" not in vars(found)
    assert type(found.pipeline_["clusterer"]) is type(model.pipeline_["clusterer"])
    assert found.pipeline_ is found.pipeline_
    np.testing.assert_array_equal(found.predict(X_NEW), model.predict(X_NEW))
    np.testing.assert_array_equal(found.predict_proba(X_NEW), model.predict_proba(X_NEW))


def test_what_is_changed_in_the_pipeline_counts(model):
    found = loaded(model)
    mixture = found.pipeline_["clusterer"]
    mixture.weights_ = np.array([0.0, 1.0, 0.0])
    with np.errstate(divide="ignore"):
        assert set(found.predict(X_NEW)) == {1}
        assert set(loaded(found).predict(X_NEW)) == {1}
    assert set(model.predict(X_NEW)) == {0, 1, 2}


def test_another_fit_forgets_what_was_stored(model):
    found = loaded(model).fit(X[:200] * 2)
    assert "_stored" not in vars(found)
    expected = fit().fit(X[:200] * 2).predict(X_NEW)
    np.testing.assert_array_equal(found.predict(X_NEW), expected)
    np.testing.assert_array_equal(loaded(found).predict(X_NEW), expected)


def test_a_copy_for_inference_keeps_nothing_else(model):
    assert "_stored" not in vars(loaded(model).for_inference())


@pytest.mark.parametrize(
    "params",
    [
        {"clusterer": GaussianMixture(3, covariance_type="tied")},
        {"clusterer": BayesianGaussianMixture(n_components=3)},
        {"clusterer": KMeans(3)},
        {"manifold": PCA(2)},
    ],
)
def test_other_steps_are_stored_as_they_are(params):
    found = fit(**params)
    assert "pipeline_" in vars(loaded(found))
    np.testing.assert_array_equal(loaded(found).predict(X_NEW), found.predict(X_NEW))
