"""Placing new rows in the embedding of any manifold learner."""

from numbers import Integral

import numpy as np
from sklearn.base import (
    BaseEstimator,
    ClassNamePrefixFeaturesOutMixin,
    TransformerMixin,
    _fit_context,
    clone,
)
from sklearn.utils._param_validation import Interval, StrOptions
from sklearn.utils.validation import check_is_fitted

from skn2d._filled_in import FilledInMixin
from skn2d._geometric_median import geometric_median
from skn2d._learners import check_learner, embed
from skn2d._metric import unit_rows
from skn2d._neighbors import (
    NeighborSearch,
    distinct_rows,
    inverse_distance_weights,
    rows_without_copies,
)
from skn2d._random import derive_seeds, fenced_global_seed, fill_in
from skn2d._state import StateMixin, fitted_copy, restored_on_failure
from skn2d._threads import blocks_of
from skn2d._umap import default_umap, embed_with_umap, is_umap
from skn2d._validation import check_rows, refuse_values_too_large

# Rows placed at one time.
_BLOCK_ROWS = 2**14
# Of more copies of one row the first ones decide where it is.
_MAX_COPIES = 64


def _float_rows(X):
    return X if X.dtype in (np.float32, np.float64) else X.astype(np.float64)


def _merge_copies(embedding, inverse):
    """Give the copies of each row one place."""
    n_codes = inverse.max() + 1
    coordinates = np.empty((n_codes, embedding.shape[1]), dtype=embedding.dtype)
    by_code = np.argsort(inverse, kind="stable")
    counts = np.bincount(inverse)
    starts = np.cumsum(counts) - counts
    sizes = np.minimum(counts, _MAX_COPIES)
    for size in np.unique(sizes):
        codes = np.flatnonzero(sizes == size)
        members = by_code[starts[codes][:, np.newaxis] + np.arange(size)]
        coordinates[codes] = geometric_median(embedding, members, np.ones(members.shape))
    return coordinates


class InductiveManifold(
    StateMixin,
    ClassNamePrefixFeaturesOutMixin,
    TransformerMixin,
    FilledInMixin,
    BaseEstimator,
):
    """Place new rows in the embedding of any manifold learner.

    A new row gets the weighted geometric median of the places of its nearest training
    rows, with weights 1/distance. Unlike the mean it does not fall into the void between
    two groups but stays with the majority; and it needs nothing from the learner, so that
    t-SNE places new rows as well as UMAP does. A row's place depends, to the bit, on that
    row alone, and a training row keeps its place.

    Parameters
    ----------
    manifold : estimator or None, default=None
        The learner, with ``fit_transform`` or with ``fit`` and ``embedding_``, such as
        ``umap.UMAP()`` or ``sklearn.manifold.TSNE()``. It is cloned, never changed. None
        means a UMAP with 2 components, 20 neighbours, a minimal distance of 0, 100 epochs
        and `random_state`. A UMAP is fitted with fewer neighbours and another start where the
        data are too small for what it asks, and on one thread where it has a seed; of equal
        rows it sees one, where at least 30 are distinct.
    n_neighbors : int, default=15
        How many of the nearest training rows place a new one, from 1. More smooth the
        place, fewer follow single rows.
    metric : {"euclidean", "cosine"}, default="euclidean"
        How rows are compared: by distance, or by angle. For "cosine" rows are scaled to
        unit length, and that is what the learner is fitted on. Leave its own metric
        Euclidean: a cosine distance is half the square of the distance of such rows.
    keep_manifold : bool, default=False
        Whether to keep the fitted learner as `manifold_`, which makes the model file
        larger and slower to load. Prediction does not need it. A UMAP that is kept looks for
        neighbours itself, which takes longer and may lead to a slightly different layout.
    random_state : int, RandomState instance or None, default=None
        Seeds a learner that has no seed of its own.

    Attributes
    ----------
    codes_ : ndarray of shape (n_codes, n_features), float16, float32 or float64
        The distinct rows that the learner was fitted on, in the order of their first
        occurrence, in the shortest of these that holds the same values. They have unit length
        if `metric` is "cosine".
    coordinates_ : ndarray of shape (n_codes, n_components), float32 or float64
        The place of each, in the learner's precision: of one that occurs several times
        the geometric median of the learner's places (of the first 64).
    embedding_ : ndarray of shape (n_samples, n_components), float64
        The place of each training row, in the order of the rows: what ``transform`` says
        of them.
    manifold_ : estimator
        The fitted learner; only with ``keep_manifold=True``. What a UMAP says of its training
        rows is of those that it sees.
    n_features_in_ : int
        Columns seen in ``fit``.
    feature_names_in_ : ndarray of shape (`n_features_in_`,), object
        Names of the columns, where they were all strings.

    See Also
    --------
    InductiveClusterer : The same for clusterers that cannot predict.

    Notes
    -----
    From 4,096 training rows and 9 columns on, new rows look for their neighbours in the
    nearest of some hundred cells, so many that training rows find 99.95 % of theirs there;
    else the search is exact. It uses the cores that ``OMP_NUM_THREADS`` allows, as
    scikit-learn's own does. Distances are those of `metric`, whatever the learner's own is.

    References
    ----------
    Vardi, Y. and Zhang, C.-H. (2000). The multivariate L1-median and associated data
    depth. PNAS 97(4), 1423-1426. https://doi.org/10.1073/pnas.97.4.1423

    Examples
    --------
    >>> from sklearn.datasets import make_swiss_roll
    >>> from sklearn.manifold import Isomap
    >>> from skn2d import InductiveManifold
    >>> X, _ = make_swiss_roll(500, random_state=0)
    >>> manifold = InductiveManifold(Isomap(n_neighbors=10)).fit(X[:400])
    >>> manifold.transform(X[400:]).shape
    (100, 2)
    >>> bool((manifold.transform(X[:400]) == manifold.embedding_).all())
    True
    """

    _parameter_constraints = {
        "manifold": "no_validation",
        "n_neighbors": [Interval(Integral, 1, None, closed="left")],
        "metric": [StrOptions({"euclidean", "cosine"})],
        "keep_manifold": ["boolean"],
        "random_state": ["random_state"],
    }

    def __init__(
        self,
        manifold=None,
        *,
        n_neighbors=15,
        metric="euclidean",
        keep_manifold=False,
        random_state=None,
    ):
        self.manifold = manifold
        self.n_neighbors = n_neighbors
        self.metric = metric
        self.keep_manifold = keep_manifold
        self.random_state = random_state

    _parts = ("manifold",)

    def _default_part(self, name):
        return default_umap(n_components=2)

    @_fit_context(prefer_skip_nested_validation=False)
    def fit(self, X, y=None):
        """Fit the learner and remember where it put each row.

        Parameters
        ----------
        X : array-like of shape (n_samples, n_features)
            At least two rows of finite numbers, three for the default. The learner gets
            them in the precision that they have.
        y : None
            Ignored, and kept from the learner, which it could turn supervised.

        Returns
        -------
        InductiveManifold
            The fitted estimator itself.

        Raises
        ------
        TypeError
            If `manifold` is no manifold learner.
        ValueError
            If the rows cannot be used, or the learner returned no usable embedding. An
            earlier fit stays as it was.
        """
        if self.manifold is not None:
            check_learner(self.manifold)
        with restored_on_failure(self):
            X = _float_rows(check_rows(self, X, reset=True, ensure_min_samples=2))
            refuse_values_too_large(np.abs(X).max(initial=0))
            learner = clone(self._part("manifold"))
            X = self._comparable(X)
            seed = None if self.random_state is None else derive_seeds(self.random_state, 1)[0]
            fill_in(learner, "random_state", seed)
            codes, inverse = distinct_rows(X)
            # Among copies UMAP finds no neighbours but copies; others may need many rows.
            kept = rows_without_copies(inverse) if is_umap(learner) else None
            seen = X if kept is None else X[kept]
            if kept is not None and np.ndim(learner.init) == 2:  # a start for each row
                learner.set_params(init=np.asarray(learner.init)[kept])
            # Isomap, for one, has no seed and draws from NumPy's global generator.
            with fenced_global_seed(seed):
                if is_umap(learner):
                    embedding = embed_with_umap(learner, seen, keep=self.keep_manifold)
                else:
                    embedding = embed(learner, X)
            if inverse is not None and kept is None:
                embedding = _merge_copies(embedding, inverse)

            self.codes_ = codes
            self.coordinates_ = np.array(embedding)
            self._inverse = inverse
            # Built by the first query, as it takes several times the room of the codes.
            self._search = NeighborSearch().divide(codes, min(self.n_neighbors, len(codes)))
            vars(self).pop("manifold_", None)
            if self.keep_manifold:
                self.manifold_ = learner
        return self

    def fit_transform(self, X, y=None):
        """Fit the learner and return the place of each row.

        Parameters
        ----------
        X : array-like of shape (n_samples, n_features)
            At least two rows of finite numbers, three for the default. The learner gets
            them in the precision that they have.
        y : None
            Ignored.

        Returns
        -------
        ndarray of shape (n_samples, n_components), float64
            The place of each row, equal to ``fit(X).transform(X)``.
        """
        return self.fit(X).embedding_

    def transform(self, X):
        """Place rows.

        Parameters
        ----------
        X : array-like of shape (n_samples, n_features)
            Rows of finite numbers.

        Returns
        -------
        ndarray of shape (n_samples, n_components), float64
            The place of each row. It is double precision whatever the rows' is, as a
            Gaussian mixture is not stable in less.

        Raises
        ------
        ValueError
            If the rows cannot be used.
        sklearn.exceptions.NotFittedError
            If there was no ``fit`` before.
        """
        return self._place(check_rows(self, X, reset=False))

    def for_inference(self):
        """Make a copy without `manifold_`: all that ``transform`` needs.

        Returns
        -------
        InductiveManifold
            The fitted copy; its arrays are those of the original.
        """
        check_is_fitted(self)
        copied = fitted_copy(self)
        vars(copied).pop("manifold_", None)
        return copied

    def _comparable(self, X):
        return unit_rows(X) if self.metric == "cosine" else X

    def _place(self, X):
        n_neighbors = min(self.n_neighbors, len(self.codes_))
        places = np.empty((len(X), self._n_features_out))
        for rows in blocks_of(len(X), _BLOCK_ROWS):
            part = np.ascontiguousarray(self._comparable(X[rows]), dtype=np.float64)
            distances, indices = self._search.query(self.codes_, part, n_neighbors)
            weights = inverse_distance_weights(distances)
            places[rows] = geometric_median(self.coordinates_, indices, weights)
        return places

    @property
    def embedding_(self):
        """The place of each training row."""
        coordinates = self.coordinates_.astype(np.float64)
        return coordinates if self._inverse is None else coordinates[self._inverse]

    @property
    def _n_features_out(self):
        return self.coordinates_.shape[1]

    def __sklearn_tags__(self):
        tags = super().__sklearn_tags__()
        tags.transformer_tags.preserves_dtype = []
        return tags
