"""SciPy's eigensolver for sparse matrices, which is to draw the same numbers each time."""

import inspect

from scipy.sparse.linalg import eigsh

from skn2d._shared_change import SharedChange


def _seed():
    """Give ``eigsh`` a seed for the calls that come without one.

    From SciPy 1.17 on it draws anew where vectors run out, as among copies of rows. UMAP's
    spectral start hands it no seed, nor does ``svds``, which scikit-learn's PCA of sparse
    rows calls and which holds the function by a reference of its own.
    """
    parameters = inspect.signature(eigsh).parameters.values()
    names = [p.name for p in parameters if p.default is not p.empty]
    if "rng" not in names:
        return lambda: None
    before = eigsh.__defaults__
    defaults = dict(zip(names, before, strict=True))
    eigsh.__defaults__ = tuple({**defaults, "rng": 0}.values())

    def undo():
        eigsh.__defaults__ = before

    return undo


eigensolver_seeded = SharedChange(_seed)
