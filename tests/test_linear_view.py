"""Principal components beside the codes: what they are, for dense and for sparse rows."""

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal
from scipy import sparse
from sklearn.decomposition import PCA

from skn2d import AutoencoderTransformer, InductiveManifold
from skn2d._linear_view import principal_components
from skn2d._scaling import ScaledRows

X = np.random.RandomState(0).randn(300, 20) * np.linspace(3, 0.1, 20) + 5


def small(**params):
    defaults = {"latent_dim": 3, "hidden_units": (16,), "epochs": 2, "random_state": 0}
    return AutoencoderTransformer(**{**defaults, **params})


def test_the_components_follow_the_codes():
    model = small(n_estimators=2, n_principal_components=4).fit(X)
    codes = model.transform(X)
    assert codes.shape == (300, 10)
    assert len(model.get_feature_names_out()) == 10
    expected = PCA(4).fit_transform(X)
    for column, component in zip(codes.T[6:], expected.T, strict=True):
        assert abs(np.corrcoef(column, component)[0, 1]) > 0.9999
    # As much as the three standardised columns of one network.
    assert_allclose(codes[:, 6:].var(axis=0).sum(), 3, rtol=0.01)
    assert_allclose(codes[:, :6].var(axis=0), 1, rtol=0.01)


def test_there_are_no_more_components_than_columns():
    model = small(n_principal_components=40).fit(X)
    assert model.transform(X).shape == (300, 23)


def test_components_that_hold_all_of_the_rows_count_as_much_as_all_networks():
    codes = small(n_estimators=2, n_principal_components=20).fit_transform(X)
    assert_allclose(codes[:, 6:].var(axis=0).sum(), 6, rtol=0.01)
    codes = small(n_estimators=2, n_principal_components=19).fit_transform(X)
    assert_allclose(codes[:, 6:].var(axis=0).sum(), 3, rtol=0.01)


def test_rows_are_restored_from_the_codes_alone():
    model = small(n_estimators=2, n_principal_components=4).fit(X)
    codes = model.transform(X)
    restored = model.inverse_transform(codes)
    assert_allclose(model.decoder_.predict(codes, verbose=0), restored, atol=1e-4)
    assert_allclose(model.encoder_.predict(X, verbose=0), codes, atol=5e-3)
    codes[:, 6:] = 0
    assert_array_equal(model.inverse_transform(codes), restored)


@pytest.mark.parametrize("n_columns", [30, 2500])
def test_sparse_rows_have_the_components_of_dense_ones(n_columns):
    random = sparse.random(200, n_columns, density=0.1, format="csr", random_state=0)
    spread = np.r_[90, 40, 20, np.ones(n_columns - 3)]
    rows = random @ sparse.diags(spread)
    shift = np.asarray(rows.mean(axis=0)).ravel()
    views = [
        principal_components(ScaledRows(given, shift, 0.5), np.arange(200), 3, 7.0, 0)
        for given in (rows.tocsr(), rows.toarray())
    ]
    codes = [view.encode(ScaledRows(rows.toarray(), shift, 0.5)[:]) for view in views]
    assert_allclose(np.abs(codes[0]), np.abs(codes[1]), atol=0.02)
    assert_allclose(codes[0].var(axis=0).sum(), 7, rtol=0.01)


def test_a_manifold_holds_joined_codes_in_half_precision():
    codes = small(n_estimators=2).fit(X).transform(X)
    manifold = InductiveManifold(PCA(2)).fit(codes)
    assert manifold.codes_.dtype == np.float16
    assert_array_equal(manifold.codes_, codes)
    assert_allclose(manifold.transform(codes), manifold.embedding_)
