"""UMAP, adapted to small data, to its seed and to its share of the cores."""

import contextlib
import contextvars
import os
from numbers import Integral

import joblib
import numpy as np
from scipy.sparse.linalg import ArpackError
from tqdm import tqdm

from skn2d._cores import core_share
from skn2d._eigensolver import eigensolver_seeded
from skn2d._kept_compilation import keep_compiled
from skn2d._learners import embed
from skn2d._neighbors import NeighborSearch
from skn2d._optional import import_optional, import_umap
from skn2d._warning_filters import warning_filters

# Up to 4095 rows UMAP itself calls a function for each pair of them, and compiles ten seconds
# to sort what it says; for more it searches approximately, with functions that take a new
# process half a minute to compile. The exact search needs .5 s for 10,000 rows and 20 for
# 70,000; for many more it would cost most of the fit.
_MAX_SEARCHED = 100_000
# Of fewer rows the spectral start takes no time, and its parts depend more on the seed.
_MIN_START_SHARED = 4096

# Two rows have no neighbours beside each other, and UMAP fails somewhere inside.
_MIN_EMBEDDED = 3

_SPECTRAL_FAILURE = "Spectral initialisation failed"
# What UMAP says when it adapts to small data or to a seed, as it is asked to here.
_EXPECTED_WARNINGS = (
    "n_neighbors is larger than the dataset size",
    "Graph is not fully connected",
    "k >= N for N",
    r"precomputed_knn\[2\]",
)


def default_umap(n_components, n_neighbors=20, verbose=False):
    """Make the UMAP that N2D uses by default: tight groups in few dimensions.

    Parameters
    ----------
    n_components : int
        Dimensions of the embedding; for clustering, the number of clusters if there are few.
    n_neighbors : int, default=20
        Neighbours of a row that are to stay near.
    verbose : bool, default=False
        Whether to show the progress: a bar, without what UMAP's own `verbose` says.

    Returns
    -------
    umap.UMAP
        Unfitted, with a minimal distance of 0 and 100 epochs: half of what UMAP itself takes
        for more than 10,000 rows, and the groups are no worse.
    """
    bar = {"desc": "layout", "unit": "epoch", "bar_format": None, "disable": False}
    return import_umap().UMAP(
        n_neighbors=n_neighbors,
        min_dist=0.0,
        n_components=n_components,
        n_epochs=100,
        tqdm_kwds=bar if verbose else None,
    )


def usable_threads(n_jobs):
    """Count the threads that a UMAP can be asked for.

    Parameters
    ----------
    n_jobs : int
        In scikit-learn's sense: -1 is all cores, -2 all but one.

    Returns
    -------
    int
        At least 1, and no more than numba has.
    """
    numba = import_optional("numba", "UMAP")
    return min(joblib.effective_n_jobs(n_jobs), numba.config.NUMBA_NUM_THREADS)


def is_umap(learner):
    """Whether an estimator is a UMAP of some kind; nothing is imported to find out."""
    return any(c.__module__.partition(".")[0] == "umap" for c in type(learner).__mro__)


_quiet_umap = warning_filters(
    *[("ignore", message) for message in _EXPECTED_WARNINGS], ("error", _SPECTRAL_FAILURE)
)


@contextlib.contextmanager
def _neighbors_shown(learner):
    """Show for how long a UMAP that shows its layout has looked for neighbours before it."""
    if (getattr(learner, "tqdm_kwds", None) or {}).get("disable", True):
        yield
        return
    lay_out = learner._fit_embed_data  # made to be replaced, says UMAP
    with tqdm(desc="neighbours", bar_format="{desc}: {elapsed}") as line:

        def then_lay_out(*args, **kwargs):
            line.close()
            return lay_out(*args, **kwargs)

        learner._fit_embed_data = then_lay_out
        try:
            yield
        finally:
            vars(learner).pop("_fit_embed_data", None)


@contextlib.contextmanager
def _numba_threads_restored():
    """UMAP changes their number, and changes it back only after a fit that ends well."""
    numba = import_optional("numba", "UMAP")
    n_threads = numba.get_num_threads()
    try:
        yield
    finally:
        numba.set_num_threads(n_threads)


def _umap_start_for(learner, X):
    """The start to use where the spectral one is impossible."""
    if learner.n_components <= min(X.shape) and (X[0] != X).any():
        return "pca"
    return "random"


class _Common:
    """What UMAPs have in common on the same rows."""

    def __init__(self, n_neighbors=0):
        self.n_neighbors = n_neighbors
        self._rows = self._neighbors = None
        self.starts = {}

    def made_for(self, X):
        """Return itself, emptied if it was made for other rows."""
        if self._rows is None or not np.array_equal(X, self._rows):
            self._rows, self._neighbors, self.starts = X, None, {}
        return self

    def neighbors(self, n_neighbors):
        """Indices and distances of the nearest rows of each: first itself, or a copy of it."""
        if self._neighbors is None or self._neighbors[0].shape[1] < n_neighbors:
            n_found = min(max(n_neighbors, self.n_neighbors), len(self._rows))
            distances, indices = NeighborSearch().query(self._rows, self._rows, n_found)
            self._neighbors = indices.astype(np.int32), distances.astype(np.float32)
        return [np.ascontiguousarray(found[:, :n_neighbors]) for found in self._neighbors]


_common = contextvars.ContextVar("common", default=None)


@contextlib.contextmanager
def work_shared(n_neighbors=0):
    """Let UMAPs share neighbours on the same rows, and those that differ in seeds the start.

    Both hardly depend on the seed: neighbours not at all, and the spectral start of many rows
    by a noise of a hundred-thousandth of its width.

    Parameters
    ----------
    n_neighbors : int, default=0
        The most that any of them will need, so that they are searched for once.
    """
    token = _common.set(_Common(n_neighbors))
    try:
        yield
    finally:
        _common.reset(token)


def _searches_neighbors(learner, X):
    """Whether a UMAP would look for neighbours that are better found here."""
    return (
        type(learner) is import_umap().UMAP
        and learner.metric == "euclidean"
        and all(part is None for part in learner.precomputed_knn)
        and not learner.unique
        and isinstance(learner.n_neighbors, Integral)
        and 1 < learner.n_neighbors < len(X)
        and len(X) <= _MAX_SEARCHED
    )


@contextlib.contextmanager
def _start_handed(learner, common):
    """Give the spectral start to a UMAP, or take it from the first one that computes it."""
    lay_out = learner._fit_embed_data
    key = repr({**learner.get_params(), "random_state": None, "precomputed_knn": None})

    def lay_out_from_start(rows, n_epochs, init, random_state, **kwargs):
        if isinstance(init, str) and "spectral" in init:
            if key not in common.starts:
                bar, learner.tqdm_kwds = learner.tqdm_kwds, {"disable": True}
                try:
                    # With a seed of its own: whoever is first, all begin alike.
                    state = np.random.RandomState(0)
                    common.starts[key], _ = lay_out(rows, 0, init, state, **kwargs)
                finally:
                    learner.tqdm_kwds = bar
            init = common.starts[key]
        return lay_out(rows, n_epochs, init, random_state, **kwargs)

    learner._fit_embed_data = lay_out_from_start
    try:
        yield
    finally:
        vars(learner).pop("_fit_embed_data", None)


def _fit_adapted(learner, X, name):
    """Fit a UMAP adapted to small data and to its seed."""
    if learner.random_state is not None:
        learner.set_params(n_jobs=1)
    elif learner.n_jobs == -1 and core_share() and "NUMBA_NUM_THREADS" not in os.environ:
        # As in Dask's workers; joblib's have that variable, which numba reads.
        learner.set_params(n_jobs=min(core_share(), joblib.cpu_count()))
    spectral = isinstance(learner.init, str) and "spectral" in learner.init
    if spectral and isinstance(learner.n_components, Integral):
        # The eigensolver works with 2 * n_components + 3 vectors in the space of the rows.
        if len(X) < 2 * learner.n_components + 3:
            learner.set_params(init=_umap_start_for(learner, X))
        else:
            failures = (ArpackError, TypeError, ValueError, UserWarning)
            with contextlib.suppress(*failures), _quiet_umap():
                return embed(learner, X, name)
            # Parts of the neighbour graph can be too small, or too alike, all the same. What
            # is wrong for another reason is raised again now.
            learner.set_params(init=_umap_start_for(learner, X))
    with _quiet_umap():
        return embed(learner, X, name)


def embed_with_umap(learner, X, keep=False):
    """Fit a UMAP that may be changed, and return the place of each row.

    Parameters
    ----------
    learner : umap.UMAP
        It is adapted to small data, to its seed and to its share of the cores, and fitted.
    X : ndarray of shape (n_samples, n_features), float32 or float64
        The rows.
    keep : bool, default=False
        Whether it has to be able to transform afterwards.

    Returns
    -------
    ndarray of shape (n_samples, n_components), float32
        Finite places.

    Raises
    ------
    ValueError
        If the learner cannot embed these rows.
    """
    if len(X) < _MIN_EMBEDDED:
        raise ValueError(
            f"UMAP needs at least {_MIN_EMBEDDED} rows to embed; got {len(X)}. Pass more rows."
        )
    keep_compiled()
    name = repr(learner)  # as it was given, without the neighbours of all rows
    if isinstance(learner.n_neighbors, Integral) and learner.n_neighbors >= len(X):
        learner.set_params(n_neighbors=max(2, len(X) - 1))
    with contextlib.ExitStack() as stack:
        stack.enter_context(_numba_threads_restored())
        stack.enter_context(_neighbors_shown(learner))
        stack.enter_context(eigensolver_seeded())
        if not keep and _searches_neighbors(learner, X):
            common = _common.get()
            shares = common is not None and not (learner.densmap or learner.output_dens)
            common = (common if shares else _Common()).made_for(X)
            # With them it cannot transform afterwards, but then it need not.
            learner.set_params(precomputed_knn=(*common.neighbors(learner.n_neighbors), None))
            if shares and len(X) >= _MIN_START_SHARED:
                stack.enter_context(_start_handed(learner, common))
        return _fit_adapted(learner, X, name)
