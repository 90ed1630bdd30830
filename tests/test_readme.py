"""The code of the README can be executed as it stands."""

import re
from pathlib import Path

README = (Path(__file__).parents[1] / "README.md").read_text(encoding="utf-8")
BLOCKS = re.findall(r"```python\n(.*?)```", README, flags=re.DOTALL)
# These fit: as the first tutorial does, and as test_search.py does.
FIT = ("model = N2DClusterer(n_clusters=10, random_state=0, verbose=1).fit(X)", "GridSearchCV(")


def test_code_runs():
    assert len(BLOCKS) > 8
    assert sum(any(text in block for text in FIT) for block in BLOCKS) == len(FIT)
    names = {}
    for i, block in enumerate(BLOCKS):
        if any(text in block for text in FIT):
            block = "\n".join(re.findall(r"^(?:from|import) .*", block, re.MULTILINE))
        exec(compile(block, f"block {i} of README.md", "exec"), names)
    inputs, code, outputs = names["build"](64, 10)
    assert (inputs.shape[1], code.shape[1], outputs.shape[1]) == (64, 10, 64)
