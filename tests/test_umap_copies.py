"""Rows of which each has many copies: the same seed gives the same layout."""

import numpy as np
import pytest
import scipy.sparse.linalg

from skn2d import N2DClusterer

pytestmark = pytest.mark.usefixtures("one_thread")


def test_few_distinct_rows_come_out_alike_each_time():
    # Parts of the graph of neighbours are complete, where an eigensolver runs out of vectors.
    X = (np.random.RandomState(0).rand(600, 3) < [0.1, 0.7, 0.9]).astype(np.float64)
    model = N2DClusterer(None, autoencoder="passthrough", n_init=1, random_state=0)
    eigsh = scipy.sparse.linalg.eigsh
    first = model.fit(X).embedding_
    np.testing.assert_array_equal(first, model.fit(X).embedding_)
    assert scipy.sparse.linalg.eigsh is eigsh
