"""What numba compiles for UMAP is kept in files."""

import numpy as np
import pytest
from umap import UMAP, layouts, umap_

from skn2d import InductiveManifold
from skn2d._kept_compilation import keep_compiled

X = np.random.RandomState(0).rand(60, 3)


@pytest.mark.parametrize(
    "function",
    [
        umap_.smooth_knn_dist,
        umap_.compute_membership_strengths,
        layouts._nb_optimize_layout_euclidean_single_epoch,
    ],
)
def test_what_a_fit_compiles_is_kept_where_umap_keeps_the_rest(function):
    InductiveManifold(UMAP(random_state=0, n_neighbors=5)).fit(X)
    assert function.signatures
    assert function.stats.cache_path == layouts.rdist.stats.cache_path


def test_functions_that_numba_does_not_compile_stay_as_they_are(monkeypatch):
    # As with NUMBA_DISABLE_JIT=1.
    for module, name in [(umap_, "smooth_knn_dist"), (umap_, "compute_membership_strengths")]:
        monkeypatch.setattr(module, name, getattr(module, name).py_func)
    keep_compiled.cache_clear()
    keep_compiled()
    assert not hasattr(umap_.smooth_knn_dist, "stats")
