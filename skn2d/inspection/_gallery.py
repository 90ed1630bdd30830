"""Example members of every cluster."""

from numbers import Integral

import numpy as np
from sklearn.utils import check_random_state
from sklearn.utils._param_validation import Interval, validate_params

from skn2d.inspection._drawing import NOISE_TEXT_COLOR, distinct_colors, shortened
from skn2d.inspection._estimators import (
    check_one_each,
    check_some_rows,
    dense_rows,
    labels_of,
    row_shape_of,
    to_dense,
)
from skn2d.inspection._row_pictures import draw_cells, resolve_row_shape
from skn2d.metrics._labels import is_noise


def _by_typicality(estimator, X, labels):
    """Return the numbers of the rows, the most typical of their clusters first."""
    is_training = np.array_equal(np.asarray(getattr(estimator, "labels_", ())), labels)
    memberships = np.asarray(getattr(estimator, "probabilities_", ()))
    stored = to_dense(getattr(estimator, "embedding_", ()))
    if hasattr(estimator, "transform"):
        embedding = to_dense(estimator.transform(X))
        if len(stored):  # other rows may happen to have the same labels
            same = stored.shape == embedding.shape and np.allclose(stored, embedding)
            is_training = is_training and same
    else:
        if is_training and hasattr(estimator, "predict_proba"):
            answers = estimator.predict_proba(X).max(axis=1, initial=0)
            is_training = memberships.shape == answers.shape and np.allclose(
                memberships, answers
            )
        embedding = stored if is_training and len(stored) == len(labels) else to_dense(X)
    if not is_training or memberships.shape != labels.shape:
        memberships = np.ones(len(labels))
    embedding = embedding.reshape(len(labels), -1).astype(float)
    distances = np.empty(len(labels))
    for cluster in np.unique(labels):
        members = embedding[labels == cluster]
        distances[labels == cluster] = np.linalg.norm(members - members.mean(axis=0), axis=1)
    # The last digits of a mixture's probabilities near 1 tell nothing.
    return np.lexsort((distances, -memberships.astype(float).round(2)))


class ClusterGalleryDisplay:
    """Example members of every cluster, the most typical first.

    It is recommended to use :meth:`from_estimator`. All parameters are stored as
    attributes.

    Parameters
    ----------
    examples : list of ndarray of shape (n_examples, n_features)
        Members of each cluster, at least one; clusters may differ in their number.
    cluster_names : list
        Name of each cluster; the name ``"noise"`` is drawn in grey.
    sizes : list of int, default=None
        Number of rows of each cluster, written beside it. None writes none.
    image_shape : tuple of int, default=None
        ``(height, width)`` or ``(height, width, channels)`` of the image that a row is;
        ``(length,)`` draws a row as a line. None takes a square number of columns, at
        least 16, as a grey image and draws any other row as a line.
    series_shape : tuple of int, default=None
        ``(n_timesteps,)`` or ``(n_timesteps, n_channels)`` of the series that a row is, in
        place of `image_shape`: one line for each channel, on its own scale.
    title : str, default="example members"
        What to write above.

    Attributes
    ----------
    ax_ : matplotlib Axes
        Axes with the grid of pictures or lines.
    figure_ : matplotlib Figure
        Figure that holds it.

    See Also
    --------
    EmbeddingDisplay : All rows as points.

    Examples
    --------
    >>> import numpy as np
    >>> from skn2d.inspection import ClusterGalleryDisplay
    >>> rows = np.random.RandomState(0).rand(6, 16)
    >>> display = ClusterGalleryDisplay([rows[:4], rows[4:]], [0, "noise"]).plot()
    >>> [label.get_text() for label in display.ax_.get_yticklabels()]
    ['0', 'noise']
    """

    def __init__(
        self,
        examples,
        cluster_names,
        *,
        sizes=None,
        image_shape=None,
        series_shape=None,
        title="example members",
    ):
        self.examples = examples
        self.cluster_names = cluster_names
        self.sizes = sizes
        self.image_shape = image_shape
        self.series_shape = series_shape
        self.title = title

    @classmethod
    @validate_params(
        {
            "n_examples": [Interval(Integral, 1, None, closed="left")],
            "max_clusters": [Interval(Integral, 1, None, closed="left")],
            "random_state": ["random_state"],
        },
        prefer_skip_nested_validation=True,
    )
    def from_estimator(
        cls,
        estimator,
        X,
        *,
        image_shape=None,
        series_shape=None,
        n_examples=8,
        max_clusters=20,
        random_state=0,
        ax=None,
        cmap="gray",
    ):
        """Draw examples of every cluster that an estimator finds in rows.

        The most typical rows are those with the highest ``estimator.probabilities_``, in
        hundredths, where X holds the training rows and the estimator has them; of these, and
        otherwise, those nearest to the mean of their cluster in the embedding, or in the rows
        themselves where there is none. Of noise, any rows are drawn.

        Parameters
        ----------
        estimator : estimator
            Fitted clusterer with ``predict``, or with ``labels_`` if X holds the training
            rows.
        X : {array-like, sparse matrix} of shape (n_samples, n_features)
            The rows to choose from.
        image_shape : tuple of int, default=None
            ``(height, width)`` or ``(height, width, channels)`` of the image that a row
            is; ``(length,)`` draws a row as a line. None takes what the network's
            architecture says; without one, a square number of columns, at least 16, is a
            grey image and any other row a line.
        series_shape : tuple of int, default=None
            ``(n_timesteps,)`` or ``(n_timesteps, n_channels)`` of the series that a row is,
            in place of `image_shape`: one line for each channel, on its own scale.
        n_examples : int, default=8
            Most examples of each cluster.
        max_clusters : int, default=20
            Most clusters to draw; of more, the largest are drawn. Noise comes on top.
        random_state : int, RandomState instance or None, default=0
            Seed of the choice of noise rows.
        ax : matplotlib Axes, default=None
            Axes to draw on. None makes a figure.
        cmap : str or matplotlib Colormap, default="gray"
            Colours of grey images.

        Returns
        -------
        ClusterGalleryDisplay
            The display, drawn.

        Raises
        ------
        TypeError
            If the estimator lacks a method that is needed.
        ValueError
            If `image_shape` or `series_shape` does not fit the number of columns.

        Examples
        --------
        >>> from sklearn.cluster import KMeans
        >>> from sklearn.datasets import load_digits
        >>> from skn2d.inspection import ClusterGalleryDisplay
        >>> X = load_digits().data
        >>> model = KMeans(10, random_state=0).fit(X)
        >>> display = ClusterGalleryDisplay.from_estimator(model, X, n_examples=5)
        >>> [len(rows) for rows in display.examples]
        [5, 5, 5, 5, 5, 5, 5, 5, 5, 5]
        """
        check_some_rows(X)
        n_features = dense_rows(X, [0]).shape[1]
        row_shape = row_shape_of(estimator, n_features, image_shape, series_shape)
        resolve_row_shape(**row_shape, n_features=n_features)
        labels = labels_of(estimator, X)
        typical = _by_typicality(estimator, X, labels)
        noise = is_noise(labels)
        clusters, counts = np.unique(labels[~noise], return_counts=True)
        kept = np.sort(np.argsort(-counts, kind="stable")[:max_clusters])
        names, sizes = clusters[kept].tolist(), counts[kept].tolist()
        groups = []
        for cluster in clusters[kept]:
            groups.append(typical[labels[typical] == cluster][:n_examples])
        if noise.any():
            names.append("noise")
            sizes.append(int(noise.sum()))
            order = check_random_state(random_state).permutation(np.flatnonzero(noise))
            groups.append(order[:n_examples])
        title = f"examples of the {len(kept)} largest of {len(clusters)} clusters"
        if len(kept) == len(clusters):
            title = "examples of each cluster, the most typical first"
        display = cls(
            [dense_rows(X, rows) for rows in groups],
            names,
            sizes=sizes,
            title=title,
            **row_shape,
        )
        return display.plot(ax=ax, cmap=cmap)

    def plot(self, ax=None, *, cmap="gray"):
        """Draw one row of examples for each cluster.

        Parameters
        ----------
        ax : matplotlib Axes, default=None
            Axes to draw on. None makes a figure.
        cmap : str or matplotlib Colormap, default="gray"
            Colours of grey images.

        Returns
        -------
        ClusterGalleryDisplay
            The display itself.

        Raises
        ------
        ValueError
            If `image_shape` or `series_shape` does not fit the number of columns.
        """
        check_some_rows(self.examples, "examples")
        for name, values in (("cluster_names", self.cluster_names), ("sizes", self.sizes)):
            check_one_each(name, values, len(self.examples), "cluster in examples")
        examples = [np.asarray(rows, dtype=float) for rows in self.examples]
        n_features = examples[0].shape[1]
        shape = resolve_row_shape(self.image_shape, self.series_shape, n_features)
        n_across = max(map(len, examples))
        cells = np.full((len(examples), n_across, n_features), np.nan)
        for row, members in enumerate(examples):
            cells[row, : len(members)] = members
        names = shortened(self.cluster_names)
        if self.sizes is not None:
            names = [f"{name}  ({size})" for name, size in zip(names, self.sizes, strict=True)]
        colors = iter(distinct_colors(len(names)))
        row_colors = [
            NOISE_TEXT_COLOR if name == "noise" else next(colors) for name in self.cluster_names
        ]
        self.ax_ = draw_cells(
            ax,
            cells,
            shape,
            scale_of=cells,
            cmap=cmap,
            row_names=names,
            row_colors=row_colors,
            title=self.title,
        )
        self.figure_ = self.ax_.figure
        return self
