import copy

import matplotlib

matplotlib.use("Agg")

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import pytest
import scipy.sparse as sp
from matplotlib.colors import to_hex, to_rgba
from sklearn.cluster import KMeans
from sklearn.datasets import load_digits
from sklearn.decomposition import PCA
from sklearn.exceptions import NotFittedError
from sklearn.frozen import FrozenEstimator
from sklearn.pipeline import Pipeline, make_pipeline
from sklearn.preprocessing import StandardScaler

from skn2d import AutoencoderTransformer, N2DClusterer, inspection
from skn2d.architectures import (
    Conv1DArchitecture,
    Conv2DArchitecture,
    DenseArchitecture,
    RecurrentArchitecture,
    VariationalArchitecture,
)
from skn2d.inspection import (
    ClusterGalleryDisplay,
    ContingencyDisplay,
    EmbeddingDisplay,
    ReconstructionDisplay,
    TrainingCurveDisplay,
)
from skn2d.metrics import clustering_accuracy_score, match_labels

GREY = to_rgba("0.72")


class FittedStub:
    """A clusterer with public fitted attributes and nothing else."""

    def __init__(self, **attributes):
        vars(self).update(attributes)


class PredictingStub(FittedStub):
    def transform(self, X):
        return self.embedding_of(X)

    def predict(self, X):
        return self.labels_of(X)


class PredictingProbabilitiesStub(FittedStub):
    def predict(self, X):
        return self.labels_

    def predict_proba(self, X):
        is_training = np.array_equal(X, self.training)
        return np.c_[self.probabilities_ if is_training else np.ones(len(X))]


@pytest.fixture(autouse=True)
def no_open_figures_and_no_side_effects(monkeypatch):
    def show(*args, **kwargs):
        raise AssertionError("a display must not show the figure")

    monkeypatch.setattr(plt, "show", show)
    before = dict(plt.rcParams)
    yield
    assert dict(plt.rcParams) == before
    plt.close("all")


@pytest.fixture(scope="module")
def digits():
    return load_digits(return_X_y=True)


@pytest.fixture(scope="module")
def embedding(digits):
    return PCA(5, random_state=0).fit_transform(digits[0])


@pytest.fixture(scope="module")
def labels(embedding):
    return KMeans(10, n_init=1, random_state=0).fit(embedding).labels_


def drawn_colors(ax):
    """Count the points of each colour in an Axes, without regard to alpha."""
    counts = {}
    for collection in ax.collections:
        colors = collection.get_facecolors()
        n_points = len(collection.get_offsets())
        for color in np.broadcast_to(colors, (n_points, 4)):
            name = to_hex(color)
            counts[name] = counts.get(name, 0) + 1
    return counts


def legend_colors(ax):
    legend = ax.get_legend()
    return {
        text.get_text(): to_hex(handle.get_color())
        for text, handle in zip(legend.get_texts(), legend.legend_handles, strict=True)
    }


def test_public_names_follow_the_display_protocol():
    assert len(inspection.__all__) == 5
    for name in inspection.__all__:
        display = getattr(inspection, name)
        assert callable(display.from_estimator)
        assert callable(display.plot)


# Embedding


def test_embedding_of_the_training_rows(embedding, labels):
    model = FittedStub(embedding_=embedding[:, :2], labels_=labels)
    display = EmbeddingDisplay.from_estimator(model)
    np.testing.assert_array_equal(display.embedding, embedding[:, :2])
    np.testing.assert_array_equal(display.labels, labels)
    assert display.labels_true is None
    assert display.axes_.shape == (1,)
    assert display.ax_ is display.axes_[0]
    assert display.figure_ is display.ax_.figure
    assert display.ax_.get_title() == "10 clusters"
    (points,) = display.ax_.collections
    assert points.get_rasterized()
    drawn = np.asarray(points.get_offsets())
    np.testing.assert_array_equal(drawn[drawn[:, 0].argsort(), 0], np.sort(embedding[:, 0]))
    assert sorted(drawn_colors(display.ax_).values()) == sorted(np.bincount(labels))
    assert list(legend_colors(display.ax_)) == [str(i) for i in range(10)]


def test_embedding_of_other_rows_is_transformed_and_predicted(digits, embedding, labels):
    X, y = digits
    model = PredictingStub(
        embedding_of=lambda X: pd.DataFrame(embedding[: len(X), :2]),
        labels_of=lambda X: labels[: len(X)],
    )
    display = EmbeddingDisplay.from_estimator(model, X[:100], y[:100])
    assert display.embedding.shape == (100, 2)
    np.testing.assert_array_equal(display.labels, labels[:100])
    np.testing.assert_array_equal(display.labels_true, y[:100])


def test_matched_groups_have_the_same_colour(digits, embedding, labels):
    _, y = digits
    names = np.array([f"digit {label}" for label in y])
    display = EmbeddingDisplay(embedding[:, :2], labels, names).plot()
    true_ax, predicted_ax = display.axes_
    assert display.ax_ is predicted_ax
    accuracy = clustering_accuracy_score(y, labels)
    assert f"accuracy {accuracy:.3f}" in predicted_ax.get_title()
    classes, clusters = legend_colors(true_ax), legend_colors(predicted_ax)
    assert len(set(classes.values())) == 10
    matched = match_labels(names, labels)
    for cluster, color in clusters.items():
        assert classes[matched[labels == int(cluster)][0]] == color
    counts = drawn_colors(predicted_ax)
    for cluster, color in clusters.items():
        assert counts[color] == np.count_nonzero(labels == int(cluster))


def test_surplus_clusters_get_colours_of_their_own(digits, embedding):
    _, y = digits
    labels = KMeans(14, n_init=1, random_state=0).fit(embedding).labels_
    display = EmbeddingDisplay(embedding[:, :2], labels, y).plot()
    clusters = legend_colors(display.axes_[1])
    assert len(set(clusters.values())) == 14
    assert set(legend_colors(display.axes_[0]).values()) < set(clusters.values())


def test_noise_is_grey_and_underneath(embedding, labels):
    labels = np.where(np.arange(len(labels)) < 180, -1, labels)
    display = EmbeddingDisplay(embedding[:, :2], labels).plot()
    noise, points = display.ax_.collections
    assert len(noise.get_offsets()) == 180
    assert np.allclose(noise.get_facecolors(), GREY)
    assert noise.get_zorder() < points.get_zorder()
    assert display.ax_.get_title() == "10 clusters, 10.0% noise"
    assert legend_colors(display.ax_)["noise"] == to_hex(GREY)
    assert to_hex(GREY) not in {to_hex(color) for color in points.get_facecolors()}


def test_noise_alone_and_one_row_can_be_drawn():
    everything = EmbeddingDisplay(np.eye(3), [-1, -1, -1], ["a", "b", "b"]).plot()
    assert list(drawn_colors(everything.ax_)) == [to_hex(GREY)]
    assert everything.ax_.get_title() == "0 clusters, accuracy 0.000, 100.0% noise"
    one = EmbeddingDisplay([[1.0, 2.0, 3.0]], [4]).plot()
    assert one.ax_.get_title() == "1 cluster"


def test_more_than_two_dimensions_are_projected(embedding, labels):
    display = EmbeddingDisplay(embedding, labels).plot()
    drawn = np.asarray(display.ax_.collections[0].get_offsets())
    expected = PCA(2).fit_transform(embedding)
    np.testing.assert_allclose(np.sort(np.abs(drawn[:, 0])), np.sort(np.abs(expected[:, 0])))
    assert "principal component 1 of 5-D embedding" in display.ax_.get_xlabel()
    assert "principal component 2 of 5-D embedding" in display.ax_.get_ylabel()
    np.testing.assert_array_equal(display.embedding, embedding)


@pytest.mark.filterwarnings("error")
def test_a_constant_embedding_is_drawn_without_warning():
    display = EmbeddingDisplay(np.ones((20, 3)), [0] * 20).plot()
    assert "(0%)" in display.ax_.get_xlabel()


@pytest.mark.parametrize("columns", [0, slice(0, 1)])
def test_one_dimension_is_spread_over_random_heights(columns, embedding, labels):
    display = EmbeddingDisplay(embedding[:, columns], labels).plot()
    drawn = np.asarray(display.ax_.collections[0].get_offsets())
    np.testing.assert_array_equal(np.sort(drawn[:, 0]), np.sort(embedding[:, 0]))
    assert display.ax_.get_ylabel() == "random height"


def test_many_clusters_have_distinct_colours_and_no_legend():
    labels = np.repeat(np.arange(60), 3)
    display = EmbeddingDisplay(np.random.RandomState(0).rand(180, 2), labels).plot()
    counts = drawn_colors(display.ax_)
    assert len(counts) == 60
    assert display.ax_.get_legend() is None
    assert display.ax_.get_title() == "60 clusters"
    # Greys are kept for noise.
    assert all(np.ptp(to_rgba(color)[:3]) > 0.1 for color in counts)


def test_max_points_thins_out_the_drawing_alone(digits, embedding, labels):
    _, y = digits
    model = FittedStub(embedding_=embedding, labels_=labels)
    display = EmbeddingDisplay.from_estimator(model, y=y, max_points=100, point_size=3)
    assert [len(ax.collections[0].get_offsets()) for ax in display.axes_] == [100, 100]
    assert display.ax_.collections[0].get_sizes() == [3]
    assert len(display.embedding) == len(labels)
    accuracy = clustering_accuracy_score(y, labels)
    assert f"accuracy {accuracy:.3f}" in display.ax_.get_title()


def test_marker_size_follows_the_number_of_points():
    rng = np.random.RandomState(0)
    small = EmbeddingDisplay(rng.rand(50, 2), np.zeros(50, int)).plot()
    large = EmbeddingDisplay(rng.rand(70_000, 2), np.zeros(70_000, int)).plot()
    assert len(large.ax_.collections[0].get_offsets()) == 70_000
    assert large.ax_.collections[0].get_sizes()[0] < 1 < small.ax_.collections[0].get_sizes()[0]


def test_embedding_on_given_axes(digits, embedding, labels):
    _, y = digits
    display = EmbeddingDisplay(embedding[:, :2], labels, y)
    figure, axes = plt.subplots(1, 2)
    display.plot(ax=axes)
    assert list(display.axes_) == list(axes)
    assert display.figure_ is figure
    figure, ax = plt.subplots()
    display.plot(ax=ax, legend=False)
    assert [child.get_title() for child in ax.child_axes] == [
        "10 true classes",
        display.ax_.get_title(),
    ]
    assert display.ax_.get_legend() is None
    boxes = [one.title.get_window_extent() for one in display.axes_]
    assert not boxes[0].overlaps(boxes[1])
    names = [one.xaxis.label.get_window_extent() for one in display.axes_]
    assert not names[0].overlaps(names[1])
    assert display.figure_ is figure
    assert EmbeddingDisplay(embedding, labels).plot(ax=ax).ax_ is ax


def test_embedding_refuses_bad_input(embedding, labels):
    rows = embedding[:, :2]
    with pytest.raises(ValueError, match=r"embedding and labels .* got 1797 and 1796"):
        EmbeddingDisplay(rows, labels[1:]).plot()
    with pytest.raises(ValueError, match=r"y and the predicted labels .* got 2 and 1797"):
        EmbeddingDisplay.from_estimator(FittedStub(embedding_=rows, labels_=labels), y=[0, 1])
    with pytest.raises(ValueError, match="embedding contains NaN"):
        EmbeddingDisplay(np.full((3, 2), np.nan), [0, 1, 2]).plot()
    with pytest.raises(NotFittedError, match=r"FittedStub\) has no attribute 'embedding_'"):
        EmbeddingDisplay.from_estimator(FittedStub())
    with pytest.raises(TypeError, match="no method 'transform'"):
        EmbeddingDisplay.from_estimator(FittedStub(), rows)
    with pytest.raises(TypeError, match="ax must be a Matplotlib Axes"):
        EmbeddingDisplay(rows, labels).plot(ax="left")
    with pytest.raises(ValueError, match=r"ax must be 2 Axes .* got 3"):
        EmbeddingDisplay(rows, labels, labels).plot(ax=plt.subplots(3)[1])
    for bad in ({"max_points": 0}, {"point_size": -1}, {"legend": "yes"}):
        with pytest.raises(ValueError, match=f"'{next(iter(bad))}' parameter"):
            EmbeddingDisplay(rows, labels).plot(**bad)


# Training curves

HISTORY = [
    {"loss": [1.0, 0.1, 0.02], "val_loss": [1.1, 0.2, 0.1], "learning_rate": [0.1, 0.05, 0.0]},
    {"loss": [0.9, 0.2], "val_loss": [1.0, 0.3], "learning_rate": [0.1, 0.05]},
]


def pipeline_stub(autoencoder):
    pipeline = FittedStub(named_steps={"autoencoder": autoencoder, "clusterer": None})
    return FittedStub(pipeline_=pipeline)


@pytest.mark.parametrize("wrap", [lambda model: model, pipeline_stub])
def test_training_curves_of_every_network(wrap):
    display = TrainingCurveDisplay.from_estimator(wrap(FittedStub(histories_=HISTORY)))
    assert display.history is HISTORY
    assert len(display.ax_.lines) == len(display.lines_) == 4
    for network, (training, validation) in enumerate(
        zip(display.lines_[::2], display.lines_[1::2], strict=True)
    ):
        np.testing.assert_array_equal(training.get_ydata(), HISTORY[network]["loss"])
        np.testing.assert_array_equal(validation.get_ydata(), HISTORY[network]["val_loss"])
        assert training.get_xdata()[0] == 1
        assert (training.get_linestyle(), validation.get_linestyle()) == ("-", "--")
        assert training.get_color() == validation.get_color()
    assert display.lines_[0].get_color() != display.lines_[2].get_color()
    assert display.ax_.get_yscale() == "log"
    texts = [text.get_text() for text in display.ax_.get_legend().get_texts()]
    assert texts[0] == "network 1, training"


def test_training_curve_scales_and_metrics():
    narrow = TrainingCurveDisplay([{"loss": [0.5, 0.4, 0.3]}]).plot()
    assert narrow.ax_.get_yscale() == "linear"
    assert [text.get_text() for text in narrow.ax_.get_legend().get_texts()] == ["training"]
    assert TrainingCurveDisplay(HISTORY).plot(yscale="linear").ax_.get_yscale() == "linear"
    with_zero = TrainingCurveDisplay(HISTORY, metric="learning_rate").plot()
    assert with_zero.ax_.get_yscale() == "linear"
    assert with_zero.ax_.get_ylabel() == "learning rate"
    assert len(with_zero.lines_) == 2


def test_a_single_epoch_is_visible():
    display = TrainingCurveDisplay([{"loss": [0.5]}]).plot()
    assert display.lines_[0].get_marker() == "o"


def test_numbers_without_a_neighbour_are_visible():
    """A loss of NaN hides itself, not those beside it."""
    display = TrainingCurveDisplay({"loss": [1, np.nan, 2, None, 3, 4]}).plot()
    (line,) = display.lines_
    assert line.get_marker() == "o"
    assert line.get_markevery() == [0, 2]
    (line,) = TrainingCurveDisplay([{"loss": [3, 2, np.nan]}]).plot().lines_
    assert line.get_marker() == "None"


def test_a_single_epoch_has_a_whole_number():
    display = TrainingCurveDisplay([{"loss": [1.0]}]).plot()
    display.figure_.canvas.draw()
    low, high = display.ax_.get_xlim()
    assert [tick for tick in display.ax_.get_xticks() if low <= tick <= high] == [1]


def test_training_curves_on_given_axes_and_many_networks():
    figure, ax = plt.subplots()
    display = TrainingCurveDisplay([{"loss": [0.5, 0.4]}] * 30).plot(ax=ax)
    assert display.ax_ is ax
    assert display.figure_ is figure
    assert ax.get_legend() is None
    assert len({line.get_color() for line in display.lines_}) == 30


def test_many_networks_have_a_legend_of_the_kinds_of_lines():
    history = [{"loss": [0.5, 0.4], "val_loss": [0.6, 0.5]}] * 12
    legend = TrainingCurveDisplay(history).plot().ax_.get_legend()
    assert [text.get_text() for text in legend.get_texts()] == ["training", "validation"]
    assert [line.get_linestyle() for line in legend.get_lines()] == ["-", "--"]


def test_training_curves_refuse_bad_input():
    with pytest.raises(
        NotFittedError, match=r"no attribute 'histories_'.*AutoencoderTransformer"
    ):
        TrainingCurveDisplay.from_estimator(PCA())
    with pytest.raises(TypeError, match="'passthrough' in place of an autoencoder"):
        TrainingCurveDisplay.from_estimator(pipeline_stub("passthrough"))
    with pytest.raises(ValueError, match=r"metric='accuracy'.*'val_loss'"):
        TrainingCurveDisplay(HISTORY, metric="accuracy").plot()
    with pytest.raises(ValueError, match="metric='loss'"):
        TrainingCurveDisplay([{"loss": []}]).plot()
    with pytest.raises(ValueError, match="'yscale' parameter"):
        TrainingCurveDisplay(HISTORY).plot(yscale="cubic")


# Reconstructions


@pytest.fixture(scope="module")
def pca(digits):
    return PCA(10, random_state=0).fit(digits[0])


@pytest.mark.parametrize("wrap", [lambda model: model, FrozenEstimator, pipeline_stub])
def test_reconstructions_of_the_autoencoder(wrap, pca, digits):
    X, _ = digits
    display = ReconstructionDisplay.from_estimator(wrap(pca), X, n_rows=6)
    expected = pca.inverse_transform(pca.transform(display.originals))
    np.testing.assert_allclose(display.reconstructions, expected)
    assert all((row == X).all(axis=1).any() for row in display.originals)
    (image,) = display.ax_.images
    assert image.get_array().shape[0] >= 2 * 8
    assert image.get_clim() == (display.originals.min(), display.originals.max())
    error = np.mean((display.originals - expected) ** 2)
    assert display.ax_.get_title() == f"mean squared error {error:.3g}"


def test_reconstruction_pictures_lie_in_their_cells():
    originals = np.arange(3 * 16, dtype=float).reshape(3, 16)
    display = ReconstructionDisplay(originals, -originals).plot()
    image = display.ax_.images[0]
    canvas = image.get_array()
    height, width = canvas.shape[0] // 2, canvas.shape[1] // 3
    for column in range(3):
        cell = canvas[:4, column * width : column * width + 4]
        np.testing.assert_array_equal(cell, originals[column].reshape(4, 4))
        below = canvas[height : height + 4, column * width : column * width + 4]
        np.testing.assert_array_equal(below, -originals[column].reshape(4, 4))
    assert np.ma.is_masked(canvas[4])


def test_many_reconstructions_are_broken_into_bands(digits):
    X, _ = digits
    display = ReconstructionDisplay(X[:30], X[:30]).plot()
    names = [label.get_text() for label in display.ax_.get_yticklabels()]
    assert names == ["original", "reconstruction"] * 3


def test_rows_that_are_no_image_are_lines(digits):
    rows = digits[0][:4, :30]
    display = ReconstructionDisplay(rows, rows).plot()
    assert not display.ax_.images
    assert [len(lines.get_segments()) for lines in display.ax_.collections] == [4, 4]
    forced = ReconstructionDisplay(digits[0][:4], digits[0][:4], image_shape=(64,)).plot()
    assert not forced.ax_.images


@pytest.mark.parametrize(
    ("architecture", "image_shape", "series_shape"),
    [
        (Conv2DArchitecture((4, 16)), (4, 16), None),
        (Conv2DArchitecture((4, 4, 4)), (4, 4, 4), None),
        (Conv2DArchitecture((4, 8, 2)), None, (64,)),
        (Conv1DArchitecture((32, 2)), None, (32, 2)),
        (RecurrentArchitecture((64,)), None, (64,)),
        (VariationalArchitecture(Conv2DArchitecture((4, 16))), (4, 16), None),
        (DenseArchitecture(), None, None),
    ],
    ids=repr,
)
def test_rows_have_the_shape_that_the_network_knows(
    architecture, image_shape, series_shape, pca, digits
):
    X, _ = digits
    pca = copy.copy(pca)
    pca.architecture = architecture
    model = KMeans(2, n_init=1, random_state=0).fit(X)
    model.architecture = architecture
    for display in (
        ReconstructionDisplay.from_estimator(pca, X),
        ClusterGalleryDisplay.from_estimator(model, X),
    ):
        assert (display.image_shape, display.series_shape) == (image_shape, series_shape)
    other = ReconstructionDisplay.from_estimator(pca, X, image_shape=(8, 8))
    assert (other.image_shape, other.series_shape) == ((8, 8), None)
    other = ClusterGalleryDisplay.from_estimator(model, X, series_shape=(8, 8))
    assert (other.image_shape, other.series_shape) == (None, (8, 8))


def test_each_channel_of_a_series_is_a_line_on_its_own_scale():
    series = np.random.RandomState(0).rand(3, 20, 2) * [1, 1000]
    series[0, :, 1] = np.linspace(0, 1000, 20)
    rows = series.reshape(3, -1)
    display = ReconstructionDisplay(rows, -rows, series_shape=(20, 2)).plot()
    above, below = display.ax_.collections
    segments = above.get_segments()
    assert [segment.shape for segment in segments] == [(20, 2)] * 6
    first, second = segments[:2]
    assert 0 < first[:, 1].min() < first[:, 1].max() < 0.5 < second[:, 1].min()
    assert (np.diff(second[:, 1]) < 0).all()  # upwards, as rows are counted from above
    np.testing.assert_allclose(np.ptp(second[:, 1]), 0.344, rtol=0.01)
    assert all((segment[:, 1] > 1).all() for segment in below.get_segments())
    gallery = ClusterGalleryDisplay([rows[:1], rows], ["a", "b"], series_shape=(20, 2)).plot()
    assert [len(lines.get_segments()) for lines in gallery.ax_.collections] == [2, 6]
    tall = ClusterGalleryDisplay([rows], ["a"], series_shape=(5, 8)).plot().figure_
    flat = ClusterGalleryDisplay([rows], ["a"], series_shape=(40,)).plot().figure_
    assert tall.get_size_inches()[1] > flat.get_size_inches()[1]


def test_colour_images_keep_their_channels():
    rows = np.random.RandomState(0).rand(2, 5 * 4 * 3)
    display = ReconstructionDisplay(rows, rows, image_shape=(5, 4, 3)).plot()
    canvas = display.ax_.images[0].get_array()
    assert canvas.shape[-1] == 4
    expected = (rows - rows.min()) / np.ptp(rows)
    np.testing.assert_allclose(canvas[:5, :4, :3], expected[0].reshape(5, 4, 3))
    assert (canvas[:5, :4, 3] == 1).all()
    grey = ReconstructionDisplay(rows, rows, image_shape=(6, 10, 1)).plot()
    assert grey.ax_.images[0].get_array().ndim == 2


@pytest.mark.parametrize("make", [sp.csr_matrix, pd.DataFrame, list], ids=str)
def test_reconstructions_read_other_kinds_of_rows(make, digits):
    X, _ = digits
    pca = PCA(10, svd_solver="arpack", random_state=0).fit(X)
    expected = ReconstructionDisplay.from_estimator(pca, X).reconstructions
    display = ReconstructionDisplay.from_estimator(pca, make(X))
    np.testing.assert_allclose(display.reconstructions, expected, atol=1e-6)


@pytest.mark.parametrize(
    ("image_shape", "message"),
    [
        ((8, 9), r"stands for 72 columns, but X has 64"),
        ((8, 4, 2), r"got \(8, 4, 2\)"),
        ((8, -8), r"got \(8, -8\)"),
        ((2, 2, 2, 8), r"got \(2, 2, 2, 8\)"),
        ((8.0, 8), r"got \(8.0, 8\)"),
        (64, "got 64"),
    ],
)
def test_wrong_image_shapes_get_a_sentence(image_shape, message, pca, digits):
    with pytest.raises(ValueError, match=f"image_shape.*{message}"):
        ReconstructionDisplay.from_estimator(pca, digits[0], image_shape=image_shape)
    model = KMeans(2, n_init=1).fit(digits[0])
    with pytest.raises(ValueError, match=f"image_shape.*{message}"):
        ClusterGalleryDisplay.from_estimator(model, digits[0], image_shape=image_shape)


@pytest.mark.parametrize(
    ("shapes", "message"),
    [
        ({"series_shape": (32, 3)}, "96 values, but the rows have 64 columns"),
        ({"series_shape": 64}, r"series_shape .* such as \(128, 3\). Got 64"),
        ({"series_shape": (64,), "image_shape": (8, 8)}, "an image or a series"),
        ({"image_shape": (16, 2, 2)}, "series_shape"),
    ],
)
def test_wrong_series_shapes_get_a_sentence(shapes, message, pca, digits):
    X, _ = digits
    with pytest.raises(ValueError, match=message):
        ReconstructionDisplay.from_estimator(pca, X, **shapes)
    with pytest.raises(ValueError, match=message):
        ReconstructionDisplay(X[:2], X[:2], **shapes).plot()
    model = KMeans(2, n_init=1).fit(X)
    with pytest.raises(ValueError, match=message):
        ClusterGalleryDisplay.from_estimator(model, X, **shapes)


def test_reconstructions_refuse_bad_input(pca, digits):
    X, _ = digits
    with pytest.raises(TypeError, match=r"KMeans\) has no method 'inverse_transform'"):
        ReconstructionDisplay.from_estimator(KMeans(2, n_init=1).fit(X), X)
    with pytest.raises(ValueError, match=r"same shape .* got \(3, 64\) and \(4, 64\)"):
        ReconstructionDisplay(X[:3], X[:4]).plot()
    with pytest.raises(ValueError, match="X must be two-dimensional"):
        ReconstructionDisplay.from_estimator(pca, X.reshape(-1, 8, 8))
    for rows in (["a text", "another"], pd.DataFrame({"plan": ["basic", "full"]})):
        with pytest.raises(ValueError, match=r"pipeline\[:-1\].transform\(X\)"):
            ReconstructionDisplay.from_estimator(pca, rows)
    with pytest.raises(ValueError, match="'n_rows' parameter"):
        ReconstructionDisplay.from_estimator(pca, X, n_rows=0)


def test_steps_before_the_autoencoder_take_part(digits):
    X = digits[0] * 100
    steps = [("scale", StandardScaler()), ("autoencoder", PCA(10)), ("groups", KMeans(3))]
    pipeline = Pipeline(steps).fit(X)
    display = ReconstructionDisplay.from_estimator(pipeline, X, n_rows=len(X))
    expected = pipeline[:2].inverse_transform(pipeline[:2].transform(X))
    np.testing.assert_allclose(display.reconstructions, expected)


def test_rows_of_one_column_and_with_gaps_are_visible():
    display = ReconstructionDisplay(np.eye(3)[:, :1], np.eye(3)[:, :1]).plot()
    segments = [s for lines in display.ax_.collections for s in lines.get_segments()]
    assert [np.ptp(segment[:, 0]) > 0 for segment in segments] == [True] * 6
    rows = np.ones((3, 12))
    rows[1, 4] = np.nan
    display = ClusterGalleryDisplay([rows], ["a"]).plot()
    assert len(display.ax_.collections[0].get_segments()) == 3


def test_nothing_to_draw_gets_a_sentence(pca, digits):
    X, _ = digits
    model = KMeans(2, n_init=1).fit(X)
    for draw in (
        lambda: ClusterGalleryDisplay.from_estimator(model, X[:0]),
        lambda: ReconstructionDisplay.from_estimator(pca, X[:0]),
        lambda: ClusterGalleryDisplay([], []).plot(),
        lambda: ReconstructionDisplay(X[:0], X[:0]).plot(),
    ):
        with pytest.raises(ValueError, match="empty, so there is nothing to draw"):
            draw()


def test_names_and_sizes_are_one_each():
    counts, rows = np.eye(2), list(np.eye(9)[:2, np.newaxis])
    for display, name in (
        (ContingencyDisplay(counts, class_names=["a"]), "class_names"),
        (ContingencyDisplay(counts, cluster_names=[1, 2, 3]), "cluster_names"),
        (ClusterGalleryDisplay(rows, ["a"]), "cluster_names"),
        (ClusterGalleryDisplay(rows, ["a", "b"], sizes=[1]), "sizes"),
    ):
        with pytest.raises(ValueError, match=f"{name} must have one entry for each .* 2 of"):
            display.plot()


def test_autoencoder_is_found_in_a_plain_pipeline(pca, digits):
    pipeline = make_pipeline(FrozenEstimator(pca), KMeans(3, n_init=1))
    pipeline.steps[0] = ("autoencoder", pipeline.steps[0][1])
    display = ReconstructionDisplay.from_estimator(pipeline.fit(digits[0]), digits[0])
    assert display.reconstructions.shape == (10, 64)


# Contingency table


def test_steps_of_a_clusterer_at_the_end_of_a_pipeline_are_found():
    X = np.random.RandomState(0).rand(60, 36)
    autoencoder = AutoencoderTransformer(
        latent_dim=2, architecture=Conv1DArchitecture((12, 3), filters=(4,)), epochs=1
    )
    model = N2DClusterer(2, autoencoder=autoencoder, manifold=PCA(2), random_state=0)
    pipeline = make_pipeline(StandardScaler(), model).fit(X)
    display = ReconstructionDisplay.from_estimator(pipeline, X, n_rows=60)
    network = pipeline[-1].pipeline_["autoencoder"]
    codes = network.transform(pipeline[0].transform(X))
    expected = pipeline[0].inverse_transform(network.inverse_transform(codes))
    np.testing.assert_allclose(display.reconstructions, expected, rtol=1e-5)
    assert display.series_shape == (12, 3)
    assert ClusterGalleryDisplay.from_estimator(pipeline, X).series_shape == (12, 3)
    assert TrainingCurveDisplay.from_estimator(pipeline).history == network.histories_
    display = EmbeddingDisplay.from_estimator(pipeline)
    np.testing.assert_array_equal(display.embedding, pipeline[-1].embedding_)
    np.testing.assert_array_equal(display.labels, pipeline[-1].labels_)


def test_the_shape_that_a_network_knows_is_not_that_of_rows_before_other_steps(digits):
    X, _ = digits
    model = KMeans(2, n_init=1, random_state=0)
    pipeline = make_pipeline(PCA(10), model).fit(X)
    model.pipeline_ = Pipeline([("autoencoder", FittedStub()), ("clusterer", model)])
    model.pipeline_["autoencoder"].architecture = Conv1DArchitecture((5, 2))
    assert ClusterGalleryDisplay.from_estimator(pipeline, X).series_shape is None
    reduced = pipeline[:-1].transform(X)
    assert ClusterGalleryDisplay.from_estimator(model, reduced).series_shape == (5, 2)


def test_matched_clusters_lie_on_the_diagonal(digits, labels):
    X, y = digits
    display = ContingencyDisplay.from_predictions(y, labels)
    assert display.counts.sum() == len(y)
    assert display.class_names == list(range(10))
    matched = match_labels(y, labels)
    for position, cluster in enumerate(display.cluster_names):
        assert matched[labels == cluster][0] == position
    accuracy = clustering_accuracy_score(y, labels)
    assert np.trace(display.counts) / len(y) == pytest.approx(accuracy)
    assert display.ax_.get_title() == f"clustering accuracy {accuracy:.3f}"
    model = PredictingStub(labels_of=lambda X: labels)
    again = ContingencyDisplay.from_estimator(model, X, y)
    np.testing.assert_array_equal(again.counts, display.counts)
    fitted_only = ContingencyDisplay.from_estimator(FittedStub(labels_=labels), X, y)
    np.testing.assert_array_equal(fitted_only.counts, display.counts)


def test_surplus_clusters_and_noise_come_last():
    y_true = ["a"] * 6 + ["b"] * 3
    labels = [5, 5, 5, 0, 2, 2, 7, 7, -1]
    display = ContingencyDisplay.from_predictions(y_true, labels)
    assert display.cluster_names == [5, 7, 2, 0, "noise"]
    assert display.counts.tolist() == [[3, 0, 2, 1, 0], [0, 2, 0, 0, 1]]


def test_surplus_classes_come_last():
    display = ContingencyDisplay.from_predictions(["a", "b", "b", "c"], [0, 1, 1, 1])
    assert display.class_names == ["a", "b", "c"]
    display = ContingencyDisplay.from_predictions(["a", "b", "b", "c"], [1, 1, 1, 0])
    assert display.class_names == ["b", "c", "a"]
    assert display.cluster_names == [1, 0]
    assert display.counts.tolist() == [[2, 0], [0, 1], [1, 0]]


def test_all_noise_is_one_column():
    display = ContingencyDisplay.from_predictions([0, 1, 1], [-1, -1, -1])
    assert display.cluster_names == ["noise"]
    assert display.counts.tolist() == [[1], [2]]


def test_counts_are_written_into_small_tables_only(digits, labels):
    _, y = digits
    small = ContingencyDisplay.from_predictions(y, labels)
    assert len(small.text_) == np.count_nonzero(small.counts)
    row, column = np.unravel_index(small.counts.argmax(), small.counts.shape)
    largest = next(t for t in small.text_ if t.get_position() == (column, row))
    assert largest.get_text() == str(small.counts.max())
    assert largest.get_color() == "white"
    assert len(small.figure_.axes) == 2
    large = np.arange(90) % 30
    display = ContingencyDisplay.from_predictions(large, large, colorbar=False)
    assert display.text_ == []
    assert len(display.figure_.axes) == 1
    assert len(display.ax_.get_xticks()) == 30
    display.plot(include_values=True)
    assert len(display.text_) == 30
    huge = np.arange(200)
    assert len(ContingencyDisplay.from_predictions(huge, huge).ax_.get_xticks()) <= 40


def test_large_counts_have_wider_cells():
    widths = [
        ContingencyDisplay(np.full((10, 10), n)).plot().figure_.get_size_inches()[0]
        for n in (1, 9_999, 123_456)
    ]
    assert widths[0] == widths[1] < widths[2]


def test_long_names_keep_their_start_and_their_end():
    names = [f"a package with a name that is long, number {i}" for i in range(2)]
    display = ContingencyDisplay(np.eye(2), class_names=names).plot()
    shown = [label.get_text() for label in display.ax_.get_yticklabels()]
    assert shown == ["a package wi…g, number 0", "a package wi…g, number 1"]


def test_long_names_that_differ_in_their_middle_stay_different():
    names = [f"Iris versicolor, site {i:02d}, in the greenhouse" for i in range(3)]
    display = ContingencyDisplay(np.eye(3), class_names=names).plot()
    shown = [label.get_text() for label in display.ax_.get_yticklabels()]
    assert len(set(shown)) == 3
    assert max(map(len, shown)) < len(names[0])


@pytest.mark.parametrize("display_of", ["embedding", "contingency", "gallery"])
def test_dollars_are_no_mathematics(display_of, tmp_path):
    names = np.array(["$a_$", "C$$", "$0-$50k"])
    if display_of == "embedding":
        display = EmbeddingDisplay(np.eye(3), np.arange(3), labels_true=names).plot()
        texts = display.axes_[0].get_legend().get_texts()
    elif display_of == "contingency":
        display = ContingencyDisplay(np.eye(3), class_names=names).plot()
        texts = display.ax_.get_yticklabels()
    else:
        display = ClusterGalleryDisplay(list(np.eye(9)[:, np.newaxis])[:3], names).plot()
        texts = display.ax_.get_yticklabels()
    display.figure_.savefig(tmp_path / "names.png")
    assert {text.get_text().replace("\\$", "$") for text in texts[:3]} == set(names)


def test_colour_is_the_share_of_the_class():
    display = ContingencyDisplay(np.array([[90, 10], [0, 5]])).plot()
    np.testing.assert_allclose(display.im_.get_array(), [[0.9, 0.1], [0, 1]])
    assert display.ax_.get_title() == ""


def test_contingency_refuses_bad_input(labels):
    with pytest.raises(ValueError, match=r"y and the predicted labels .* got 2 and 3"):
        ContingencyDisplay.from_predictions([0, 1], [0, 1, 1])
    with pytest.raises(ValueError, match="labels contains NaN"):
        ContingencyDisplay.from_predictions([0, 1], [0, np.nan])
    with pytest.raises(ValueError, match=r"X and estimator.labels_ .* got 2 and 1797"):
        ContingencyDisplay.from_estimator(FittedStub(labels_=labels), [[0], [1]], [0, 1])
    for counts in ([1, 2, 3], np.zeros((0, 0))):
        with pytest.raises(ValueError, match="counts must be a table"):
            ContingencyDisplay(counts).plot()
    with pytest.raises(ValueError, match="'include_values' parameter"):
        ContingencyDisplay.from_predictions([0, 1], [0, 1], include_values="some")


# Gallery


def row_number(X, row):
    return int(np.flatnonzero((row == X).all(axis=1))[0])


def test_gallery_shows_the_members_nearest_to_the_centre(digits, embedding, labels):
    X, _ = digits
    model = FittedStub(embedding_=embedding, labels_=labels)
    display = ClusterGalleryDisplay.from_estimator(model, X, n_examples=5)
    assert display.cluster_names == list(range(10))
    assert display.sizes == np.bincount(labels).tolist()
    for cluster, rows in enumerate(display.examples):
        members = embedding[labels == cluster]
        distances = np.linalg.norm(members - members.mean(axis=0), axis=1)
        expected = X[labels == cluster][np.argsort(distances)[:5]]
        np.testing.assert_array_equal(rows, expected)
    names = [label.get_text() for label in display.ax_.get_yticklabels()]
    assert names[0] == f"0  ({np.count_nonzero(labels == 0)})"


def test_gallery_takes_memberships_of_the_training_rows(digits, labels):
    X, _ = digits
    memberships = np.random.RandomState(0).rand(len(X)).round(2)
    model = FittedStub(labels_=labels, probabilities_=memberships)
    display = ClusterGalleryDisplay.from_estimator(model, X, n_examples=3)
    shown = [memberships[row_number(X, row)] for row in display.examples[4]]
    assert shown == sorted(memberships[labels == 4], reverse=True)[:3]


def test_gallery_of_other_rows_does_not_use_what_belongs_to_the_training_rows(digits):
    X, _ = digits
    model = KMeans(4, n_init=1, random_state=0).fit(X[:900])
    model.probabilities_ = np.zeros(900)
    model.embedding_ = np.zeros((900, 2))
    display = ClusterGalleryDisplay.from_estimator(model, X[897:], n_examples=1)
    moved = model.transform(X[897:])
    labels = model.predict(X[897:])
    for cluster in range(4):
        members = moved[labels == cluster]
        best = np.linalg.norm(members - members.mean(axis=0), axis=1).argmin()
        np.testing.assert_array_equal(
            display.examples[cluster][0], X[897:][labels == cluster][best]
        )


def test_gallery_of_other_rows_with_the_same_labels():
    random_state = np.random.RandomState(0)
    first, second = random_state.normal(size=(2, 30, 2))
    second[3] = [3, -3]
    X, other = np.vstack([first, first + 9]), np.vstack([second, second + 9])
    manifold, groups = PCA(2).fit(X), KMeans(2, n_init=1, random_state=0).fit(X)

    class Model(PredictingStub):
        transform, predict = manifold.transform, groups.predict

    model = Model(embedding_=manifold.transform(X), labels_=groups.labels_)
    model.probabilities_ = np.linspace(0, 1, 60)
    cluster = groups.labels_[3]
    display = ClusterGalleryDisplay.from_estimator(model, other, n_examples=30)
    np.testing.assert_array_equal(display.examples[cluster][-1], other[3])
    display = ClusterGalleryDisplay.from_estimator(model, X, n_examples=30)
    np.testing.assert_array_equal(display.examples[cluster][0], X[29])


def test_gallery_of_other_rows_of_a_clusterer_without_an_embedding():
    training, other = np.sort(np.random.RandomState(0).randn(2, 100, 1), axis=1)
    model = PredictingProbabilitiesStub(
        labels_=np.zeros(100, dtype=int), probabilities_=np.linspace(0, 1, 100)
    )
    model.training = training
    display = ClusterGalleryDisplay.from_estimator(model, training, n_examples=1)
    assert display.examples[0] == training[-1]
    display = ClusterGalleryDisplay.from_estimator(model, other, n_examples=1)
    nearest = np.abs(other - other.mean()).argmin()
    assert display.examples[0] == other[nearest]


def test_gallery_takes_rows_in_lists():
    display = ClusterGalleryDisplay([[[0, 1, 2], [1, 2, 3]], [[2, 1, 0]]], ["a", "b"]).plot()
    assert [len(lines.get_segments()) for lines in display.ax_.collections] == [2, 1]


def test_gallery_without_an_embedding_measures_in_the_rows(digits, labels):
    X, _ = digits
    display = ClusterGalleryDisplay.from_estimator(FittedStub(labels_=labels), X, n_examples=1)
    for cluster, examples in enumerate(display.examples):
        members = X[labels == cluster]
        nearest = np.linalg.norm(members - members.mean(axis=0), axis=1).argmin()
        np.testing.assert_array_equal(examples, members[[nearest]])


def test_gallery_puts_noise_last_in_grey(digits, embedding, labels):
    X, _ = digits
    labels = np.where(np.arange(len(X)) < 4, -1, labels)
    model = FittedStub(embedding_=embedding, labels_=labels)
    display = ClusterGalleryDisplay.from_estimator(model, X)
    assert display.cluster_names[-1] == "noise"
    assert sorted(row_number(X, row) for row in display.examples[-1]) == [0, 1, 2, 3]
    headings = display.ax_.get_yticklabels()
    assert headings[-1].get_text() == "noise  (4)"
    assert np.ptp(to_rgba(headings[-1].get_color())[:3]) == 0
    assert len({to_hex(heading.get_color()) for heading in headings}) == 11


def test_gallery_shows_the_largest_of_many_clusters(digits, embedding):
    X, _ = digits
    labels = np.minimum(np.arange(len(X)) // 10, 29)
    model = FittedStub(embedding_=embedding, labels_=labels)
    display = ClusterGalleryDisplay.from_estimator(model, X, max_clusters=3)
    assert display.cluster_names == [0, 1, 29]
    assert "3 largest of 30 clusters" in display.ax_.get_title()


def test_gallery_leaves_places_empty_and_draws_lines(digits):
    X = digits[0][:9, :10]
    display = ClusterGalleryDisplay([X[:2], X[2:7]], ["a", "b"]).plot()
    assert [len(lines.get_segments()) for lines in display.ax_.collections] == [2, 5]
    figure, ax = plt.subplots()
    display = ClusterGalleryDisplay([X[:2], X[2:7]], ["a", "b"], image_shape=(2, 5))
    assert display.plot(ax=ax).ax_ is ax
    assert display.figure_ is figure
    assert np.ma.is_masked(ax.images[0].get_array()[:2, -5:])


def test_gallery_of_equal_memberships_shows_those_near_the_mean_first():
    X = np.random.RandomState(0).randn(50, 3)
    memberships = np.where(X[:, 0] > 0, 1 - 1e-9 * X[:, 1] ** 2, 0.5)
    model = FittedStub(labels_=np.zeros(50, dtype=int), probabilities_=memberships)
    display = ClusterGalleryDisplay.from_estimator(model, X, n_examples=5)
    distances = np.linalg.norm(X - X.mean(axis=0), axis=1)
    expected = sorted(np.flatnonzero(X[:, 0] > 0), key=lambda row: distances[row])[:5]
    assert [row_number(X, row) for row in display.examples[0]] == expected


def test_gallery_seed_decides_which_noise_is_shown(digits):
    X, _ = digits
    model = FittedStub(labels_=np.full(len(X), -1), probabilities_=np.zeros(len(X)))
    first, again, other = (
        ClusterGalleryDisplay.from_estimator(model, X, random_state=seed).examples[0]
        for seed in (0, 0, 1)
    )
    np.testing.assert_array_equal(first, again)
    assert (first != other).any()


def test_gallery_refuses_bad_input(digits, labels):
    X, _ = digits
    with pytest.raises(TypeError, match="no method 'predict'"):
        ClusterGalleryDisplay.from_estimator(FittedStub(), X)
    for bad in ({"n_examples": 0}, {"max_clusters": 1.5}, {"random_state": "x"}):
        with pytest.raises(ValueError, match=f"'{next(iter(bad))}' parameter"):
            ClusterGalleryDisplay.from_estimator(FittedStub(labels_=labels), X, **bad)
