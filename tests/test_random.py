"""Seeds derived from random_state, and the fence around the global generators."""

import random
import threading

import numpy as np
import pytest
from sklearn.decomposition import PCA
from sklearn.pipeline import make_pipeline

from skn2d._random import derive_seeds, fenced_global_seed, fill_in


def draw():
    return random.random(), np.random.random()


def test_an_integer_decides_the_seeds():
    seeds = derive_seeds(0, 5)
    assert seeds == derive_seeds(0, 5)
    assert len(set(seeds)) == 5
    assert seeds != derive_seeds(1, 5)


def test_first_seeds_do_not_depend_on_how_many_are_drawn():
    assert derive_seeds(0, 2) == derive_seeds(0, 5)[:2]


def test_seeds_are_plain_integers_that_every_package_takes():
    for seed in derive_seeds(0, 100):
        assert type(seed) is int
        assert 0 <= seed < 2**31 - 1


def test_a_generator_moves_on():
    generator = np.random.RandomState(0)
    assert derive_seeds(generator, 2) + derive_seeds(generator, 2) == derive_seeds(0, 4)


def test_none_gives_other_seeds_each_time():
    assert derive_seeds(None, 3) != derive_seeds(None, 3)


def test_no_seeds():
    assert derive_seeds(0, 0) == []


def test_unusable_random_state():
    with pytest.raises(ValueError, match="'zero'"):
        derive_seeds("zero", 1)


def test_filling_in_reaches_nested_estimators_and_leaves_what_is_set():
    pipeline = make_pipeline(PCA(), PCA(random_state=1))
    fill_in(pipeline, "random_state", 3)
    assert [step.random_state for _, step in pipeline.steps] == [3, 1]
    assert pipeline.get_params()["pca-1__n_components"] is None


def test_filling_in_none_changes_nothing():
    pca = PCA()
    fill_in(pca, "random_state", None)
    assert pca.get_params() == PCA().get_params()


def test_inside_the_fence_the_seed_decides():
    with fenced_global_seed(3):
        first = draw()
    with fenced_global_seed(3):
        assert draw() == first
    with fenced_global_seed(4):
        assert draw() != first


def test_outside_nothing_has_happened():
    random.seed(1)
    np.random.seed(1)
    expected = draw()
    random.seed(1)
    np.random.seed(1)
    with fenced_global_seed(3):
        draw()
        with fenced_global_seed(4):
            draw()
    assert draw() == expected


def test_outside_nothing_has_happened_where_fences_of_threads_overlap():
    random.seed(1)
    np.random.seed(1)
    before = random.getstate(), np.random.get_state()[1].tolist()
    is_in, is_out = threading.Event(), threading.Event()

    def first():
        with fenced_global_seed(3):
            assert is_in.wait(30)
        is_out.set()

    thread = threading.Thread(target=first)
    thread.start()
    with fenced_global_seed(4):
        is_in.set()
        assert is_out.wait(30)
    thread.join(30)
    assert (random.getstate(), np.random.get_state()[1].tolist()) == before


def test_alone_in_a_fence_others_wait():
    drawn = []

    def other():
        with fenced_global_seed(4):
            drawn.append("other")

    with fenced_global_seed(3, alone=True):
        expected = draw(), draw()
    thread = threading.Thread(target=other)
    with fenced_global_seed(3, alone=True):
        first = draw()
        thread.start()
        thread.join(0.2)
        drawn.append("alone")
        with fenced_global_seed(5, alone=True):  # one inside of the other
            draw()
        assert (first, draw()) == expected
    thread.join(30)
    assert drawn == ["alone", "other"]


def test_there_is_no_fence_without_a_seed():
    np.random.seed(1)
    expected = draw()[1], draw()[1]
    np.random.seed(1)
    with fenced_global_seed(None):
        first = draw()[1]
    assert (first, draw()[1]) == expected


def test_the_fence_holds_when_something_fails():
    before = random.getstate()
    with pytest.raises(ZeroDivisionError), fenced_global_seed(3):
        _ = draw()[0] / 0
    assert random.getstate() == before
