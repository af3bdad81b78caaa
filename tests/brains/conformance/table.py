"""The table of docs/brains.md that says what every brain plays.

    python -m tests.brains.conformance.table

prints it; `tests/docs/test_brains_page.py` compares.
"""

import sys
from collections.abc import Iterator

from tests.brains.conformance.brains import ENTRIES
from tests.brains.conformance.test_conformance import SCENES, is_played


def lines() -> Iterator[str]:
    """Its lines, scene by scene."""
    names = [entry.name for entry in ENTRIES]
    yield f"| scene | {' | '.join(names)} |"
    yield "|---" * (len(names) + 1) + "|"
    for name, scene in SCENES.items():
        cells = ("yes" if is_played(entry, name) else "" for entry in ENTRIES)
        yield f"| {scene.shows} | {' | '.join(cells)} |"


if __name__ == "__main__":
    sys.stdout.write("\n".join(lines()) + "\n")
