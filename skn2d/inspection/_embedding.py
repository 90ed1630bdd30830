"""The embedding as points, coloured by cluster and by true class."""

from numbers import Integral, Real

import numpy as np
from sklearn.decomposition import PCA
from sklearn.utils import check_array
from sklearn.utils._param_validation import Interval, validate_params

from skn2d._optional import import_optional
from skn2d.inspection._drawing import (
    NOISE_COLOR,
    distinct_colors,
    given_or_new_axes,
    is_axes,
    new_axes,
    shortened,
)
from skn2d.inspection._estimators import (
    call,
    fitted_attribute,
    labels_of,
    last_step,
    to_dense,
)
from skn2d.metrics._contingency import contingency
from skn2d.metrics._labels import (
    check_labels,
    check_same_length,
    check_true_labels,
    is_noise,
)

_MAX_LEGEND_ENTRIES = 20

_PLOT_CONSTRAINTS = {
    "max_points": [Interval(Integral, 1, None, closed="left"), None],
    "point_size": [Interval(Real, 0, None, closed="neither"), None],
    "legend": ["boolean"],
}


def _project(embedding):
    """Return points in the plane and what their two axes are."""
    n_samples, n_dimensions = embedding.shape
    if n_dimensions == 1:
        height = np.random.RandomState(0).uniform(size=n_samples)
        return np.column_stack([embedding[:, 0], height]), ("embedding", "random height")
    if n_dimensions == 2:
        return embedding, ("embedding dimension 1", "embedding dimension 2")
    if n_samples == 1:
        return embedding[:, :2], ("embedding dimension 1", "embedding dimension 2")
    pca = PCA(n_components=2, random_state=0)
    with np.errstate(invalid="ignore"):  # a constant embedding has no variance to share
        points = pca.fit_transform(embedding.astype(np.float64))
    shares = np.nan_to_num(pca.explained_variance_ratio_)
    names = [
        f"principal component {number} of {n_dimensions}-D embedding ({share:.0%})"
        for number, share in enumerate(shares, start=1)
    ]
    return points, names


def _color_groups(labels, labels_true):
    """Give every row a colour number in each panel, -1 for noise, matched ones the same.

    Returns a list of (title, legend title, codes, names), in which ``names[i]`` is the
    name of the group with colour number i, or None if this panel has no such group.
    """
    noise = is_noise(labels)
    n_noise = np.count_nonzero(noise)
    n_clusters = len(np.unique(labels[~noise]))
    title = f"{n_clusters} cluster{'s' if n_clusters != 1 else ''}"
    noise_part = f", {n_noise / len(labels):.1%} noise" if n_noise else ""
    if labels_true is None:
        codes = np.full(len(labels), -1)
        clusters, codes[~noise] = np.unique(labels[~noise], return_inverse=True)
        return [(title + noise_part, "cluster", codes, list(clusters))]
    table = contingency(labels_true, labels)
    colors = table.matched.copy()
    colors[colors < 0] = len(table.classes) + np.arange(np.count_nonzero(colors < 0))
    names = [None] * (max([len(table.classes) - 1, *colors]) + 1)
    for cluster, color in zip(table.clusters, colors, strict=True):
        names[color] = cluster
    codes = np.append(colors, -1)[table.cluster_codes]  # the code of noise is -1, the last
    title = f"{title}, accuracy {table.accuracy:.3f}{noise_part}"
    n_classes = len(table.classes)
    true_title = f"{n_classes} true class{'es' if n_classes != 1 else ''}"
    return [
        (true_title, "class", table.class_codes, list(table.classes)),
        (title, "cluster", codes, names),
    ]


class EmbeddingDisplay:
    """An embedding as points, coloured by cluster, beside the true classes if given.

    It is recommended to use :meth:`from_estimator`. All parameters are stored as
    attributes. Beside true classes, a cluster has the colour of the class that it is
    matched with one to one. Noise is grey and lies underneath. An embedding of more than
    two dimensions is projected onto its first two principal components; one of a single
    dimension is spread out over random heights.

    Parameters
    ----------
    embedding : array-like of shape (n_samples, n_dimensions) or (n_samples,)
        Coordinates.
    labels : array-like of shape (n_samples,)
        Predicted clusters, integers or strings; ``-1`` is noise.
    labels_true : array-like of shape (n_samples,), default=None
        True classes, integers or strings. None draws the clusters alone.

    Attributes
    ----------
    ax_ : matplotlib Axes
        Axes with the predicted clusters.
    axes_ : ndarray of matplotlib Axes, of shape (1,) or (2,)
        All Axes: true classes, if given, then predicted clusters.
    figure_ : matplotlib Figure
        Figure that holds them.

    See Also
    --------
    ContingencyDisplay : Classes against clusters in numbers.
    ClusterGalleryDisplay : Example members of every cluster.

    Examples
    --------
    >>> from skn2d.inspection import EmbeddingDisplay
    >>> display = EmbeddingDisplay([[0, 0], [0, 1], [5, 5]], [1, 1, 0], ["a", "a", "b"])
    >>> display.plot().ax_.get_title()
    '2 clusters, accuracy 1.000'
    """

    def __init__(self, embedding, labels, labels_true=None):
        self.embedding = embedding
        self.labels = labels
        self.labels_true = labels_true

    @classmethod
    def from_estimator(
        cls,
        estimator,
        X=None,
        y=None,
        *,
        ax=None,
        max_points=100_000,
        point_size=None,
        legend=True,
    ):
        """Draw the embedding and the clusters of a fitted estimator.

        Parameters
        ----------
        estimator : estimator
            Fitted clusterer with ``embedding_`` and ``labels_``, or with ``transform`` and
            ``predict`` if X is given.
        X : {array-like, sparse matrix} of shape (n_samples, n_features), default=None
            Rows to place and predict. None takes the training rows.
        y : array-like of shape (n_samples,), default=None
            True classes of these rows; they are then drawn beside the clusters.
        ax : matplotlib Axes or array-like of Axes, default=None
            Axes to draw on; two for true classes and clusters, or one that is then shared
            out. None makes a figure.
        max_points : int or None, default=100_000
            Most points to draw; of more rows, so many are chosen at random. Accuracy and
            counts are always those of all rows. None draws all.
        point_size : float, default=None
            Area of a point in square points. None chooses it by the number of points.
        legend : bool, default=True
            Whether to name classes and clusters; above 20 of them there is no legend.

        Returns
        -------
        EmbeddingDisplay
            The display, drawn.

        Raises
        ------
        NotFittedError
            If X is None and the estimator has no ``embedding_`` or ``labels_``.
        TypeError
            If X is given and the estimator cannot transform and predict it.
        ValueError
            If y does not fit the rows.

        Examples
        --------
        >>> from sklearn.cluster import KMeans
        >>> from sklearn.datasets import load_iris
        >>> from skn2d.inspection import EmbeddingDisplay
        >>> X, y = load_iris(return_X_y=True)
        >>> model = KMeans(3, random_state=0).fit(X)
        >>> display = EmbeddingDisplay.from_estimator(model, X, y)
        >>> len(display.axes_)
        2
        """
        if X is None:
            way_out = "Fit it first, or pass rows as X to place them by transform and predict."
            clusterer = last_step(estimator)
            embedding = to_dense(fitted_attribute(clusterer, "embedding_", way_out))
            labels = fitted_attribute(clusterer, "labels_", way_out)
        else:
            embedding, labels = call(estimator, "transform", X), labels_of(estimator, X)
        display = cls(embedding, labels, labels_true=y)
        return display.plot(ax=ax, max_points=max_points, point_size=point_size, legend=legend)

    def _panel_axes(self, ax, n_panels):
        """Return so many Axes, made, given, or cut out of the one given."""
        if ax is None:
            return new_axes((5.6 * n_panels, 4.8), n_panels)
        if is_axes(ax) and n_panels == 2:
            ax.set_axis_off()
            return np.array([ax.inset_axes((left, 0, 0.46, 1)) for left in (0, 0.54)])
        axes = [given_or_new_axes(one, None) for one in np.ravel(np.asarray(ax, dtype=object))]
        if len(axes) != n_panels:
            raise ValueError(
                f"ax must be {n_panels} Axes here, or one, or None; got {len(axes)}."
            )
        return np.array(axes)

    def _draw_legend(self, ax, title, names, colors, has_noise, outside):
        """Name the groups outside the Axes, or inside where the points then make room."""
        lines = import_optional("matplotlib.lines", "Drawing")
        shown = [(name, colors[i]) for i, name in enumerate(names) if name is not None]
        shown += [("noise", NOISE_COLOR)] if has_noise else []
        if not 0 < len(shown) <= _MAX_LEGEND_ENTRIES:
            return
        labels = shortened(name for name, _ in shown)
        handles = [
            lines.Line2D([], [], linestyle="", marker="o", color=color, label=label)
            for label, (_, color) in zip(labels, shown, strict=True)
        ]
        place = {"loc": "upper left", "bbox_to_anchor": (1, 1), "fontsize": "small"}
        if not outside:
            place = {"loc": "upper right", "fontsize": "x-small", "title_fontsize": "x-small"}
            longest = max(len(handle.get_label()) for handle in handles)
            inches = ax.get_window_extent().width / ax.figure.dpi
            share = min((0.5 + 0.07 * max(longest, len(title))) / inches, 0.6)
            left, right = ax.get_xlim()
            ax.set_xlim(left, left + (right - left) / (1 - share))
        ax.legend(handles=handles, title=title, handletextpad=0.1, **place)

    @validate_params(_PLOT_CONSTRAINTS, prefer_skip_nested_validation=True)
    def plot(self, ax=None, *, max_points=100_000, point_size=None, legend=True):
        """Draw the points.

        Parameters
        ----------
        ax : matplotlib Axes or array-like of Axes, default=None
            Axes to draw on; two for true classes and clusters, or one that is then shared
            out. None makes a figure.
        max_points : int or None, default=100_000
            Most points to draw; of more rows, so many are chosen at random. Accuracy and
            counts are always those of all rows. None draws all.
        point_size : float, default=None
            Area of a point in square points. None chooses it by the number of points.
        legend : bool, default=True
            Whether to name classes and clusters; above 20 of them there is no legend.

        Returns
        -------
        EmbeddingDisplay
            The display itself.

        Raises
        ------
        ValueError
            If embedding and labels do not describe the same rows or are not valid.
        """
        embedding = check_array(
            np.reshape(self.embedding, (-1, 1))
            if np.ndim(self.embedding) == 1
            else self.embedding,
            input_name="embedding",
        )
        labels = check_labels(self.labels, "labels")
        check_same_length(len(embedding), "embedding", len(labels), "labels")
        labels_true = self.labels_true
        if labels_true is not None:
            labels_true = check_true_labels(labels_true, len(labels))
        panels = _color_groups(labels, labels_true)
        points, axis_names = _project(embedding)
        # In random order no group covers another only because its number is higher.
        order = np.random.RandomState(0).permutation(len(points))[:max_points]
        points = points[order]
        size = np.clip(2e4 / len(order), 0.4, 24) if point_size is None else point_size
        color_of = np.array(distinct_colors(max(len(names) for *_, names in panels)))
        axes = self._panel_axes(ax, len(panels))
        if len(axes) == 2 and ax is not None:  # may be half as wide: lines of half the length
            axis_names = [name.replace(" of ", "\nof ") for name in axis_names]
            panels = [(title.replace(", ", ",\n", 1), *rest) for title, *rest in panels]
        for one, (title, legend_title, codes, names) in zip(axes, panels, strict=True):
            codes = codes[order]
            style = {"s": size, "linewidths": 0, "rasterized": True}
            noise = codes < 0
            if noise.any():
                one.scatter(*points[noise].T, color=NOISE_COLOR, zorder=1, **style)
            if not noise.all():
                kept = codes[~noise]
                one.scatter(*points[~noise].T, c=color_of[kept], zorder=2, alpha=0.8, **style)
            one.set(title=title, xlabel=axis_names[0], xticks=[], yticks=[])
            if legend:
                self._draw_legend(one, legend_title, names, color_of, noise.any(), ax is None)
        axes[0].set_ylabel(axis_names[1])
        self.axes_ = axes
        self.ax_ = axes[-1]
        self.figure_ = self.ax_.figure
        return self
