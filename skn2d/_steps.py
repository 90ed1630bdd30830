"""The steps of the pipeline: default ones, and the user's checked, seeded and wrapped."""

import copy

from sklearn.base import BaseEstimator, clone
from sklearn.exceptions import NotFittedError
from sklearn.frozen import FrozenEstimator
from sklearn.pipeline import Pipeline
from sklearn.utils import InputTags, get_tags

from skn2d._autoencoder import AutoencoderTransformer
from skn2d._inductive import InductiveClusterer, default_hdbscan
from skn2d._manifold import InductiveManifold
from skn2d._random import fill_in
from skn2d._refined_groups import RefinedGroupFinder
from skn2d._umap import default_umap, is_umap, usable_threads
from skn2d._validation import refuse_class

STEPS = ("autoencoder", "manifold", "clusterer")

# Neighbours of the default manifold, and of further ones that are fitted beside it. HAR's
# groups come out with 80 where with 20 they are torn in every other layout, those of MNIST
# with 20; which it is, is seen from the groups.
N_NEIGHBORS = (20, 40, 80)

# Dimensions of the default manifold where the number of clusters is not known, and at most: a
# start of a hundred full covariances takes seconds for each iteration in as many columns, and
# letters (26 groups) come out no better in 26 of them than in 10.
_N_DIMENSIONS, _MAX_DIMENSIONS = 10, 20
# Less than half of the paper's weights: much less to train and to ask, and groups no worse.
# With 320 or 256 most parts of MNIST lose a little, and without the last layer much.
_HIDDEN_UNITS = (384, 384, 768)
# Columns of the code of each network. Ten, the paper's, lose detail by which neighbours are
# told apart; codes of thirty do no better on images and worse on small data.
_LATENT_DIM = 20
# Columns that the principal components add to the codes: with 20, MNIST-test loses what
# they bring, with 50 it gains no more.
_N_PRINCIPAL_COMPONENTS = 40

_TRANSFORMER = "a transformer, 'passthrough' or None"


def _is_passed_through(step):
    return isinstance(step, str) and step == "passthrough"


def _require(name, step, methods, what):
    refuse_class(name, step)
    is_fitted_here = isinstance(step, BaseEstimator) and not isinstance(step, FrozenEstimator)
    if is_fitted_here and get_tags(step).target_tags.required:
        raise TypeError(f"{name} must learn without labels, which reach no step. Got {step!r}.")
    missing = [method for method in methods if not hasattr(step, method)]
    if missing or not hasattr(step, "get_params"):
        lacking = " and ".join(missing or ["get_params"])
        raise TypeError(f"{name} must be {what}. Got {step!r}, which has no {lacking} method.")


def _places_rows_itself(manifold):
    """Whether a transformer maps new rows just as it mapped the training rows.

    scikit-learn's transformers do (PCA, scalers, fitted and frozen ones), apart from
    its manifold learners; a pipeline does if its steps do.
    """
    if isinstance(manifold, Pipeline):
        steps = [step for _, step in manifold.steps]
        return all(_is_passed_through(step) or _places_rows_itself(step) for step in steps)
    module = type(manifold).__module__
    return hasattr(manifold, "transform") and (
        isinstance(manifold, InductiveManifold)
        or (module.startswith("sklearn.") and not module.startswith("sklearn.manifold"))
    )


def _only_projects(manifold):
    """Whether the groups on a manifold have the shape that they had in the codes."""
    if isinstance(manifold, FrozenEstimator):
        return _only_projects(manifold.estimator)
    if isinstance(manifold, Pipeline):
        return all(_only_projects(step) for _, step in manifold.steps)
    if isinstance(manifold, InductiveManifold):
        return False
    return _is_passed_through(manifold) or _places_rows_itself(manifold)


def _inductive_manifold(manifold, inference):
    if inference == "native" or _is_passed_through(manifold) or _places_rows_itself(manifold):
        return manifold
    return InductiveManifold(manifold)


def inductive_clusterer(clusterer):
    """Wrap a clusterer that cannot predict, and None.

    Parameters
    ----------
    clusterer : estimator or None
        The clusterer, not fitted.

    Returns
    -------
    estimator
        The clusterer itself or an :class:`InductiveClusterer`.
    """
    # One from elsewhere may lack scikit-learn's tags, and say labels in other arrays.
    if hasattr(clusterer, "predict") and isinstance(clusterer, BaseEstimator):
        return clusterer
    return InductiveClusterer(clusterer)


def default_step(name, n_clusters, verbose, manifold=None, n_neighbors=N_NEIGHBORS[0]):
    """Make the step that None stands for.

    Parameters
    ----------
    name : {"autoencoder", "manifold", "clusterer"}
        Which step.
    n_clusters : int or None
        Number of groups to find; None if it is not known.
    verbose : int
        1 shows progress bars, 2 also the starts of the mixture.
    manifold : estimator, str or None, default=None
        The second step, which decides how the third one chooses among its starts.
    n_neighbors : int, default=20
        Of the second step.

    Returns
    -------
    estimator
        The step, not fitted.
    """
    if name == "autoencoder":
        return AutoencoderTransformer(
            latent_dim=_LATENT_DIM,
            hidden_units=_HIDDEN_UNITS,
            n_estimators=3,
            n_principal_components=_N_PRINCIPAL_COMPONENTS,
            verbose=verbose,
        )
    if name == "manifold":
        n_components = _N_DIMENSIONS
        if n_clusters is not None:
            n_components = min(max(2, n_clusters), _MAX_DIMENSIONS)
        return default_umap(n_components, n_neighbors, verbose=bool(verbose))
    if n_clusters is None:
        return default_hdbscan()
    from sklearn.mixture import GaussianMixture

    from skn2d._mixture import N_STARTS, default_mixture

    verbose = max(0, int(verbose) - 1)
    if _only_projects(manifold):
        return GaussianMixture(n_clusters, n_init=N_STARTS, verbose=verbose)
    return default_mixture(n_clusters, verbose=verbose)


def make_steps(steps, seeds, *, n_clusters, inference, n_jobs, verbose, n_neighbors):
    """Make the steps to be fitted; what the user gave stays as it is.

    Parameters
    ----------
    steps : dict
        What the user gave for each of `STEPS`.
    seeds : list of int or None
        For each step, where it has none of its own.
    n_clusters : int or None
        As in :class:`N2DClusterer`; as are all the following.
    inference : {"neighbors", "native"}
        How new rows are placed.
    n_jobs : int or None
        For the steps that take it and have none of their own.
    verbose : int
        Of the default steps.
    n_neighbors : int
        Of the default manifold.

    Returns
    -------
    dict
        Defaults and clones, seeded; manifold and clusterer are wrapped where they could
        not answer for new rows.

    Raises
    ------
    TypeError
        If a step lacks a method that it needs.
    """
    steps = dict(steps)
    if steps["clusterer"] is None and n_clusters is None:
        steps["clusterer"] = RefinedGroupFinder()
    for name, step in steps.items():
        if step is None:
            steps[name] = default_step(
                name, n_clusters, verbose, steps["manifold"], n_neighbors
            )
            if name == "manifold" and n_jobs is not None:
                steps[name].set_params(n_jobs=usable_threads(n_jobs))
    if not _is_passed_through(steps["autoencoder"]):
        _require("autoencoder", steps["autoencoder"], ["fit", "transform"], _TRANSFORMER)
    if not _is_passed_through(steps["manifold"]):
        methods, what = ["fit"], _TRANSFORMER
        if inference == "native":
            methods = ["fit", "transform"]
            what += ", with a transform of its own as inference='native' asks"
        _require("manifold", steps["manifold"], methods, what)
    _require("clusterer", steps["clusterer"], ["fit"], "a clusterer or None")
    for (name, step), seed in zip(steps.items(), seeds, strict=True):
        if not _is_passed_through(step):
            steps[name] = clone(step)
            fill_in(steps[name], "random_state", seed)
            fill_in(steps[name], "n_jobs", n_jobs)
    manifold = steps["manifold"]
    if inference == "native" and is_umap(manifold) and manifold.random_state is not None:
        manifold.set_params(n_jobs=1)  # as it does itself, with a warning
    steps["manifold"] = _inductive_manifold(steps["manifold"], inference)
    steps["clusterer"] = inductive_clusterer(steps["clusterer"])
    return steps


def input_tags(steps, inference):
    """Say what rows the first of the steps takes that does not pass them through.

    Parameters
    ----------
    steps : dict
        What the user gave for each of `STEPS`.
    inference : {"neighbors", "native"}
        How new rows are placed.

    Returns
    -------
    sklearn.utils.InputTags
        Those of the step, or scikit-learn's where it has none.
    """
    if not _is_passed_through(steps["autoencoder"]):
        step = steps["autoencoder"]
        step = AutoencoderTransformer() if step is None else step
    elif not _is_passed_through(steps["manifold"]):
        step = _inductive_manifold(steps["manifold"], inference)
    else:
        step = inductive_clusterer(steps["clusterer"])
    has_tags = hasattr(step, "__sklearn_tags__") and not isinstance(step, type)
    return get_tags(step).input_tags if has_tags else InputTags()


def for_inference(step):
    """Copy a fitted step, or a pipeline of them, without what prediction does not need.

    Parameters
    ----------
    step : estimator or str
        What has no such copy, or is not fitted, stays as it is.

    Returns
    -------
    estimator or str
        The copy; its arrays are those of the original.
    """
    if isinstance(step, FrozenEstimator):
        return FrozenEstimator(for_inference(step.estimator))
    if isinstance(step, Pipeline):
        copied = copy.copy(step)
        copied.steps = [(name, for_inference(part)) for name, part in step.steps]
        return copied
    try:
        return step.for_inference() if hasattr(step, "for_inference") else step
    except NotFittedError:
        return step
