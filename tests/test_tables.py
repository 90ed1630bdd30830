"""The figures in README and docs are those of the committed results."""

import subprocess
import sys
from pathlib import Path

BENCHMARKS = Path(__file__).parents[1] / "benchmarks"


def test_tables_are_what_the_results_say():
    command = [sys.executable, BENCHMARKS / "tables.py", "--check"]
    done = subprocess.run(command, capture_output=True, text=True)
    assert done.returncode == 0, f"Run python benchmarks/tables.py: {done.stdout}{done.stderr}"
