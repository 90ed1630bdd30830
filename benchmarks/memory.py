"""Peak memory of a whole fit of MNIST, beside n2d 0.3.2.

    python benchmarks/peers.py                  # once: an environment for n2d
    python benchmarks/memory.py --data-home ../shared/data

Ours reads the 70,000 rows as uint8 from a memory map, n2d gets them as its own loader
makes them: float64 from 0 to 1. n2d trains for two epochs only, as more of them take no more
memory; ours for all. Each runs in a process of its own; the peak is of all that is resident,
pages of the mapped file and the loading of the rows included. Results are kept in
``results/memory.json``.
"""

import argparse
import os
import tempfile
from pathlib import Path

from _harness import RESULTS, Store, print_table, run_process
from _mnist_files import make_real
from peers import how_to_get, peer_python
from tqdm import tqdm

OURS, PEER = "skn2d, uint8 memory map", "n2d 0.3.2, float64"
PEER_EPOCHS = 2
FULL, QUICK = 70_000, 400


def measure(who, folder, n_rows):
    """Fit in a process of its own."""
    settings = {"folder": str(folder), "start": 0, "stop": n_rows}
    if who == OURS:
        return run_process("_fit_skn2d.py", {**settings, "params": {}})
    settings |= {"epochs": PEER_EPOCHS, "train": False}
    return run_process("_fit_n2d.py", settings, peer_python("n2d"))


def main():
    """Measure what is missing, print the table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data-home", help="where MNIST is (default: the cache)")
    parser.add_argument("--work", help="folder for rows, 55 MB (default: a passing one)")
    parser.add_argument("--again", action="store_true", help="measure once more")
    parser.add_argument("--quick", action="store_true", help=f"{QUICK} rows")
    parser.add_argument("--output", default=RESULTS / "memory.json")
    options = parser.parse_args()
    n_rows = QUICK if options.quick else FULL
    passing = tempfile.TemporaryDirectory()
    folder = make_real(Path(options.work or passing.name) / "mnist", options.data_home)
    store = Store(options.output)
    whose = [OURS]
    if peer_python("n2d"):
        whose.append(PEER)
    else:
        print(how_to_get("n2d"))
    peaks = {}
    for who in tqdm(whose, desc="fits"):
        key = {"who": who, "n_rows": n_rows}
        if options.again or not store.find(**key):
            load = round(os.getloadavg()[0], 1)
            store.add(**key, load_average=load, **measure(who, folder, n_rows))
        peaks[who] = store.find(**key)[-1]["peak_bytes"]
    rows = [[w, f"{p / 1e6:.0f}", f"{peaks[OURS] / p:.2f}"] for w, p in peaks.items()]
    print_table([f"fit of {n_rows:,} rows of MNIST", "peak MB", "ours / this"], rows)
    passing.cleanup()


if __name__ == "__main__":
    main()
