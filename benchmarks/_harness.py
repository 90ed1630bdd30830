"""What the benchmarks share: results on disk, their machine, processes of their own, tables.

Imports nothing but the standard library, as it is used in the environments of peers too.
"""

import json
import os
import platform
import statistics
import subprocess
import sys
import time
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

RESULTS = Path(__file__).parent / "results"
# scikit-learn imports pandas where it is, which takes a fresh process a fifth of a second.
_PACKAGES = [
    "skn2d",
    "numpy",
    "scipy",
    "scikit-learn",
    "tensorflow",
    "keras",
    "umap-learn",
    "pandas",
]


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


def run_process(script, settings, python=sys.executable):
    """Run a script of this folder in a process of its own.

    Parameters
    ----------
    script : str
        Name of the file. It gets the settings as JSON, and prints JSON last of all.
    settings : dict
        For the script.
    python : str or Path
        The interpreter; another one than ours gets no ``PYTHONPATH``.

    Returns
    -------
    dict
        What it printed, and ``process_seconds`` from the start of the process to its end.

    Raises
    ------
    RuntimeError
        If it failed.
    """
    environment = {**os.environ, "TF_CPP_MIN_LOG_LEVEL": "3", "KERAS_BACKEND": "tensorflow"}
    if python != sys.executable:
        environment.pop("PYTHONPATH", None)
    command = [python, RESULTS.with_name(script), json.dumps(settings)]
    begin = time.perf_counter()
    done = subprocess.run(command, capture_output=True, text=True, env=environment)
    seconds = time.perf_counter() - begin
    if done.returncode:
        tail = "\n".join(done.stderr.splitlines()[-15:])
        raise RuntimeError(f"{script} ended with {done.returncode}, for {settings}:\n{tail}")
    return {**json.loads(done.stdout.splitlines()[-1]), "process_seconds": seconds}


def peak_memory():
    """Largest resident memory of this process so far, in bytes; mapped files count.

    Where there is /proc, not ``ru_maxrss``: on Linux that starts with the memory of the
    process that started this one.
    """
    try:
        with open("/proc/self/status") as file:
            for line in file:
                if line.startswith("VmHWM:"):
                    return int(line.split()[1]) * 1024
    except OSError:
        pass
    import resource  # not on Windows

    unit = 1 if sys.platform == "darwin" else 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit


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
