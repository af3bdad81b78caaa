"""docs/pipelines.md, and the files that it has its reader write."""

import re
from pathlib import Path

ROOT = Path(__file__).parents[2]
PIPELINES = (ROOT / "docs" / "pipelines.md").read_text(encoding="utf-8")


def fenced(text: str, language: str) -> list[str]:
    """The blocks of code in this language."""
    return re.findall(rf"^ *```{language}\n(.*?)^ *```", text, re.DOTALL | re.MULTILINE)


def shown_files() -> dict[str, str]:
    """The Python of docs/pipelines.md by the file that is named last above each block."""
    files = {}
    for block in re.finditer(r"^```python\n(.*?)^```", PIPELINES, re.DOTALL | re.MULTILINE):
        named = re.findall(r"`([\w/]+\.py)`", PIPELINES[: block.start()])
        files[named[-1]] = block[1]
    return files
