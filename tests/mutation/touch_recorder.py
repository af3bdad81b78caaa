"""A plugin of pytest: writes down which test runs which line, and how long each test takes.

    python -m pytest -p touch_recorder ...   # with this folder on PYTHONPATH

Loaded into a tree that may be older than this file, so it imports nothing of the project. The
environment says where: MUTATION_ROOMS, the folders whose lines count, parted by colons, below the
current folder; MUTATION_TOUCHES, the file to write (its shape is in touches.py). A test that fails
is left out: it says nothing of a mutant. What runs outside a test, at import, counts for none.
"""

import json
import os
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path

import coverage
import pytest

_TREE = Path.cwd()
_ROOMS = [str(_TREE / room) for room in os.environ["MUTATION_ROOMS"].split(":")]
_FILE = Path(os.environ["MUTATION_TOUCHES"])

_coverage = coverage.Coverage(
    data_file=f"{_FILE}.coverage",
    source=_ROOMS,
    concurrency=["thread", "greenlet"],
    config_file=False,
)
_coverage.erase()
_coverage.start()  # here, so that it is there before the project is imported

_secs: dict[str, float] = defaultdict(float)
_failed: set[str] = set()


@pytest.hookimpl(wrapper=True)
def pytest_runtest_protocol(item: pytest.Item) -> Iterator[None]:
    _coverage.switch_context(item.nodeid)
    try:
        return (yield)
    finally:
        _coverage.switch_context("")


def pytest_runtest_logreport(report: pytest.TestReport) -> None:
    _secs[report.nodeid] += report.duration
    if not report.passed:
        _failed.add(report.nodeid)


def pytest_unconfigure() -> None:
    _coverage.stop()
    data = _coverage.get_data()
    tests = sorted(_secs.keys() - _failed, key=_secs.__getitem__)
    numbers = {test: number for number, test in enumerate(tests)}
    lines: dict[str, dict[int, list[int]]] = {}
    for file in data.measured_files():
        touched = {
            line: sorted(numbers[each] for each in contexts if each in numbers)
            for line, contexts in data.contexts_by_lineno(file).items()
        }
        lines[str(Path(file).relative_to(_TREE))] = touched
    _FILE.write_text(
        json.dumps({"tests": [[test, round(_secs[test], 3)] for test in tests], "lines": lines})
    )
