"""Warnings left out for a while: none is left out afterwards, whatever other threads do."""

import threading
import warnings
from concurrent.futures import ThreadPoolExecutor

import pytest
from sklearn.datasets import make_blobs
from sklearn.exceptions import ConvergenceWarning

from skn2d import N2DClusterer
from skn2d._warning_filters import warning_filters


def says(message, category=UserWarning):
    with warnings.catch_warnings(record=True) as caught:
        warnings.warn(message, category, stacklevel=2)
    return len(caught) == 1


@pytest.fixture(autouse=True)
def filters_of_the_user():
    with warnings.catch_warnings():
        warnings.simplefilter("always")
        yield


def test_what_matches_is_left_out_or_an_error_inside_only():
    change = warning_filters(("ignore", "expected"), ("error", "failed", ConvergenceWarning))
    before = warnings.filters[:]
    with change():
        assert not says("Expected, that is.")
        assert says("not expected")
        assert says("failed")
        with pytest.raises(ConvergenceWarning):
            says("failed", ConvergenceWarning)
    assert warnings.filters == before
    assert says("expected")


def test_filters_that_are_set_meanwhile_and_equal_ones_stay():
    warnings.filterwarnings("ignore", "expected")
    with warning_filters(("ignore", "expected"))():
        warnings.filterwarnings("ignore", "new")
    assert not says("expected")
    assert not says("new")


def test_a_list_that_is_put_back_later_is_clean():
    before = warnings.filters[:]
    change = warning_filters(("ignore", "expected"))()
    change.__enter__()
    with warnings.catch_warnings():
        change.__exit__(None, None, None)
        assert says("expected")
    assert warnings.filters == before


def test_the_last_of_two_threads_takes_them_away():
    change, before = warning_filters(("ignore", "expected")), warnings.filters[:]
    second_is_in, first_is_out = threading.Event(), threading.Event()

    def first():
        with change():
            assert second_is_in.wait(30)
        first_is_out.set()

    def second():
        with change():
            second_is_in.set()
            assert first_is_out.wait(30)
            return says("expected")

    with ThreadPoolExecutor(2) as pool:
        pool.submit(first)
        assert pool.submit(second).result() is False
    assert warnings.filters == before


def test_fits_in_threads_leave_the_filters_as_they_were():
    X, _ = make_blobs(60, centers=3, random_state=0)

    def fit(n_clusters):
        model = N2DClusterer(n_clusters, autoencoder="passthrough", n_init=1, random_state=0)
        return model.fit(X).n_clusters_

    fit(2)  # packages that are imported set filters of their own
    before = warnings.filters[:]
    with ThreadPoolExecutor(3) as pool:
        assert list(pool.map(fit, [2, 3, 4])) == [2, 3, 4]
    assert warnings.filters == before
