"""The default mixture: starts on some rows, the fit on all."""

import numpy as np
from sklearn.base import clone
from sklearn.datasets import make_blobs
from sklearn.metrics import adjusted_rand_score
from sklearn.mixture import GaussianMixture

from skn2d._mixture import _MAX_STARTED_ROWS, SampledStartsMixture

MANY = _MAX_STARTED_ROWS + 5000
X, _ = make_blobs(MANY, centers=20 * np.eye(6), random_state=0)


def test_of_few_rows_it_is_that_of_scikit_learn():
    ours = SampledStartsMixture(6, n_init=3, random_state=0).fit(X[:500])
    theirs = GaussianMixture(6, n_init=3, random_state=0).fit(X[:500])
    np.testing.assert_array_equal(ours.means_, theirs.means_)


def test_many_rows_are_all_fitted_from_the_best_start():
    mixture = SampledStartsMixture(6, n_init=10, random_state=0)
    labels = mixture.fit_predict(X)
    np.testing.assert_array_equal(mixture.predict(X), labels)
    theirs = GaussianMixture(6, n_init=10, random_state=0).fit(X)
    assert adjusted_rand_score(theirs.predict(X), labels) == 1
    # Each mean is that of its rows; the means of 20,000 of them are off by .01.
    order, other = (m.means_[np.lexsort(m.means_.T)] for m in (mixture, theirs))
    np.testing.assert_allclose(order, other, atol=1e-6)


def test_the_starts_see_a_part_of_many_rows(monkeypatch):
    seen = []
    initialize = GaussianMixture._initialize_parameters

    def watched(self, X, *args, **kwargs):
        seen.append(len(X))
        return initialize(self, X, *args, **kwargs)

    monkeypatch.setattr(GaussianMixture, "_initialize_parameters", watched)
    SampledStartsMixture(6, n_init=4, random_state=0).fit(X)
    assert seen == [_MAX_STARTED_ROWS] * 4


def test_a_fit_changes_no_parameter_and_forgets_the_last_one():
    mixture = SampledStartsMixture(6, n_init=2, random_state=0)
    params = mixture.get_params()
    first = mixture.fit(X).means_
    assert mixture.get_params() == params
    np.testing.assert_array_equal(mixture.fit(X).means_, first)
    np.testing.assert_array_equal(clone(mixture).fit(X).means_, first)
