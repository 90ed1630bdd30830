"""The estimator: an autoencoder, a manifold learner and a clusterer in a pipeline."""

import contextlib
import warnings
from collections.abc import Sequence
from numbers import Integral

import numpy as np
from scipy import sparse
from sklearn import config_context
from sklearn.base import (
    BaseEstimator,
    ClassNamePrefixFeaturesOutMixin,
    ClusterMixin,
    TransformerMixin,
    _fit_context,
)
from sklearn.exceptions import ConvergenceWarning
from sklearn.frozen import FrozenEstimator
from sklearn.pipeline import Pipeline
from sklearn.utils._param_validation import (
    HasMethods,
    Interval,
    StrOptions,
    validate_parameter_constraints,
)
from sklearn.utils.metaestimators import available_if
from sklearn.utils.validation import (
    _num_samples,
    check_array,
    check_is_fitted,
    validate_data,
)

from skn2d._autoencoder import AutoencoderTransformer, is_autoencoder
from skn2d._filled_in import FilledInMixin
from skn2d._group_reader import GroupReader
from skn2d._random import derive_seeds, fenced_global_seed
from skn2d._refinement import where_agreed
from skn2d._state import fitted_copy, restored_on_failure
from skn2d._steps import (
    STEPS,
    default_step,
    for_inference,
    inductive_clusterer,
    input_tags,
)
from skn2d._stored_pipeline import StoredPipelineMixin
from skn2d._threads import one_blas_thread_for
from skn2d._validation import as_array, has_expected_columns, refuse_other_forms
from skn2d._warning_filters import no_word_on_convergence
from skn2d.architectures import Conv2DArchitecture
from skn2d.metrics import clustering_accuracy_score, silhouette_score
from skn2d.metrics._labels import check_true_labels

# Rounds of `for_images`. Three with rows that the default groups alike are where six without
# that are: USPS .987 with both (five seeds), MNIST-test .986 (five seeds and three).
_N_IMAGE_REFINEMENTS = 3
_N_CLUSTERS = 8  # scikit-learn's


def _knows_memberships(estimator):
    if estimator._holds_a_mixture:
        return True
    fitted = hasattr(estimator, "pipeline_")
    final = estimator.pipeline_[-1] if fitted else inductive_clusterer(estimator.clusterer)
    return hasattr(final, "predict_proba")


def _inner_settings(first):
    """Settings of scikit-learn for the steps, unless a first step of the user's needs others.

    With tables between them the steps would warn of names that are there in one setting
    and not in another; mixtures have no starts for other arrays than NumPy's.
    """
    if not (is_autoencoder(first) or first is None or isinstance(first, str)):
        return contextlib.nullcontext()
    return config_context(transform_output="default", array_api_dispatch=False)


class N2DClusterer(
    StoredPipelineMixin,
    ClassNamePrefixFeaturesOutMixin,
    ClusterMixin,
    TransformerMixin,
    FilledInMixin,
    BaseEstimator,
):
    """Cluster rows by autoencoder, manifold learner and clusterer ("N2D").

    Autoencoders compress the rows, a manifold learner unfolds the codes and an ordinary
    clusterer reads off the groups. The steps are those of a scikit-learn pipeline, and
    their parameters are reached as ``autoencoder__epochs``, ``manifold__n_neighbors`` or
    ``clusterer__tol``, also where a step is the default: see :class:`AutoencoderTransformer`
    for those of the first one.

    Parameters
    ----------
    n_clusters : int or None, default=8
        Number of groups to find. None means that it is not known: the default clusterer
        is then HDBSCAN, which finds it and calls rows between groups noise (-1), but not
        those far from all; where groups touch, a Gaussian mixture draws the borders.
        Groups have at least a twentieth of the rows, a fiftieth where they lie apart from
        all others, or a hundredth where four or more lie far apart; for other small ones,
        pass a `clusterer` such as ``hdbscan.HDBSCAN(min_cluster_size=50)``. A `clusterer`
        that is given has its own number, and this one is that of the default manifold's
        dimensions alone.
    autoencoder : transformer, "passthrough" or None, default=None
        The first step. None means three joined networks and the rows' principal
        components, ``AutoencoderTransformer(latent_dim=20, hidden_units=(384, 384, 768),
        n_estimators=3, n_principal_components=40)``.
    manifold : transformer, "passthrough" or None, default=None
        The second step: UMAP, t-SNE, Isomap and others. None means
        ``UMAP(n_neighbors=20, min_dist=0, n_epochs=100)`` with as many dimensions as
        clusters, 20 at most, or the same with 40 or 80 neighbours: see `n_init`. Where
        `n_clusters` is None, a tenth of the rows at most are neighbours, but never fewer
        than 15. Codes are compared by their distance, or by angle
        (:class:`InductiveManifold` with ``metric="cosine"``) where networks and principal
        components then agree clearly better on which rows are near, as they do on many
        texts.
    clusterer : clusterer or None, default=None
        The third step. None means a Gaussian mixture with full covariance, of 40 to 46 starts
        the one with the best groups in the graph of nearest neighbours on the manifold, as
        said at `n_init` (the likeliest one, where `manifold` is only a projection such as
        PCA); or HDBSCAN if `n_clusters` is None. A clusterer without ``predict`` is wrapped
        in :class:`InductiveClusterer`.
    inference : {"neighbors", "native"}, default="neighbors"
        How new rows are placed on the manifold: by their nearest training rows
        (:class:`InductiveManifold`) or by the learner's own ``transform``.
        scikit-learn's projections, such as PCA, always use their own.
    max_manifold_samples : int or None, default=None
        How many codes manifold and clusterer are fitted to: those of rows chosen at random,
        each averaged with the codes nearest to it of up to nine times as many others (sparse
        codes, from a first step of the user's own, are not averaged). All rows are then
        placed and labelled as new rows are. None fits them to all codes. For very many
        rows: time and memory of what follows the first step then hardly grow with their
        number.
    n_init : int or "auto", default="auto"
        How often manifold and clusterer are fitted, each time with other seeds (but for a
        step that has a `random_state` of its own, which is always the same), and the
        default manifold with 20, 40 and 80 neighbours in turn. Of the fits with about the
        median number of groups the one is kept whose groups have the largest modularity in the
        graph of nearest neighbours of the codes: rows near each other are in one group
        more often than by chance. Up to four groups, which modularity wants to be of one size,
        the mutual information of the groups of neighbours counts instead. Of codes that spread
        in fewer than about five dimensions, whose groups layouts tear, the fits with the fewest
        groups are compared, in place of those with the median number. Where several are as
        good, it is the fit that agrees most with the others. "auto" means 1 if a `manifold` is
        given, else 3.
    n_refinements : int, default=0
        Rounds in which the groups that were found teach the networks and are corrected by
        them (:meth:`AutoencoderTransformer.refine`); manifold and clusterer are then
        fitted again. In the first round only rows teach that the default steps, fitted
        for that too, put into the same group. It pays where the first step has an
        augmentation that leaves the group of a row as it is; :meth:`for_images` uses 3.
    memory : str, joblib.Memory or None, default=None
        Where the fitted first two steps are cached, as in scikit-learn's pipelines. A
        search that changes only the clusterer then trains no network twice.
    random_state : int, RandomState instance or None, default=None
        Seeds every step that has no seed of its own. An integer gives the same labels to
        the bit on the same machine; None lets UMAP use all cores.
    n_jobs : int or None, default=None
        Threads for the steps that take `n_jobs` and have none of their own.
    verbose : int, default=0
        1 shows bars for training and layout, the time that neighbours and each step took,
        and how good the clusters of each layout are; 2 also the starts of the mixture. Steps
        of your own have their own `verbose`.

    Attributes
    ----------
    labels_ : ndarray of shape (n_samples,), int64
        Group of each training row, -1 for noise; what ``predict`` says of it.
    embedding_ : ndarray of shape (n_samples, n_dimensions), float32 or float64
        Place of each training row on the manifold: float64 from :class:`InductiveManifold`,
        else of the dtype that the step returns. With ``manifold="passthrough"`` it is what
        the first step returned, or `X` itself, which is not copied.
    probabilities_ : ndarray of shape (n_samples,), float32 or float64
        How strongly each training row belongs to its group beside the others, from 0 to 1
        (a row far from all may have 1, too); there if the clusterer knows. float64 where
        the embedding is.
    n_clusters_ : int
        Number of groups found, without noise.
    pipeline_ : sklearn.pipeline.Pipeline
        The fitted steps ``autoencoder``, ``manifold`` and ``clusterer``.
    n_features_in_ : int
        Columns seen during fit.
    feature_names_in_ : ndarray of shape (`n_features_in_`,)
        Names of the columns, where X had names that are all strings.

    See Also
    --------
    AutoencoderTransformer : The first step.
    InductiveManifold : Places new rows for manifold learners that cannot.
    InductiveClusterer : Labels new rows for clusterers that cannot.

    Notes
    -----
    ``set_params(manifold__n_neighbors=30)`` on a step that is None first fills in the
    default, made from the `n_clusters` of that moment. Such a manifold is fitted once if
    `n_init` is "auto", and compares codes by distance.

    To the bit a row's label and place depend on that row alone where the steps' answers do,
    as those of this package: :class:`sklearn.decomposition.KernelPCA`, for one, has other last
    bits in another batch, and so has ``predict_proba`` of scikit-learn's mixtures.

    References
    ----------
    R. McConville, R. Santos-Rodriguez, R. J. Piechocki, I. Craddock, "N2D: (Not Too) Deep
    Clustering via Clustering the Local Manifold of an Autoencoded Embedding", ICPR 2020,
    arXiv:1908.05968.

    B. Karrer, M. E. J. Newman, "Stochastic blockmodels and community structure in networks",
    Physical Review E 83, 016107 (2011): the mutual information.

    E. A. Leicht, M. E. J. Newman, "Community structure in directed networks", Physical
    Review Letters 100, 118703 (2008): the modularity.

    Examples
    --------
    Any transformer may stand in for a step; here two that need no training:

    >>> from sklearn.datasets import load_iris
    >>> from sklearn.decomposition import PCA
    >>> from skn2d import N2DClusterer
    >>> X = load_iris().data
    >>> model = N2DClusterer(
    ...     n_clusters=3, autoencoder="passthrough", manifold=PCA(2), random_state=0
    ... ).fit(X)
    >>> model.labels_.shape, model.embedding_.shape
    ((150,), (150, 2))
    >>> bool((model.predict(X) == model.labels_).all())
    True
    """

    _parameter_constraints = {
        "n_clusters": [Interval(Integral, 1, None, closed="left"), None],
        "autoencoder": "no_validation",
        "manifold": "no_validation",
        "clusterer": "no_validation",
        "inference": [StrOptions({"neighbors", "native"})],
        "max_manifold_samples": [Interval(Integral, 2, None, closed="left"), None],
        "n_init": [Interval(Integral, 1, None, closed="left"), StrOptions({"auto"})],
        "n_refinements": [Interval(Integral, 0, None, closed="left")],
        "memory": [str, HasMethods(["cache"]), None],
        "random_state": ["random_state"],
        "n_jobs": [Integral, None],
        "verbose": ["verbose"],
    }

    def __init__(
        self,
        n_clusters=_N_CLUSTERS,
        *,
        autoencoder=None,
        manifold=None,
        clusterer=None,
        inference="neighbors",
        max_manifold_samples=None,
        n_init="auto",
        n_refinements=0,
        memory=None,
        random_state=None,
        n_jobs=None,
        verbose=0,
    ):
        self.n_clusters = n_clusters
        self.autoencoder = autoencoder
        self.manifold = manifold
        self.clusterer = clusterer
        self.inference = inference
        self.max_manifold_samples = max_manifold_samples
        self.n_init = n_init
        self.n_refinements = n_refinements
        self.memory = memory
        self.random_state = random_state
        self.n_jobs = n_jobs
        self.verbose = verbose

    @classmethod
    def for_images(cls, image_shape, n_clusters=_N_CLUSTERS, **params):
        """Make a clusterer for images: convolution, augmentation and self-training.

        A :class:`~skn2d.architectures.Conv2DArchitecture` network is trained with
        :class:`~skn2d.augmentation.RandomAffine`, small shifts, turns and zooms, and the
        groups are refined in three rounds. For images that stay in their group when they are
        moved a little: digits, letters, symbols, objects in the middle.

        Parameters
        ----------
        image_shape : tuple of int
            (height, width) or (height, width, channels) of the image in each row.
        n_clusters : int or None, default=8
            Number of groups to find; None if it is not known.
        **params
            Other parameters of :class:`N2DClusterer`. Those of its autoencoder are set
            afterwards: ``N2DClusterer.for_images((28, 28)).set_params(autoencoder__epochs=9)``.

        Returns
        -------
        N2DClusterer
            Not fitted.

        Examples
        --------
        >>> from skn2d import N2DClusterer
        >>> model = N2DClusterer.for_images((28, 28), n_clusters=10, random_state=0)
        >>> model.n_refinements
        3
        """
        from skn2d.augmentation import RandomAffine  # not needed to label rows

        autoencoder = AutoencoderTransformer(
            architecture=Conv2DArchitecture(image_shape),
            augmentation=RandomAffine(),
            learning_rate=3e-3,
            verbose=params.get("verbose", 0),
        )
        defaults = {"autoencoder": autoencoder, "n_refinements": _N_IMAGE_REFINEMENTS}
        return cls(n_clusters, **{**defaults, **params})

    _parts = STEPS

    def _default_part(self, name):
        validate_parameter_constraints(
            {k: self._parameter_constraints[k] for k in ("n_clusters", "verbose")},
            {"n_clusters": self.n_clusters, "verbose": self.verbose},
            caller_name=type(self).__name__,
        )
        return default_step(name, self.n_clusters, self.verbose, self.manifold)

    @_fit_context(prefer_skip_nested_validation=False)
    def fit(self, X, y=None):
        """Fit the three steps and label the rows.

        Parameters
        ----------
        X : array-like or CSR of shape (n_samples, n_features)
            The rows; whatever the first step takes.
        y : None
            Ignored: true labels never reach a step.

        Returns
        -------
        N2DClusterer
            The fitted estimator itself.

        Raises
        ------
        ValueError
            If rows or parameters cannot be used; an earlier fit is then left as it was.
        TypeError
            If a step lacks a method that it needs.

        Warns
        -----
        UserWarning
            If `n_clusters` is not its default, and `clusterer` has another number; if a
            column has nearly all of the variance, or most rows are alike beside a few much
            larger values.
        ConvergenceWarning
            If the default clusterer finds fewer groups than `n_clusters`, or networks have
            learned nothing of the rows.
        """
        with restored_on_failure(self), _inner_settings(self.autoencoder):
            *seeds, global_seed = [None] * (len(STEPS) + 1)
            if self.random_state is not None:
                *seeds, global_seed = derive_seeds(self.random_state, len(STEPS) + 1)
            params = {name: getattr(self, name) for name in N2DClusterer._parameter_constraints}
            reader = GroupReader(params, X, global_seed)
            self._check_columns(X, reset=True)
            steps = reader.make_steps(seeds)
            self._warn_of_other_number()
            self._check_that_it_can_refine(steps["autoencoder"])
            self._check_that_rows_are_enough(_num_samples(X))
            # Isomap, for one, has no seed and draws from NumPy's global generator.
            with fenced_global_seed(global_seed):
                pipeline, codes = reader.read(reader.fit_first(steps), steps)
            self._keep(reader, pipeline, codes)
            if self.n_refinements and len(self._groups) > 1:
                self._refine(reader, steps, X, global_seed)
            self.n_clusters_ = len(self._groups)
        self._warn_of_fewer_groups()
        return self

    def _check_that_it_can_refine(self, autoencoder):
        if not self.n_refinements:
            return
        if isinstance(autoencoder, FrozenEstimator):
            raise ValueError(
                "n_refinements trains the networks of the first step further, which a "
                "FrozenEstimator forbids. Set n_refinements=0, or pass an "
                "AutoencoderTransformer with initial_weights in its place."
            )
        if not hasattr(autoencoder, "refine"):
            raise ValueError(
                "n_refinements teaches the groups to the networks of an "
                "AutoencoderTransformer. Got "
                f"n_refinements={self.n_refinements}, autoencoder={self.autoencoder!r}: "
                "use an AutoencoderTransformer or set n_refinements=0."
            )

    def _check_that_rows_are_enough(self, n_samples):
        if self.n_clusters is None or self.clusterer is not None:
            return
        if n_samples < self.n_clusters:
            raise ValueError(
                f"n_samples={n_samples} should be >= n_clusters={self.n_clusters}. Pass "
                "more rows or ask for fewer clusters."
            )
        limit = self.max_manifold_samples
        if limit is not None and limit < self.n_clusters:
            raise ValueError(
                f"max_manifold_samples={limit} should be >= "
                f"n_clusters={self.n_clusters}, as the groups are found in so many rows."
            )

    def _warn_of_other_number(self):
        """Tell that `n_clusters`, in a search perhaps, is not what the clusterer finds."""
        if self.clusterer is None or self.n_clusters in (None, _N_CLUSTERS):
            return
        from sklearn.mixture import BayesianGaussianMixture, GaussianMixture

        is_mixture = isinstance(self.clusterer, (GaussianMixture, BayesianGaussianMixture))
        name = "n_components" if is_mixture else "n_clusters"
        number = self.clusterer.get_params(deep=False).get(name)
        if isinstance(number, Integral) and number != self.n_clusters:
            warnings.warn(
                f"n_clusters={self.n_clusters} does not change the clusterer, which has "
                f"{name}={number}. Leave clusterer=None to find as many as n_clusters says, or "
                f"set clusterer__{name}.",
                UserWarning,
                stacklevel=4,
            )

    def _warn_of_fewer_groups(self):
        if self.clusterer is None and self.n_clusters_ < (self.n_clusters or 0):
            reason = "many rows of X are equal"
            if self.manifold is not None:
                reason += ", or their places on the manifold"
            warnings.warn(
                f"Of n_clusters={self.n_clusters} only {self.n_clusters_} were found, perhaps "
                f"because {reason}.",
                ConvergenceWarning,
                stacklevel=4,
            )

    def _keep(self, reader, pipeline, codes):
        """Keep the fitted steps, and what they say of the training rows."""
        self.pipeline_ = pipeline
        for name in ("_embedding", "_stored", "probabilities_"):
            vars(self).pop(name, None)
        self.labels_, probabilities, embedding = reader.answers(pipeline, codes)
        if probabilities is not None:
            self.probabilities_ = probabilities
        if embedding is not None:
            self._embedding = embedding

    @property
    def _groups(self):
        return np.unique(self.labels_[self.labels_ >= 0])

    def _refine(self, reader, steps, X, seed):
        """Let the groups teach the networks, and read the groups off again."""
        taught = where_agreed(self.labels_, self._read_by_default(X, seed))
        first, *_ = self.pipeline_.steps
        with fenced_global_seed(seed):
            first[1].refine(X, taught, n_rounds=self.n_refinements, random_state=seed)
            pipeline, codes = reader.read(first, steps)
        self._keep(reader, pipeline, codes)

    def _read_by_default(self, X, seed):
        """As many groups as were found, read off by the default steps."""
        reader = N2DClusterer(
            len(self._groups),
            max_manifold_samples=self.max_manifold_samples,
            memory=self.memory,
            random_state=seed,
            n_jobs=self.n_jobs,
            verbose=self.verbose,
        )
        epochs = getattr(self.pipeline_[0], "epochs", "auto")
        if epochs != "auto":
            reader.set_params(autoencoder__epochs=epochs)
        with no_word_on_convergence():  # nobody asked for a number
            return reader.fit_predict(X)

    def fit_predict(self, X, y=None):
        """Fit the three steps and return the labels of the rows.

        Parameters
        ----------
        X : array-like or CSR of shape (n_samples, n_features)
            The rows.
        y : None
            Ignored.

        Returns
        -------
        ndarray of shape (n_samples,), int64
            ``labels_``.
        """
        return self.fit(X).labels_

    def fit_transform(self, X, y=None):
        """Fit the three steps and return the place of each row on the manifold.

        Parameters
        ----------
        X : array-like or CSR of shape (n_samples, n_features)
            The rows.
        y : None
            Ignored.

        Returns
        -------
        ndarray of shape (n_samples, n_dimensions), float32 or float64
            ``embedding_``.
        """
        return self.fit(X).embedding_

    def predict(self, X):
        """Label rows; training rows get the labels they had.

        Parameters
        ----------
        X : array-like or CSR of shape (n_samples, n_features)
            The rows.

        Returns
        -------
        ndarray of shape (n_samples,), int64
            Group of each row, -1 for noise.
        """
        self._check_columns(X, reset=False)
        with _inner_settings(self._transformers[0]), one_blas_thread_for(_num_samples(X)):
            return self._answering.predict(X).astype(np.int64, copy=False)

    @available_if(_knows_memberships)
    def predict_proba(self, X):
        """Membership of rows in each group; there if the clusterer knows.

        Parameters
        ----------
        X : array-like of shape (n_samples, n_features)
            The rows.

        Returns
        -------
        ndarray of shape (n_samples, n_clusters), float32 or float64
            One column a group, of the dtype of `probabilities_`. What is missing from a
            row's sum of 1 is noise.

        Raises
        ------
        TypeError
            If the rows are sparse; ``predict`` takes them.
        """
        self._check_columns(X, reset=False)
        if sparse.issparse(X):
            # scikit-learn's check_estimator takes who answers here for a classifier.
            raise TypeError(
                "predict_proba takes no sparse rows. Pass X.toarray(), a part of the rows at "
                "a time if there are many; as the last step of a pipeline, "
                "pipeline[-1].predict_proba(pipeline[:-1].transform(X).toarray())."
            )
        with _inner_settings(self.pipeline_[0]):
            return self.pipeline_.predict_proba(X)

    def transform(self, X):
        """Place rows on the manifold.

        Parameters
        ----------
        X : array-like or CSR of shape (n_samples, n_features)
            The rows.

        Returns
        -------
        ndarray of shape (n_samples, n_dimensions), float32 or float64
            Their places, of the dtype of `embedding_`; training rows get those they had.
        """
        self._check_columns(X, reset=False)
        with _inner_settings(self._transformers[0]):
            places = self._transformers.transform(X)
            # What was only passed through nobody has looked at.
            return check_array(places, accept_sparse=True, dtype=None)

    def score(self, X, y=None):
        """Clustering accuracy with true labels, a label-free criterion without.

        Parameters
        ----------
        X : array-like or CSR of shape (n_samples, n_features)
            The rows.
        y : array-like of shape (n_samples,) or None, default=None
            True labels.

        Returns
        -------
        float
            With `y` the share of rows that are right after the best matching of groups
            to classes; without, the silhouette of the predicted labels in `X` (on a
            sample of the rows; noise counts against it). Where `X` has text or gaps,
            it is that in what the first step makes of it. Larger is better.
        """
        labels = self.predict(X)
        if y is not None:
            return clustering_accuracy_score(check_true_labels(y, len(labels)), labels)
        try:
            rows = check_array(X, accept_sparse="csr")
        except (TypeError, ValueError):  # no distances in it, though the first step takes it
            with _inner_settings(self.pipeline_[0]):
                rows = self.pipeline_[:1].transform(X)
        return silhouette_score(rows, labels)

    def for_inference(self):
        """Make a smaller copy that labels and places rows just as this model does.

        It has no decoders, and no `manifold_` that was kept; the rest is shared with the
        original. What needs decoders, such as ``pipeline_["autoencoder"].inverse_transform``,
        raises an error that says so. Another ``fit`` trains as usual.

        Returns
        -------
        N2DClusterer
            The fitted copy, for ``joblib.dump`` or a service.
        """
        check_is_fitted(self)
        copied = fitted_copy(self)
        vars(copied).pop("_stored", None)
        copied.pipeline_ = for_inference(self.pipeline_)
        # A step that was given fitted and frozen is in the parameters, too.
        for name in set(STEPS) & set(vars(copied)):
            setattr(copied, name, for_inference(getattr(copied, name)))
        return copied

    @property
    def embedding_(self):
        """Place of each training row on the manifold."""
        check_is_fitted(self)
        if hasattr(self, "_embedding"):
            return self._embedding
        return self._transformers["manifold"].embedding_

    @property
    def _n_features_out(self):
        return self.embedding_.shape[1]

    def _check_columns(self, X, *, reset):
        """Compare number and names of columns; the first step judges the values."""
        if not reset:
            if has_expected_columns(self, X):
                return
            check_is_fitted(self)
        if isinstance(X, Sequence):
            X = as_array(X)
        refuse_other_forms(self, X)
        ndim = X.ndim if hasattr(X, "ndim") else np.asarray(X).ndim
        if ndim != 2:
            check_array(X, estimator=self)  # says what is wrong
        validate_data(self, X, reset=reset, skip_check_array=True)

    def _sk_visual_block_(self):
        if hasattr(self, "pipeline_"):
            return self.pipeline_._sk_visual_block_()
        defaults = {
            "autoencoder": "AutoencoderTransformer",
            "manifold": "UMAP",
            "clusterer": "HDBSCAN" if self.n_clusters is None else "GaussianMixture",
        }
        names, steps = [], []
        for name in STEPS:
            step = getattr(self, name)
            if step is None:  # in words, as making it would import heavy packages
                step = f"{defaults[name]} (default)"
            elif isinstance(step, type) or not hasattr(step, "get_params"):
                step = str(step)
            steps.append((name, step))
            names.append(f"{name}: {step if isinstance(step, str) else type(step).__name__}")
        block = Pipeline(steps)._sk_visual_block_()
        block.names = names
        return block

    def __sklearn_tags__(self):
        tags = super().__sklearn_tags__()
        # Not by getattr: one from a model file may need a package that is not there.
        steps = {name: vars(self).get(name) for name in STEPS}
        taken = input_tags(steps, self.inference)
        for name in ("allow_nan", "pairwise", "positive_only", "sparse"):
            setattr(tags.input_tags, name, getattr(taken, name))
        tags.transformer_tags.preserves_dtype = []
        return tags
