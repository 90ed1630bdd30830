"""Rows above what the autoencoder makes of them."""

from numbers import Integral

import numpy as np
from sklearn.utils import _safe_indexing, check_random_state
from sklearn.utils._param_validation import Interval, validate_params

from skn2d.inspection._estimators import (
    call,
    check_some_rows,
    dense_rows,
    row_shape_of,
    up_to_autoencoder,
)
from skn2d.inspection._row_pictures import draw_cells, resolve_row_shape

_CELLS_ACROSS = 12


class ReconstructionDisplay:
    """Rows of data above their reconstruction.

    It is recommended to use :meth:`from_estimator`. All parameters are stored as
    attributes.

    Parameters
    ----------
    originals : ndarray of shape (n_rows, n_features)
        Rows of data.
    reconstructions : ndarray of shape (n_rows, n_features)
        What the autoencoder makes of them.
    image_shape : tuple of int, default=None
        ``(height, width)`` or ``(height, width, channels)`` of the image that a row is;
        ``(length,)`` draws a row as a line. None takes a square number of columns, at
        least 16, as a grey image and draws any other row as a line.
    series_shape : tuple of int, default=None
        ``(n_timesteps,)`` or ``(n_timesteps, n_channels)`` of the series that a row is, in
        place of `image_shape`: one line for each channel, on its own scale.

    Attributes
    ----------
    ax_ : matplotlib Axes
        Axes with the grid of pictures or lines.
    figure_ : matplotlib Figure
        Figure that holds it.

    See Also
    --------
    TrainingCurveDisplay : The loss over the epochs.

    Examples
    --------
    >>> import numpy as np
    >>> from skn2d.inspection import ReconstructionDisplay
    >>> rows = np.random.RandomState(0).rand(5, 16)
    >>> display = ReconstructionDisplay(rows, rows.round(1)).plot()
    >>> [label.get_text() for label in display.ax_.get_yticklabels()]
    ['original', 'reconstruction']
    """

    def __init__(self, originals, reconstructions, *, image_shape=None, series_shape=None):
        self.originals = originals
        self.reconstructions = reconstructions
        self.image_shape = image_shape
        self.series_shape = series_shape

    @classmethod
    @validate_params(
        {
            "n_rows": [Interval(Integral, 1, None, closed="left")],
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
        n_rows=10,
        random_state=0,
        ax=None,
        cmap="gray",
    ):
        """Draw rows and their reconstruction by a fitted autoencoder.

        Parameters
        ----------
        estimator : estimator
            Fitted estimator with ``transform`` and ``inverse_transform``, or whose
            ``pipeline_`` has a step named ``"autoencoder"`` with them. Of a scikit-learn
            pipeline with such a step, that and all steps before it are meant.
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
        n_rows : int, default=10
            How many rows to draw, at random and in their order; all, if X has fewer.
        random_state : int, RandomState instance or None, default=0
            Seed of the choice.
        ax : matplotlib Axes, default=None
            Axes to draw on. None makes a figure.
        cmap : str or matplotlib Colormap, default="gray"
            Colours of grey images.

        Returns
        -------
        ReconstructionDisplay
            The display, drawn.

        Raises
        ------
        TypeError
            If the autoencoder cannot transform and transform back.
        ValueError
            If `image_shape` or `series_shape` does not fit the number of columns.

        Examples
        --------
        >>> from sklearn.datasets import load_digits
        >>> from sklearn.decomposition import PCA
        >>> from skn2d.inspection import ReconstructionDisplay
        >>> X = load_digits().data
        >>> display = ReconstructionDisplay.from_estimator(PCA(10).fit(X), X, n_rows=5)
        >>> display.reconstructions.shape
        (5, 64)
        """
        autoencoder = up_to_autoencoder(estimator)
        n_samples = check_some_rows(X)
        chosen = np.sort(check_random_state(random_state).permutation(n_samples)[:n_rows])
        originals = dense_rows(X, chosen)
        row_shape = row_shape_of(estimator, originals.shape[1], image_shape, series_shape)
        resolve_row_shape(**row_shape, n_features=originals.shape[1])
        codes = call(autoencoder, "transform", _safe_indexing(X, chosen))
        reconstructions = call(autoencoder, "inverse_transform", codes).astype(float)
        display = cls(originals, reconstructions, **row_shape)
        return display.plot(ax=ax, cmap=cmap)

    def plot(self, ax=None, *, cmap="gray"):
        """Draw the rows above their reconstruction, on the scale of the rows.

        Parameters
        ----------
        ax : matplotlib Axes, default=None
            Axes to draw on. None makes a figure.
        cmap : str or matplotlib Colormap, default="gray"
            Colours of grey images.

        Returns
        -------
        ReconstructionDisplay
            The display itself.

        Raises
        ------
        ValueError
            If originals and reconstructions differ in shape, or `image_shape` or
            `series_shape` does not fit the number of columns.
        """
        originals = np.asarray(self.originals, dtype=float)
        reconstructions = np.asarray(self.reconstructions, dtype=float)
        if originals.ndim != 2 or originals.shape != reconstructions.shape:
            raise ValueError(
                "originals and reconstructions must be of the same shape (n_rows, "
                f"n_features); got {originals.shape} and {reconstructions.shape}."
            )
        check_some_rows(originals, "originals")
        n_rows, n_features = originals.shape
        shape = resolve_row_shape(self.image_shape, self.series_shape, n_features)
        across = min(n_rows, _CELLS_ACROSS if shape.image else _CELLS_ACROSS // 2)
        n_bands = -(-n_rows // across)
        cells = np.full((2 * n_bands, across, n_features), np.nan)
        for row in range(n_rows):
            band, column = divmod(row, across)
            cells[2 * band, column] = originals[row]
            cells[2 * band + 1, column] = reconstructions[row]
        error = np.mean((originals - reconstructions) ** 2)
        self.ax_ = draw_cells(
            ax,
            cells,
            shape,
            scale_of=originals,
            cmap=cmap,
            row_names=["original", "reconstruction"] * n_bands,
            row_colors=["black", "tab:blue"] * n_bands,
            title=f"mean squared error {error:.3g}",
        )
        self.figure_ = self.ax_.figure
        return self
