"""How long a fit takes, where n2d 0.3.2 is the one to beat, and how that grows.

    python benchmarks/peers.py                  # once: an environment for n2d
    python benchmarks/speed.py --data-home ../shared/data --work /tmp/speed
    python benchmarks/speed.py --measures epoch import

Each figure comes from a process of its own; what is compared takes turns, A B A B. Results
are kept in ``results/speed.json`` after every process, so that it can be stopped and
resumed. Several figures are shown as their median.
"""

import argparse
import os
import subprocess
import sys
import tempfile
import time
from collections import namedtuple
from pathlib import Path

import numpy as np
from _harness import RESULTS, Store, run_process
from _mnist_files import make_perturbed, make_real
from _speed_tables import (
    IMPORTS,
    OURS,
    PEER,
    PRODUCT,
    show_digits,
    show_epoch,
    show_fit,
    show_growth,
    show_import,
    show_million,
    show_parallel,
)
from peers import how_to_get, peer_python
from sklearn.datasets import load_digits
from tqdm import tqdm

Plan = namedtuple(
    "Plan",
    "test n_digits fit_epochs epochs growth million million_sample twice repeats "
    "product_size params",
)
FULL = Plan(
    test=slice(60_000, 70_000),
    n_digits=1797,
    fit_epochs=20,
    epochs=8,
    growth=(5000, 10_000, 20_000, 35_000, 70_000),
    million=(70_000, 100_000, 300_000, 1_000_000),
    million_sample=20_000,
    twice=3000,
    repeats={"digits": 5, "fit": 3, "epoch": 5, "import": 15, "parallel": 3},
    product_size=4096,
    params={},
)
QUICK = Plan(
    test=slice(60_000, 60_400),
    n_digits=200,
    fit_epochs=3,
    epochs=3,
    growth=(200, 400),
    million=(400, 500, 1000),
    million_sample=300,
    twice=300,
    repeats={"import": 2},
    product_size=512,
    params={"autoencoder__epochs": 2},
)


def fit_ours(folder, start, stop, **params):
    """Fit the default, or another, in a process of its own."""
    settings = {"folder": str(folder), "start": start, "stop": stop, "params": params}
    return run_process("_fit_skn2d.py", settings)


def fit_peer(folder, start, stop, epochs, train=False):
    """The same with n2d, in its own environment."""
    settings = {
        "folder": str(folder),
        "start": start,
        "stop": stop,
        "epochs": epochs,
        "train": train,
    }
    return run_process("_fit_n2d.py", settings, peer_python("n2d"))


def time_product(size):
    """Seconds of products of two square float32 matrices, after one to warm up."""
    left, right = np.random.default_rng(0).random((2, size, size), dtype=np.float32)
    seconds = []
    for _ in range(6):
        begin = time.perf_counter()
        left @ right
        seconds.append(time.perf_counter() - begin)
    return {"size": size, "product_seconds": seconds[1:]}


def time_import(code):
    """Seconds of a fresh interpreter that runs a line."""
    begin = time.perf_counter()
    subprocess.run([sys.executable, "-c", code], check=True)
    return {"process_seconds": time.perf_counter() - begin}


def with_peer(cases, who, run):
    """Add the case of n2d, where it is there."""
    if peer_python("n2d"):
        cases[who] = run
    else:
        print(how_to_get("n2d"))
    return cases


def plan_digits(plan, folder):
    """Fit scikit-learn's digits, as someone does who tries us."""
    folder = folder.with_name("digits")
    folder.mkdir(exist_ok=True)
    rows, target = load_digits(return_X_y=True)
    np.save(folder / "rows.npy", rows)
    np.save(folder / "target.npy", target)
    return {OURS: lambda: fit_ours(folder, 0, plan.n_digits, **plan.params)}


def plan_fit(plan, folder):
    """Fit everything: the default, and n2d with some of its epochs."""
    part = plan.test.start, plan.test.stop
    cases = {OURS: lambda: fit_ours(folder, *part, **plan.params)}
    return with_peer(cases, PEER, lambda: fit_peer(folder, *part, plan.fit_epochs))


def plan_epoch(plan, folder):
    """Train the same network, and multiply matrices as fast as this machine can."""
    part = plan.test.start, plan.test.stop
    settings = {"folder": str(folder), "start": part[0], "stop": part[1]}
    settings["epochs"] = plan.epochs
    cases = {
        PRODUCT: lambda: time_product(plan.product_size),
        OURS: lambda: run_process("_fit_skn2d.py", settings),
    }
    return with_peer(cases, PEER, lambda: fit_peer(folder, *part, plan.epochs, train=True))


def plan_growth(plan, folder):
    """Fit ever more of the real rows."""
    return {str(n): lambda n=n: fit_ours(folder, 0, n, **plan.params) for n in plan.growth}


def plan_million(plan, folder):
    """Fit ever more rows with a manifold of some of them; the real rows also with all."""
    n_real, *larger = plan.million
    params = {"max_manifold_samples": plan.million_sample, **plan.params}

    def fit_perturbed(n):
        perturbed = folder.with_name(f"{folder.name}, {larger[-1]} perturbed")
        return fit_ours(make_perturbed(perturbed, folder, larger[-1]), 0, n, **params)

    return {
        f"{n_real} real, manifold of all": lambda: fit_ours(folder, 0, n_real, **plan.params),
        f"{n_real} real": lambda: fit_ours(folder, 0, n_real, **params),
        **{str(n): lambda n=n: fit_perturbed(n) for n in larger},
    }


def plan_import(plan, folder):
    """Start python and import: the packages, and a clusterer of each."""
    return {line: lambda line=line: time_import(line) for line in IMPORTS}


def plan_parallel(plan, folder):
    """Fit twice, in a row and in two workers."""
    settings = {"folder": str(folder), "stop": plan.twice, "params": plan.params}
    return {
        who: lambda n=n: run_process("_fit_twice.py", {**settings, "n_jobs": n})
        for who, n in (("in a row", 1), ("in two workers", 2))
    }


MEASURES = {
    "digits": (plan_digits, show_digits),
    "fit": (plan_fit, show_fit),
    "epoch": (plan_epoch, show_epoch),
    "growth": (plan_growth, show_growth),
    "million": (plan_million, show_million),
    "import": (plan_import, show_import),
    "parallel": (plan_parallel, show_parallel),
}


def main():
    """Measure what is missing, print the tables."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data-home", help="where MNIST is (default: the cache)")
    parser.add_argument("--work", help="folder for rows, 1 GB (default: a passing one)")
    parser.add_argument("--measures", nargs="+", choices=MEASURES, default=list(MEASURES))
    parser.add_argument("--again", nargs="*", default=[], help="measure these once more")
    parser.add_argument("--quick", action="store_true", help="a few hundred rows, once")
    parser.add_argument("--output", default=RESULTS / "speed.json")
    options = parser.parse_args()
    plan = QUICK if options.quick else FULL
    passing = tempfile.TemporaryDirectory()
    folder = make_real(Path(options.work or passing.name) / "mnist", options.data_home)
    store = Store(options.output)
    for what in options.measures:
        make_cases, show = MEASURES[what]
        cases = make_cases(plan, folder)
        turns = [(i, who) for i in range(plan.repeats.get(what, 1)) for who in cases]
        runs = {who: [] for who in cases}
        with tqdm(turns, desc=what) as bar:
            for i, who in bar:
                bar.set_postfix_str(who)
                key = {"what": what, "who": who, "repeat": i, "quick": options.quick}
                if what in options.again or not store.find(**key):
                    load = round(os.getloadavg()[0], 1)
                    store.add(**key, load_average=load, **cases[who]())
                runs[who].append(store.find(**key)[-1])
        show(runs, plan)
        print()
    passing.cleanup()


if __name__ == "__main__":
    main()
