"""Groups are read off the codes of rows: manifold and clusterer, and what they answer."""

import contextlib
import itertools
from collections import namedtuple
from functools import partial

import numpy as np
from scipy import sparse
from sklearn import config_context
from sklearn.pipeline import Pipeline
from sklearn.utils import _safe_indexing, gen_batches, indexable, resample
from sklearn.utils.validation import _num_samples, check_memory
from tqdm import tqdm

from skn2d._best_fit import FitChoice, parts_of, places_of
from skn2d._eigensolver import eigensolver_seeded
from skn2d._inductive import native_labels
from skn2d._landmarks import averaged
from skn2d._manifold import InductiveManifold
from skn2d._metric import metric_for
from skn2d._optional import import_optional
from skn2d._random import derive_seeds
from skn2d._steps import N_NEIGHBORS, STEPS, make_steps
from skn2d._umap import work_shared
from skn2d._warning_filters import warning_filters

# Rows placed and labelled at one time: a mixture makes several copies of them.
_BLOCK_ROWS = 2**17
# A layout of few rows in which each has many neighbours is one heap, which a mixture can cut,
# but nothing says in how many: where the number of groups is not known there are a tenth of the
# rows at most, but UMAP's own 15.
_MAX_SHARE, _MIN_NEIGHBORS = 0.1, 15
# With `max_manifold_samples`: among perturbed rows of MNIST five do about as well as ten.
_ROWS_PER_LANDMARK = 10

# The starts of a mixture each say so; fewer groups are told once, in the end.
_starts_quiet = warning_filters(("ignore", "Number of distinct clusters"))

# What the fitted steps say of the rows. `probabilities` is None where the clusterer knows none,
# `embedding` where the manifold has it.
Answers = namedtuple("Answers", "labels probabilities embedding")


def _joined(parts):
    if len(parts) == 1:
        return parts[0]
    if hasattr(parts[0], "iloc"):
        return import_optional("pandas", "A step that returns tables").concat(parts)
    return sparse.vstack(parts) if sparse.issparse(parts[0]) else np.concatenate(parts)


class GroupReader:
    """Fits the steps to rows, or the last two to their codes, and keeps the best of the fits.

    Parameters
    ----------
    params : dict
        The parameters of :class:`N2DClusterer`.
    X : array-like or CSR of shape (n_samples, n_features)
        The rows.
    seed : int or None
        Seeds which rows are chosen, and all fits but the first one.
    """

    def __init__(self, params, X, seed):
        self._params = params
        self._X = X
        self._seed = seed
        if self._learns_from_some:
            (self._X,) = indexable(X)

    @property
    def _learns_from_some(self):
        limit = self._params["max_manifold_samples"]
        return limit is not None and limit < _num_samples(self._X)

    def make_steps(self, seeds, n_neighbors=None):
        """Make the steps to be fitted.

        Parameters
        ----------
        seeds : list of int or None
            For each step, where it has none of its own.
        n_neighbors : int or None, default=None
            Of the default manifold; None means those of the first fit.

        Returns
        -------
        dict
            As :func:`skn2d._steps.make_steps`.
        """
        return make_steps(
            {name: self._params[name] for name in STEPS},
            seeds,
            n_neighbors=n_neighbors or self._n_neighbors[0],
            **{k: self._params[k] for k in ("n_clusters", "inference", "n_jobs", "verbose")},
        )

    def _pipeline(self, steps, *, is_cached=True):
        memory = self._params["memory"] if is_cached else None
        memory = check_memory(memory) if memory is not None else None
        return Pipeline(list(steps), memory=memory, verbose=bool(self._params["verbose"]))

    def fit_first(self, steps):
        """Fit the first step to the rows, or find it in the cache.

        Parameters
        ----------
        steps : dict
            All of them.

        Returns
        -------
        tuple of str and estimator
            The first step's name and the fitted step.
        """
        first, *_ = steps.items()
        # `memory` keeps no last step.
        last = [] if self._params["memory"] is None else [("codes", "passthrough")]
        return self._pipeline([first, *last]).fit(self._X).steps[0]

    def read(self, first, steps):
        """Fit manifold and clusterer to the codes of all or some rows.

        Parameters
        ----------
        first : tuple of str and estimator
            The fitted first step.
        steps : dict
            All steps; the first one of them is not used.

        Returns
        -------
        pipeline : sklearn.pipeline.Pipeline
            All steps, fitted.
        codes : array-like of shape (n_codes, n_columns)
            What the last two were fitted to.
        """
        # Not what `fit_transform` of the first step says, as that can differ.
        seen = codes = self._codes(self._pipeline([first]).transform)
        if sparse.issparse(codes) and isinstance(steps["manifold"], InductiveManifold):
            raise TypeError(
                "The first step hands on sparse rows, between which a manifold places no "
                "new ones. Use an AutoencoderTransformer, sklearn.decomposition.TruncatedSVD "
                "or, in a ColumnTransformer, sparse_threshold=0."
            )
        if self._learns_from_some:
            codes = averaged(seen, self._params["max_manifold_samples"])
        metric = self._metric_for(first[1], seen)
        find_parts = partial(
            parts_of,
            metric=metric or getattr(steps["manifold"], "metric", None),
            n_groups=None
            if self._params["clusterer"] is not None
            else self._params["n_clusters"],
        )
        is_chosen, parts = len(self._n_neighbors) > 1, None
        if is_chosen or getattr(steps["clusterer"], "takes_parts", False):
            parts = find_parts(codes)
        fit_to_codes = partial(self._fit_to_codes, codes, metric, parts)
        with work_shared(max(self._n_neighbors)):
            fit = fit_to_codes(steps)
            if is_chosen:
                is_fitted_to_them = seen is codes
                choice = FitChoice(
                    seen, is_fitted_to_them, parts if is_fitted_to_them else find_parts(seen)
                )
                fit = self._best(choice, fit, fit_to_codes)
        return self._pipeline([first, *fit.steps]), codes

    def _fit_to_codes(self, codes, metric, parts, steps, *, is_cached=True):
        """Fit the last two of the steps, or find the manifold in the cache."""
        _, *others = steps.items()
        if metric is not None:
            steps["manifold"].set_params(metric=metric)
        params = {}
        if getattr(steps["clusterer"], "takes_parts", False):
            params["clusterer__parts"] = parts
        # A bare UMAP, too, starts alike each time.
        is_default = self._params["clusterer"] is None
        with (
            eigensolver_seeded(),
            _starts_quiet() if is_default else contextlib.nullcontext(),
            config_context(enable_metadata_routing=False),  # that is no metadata
        ):
            return self._pipeline(others, is_cached=is_cached).fit(codes, **params)

    def _codes(self, transform):
        """Codes of the rows that manifold and clusterer learn from."""
        X = self._X
        if not self._learns_from_some:
            return transform(X)
        limit = _ROWS_PER_LANDMARK * self._params["max_manifold_samples"]
        n_seen = min(_num_samples(X), limit)
        seen = resample(
            np.arange(_num_samples(X)),
            replace=False,
            n_samples=n_seen,
            random_state=self._seed,
        )
        blocks = self._blocks("codes", n_seen)
        return _joined([transform(_safe_indexing(X, seen[rows])) for rows in blocks])

    def _blocks(self, name, n_rows):
        blocks = list(gen_batches(n_rows, _BLOCK_ROWS))
        return tqdm(blocks, desc=name, unit="block", disable=not self._params["verbose"])

    @property
    def _n_neighbors(self):
        """Neighbours of the default manifold in each fit; 0 for a manifold that was given."""
        n_init = self._params["n_init"]
        if self._params["manifold"] is not None:
            return [0] * (1 if n_init == "auto" else n_init)
        n_fits = len(N_NEIGHBORS) if n_init == "auto" else n_init
        numbers = list(itertools.islice(itertools.cycle(N_NEIGHBORS), n_fits))
        if self._params["n_clusters"] is not None:
            return numbers
        n_rows = _num_samples(self._X)
        if self._learns_from_some:
            n_rows = self._params["max_manifold_samples"]
        most = max(_MIN_NEIGHBORS, int(_MAX_SHARE * n_rows))
        return [min(n, most) for n in numbers]

    def _metric_for(self, first, codes):
        """Metric of the default manifold; None for one that was given, which has its own."""
        widths = getattr(first, "_code_widths", None)
        if self._params["manifold"] is not None or widths is None:
            return None
        return metric_for(np.asarray(codes), widths)

    def _best(self, choice, fit, fit_to_codes):
        """Fit manifold and clusterer anew, and choose the fit with the best groups."""
        choice.add(fit)
        n_seeds = 2 * len(self._n_neighbors)
        seeds = [None] * n_seeds if self._seed is None else derive_seeds(self._seed, n_seeds)
        seeds = iter(seeds)
        for i, n_neighbors in enumerate(self._n_neighbors[1:], start=1):
            steps = self.make_steps([None, next(seeds), next(seeds)], n_neighbors)
            # Without a seed the cache takes another fit for one that is in it.
            is_new = self._seed is not None or n_neighbors not in self._n_neighbors[:i]
            fit = fit_to_codes(steps, is_cached=is_new)
            choice.add(fit)
        kept = choice.best()
        if self._params["verbose"]:
            self._tell(choice, kept)
        return choice.fits[kept]

    def _tell(self, choice, kept):
        found = zip(self._n_neighbors, choice.n_groups, choice.modularity, strict=True)
        for i, (n_neighbors, n_groups, modularity) in enumerate(found):
            neighbors = f" of {n_neighbors} neighbours" if n_neighbors else ""
            print(
                f"[N2DClusterer] layout {i + 1}{neighbors}: {n_groups} clusters, modularity "
                f"{modularity:.3f}{' (kept)' if i == kept else ''}"
            )

    def answers(self, pipeline, codes):
        """Ask the fitted steps for all rows.

        Parameters
        ----------
        pipeline, codes
            What :meth:`read` returned.

        Returns
        -------
        Answers
            For each row.
        """
        clusterer, manifold = pipeline["clusterer"], pipeline["manifold"]
        probabilities = None
        if self._learns_from_some:
            blocks = self._blocks("labels", _num_samples(self._X))
            place = pipeline[:-1].transform
            parts = (place(_safe_indexing(self._X, rows)) for rows in blocks)
        else:
            parts = [places_of(pipeline[1:], codes)]
            probabilities = getattr(clusterer, "probabilities_", None)
        embedding, labels, strengths = [], [], []
        for places in parts:
            embedding.append(places if sparse.issparse(places) else np.asarray(places))
            labels.append(native_labels(clusterer, places))
            if hasattr(clusterer, "predict_proba") and probabilities is None:
                strengths.append(clusterer.predict_proba(places).max(axis=1, initial=0))
        if strengths:
            probabilities = np.concatenate(strengths)
        has_embedding = isinstance(manifold, InductiveManifold) and not self._learns_from_some
        return Answers(
            np.concatenate(labels),
            probabilities,
            None if has_embedding else _joined(embedding),
        )
