"""What the benchmarks share: results on disk, the machine they came from, tables."""

import json
import os
import platform
import statistics
import time
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

RESULTS = Path(__file__).parent / "results"
_PACKAGES = ("skn2d", "numpy", "scipy", "scikit-learn", "tensorflow", "keras", "umap-learn")


def _processor():
    try:
        with open("/proc/cpuinfo") as file:
            for line in file:
                if line.startswith("model name"):
                    return line.partition(":")[2].strip()
    except OSError:
        pass
    return platform.processor() or platform.machine()


def describe_machine():
    """Name the machine and the versions that a figure was measured with."""
    versions = {"python": platform.python_version()}
    for package in _PACKAGES:
        try:
            versions[package] = version(package)
        except PackageNotFoundError:
            versions[package] = None
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    return {
        "processor": _processor(),
        "cores": cores,
        "system": platform.system(),
        "versions": versions,
    }


class Store:
    """Measurements in a JSON file, written after each one, so that a run can be resumed."""

    def __init__(self, path):
        self.path = Path(path)
        self.runs = []
        if self.path.exists():
            self.runs = json.loads(self.path.read_text())["runs"]

    def find(self, **key):
        """Runs that have these values."""
        return [run for run in self.runs if all(run.get(k) == v for k, v in key.items())]

    def add(self, **run):
        """Keep a run, and write the file."""
        run["date"] = time.strftime("%Y-%m-%d")
        run["machine"] = describe_machine()
        self.runs.append(run)
        self.path.parent.mkdir(parents=True, exist_ok=True)
        temporary = self.path.with_suffix(".tmp")
        temporary.write_text(json.dumps({"runs": self.runs}, indent=1) + "\n")
        temporary.replace(self.path)


def print_table(header, rows):
    """Print a table in Markdown, columns aligned."""
    cells = [header, *[[str(cell) for cell in row] for row in rows]]
    widths = [max(len(row[i]) for row in cells) for i in range(len(header))]
    lines = [
        "| " + " | ".join(c.ljust(w) for c, w in zip(row, widths, strict=True)) + " |"
        for row in cells
    ]
    lines.insert(1, "|" + "|".join("-" * (width + 2) for width in widths) + "|")
    print("\n".join(lines), flush=True)


def median(values):
    """Median of at least one value."""
    return statistics.median(values)
