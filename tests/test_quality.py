"""The quality benchmark measures what it is asked for, once."""

import json
import subprocess
import sys
from pathlib import Path

QUALITY = Path(__file__).parents[1] / "benchmarks" / "quality.py"


def test_a_recipe_is_fitted_and_scored_and_not_again(tmp_path):
    output = tmp_path / "quality.json"
    command = [sys.executable, QUALITY, "--datasets", "digits", "--recipes", "k-means"]
    command += ["--seeds", "1", "--output", output]
    for _ in range(2):
        done = subprocess.run(command, capture_output=True, text=True)
        assert done.returncode == 0, done.stderr
    (run,) = json.loads(output.read_text())["runs"]
    assert (run["dataset"], run["recipe"], run["seed"]) == ("digits", "k-means", 0)
    assert 0.6 < run["accuracy"] < 0.9
    assert "k-means" in done.stdout
