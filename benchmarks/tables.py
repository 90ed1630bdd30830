"""Write the tables of README and docs from the results on disk.

    python benchmarks/tables.py            # rewrites the files
    python benchmarks/tables.py --check    # says which are not what the results say

A table stands between ``<!-- tables.py: NAME -->`` and ``<!-- end -->``.
"""

import argparse
import re
import sys

from _harness import RESULTS, Store, median
from _speed_tables import (
    OURS,
    PEER,
    PEER_EPOCHS,
    PRODUCT,
    WEIGHTS,
    by_hand_of,
    exponent,
    seconds_of_all_epochs,
)

ROOT = RESULTS.parents[1]
FILES = [ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md"))]
_UNITS = {"s": 1, "ms": 1e-3, "MB": 1e6}
_BLOCK = re.compile(r"(<!-- tables\.py: (\w+) -->\n).*?(<!-- end -->)", re.DOTALL)

# Quoted: single runs of the paper (arXiv:1908.05968, Table 1), 1000 epochs.
PAPER = {
    "mnist": (0.979, 0.942),
    "mnist-test": (0.948, 0.882),
    "usps": (0.958, 0.901),
    "fashion": (0.672, 0.684),
    "pendigits": (0.885, 0.863),
    "har (recomputed)": (0.801, 0.683),
}
IMAGES = ("mnist", "mnist-test", "usps", "fashion")
MNIST_PART = "mnist, rows 40,000 to 50,000"
# What the default is made of, part after part.
_PARTS = [
    ("k-means", "k-means on the rows"),
    ("mixture", "mixture on the rows"),
    ("umap + HDBSCAN", "HDBSCAN on UMAP of the rows, by hand"),
    ("umap + mixture by hand", "mixture on UMAP of the rows, by hand"),
    ("umap + mixture", "the default without networks and components"),
    ("autoencoder + k-means", "k-means on the code of one network"),
    ("one network", "the default with one network and no components"),
    ("one network and components", "the default with one network"),
    ("two networks and components", "the default with two networks"),
    ("three networks", "the default without components"),
    ("narrow codes", "the default with codes of 10 columns"),
    ("twelve epochs", "the default with 12 epochs a network"),
    ("fifteen epochs", "the default with 15 epochs a network"),
    ("masking", "the default with a fifth of the values masked"),
    ("likeliest mixture", "the default with one layout and the likeliest of 30 mixtures"),
    ("default", "the default"),
    ("unknown number, dense", "unknown number: no mixture draws borders (noise is wrong)"),
    ("unknown number", "unknown number: the default with `n_clusters=None`"),
    ("images", "images: convolution, augmentation, three rounds of refinement"),
]
# What is called "earlier" kept, of three layouts, the one whose groups agreed most with the
# others', and the likeliest of 30 mixtures, but for the four layouts: they all had 20
# neighbours, and modularity alone decided. What is called "wide" had networks of 500-500-1000
# units, 200 epochs of layout, no starts from dense groups.
_EARLIER = [
    ("umap + mixture, earlier", "mixture on UMAP of the rows, likeliest and typical"),
    ("narrow codes, earlier", "codes of 10 columns; likeliest and typical"),
    ("twelve epochs, earlier", "12 epochs a network; likeliest and typical"),
    ("default, earlier", "a fifth of the values masked; likeliest and typical"),
    ("four layouts, earlier", "a fifth of the values masked; four layouts with 20 neighbours"),
    ("masking, wide", "wide, with a fifth of the values masked"),
    ("umap + mixture, wide", "wide, without networks and components"),
    ("one network, wide", "wide, with one network and no components"),
    ("one network and components, wide", "wide, with one network"),
    ("three networks, wide", "wide, without components"),
    ("likeliest mixture, wide", "wide, with one layout and the likeliest of 30 mixtures"),
    ("default, wide", "wide"),
    ("images, three networks", "images: three networks, two rounds of refinement"),
    ("images, wide", "images: six rounds as below; layouts and mixture as in wide"),
    (
        "images, all teach",
        "images: six rounds as below; doubtful rows teach, restoring counts more",
    ),
    ("images, six rounds", "images: six rounds, in the first of which all rows teach"),
    ("images, two readings", "images: six rounds"),
]


def load(name):
    """A results file, without the runs of a quick trial."""
    store = Store(RESULTS / f"{name}.json")
    store.runs = [run for run in store.runs if not run.get("quick")]
    return store


def markdown(header, rows):
    """A table in Markdown."""
    if not rows:
        return "Not measured yet.\n"
    lines = [header, ["---"] * len(header), *rows]
    return "\n".join("| " + " | ".join(map(str, line)) + " |" for line in lines) + "\n"


def machines(runs):
    """Name what the figures were measured on."""
    of_runs = [run["machine"] for run in runs]
    names = {f"{m['processor']}, {m['cores']} core{'s'[: m['cores'] > 1]}" for m in of_runs}
    return f"\nMeasured on {' and '.join(sorted(names))}.\n" if names else ""


def _machines_of(store, datasets):
    return machines([run for run in store.runs if run["dataset"] in datasets])


def _short(value):
    return f"{value:.3f}".removeprefix("0")


def _score(runs):
    return " / ".join(
        _short(median([run[name] for run in runs])) for name in ("accuracy", "nmi")
    )


def _pace(beside, ours):
    faster = beside / ours
    return f"{faster:.1f} times faster" if faster >= 1 else f"{1 / faster:.1f} times slower"


def _spread(runs):
    accuracy = [run["accuracy"] for run in runs]
    return _short(max(accuracy) - min(accuracy)) if len(runs) > 1 else ""


def _with_spread(runs):
    return f"{_score(runs)} ({', '.join(filter(None, [_spread(runs), str(len(runs))]))})"


def _groups_found(runs):
    """How many groups were found where their number was not given, and how well."""
    if not runs:
        return ["-", ""]
    numbers = ", ".join(str(n) for n in sorted(run["n_clusters"] for run in runs))
    accuracy = _short(median([run["accuracy"] for run in runs]))
    return [f"{numbers} of {runs[0]['n_classes']}", accuracy]


def quality():
    """Accuracy / NMI of the default and of the preset, beside the paper's."""
    store, rows = load("quality"), []
    for dataset, quoted in PAPER.items():
        row = [dataset, " / ".join(map(_short, quoted))]
        for recipe in ("default", "images"):
            if dataset not in IMAGES and recipe == "images":
                row += ["", "", ""]
                continue
            found = store.find(dataset=dataset, recipe=recipe)
            row += [_score(found), _spread(found), len(found)] if found else ["-", "", 0]
        row += _groups_found(store.find(dataset=dataset, recipe="unknown number"))
        known = store.find(dataset=dataset, recipe="default")
        row.append(f"{median([r['seconds'] for r in known]):.0f} s" if known else "-")
        rows.append(row)
    header = ["data", "paper, one run", "default", "spread", "seeds", "`for_images`", "spread"]
    header += ["seeds", "groups found, `n_clusters=None`", "accuracy", "default takes"]
    return markdown(header, rows) + _machines_of(store, PAPER)


def _by_recipe(recipes):
    store = load("quality")
    datasets = {run["dataset"] for run in store.runs if run["recipe"] in dict(recipes)}
    datasets = [dataset for dataset in (*PAPER, MNIST_PART) if dataset in datasets]
    rows = []
    for recipe, what in recipes:
        row = [what]
        for dataset in datasets:
            found = store.find(dataset=dataset, recipe=recipe)
            row.append(_with_spread(found) if found else "-")
        if any(cell != "-" for cell in row[1:]):
            rows.append(row)
    return markdown(["", *datasets], rows) + _machines_of(store, datasets)


def ablation():
    """Accuracy / NMI of ever more of the default's parts."""
    return _by_recipe(_PARTS)


def earlier():
    """Accuracy / NMI of what earlier versions did otherwise."""
    return _by_recipe(_EARLIER)


def _beside_no_network(datasets):
    store, rows = load("quality"), []
    recipes = {
        "k-means": "k-means",
        "mixture": "mixture",
        "umap + mixture": "the default without networks",
        "default, modularity": "the default, by modularity",
        "default": "the default",
    }
    for dataset in datasets:
        of_each = [store.find(dataset=dataset, recipe=recipe) for recipe in recipes]
        unknown = _groups_found(store.find(dataset=dataset, recipe="unknown number"))
        rows.append([dataset, *(_with_spread(f) if f else "-" for f in of_each), *unknown])
    header = ["", *recipes.values(), "groups found, `n_clusters=None`", "accuracy"]
    columns = zip(header, *rows, strict=True)
    header, *rows = zip(*(c for c in columns if set(c[1:]) != {"-"}), strict=True)
    return markdown(header, rows) + _machines_of(store, datasets)


def small():
    """Accuracy / NMI on small tables, beside what needs no network."""
    return _beside_no_network(("iris", "wine", "breast cancer", "digits"))


def made():
    """Accuracy / NMI on groups of unequal size, and on many."""
    return _beside_no_network(
        (
            *("one large group", "five uneven groups", "sixty groups"),
            "digits, four orders of pixels",
        )
    )


def flat():
    """Accuracy / NMI on rows in two columns."""
    return _beside_no_network(
        (
            *("two circles", "two moons", "three of unequal spread", "three long ones"),
            "three round ones",
        )
    )


def layouts():
    """Accuracy by number of neighbours, of the fits that the default chose from."""
    runs = load("quality").find(recipe="default")
    runs = [r for r in runs if r["dataset"] in (*PAPER, "digits") and "candidates" in r]
    numbers = sorted({c["n_neighbors"] for run in runs for c in run["candidates"]})
    rows = []
    for dataset in dict.fromkeys(run["dataset"] for run in runs):
        found = [run for run in runs if run["dataset"] == dataset]
        candidates = [c for run in found for c in run["candidates"]]
        of = {n: [c["accuracy"] for c in candidates if c["n_neighbors"] == n] for n in numbers}
        kept = [run["accuracy"] for run in found]
        cells = [f"{_short(median(v))} ({_short(min(v))})" for v in (*of.values(), kept)]
        rows.append([dataset, *cells])
    header = ["", *(f"{n} neighbours" for n in numbers), "kept"]
    return markdown(header, rows) + machines(runs)


def _speed_rows():
    store = load("speed")

    def of(what, who):
        return store.find(what=what, who=who)

    def of_epochs(who, name="epoch_seconds"):
        return median([s for run in of("epoch", who) for s in run[name]])

    if digits := of("digits", OURS):
        whole, fit, accuracy = (
            median([run[name] for run in digits])
            for name in ("process_seconds", "fit_seconds", "accuracy")
        )
        yield [
            f"new process that fits scikit-learn's digits, accuracy {_short(accuracy)}",
            f"{whole:.0f} s",
            "its fit alone",
            f"{fit:.0f} s",
            "",
        ]
    peer = of("fit", PEER)
    ours = of("fit", OURS)
    if ours and peer:
        n_measured = len(peer[0]["epoch_seconds"]) + 1
        whole = [seconds_of_all_epochs(run) for run in peer]
        seconds = median([r["process_seconds"] for r in ours])
        accuracy = _short(median([r["accuracy"] for r in ours]))
        yield [
            f"fit of MNIST-test, accuracy {accuracy}",
            f"{seconds:.0f} s",
            f"`n2d` 0.3.2, {PEER_EPOCHS} epochs ({n_measured} measured, the others scaled)",
            f"{median(whole):.0f} s",
            _pace(median(whole), seconds),
        ]
    if of("epoch", OURS) and of("epoch", PEER):
        rate = 2 * of("epoch", PRODUCT)[0]["size"] ** 3 / of_epochs(PRODUCT, "product_seconds")
        share = 6 * WEIGHTS * 10_000 / of_epochs(OURS) / rate
        yield [
            f"one epoch of it, {share:.0%} of the machine's float32 rate",
            f"{of_epochs(OURS):.2f} s",
            "`n2d` 0.3.2",
            f"{of_epochs(PEER):.2f} s",
            _pace(of_epochs(PEER), of_epochs(OURS)),
        ]
    sizes = sorted({int(r["who"]) for r in store.find(what="growth")})
    if len(sizes) > 1:
        seconds = [median([r["fit_seconds"] for r in of("growth", str(n))]) for n in sizes]
        yield [
            f"fit of MNIST, {sizes[-1]:,} rows",
            f"{seconds[-1]:.0f} s",
            f"{sizes[0]:,} rows",
            f"{seconds[0]:.0f} s",
            f"grows with exponent {exponent(sizes, seconds):.2f}",
        ]
    yield from _million_rows(store.find(what="million"))
    row, two = of("parallel", "in a row"), of("parallel", "in two workers")
    if row and two:
        row, two = (median([r["fit_seconds"] for r in runs]) for runs in (row, two))
        yield [
            "two fits of 3,000 rows in two workers",
            f"{two:.0f} s",
            "in a row",
            f"{row:.0f} s",
            f"{two / row:.2f} of it",
        ]
    line, beside = (
        "from skn2d import N2DClusterer",
        "from sklearn.mixture import GaussianMixture",
    )
    if of("import", line):
        a, b = (median([r["process_seconds"] for r in of("import", x)]) for x in (line, beside))
        yield [f"`{line}`", f"{a:.2f} s", f"`{beside}`", f"{b:.2f} s", f"{a / b:.2f} of it"]


def _million_rows(runs):
    """Rows of a fit of many rows to some of them; the real rows also beside a fit to all."""
    runs = {run["who"]: run for run in runs}
    limit = "`max_manifold_samples=20000`"
    whole, some = runs.get("70000 real, manifold of all"), runs.get("70000 real")
    if whole and some:
        yield [
            f"fit of MNIST, 70,000 rows, {limit}, accuracy {_short(some['accuracy'])}",
            f"{some['fit_seconds']:.0f} s",
            f"all rows, accuracy {_short(whole['accuracy'])}",
            f"{whole['fit_seconds']:.0f} s",
            _pace(whole["fit_seconds"], some["fit_seconds"]),
        ]
    sizes = sorted(int(who) for who in runs if who.isdigit())
    if len(sizes) > 1:
        seconds = [runs[str(n)]["fit_seconds"] for n in sizes]
        peak = runs[str(sizes[-1])]["peak_bytes"] / 1e9
        yield [
            f"fit of {sizes[-1]:,} perturbed rows, {limit}, peak {peak:.2f} GB",
            f"{seconds[-1]:.0f} s",
            f"{sizes[0]:,} rows",
            f"{seconds[0]:.0f} s",
            f"grows with exponent {exponent(sizes, seconds):.2f}",
        ]


def _memory_rows():
    runs = {run["who"]: run for run in load("memory").find(n_rows=70_000)}
    if len(runs) == 2:
        ours, peer = sorted(runs, key=lambda who: who.startswith(PEER))
        a, b = (runs[who]["peak_bytes"] / 1e9 for who in (ours, peer))
        yield [
            "peak memory of a fit, MNIST as uint8 memory map",
            f"{a:.2f} GB",
            "`n2d` 0.3.2, float64",
            f"{b:.2f} GB",
            f"{a / b:.2f} of it",
        ]


def _serving_rows():
    for run in sorted(load("serving").runs, key=lambda run: run["training_rows"]):
        values = {who: median(v) for who, v in run["values"].items()}
        for who, value in values.items():
            beside = by_hand_of(who)
            # What labels is the same with and without decoders.
            if who == beside or ("for_inference" in who and run["what"] != "file"):
                continue
            unit, ratio = "s", _pace(values[beside], value)
            if run["what"] == "file":
                unit, ratio = "MB", f"{value / values[beside]:.2f} of it"
            elif values[beside] < 0.1:
                unit = "ms"
            shown = [f"{v / _UNITS[unit]:.3g} {unit}" for v in (value, values[beside])]
            what = f"{run['what']}: {who}, {run['training_rows']:,} training rows"
            yield [what, shown[0], beside, shown[1], ratio]


def performance():
    """Seconds, bytes, and what they were compared with."""
    rows = [*_speed_rows(), *_memory_rows(), *_serving_rows()]
    runs = [run for name in ("speed", "memory", "serving") for run in load(name).runs]
    header = ["what", "skn2d", "beside", "", ""]
    return markdown(header, rows) + machines(runs)


TABLES = {
    "quality": quality,
    "ablation": ablation,
    "earlier": earlier,
    "layouts": layouts,
    "small": small,
    "made": made,
    "flat": flat,
    "performance": performance,
}


def fill(text):
    """Put the tables into a text."""
    return _BLOCK.sub(lambda match: match[1] + TABLES[match[2]]() + match[3], text)


def main():
    """Rewrite the files, or say which are stale."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--check", action="store_true", help="change nothing")
    options = parser.parse_args()
    stale = [path for path in FILES if path.read_text() != fill(path.read_text())]
    for path in stale:
        print(path.relative_to(ROOT))
        if not options.check:
            path.write_text(fill(path.read_text()))
    sys.exit(options.check and bool(stale))


if __name__ == "__main__":
    main()
