"""Groups that were found teach the networks, and the networks correct the groups.

Augmented rows keep the group of the row they were made from. A network that has to name
the group of rows that change with every batch cannot learn single mistakes by heart: what
it says of the rows afterwards is right more often than what it was taught. This is
self-training (pseudo-labels) as in FixMatch and in DEC with augmentation.
"""

import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from scipy.special import softmax
from sklearn.utils import check_random_state
from sklearn.utils.validation import check_consistent_length, column_or_1d

from skn2d._batches import restored_rows
from skn2d._builder import build_autoencoder
from skn2d._compilation import compile_known, release
from skn2d._interrupts import interrupts_deferred
from skn2d._network import TrainedNetwork
from skn2d._optional import import_keras
from skn2d._random import fenced_global_seed
from skn2d._scaling import ScaledRows, chunks_of
from skn2d._training import train
from skn2d._weights import set_weights
from skn2d.metrics import match_labels

# Share of the target that goes to the other groups: labels are wrong here and there.
_LABEL_SMOOTHING = 0.1
# Share of each group that does not teach after the first round. Two seeds of USPS came to .984
# and .987 in six rounds with 0, to .985 and .988 with .05; where it stayed .05 to the end, to
# .984 and .985.
_DOUBTFUL = 0.05
# Share of a group on which two clusterings agree, for them to mean the same group.
_LEAST_AGREED = 0.5
# Of naming the groups, beside restoring the rows: on USPS (three seeds, the same groups taught)
# .988 .984 .987 where with a weight of 1 it was .988 .983 .986.
_WEIGHT = 10.0


def where_agreed(labels, others):
    """Keep the labels of rows that another clustering puts into the same group.

    Parameters
    ----------
    labels : ndarray of shape (n_samples,), int
        The groups; -1 is noise.
    others : ndarray of shape (n_samples,), int
        Groups found in another way. They are matched to the first ones.

    Returns
    -------
    ndarray of shape (n_samples,), int
        The labels, -1 for rows that are in other groups. A group of which that leaves
        less than half stays whole: it is another group that was found, not other rows.
    """
    known = labels >= 0
    agreed = labels.copy()
    matched = match_labels(labels[known], others[known])
    agreed[known] = np.where(matched == labels[known], matched, -1)
    for group in np.unique(labels[known]):
        rows = labels == group
        if np.mean(agreed[rows] == group) < _LEAST_AGREED:
            agreed[rows] = group
    return agreed


def numbered_groups(labels, n_rows):
    """Number the groups that a user gave.

    Parameters
    ----------
    labels : array-like of shape (n_rows,)
        The group of each row; -1 is noise.
    n_rows : int
        How many there must be.

    Returns
    -------
    labels : ndarray of shape (n_rows,), int64
        From 0 on; -1 for rows that teach nothing.
    n_groups : int
        Number of groups, at least two.

    Raises
    ------
    ValueError
        If the labels are no integers, not one for each row, or of fewer than two groups.
    """
    labels = column_or_1d(labels)
    is_number = labels.dtype.kind in "iuf" and np.isfinite(labels).all()
    if not is_number or (labels != np.round(labels)).any():
        raise ValueError(
            "labels must be integers, -1 for noise, such as the labels_ of a clusterer; "
            f"got {labels[:5].tolist()}. sklearn.preprocessing.LabelEncoder numbers names."
        )
    check_consistent_length(range(n_rows), labels)
    is_known = labels >= 0
    groups, encoded = np.unique(labels[is_known], return_inverse=True)
    if len(groups) < 2:
        raise ValueError(
            f"labels has {len(groups)} group(s) beside noise: to be told apart, there "
            "must be two."
        )
    numbered = np.full(n_rows, -1, dtype=np.int64)
    numbered[is_known] = encoded
    return numbered, len(groups)


def doubtful_share(n_left, n_rounds):
    """Say which share of the rows should not teach in the next round.

    Parameters
    ----------
    n_left : int
        Rounds that follow, from 0.
    n_rounds : int
        Rounds in all.

    Returns
    -------
    float
        The less, the fewer rounds follow; 0 where the next one is the last.
    """
    return _DOUBTFUL * max(0, n_left - 1) / max(1, n_rounds - 2)


def without_doubtful(labels, likely, share):
    """Mark the rows of each group that are the least likely to be in it.

    Parameters
    ----------
    labels : ndarray of shape (n_samples,), int
        The groups.
    likely : ndarray of shape (n_samples, n_groups), float
        How likely each group is for each row.
    share : float
        Share of the rows of each group.

    Returns
    -------
    ndarray of shape (n_samples,), int
        The labels, -1 for the marked rows.
    """
    sure = likely.max(axis=1)
    labels = labels.copy()
    for group in np.unique(labels):
        rows = np.flatnonzero(labels == group)
        order = np.argsort(sure[rows], kind="stable")
        labels[rows[order[: int(share * len(rows))]]] = -1
    return labels


@dataclass(kw_only=True)
class Refinement:
    """What the rounds share: the rows, and how to train on them.

    Parameters
    ----------
    rows : ScaledRows
        All rows.
    n_groups : int
        Number of groups; labels are 0 to n_groups - 1, and -1 for rows that teach nothing.
    architecture : Architecture or callable
        Of every network.
    latent_dim : int
        As in :class:`AutoencoderTransformer`.
    augmentation : callable or None
        Prepared, for rows in the user's units.
    augmentation_target : {"clean", "augmented"}
        What an augmented row is to be restored to.
    loss, optimizer, learning_rate
        As in :class:`AutoencoderTransformer`.
    batch_size, epochs : int
        Of each training.
    on_epoch_end : callable
        Called with the epoch's number and its logs.
    """

    rows: ScaledRows
    n_groups: int
    architecture: object
    latent_dim: int
    augmentation: Callable | None
    augmentation_target: str
    loss: object
    optimizer: object
    learning_rate: float
    batch_size: int
    epochs: int
    on_epoch_end: Callable

    def _build(self, seed):
        keras = import_keras()
        with fenced_global_seed(seed, alone=True):
            encoder, decoder, _ = build_autoencoder(
                self.architecture, self.rows.X.shape[1], self.latent_dim
            )
            logits = keras.layers.Dense(self.n_groups)(encoder.outputs[0])
        return encoder, decoder, logits

    def _train(self, model, labels, losses, make_target, random_state, weights=None):
        order = np.flatnonzero(labels >= 0)
        n_updates = self.epochs * math.ceil(len(order) / self.batch_size)
        compile_known(model, self.optimizer, self.learning_rate, losses, n_updates, weights)
        train(
            model,
            self.rows,
            order,
            order[:0],
            augmentation=self.augmentation,
            make_target=make_target,
            random_state=random_state,
            batch_size=self.batch_size,
            epochs=self.epochs,
            on_epoch_end=self.on_epoch_end,
        )

    def _cross_entropy(self):
        return import_keras().losses.CategoricalCrossentropy(
            from_logits=True, label_smoothing=_LABEL_SMOOTHING
        )

    def correct(self, labels, n_rounds, n_networks, seeds):
        """Let new networks learn the groups and correct them, round after round.

        Parameters
        ----------
        labels : ndarray of shape (n_samples,), int
            The groups.
        n_rounds : int
            How many times; 0 leaves them as they are.
        n_networks : int
            Networks of a round: a row is in the group that is likeliest in their mean.
        seeds : iterator of int
            One for each network.

        Returns
        -------
        ndarray of shape (n_samples,), int
            The groups afterwards.
        """
        taught = labels
        for n_left in reversed(range(n_rounds)):
            likely = [self.classify(taught, next(seeds)) for _ in range(n_networks)]
            likely = np.mean(likely, axis=0)
            labels = likely.argmax(axis=1)
            taught = without_doubtful(labels, likely, doubtful_share(n_left, n_rounds))
        return labels

    @interrupts_deferred()
    def classify(self, labels, seed):
        """Train a new network to name the groups.

        Parameters
        ----------
        labels : ndarray of shape (n_samples,), int
            The groups.
        seed : int
            Of its first weights, its batches and their augmentation.

        Returns
        -------
        ndarray of shape (n_samples, n_groups), float32
            How likely it finds each group for each row.
        """
        keras = import_keras()
        encoder, _, logits = self._build(seed)
        model = keras.Model(encoder.inputs[0], logits)
        one_hot = np.eye(self.n_groups, dtype=np.float32)
        self._train(
            model,
            labels,
            self._cross_entropy(),
            lambda batch, changed, indices: one_hot[labels[indices]],
            check_random_state(seed),
        )
        # Called as a function: `predict` would trace it anew for every network, and warn.
        outputs = [
            keras.ops.convert_to_numpy(model(self.rows[chunk], training=False))
            for chunk in chunks_of(len(self.rows))
        ]
        release(model)
        return softmax(np.concatenate(outputs), axis=1)

    @interrupts_deferred()
    def sharpen(self, network, labels, seed):
        """Go on training a network: to restore rows, and to name the groups from the code.

        Parameters
        ----------
        network : TrainedNetwork
            Where to start; it is not changed.
        labels : ndarray of shape (n_samples,), int
            The groups.
        seed : int
            As in :meth:`classify`.

        Returns
        -------
        TrainedNetwork
            The network afterwards, its codes not standardised.
        """
        keras = import_keras()
        encoder, decoder, logits = self._build(seed)
        set_weights(encoder, decoder, network.get_weights())
        model = keras.Model(encoder.inputs[0], [decoder(encoder.outputs[0]), logits])
        one_hot = np.eye(self.n_groups, dtype=np.float32)
        restored = restored_rows(self.augmentation_target)
        self._train(
            model,
            labels,
            [self.loss, self._cross_entropy()],
            lambda batch, changed, indices: (
                restored(batch, changed, indices),
                one_hot[labels[indices]],
            ),
            check_random_state(seed),
            [1.0, _WEIGHT],
        )
        sharpened = TrainedNetwork.from_keras(encoder, decoder)
        release(model)
        return sharpened
