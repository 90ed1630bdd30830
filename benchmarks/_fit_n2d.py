"""One fit of n2d 0.3.2 in a process of its own, for speed.py and memory.py.

Runs in the environment that peers.py makes. Settings: `folder` with ``rows.npy``, the rows
from `start` to `stop`, the number of `epochs`, and whether to `train` and nothing else.

As its documentation shows it, with its defaults, but for three things, two of them in its
favour: no bar is printed for every epoch, and weights are not saved (with Keras 3 its
``weight_id="NAME.h5"`` fails). And a callback, which `n2d` has no parameter for, is slipped
into the ``fit`` of its Keras model, to read the clock at the end of each epoch.
"""

import functools
import json
import sys
import time
from pathlib import Path

import keras
import n2d
import numpy as np
from _harness import describe_machine, peak_memory

N_CLUSTERS = 10
BATCH = 256


def load(path, part):
    """Rows as ``n2d.datasets.load_mnist`` returns them: float64 from 0 to 1."""
    return np.divide(np.load(path)[part], 255.0)


def main():
    """Do as the settings say."""
    settings = json.loads(sys.argv[1])
    part = slice(settings["start"], settings["stop"])
    X = load(Path(settings["folder"]) / "rows.npy", part)
    autoencoder = n2d.AutoEncoder(X.shape[-1], N_CLUSTERS)
    ends = []
    watch = keras.callbacks.LambdaCallback(
        on_epoch_end=lambda epoch, logs: ends.append(time.perf_counter())
    )
    autoencoder.Model.fit = functools.partial(autoencoder.Model.fit, callbacks=[watch])
    begin = time.perf_counter()
    if settings["train"]:
        autoencoder.fit(X, BATCH, settings["epochs"], "mse", "adam", None, 0, None, None)
    else:
        model = n2d.n2d(autoencoder, n2d.UmapGMM(N_CLUSTERS))
        model.fit(X, batch_size=BATCH, epochs=settings["epochs"], verbose=0)
    result = {
        "fit_seconds": time.perf_counter() - begin,
        "epoch_seconds": np.diff(ends).tolist(),
        "peak_bytes": peak_memory(),
        "peer_versions": describe_machine()["versions"],
    }
    print(json.dumps(result))


if __name__ == "__main__":
    main()
