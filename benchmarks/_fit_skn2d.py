"""One fit of ours in a process of its own, for speed.py and memory.py.

Settings: `folder` with ``rows.npy`` and ``target.npy``, the rows from `start` to `stop`,
and `params` of the N2DClusterer, or `epochs` to train one network and nothing else.
Prints seconds, also by stage, accuracy and NMI, and the peak of the memory.
"""

import functools
import json
import sys
import time
from pathlib import Path

import numpy as np
from _harness import peak_memory
from sklearn.metrics import normalized_mutual_info_score

from skn2d import AutoencoderTransformer, InductiveManifold, N2DClusterer
from skn2d._mixture import NeighborMixture
from skn2d.metrics import clustering_accuracy_score

N_CLUSTERS = 10
BATCH = 256


def clock(kind, method, seconds):
    """Let a class add up what a method of it takes; the clock itself costs nothing."""
    timed = getattr(kind, method)

    @functools.wraps(timed)
    def wrapper(*args, **kwargs):
        begin = time.perf_counter()
        result = timed(*args, **kwargs)
        name = f"{kind.__name__}.{method}"
        seconds[name] = seconds.get(name, 0) + time.perf_counter() - begin
        return result

    setattr(kind, method, wrapper)


def train(X, n_epochs):
    """Train one network; what each epoch took, but for the first one."""
    import keras

    ends = []
    watch = keras.callbacks.LambdaCallback(
        on_epoch_end=lambda epoch, logs: ends.append(time.perf_counter())
    )
    AutoencoderTransformer(
        epochs=n_epochs, batch_size=BATCH, callbacks=[watch], random_state=0
    ).fit(X)
    return {"epoch_seconds": np.diff(ends).tolist()}


def fit(X, y, params):
    """Fit everything."""
    stages = {}
    for kind, method in [
        (AutoencoderTransformer, "fit"),
        (AutoencoderTransformer, "transform"),
        (InductiveManifold, "fit"),
        (NeighborMixture, "fit"),
    ]:
        clock(kind, method, stages)
    begin = time.perf_counter()
    model = N2DClusterer(N_CLUSTERS, random_state=0).set_params(**params).fit(X)
    seconds, peak = time.perf_counter() - begin, peak_memory()
    return {
        "fit_seconds": seconds,
        "stages": stages,
        "peak_bytes": peak,
        "accuracy": clustering_accuracy_score(y, model.labels_),
        "nmi": normalized_mutual_info_score(y, model.labels_),
        "n_epochs": model.pipeline_["autoencoder"].n_epochs_,
    }


def main():
    """Do as the settings say."""
    settings = json.loads(sys.argv[1])
    folder, part = Path(settings["folder"]), slice(settings["start"], settings["stop"])
    X = np.load(folder / "rows.npy", mmap_mode="r")[part]
    if "epochs" in settings:
        result = train(X, settings["epochs"])
    else:
        result = fit(X, np.load(folder / "target.npy")[part], settings["params"])
    print(json.dumps(result))


if __name__ == "__main__":
    main()
