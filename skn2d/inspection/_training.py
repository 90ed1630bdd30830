"""The loss of each network over the epochs."""

import numpy as np
from sklearn.utils._param_validation import StrOptions, validate_params

from skn2d._optional import import_optional
from skn2d.inspection._drawing import distinct_colors, given_or_new_axes
from skn2d.inspection._estimators import autoencoder_of, fitted_attribute

_MAX_LEGEND_ENTRIES = 20


def _alone(values):
    """Indices of numbers without one beside them: no line would show these."""
    there = np.concatenate([[False], np.isfinite(values), [False]])
    return np.flatnonzero(there[1:-1] & ~there[:-2] & ~there[2:]).tolist()


class TrainingCurveDisplay:
    """Training curves of an autoencoder, one for each of its networks.

    It is recommended to use :meth:`from_estimator`. All parameters are stored as
    attributes.

    Parameters
    ----------
    history : list of dict, or dict
        One dict for each network (or that of the only one), which maps names such as
        ``"loss"``, ``"val_loss"`` and ``"learning_rate"`` to a list with one float for each
        epoch.
    metric : str, default="loss"
        Name of the curve to draw. If the history has it, ``"val_" + metric`` is drawn
        too, dashed and in the same colour.

    Attributes
    ----------
    ax_ : matplotlib Axes
        Axes with the curves.
    figure_ : matplotlib Figure
        Figure that holds them.
    lines_ : list of matplotlib Line2D
        The curves, network by network, training before validation.

    See Also
    --------
    ReconstructionDisplay : What the trained autoencoder makes of single rows.

    Examples
    --------
    >>> from skn2d.inspection import TrainingCurveDisplay
    >>> history = [{"loss": [0.9, 0.3, 0.2], "val_loss": [0.8, 0.4, 0.3]}]
    >>> display = TrainingCurveDisplay(history).plot()
    >>> len(display.lines_)
    2
    """

    def __init__(self, history, *, metric="loss"):
        self.history = history
        self.metric = metric

    @classmethod
    def from_estimator(cls, estimator, *, metric="loss", ax=None, yscale="auto"):
        """Draw the training curves of a fitted estimator.

        Parameters
        ----------
        estimator : estimator
            Fitted estimator with ``histories_``, or whose ``pipeline_`` has a step named
            ``"autoencoder"`` with it.
        metric : str, default="loss"
            Name of the curve to draw, such as ``"loss"`` or ``"learning_rate"``.
        ax : matplotlib Axes, default=None
            Axes to draw on. None makes a figure.
        yscale : {"auto", "linear", "log"}, default="auto"
            Scale of the vertical axis. ``"auto"`` takes ``"log"`` if the values are
            positive and span more than a factor of 10.

        Returns
        -------
        TrainingCurveDisplay
            The display, drawn.

        Raises
        ------
        NotFittedError
            If there is no ``histories_``.
        ValueError
            If the history has no curve of that name.

        Examples
        --------
        >>> from types import SimpleNamespace
        >>> from skn2d.inspection import TrainingCurveDisplay
        >>> model = SimpleNamespace(histories_=[{"loss": [0.9, 0.3]}, {"loss": [0.8, 0.4]}])
        >>> display = TrainingCurveDisplay.from_estimator(model)
        >>> display.ax_.get_xlabel()
        'epoch'
        """
        history = fitted_attribute(
            autoencoder_of(estimator),
            "histories_",
            "Training curves exist for a fitted AutoencoderTransformer, or for an "
            "N2DClusterer with one as its autoencoder step.",
        )
        return cls(history, metric=metric).plot(ax=ax, yscale=yscale)

    def _records(self):
        return [self.history] if isinstance(self.history, dict) else self.history

    def _curves(self):
        """List (network, is_validation, values) of every curve with at least one epoch."""
        curves = []
        for network, record in enumerate(self._records()):
            for name in (self.metric, f"val_{self.metric}"):
                if len(record.get(name, ())):
                    values = np.asarray(record[name], dtype=float)
                    curves.append((network, name != self.metric, values))
        if not curves:
            names = sorted({name for record in self._records() for name in record})
            raise ValueError(
                f"metric={self.metric!r} is not in the history, or has no epoch; the "
                f"history has {names}."
            )
        return curves

    @validate_params(
        {"yscale": [StrOptions({"auto", "linear", "log"})]}, prefer_skip_nested_validation=True
    )
    def plot(self, ax=None, *, yscale="auto"):
        """Draw the curves.

        Parameters
        ----------
        ax : matplotlib Axes, default=None
            Axes to draw on. None makes a figure.
        yscale : {"auto", "linear", "log"}, default="auto"
            Scale of the vertical axis. ``"auto"`` takes ``"log"`` if the values are
            positive and span more than a factor of 10.

        Returns
        -------
        TrainingCurveDisplay
            The display itself.

        Raises
        ------
        ValueError
            If the history has no curve of that name.
        """
        curves = self._curves()
        ticker = import_optional("matplotlib.ticker", "Drawing")
        ax = given_or_new_axes(ax, (6.4, 4.2))
        n_networks = len(self._records())
        colors = distinct_colors(n_networks)
        self.lines_ = []
        for network, is_validation, values in curves:
            name = "validation" if is_validation else "training"
            alone = _alone(values)
            (line,) = ax.plot(
                np.arange(1, len(values) + 1),
                values,
                linestyle="--" if is_validation else "-",
                marker="o" if alone else None,
                markevery=alone or None,
                color=colors[network],
                label=name if n_networks == 1 else f"network {network + 1}, {name}",
            )
            self.lines_.append(line)
        if yscale == "auto":
            values = np.concatenate([values for _, _, values in curves])
            values = values[np.isfinite(values)]
            wide = len(values) > 0 and 0 < 10 * values.min() < values.max()
            yscale = "log" if wide else "linear"
        ax.set(xlabel="epoch", ylabel=self.metric.replace("_", " "), yscale=yscale)
        ax.xaxis.set_major_locator(ticker.MaxNLocator(integer=True, min_n_ticks=1))
        if len(self.lines_) <= _MAX_LEGEND_ENTRIES:
            ax.legend(fontsize="small", ncols=1 + (len(self.lines_) > 8))
        elif len({line.get_linestyle() for line in self.lines_}) > 1:
            lines = import_optional("matplotlib.lines", "Drawing")
            kinds = [("-", "training"), ("--", "validation")]
            handles = [
                lines.Line2D([], [], color="black", linestyle=style, label=name)
                for style, name in kinds
            ]
            ax.legend(handles=handles, fontsize="small")
        self.ax_ = ax
        self.figure_ = ax.figure
        return self
