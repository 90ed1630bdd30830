"""The default clusterer: a mixture that chooses its start by the graph of neighbours."""

import warnings

import joblib
import numpy as np
import pandas as pd
import pytest
from numpy.testing import assert_allclose, assert_array_equal
from sklearn.base import clone
from sklearn.datasets import make_blobs
from sklearn.exceptions import ConvergenceWarning
from sklearn.metrics import adjusted_rand_score
from sklearn.mixture import GaussianMixture
from sklearn.utils.estimator_checks import check_estimator

from skn2d import _mixture
from skn2d._density_start import density_groups
from skn2d._mixture import NeighborMixture
from skn2d._neighbor_graph import NeighborGraph


@pytest.fixture(scope="module")
def rows():
    return make_blobs(900, 3, centers=12, cluster_std=1.2, random_state=3)[0]


def test_it_is_an_estimator():
    check_estimator(NeighborMixture(n_init=2))


def test_the_start_that_keeps_neighbours_together_is_kept(rows):
    graph = NeighborGraph(rows)

    def quality(mixture):
        return graph.modularity(mixture.fit_predict(rows))

    mixture = NeighborMixture(12, n_init=10, random_state=0)
    single = [quality(GaussianMixture(12, random_state=seed)) for seed in range(10)]
    assert quality(mixture) > np.median(single)
    assert quality(mixture) >= quality(clone(mixture).set_params(n_init=2))


def test_it_is_a_mixture_like_any_other(rows, tmp_path):
    mixture = NeighborMixture(12, n_init=4, random_state=0).fit(rows)
    assert mixture.get_params() == {
        **GaussianMixture(12, n_init=4, random_state=0).get_params(),
    }
    assert isinstance(mixture, GaussianMixture)
    assert mixture.converged_
    assert mixture.means_.shape == (12, 3)
    labels = mixture.predict(rows)
    assert_array_equal(mixture.fit_predict(rows), labels)
    assert_allclose(mixture.predict_proba(rows).sum(axis=1), 1)
    joblib.dump(mixture, tmp_path / "mixture.joblib")
    assert_array_equal(joblib.load(tmp_path / "mixture.joblib").predict(rows), labels)


@pytest.mark.parametrize("covariance_type", ["full", "tied", "diag", "spherical"])
def test_starts_are_fitted_to_some_rows_and_continued_with_all(
    covariance_type, rows, monkeypatch
):
    n_rows = []
    fit = GaussianMixture.fit_predict

    def watched(self, X, y=None):
        n_rows.append(len(X))
        return fit(self, X)

    monkeypatch.setattr(_mixture, "_MAX_DENSE_GROUPS", 0)
    monkeypatch.setattr(_mixture, "_MIN_ROWS", 300)
    monkeypatch.setattr(_mixture, "_ROWS_PER_COLUMN", 5)
    monkeypatch.setattr(GaussianMixture, "fit_predict", watched)
    mixture = NeighborMixture(12, covariance_type=covariance_type, n_init=7, random_state=0)
    mixture.fit(rows)
    assert n_rows == [300] * 7 + [900] * 5
    labels = mixture.predict(rows)
    assert_array_equal(clone(mixture).fit(rows).predict(rows), labels)
    assert len(np.unique(labels)) > 9


def test_one_start_and_given_means_are_left_to_scikit_learn(rows):
    for params in ({"n_init": 1}, {"n_init": 3, "means_init": rows[:12]}):
        ours = NeighborMixture(12, random_state=0, **params).fit(rows)
        theirs = GaussianMixture(12, random_state=0, **params).fit(rows)
        assert_array_equal(ours.means_, theirs.means_)


def test_it_says_once_that_it_did_not_converge(rows):
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        NeighborMixture(12, n_init=5, max_iter=1, random_state=0).fit(rows)
    assert [warning.category for warning in caught] == [ConvergenceWarning]
    assert "did not converge in 1 iterations" in str(caught[0].message)


def test_names_of_columns_are_kept(rows):
    table = pd.DataFrame(rows, columns=["a", "b", "c"])
    mixture = NeighborMixture(12, n_init=2, random_state=0).fit(table)
    assert list(mixture.feature_names_in_) == ["a", "b", "c"]
    mixture.predict(table)


@pytest.mark.parametrize(
    ("params", "n_rows", "message"),
    [
        ({"n_init": 0}, 50, "n_init"),
        ({"n_init": "many"}, 50, "n_init"),
        ({"n_init": 2, "n_components": 60}, 50, "n_samples"),
        ({"n_init": 2, "max_iter": -1}, 50, "max_iter"),
    ],
)
def test_what_cannot_be_used_is_refused(params, n_rows, message, rows):
    with pytest.raises(ValueError, match=message):
        NeighborMixture(**{"n_components": 3, **params}).fit(rows[:n_rows])


@pytest.mark.parametrize("n_rows", [_mixture._DENSITY_ROWS, 300])
def test_dense_groups_are_starts_too(n_rows, monkeypatch):
    centers = 6 * np.array([[0, 0], [9, 0], [0, 9], [1, 9], [0, 10], [1, 10], [2, 9]])
    rows, truth = make_blobs(1400, centers=centers, random_state=0)
    monkeypatch.setattr(_mixture, "_DENSITY_ROWS", n_rows)
    monkeypatch.setattr(_mixture, "groups_apart", lambda rows, n_groups: None)
    mixture = NeighborMixture(7, n_init=2, init_params="random", random_state=0)
    assert adjusted_rand_score(truth, mixture.fit_predict(rows)) > 0.99
    assert_array_equal(mixture.fit_predict(rows), clone(mixture).fit_predict(rows))
    monkeypatch.setattr(_mixture, "_MAX_DENSE_GROUPS", 6)
    assert adjusted_rand_score(truth, mixture.fit_predict(rows)) < 0.9


def test_groups_apart_are_kept_where_others_cut_one(monkeypatch):
    centers = np.random.RandomState(1).uniform(-10, 10, size=(4, 5))
    rows, truth = make_blobs([1500, 120, 100, 80], centers=centers, random_state=1)
    monkeypatch.setattr(_mixture, "_MAX_DENSE_GROUPS", 0)
    mixture = NeighborMixture(4, n_init=2, init_params="random", random_state=0)
    table = pd.DataFrame(rows, columns=list("abcde"))
    labels = mixture.fit_predict(table)
    assert adjusted_rand_score(truth, labels) == 1
    assert_array_equal(mixture.predict(table), labels)
    assert mixture.converged_
    assert mixture.tol == GaussianMixture().tol
    monkeypatch.setattr(_mixture, "groups_apart", lambda rows, n_groups: None)
    assert adjusted_rand_score(truth, mixture.fit_predict(table)) < 0.7


def test_flat_groups_are_no_starts():
    rows = 1e6 * np.random.RandomState(0).normal(size=(300, 4))
    # The parts of what is cut have covariances that are none, in float64.
    with pytest.raises(ValueError, match="covariance"):
        density_groups(rows, 12, 0)
    mixture = NeighborMixture(12, n_init=3, random_state=0)
    assert len(np.unique(mixture.fit_predict(rows))) == 12
