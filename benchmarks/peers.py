"""Environments of their own for the packages that ours is compared with.

    python benchmarks/peers.py
    python benchmarks/peers.py --clustpy

Makes a virtual environment for each in ``benchmarks/.peers``, or in the folder that the
environment variable ``SKN2D_PEERS`` names: two gigabytes and a few minutes. What is there
and complete stays as it is.
"""

import argparse
import os
import subprocess
import venv
from pathlib import Path

FOLDER = Path(os.environ.get("SKN2D_PEERS", Path(__file__).parent / ".peers"))
PYTHON = "Scripts/python.exe" if os.name == "nt" else "bin/python"
REQUIREMENTS = {
    "n2d": [
        "n2d==0.3.2",
        "tensorflow==2.21.*",
        "seaborn",
        "umap-learn",
        "hdbscan",
        "pandas",
        "matplotlib",
    ],
    "clustpy": ["clustpy==0.0.3", "torch==2.13.0", "torchvision"],
}
# Wheels of PyTorch for the processor alone; those on PyPI bring 3 GB of CUDA.
OPTIONS = {"clustpy": ["--extra-index-url", "https://download.pytorch.org/whl/cpu"]}
# The torchvision of PyPI, which is what there is without the index above, looks for CUDA,
# and clustpy for torchvision; what it takes from there does not need these two operators.
IMPORT_CLUSTPY = """
import torch
try:
    import torchvision
except RuntimeError:
    library = torch.library.Library("torchvision", "DEF")
    for name in ("nms", "qnms"):
        library.define(f"{name}(Tensor dets, Tensor scores, float iou_threshold) -> Tensor")
import clustpy.deep
"""
CHECKS = {"n2d": "import n2d", "clustpy": IMPORT_CLUSTPY}


def peer_python(name):
    """Find the interpreter that has a package.

    Parameters
    ----------
    name : {"n2d", "clustpy"}
        The package.

    Returns
    -------
    Path or None
        None if its environment is not there, or not complete.
    """
    folder = FOLDER / name
    python = folder / PYTHON
    return python if (folder / "complete").exists() else None


def how_to_get(name):
    """Say how to install a package that is missing."""
    option = " --clustpy" if name == "clustpy" else ""
    return f"{name} is not there to compare with: run `python benchmarks/peers.py{option}`"


def _run(*command):
    done = subprocess.run(command, capture_output=True, text=True)
    if done.returncode:
        command = " ".join(map(str, command))
        tail = "\n".join((done.stdout + done.stderr).splitlines()[-15:])
        raise SystemExit(f"This failed:\n  {command}\n{tail}")


def install(name):
    """Make the environment of a package, if it is not there already, and import it."""
    if peer_python(name):
        print(f"{name}: there already, {FOLDER / name}")
        return
    print(f"{name}: {' '.join(REQUIREMENTS[name])} into {FOLDER / name} ...", flush=True)
    folder = FOLDER / name
    venv.create(folder, clear=True, with_pip=True)
    python = folder / PYTHON
    # -I: without the packages that PYTHONPATH names.
    options = OPTIONS.get(name, [])
    _run(python, "-I", "-m", "pip", "install", "-q", *options, *REQUIREMENTS[name])
    _run(python, "-I", "-c", CHECKS[name])
    (folder / "complete").touch()
    print(f"{name}: done")


def main():
    """Install what was asked for."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--clustpy", action="store_true", help="clustpy, and PyTorch, too")
    options = parser.parse_args()
    for name in ["n2d", "clustpy"] if options.clustpy else ["n2d"]:
        install(name)


if __name__ == "__main__":
    main()
