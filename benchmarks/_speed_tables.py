"""The tables of speed.py: medians of what its processes said, and ratios; names of rows."""

import numpy as np
from _harness import median, print_table

OURS, PEER, PRODUCT = "skn2d", "n2d 0.3.2", "matrix product"
BY_HAND, ONE_BY_HAND = BY_HANDS = "by hand", "one network by hand"
PAPER_ACCURACY = 0.948
PEER_EPOCHS = 1000  # as documented
WEIGHTS = 2 * (784 * 500 + 500 * 500 + 500 * 2000 + 2000 * 10)
# What is imported, and what it is compared with; the root of `skn2d` loads nothing itself.
_MIXTURE = "from sklearn.mixture import GaussianMixture"
IMPORTS = {
    "import skn2d": "import sklearn",
    "import sklearn": "import sklearn",
    "from skn2d import N2DClusterer": _MIXTURE,
    _MIXTURE: _MIXTURE,
    "pass": "import sklearn",
}


def by_hand_of(who):
    """What a model is compared with in serving.py."""
    return ONE_BY_HAND if "one network" in who else BY_HAND


def middle(runs, key):
    """Median over the processes."""
    return median([run[key] for run in runs])


def exponent(sizes, seconds):
    """Slope of a line through the logarithms."""
    return np.polyfit(np.log(sizes), np.log(seconds), 1)[0]


def seconds_of_all_epochs(run):
    """Seconds of a fit of n2d if it had trained for as long as is documented."""
    n_measured = len(run["epoch_seconds"]) + 1  # the first one has no beginning
    return run["process_seconds"] + (PEER_EPOCHS - n_measured) * median(run["epoch_seconds"])


def show_digits(runs, plan):
    """Print seconds from the start of python to the groups, and those of the fit."""
    whole, fit = (f"{middle(runs[OURS], k):.0f}" for k in ("process_seconds", "fit_seconds"))
    accuracy = f"{middle(runs[OURS], 'accuracy'):.3f}"
    header = [f"{plan.n_digits:,} digits", "s, all included", "s of the fit", "accuracy"]
    print_table(header, [[OURS, whole, fit, accuracy]])


def show_fit(runs, plan):
    """Print seconds to the finished clustering, n2d's epochs scaled to what it documents."""
    rows, peer = [], None
    if PEER in runs:
        peer = median([seconds_of_all_epochs(run) for run in runs[PEER]])
        what = f"{PEER}, {PEER_EPOCHS} epochs ({plan.fit_epochs} measured, the others scaled)"
        rows.append([what, f"{peer:.0f}", f"{PAPER_ACCURACY} (paper, quoted)", ""])
    seconds = middle(runs[OURS], "process_seconds")
    accuracy = f"{middle(runs[OURS], 'accuracy'):.3f}"
    rows.append([OURS, f"{seconds:.0f}", accuracy, f"{peer / seconds:.1f}" if peer else ""])
    print_table(["fit of MNIST-test, all included", "s", "accuracy", "times faster"], rows)


def show_epoch(runs, plan):
    """Print seconds an epoch, and the share of the rate that a matrix product reaches."""
    products = [s for run in runs[PRODUCT] for s in run["product_seconds"]]
    rate = 2 * plan.product_size**3 / median(products)
    ours = median([s for run in runs[OURS] for s in run["epoch_seconds"]])
    # Forward, and back to the weights and to the layer before: two each, a weight and row.
    n_operations = 6 * WEIGHTS * (plan.test.stop - plan.test.start)
    rows = [[f"float32 {PRODUCT}, {plan.product_size}", "", f"{rate / 1e9:.0f}", "100%", ""]]
    for who in (PEER, OURS):
        if who in runs:
            seconds = median([s for run in runs[who] for s in run["epoch_seconds"]])
            reached = n_operations / seconds
            rows.append(
                [
                    who,
                    f"{seconds:.3g}",
                    f"{reached / 1e9:.0f}",
                    f"{reached / rate:.0%}",
                    f"{seconds / ours:.2f}",
                ]
            )
    header = ["one epoch, one network, batch 256", "s", "GFLOP/s", "share", "times ours"]
    print_table(header, rows)


def show_growth(runs, plan):
    """Print seconds by number of rows, and the exponents."""
    seconds = {int(n): middle(r, "fit_seconds") for n, r in runs.items()}
    rows, before = [], None
    for n, s in seconds.items():
        local = f"{exponent([before, n], [seconds[before], s]):.2f}" if before else ""
        rows.append([f"{n:,}", f"{s:.0f}", local, f"{runs[str(n)][-1]['accuracy']:.3f}"])
        before = n
    whole = exponent(list(seconds), list(seconds.values()))
    rows.append(["all of them", "", f"{whole:.2f}", ""])
    print_table(["fit of MNIST, rows", "s", "exponent since the row above", "accuracy"], rows)


def show_million(runs, plan):
    """Print seconds and memory by number of rows, and the exponent from the first one on."""
    rows, first = [], None
    for who, measured in runs.items():
        n, seconds = int(who.split()[0]), middle(measured, "fit_seconds")
        perturbed = who.isdigit()
        first = first or ((n, seconds) if perturbed else None)
        slope = ""
        if perturbed and n > first[0]:
            slope = f"{exponent(*zip(first, (n, seconds), strict=True)):.2f}"
        rows.append(
            [
                f"{n:,} perturbed" if perturbed else who,
                f"{seconds:.0f}",
                slope,
                f"{middle(measured, 'peak_bytes') / 1e9:.2f}",
                f"{middle(measured, 'accuracy'):.3f}",
            ]
        )
    what = f"fit with max_manifold_samples={plan.million_sample}, rows"
    since = f"exponent since {first[0]:,}"
    print_table([what, "s", since, "peak GB, mapped file included", "accuracy"], rows)


def show_import(runs, plan):
    """Print milliseconds from the start of python to its end."""
    seconds = {line: middle(r, "process_seconds") for line, r in runs.items()}
    rows = [
        [line, f"{1000 * seconds[line]:.0f}", other, f"{seconds[line] / seconds[other]:.2f}"]
        for line, other in IMPORTS.items()
    ]
    print_table(["python that runs", "ms", "beside", "ratio"], rows)


def show_parallel(runs, plan):
    """Print seconds of two fits, and the threads that each had."""
    row = middle(runs["in a row"], "fit_seconds")
    rows = []
    for who, measured in runs.items():
        seconds = middle(measured, "fit_seconds")
        threads = ", ".join(f"{k} {v}" for k, v in measured[-1]["threads"].items())
        rows.append([who, f"{seconds:.1f}", f"{seconds / row:.2f}", threads])
    print_table(["two fits", "s", "to in a row", "threads (TensorFlow 0: all cores)"], rows)
