"""A plugin of pytest: runs the tests that MUTATION_TESTS names, one a line, in that order.

Writes the first that fails into the file of MUTATION_FAILED. Loaded into a tree that may be older
than this file, so it imports nothing of the project.
"""

import os
from pathlib import Path

import pytest

_WANTED = {
    name: place
    for place, name in enumerate(Path(os.environ["MUTATION_TESTS"]).read_text().splitlines())
}
_FAILED = Path(os.environ["MUTATION_FAILED"])


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    items[:] = sorted(
        (item for item in items if item.nodeid in _WANTED), key=lambda item: _WANTED[item.nodeid]
    )


def pytest_runtest_logreport(report: pytest.TestReport) -> None:
    if report.failed and not _FAILED.exists():
        _FAILED.write_text(report.nodeid)


def pytest_collectreport(report: pytest.CollectReport) -> None:
    if report.failed and not _FAILED.exists():
        _FAILED.write_text(f"{report.nodeid}, on import")
