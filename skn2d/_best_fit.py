"""Of several fits of manifold and clusterer to the same codes, the one with the best groups."""

import statistics

import numpy as np
from sklearn.utils.validation import check_array

from skn2d._apart import Parts, Surroundings
from skn2d._inductive import native_labels
from skn2d._manifold import InductiveManifold
from skn2d._metric import unit_rows
from skn2d._neighbor_graph import NeighborGraph, best_groups

# Splitting a group of a share p of the rows adds p**2 / 2 to the modularity whatever the rows
# are like, and takes away the edges that are cut. Where a cut through a round group costs more
# than it gains, from five groups on, numbers may differ from the median by one in five.
_GROUPS_PER_ONE_MORE = 5
# The same layout to other seeds has up to .001 more or less.
_NEAR = 2e-3


def places_of(fit, codes):
    """Where a fitted manifold puts the codes that it was fitted to.

    Parameters
    ----------
    fit : sklearn.pipeline.Pipeline
        The fitted manifold and clusterer.
    codes : array-like of shape (n_samples, n_codes)
        The codes, in the same order as for the fit.

    Returns
    -------
    array-like of shape (n_samples, n_dimensions)
        Their places, as the clusterer takes them.
    """
    # A clusterer that was handed a table wants one again, which `transform` makes.
    if isinstance(fit[0], InductiveManifold) and not hasattr(fit[-1], "feature_names_in_"):
        return fit[0].embedding_
    return fit[:-1].transform(codes)


def parts_of(codes, metric, n_groups=None):
    """Find the parts of codes in the graph of their nearest neighbours.

    Parameters
    ----------
    codes : array-like of shape (n_samples, n_codes)
        The codes.
    metric : str or None
        How they are compared: by angle where it is "cosine", else by distance.
    n_groups : int or None, default=None
        As in :class:`skn2d._apart.Parts`.

    Returns
    -------
    Parts or None
        None where the codes are no dense numbers.
    """
    try:
        rows = check_array(codes, dtype=[np.float64, np.float32], ensure_min_samples=2)
    except (TypeError, ValueError):
        return None
    graph = NeighborGraph(unit_rows(rows) if metric == "cosine" else rows)
    return Parts(graph, n_groups)


class FitChoice:
    """Chooses, without labels, among fits to other seeds or with other neighbourhoods.

    Where all have the same number of groups, they are compared by their quality in the graph
    of nearest neighbours; else those with about the median number are, by modularity. Where
    that is about the same, their agreement counts. Of fits to a known number, such as cut a
    group are left out where as many lie apart in the layout of another. Of codes that spread
    in few dimensions, which layouts tear, those with the fewest groups are compared.

    Parameters
    ----------
    codes : array-like of shape (n_samples, n_codes)
        Whose groups are looked at.
    is_fitted_to_them : bool, default=True
        Whether it is these codes that the manifolds and clusterers are fitted to.
    parts : Parts or None, default=None
        Those of the codes where they are known; None means to find them.

    Attributes
    ----------
    fits : list of sklearn.pipeline.Pipeline
        Each a fitted manifold and clusterer.
    labels : list of ndarray of shape (n_samples,), int
        The groups that each fit says the codes are in.
    n_groups : list of int
        The number of them, noise aside.
    modularity : list of float
        The modularity of each fit's groups.
    """

    def __init__(self, codes, is_fitted_to_them=True, parts=None):
        self._codes = codes
        self._is_fitted_to_them = is_fitted_to_them
        self._parts = parts
        self._places = []
        self.fits, self.labels, self.n_groups, self.modularity = [], [], [], []

    def add(self, fit):
        """Take one more fit into account.

        Raises
        ------
        ValueError
            If neither the codes nor their places are dense numbers.
        """
        if self._is_fitted_to_them:
            places = places_of(fit, self._codes)
        else:
            places = fit[:-1].transform(self._codes)
        if self._parts is None:
            metric = getattr(fit[0], "metric", None)
            self._parts = parts_of(self._codes, metric) or parts_of(places, None)
            if self._parts is None:
                raise ValueError(
                    "Several fits are compared in the graph of nearest neighbours, which needs "
                    "dense rows. Set n_init=1, or make them dense in the first step, for "
                    "example by sklearn.decomposition.TruncatedSVD."
                )
        labels = native_labels(fit[-1], places)
        self._places.append(places)
        self.fits.append(fit)
        self.labels.append(labels)
        self.n_groups.append(len(np.unique(labels[labels >= 0])))
        self.modularity.append(self._parts.graph.modularity(labels))

    def best(self):
        """Say at which place of the lists the fit with the best groups is."""
        median = statistics.median_low(self.n_groups)
        if set(self.n_groups) == {median}:
            quality = [self._parts.graph.quality(one, median) for one in self.labels]
            is_torn = self._parts.are_torn(self.labels, median)
            is_left_out = is_torn | self._are_cut()
            quality = np.where(is_torn if is_left_out.all() else is_left_out, -np.inf, quality)
        else:
            expected, tolerance = median, median // _GROUPS_PER_ONE_MORE
            if self._parts.have_few_dimensions:
                # One group is what most say, or a layout that says nothing.
                fewest = min(2, median)
                expected, tolerance = min(n for n in self.n_groups if n >= fewest), 0
            is_usual = np.abs(np.subtract(self.n_groups, expected)) <= tolerance
            quality = np.where(is_usual, self.modularity, -np.inf)
        return best_groups(self.labels, quality, near=_NEAR)[0]

    def _are_cut(self):
        """Whether groups are cut in their layout, where in others as many lie apart."""
        none = np.zeros(len(self.fits), dtype=bool)
        n_groups = self._parts.n_groups
        if n_groups is None:
            return none
        from skn2d._density_start import groups_apart  # mixtures, not needed to label rows

        try:
            rows = [check_array(places, dtype=np.float64) for places in self._places]
        except (TypeError, ValueError):  # places that are no dense numbers
            return none
        pairs = zip(rows, self.labels, strict=True)
        are_cut = np.array([Surroundings(places).are_cut(labels) for places, labels in pairs])
        if not are_cut.any() or are_cut.all():
            return none
        whole = [rows[i] for i in np.flatnonzero(~are_cut)]
        lie_apart = any(groups_apart(places, n_groups) is not None for places in whole)
        return are_cut if lie_apart else none
