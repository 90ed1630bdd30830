"""Two fits of ours, in a row or in two of joblib's workers, for speed.py.

Settings: `folder` with ``rows.npy``, the row to `stop` at, `params` and `n_jobs`.
"""

import json
import os
import sys
import time
from pathlib import Path

import joblib
import numpy as np

from skn2d import N2DClusterer


def fit(X, seed, params):
    """Fit, then ask who runs on how many threads; 0 is TensorFlow's word for all cores."""
    N2DClusterer(10, random_state=seed).set_params(**params).fit(X)
    import numba
    import tensorflow
    from threadpoolctl import threadpool_info

    threads = {
        "OMP_NUM_THREADS": os.environ.get("OMP_NUM_THREADS"),
        "TensorFlow intra": tensorflow.config.threading.get_intra_op_parallelism_threads(),
        "TensorFlow inter": tensorflow.config.threading.get_inter_op_parallelism_threads(),
        "numba": numba.get_num_threads(),
    }
    for library in threadpool_info():
        name = "BLAS" if library["user_api"] == "blas" else "OpenMP"
        threads[name] = max(threads.get(name, 0), library["num_threads"])
    return threads


def main():
    """Do as the settings say."""
    settings = json.loads(sys.argv[1])
    X = np.load(Path(settings["folder"]) / "rows.npy")[: settings["stop"]]
    begin = time.perf_counter()
    parallel = joblib.Parallel(n_jobs=settings["n_jobs"])
    threads = parallel(joblib.delayed(fit)(X, seed, settings["params"]) for seed in range(2))
    print(json.dumps({"fit_seconds": time.perf_counter() - begin, "threads": threads[0]}))


if __name__ == "__main__":
    main()
