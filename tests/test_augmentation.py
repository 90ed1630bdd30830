"""Augmentations: what they change, what they leave, and what they refuse."""

import pickle

import numpy as np
import pytest
from scipy.ndimage import affine_transform
from sklearn.base import clone
from sklearn.datasets import load_digits
from sklearn.model_selection import ParameterGrid
from sklearn.neighbors import KNeighborsClassifier

from skn2d import AutoencoderTransformer
from skn2d.augmentation import (
    Augmentation,
    AugmentationPipeline,
    Crop,
    ElasticDeformation,
    GaussianNoise,
    Jitter,
    Masking,
    Permutation,
    RandomAffine,
    Scaling,
    TimeWarp,
    make_augmentation,
)

ROWS = [GaussianNoise, Masking]
IMAGES = [RandomAffine, ElasticDeformation]
SERIES = [Jitter, Scaling, TimeWarp, Crop, Permutation]
NOTHING = {
    GaussianNoise: {"stddev": 0},
    Masking: {"rate": 0},
    RandomAffine: {"shift": 0, "rotation": 0, "zoom": 0},
    ElasticDeformation: {"alpha": 0},
    Jitter: {"stddev": 0},
    Scaling: {"stddev": 0},
    TimeWarp: {"stddev": 0},
    Crop: {"size": 1},
    Permutation: {"n_segments": 1},
}
IMAGE_SHAPES = [(9, 7), (8, 8, 1), (5, 6, 3), (1, 12), (12, 1), (1, 8, 2)]
SERIES_SHAPES = [(20,), (30, 1), (15, 3), (4, 2)]


def shape_of(kind, shape):
    if kind in ROWS:
        return {}
    return {"image_shape" if kind in IMAGES else "series_shape": shape}


CASES = [
    *[(kind, (24,)) for kind in ROWS],
    *[(kind, shape) for kind in IMAGES for shape in IMAGE_SHAPES],
    *[(kind, shape) for kind in SERIES for shape in SERIES_SHAPES],
]
every_case = pytest.mark.parametrize(("kind", "shape"), CASES)


def make_rows(n_rows, shape, seed=0):
    rows = np.random.RandomState(seed).uniform(-50, 200, (n_rows, *shape))
    return rows.reshape(n_rows, -1).astype(np.float32)


class Largest(np.random.RandomState):
    """Draws the upper end of every range."""

    def uniform(self, low=0.0, high=1.0, size=None):
        return np.full(size, high)


class Network:
    """Stands for a network that knows the shape of a row."""

    def __init__(self, **shape):
        vars(self).update(shape)


def negate(rows, random_state):
    return -rows


# What all of them promise.


@every_case
def test_keeps_shape_dtype_and_input(kind, shape):
    X = make_rows(6, shape)
    before = X.copy()
    X.flags.writeable = False
    changed = kind(**shape_of(kind, shape)).prepare(X.shape[1])(X, np.random.RandomState(0))
    assert changed.shape == X.shape
    assert changed.dtype == np.float32
    assert np.isfinite(changed).all()
    assert not np.shares_memory(changed, X)
    np.testing.assert_array_equal(X, before)


@every_case
def test_seed_decides(kind, shape):
    X = make_rows(6, shape)
    global_state = np.random.get_state()[1].copy()
    augmentation = kind(**shape_of(kind, shape))
    first = augmentation(X, random_state=3)
    np.testing.assert_array_equal(first, augmentation(X, random_state=3))
    np.testing.assert_array_equal(first, augmentation(X, np.random.RandomState(3)))
    assert (first != augmentation(X, random_state=4)).any()
    np.testing.assert_array_equal(np.random.get_state()[1], global_state)


@every_case
def test_batches_differ(kind, shape):
    X = make_rows(6, shape)
    augment = kind(**shape_of(kind, shape)).prepare(X.shape[1])
    random_state = np.random.RandomState(0)
    assert (augment(X, random_state) != augment(X, random_state)).any()


@pytest.mark.parametrize(
    ("kind", "shape"),
    [
        *[(kind, (100,)) for kind in ROWS],
        *[(kind, (9, 7)) for kind in IMAGES],
        *[(kind, (40, 2)) for kind in SERIES],
    ],
)
def test_each_row_has_its_own_draw(kind, shape):
    X = np.tile(make_rows(2, shape), (4, 1))
    changed = kind(**shape_of(kind, shape))(X, random_state=0)
    assert len(np.unique(changed[::2], axis=0)) == 4


@every_case
def test_no_amount_changes_nothing_to_the_bit(kind, shape):
    X = make_rows(6, shape)
    augmentation = kind(**shape_of(kind, shape), **NOTHING[kind])
    np.testing.assert_array_equal(augmentation(X, random_state=0), X)


@every_case
def test_one_row(kind, shape):
    X = make_rows(1, shape)
    changed = kind(**shape_of(kind, shape))(X, random_state=1)
    assert changed.shape == X.shape
    assert np.isfinite(changed).all()
    if kind in ROWS:
        np.testing.assert_array_equal(changed, X)  # their unit is the batch's spread
    elif kind in SERIES:
        assert (changed != X).any()


@every_case
def test_constant_rows_stay(kind, shape):
    X = np.full((5, int(np.prod(shape))), 0.1, dtype=np.float32)
    np.testing.assert_array_equal(kind(**shape_of(kind, shape))(X, random_state=0), X)


@pytest.mark.parametrize("kind", [*IMAGES, *SERIES])
def test_a_large_batch_is_the_same_as_a_small_one(kind):
    """Work goes on in parts; where one ends must not be seen."""
    shape = (40, 40) if kind in IMAGES else (1600,)
    few = make_rows(3, shape)
    many = np.tile(few, (20, 1))
    augmentation = kind(**shape_of(kind, shape), **NOTHING[kind])
    np.testing.assert_array_equal(augmentation(many, random_state=0), many)


@pytest.mark.parametrize("kind", [*ROWS, *IMAGES, *SERIES])
def test_is_an_estimator_to_scikit_learn(kind):
    augmentation = kind(**NOTHING[kind])
    copied = clone(augmentation)
    assert copied is not augmentation
    assert copied.get_params() == augmentation.get_params()
    assert NOTHING[kind].items() <= copied.get_params().items()
    restored = pickle.loads(pickle.dumps(augmentation))
    assert restored.get_params() == augmentation.get_params()
    name = next(iter(NOTHING[kind]))
    nested = clone(AutoencoderTransformer(augmentation=kind()))
    nested.set_params(**{f"augmentation__{name}": 1})
    assert nested.augmentation.get_params()[name] == 1


@pytest.mark.parametrize("dtype", [np.float64, np.uint8, np.float32])
def test_called_like_a_function_takes_any_numbers(dtype):
    X = load_digits().data[:20].astype(dtype)
    changed = RandomAffine((8, 8))(X, random_state=0)
    assert changed.dtype == np.float32
    np.testing.assert_array_equal(
        changed, RandomAffine((8, 8))(X.astype(float).tolist(), random_state=0)
    )


# Rows of any kind.


def test_noise_is_in_units_of_the_spread():
    X = np.random.RandomState(0).normal(1000, [1, 2, 3, 0], (5000, 4)).astype(np.float32)
    noise = (GaussianNoise(stddev=0.5)(X, random_state=0) - X).astype(float)
    expected = 0.5 * np.sqrt(X.astype(float).var(axis=0).mean())
    np.testing.assert_allclose(noise.std(axis=0), expected, rtol=0.05)
    np.testing.assert_allclose(noise.mean(axis=0), 0, atol=0.05)


@pytest.mark.parametrize("offset", [0, 1e6])
def test_noise_follows_the_units_of_the_rows(offset):
    """Neither another unit nor a large offset changes what the noise is relative to X."""
    X = make_rows(64, (30,))
    noise = GaussianNoise()(X, random_state=0) - X
    other = X * 4 + np.float32(offset)
    np.testing.assert_allclose(
        GaussianNoise()(other, random_state=0) - other, noise * 4, atol=0.01 + offset * 2e-7
    )


def test_noise_in_a_small_batch_is_as_strong_on_average():
    X = np.random.RandomState(0).normal(size=(2000, 50)).astype(np.float32)
    augment = GaussianNoise(stddev=1).prepare(50)
    random_state = np.random.RandomState(0)
    pairs = X.reshape(1000, 2, 50)
    power = [np.mean((augment(pair, random_state) - pair) ** 2) for pair in pairs]
    assert np.mean(power) == pytest.approx(1, rel=0.05)


@pytest.mark.parametrize("rate", [0.05, 0.3, 1])
def test_masked_values_are_the_mean_of_their_column(rate):
    X = make_rows(200, (100,))
    changed = Masking(rate=rate)(X, random_state=0)
    masked = changed != X
    assert masked.mean() == pytest.approx(rate, abs=0.01)
    expected = np.broadcast_to(X.mean(axis=0), X.shape)[masked]
    np.testing.assert_allclose(changed[masked], expected, rtol=1e-4, atol=1e-3)
    if rate < 1:
        np.testing.assert_allclose(masked.mean(axis=0), rate, atol=0.2)
        np.testing.assert_allclose(masked.mean(axis=1), rate, atol=0.2)


# Images.


def test_pure_shift_moves_a_pixel():
    image = np.zeros((10, 20), dtype=np.float32)
    image[4, 7] = 5
    # A tenth of the sides: one pixel down, two to the right.
    affine = RandomAffine((10, 20), shift=0.1, rotation=0, zoom=0)
    moved = affine(image.reshape(1, -1), Largest()).reshape(10, 20)
    expected = np.zeros((10, 20))
    expected[5, 9] = 5
    np.testing.assert_allclose(moved, expected, atol=1e-4)


@pytest.mark.parametrize("shape", [(7, 7), (8, 8), (6, 6, 3)])
def test_a_quarter_turn(shape):
    X = make_rows(3, shape)
    turned = RandomAffine(shape, shift=0, rotation=90, zoom=0)(X, Largest())
    expected = [np.rot90(image) for image in X.reshape(-1, *shape)]
    np.testing.assert_allclose(turned.reshape(-1, *shape), expected, atol=0.01)


def test_zoom_enlarges_about_the_centre():
    y, x = np.mgrid[:9, :11].astype(np.float32)
    X = np.stack([y.ravel(), x.ravel()])
    zoomed = RandomAffine((9, 11), shift=0, rotation=0, zoom=0.25)(X, Largest())
    np.testing.assert_allclose(zoomed[0].reshape(9, 11), 4 + (y - 4) / 1.25, atol=1e-4)
    np.testing.assert_allclose(zoomed[1].reshape(9, 11), 5 + (x - 5) / 1.25, atol=1e-4)


@pytest.mark.parametrize("shape", [(9, 7, 1), (12, 16, 3), (1, 9, 2), (45, 50, 1)])
@pytest.mark.parametrize(
    ("fill", "mode"),
    [
        ({}, {"mode": "nearest"}),
        (
            {"fill_mode": "constant", "fill_value": -7.5},
            {"mode": "grid-constant", "cval": -7.5},
        ),
    ],
)
def test_all_at_once_as_scipy_does(shape, fill, mode):
    X = make_rows(20, shape)
    moved = RandomAffine(shape, shift=0.15, rotation=30, zoom=0.2, **fill)(X, Largest())
    sides = np.array(shape[:2])
    cosine, sine = np.cos(np.pi / 6), np.sin(np.pi / 6)
    back = np.array([[cosine, sine], [-sine, cosine]]) / 1.2
    centre = (sides - 1) / 2
    offset = centre - back @ (centre + 0.15 * sides)
    expected = [
        np.stack(
            [affine_transform(c, back, offset, order=1, **mode) for c in np.moveaxis(i, -1, 0)],
            axis=-1,
        )
        for i in X.reshape(-1, *shape).astype(float)
    ]
    np.testing.assert_allclose(moved.reshape(-1, *shape), expected, atol=0.02)


def test_amounts_are_drawn_evenly_to_both_sides():
    x = np.tile(np.arange(101, dtype=np.float32), (1000, 1))
    moved = RandomAffine((1, 101), shift=0.2, rotation=0, zoom=0)(x, random_state=0)
    shift = 50 - moved[:, 50]
    assert np.abs(shift).max() <= 20.2
    assert shift.mean() == pytest.approx(0, abs=1.2)
    assert shift.std() == pytest.approx(20.2 / np.sqrt(3), rel=0.05)


def test_fill_comes_in_from_outside():
    X = np.ones((1, 100), dtype=np.float32)
    params = {"shift": 0.2, "rotation": 0, "zoom": 0, "fill_mode": "constant", "fill_value": 9}
    moved = RandomAffine((10, 10), **params)(X, Largest()).reshape(10, 10)
    expected = np.ones((10, 10))
    expected[:2], expected[:, :2] = 9, 9
    np.testing.assert_array_equal(moved, expected)
    bent = ElasticDeformation((10, 10), 0.1, fill_mode="constant", fill_value=9)(X, 0)
    assert (bent[:, :10] > 1).any()


@pytest.mark.parametrize("kind", IMAGES)
def test_channels_of_an_image_move_together(kind):
    image = make_rows(1, (9, 8, 1)).reshape(9, 8, 1)
    X = np.tile(image * np.float32([1, 2, -4]), (30, 1, 1, 1)).reshape(30, -1)
    channels = kind((9, 8, 3))(X, random_state=0).reshape(30, 9, 8, 3)
    np.testing.assert_array_equal(channels[..., 1], 2 * channels[..., 0])
    np.testing.assert_array_equal(channels[..., 2], -4 * channels[..., 0])


def test_elastic_displacement_is_as_large_and_as_smooth_as_asked():
    x = np.tile(np.arange(60, dtype=np.float32), (300, 40, 1)).reshape(300, -1)
    bent = ElasticDeformation((40, 60), alpha=0.02, sigma=0.1)(x, random_state=0) - x
    field = bent.reshape(300, 40, 60)[:, :, 10:-10]
    assert field.std() == pytest.approx(0.02 * 60, rel=0.05)
    np.testing.assert_allclose(field.std(axis=0), 0.02 * 60, rtol=0.25)
    assert field.mean() == pytest.approx(0, abs=0.05)

    def correlation(a, b):
        return np.mean(a * b) / field.var()

    # Of a Gaussian filter of width sigma: exp(-(distance / 2 sigma) ** 2).
    for distance in (1, 6, 12):
        expected = np.exp(-((distance / 12) ** 2))
        found = correlation(field[:, :, distance:], field[:, :, :-distance])
        assert found == pytest.approx(expected, abs=0.06)
    expected = np.exp(-((4 / 8) ** 2))
    assert correlation(field[:, 4:], field[:, :-4]) == pytest.approx(expected, abs=0.06)


@pytest.mark.parametrize("kind", IMAGES)
def test_moved_digits_are_still_digits(kind):
    X, labels = load_digits(return_X_y=True)
    nearest = KNeighborsClassifier(1).fit(X, labels)
    changed = kind((8, 8))(X, random_state=0)
    assert nearest.score(changed, labels) > 0.85
    assert np.linalg.norm(changed - X, axis=1).min() > 1


# Series.


def test_jitter_is_in_units_of_each_channel():
    scale = np.array([1, 100, 0])
    series = np.random.RandomState(0).normal(7, scale, (50, 200, 3))
    X = series.reshape(50, -1).astype(np.float32)
    noise = (Jitter((200, 3), stddev=0.1)(X, random_state=0) - X).reshape(-1, 3)
    np.testing.assert_allclose(noise.std(axis=0), 0.1 * scale, rtol=0.03)


def test_scaling_has_a_factor_for_each_channel():
    wave = np.sin(np.arange(40))[:, None] * [1, 30] + [0, 500]
    X = np.tile(wave, (500, 1, 1)).reshape(500, -1).astype(np.float32)
    scaled = Scaling((40, 2), stddev=0.2)(X, random_state=0).reshape(500, 40, 2)
    mean = wave.mean(axis=0)
    factors = ((scaled - mean) / (wave - mean))[:, 1:3]
    np.testing.assert_allclose(factors[:, 0], factors[:, 1], atol=1e-3)
    factors = factors[:, 0]
    np.testing.assert_allclose(factors.mean(axis=0), 1, atol=0.03)
    np.testing.assert_allclose(factors.std(axis=0), 0.2, rtol=0.1)
    assert abs(np.corrcoef(factors.T)[0, 1]) < 0.15


@pytest.mark.parametrize("stddev", [0.2, 5])
def test_warped_time_runs_forward_from_end_to_end(stddev):
    X = np.tile(np.arange(50, dtype=np.float32), (200, 1))
    times = TimeWarp((50,), stddev=stddev)(X, random_state=0)
    np.testing.assert_array_equal(times[:, 0], 0)
    np.testing.assert_allclose(times[:, -1], 49, atol=1e-4)
    assert np.diff(times, axis=1).min() >= 0
    assert times.std(axis=0)[25] > 1


def test_speed_of_warped_time_is_as_varied_and_as_smooth_as_asked():
    X = np.tile(np.arange(100, dtype=np.float32), (300, 1))
    times = TimeWarp((100,), stddev=0.2, sigma=0.02)(X, random_state=0)
    assert np.log(np.diff(times, axis=1)).std() == pytest.approx(0.2, rel=0.1)
    times = TimeWarp((100,), stddev=0.2, sigma=0.2)(X, random_state=0)
    assert np.abs(np.diff(np.log(np.diff(times, axis=1)), axis=1)).max() < 0.05


def test_crop_is_a_window_stretched():
    X = np.tile(np.arange(50, dtype=np.float32), (300, 1))
    times = Crop((50,), size=0.8)(X, random_state=0)
    np.testing.assert_allclose(np.diff(times, axis=1), 0.8, atol=1e-4)
    start = times[:, 0]
    assert start.min() == pytest.approx(0, abs=0.3)
    assert start.max() == pytest.approx(0.2 * 49, abs=0.3)
    assert start.mean() == pytest.approx(0.1 * 49, abs=0.6)


@pytest.mark.parametrize("n_segments", [2, 4, 12])
def test_permutation_keeps_the_values_and_the_segments(n_segments):
    X = np.tile(np.arange(12, dtype=np.float32), (400, 1))
    changed = Permutation((12,), n_segments=n_segments)(X, random_state=0)
    np.testing.assert_array_equal(np.sort(changed, axis=1), X)
    n_breaks = (np.diff(changed, axis=1) != 1).sum(axis=1)
    assert n_breaks.max() <= n_segments - 1
    assert n_breaks.max() >= min(n_segments - 1, 6)
    # Any value may come first or last.
    assert len(np.unique(changed[:, 0])) == 12
    assert len(np.unique(changed[:, -1])) == 12


@pytest.mark.parametrize("kind", [TimeWarp, Crop, Permutation])
def test_channels_of_a_series_stay_together(kind):
    series = make_rows(1, (40, 1)).reshape(40, 1) * np.float32([1, 2, -4])
    X = np.tile(series, (30, 1, 1)).reshape(30, -1)
    channels = kind((40, 3))(X, random_state=0).reshape(30, 40, 3)
    np.testing.assert_array_equal(channels[..., 1], 2 * channels[..., 0])
    np.testing.assert_array_equal(channels[..., 2], -4 * channels[..., 0])


@pytest.mark.parametrize("kind", [kind for kind in SERIES if kind is not Permutation])
def test_a_series_of_one_timestep(kind):
    X = make_rows(5, (1, 3))
    assert np.isfinite(kind((1, 3))(X, random_state=0)).all()


# The shape of a row.


@pytest.mark.parametrize("kind", [*IMAGES, *SERIES])
def test_shape_comes_from_the_network(kind):
    shape = (6, 5, 2) if kind in IMAGES else (30, 2)
    X = make_rows(4, shape)
    network = Network(**shape_of(kind, shape))
    changed = kind().prepare(60, network)(X, np.random.RandomState(0))
    np.testing.assert_array_equal(changed, kind(shape)(X, random_state=0))


def test_own_shape_may_repeat_that_of_the_network_but_not_contradict_it():
    X = make_rows(4, (60,))
    for shape in ((6, 10), [np.int64(6), 10], (6, 10, 1)):
        changed = RandomAffine(shape).prepare(60, Network(image_shape=(6, 10)))
        np.testing.assert_array_equal(
            changed(X, np.random.RandomState(0)), RandomAffine((6, 10))(X, random_state=0)
        )
    with pytest.raises(
        ValueError, match=r"image_shape=\(6, 10, 1\), .*Network, for \(10, 6, 1\)"
    ):
        RandomAffine((6, 10)).prepare(60, Network(image_shape=(10, 6)))


@pytest.mark.parametrize(
    ("kind", "network", "sentence"),
    [
        (RandomAffine, None, r"no network was given.*RandomAffine\(image_shape=\(28, 28\)\)"),
        (ElasticDeformation, Network(), "Network has none.*Conv2DArchitecture"),
        (RandomAffine, Network(image_shape=None), "Network has none"),
        (RandomAffine, Network(series_shape=(8, 8)), "Network has none"),
        (TimeWarp, None, r"its series_shape is None.*series_shape=\(128, 3\)\)"),
        (Permutation, Network(image_shape=(8, 8)), "Network has none.*Conv1DArchitecture"),
        (Jitter, lambda n_features, latent_dim: None, "function has none"),
    ],
)
def test_no_shape_known(kind, network, sentence):
    match = f"{kind.__name__} does not know the shape of a row: .*{sentence}"
    with pytest.raises(ValueError, match=match):
        kind().prepare(64, network)


@pytest.mark.parametrize("kind", [*IMAGES, *SERIES])
def test_shape_that_does_not_fit(kind):
    ((name, shape),) = shape_of(kind, (8, 9)).items()
    with pytest.raises(
        ValueError, match=rf"{name}=\(8, 9\) of .*72 values, .* have 64 columns"
    ):
        kind(shape).prepare(64)
    with pytest.raises(ValueError, match=rf"{name}=\(8, 9\) of Network is .*64 columns"):
        kind().prepare(64, Network(**{name: shape}))


@pytest.mark.parametrize(
    "shape",
    [64, "88", (64,), (8, 8, 1, 1), (8, 8.0), (8, -8), (0, 8), (True, 64), (8, "8"), ()],
)
@pytest.mark.parametrize("kind", IMAGES)
def test_unusable_image_shape(kind, shape):
    with pytest.raises(ValueError, match=r"must be \(height, width\) or \(height, width, n_ch"):
        kind(shape).prepare(64)


@pytest.mark.parametrize("shape", [64, "64", (8, 8, 1), (64.0,), (-64,), (False, 3), None, ()])
@pytest.mark.parametrize("kind", SERIES)
def test_unusable_series_shape(kind, shape):
    match = "series_shape .*is None|must be .n_timesteps,. or .n_timesteps, n_channels"
    with pytest.raises(ValueError, match=match):
        kind(shape).prepare(64)


# Unusable parameters.


@pytest.mark.parametrize(
    ("kind", "name", "values"),
    [
        (GaussianNoise, "stddev", [-0.1, np.nan, np.inf, "0.1", None]),
        (Masking, "rate", [-0.1, 1.1, np.nan, "0.1", None]),
        (RandomAffine, "shift", [-0.1, 1.1, np.nan, "0.1", (0.1, 0.1)]),
        (RandomAffine, "rotation", [-1, 181, np.nan, "10"]),
        (RandomAffine, "zoom", [-0.1, 1, np.nan, "0.1"]),
        (RandomAffine, "fill_mode", ["reflect", None, 0]),
        (RandomAffine, "fill_value", [np.nan, np.inf, "0", None]),
        (ElasticDeformation, "alpha", [-0.1, 34, np.nan, "0.1"]),
        (ElasticDeformation, "sigma", [0, 0.001, 4, np.nan, "0.1"]),
        (ElasticDeformation, "fill_mode", ["reflect", None]),
        (ElasticDeformation, "fill_value", [np.nan, "0"]),
        (Jitter, "stddev", [-0.1, np.nan, np.inf, "0.1"]),
        (Scaling, "stddev", [-0.1, np.nan, np.inf, "0.1"]),
        (TimeWarp, "stddev", [-0.1, 6, np.nan, "0.1"]),
        (TimeWarp, "sigma", [0, 1.1, np.nan, "0.1"]),
        (Crop, "size", [0, -0.1, 1.1, np.nan, "0.9"]),
        (Permutation, "n_segments", [0, -1, 2.5, np.nan, "4"]),
    ],
)
def test_unusable_parameter(kind, name, values):
    for value in values:
        augmentation = kind(**shape_of(kind, (8, 8))).set_params(**{name: value})
        match = f"'{name}' parameter of {kind.__name__} must be .* Got {value!r} instead"
        with pytest.raises(ValueError, match=match.replace("(", r"\(").replace(")", r"\)")):
            augmentation.prepare(64)


def test_more_segments_than_timesteps():
    with pytest.raises(ValueError, match="n_segments=9 is more than the 8 timesteps"):
        Permutation((8, 8), n_segments=9).prepare(64)


def test_rows_that_are_no_table_of_numbers():
    with pytest.raises(ValueError, match="Expected 2D array"):
        GaussianNoise()([1.0, 2.0])
    with pytest.raises(ValueError, match="contains NaN"):
        GaussianNoise()([[1.0, np.nan]])


def test_a_specification_without_prepare_is_refused():
    class Nothing(Augmentation):
        pass

    with pytest.raises(TypeError, match="prepare"):
        Nothing()


# One after the other.


def test_pipeline_is_its_steps_in_order():
    X = make_rows(6, (9, 7))
    steps = [RandomAffine((9, 7)), GaussianNoise(), negate, Masking()]
    changed = make_augmentation(*steps)(X, random_state=0)
    random_state = np.random.RandomState(0)
    expected = X
    for step in steps:
        expected = step(expected, random_state)
    np.testing.assert_array_equal(changed, expected)


def test_names_as_make_pipeline_gives_them():
    pipeline = make_augmentation(GaussianNoise(), Masking(), GaussianNoise(0.3), negate)
    assert [name for name, _ in pipeline.steps] == [
        "gaussiannoise-1",
        "masking",
        "gaussiannoise-2",
        "function",
    ]


def test_parameters_of_steps_are_searched_by_name():
    pipeline = AugmentationPipeline([("noise", GaussianNoise()), ("negate", negate)])
    autoencoder = AutoencoderTransformer(augmentation=pipeline)
    grid = {"augmentation__noise__stddev": [0.2, 0.4], "augmentation__negate": ["passthrough"]}
    for params in ParameterGrid(grid):
        changed = clone(autoencoder).set_params(**params)
        stddev = params["augmentation__noise__stddev"]
        assert changed.augmentation.steps[0][1].stddev == stddev
        assert changed.get_params()["augmentation__noise__stddev"] == stddev
        X = make_rows(6, (9,))
        np.testing.assert_array_equal(
            changed.augmentation(X, random_state=0), GaussianNoise(stddev)(X, random_state=0)
        )
    assert pipeline.steps == [("noise", pipeline.steps[0][1]), ("negate", negate)]
    assert pipeline.steps[0][1].stddev == 0.1


def test_pipeline_is_copied_whole():
    pipeline = make_augmentation(Masking(0.3), make_augmentation(GaussianNoise()), negate)
    X = make_rows(6, (9,))
    expected = pipeline(X, random_state=0)
    for copied in (clone(pipeline), pickle.loads(pickle.dumps(pipeline))):
        assert copied.steps[0][1] is not pipeline.steps[0][1]
        np.testing.assert_array_equal(copied(X, random_state=0), expected)
        copied.set_params(augmentationpipeline__gaussiannoise__stddev=3)
    assert pipeline.get_params()["augmentationpipeline__gaussiannoise__stddev"] == 0.1


def test_pipeline_asks_the_network_for_the_shape():
    pipeline = make_augmentation(RandomAffine(), ElasticDeformation())
    X = make_rows(6, (9, 7))
    changed = pipeline.prepare(63, Network(image_shape=(9, 7)))(X, np.random.RandomState(0))
    expected = make_augmentation(RandomAffine((9, 7)), ElasticDeformation((9, 7)))
    np.testing.assert_array_equal(changed, expected(X, random_state=0))


def test_pipeline_leaves_its_input():
    X = make_rows(6, (9,))
    before = X.copy()

    def overwrite(rows, random_state):
        rows[:] = 0
        return rows

    changed = AugmentationPipeline([("overwrite", overwrite)])(X, random_state=0)
    np.testing.assert_array_equal(changed, np.zeros((6, 9)))
    changed = AugmentationPipeline([("nothing", "passthrough")])(X, random_state=0)
    np.testing.assert_array_equal(changed, before)
    assert not np.shares_memory(changed, X)
    np.testing.assert_array_equal(X, before)


@pytest.mark.parametrize(
    "steps",
    [None, [], "noise", GaussianNoise(), [GaussianNoise()], [("noise",)], [(1, negate)]],
)
def test_unusable_steps(steps):
    with pytest.raises(ValueError, match=r"steps must be a list of \(name, augmentation\)"):
        AugmentationPipeline(steps).prepare(9)


@pytest.mark.parametrize(
    ("names", "match"),
    [
        (["a", "a"], "not unique"),
        (["a__b", "c"], "must not contain __"),
        (["steps", "c"], "conf"),
    ],
)
def test_unusable_names_of_steps(names, match):
    with pytest.raises(ValueError, match=match):
        AugmentationPipeline([(name, GaussianNoise()) for name in names]).prepare(9)


@pytest.mark.parametrize(
    ("step", "error", "match"),
    [
        (
            GaussianNoise,
            TypeError,
            r"step 'x' is the class GaussianNoise: pass GaussianNoise\(\)",
        ),
        (3, TypeError, "step 'x' must be an augmentation.*Got 3"),
        ("noise", TypeError, "step 'x' must be an augmentation.*Got 'noise'"),
        (None, TypeError, "step 'x' must be an augmentation.*Got None"),
        (GaussianNoise(-1), ValueError, "'stddev' parameter of GaussianNoise"),
        (RandomAffine(), ValueError, "RandomAffine does not know the shape"),
    ],
)
def test_unusable_step(step, error, match):
    pipeline = AugmentationPipeline([("good", Masking()), ("x", step)])
    with pytest.raises(error, match=match):
        pipeline.prepare(9)


def test_a_function_that_changes_the_shape_is_named():
    pipeline = AugmentationPipeline([("half", lambda rows, random_state: rows[:, :4])])
    with pytest.raises(ValueError, match=r"step 'half' returned rows of shape \(6, 4\)"):
        pipeline(make_rows(6, (9,)))
