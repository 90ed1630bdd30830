"""How well clusters of series match their classes: networks for series beside k-means.

    pip install --no-deps aeon deprecated wrapt  # for the real series that aeon ships
    python benchmarks/series.py

"basic motions" are windows of 5 s, cut every second from the accelerometer and gyroscope
of a smart watch (aeon's BasicMotions: 80 recordings of standing, walking, running and
badminton). "cylinder-bell-funnel" is made here: noisy shapes of any length, beginning
anywhere (Saito, 1994). Results are kept in ``results/series.json`` after every run.
"""

import argparse
import time

import numpy as np
from _harness import RESULTS, Store, median, print_table
from sklearn.cluster import KMeans
from tqdm import tqdm

from skn2d import AutoencoderTransformer, N2DClusterer
from skn2d.architectures import Conv1DArchitecture, RecurrentArchitecture
from skn2d.augmentation import Crop, Jitter, Scaling, TimeWarp, make_augmentation
from skn2d.metrics import clustering_report


def basic_motions():
    """Windows of 50 time steps by 6 channels, and the activity of each."""
    from aeon.datasets import load_basic_motions

    recordings, activities = load_basic_motions()
    windows = np.lib.stride_tricks.sliding_window_view(recordings, 50, axis=2)[:, :, ::10]
    n_recordings, n_channels, n_windows, length = windows.shape
    X = windows.transpose(0, 2, 3, 1).reshape(n_recordings * n_windows, length * n_channels)
    return X, np.repeat(activities, n_windows), (length, n_channels)


def cylinder_bell_funnel(n_samples=900, length=128):
    """Make series of three shapes; what k-means sees is above all where they begin."""
    random_state = np.random.RandomState(0)
    y = np.arange(n_samples) % 3
    time_steps = np.arange(length)
    X = random_state.normal(size=(n_samples, length))
    for row, shape in zip(X, y, strict=True):
        begin = random_state.randint(length // 8, length // 4)
        end = begin + random_state.randint(length // 4, 3 * length // 4)
        ramp = (time_steps - begin) / (end - begin)
        profile = [np.ones(length), ramp, 1 - ramp][shape]
        row += (6 + random_state.normal()) * profile * ((ramp >= 0) & (ramp <= 1))
    return X, y, (length,)


DATASETS = {"basic motions": basic_motions, "cylinder-bell-funnel": cylinder_bell_funnel}


def _n2d(n_clusters, seed, architecture=None, augmentation=None, learning_rate=1e-3):
    autoencoder = AutoencoderTransformer(
        architecture=architecture,
        augmentation=augmentation,
        learning_rate=learning_rate,
        n_estimators=3,
    )
    return N2DClusterer(n_clusters, autoencoder=autoencoder, random_state=seed)


def _convolution(n_clusters, shape, seed, augmentation=None):
    return _n2d(n_clusters, seed, Conv1DArchitecture(shape), augmentation, 3e-3)


_AUGMENTATION = make_augmentation(TimeWarp(), Crop(), Scaling(), Jitter())

METHODS = {
    "k-means on the rows": lambda k, shape, seed: KMeans(k, n_init=10, random_state=seed),
    "N2DClusterer, dense": lambda k, shape, seed: _n2d(k, seed),
    "N2DClusterer, Conv1DArchitecture": _convolution,
    "N2DClusterer, Conv1DArchitecture and augmentation": lambda k, shape, seed: _convolution(
        k, shape, seed, _AUGMENTATION
    ),
    "N2DClusterer, RecurrentArchitecture": lambda k, shape, seed: _n2d(
        k, seed, RecurrentArchitecture(shape)
    ),
}


def main():
    """Run what is missing, then print the table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--datasets", nargs="+", choices=DATASETS, default=list(DATASETS))
    parser.add_argument("--methods", nargs="+", choices=METHODS, default=list(METHODS))
    parser.add_argument("--seeds", type=int, default=3, help="seeds per method (default: 3)")
    parser.add_argument("--output", default=RESULTS / "series.json")
    options = parser.parse_args()
    store = Store(options.output)
    missing = [
        (dataset, method, seed)
        for dataset in options.datasets
        for seed in range(options.seeds)
        for method in options.methods
        if not store.find(dataset=dataset, method=method, seed=seed)
    ]
    for dataset, method, seed in tqdm(missing, unit="run"):
        X, y, shape = DATASETS[dataset]()
        start = time.perf_counter()
        labels = METHODS[method](len(np.unique(y)), shape, seed).fit_predict(X)
        seconds = time.perf_counter() - start
        report = clustering_report(y, labels, output_dict=True)
        store.add(
            dataset=dataset,
            method=method,
            seed=seed,
            accuracy=report["accuracy"],
            nmi=report["normalized_mutual_info"],
            n_samples=len(X),
            series_shape=shape,
            seconds=round(seconds, 1),
        )
    rows = []
    for dataset in options.datasets:
        for method in METHODS:
            runs = store.find(dataset=dataset, method=method)
            if runs:
                figures = [median([r[n] for r in runs]) for n in ("accuracy", "nmi", "seconds")]
                rows.append(
                    [
                        dataset,
                        method,
                        len(runs),
                        f"{figures[0]:.3f}",
                        f"{figures[1]:.3f}",
                        f"{figures[2]:.0f}",
                    ]
                )
    print_table(["data", "method", "seeds", "ACC", "NMI", "s"], rows)


if __name__ == "__main__":
    main()
