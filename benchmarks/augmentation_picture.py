"""Draw ``docs/images/augmentation.png``: rows beside what augmentations make of them.

    python benchmarks/augmentation_picture.py

Digits and series in the first row, one augmentation with its defaults in each row below.
"""

import argparse
from pathlib import Path

import matplotlib
import numpy as np
from sklearn.datasets import load_digits

from skn2d.augmentation import (
    Crop,
    ElasticDeformation,
    GaussianNoise,
    Jitter,
    Masking,
    Permutation,
    RandomAffine,
    Scaling,
    TimeWarp,
    make_augmentation,
)

PICTURE = Path(__file__).parents[1] / "docs" / "images" / "augmentation.png"
N_DIGITS, N_SERIES, N_TIMESTEPS = 10, 3, 120
# The batch is larger than what is shown: noise and masking go by its spread and means.
N_BATCH = 256


def _digit_rows(X, shape):
    together = make_augmentation(RandomAffine(shape), ElasticDeformation(shape))
    return {
        "original": X,
        "RandomAffine": RandomAffine(shape)(X, 0),
        "ElasticDeformation": ElasticDeformation(shape)(X, 0),
        "both, one after the other": together(X, 1),
        "GaussianNoise": GaussianNoise()(X, 0),
        "Masking": Masking()(X, 0),
    }


def _make_series(random_state):
    """Beats whose height and pace differ, with a slow wave below."""
    time = np.linspace(0, 1, N_TIMESTEPS)
    beats = random_state.uniform([0.15, 0.45, 0.75], [0.25, 0.55, 0.85], (N_BATCH, 3))
    heights = random_state.uniform(1, 2, (N_BATCH, 3))
    width = random_state.uniform(0.02, 0.05, (N_BATCH, 1, 1))
    bells = np.exp(-0.5 * ((time - beats[:, :, None]) / width) ** 2)
    phase = random_state.uniform(0, 2 * np.pi, (N_BATCH, 1))
    return (heights[:, :, None] * bells).sum(axis=1) + 0.3 * np.sin(6 * time + phase)


def _series_rows(X, shape):
    kinds = (Jitter, Scaling, TimeWarp, Crop, Permutation)
    return {"original": X, **{kind.__name__: kind(shape)(X, 0) for kind in kinds}}


def main():
    """Draw and write."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--out", type=Path, default=PICTURE)
    parser.add_argument("--digits", help="another NPZ file with square grey images as data")
    args = parser.parse_args()
    matplotlib.use("Agg")
    from matplotlib import pyplot as plt

    digits = load_digits().data if args.digits is None else np.load(args.digits)["data"]
    digits = digits[:N_BATCH].astype(np.float32)
    side = int(np.sqrt(digits.shape[1]))
    series = _make_series(np.random.RandomState(0)).astype(np.float32)
    digit_rows = _digit_rows(digits, (side, side))
    series_rows = _series_rows(series, (N_TIMESTEPS,))

    figure, axes = plt.subplots(
        len(digit_rows),
        2,
        figsize=(13, 6.6),
        layout="constrained",
    )
    for ax, (name, X) in zip(axes[:, 0], digit_rows.items(), strict=True):
        images = X[:N_DIGITS].reshape(-1, side, side)
        gap = np.full((side, 1), np.nan)
        strip = [part for image in images for part in (image, gap)][:-1]
        limits = {"vmin": digits.min(), "vmax": digits.max()}
        ax.imshow(np.hstack(strip), cmap="gray_r", aspect="equal", **limits)
        ax.set_title(name, loc="left", fontsize=12)
        ax.set_anchor("NW")
        ax.axis("off")
    for ax, (name, X) in zip(axes[:, 1], series_rows.items(), strict=True):
        for i in range(N_SERIES):
            time = np.arange(N_TIMESTEPS) + i * (N_TIMESTEPS + 12)
            ax.plot(time, series[i], color="0.75", lw=1.5)
            color = "black" if name == "original" else "C0"
            ax.plot(time, X[i], color=color, lw=1.5)
        ax.set_ylim(series.min() - 0.4, series.max() + 0.4)
        ax.set_title(
            name if name == "original" else f"{name} (grey: original)", loc="left", fontsize=12
        )
        ax.axis("off")
    args.out.parent.mkdir(parents=True, exist_ok=True)
    figure.savefig(args.out, dpi=100)


if __name__ == "__main__":
    main()
