"""The first step: autoencoders as a scikit-learn transformer."""

import itertools
import math
import warnings
from numbers import Integral, Real
from os import PathLike

import numpy as np
from sklearn.base import (
    BaseEstimator,
    ClassNamePrefixFeaturesOutMixin,
    TransformerMixin,
    _fit_context,
)
from sklearn.exceptions import ConvergenceWarning
from sklearn.frozen import FrozenEstimator
from sklearn.utils import check_random_state, check_scalar
from sklearn.utils._param_validation import Interval, StrOptions
from sklearn.utils.validation import check_array, check_is_fitted

from skn2d._batches import restored_rows
from skn2d._builder import build_autoencoder
from skn2d._compilation import compile_model, release
from skn2d._doubts import doubt_about_networks, doubt_about_rows
from skn2d._filled_in import FilledInMixin
from skn2d._interrupts import interrupts_deferred
from skn2d._linear_view import principal_components
from skn2d._network import TrainedNetwork, decode, encode, join_decoders, join_encoders
from skn2d._random import derive_seeds, fenced_global_seed
from skn2d._refinement import Refinement, numbered_groups
from skn2d._scaling import BEYOND_FLOAT32, ScaledRows, chunks_of, input_scaling
from skn2d._state import StateMixin, fitted_copy, restored_on_failure
from skn2d._training import (
    auto_batch_size,
    auto_epochs,
    copy_callbacks,
    progress,
    train,
)
from skn2d._validation import check_rows
from skn2d._weights import read_weights, set_weights, write_weights
from skn2d.architectures import Architecture, DenseArchitecture

# Rows on which the codes' mean and spread are measured when they are joined, and the
# principal components.
_N_STANDARDISED = 10_000


def _standardise(network, rows, order):
    sample = np.sort(order[:_N_STANDARDISED])
    network.standardise(network.encode(rows[sample]))


def _far_from_zero(who):
    return (
        f"X lies so far from zero that float32, in which {who}, would lose the differences "
        "between rows. Subtract the mean first, for example with "
        "sklearn.preprocessing.StandardScaler."
    )


def is_autoencoder(step):
    """Whether a step is an :class:`AutoencoderTransformer`, frozen or not."""
    step = step.estimator if isinstance(step, FrozenEstimator) else step
    return isinstance(step, AutoencoderTransformer)


class AutoencoderTransformer(
    StateMixin,
    ClassNamePrefixFeaturesOutMixin,
    TransformerMixin,
    FilledInMixin,
    BaseEstimator,
):
    """Compress rows with one or several autoencoders trained on them.

    Columns are centred and divided by one common scale, then networks are trained to
    restore the rows from a short code, with a learning rate that decays to zero.

    Parameters
    ----------
    latent_dim : int, default=10
        Columns of the code of one network. Fewer compress harder.
    architecture : Architecture, callable or None, default=None
        The network: see :mod:`skn2d.architectures`. None means a
        :class:`~skn2d.architectures.DenseArchitecture` of `hidden_units` and
        `activation`. A callable gets ``(n_features, latent_dim)`` and returns the Keras
        tensors ``(inputs, code, outputs)``. Layers that are there already, such as those
        of a pretrained model, are copied with their weights.
    hidden_units : tuple of int, default=(500, 500, 2000)
        Units of the hidden layers from the rows to the code; the decoder mirrors them.
        Only used where `architecture` is None.
    activation : str, default="relu"
        Keras name of the hidden layers' activation. Only used where `architecture` is
        None; code and output are linear.
    augmentation : Augmentation, callable or None, default=None
        Changes the rows of a batch, drawn afresh for every batch, while training and
        never after: see :mod:`skn2d.augmentation`, and for several in a row
        :func:`~skn2d.augmentation.make_augmentation`. A callable
        ``augmentation(rows, random_state)`` gets a float32 batch in the units of `X` and
        a ``RandomState`` and returns the rows to train on.
    augmentation_target : {"clean", "augmented"}, default="clean"
        What an augmented row is to be restored to: the row as it was (denoising: the code
        learns to leave out what the augmentation changes), or as it was changed.
    loss : str or keras.losses.Loss, default="mse"
        What training minimises between a row and its reconstruction, both centred and
        scaled: losses for probabilities, such as "binary_crossentropy", do not fit.
    optimizer : str or keras.optimizers.Optimizer, default="adam"
        A name gets `learning_rate`, decaying to zero along a cosine. An instance is
        copied and keeps its own rate.
    learning_rate : float, default=0.002
        The rate that training starts with. Not used by an `optimizer` instance.
    batch_size : int or "auto", default="auto"
        Rows per weight update. "auto" means 256 from 10,000 rows on, and fewer in
        proportion for fewer rows, at least 16.
    epochs : int or "auto", default="auto"
        Passes over the rows for each network. "auto" means 30, but at least 1,200 weight
        updates and about 8,000 at most (from 70,000 rows on), and never more than 100
        passes. 0 keeps the initial weights.
    validation_fraction : float or None, default=None
        Share of the rows held out to watch ``val_loss``; training stops when it has not
        fallen for `patience` epochs, and the best weights are kept. None trains on all
        rows for all epochs, as :meth:`refine` always does.
    patience : int, default=10
        Epochs without improvement before training stops. Only used with
        `validation_fraction`.
    n_estimators : int, default=1
        Networks trained from derived seeds. The codes of several are standardised and
        joined, which makes the result depend less on the seed.
    n_principal_components : int, default=0
        Principal components of the rows that are joined to the codes, which then come
        standardised: a view that no training can spoil. All of them together have as
        much variance as the code of one network, so that every view counts the same.
        There are no more than the rows have columns; if it is as many, they hold all that
        the rows do and have as much variance as the codes of all networks.
    callbacks : keras.callbacks.Callback, list of them or None, default=None
        Copied for every network, so that no two fits share their state; a file that one
        writes is written again for the next network. Those that set the learning rate need
        an `optimizer` instance, as that of a name follows its cosine. :meth:`refine` calls
        none.
    initial_weights : str, path-like or None, default=None
        File from :meth:`save_weights` to start the training from.
    warm_start : bool, default=False
        Whether another ``fit`` starts from the weights of the last one. As a step of
        :class:`N2DClusterer`, which fits clones of its steps, it starts anew each time.
    random_state : int, RandomState instance or None, default=None
        Decides the first weights and the order of the rows. An integer gives the same
        codes to the bit on the same machine.
    verbose : int, default=0
        1 shows one progress bar over all networks and epochs.

    Attributes
    ----------
    n_epochs_ : int
        Epochs that were trained; the largest number over the networks.
    history_ : dict of str to list of float
        Per epoch, the mean over the networks of ``loss``, and of ``val_loss`` and the
        callbacks' numbers where there are any; losses are those of the scaled rows.
    histories_ : list of dict
        The same for each network; :meth:`refine` adds nothing to it.
    networks_ : list
        What the networks have learned, as arrays where they are dense.
    input_shift_ : ndarray of shape (n_features,), float32 or float64
        Subtracted from each column; double precision where the rows are far from 0 for
        their spread.
    input_scale_ : float
        Multiplied with all columns afterwards.
    n_features_in_ : int
        Columns seen during fit.
    feature_names_in_ : ndarray of shape (`n_features_in_`,)
        Names of the columns, where X had names that are all strings.

    See Also
    --------
    N2DClusterer : The clusterer whose first step this is.

    Notes
    -----
    A network of dense layers transforms in NumPy; Keras is then needed for training only.

    On processors that have instructions for bfloat16, training rounds the factors of
    matrix products to it where rows have 100 columns or more. Weights, sums, losses and
    updates stay in float32, codes too.

    References
    ----------
    R. McConville et al., "N2D: (Not Too) Deep Clustering via Clustering the Local
    Manifold of an Autoencoded Embedding", ICPR 2020, arXiv:1908.05968.

    Examples
    --------
    >>> from sklearn.datasets import load_iris
    >>> from skn2d import AutoencoderTransformer
    >>> X = load_iris().data
    >>> autoencoder = AutoencoderTransformer(
    ...     latent_dim=2, hidden_units=(16,), epochs=5, random_state=0
    ... )
    >>> autoencoder.fit_transform(X).shape
    (150, 2)
    """

    _parameter_constraints = {
        "latent_dim": [Interval(Integral, 1, None, closed="left")],
        "architecture": [Architecture, callable, None],
        "hidden_units": [tuple, list],
        "activation": [str],
        "augmentation": [callable, None],
        "augmentation_target": [StrOptions({"clean", "augmented"})],
        "loss": "no_validation",
        "optimizer": "no_validation",
        "learning_rate": [Interval(Real, 0, None, closed="neither")],
        "batch_size": [Interval(Integral, 1, None, closed="left"), StrOptions({"auto"})],
        "epochs": [Interval(Integral, 0, None, closed="left"), StrOptions({"auto"})],
        "validation_fraction": [Interval(Real, 0, 1, closed="neither"), None],
        "patience": [Interval(Integral, 0, None, closed="left")],
        "n_estimators": [Interval(Integral, 1, None, closed="left")],
        "n_principal_components": [Interval(Integral, 0, None, closed="left")],
        "callbacks": "no_validation",
        "initial_weights": [str, PathLike, None],
        "warm_start": ["boolean"],
        "random_state": ["random_state"],
        "verbose": ["verbose"],
    }

    def __init__(
        self,
        latent_dim=10,
        *,
        architecture=None,
        hidden_units=(500, 500, 2000),
        activation="relu",
        augmentation=None,
        augmentation_target="clean",
        loss="mse",
        optimizer="adam",
        learning_rate=2e-3,
        batch_size="auto",
        epochs="auto",
        validation_fraction=None,
        patience=10,
        n_estimators=1,
        n_principal_components=0,
        callbacks=None,
        initial_weights=None,
        warm_start=False,
        random_state=None,
        verbose=0,
    ):
        self.latent_dim = latent_dim
        self.architecture = architecture
        self.hidden_units = hidden_units
        self.activation = activation
        self.augmentation = augmentation
        self.augmentation_target = augmentation_target
        self.loss = loss
        self.optimizer = optimizer
        self.learning_rate = learning_rate
        self.batch_size = batch_size
        self.epochs = epochs
        self.validation_fraction = validation_fraction
        self.patience = patience
        self.n_estimators = n_estimators
        self.n_principal_components = n_principal_components
        self.callbacks = callbacks
        self.initial_weights = initial_weights
        self.warm_start = warm_start
        self.random_state = random_state
        self.verbose = verbose

    _parts = ("architecture",)

    def _default_part(self, name):
        return DenseArchitecture(self.hidden_units, self.activation)

    @_fit_context(prefer_skip_nested_validation=True)
    def fit(self, X, y=None):
        """Train the networks.

        Parameters
        ----------
        X : array-like or CSR of shape (n_samples, n_features)
            Rows of float16, float32, float64 or integers; read batch by batch, so a
            memory map stays on disk.
        y : None
            Ignored.

        Returns
        -------
        AutoencoderTransformer
            The fitted estimator itself.

        Raises
        ------
        ValueError
            If rows, parameters, network or weights file cannot be used; an earlier fit
            is then left as it was.

        Warns
        -----
        UserWarning
            If most rows are alike beside a few much larger values, or one column has
            nearly all of the variance.
        ConvergenceWarning
            If networks trained to the squared error, with 100 updates or more, restore rows
            no better than the means of the columns would.
        """
        with restored_on_failure(self):
            initial = self._initial_weights()
            X = check_rows(self, X, reset=True, accept_sparse="csr", ensure_min_samples=2)
            self.input_shift_, self.input_scale_ = self._measured_scaling(X)
            batch_size, epochs = self._batch_size_and_epochs(X.shape[0])
            rows = ScaledRows(X, self.input_shift_, self.input_scale_)
            *seeds, last_seed = derive_seeds(self.random_state, self.n_estimators + 1)
            with progress(self.verbose, self.n_estimators * epochs) as advance:
                trained = [
                    self._train(rows, batch_size, epochs, seed, weights, advance)
                    for seed, weights in zip(
                        seeds,
                        initial or [None] * self.n_estimators,
                        strict=True,
                    )
                ]
            self.networks_ = [network for network, _ in trained]
            self.histories_ = [history for _, history in trained]
            self.n_epochs_ = max(len(history["loss"]) for history in self.histories_)
            n_updates = self.n_epochs_ * math.ceil(len(rows) / batch_size)
            doubt = doubt_about_networks(self, rows, n_updates)
            if doubt:
                warnings.warn(doubt, ConvergenceWarning, stacklevel=3)
            self._linear_views = []
            if self.n_principal_components:
                self._linear_views = [self._linear_view(rows, check_random_state(last_seed))]
        return self

    def _measured_scaling(self, X):
        shift, scale, variances = input_scaling(X)
        if not scale:
            raise ValueError(
                f"All {X.shape[0]} rows of X are equal: there is nothing to learn. "
                "Check how X was made."
            )
        if np.isnan(scale):
            raise ValueError(BEYOND_FLOAT32)
        names = getattr(self, "feature_names_in_", range(len(variances)))
        doubt = doubt_about_rows(X, scale, variances, names)
        if doubt:
            warnings.warn(doubt, UserWarning, stacklevel=4)
        return shift, scale

    def _linear_view(self, rows, random_state):
        order = random_state.permutation(len(rows))
        # Of few columns all are there: a view that has lost nothing counts as much as all
        # networks.
        is_complete = self.n_features_in_ <= self.n_principal_components
        return principal_components(
            rows,
            np.sort(order[:_N_STANDARDISED]),
            self.n_principal_components,
            self.latent_dim * (self.n_estimators if is_complete else 1),
            random_state,
        )

    def _initial_weights(self):
        if self.warm_start and hasattr(self, "networks_"):
            weights = [network.get_weights() for network in self.networks_]
            if len(weights) != self.n_estimators:
                raise ValueError(
                    f"warm_start goes on with the last fit's {len(weights)} networks, but "
                    f"n_estimators is now {self.n_estimators}. Set warm_start=False."
                )
            return weights
        if self.initial_weights is not None:
            return read_weights(self.initial_weights, self.n_estimators)
        return None

    def _prepared_augmentation(self, rows, architecture):
        if self.augmentation is None:
            return None
        if rows.are_far:
            raise ValueError(_far_from_zero("an augmentation gets the rows"))
        from skn2d.augmentation._prepare import prepare_augmentation  # not needed to transform

        return prepare_augmentation(self.augmentation, self.n_features_in_, architecture)

    @interrupts_deferred()
    def _train(self, rows, batch_size, epochs, seed, weights, advance):
        random_state = check_random_state(seed)
        order = random_state.permutation(len(rows))
        n_held_out = 0
        if self.validation_fraction is not None:
            n_held_out = min(max(1, round(self.validation_fraction * len(rows))), len(rows) - 1)
        held_out, order = np.sort(order[:n_held_out]), order[n_held_out:]
        architecture = self._part("architecture")
        augmentation = self._prepared_augmentation(rows, architecture)
        with fenced_global_seed(seed, alone=True):
            encoder, decoder, model = build_autoencoder(
                architecture, self.n_features_in_, self.latent_dim
            )
        if weights is not None:
            set_weights(encoder, decoder, weights)
        n_updates = epochs * math.ceil(len(order) / batch_size)
        compile_model(model, self.optimizer, self.learning_rate, self.loss, n_updates)
        history = train(
            model,
            rows,
            order,
            held_out,
            augmentation=augmentation,
            make_target=restored_rows(self.augmentation_target),
            random_state=random_state,
            batch_size=batch_size,
            epochs=epochs,
            patience=self.patience,
            callbacks=copy_callbacks(self.callbacks),
            on_epoch_end=advance,
        )
        network = TrainedNetwork.from_keras(encoder, decoder)
        if self.n_estimators > 1 or self.n_principal_components:
            _standardise(network, rows, order)
        release(model)
        return network, history

    def refine(self, X, labels, *, n_rounds=1, random_state=None):
        """Teach the networks groups of the rows that they were trained on.

        In each round new networks learn to name the group of rows that `augmentation`
        changes, and what they agree on corrects the groups. The rows of which they are least
        sure do not teach in the next round: at first one in twenty of each group, then
        fewer; in the last round all rows teach. Then each autoencoder is trained further, to
        restore the rows and to name the corrected groups from its code, which tells them
        apart better afterwards.

        Parameters
        ----------
        X : array-like or CSR of shape (n_samples, n_features)
            The rows given to :meth:`fit`.
        labels : array-like of shape (n_samples,), int
            The group of each row, found without knowing the true ones. -1 (noise) teaches
            nothing.
        n_rounds : int, default=1
            How many times to correct the groups; each takes about as long as ``fit``
            without the decoders. 0 teaches the groups as they are.
        random_state : int, RandomState instance or None, default=None
            Decides the new networks' first weights and all batches.

        Returns
        -------
        AutoencoderTransformer
            The estimator itself, its networks replaced.

        Raises
        ------
        ValueError
            If rows and labels do not belong together, or training diverged; the networks
            are then left as they were.
        """
        check_scalar(n_rounds, "n_rounds", Integral, min_val=0)
        rows = self._rows(X)
        labels, n_groups = numbered_groups(labels, len(rows))
        batch_size, epochs = self._batch_size_and_epochs(len(rows))
        architecture = self._part("architecture")
        augmentation = self._prepared_augmentation(rows, architecture)
        for network in self.networks_:
            network.decoder.get_weights()  # says now, and not in the end, where there is none
        n_networks = len(self.networks_)
        n_trainings = n_networks * (n_rounds + 1)
        *seeds, last_seed = derive_seeds(random_state, n_trainings + 1)
        seeds = iter(seeds)
        with progress(self.verbose, n_trainings * epochs, "refinement") as advance:
            refinement = Refinement(
                rows=rows,
                n_groups=n_groups,
                architecture=architecture,
                latent_dim=self.latent_dim,
                augmentation=augmentation,
                augmentation_target=self.augmentation_target,
                loss=self.loss,
                optimizer=self.optimizer,
                learning_rate=self.learning_rate,
                batch_size=batch_size,
                epochs=epochs,
                on_epoch_end=advance,
            )
            labels = refinement.correct(labels, n_rounds, n_networks, seeds)
            networks = [
                refinement.sharpen(network, labels, next(seeds)) for network in self.networks_
            ]
        if n_networks > 1 or self._linear_views:
            # Drawn at random: the first rows of sorted data are all of one kind.
            order = check_random_state(last_seed).permutation(len(rows))
            for network in networks:
                _standardise(network, rows, order)
        self.networks_ = networks
        return self

    def _batch_size_and_epochs(self, n_samples):
        batch_size, epochs = self.batch_size, self.epochs
        if batch_size == "auto":
            batch_size = auto_batch_size(n_samples)
        if epochs == "auto":
            epochs = auto_epochs(n_samples, batch_size)
        return batch_size, epochs

    def transform(self, X):
        """Compress rows.

        Parameters
        ----------
        X : array-like or CSR of shape (n_samples, n_features)
            The rows.

        Returns
        -------
        ndarray of shape (n_samples, n_columns), float32
            The codes: ``latent_dim * n_estimators`` columns, and the principal components
            after them. A row's code does not depend on the other rows. Joined codes are
            rounded to 11 bits, which a fitted :class:`InductiveManifold` and its file hold
            in half the space.
        """
        rows = self._rows(X)
        with np.errstate(over="ignore", invalid="ignore"):
            codes = encode(self.networks_ + self._linear_views, rows)
        if not np.isfinite(codes).all():
            raise ValueError(BEYOND_FLOAT32)
        return codes

    def inverse_transform(self, X):
        """Restore rows from codes.

        Parameters
        ----------
        X : array-like of shape (n_samples, n_columns)
            Codes, as :meth:`transform` returns them. Principal components among them say
            nothing here.

        Returns
        -------
        ndarray of shape (n_samples, n_features), float32 or float64
            The rows; with several networks the mean of their reconstructions. Double
            precision where the rows are far from 0 for their spread.
        """
        check_is_fitted(self)
        codes = check_array(X, dtype=np.float32, input_name="X")
        if codes.shape[1] != self._n_features_out:
            raise ValueError(
                f"X has {codes.shape[1]} columns, but the codes of this "
                f"{type(self).__name__} have {self._n_features_out}. Pass what transform "
                "returned."
            )
        rows = [decode(self.networks_, codes[chunk]) for chunk in chunks_of(len(codes))]
        shift = self._rows_of(None).shift
        rows = np.concatenate(rows) / self.input_scale_ + shift
        return rows.astype(shift.dtype, copy=False)

    def score_samples(self, X):
        """Mean squared reconstruction error of each row.

        Parameters
        ----------
        X : array-like or CSR of shape (n_samples, n_features)
            The rows.

        Returns
        -------
        ndarray of shape (n_samples,), float64
            Mean over the columns, in the squared units of `X`; rows unlike those
            seen in training have a large error.
        """
        rows = self._rows(X)
        errors = []
        for chunk in chunks_of(len(rows)):
            scaled = rows[chunk]
            codes = [network.encode(scaled) for network in self.networks_]
            restored = decode(self.networks_, np.hstack(codes))
            errors.append(np.mean(np.square(restored - scaled, dtype=np.float64), axis=1))
        return np.concatenate(errors) / np.float64(self.input_scale_) ** 2

    def score(self, X, y=None):
        """Negative mean squared reconstruction error; larger is better.

        Parameters
        ----------
        X : array-like or CSR of shape (n_samples, n_features)
            The rows.
        y : None
            Ignored.

        Returns
        -------
        float
            Minus the mean of :meth:`score_samples`.
        """
        return -float(np.mean(self.score_samples(X)))

    def save_weights(self, path):
        """Write the networks' weights to a file for `initial_weights`.

        Parameters
        ----------
        path : str or path-like
            The file to write, in NumPy's ``.npz`` format.
        """
        check_is_fitted(self)
        write_weights(path, [network.get_weights() for network in self.networks_])

    def for_inference(self):
        """Make a copy that has no decoders: all that ``transform`` needs.

        It takes about half the memory and half the space in a file. What needs decoders
        raises an error that says so: ``inverse_transform``, ``score_samples``, ``score``,
        ``save_weights``, `decoder_` and a `warm_start`. Another ``fit`` trains as usual.

        Returns
        -------
        AutoencoderTransformer
            The fitted copy; its arrays are those of the original.
        """
        check_is_fitted(self)
        copied = fitted_copy(self)
        copied.networks_ = [network.without_decoder() for network in self.networks_]
        return copied

    @property
    def history_(self):
        """Mean over the networks of what was recorded in each epoch."""
        recorded = {name: [] for history in self.histories_ for name in history}
        for name, of_networks in recorded.items():
            of_networks += [history[name] for history in self.histories_ if name in history]
        return {
            name: [
                float(np.mean([value for value in values if value is not None]))
                for values in itertools.zip_longest(*of_networks)
            ]
            for name, of_networks in recorded.items()
        }

    @property
    def encoder_(self):
        """Keras model from rows to codes, built when asked for."""
        self._check_that_keras_can_tell_rows()
        views = self.networks_ + self._linear_views
        return join_encoders(views, self.input_shift_, self.input_scale_, self.n_features_in_)

    @property
    def decoder_(self):
        """Keras model from codes to rows, built when asked for."""
        self._check_that_keras_can_tell_rows()
        return join_decoders(
            self.networks_, self.input_shift_, self.input_scale_, self._n_features_out
        )

    @property
    def _code_widths(self):
        """Columns of each network, then of the principal components."""
        return [view.latent_dim for view in self.networks_ + self._linear_views]

    @property
    def _n_features_out(self):
        return sum(self._code_widths)

    def _check_that_keras_can_tell_rows(self):
        check_is_fitted(self)
        if self._rows_of(None).are_far:
            raise AttributeError(
                _far_from_zero("Keras computes")
                + " transform and inverse_transform work as they are."
            )

    def _rows(self, X):
        return self._rows_of(check_rows(self, X, reset=False, accept_sparse="csr"))

    def _rows_of(self, X):
        return ScaledRows(X, self.input_shift_, self.input_scale_)

    def __sklearn_tags__(self):
        tags = super().__sklearn_tags__()
        tags.input_tags.sparse = True
        tags.transformer_tags.preserves_dtype = ["float32"]
        return tags
