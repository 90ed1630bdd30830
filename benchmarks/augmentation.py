"""What an augmentation costs: milliseconds for a batch of 256 rows, and share of a training.

    python benchmarks/augmentation.py

Ours beside the preprocessing layers of Keras that do the same, called eagerly and inside
a ``tf.function``; interleaved, so that what else the machine does falls on all. What takes
longer than a second is measured once. Then whole trainings with and without, interleaved.
The tables are written to ``results/augmentation.json``.
"""

import argparse
import json
import os
import time

import numpy as np
from _harness import RESULTS, describe_machine, median, print_table
from tqdm import tqdm

from skn2d import AutoencoderTransformer
from skn2d.architectures import Conv1DArchitecture, Conv2DArchitecture
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

N_ROWS = 256
_ONCE = 1000  # milliseconds
GREY, COLOUR, SERIES = (28, 28, 1), (32, 32, 3), (128, 9)


def _ours(augmentation, shape):
    """Time as training calls it: prepared once, then rows and a random state."""
    augment = augmentation.prepare(int(np.prod(shape)))
    random_state = np.random.RandomState(0)
    return lambda rows: augment(rows, random_state)


def _theirs(layers, shape, traced):
    """From rows to rows, as the batches of a training in NumPy would need it."""
    import tensorflow

    def move(images):
        for layer in layers:
            images = layer(images, training=True)
        return images

    if traced:
        move = tensorflow.function(move)
    return lambda rows: move(rows.reshape(-1, *shape)).numpy().reshape(rows.shape)


def _candidates():
    """Yield (task, whose, shape, function of rows)."""
    from keras import layers

    for shape in (GREY, COLOUR):
        affine = {
            "shift": (
                RandomAffine(shape, rotation=0, zoom=0),
                [layers.RandomTranslation(0.1, 0.1, fill_mode="nearest", seed=0)],
            ),
            "rotation": (
                RandomAffine(shape, shift=0, zoom=0),
                [layers.RandomRotation(10 / 360, fill_mode="nearest", seed=0)],
            ),
            "zoom": (
                RandomAffine(shape, shift=0, rotation=0),
                [layers.RandomZoom(0.1, fill_mode="nearest", seed=0)],
            ),
            "shift, rotation, zoom": (
                RandomAffine(shape),
                [
                    layers.RandomTranslation(0.1, 0.1, fill_mode="nearest", seed=0),
                    layers.RandomRotation(10 / 360, fill_mode="nearest", seed=0),
                    layers.RandomZoom(0.1, fill_mode="nearest", seed=0),
                ],
            ),
            "elastic deformation": (
                ElasticDeformation(shape),
                [layers.RandomElasticTransform(fill_mode="nearest", seed=0)],
            ),
            "noise": (GaussianNoise(), [layers.GaussianNoise(0.1, seed=0)]),
            "masking": (Masking(), [layers.Dropout(0.1, seed=0)]),
            "affine, elastic, noise": (
                make_augmentation(
                    RandomAffine(shape), ElasticDeformation(shape), GaussianNoise()
                ),
                None,
            ),
        }
        for task, (augmentation, theirs) in affine.items():
            yield task, "skn2d", shape, _ours(augmentation, shape)
            if theirs is not None:
                yield task, "Keras, eager", shape, _theirs(theirs, shape, traced=False)
                yield task, "Keras, traced", shape, _theirs(theirs, shape, traced=True)
    for kind in (Jitter, Scaling, TimeWarp, Crop, Permutation):
        yield kind.__name__, "skn2d", SERIES, _ours(kind(SERIES), SERIES)


def _trainings():
    """Return {network: (shape, architecture, {augmentation's name: augmentation})}."""
    images = {
        "none": None,
        "affine": RandomAffine(GREY),
        "affine, elastic, noise": make_augmentation(
            RandomAffine(GREY), ElasticDeformation(GREY), GaussianNoise()
        ),
    }
    series = {
        "none": None,
        "crop, scaling, jitter": make_augmentation(
            Crop(SERIES), Scaling(SERIES), Jitter(SERIES)
        ),
    }
    return {
        "dense": (GREY, None, images),
        "Conv2DArchitecture": (GREY, Conv2DArchitecture(GREY), images),
        "Conv1DArchitecture": (SERIES, Conv1DArchitecture(SERIES), series),
    }


def _measure_trainings(repeats):
    """Time whole fits of 10,000 rows and 3 epochs, start of TensorFlow's graph included."""
    runs = []
    for network, (shape, architecture, augmentations) in _trainings().items():
        rows = np.random.RandomState(0).rand(10_000, int(np.prod(shape))).astype(np.float32)
        seconds = {name: [] for name in augmentations}
        for repeat in tqdm(range(repeats + 1), desc=f"training, {network}"):
            for name, augmentation in augmentations.items():
                autoencoder = AutoencoderTransformer(
                    architecture=architecture,
                    augmentation=augmentation,
                    epochs=3,
                    random_state=0,
                )
                start = time.perf_counter()
                autoencoder.fit(rows)
                if repeat:
                    seconds[name].append(time.perf_counter() - start)
        runs += [
            {
                "network": network,
                "shape": list(shape),
                "augmentation": name,
                "repeats": repeats,
                "seconds": round(median(measured), 2),
                "times without": round(median(measured) / median(seconds["none"]), 2),
            }
            for name, measured in seconds.items()
        ]
    return runs


def main():
    """Measure, print, write."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--repeats", type=int, default=15)
    parser.add_argument("--trainings", type=int, default=5, help="repeats of each training")
    parser.add_argument("--out", default=RESULTS / "augmentation.json")
    args = parser.parse_args()

    random_state = np.random.RandomState(0)
    rows = {
        shape: (random_state.rand(N_ROWS, int(np.prod(shape))) * 255).astype(np.float32)
        for shape in (GREY, COLOUR, SERIES)
    }
    candidates = list(_candidates())
    times = [[] for _ in candidates]
    load_before = os.getloadavg()[0]
    for repeat in tqdm(range(args.repeats + 2), desc="rounds"):
        for (_, _, shape, function), measured in zip(candidates, times, strict=True):
            if measured and measured[0] > _ONCE:
                continue
            start = time.perf_counter()
            function(rows[shape])
            if repeat >= 2:  # the first rounds trace, and warm the caches
                measured.append(1e3 * (time.perf_counter() - start))

    runs = [
        {
            "task": task,
            "whose": whose,
            "shape": list(shape),
            "repeats": len(measured),
            "milliseconds": round(median(measured), 2),
            "fastest": round(min(measured), 2),
        }
        for (task, whose, shape, _), measured in zip(candidates, times, strict=True)
    ]
    whose = ("skn2d", "Keras, eager", "Keras, traced")
    table = {}
    for run in runs:
        key = run["task"], " x ".join(map(str, run["shape"]))
        table.setdefault(key, {})[run["whose"]] = f"{run['milliseconds']:.2f}"
    print(f"Milliseconds for {N_ROWS} rows, median of {args.repeats}")
    print_table(
        ["task", "shape of a row", *whose],
        [[*key, *(line.get(name, "") for name in whose)] for key, line in table.items()],
    )
    trainings = _measure_trainings(args.trainings)
    print(f"Seconds for 3 epochs of 10,000 rows, median of {args.trainings}")
    print_table(
        ["network", "augmentation", "seconds", "times without"],
        [
            [run[key] for key in ("network", "augmentation", "seconds", "times without")]
            for run in trainings
        ],
    )
    result = {
        "rows": N_ROWS,
        "date": time.strftime("%Y-%m-%d"),
        "machine": describe_machine(),
        "load_average": [round(load_before, 2), round(os.getloadavg()[0], 2)],
        "threads": os.environ.get("OMP_NUM_THREADS", "not limited"),
        "runs": runs,
        "trainings": trainings,
    }
    with open(args.out, "w") as file:
        json.dump(result, file, indent=1)
        file.write("\n")


if __name__ == "__main__":
    main()
