"""MNIST as memory maps, for processes of their own: the real rows, and any number of others."""

import itertools

import numpy as np
from tqdm import tqdm

from skn2d import datasets

_BLOCK_ROWS = 10_000
_NOISE = 8.0  # standard deviation, of grey values from 0 to 255


def make_real(folder, data_home):
    """Write the 70,000 rows and their classes, where they are not there yet."""
    if not (folder / "target.npy").exists():
        folder.mkdir(parents=True, exist_ok=True)
        rows, target = datasets.load_mnist(data_home=data_home, return_X_y=True)
        np.save(folder / "rows.npy", rows)
        np.save(folder / "target.npy", target)  # last, as a sign that all is there
    return folder


def _perturb(rows, random_state):
    """Move each image by at most one pixel, and add noise."""
    images = rows.reshape(-1, 28, 28)
    moved = np.empty(images.shape, dtype=np.float32)
    moves = list(itertools.product((-1, 0, 1), repeat=2))
    chosen = random_state.integers(len(moves), size=len(images))
    for which, move in enumerate(moves):
        moved[chosen == which] = np.roll(images[chosen == which], move, axis=(1, 2))
    moved += _NOISE * random_state.standard_normal(moved.shape, dtype=np.float32)
    return np.clip(np.rint(moved), 0, 255).astype(np.uint8).reshape(rows.shape)


def make_perturbed(folder, real, n_rows):
    """Write so many perturbed rows, block by block: each real row in turn, again and again."""
    if not (folder / "target.npy").exists():
        folder.mkdir(parents=True, exist_ok=True)
        rows, target = (np.load(real / name) for name in ("rows.npy", "target.npy"))
        random_state = np.random.default_rng(0)
        shape = (n_rows, rows.shape[1])
        written = np.lib.format.open_memmap(folder / "rows.npy", "w+", np.uint8, shape)
        for start in tqdm(range(0, n_rows, _BLOCK_ROWS), desc="perturbed rows"):
            source = np.arange(start, min(start + _BLOCK_ROWS, n_rows)) % len(rows)
            written[start : start + len(source)] = _perturb(rows[source], random_state)
        written.flush()
        np.save(folder / "target.npy", target[np.arange(n_rows) % len(rows)])
    return folder
