"""Augmentations of rows that have a shape: images and series."""

from abc import abstractmethod

from skn2d._row_shape import EXAMPLES, full_row_shape
from skn2d.augmentation._base import Augmentation


class ShapedAugmentation(Augmentation):
    """Finds the shape of a row; a subclass then works on grids of numbers.

    A subclass says in `_shape_name` which parameter holds the shape, and in
    `_shaped_architecture` a network that knows it.
    """

    def prepare(self, n_features, architecture=None):
        """Check the parameters and find the shape of a row, before any training.

        Parameters
        ----------
        n_features : int
            Number of columns of the rows.
        architecture : Architecture, callable or None, default=None
            The network that will be trained, asked for the shape of a row where the
            parameter is None.

        Returns
        -------
        callable
            ``augment(rows, random_state)``; see :meth:`Augmentation.prepare`.

        Raises
        ------
        ValueError
            If a parameter cannot be used, or if the shape is not known or does not fit
            `n_features`.
        """
        self._validate_params()
        shape = self._resolve_shape(n_features, architecture)
        augment_grids = self._prepare_grids(shape)

        def augment(rows, random_state):
            grids = augment_grids(rows.reshape(-1, *shape), random_state)
            return grids.reshape(rows.shape)

        return augment

    @abstractmethod
    def _prepare_grids(self, shape):
        """Return ``augment(grids, random_state)`` for grids of shape (n_rows, *shape)."""

    def _resolve_shape(self, n_features, architecture):
        name, me = self._shape_name, type(self).__name__
        shape, owner = getattr(self, name), me
        if shape is None:
            shape, owner = getattr(architecture, name, None), type(architecture).__name__
        if shape is None:
            network = "no network was given" if architecture is None else f"{owner} has none"
            raise ValueError(
                f"{me} does not know the shape of a row: its {name} is None, and {network}. "
                f"Give the shape, as in {me}({name}={EXAMPLES[name]}), or train a "
                f"{self._shaped_architecture}, which knows it."
            )
        shape = full_row_shape(name, shape, n_features, owner)
        of_network = getattr(architecture, name, None)
        if of_network is not None:
            network = type(architecture).__name__
            of_network = full_row_shape(name, of_network, n_features, network)
            if shape != of_network:
                raise ValueError(
                    f"{me} takes a row for {name}={shape}, the network, {network}, for "
                    f"{of_network}. Leave out the {name} of {me}, or correct it."
                )
        return shape


class ImageAugmentation(ShapedAugmentation):
    """An augmentation of rows that are images, of shape (height, width, n_channels)."""

    _shape_name = "image_shape"
    _shaped_architecture = "Conv2DArchitecture"


class SeriesAugmentation(ShapedAugmentation):
    """An augmentation of rows that are series, of shape (n_timesteps, n_channels)."""

    _shape_name = "series_shape"
    _shaped_architecture = "Conv1DArchitecture"
