"""The iris data, and an N2DClusterer whose steps are quick."""

import numpy as np
import pandas as pd
from sklearn.datasets import load_iris
from sklearn.decomposition import PCA

from skn2d import N2DClusterer

X, y = load_iris(return_X_y=True)
TABLE = pd.DataFrame(X, columns=["sepal length", "sepal width", "petal length", "petal width"])
COLOURS = pd.DataFrame({"size": X[:, 2], "width": X[:, 3], "colour": np.array(list("rgb"))[y]})


def quick(**params):
    """Let PCA stand in for the slow steps."""
    defaults = {"n_clusters": 3, "autoencoder": PCA(3), "manifold": PCA(2), "random_state": 0}
    return N2DClusterer(**{**defaults, **params})
