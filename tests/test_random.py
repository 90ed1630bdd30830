"""Seeds derived from random_state, and the fence around the global generators."""

import random

import numpy as np
import pytest

from skn2d._random import derive_seeds, fenced_global_seed


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


def test_the_fence_holds_when_something_fails():
    before = random.getstate()
    with pytest.raises(ZeroDivisionError), fenced_global_seed(3):
        _ = draw()[0] / 0
    assert random.getstate() == before
