"""Predicting with any clusterer, also with one that cannot."""

from numbers import Integral

import numpy as np
from sklearn.base import BaseEstimator, ClusterMixin, _fit_context, clone
from sklearn.frozen import FrozenEstimator
from sklearn.utils._param_validation import Interval, StrOptions
from sklearn.utils.metaestimators import available_if

from skn2d._filled_in import FilledInMixin
from skn2d._label_rules import (
    ApproximateRule,
    CoreRule,
    DensityRule,
    NeighborRule,
    consecutive,
)
from skn2d._optional import import_hdbscan
from skn2d._state import StateMixin, restored_on_failure
from skn2d._validation import (
    check_rows,
    refuse_class,
    refuse_precomputed,
    refuse_values_too_large,
)
from skn2d._warning_filters import warning_filters
from skn2d.metrics._labels import check_labels

# scikit-learn tells hdbscan up to 0.8.40 about its calls.
_quiet_hdbscan = warning_filters(("ignore", "'force_all_finite' was renamed"))


def default_hdbscan(n_samples=None):
    """Make the HDBSCAN that is used by default, sized to the data.

    Parameters
    ----------
    n_samples : int or None, default=None
        Rows to be clustered. A cluster must have a hundredth of them, but at least 5 and
        at most 500 rows. None means 15.

    Returns
    -------
    hdbscan.HDBSCAN
        Unfitted; its `min_samples` is `min_cluster_size`, but at most 10, which leaves
        little to noise.
    """
    return make_hdbscan(15 if n_samples is None else int(np.clip(n_samples // 100, 5, 500)))


def make_hdbscan(min_cluster_size):
    """Make an HDBSCAN that leaves little to noise.

    Parameters
    ----------
    min_cluster_size : int
        Rows that a cluster has at least.

    Returns
    -------
    hdbscan.HDBSCAN
        Unfitted; its `min_samples` is `min_cluster_size`, but at most 10.
    """
    return import_hdbscan().HDBSCAN(
        min_cluster_size=min_cluster_size,
        min_samples=min(min_cluster_size, 10),
        core_dist_n_jobs=1,
    )


def _check_clusterer(clusterer):
    refuse_class("clusterer", clusterer)
    fits = hasattr(clusterer, "fit_predict") or hasattr(clusterer, "fit")
    if not (fits and hasattr(clusterer, "get_params")):
        raise TypeError(
            "clusterer must be an estimator with fit_predict, or with fit and the fitted "
            "attribute labels_, such as hdbscan.HDBSCAN() or "
            f"sklearn.cluster.AgglomerativeClustering(); got {clusterer!r}"
            + (", which has no get_params: derive it from BaseEstimator." if fits else ".")
        )
    if isinstance(clusterer, FrozenEstimator) and not hasattr(clusterer, "predict"):
        raise TypeError(
            f"clusterer={clusterer!r} is frozen and has no predict, so there are no labels to "
            "take from it. Pass the clusterer itself, not frozen."
        )
    refuse_precomputed("clusterer", clusterer)


def _is_hdbscan(clusterer, package=None):
    """Whether it is an HDBSCAN; of one package if that is given."""
    return any(
        c.__name__ == "HDBSCAN" and package in (None, c.__module__.partition(".")[0])
        for c in type(clusterer).__mro__
    )


def _is_euclidean(clusterer):
    metric = getattr(clusterer, "metric", "euclidean")
    if isinstance(metric, str) and metric == "minkowski":
        return getattr(clusterer, "p", 2) in (None, 2)
    return metric is None or (isinstance(metric, str) and metric in ("euclidean", "l2"))


def fitted_labels(clusterer, X):
    """Fit a clusterer and return the labels, counted from 0, of the rows.

    Parameters
    ----------
    clusterer : estimator
        It is fitted.
    X : ndarray of shape (n_samples, n_features), float64
        The rows.

    Returns
    -------
    ndarray of shape (n_samples,), int64
        The labels, -1 for noise.

    Raises
    ------
    TypeError, ValueError
        If there are no labels to take, or not one a row.
    """
    with _quiet_hdbscan():
        if isinstance(clusterer, FrozenEstimator):
            labels = clusterer.predict(X)
        elif hasattr(clusterer, "fit_predict"):
            labels = clusterer.fit_predict(X)
        else:
            clusterer.fit(X)
            labels = getattr(clusterer, "labels_", None)
    if labels is None:
        raise TypeError(
            f"clusterer={clusterer!r} has neither fit_predict nor, after fit, the "
            "attribute labels_, so there are no labels to take from it."
        )
    labels = np.asarray(labels)
    if labels.shape != (len(X),):
        raise ValueError(
            f"clusterer={clusterer!r} returned labels of shape {labels.shape} for "
            f"{len(X)} rows; expected one label a row."
        )
    return consecutive(check_labels(labels, "What the clusterer says of the rows"))


def native_labels(clusterer, X):
    """Ask a fitted clusterer for the groups of rows.

    Parameters
    ----------
    clusterer : estimator
        It has ``predict``.
    X : array-like or CSR of shape (n_samples, n_features)
        The rows.

    Returns
    -------
    ndarray of shape (n_samples,), int64
        Group of each row.

    Raises
    ------
    TypeError
        If it answers with anything but whole numbers.
    """
    # cuML, for one, may return other arrays than NumPy's.
    labels = np.asarray(clusterer.predict(X))
    is_whole = labels.dtype.kind in "biu"
    if labels.dtype.kind == "f":
        is_whole = np.array_equal(labels, np.round(labels))
    if not is_whole:
        raise TypeError(
            f"predict of clusterer={clusterer!r} must return whole numbers, such as "
            f"{labels[:3].tolist()!r} are not. Number the groups."
        )
    return labels.astype(np.int64, copy=False)


def _n_core(clusterer):
    """Which neighbour, not counting the row itself, gives HDBSCAN's core distance."""
    min_samples = getattr(clusterer, "min_samples", None)
    if min_samples is None:
        min_samples = getattr(clusterer, "min_cluster_size", None)
    if not isinstance(min_samples, Integral):  # OPTICS may have a share of the rows there
        min_samples = 5
    # The package hdbscan does not count the row itself, scikit-learn does.
    return min_samples if _is_hdbscan(clusterer, "hdbscan") else min_samples - 1


def _has_memberships(estimator):
    fitted = vars(estimator)
    if "strategy_" in fitted:
        if fitted["_rule"] is None:
            return hasattr(fitted["clusterer_"], "predict_proba")
        return fitted["_rule"].strengths is not None
    clusterer = estimator.clusterer
    can_predict = estimator.strategy in ("auto", "native") and hasattr(
        clusterer, "predict_proba"
    )
    return clusterer is None or can_predict or _is_hdbscan(clusterer)


class InductiveClusterer(StateMixin, ClusterMixin, FilledInMixin, BaseEstimator):
    """Give ``predict`` to a clusterer that has none.

    The clusterer labels the training rows; new rows get their labels from those. A row's
    label depends on that row alone, and a training row keeps its own.

    Parameters
    ----------
    clusterer : estimator or None, default=None
        The clusterer, with ``fit_predict`` or with ``fit`` and ``labels_``, such as
        ``hdbscan.HDBSCAN()``. It is cloned, never changed, and gets the rows in double
        precision. None means an HDBSCAN whose clusters must have a hundredth of the rows,
        but at least 5 and at most 500; where ``set_params(clusterer__NAME=…)`` fills it in,
        they must have 15.
    strategy : {"auto", "neighbors", "density", "native"}, default="auto"
        How new rows get their labels:

        - "neighbors": the nearest training rows vote, with weights 1/distance times their
          strength where the clusterer has `probabilities_`.
        - "density": the same vote, but a row farther out than the cluster reaches is noise.
          Distance is HDBSCAN's mutual reachability, and a cluster reaches as far as any of
          its training rows is from the next one. With DBSCAN, the label of the nearest
          core sample, or noise if none is within `eps`.
        - "native": the clusterer's own ``predict``; ``hdbscan.approximate_predict`` with
          that package's HDBSCAN.
        - "auto": "native" if the clusterer has ``predict``; else "density" if it knows of
          noise and its metric is Euclidean; else "neighbors".
    n_neighbors : int, default=15
        How many training rows vote, from 1. Not used by "native".

    Attributes
    ----------
    labels_ : ndarray of shape (n_samples,), int64
        Label of each training row: what ``predict`` says of it. Clusters count from 0,
        noise is -1. Equal rows have one label, that of most of them. "native" leaves the
        numbers as the clusterer gives them.
    probabilities_ : ndarray of shape (n_samples,), float64
        How strongly each training row belongs to its cluster, 0 for noise; only where the
        clusterer says so.
    n_clusters_ : int
        How many clusters there are, without noise: the columns of ``predict_proba``, where a
        mixture may have components without a row.
    strategy_ : str
        "neighbors", "density" or "native".
    clusterer_ : estimator
        The fitted clusterer; only where it predicts itself.
    n_features_in_ : int
        Columns seen in ``fit``.
    feature_names_in_ : ndarray of shape (`n_features_in_`,), object
        Names of the columns, where they were all strings.

    See Also
    --------
    InductiveManifold : The same for manifold learners that cannot place new rows.

    References
    ----------
    Campello, R. J. G. B., Moulavi, D. and Sander, J. (2013). Density-based clustering
    based on hierarchical density estimates. PAKDD 2013.
    https://doi.org/10.1007/978-3-642-37456-2_14

    Examples
    --------
    >>> from sklearn.cluster import DBSCAN
    >>> from sklearn.datasets import make_blobs
    >>> from skn2d import InductiveClusterer
    >>> X, _ = make_blobs(100, centers=[[0, 0], [9, 9]], random_state=0)
    >>> clusterer = InductiveClusterer(DBSCAN(eps=2)).fit(X)
    >>> clusterer.n_clusters_
    2
    >>> labels = clusterer.predict([[0, 1], [9, 8], [50, 50]])
    >>> bool(labels[0] != labels[1]), int(labels[2])
    (True, -1)
    """

    _parameter_constraints = {
        "clusterer": "no_validation",
        "strategy": [StrOptions({"auto", "neighbors", "density", "native"})],
        "n_neighbors": [Interval(Integral, 1, None, closed="left")],
    }

    def __init__(self, clusterer=None, *, strategy="auto", n_neighbors=15):
        self.clusterer = clusterer
        self.strategy = strategy
        self.n_neighbors = n_neighbors

    _parts = ("clusterer",)

    def _default_part(self, name):
        return default_hdbscan()

    @_fit_context(prefer_skip_nested_validation=False)
    def fit(self, X, y=None):
        """Cluster rows.

        Parameters
        ----------
        X : array-like of shape (n_samples, n_features)
            At least two rows of finite numbers.
        y : None
            Ignored.

        Returns
        -------
        InductiveClusterer
            The fitted estimator itself.

        Raises
        ------
        TypeError
            If `clusterer` is no clusterer.
        ValueError
            If the rows cannot be used, or `strategy` cannot be followed with this
            clusterer. An earlier fit stays as it was.
        """
        if self.clusterer is not None:
            _check_clusterer(self.clusterer)
        with restored_on_failure(self):
            X = check_rows(self, X, reset=True, ensure_min_samples=2)
            refuse_values_too_large(np.abs(X).max(initial=0))  # hdbscan would look for ever
            # hdbscan cannot read what it may not write, such as a memory map.
            X = np.require(X, dtype=np.float64, requirements=["C", "W"])
            if self.clusterer is None:
                clusterer = self._make_default(X)
            else:
                clusterer = clone(self.clusterer)
            for name in ("clusterer_", "probabilities_"):
                vars(self).pop(name, None)
            predicts = hasattr(clusterer, "predict")
            if predicts and self.strategy in ("auto", "native"):
                self._fit_native(clusterer, X)
            else:
                self._fit_rule(clusterer, X)
        return self

    def _make_default(self, X):
        return default_hdbscan(len(X))

    def _fit_native(self, clusterer, X):
        if not isinstance(clusterer, FrozenEstimator):
            clusterer.fit(X)
        self.labels_ = native_labels(clusterer, X)
        self.n_clusters_ = len(np.unique(self.labels_[self.labels_ >= 0]))
        if hasattr(clusterer, "predict_proba"):
            self.n_clusters_ = np.shape(clusterer.predict_proba(X[:1]))[1]
        self.clusterer_ = clusterer
        self.strategy_ = "native"
        self._rule = None

    def _fit_rule(self, clusterer, X):
        approximates = self.strategy == "native"
        if approximates:
            self._check_approximates(clusterer, X)
            clusterer.set_params(prediction_data=True)
        labels, strengths = self._find_groups(clusterer, X)
        if approximates:
            strategy = "native"
            rule = ApproximateRule(X, labels, strengths, self.n_neighbors, clusterer)
            self.clusterer_ = clusterer
        else:
            strategy = self._choose(clusterer, labels, strengths)
            rule = self._make_rule(strategy, clusterer, X, labels, strengths)
        self.labels_ = rule.of_training_rows(rule.labels)
        if strengths is not None:
            self.probabilities_ = rule.of_training_rows(rule.strengths)
        self.n_clusters_ = rule.n_clusters
        self.strategy_ = strategy
        self._rule = rule

    def _find_groups(self, clusterer, X):
        """Fit the clusterer; return labels and, where it has them, strengths."""
        labels = fitted_labels(clusterer, X)
        strengths = getattr(clusterer, "probabilities_", None)
        if strengths is None:
            return labels, None
        strengths = np.asarray(strengths, dtype=np.float64)
        if not np.isfinite(strengths).all():
            raise ValueError(f"probabilities_ of clusterer={clusterer!r} has NaN or infinity.")
        return labels, strengths

    def _check_approximates(self, clusterer, X):
        if not _is_hdbscan(clusterer, "hdbscan"):
            raise ValueError(
                "strategy='native' needs a clusterer with predict, or hdbscan.HDBSCAN; got "
                f"clusterer={clusterer!r}. Use strategy='auto'."
            )
        n_needed = 2 * (clusterer.min_samples or clusterer.min_cluster_size)
        if len(X) < n_needed:
            raise ValueError(
                f"strategy='native' with clusterer={clusterer!r} needs at least {n_needed} "
                f"rows, twice its min_samples; got {len(X)}. Use strategy='auto'."
            )

    def _choose(self, clusterer, labels, strengths):
        euclidean = _is_euclidean(clusterer)
        if self.strategy == "density" and not euclidean:
            raise ValueError(
                "strategy='density' measures Euclidean distances, but the clusterer has "
                f"metric={clusterer.metric!r}. Use strategy='neighbors'."
            )
        if self.strategy == "auto":
            # It may know noise and have found none in these rows.
            knows_noise = strengths is not None or hasattr(clusterer, "min_samples")
            knows_noise = knows_noise or (labels < 0).any()
            return "density" if knows_noise and euclidean else "neighbors"
        return self.strategy

    def _make_rule(self, strategy, clusterer, X, labels, strengths):
        if strategy == "neighbors":
            return NeighborRule(X, labels, strengths, self.n_neighbors)
        core_indices = getattr(clusterer, "core_sample_indices_", None)
        if core_indices is not None and hasattr(clusterer, "eps"):
            return CoreRule(X, labels, self.n_neighbors, core_indices, clusterer.eps)
        alpha = getattr(clusterer, "alpha", 1.0) if _is_hdbscan(clusterer) else 1.0
        n_core = _n_core(clusterer)
        return DensityRule(X, labels, strengths, self.n_neighbors, n_core, alpha)

    def predict(self, X):
        """Label rows.

        Parameters
        ----------
        X : array-like of shape (n_samples, n_features)
            Rows of finite numbers.

        Returns
        -------
        ndarray of shape (n_samples,), int64
            The cluster of each row, noise -1.

        Raises
        ------
        ValueError
            If the rows cannot be used.
        sklearn.exceptions.NotFittedError
            If there was no ``fit`` before.
        """
        X = self._check_new(X)
        if self._rule is None:
            return native_labels(self.clusterer_, X)
        return self._rule.predict(X)

    @available_if(_has_memberships)
    def predict_proba(self, X):
        """Say how strongly rows belong to each cluster.

        It exists where the clusterer has ``predict_proba`` of its own or fitted
        `probabilities_`. In the second case a training row has its strength in the column
        of its cluster, a new row its neighbours' strengths averaged by weight, and noise
        zeros; what a row's sum lacks to 1 is its share of noise.

        Parameters
        ----------
        X : array-like of shape (n_samples, n_features)
            Rows of finite numbers.

        Returns
        -------
        ndarray of shape (n_samples, n_clusters), float64
            The memberships. The largest of a row is in the column that ``predict`` says,
            unless that is noise.

        Raises
        ------
        ValueError
            If the rows cannot be used.
        sklearn.exceptions.NotFittedError
            If there was no ``fit`` before.
        """
        X = self._check_new(X)
        if self._rule is None:
            return np.asarray(self.clusterer_.predict_proba(X))
        return self._rule.memberships(X)

    def _check_new(self, X):
        X = check_rows(self, X, reset=False)
        return np.ascontiguousarray(X, dtype=np.float64)
