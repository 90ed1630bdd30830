"""The code of the README runs."""

import re
from pathlib import Path

README = (Path(__file__).parents[1] / "README.md").read_text(encoding="utf-8")
BLOCKS = re.findall(r"```python\n(.*?)```", README, flags=re.DOTALL)
# The first tutorial fits as the first of these does, and test_search.py has the other.
ARE_RUN_ELSEWHERE = ("joblib.dump(model", "GridSearchCV(")


def test_code_runs():
    assert len(BLOCKS) > 8
    assert all(any(text in block for block in BLOCKS) for text in ARE_RUN_ELSEWHERE)
    names = {}
    for i, block in enumerate(BLOCKS):
        if any(text in block for text in ARE_RUN_ELSEWHERE):
            block = "\n".join(re.findall(r"^(?:from|import) .*", block, re.MULTILINE))
        exec(compile(block, f"block {i} of README.md", "exec"), names)
