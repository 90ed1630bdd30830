"""Classes against clusters as a heat map."""

import numpy as np
from sklearn.utils._param_validation import StrOptions, validate_params

from skn2d.inspection._drawing import given_or_new_axes, shortened
from skn2d.inspection._estimators import check_one_each, labels_of
from skn2d.metrics._contingency import contingency
from skn2d.metrics._labels import check_labels, check_true_labels

_MAX_COLUMNS_WITH_NUMBERS = 16
_MAX_NAMES = 40


def _every(names):
    """Take so many evenly spaced names that they fit beside the picture."""
    return np.arange(0, len(names), -(-len(names) // _MAX_NAMES))


class ContingencyDisplay:
    """Contingency table of true classes and predicted clusters, as a heat map.

    It is recommended to use :meth:`from_estimator` or :meth:`from_predictions`. All
    parameters are stored as attributes.

    Parameters
    ----------
    counts : ndarray of shape (n_classes, n_columns)
        Number of rows of each class in each cluster.
    class_names : sequence, default=None
        Names of the rows of the table. None numbers them.
    cluster_names : sequence, default=None
        Names of the columns. None numbers them.
    accuracy : float, default=None
        Clustering accuracy to write above; None writes none.

    Attributes
    ----------
    ax_ : matplotlib Axes
        Axes with the heat map.
    figure_ : matplotlib Figure
        Figure that holds it.
    im_ : matplotlib AxesImage
        The heat map.
    text_ : list of matplotlib Text
        The counts written into it; empty if there are none.

    See Also
    --------
    skn2d.metrics.clustering_report : The same as text, with scores.

    Examples
    --------
    >>> import numpy as np
    >>> from skn2d.inspection import ContingencyDisplay
    >>> display = ContingencyDisplay(np.array([[5, 0], [1, 4]])).plot()
    >>> [text.get_text() for text in display.text_]
    ['5', '1', '4']
    """

    def __init__(self, counts, *, class_names=None, cluster_names=None, accuracy=None):
        self.counts = counts
        self.class_names = class_names
        self.cluster_names = cluster_names
        self.accuracy = accuracy

    @classmethod
    def from_estimator(
        cls, estimator, X, y, *, ax=None, include_values="auto", cmap="Blues", colorbar=True
    ):
        """Draw the true classes of rows against the clusters an estimator predicts.

        Parameters
        ----------
        estimator : estimator
            Fitted clusterer with ``predict``; without it, ``labels_`` are taken, and X
            must be the training rows.
        X : {array-like, sparse matrix} of shape (n_samples, n_features)
            The rows.
        y : array-like of shape (n_samples,)
            Their true classes, integers or strings.
        ax : matplotlib Axes, default=None
            Axes to draw on. None makes a figure.
        include_values : bool or "auto", default="auto"
            Whether to write the counts; ``"auto"`` does up to 16 classes and columns.
        cmap : str or matplotlib Colormap, default="Blues"
            Colours.
        colorbar : bool, default=True
            Whether to draw a colour bar.

        Returns
        -------
        ContingencyDisplay
            The display, drawn.

        Raises
        ------
        ValueError
            If y does not fit X.

        Examples
        --------
        >>> from sklearn.cluster import KMeans
        >>> from sklearn.datasets import load_iris
        >>> from skn2d.inspection import ContingencyDisplay
        >>> X, y = load_iris(return_X_y=True)
        >>> model = KMeans(3, random_state=0).fit(X)
        >>> display = ContingencyDisplay.from_estimator(model, X, y)
        >>> int(display.counts.sum())
        150
        """
        return cls.from_predictions(
            y,
            labels_of(estimator, X),
            ax=ax,
            include_values=include_values,
            cmap=cmap,
            colorbar=colorbar,
        )

    @classmethod
    def from_predictions(
        cls, y_true, labels, *, ax=None, include_values="auto", cmap="Blues", colorbar=True
    ):
        """Draw true classes against predicted clusters.

        Clusters are ordered so that those matched with a class lie on the diagonal. Those
        left over come after them, the largest first, and noise last; classes left over
        come last among the classes.

        Parameters
        ----------
        y_true : array-like of shape (n_samples,)
            True classes, integers or strings.
        labels : array-like of shape (n_samples,)
            Predicted clusters, integers or strings; ``-1`` is noise.
        ax : matplotlib Axes, default=None
            Axes to draw on. None makes a figure.
        include_values : bool or "auto", default="auto"
            Whether to write the counts; ``"auto"`` does up to 16 classes and columns.
        cmap : str or matplotlib Colormap, default="Blues"
            Colours.
        colorbar : bool, default=True
            Whether to draw a colour bar.

        Returns
        -------
        ContingencyDisplay
            The display, drawn.

        Raises
        ------
        ValueError
            If the lengths differ or the labels are not valid.

        Examples
        --------
        >>> from skn2d.inspection import ContingencyDisplay
        >>> display = ContingencyDisplay.from_predictions(
        ...     ["a", "a", "b", "b"], [1, 1, 0, -1]
        ... )
        >>> display.counts.tolist()
        [[2, 0, 0], [0, 1, 1]]
        >>> display.cluster_names
        [1, 0, 'noise']
        """
        labels = check_labels(labels, "labels")
        table = contingency(check_true_labels(y_true, len(labels)), labels)
        sizes = table.counts.sum(axis=0)
        free = len(table.classes)
        columns = np.lexsort((-sizes, np.where(table.matched < 0, free, table.matched)))
        in_use = np.isin(np.arange(free), table.matched)
        rows = np.argsort(~in_use, kind="stable")
        counts = table.counts[np.ix_(rows, columns)]
        cluster_names = table.clusters[columns].tolist()
        if table.noise_counts.any():
            counts = np.column_stack([counts, table.noise_counts[rows]])
            cluster_names.append("noise")
        display = cls(
            counts,
            class_names=table.classes[rows].tolist(),
            cluster_names=cluster_names,
            accuracy=table.accuracy,
        )
        return display.plot(ax=ax, include_values=include_values, cmap=cmap, colorbar=colorbar)

    @validate_params(
        {"include_values": ["boolean", StrOptions({"auto"})], "colorbar": ["boolean"]},
        prefer_skip_nested_validation=True,
    )
    def plot(self, ax=None, *, include_values="auto", cmap="Blues", colorbar=True):
        """Draw the heat map.

        The colour is the share of the class, so that small classes show as well as large
        ones; counts of 0 are left out.

        Parameters
        ----------
        ax : matplotlib Axes, default=None
            Axes to draw on. None makes a figure.
        include_values : bool or "auto", default="auto"
            Whether to write the counts; ``"auto"`` does up to 16 classes and columns.
        cmap : str or matplotlib Colormap, default="Blues"
            Colours.
        colorbar : bool, default=True
            Whether to draw a colour bar.

        Returns
        -------
        ContingencyDisplay
            The display itself.

        Raises
        ------
        ValueError
            If `counts` is no table, or names do not fit it.
        """
        counts = np.asarray(self.counts)
        if counts.ndim != 2 or not counts.size:
            raise ValueError(
                "counts must be a table of shape (n_classes, n_columns), at least one of each; "
                f"got an array of shape {counts.shape}."
            )
        n_rows, n_columns = counts.shape
        check_one_each("class_names", self.class_names, n_rows, "row of counts")
        check_one_each("cluster_names", self.cluster_names, n_columns, "column of counts")
        rows = range(n_rows) if self.class_names is None else self.class_names
        columns = range(n_columns) if self.cluster_names is None else self.cluster_names
        row_names = shortened(rows)
        column_names = shortened(columns)
        if include_values == "auto":
            include_values = max(counts.shape) <= _MAX_COLUMNS_WITH_NUMBERS
        n_digits = len(str(counts.max(initial=0))) if include_values else 0
        width = np.clip(max(0.48, 0.1 * n_digits) * n_columns, 2, max(9, 1.6 * n_digits))
        ax = given_or_new_axes(ax, (2.2 + width, 1.2 + np.clip(0.42 * n_rows, 2, 8)))
        share = counts / np.maximum(counts.sum(axis=1, keepdims=True), 1)
        self.im_ = ax.imshow(share, cmap=cmap, vmin=0, vmax=1, aspect="auto")
        self.text_ = []
        if include_values:
            size = "small" if n_columns <= 10 else "x-small"
            for row, column in np.argwhere(counts > 0):
                red, green, blue, _ = self.im_.cmap(share[row, column])
                dark = 0.3 * red + 0.59 * green + 0.11 * blue < 0.5
                text = ax.text(
                    column,
                    row,
                    str(counts[row, column]),
                    ha="center",
                    va="center",
                    fontsize=size,
                    color="white" if dark else "black",
                )
                self.text_.append(text)
        size = "medium" if max(counts.shape) <= _MAX_COLUMNS_WITH_NUMBERS else "x-small"
        fitting = 5 if n_columns <= _MAX_COLUMNS_WITH_NUMBERS else 3
        upright = max(len(name) for name in column_names) > fitting
        shown = _every(column_names)
        ax.set_xticks(
            shown,
            labels=[column_names[i] for i in shown],
            rotation=90 if upright else 0,
            fontsize=size,
        )
        shown = _every(row_names)
        ax.set_yticks(shown, labels=[row_names[i] for i in shown], fontsize=size)
        ax.set(xlabel="predicted cluster", ylabel="true class")
        if self.accuracy is not None:
            ax.set_title(f"clustering accuracy {self.accuracy:.3f}")
        if colorbar:
            ax.figure.colorbar(self.im_, ax=ax, label="share of the class")
        self.ax_ = ax
        self.figure_ = ax.figure
        return self
