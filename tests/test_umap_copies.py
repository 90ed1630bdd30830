"""Rows of which each has many copies: the same seed gives the same layout."""

import inspect

import numpy as np
import pytest
import scipy.sparse as sp
from scipy.sparse.linalg import eigsh

from skn2d import AutoencoderTransformer, N2DClusterer

pytestmark = [
    pytest.mark.usefixtures("one_thread"),
    pytest.mark.skipif(
        "rng" not in inspect.signature(eigsh).parameters,
        reason="ARPACK, before SciPy 1.17, draws on from call to call and takes no seed",
    ),
]


@pytest.mark.parametrize("inference", ["neighbors", "native"])
def test_few_distinct_rows_come_out_alike_each_time(inference):
    # Parts of the graph of neighbours are complete, where an eigensolver runs out of vectors.
    X = (np.random.RandomState(0).rand(600, 3) < [0.1, 0.7, 0.9]).astype(np.float64)
    params = {"autoencoder": "passthrough", "inference": inference, "n_init": 1}
    model = N2DClusterer(None, random_state=0, **params)
    before = eigsh.__defaults__
    first = model.fit(X).embedding_
    np.testing.assert_array_equal(first, model.fit(X).embedding_)
    assert eigsh.__defaults__ == before


def test_components_of_few_distinct_sparse_rows_are_alike_each_time():
    def documents(n_rows, seed):
        return sp.random(n_rows, 2100, density=0.02, random_state=seed, format="csr")

    model = AutoencoderTransformer(
        2, hidden_units=(8,), epochs=1, n_principal_components=40, random_state=0
    )
    X, new = sp.vstack([documents(35, 0)] * 3, format="csr"), documents(40, 1)
    first = model.fit(X).transform(new)
    np.testing.assert_array_equal(first, model.fit(X).transform(new))
