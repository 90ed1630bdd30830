"""How fast a saved model answers, beside the same steps by hand.

    python benchmarks/serving.py --data-home ../shared/data --work /tmp/serving
    python benchmarks/serving.py --quick

"By hand" is what one would write without skn2d: a Keras encoder in its own file, a pickled
UMAP and a pickled mixture. The encoder is that of our default, three networks and principal
components; a model with one network is measured too, beside its own steps by hand, and the
default without decoders. Each answers from a process of its own; they are asked in turns,
A B C A B C. The networks are trained for two epochs only, as time and size do not depend on
accuracy.

Fitted models are kept in the folder `--work` and results in ``results/serving.json``, so
that a run can be stopped and resumed. Every figure is a median.
"""

import argparse
import contextlib
import json
import os
import pickle
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import joblib
import numpy as np
from _harness import RESULTS, Store, median, print_table
from _speed_tables import BY_HAND, BY_HANDS, ONE_BY_HAND, by_hand_of
from sklearn.base import clone
from sklearn.datasets import make_blobs
from sklearn.mixture import GaussianMixture
from tqdm import tqdm

from skn2d import AutoencoderTransformer, N2DClusterer, datasets

N_CLUSTERS = 10
N_NEW = 10_000
N_EPOCHS = 2
DEFAULT, SMALL, ONE = "skn2d", "skn2d, for_inference()", "skn2d, one network"
WHO = [DEFAULT, SMALL, BY_HAND, ONE, ONE_BY_HAND]

# What a user would write: each defines `label`, from a file to an answer.
LOAD_OURS = """
import joblib
model = joblib.load(folder / sys.argv[2])
label = model.predict
"""
LOAD_BY_HAND = """
import keras, pickle
folder = folder / sys.argv[2]
encoder = keras.models.load_model(folder / "encoder.keras")
with open(folder / "umap.pkl", "rb") as file:
    manifold = pickle.load(file)
with open(folder / "mixture.pkl", "rb") as file:
    mixture = pickle.load(file)

def label(rows):
    codes = encoder.predict_on_batch(rows) if len(rows) == 1 else encoder.predict(
        rows, batch_size=1024, verbose=0
    )
    return mixture.predict(manifold.transform(codes))
"""
# Labels its first row, then what it is asked for, and says what time that took.
SERVE = """
import json, time

answer = {"labels": label(rows[:1]).tolist(), "modules": list(sys.modules)}
print(json.dumps(answer), flush=True)
for line in sys.stdin:
    start, stop = map(int, line.split())
    asked = rows[start:stop]
    begin = time.perf_counter()
    label(asked)
    print(time.perf_counter() - begin, flush=True)
"""
BEGIN = """
import pathlib, sys
import numpy
folder = pathlib.Path(sys.argv[1])
rows = numpy.load(folder / "new.npy", mmap_mode="r")
"""


def file_of(who):
    """Name of the model file, or of the folder of several."""
    return who if who in BY_HANDS else f"{who}.joblib"


class Service:
    """A process that loads a model and answers."""

    def __init__(self, who, folder):
        load = LOAD_BY_HAND if who in BY_HANDS else LOAD_OURS
        begin = time.perf_counter()
        self.process = subprocess.Popen(
            [sys.executable, "-c", BEGIN + load + SERVE, folder, file_of(who)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
            env={**os.environ, "TF_CPP_MIN_LOG_LEVEL": "2", "KERAS_BACKEND": "tensorflow"},
        )
        answer = self.process.stdout.readline()
        self.seconds_to_first_answer = time.perf_counter() - begin
        if not answer:
            raise RuntimeError(f"The process of {who!r} ended without an answer.")
        heavy = {"tensorflow", "keras", "umap", "numba"} & set(json.loads(answer)["modules"])
        if who not in BY_HANDS and heavy:
            raise RuntimeError(f"{who!r} has imported {heavy}.")

    def ask(self, start, stop):
        """Label rows of the new ones and return the seconds that it took."""
        self.process.stdin.write(f"{start} {stop}\n")
        self.process.stdin.flush()
        return float(self.process.stdout.readline())

    def __enter__(self):
        return self

    def __exit__(self, *error):
        self.process.stdin.close()
        self.process.stdout.close()
        self.process.wait()


def load_rows(n_rows, data_home):
    """Rows to fit on and new ones: MNIST's last (MNIST-test first of all) and its first.

    Where too few are left to be new, they are new by a column of pixels that moved.
    """
    if data_home is None:
        rows, _ = make_blobs(
            n_rows + N_NEW, 784, centers=N_CLUSTERS, cluster_std=8.0, random_state=0
        )
        rows = rows.astype(np.float32)
    else:
        rows, _ = datasets.load_mnist(data_home=data_home, return_X_y=True)
    new = rows[:N_NEW]
    if n_rows + N_NEW > len(rows):
        new = np.roll(new, 1, axis=1)
    return rows[-n_rows:], new


def make_models(folder, n_rows, data_home):
    """Fit what is not there yet, and write the files."""
    X, new = load_rows(n_rows, data_home)
    np.save(folder / "new.npy", new.astype(np.float32))
    default = N2DClusterer(N_CLUSTERS, random_state=0)
    one = clone(default).set_params(autoencoder=AutoencoderTransformer())
    for who, model in ((DEFAULT, default), (ONE, one)):
        path = folder / file_of(who)
        if not path.exists():
            joblib.dump(model.set_params(autoencoder__epochs=N_EPOCHS).fit(X), path)
    small = joblib.load(folder / file_of(DEFAULT)).for_inference()
    joblib.dump(small, folder / file_of(SMALL))
    for who, ours in ((BY_HAND, DEFAULT), (ONE_BY_HAND, ONE)):
        if not (folder / who / "mixture.pkl").exists():
            write_by_hand(folder / who, joblib.load(folder / file_of(ours)), X)


def write_by_hand(folder, model, X):
    """Write the files of the same encoder, with a UMAP and a mixture of their own."""
    import umap

    folder.mkdir(exist_ok=True)
    encoder = model.pipeline_["autoencoder"].encoder_
    codes = encoder.predict(X.astype(np.float32), batch_size=1024, verbose=0)
    # Without a seed, as that uses all cores.
    manifold = umap.UMAP(n_neighbors=20, min_dist=0.0, n_components=N_CLUSTERS)
    mixture = GaussianMixture(N_CLUSTERS, n_init=10, random_state=0)
    mixture.fit(manifold.fit_transform(codes))
    encoder.save(folder / "encoder.keras")
    for name, fitted in (("umap", manifold), ("mixture", mixture)):
        with open(folder / f"{name}.pkl", "wb") as file:
            pickle.dump(fitted, file)


def sizes(folder):
    """Bytes of the model files."""
    paths = {who: folder / file_of(who) for who in WHO}
    return {
        who: sum(file.stat().st_size for file in (path.iterdir() if path.is_dir() else [path]))
        for who, path in paths.items()
    }


def measure_fresh(folder, n_repeats):
    """Seconds from the start of a process to the label of one row."""
    seconds = {who: [] for who in WHO}
    for _ in tqdm(range(n_repeats), desc="fresh process"):
        for who in WHO:
            with Service(who, folder) as service:
                seconds[who].append(service.seconds_to_first_answer)
    return seconds


def measure_warm(folder, n_rows, n_repeats):
    """Seconds to label so many rows, in processes that have done so before."""
    seconds = {who: [] for who in WHO}
    with contextlib.ExitStack() as stack:
        services = {who: stack.enter_context(Service(who, folder)) for who in WHO}
        for service in services.values():
            service.ask(0, n_rows)
        for i in tqdm(range(n_repeats), desc=f"{n_rows:,} row(s)"):
            start = i if n_rows == 1 else 0
            for who, service in services.items():
                seconds[who].append(service.ask(start, start + n_rows))
    return seconds


def summarise(runs):
    """Print medians, and how often they go into those of the steps by hand."""
    rows = []
    for run in runs:
        unit, divisor = ("MB", 1e6) if run["what"] == "file" else ("s", 1)
        if run["what"] == "warm, 1 row":
            unit, divisor = "ms", 1e-3
        values = {who: median(v) / divisor for who, v in run["values"].items()}
        rows += [
            [run["what"], who, f"{value:.3g} {unit}", f"{values[by_hand_of(who)] / value:.3g}"]
            for who, value in values.items()
        ]
    print_table(["what", "who", "median", "by hand / this"], rows)


def main():
    """Fit, measure what is missing, print the table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data-home", help="where MNIST is (default: made data)")
    parser.add_argument("--rows", type=int, default=10_000, help="training rows")
    parser.add_argument("--work", help="folder for fitted models (default: a passing one)")
    parser.add_argument("--again", nargs="*", default=[], help="measure these once more")
    parser.add_argument("--quick", action="store_true", help="2,000 rows, two repeats")
    parser.add_argument("--output", default=RESULTS / "serving.json")
    options = parser.parse_args()
    if options.quick:
        options.rows, many, some, few = 2000, 2, 2, 2
    else:
        many, some, few = 300, 9, 5
    data = "made data" if options.data_home is None else "MNIST"
    passing = tempfile.TemporaryDirectory()
    folder = Path(options.work or passing.name) / f"{data}, {options.rows} rows"
    folder.mkdir(parents=True, exist_ok=True)
    make_models(folder, options.rows, options.data_home)

    measures = {
        "fresh process, 1 row": lambda: measure_fresh(folder, some),
        "warm, 1 row": lambda: measure_warm(folder, 1, many),
        f"warm, {N_NEW:,} rows": lambda: measure_warm(folder, N_NEW, few),
        "file": lambda: {who: [size] for who, size in sizes(folder).items()},
    }
    store = Store(options.output)
    key = {"data": data, "training_rows": options.rows, "quick": options.quick}
    runs = []
    for what, measure in measures.items():
        if what in options.again or not store.find(what=what, **key):
            store.add(
                what=what,
                **key,
                epochs=N_EPOCHS,
                load_average=round(os.getloadavg()[0], 1),
                values=measure(),
            )
        runs.append(store.find(what=what, **key)[-1])
    summarise(runs)
    passing.cleanup()


if __name__ == "__main__":
    main()
