"""What numba compiles for UMAP is kept in files, so that the next process need not."""

import functools

from skn2d._optional import import_umap

# What a fit compiles each time in each process: about six seconds, most of a small layout.
# (UMAP has the rest of its functions kept.)
_COMPILED = {
    "umap_": ("smooth_knn_dist", "compute_membership_strengths"),
    "layouts": (
        "_nb_optimize_layout_euclidean_single_epoch",
        "_nb_optimize_layout_euclidean_single_epoch_parallel",
    ),
}


@functools.cache
def keep_compiled():
    """Let numba keep what a fit of UMAP compiles where it keeps UMAP's other functions.

    That is beside the package or else in the user's cache, unless the variable
    ``NUMBA_CACHE_DIR`` says where.
    """
    umap = import_umap()
    for module, names in _COMPILED.items():
        for name in names:
            function = getattr(getattr(umap, module, None), name, None)
            # Functions are plain ones where numba is switched off.
            if hasattr(function, "enable_caching"):
                function.enable_caching()
