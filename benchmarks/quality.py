"""How well the clusters match the classes: data sets x recipes x seeds.

    python benchmarks/quality.py --data-home ../shared/data
    python benchmarks/quality.py --quick

Results are kept in ``results/quality.json`` after every run, so that it can be stopped and
resumed. Labels only score the finished clustering. Every figure is a median over seeds;
"spread" is the distance between the worst and the best of them.
"""

import argparse
import contextlib
import time
from collections import namedtuple
from unittest import mock

import numpy as np
from _harness import RESULTS, Store, median, print_table
from sklearn.base import clone
from sklearn.cluster import HDBSCAN, KMeans
from sklearn.datasets import (
    load_breast_cancer,
    load_digits,
    load_iris,
    load_wine,
    make_blobs,
    make_circles,
    make_moons,
)
from sklearn.mixture import GaussianMixture
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import FunctionTransformer, StandardScaler
from tables import MNIST_PART, PAPER
from tqdm import tqdm
from umap import UMAP

from skn2d import AutoencoderTransformer, N2DClusterer, datasets
from skn2d._best_fit import FitChoice
from skn2d.architectures import Conv2DArchitecture
from skn2d.augmentation import Masking, RandomAffine
from skn2d.metrics import clustering_accuracy_score, clustering_report


def _standardised(load):
    """Rows and classes of a table whose columns have units of their own."""
    X, y = load(return_X_y=True)
    return StandardScaler().fit_transform(X), y


def _load_mnist_part(data_home):
    """Rows of MNIST that are harder than its test rows."""
    X, y = datasets.load_mnist(data_home=data_home, return_X_y=True)
    return X[40_000:50_000], y[40_000:50_000]


def _make_blobs(sizes, n_columns):
    """Round groups far apart: a corner of space for each, or anywhere if there are many."""
    random_state = np.random.RandomState(0)
    corners = 8 * np.eye(n_columns)[: len(sizes)]
    if len(sizes) > n_columns:
        corners = random_state.uniform(-10, 10, size=(len(sizes), n_columns))
    return make_blobs(sizes, centers=corners, random_state=random_state)


def _flat(make, **params):
    """500 rows in two columns, as in scikit-learn's comparison of clusterers."""
    X, y = make(500, **params)
    return StandardScaler().fit_transform(X), y


def _stretched():
    X, y = make_blobs(500, random_state=170)
    return StandardScaler().fit_transform(X @ [[0.6, -0.6], [-0.4, 0.8]]), y


def _shuffled_digits():
    """Digits, and three times more with other places for the pixels: 40 groups."""
    X, y = load_digits(return_X_y=True)
    random_state = np.random.RandomState(0)
    orders = [random_state.permutation(X.shape[1]) for _ in range(4)]
    return np.concatenate([X[:, order] for order in orders]), np.concatenate(
        [y + 10 * i for i in range(len(orders))]
    )


DATASETS = {
    "iris": lambda data_home: _standardised(load_iris),
    "wine": lambda data_home: _standardised(load_wine),
    "breast cancer": lambda data_home: _standardised(load_breast_cancer),
    "digits": lambda data_home: load_digits(return_X_y=True),
    "pendigits": lambda data_home: datasets.load_pendigits(
        data_home=data_home, return_X_y=True
    ),
    "usps": lambda data_home: datasets.load_usps(data_home=data_home, return_X_y=True),
    "mnist-test": lambda data_home: datasets.load_mnist_test(
        data_home=data_home, return_X_y=True
    ),
    "har (recomputed)": lambda data_home: datasets.load_har(
        data_home=data_home, return_X_y=True
    ),
    "fashion": lambda data_home: datasets.load_fashion_mnist(
        data_home=data_home, return_X_y=True
    ),
    "mnist": lambda data_home: datasets.load_mnist(data_home=data_home, return_X_y=True),
    MNIST_PART: _load_mnist_part,
    "one large group": lambda data_home: _make_blobs([3000] + 5 * [150], 10),
    "five uneven groups": lambda data_home: _make_blobs([300, 150, 80, 40, 15], 12),
    "sixty groups": lambda data_home: _make_blobs(60 * [60], 20),
    "digits, four orders of pixels": lambda data_home: _shuffled_digits(),
    "two circles": lambda data_home: _flat(
        make_circles, factor=0.5, noise=0.05, random_state=30
    ),
    "two moons": lambda data_home: _flat(make_moons, noise=0.05, random_state=30),
    "three of unequal spread": lambda data_home: _flat(
        make_blobs, cluster_std=[1.0, 2.5, 0.5], random_state=170
    ),
    "three long ones": lambda data_home: _stretched(),
    "three round ones": lambda data_home: _flat(make_blobs, random_state=30),
}

# What the images were flattened from.
IMAGE_SHAPES = {
    "digits": (8, 8),
    "usps": (16, 16),
    "mnist-test": (28, 28),
    "fashion": (28, 28),
    "mnist": (28, 28),
    MNIST_PART: (28, 28),
}

# `make` gets the number of clusters, the seed and, if `for_images`, the shape of an image.
Recipe = namedtuple("Recipe", "make what for_images", defaults=[False])


def _convolution(n_clusters, seed, image_shape):
    autoencoder = AutoencoderTransformer(
        architecture=Conv2DArchitecture(image_shape),
        augmentation=RandomAffine(),
        learning_rate=3e-3,
    )
    return N2DClusterer(n_clusters, autoencoder=autoencoder, random_state=seed)


def _umap(n_clusters, seed):
    """UMAP as the paper has it."""
    return UMAP(n_neighbors=20, min_dist=0, n_components=n_clusters, random_state=seed)


RECIPES = {
    "default": Recipe(
        lambda k, seed: N2DClusterer(k, random_state=seed), "N2DClusterer(n_clusters)"
    ),
    "convolution": Recipe(
        _convolution,
        "a Conv2DArchitecture network, trained with RandomAffine()",
        for_images=True,
    ),
    "images": Recipe(
        lambda k, seed, image_shape: N2DClusterer.for_images(image_shape, k, random_state=seed),
        "N2DClusterer.for_images(image_shape, n_clusters)",
        for_images=True,
    ),
    "unknown number": Recipe(
        lambda k, seed: N2DClusterer(None, random_state=seed), "N2DClusterer(n_clusters=None)"
    ),
    "one network": Recipe(
        lambda k, seed: N2DClusterer(k, random_state=seed).set_params(
            autoencoder__n_estimators=1, autoencoder__n_principal_components=0
        ),
        "the default with one autoencoder and nothing else",
    ),
    "one network and components": Recipe(
        lambda k, seed: N2DClusterer(k, random_state=seed).set_params(
            autoencoder__n_estimators=1
        ),
        "the default with one autoencoder",
    ),
    "two networks and components": Recipe(
        lambda k, seed: N2DClusterer(k, random_state=seed).set_params(
            autoencoder__n_estimators=2
        ),
        "the default with two autoencoders",
    ),
    "three networks": Recipe(
        lambda k, seed: N2DClusterer(k, random_state=seed).set_params(
            autoencoder__n_principal_components=0
        ),
        "the default without principal components",
    ),
    "fifteen epochs": Recipe(
        lambda k, seed: N2DClusterer(k, random_state=seed).set_params(autoencoder__epochs=15),
        "the default with 15 epochs a network, whatever the number of rows",
    ),
    "twelve epochs": Recipe(
        lambda k, seed: N2DClusterer(k, random_state=seed).set_params(autoencoder__epochs=12),
        "the default with 12 epochs a network, whatever the number of rows",
    ),
    "likeliest mixture": Recipe(
        lambda k, seed: N2DClusterer(
            k, clusterer=GaussianMixture(k, n_init=30), n_init=1, random_state=seed
        ),
        "the default with one layout and the likeliest of 30 mixtures",
    ),
    "narrow codes": Recipe(
        lambda k, seed: N2DClusterer(k, random_state=seed).set_params(
            autoencoder__latent_dim=10
        ),
        "the default with codes of 10 columns",
    ),
    "masking": Recipe(
        lambda k, seed: N2DClusterer(k, random_state=seed).set_params(
            autoencoder__augmentation=Masking(0.2)
        ),
        "the default with a fifth of the values masked while the networks train",
    ),
    "umap + mixture": Recipe(
        lambda k, seed: N2DClusterer(k, autoencoder="passthrough", random_state=seed),
        "the default without autoencoder",
    ),
    "k-means": Recipe(
        lambda k, seed: KMeans(k, n_init=10, random_state=seed), "on the raw rows"
    ),
    "mixture": Recipe(
        lambda k, seed: make_pipeline(
            FunctionTransformer(np.float64),  # in single precision, components collapse
            GaussianMixture(k, covariance_type="diag", random_state=seed),
        ),
        "diagonal covariance, on the raw rows",
    ),
    "autoencoder + k-means": Recipe(
        lambda k, seed: make_pipeline(
            AutoencoderTransformer(random_state=seed), KMeans(k, n_init=10, random_state=seed)
        ),
        "one autoencoder",
    ),
    "umap + mixture by hand": Recipe(
        lambda k, seed: make_pipeline(_umap(k, seed), GaussianMixture(k, random_state=seed)),
        "umap.UMAP and sklearn.mixture.GaussianMixture, on the raw rows",
    ),
    "umap + HDBSCAN": Recipe(
        lambda k, seed: make_pipeline(_umap(k, seed), HDBSCAN(min_cluster_size=100, copy=True)),
        "umap.UMAP and sklearn.cluster.HDBSCAN, on the raw rows",
    ),
}


def _n_epochs(model):
    steps = getattr(model, "pipeline_", model)
    steps = dict(getattr(steps, "steps", []))
    autoencoders = [s for s in steps.values() if hasattr(s, "histories_")]
    # In each round of refinement new networks are trained as long, then the old ones again;
    # and before, the three of the default.
    n_refinements = getattr(model, "n_refinements", 0)
    trainings = 5 + n_refinements if n_refinements else 1
    return trainings * sum(len(h["loss"]) for a in autoencoders for h in a.histories_)


@contextlib.contextmanager
def _candidates(y):
    """Yield a list of what manifold and clusterer came to each time that they were fitted."""
    found = []
    add = FitChoice.add

    def watched(self, fit):
        add(self, fit)
        found.append(
            {
                "n_neighbors": fit.get_params().get(
                    f"{fit.steps[0][0]}__manifold__n_neighbors"
                ),
                "modularity": round(self.modularity[-1], 5),
                "accuracy": round(clustering_accuracy_score(y, self.labels[-1]), 4),
            }
        )

    with mock.patch.object(FitChoice, "add", watched):
        yield found


def measure(store, dataset, recipe, seed, data_home):
    """Fit one recipe once and keep its scores."""
    X, y = DATASETS[dataset](data_home)
    if np.ptp(X) > 200:  # pixels: the baselines get the usual [0, 1] too
        X = (X / np.float32(255)).astype(np.float32)
    arguments = [len(np.unique(y)), seed]
    if RECIPES[recipe].for_images:
        arguments.append(IMAGE_SHAPES[dataset])
    model = clone(RECIPES[recipe].make(*arguments))
    start = time.perf_counter()
    with _candidates(y) as candidates:
        labels = model.fit_predict(X)
    seconds = time.perf_counter() - start
    report = clustering_report(y, labels, output_dict=True)
    store.add(
        dataset=dataset,
        recipe=recipe,
        seed=seed,
        accuracy=report["accuracy"],
        nmi=report["normalized_mutual_info"],
        ari=report["adjusted_rand"],
        noise=report["noise_share"],
        n_clusters=report["n_clusters"],
        n_classes=report["n_classes"],
        n_samples=len(y),
        seconds=round(seconds, 1),
        epochs=_n_epochs(model),
        candidates=candidates,
    )


def summarise(store, chosen, recipes):
    """Print medians and spread over the seeds, beside the paper's figures."""
    rows = []
    for dataset in chosen:
        if dataset in PAPER:
            accuracy, nmi = PAPER[dataset]
            rows.append([dataset, "the paper (quoted)", 1, accuracy, "", nmi, "", "", ""])
        for recipe in recipes:
            runs = store.find(dataset=dataset, recipe=recipe)
            if not runs:
                continue
            accuracy = [run["accuracy"] for run in runs]
            rows.append(
                [
                    dataset,
                    recipe,
                    len(runs),
                    f"{median(accuracy):.3f}",
                    f"{max(accuracy) - min(accuracy):.3f}",
                    f"{median([run['nmi'] for run in runs]):.3f}",
                    f"{median([run['n_clusters'] for run in runs]):g}",
                    f"{median([run['seconds'] for run in runs]):.0f}",
                    f"{median([run['epochs'] for run in runs]):g}",
                ]
            )
    header = ["data", "recipe", "seeds", "ACC", "spread", "NMI", "clusters", "s", "epochs"]
    print_table(header, rows)


def main():
    """Run what is missing, then print the table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data-home", help="where the data sets are (default: the cache)")
    parser.add_argument("--datasets", nargs="+", choices=DATASETS, default=list(DATASETS))
    parser.add_argument("--recipes", nargs="+", choices=RECIPES, default=list(RECIPES))
    parser.add_argument("--seeds", type=int, default=5, help="seeds per recipe (default: 5)")
    parser.add_argument("--quick", action="store_true", help="digits, default, two seeds")
    parser.add_argument("--output", default=RESULTS / "quality.json")
    options = parser.parse_args()
    if options.quick:
        options.datasets, options.recipes, options.seeds = ["digits"], ["default"], 2
    store = Store(options.output)
    missing = [
        (dataset, recipe, seed)
        for seed in range(options.seeds)
        for dataset in options.datasets
        for recipe in options.recipes
        if not store.find(dataset=dataset, recipe=recipe, seed=seed)
        and (dataset in IMAGE_SHAPES or not RECIPES[recipe].for_images)
    ]
    with tqdm(missing, unit="run") as bar:
        for dataset, recipe, seed in bar:
            bar.set_description(f"{dataset}, {recipe}, seed {seed}")
            measure(store, dataset, recipe, seed, options.data_home)
    summarise(store, options.datasets, options.recipes)


if __name__ == "__main__":
    main()
