"""The default clusterer: a Gaussian mixture with another way to choose among its starts."""

import contextlib
import warnings

import numpy as np
from sklearn.exceptions import ConvergenceWarning
from sklearn.mixture import GaussianMixture
from sklearn.utils import check_array, check_random_state, resample

from skn2d._apart import Surroundings
from skn2d._density_start import density_groups, groups_apart
from skn2d._neighbor_graph import NeighborGraph, best_groups
from skn2d._threads import one_blas_thread
from skn2d._warning_filters import no_word_on_convergence

# Starts of the mixture, from rows far apart: those from k-means are too much alike. On ten
# thousand rows of MNIST 40 of them found groups of .95 to .96 where k-means led to .83 to .92.
N_STARTS = 40
# Rows for each column of each component that a start is fitted to, and rows at least.
_ROWS_PER_COLUMN, _MIN_ROWS = 40, 2000
# Starts that are continued with all rows.
_N_CONTINUED = 5
# Starts from dense groups besides, the rows that each looks at, and groups up to which there
# are any: GroupFinder's have a twentieth of the rows at least.
_N_FROM_DENSITY, _DENSITY_ROWS, _MAX_DENSE_GROUPS = 5, 4000, 20


def default_mixture(n_clusters, **params):
    """Make the mixture that is used by default.

    Parameters
    ----------
    n_clusters : int
        Number of groups to find.
    **params
        Other parameters of :class:`NeighborMixture`.

    Returns
    -------
    NeighborMixture
        Not fitted.
    """
    return NeighborMixture(n_clusters, n_init=N_STARTS, init_params="k-means++", **params)


class NeighborMixture(GaussianMixture):
    """Gaussian mixture that keeps the start whose groups keep neighbours together.

    Of its `n_init` starts scikit-learn's keeps the most likely one. In an embedding by UMAP,
    whose groups are no ellipsoids, a likely mixture often spends two components on one group
    and one on two others. This one keeps the start with the best groups in the graph of
    nearest neighbours (:meth:`NeighborGraph.quality`). Where there are many rows, each start
    is fitted to other ones of them, and the best few are then continued with all; of more than
    a few that are equally good, those that agree most with the others. Up to 20 full
    components, a few starts from dense groups (:func:`density_groups`) join them. All else,
    parameters and attributes too, is scikit-learn's.
    """

    takes_parts = True

    def fit(self, X, y=None, parts=None):
        """Fit the mixture as :meth:`fit_predict` does, and return it."""
        self.fit_predict(X, parts=parts)
        return self

    def fit_predict(self, X, y=None, parts=None):
        """Fit the mixture and return the component of each row.

        Parameters
        ----------
        X : array-like of shape (n_samples, n_features)
            The rows.
        y : None
            Ignored.
        parts : Parts or None, default=None
            Parts of the rows, from before they were laid out: starts that keep to them are
            preferred to those that cut a group through the middle.

        Returns
        -------
        ndarray of shape (n_samples,), int64
            The component of each row.

        Warns
        -----
        sklearn.exceptions.ConvergenceWarning
            If the start that is kept did not converge.
        """
        self._validate_params()
        if self.n_init == 1 or self.warm_start or self.means_init is not None:
            return super().fit_predict(X)
        rows = check_array(X, dtype=[np.float64, np.float32], estimator=self)
        if len(rows) < max(2, self.n_components):
            return super().fit_predict(X)  # which says so
        graph = NeighborGraph(rows)
        # A second thread of BLAS makes products with so few columns three times as slow.
        with one_blas_thread(), no_word_on_convergence():
            random_state = check_random_state(self.random_state)
            starts = [*self._starts(rows, random_state)]
            starts += self._starts_from_density(rows, random_state, parts)
            groups = [start.predict(rows) for start in starts]
            quality = self._qualities(groups, graph, parts)
            best = best_groups(groups, quality, _N_CONTINUED)
            mixtures = [self._continued(starts[i]) for i in best]
            found = [mixture.fit_predict(X) for mixture in mixtures]
            kept = int(np.argmax(self._qualities(found, graph, parts)))
            mixture, labels = mixtures[kept], found[kept]
            around = Surroundings(rows)
            if around.are_cut(labels):
                # Of groups too flat for a covariance there is no mixture.
                with contextlib.suppress(ValueError):
                    apart = self._of_groups_apart(rows)
                    lie_apart = None if apart is None else apart.fit_predict(X)
                    if apart is not None and not around.are_cut(lie_apart):
                        mixture, labels = apart, lie_apart
        params = self.get_params()
        vars(self).pop("feature_names_in_", None)  # of an earlier fit
        vars(self).update({k: v for k, v in vars(mixture).items() if k not in params})
        if not self.converged_:
            warnings.warn(
                f"The start of the mixture that was kept did not converge in {self.max_iter} "
                "iterations. Try more of them (max_iter), or a larger tol or reg_covar.",
                ConvergenceWarning,
                stacklevel=2,
            )
        return labels

    def _qualities(self, groups, graph, parts):
        """How good groupings are; -inf for such as are torn."""
        quality = np.array([graph.quality(labels, self.n_components) for labels in groups])
        if parts is not None:
            quality[parts.are_torn(groups, self.n_components)] = -np.inf
        return quality

    def _starts(self, rows, random_state):
        params = {**self.get_params(), "n_init": 1, "random_state": random_state}
        n_rows = max(_MIN_ROWS, _ROWS_PER_COLUMN * self.n_components * rows.shape[1])
        for _ in range(self.n_init):
            some = rows
            if n_rows < len(rows):
                some = resample(
                    rows, replace=False, n_samples=n_rows, random_state=random_state
                )
            yield GaussianMixture(**params).fit(some)

    def _starts_from_density(self, rows, random_state, parts):
        n_groups, starts = self.n_components, []
        if n_groups > _MAX_DENSE_GROUPS or self.covariance_type != "full":
            return starts
        is_many = len(rows) > _DENSITY_ROWS
        found = [None] * (_N_FROM_DENSITY if is_many else 1)
        if parts is not None and parts.labels is not None:
            found.append(parts.labels)
        for dense in found:
            some = np.arange(len(rows))
            if is_many:
                some = resample(
                    some, replace=False, n_samples=_DENSITY_ROWS, random_state=random_state
                )
            dense = None if dense is None else dense[some]
            # Of groups too flat for a covariance there is no start, but others there are.
            with contextlib.suppress(ValueError):
                labels = density_groups(rows[some], n_groups, random_state, dense)
                if labels is not None:
                    start = self._started_from(rows[some], labels)
                    starts.append(start.fit(rows[some]))
        return starts

    def _of_groups_apart(self, rows):
        """A mixture to be fitted to groups that lie apart; None where there are not as many."""
        if self.covariance_type != "full":
            return None
        labels = groups_apart(rows, self.n_components)
        if labels is None:
            return None
        # With further steps it may lose them again.
        return self._started_from(rows, labels).set_params(tol=np.finfo(np.float64).max)

    def _started_from(self, rows, labels):
        groups = [rows[labels == group] for group in range(self.n_components)]
        ridge = self.reg_covar * np.eye(rows.shape[1])
        return self._started(
            np.bincount(labels) / len(rows),
            [group.mean(axis=0) for group in groups],
            [np.linalg.pinv(np.cov(group, rowvar=False) + ridge) for group in groups],
        )

    def _continued(self, start):
        return self._started(start.weights_, start.means_, start.precisions_)

    def _started(self, weights, means, precisions):
        params = {
            **self.get_params(),
            "n_init": 1,
            "weights_init": weights,
            "means_init": means,
            "precisions_init": precisions,
        }
        return GaussianMixture(**params)
