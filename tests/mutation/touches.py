"""Which tests touch a line: what touch_recorder.py has written down."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from tests.mutation.mutants import Mutant


@dataclass(frozen=True)
class Test:
    """A test that passes on the code as it is."""

    name: str  # pytest's: tests/calls/test_step.py::test_this[that]
    secs: float


@dataclass(frozen=True)
class Touches:
    """Tests, and by file and line those that run it."""

    tests: Sequence[Test]
    lines: dict[str, dict[int, frozenset[Test]]]

    @classmethod
    def read(cls, files: Sequence[Path]) -> "Touches":
        """What several runs of the tests have written, as one."""
        tests: list[Test] = []
        lines: dict[str, dict[int, frozenset[Test]]] = {}
        for file in files:
            data = json.loads(file.read_text())
            here = [Test(name, secs) for name, secs in data["tests"]]
            tests += here
            for source, touched in data["lines"].items():
                known = lines.setdefault(source, {})
                for line, numbers in touched.items():
                    new = frozenset(here[number] for number in numbers)
                    known[int(line)] = known.get(int(line), frozenset()) | new
        return cls(tests, lines)

    def of(self, mutant: Mutant) -> list[Test]:
        """The tests that can notice it, the fastest first.

        A value that is computed at import is used by other lines of its file, mostly: the tests
        that run any of them. If none does, it is used elsewhere: any test may notice.
        """
        by_line = self.lines.get(mutant.file, {})
        if mutant.at_import:
            touching = frozenset[Test]().union(*by_line.values()) or frozenset(self.tests)
        else:
            touching = frozenset[Test]().union(*(by_line.get(n, ()) for n in mutant.lines))
        return sorted(touching, key=lambda test: (test.secs, test.name))
