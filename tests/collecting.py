"""Which files a run of tests need not read, because no test in them can be what is asked for, which
come first, and which tests of a file may be shared among workers.

Of what `make test` and `make test-all` run, three parts in four are some hundred tests that are
about real time, take long or try more examples. To find them among eleven thousand took longer
than many of them do. So every marker of these stands in the file whose tests bear it; only which
tests run on both databases is known to the fixture in the folder's `conftest.py`.
"""

import re
from collections.abc import Iterator
from functools import cache
from itertools import combinations
from pathlib import Path

import pytest
from _pytest.mark.expression import Expression

# What takes a minute or more: begun last, it would keep one worker busy and no other.
LONG = (
    "tests/dialling/test_kill_system.py",
    "tests/console/test_console_browser_calls.py",
    "tests/dialling/test_kill.py",
    "tests/simulator/test_demo_batch.py",
    "tests/console/test_console_browser_batch.py",
    "tests/service/test_once.py",
    "tests/service/test_workers.py",
    "tests/simulator/test_demo.py",
    "tests/dialling/test_several_diallers.py",
    "tests/dialling/test_lost_workflows.py",
    "tests/service/test_drain.py",
    "tests/service/test_kill_recording.py",
)
# Of these each test is long, or they are many, and none needs what another one set up: each goes to
# the worker that is free. The tests of any other file go to one worker together.
APART = frozenset(
    {
        "tests/dialling/test_kill_system.py",
        "tests/dialling/test_kill.py",
        "tests/dialling/test_several_diallers.py",
        "tests/dialling/test_lost_workflows.py",
        "tests/service/test_kill_recording.py",
        "tests/service/test_workers.py",
        "tests/service/test_drain.py",
        "tests/service/test_runbooks.py",
        "tests/brains/conformance/test_conformance.py",
    }
)
MARKS = frozenset({"realtime", "thorough", "hypothesis", "postgresql"})
_OF_ALL = re.compile(r"^pytestmark = .*", re.MULTILINE)


def need_not_be_read(file: Path, asked: str) -> bool:
    """Whether no test of this file can match what is asked for with `-m`."""
    return not _may_match(asked, *_marks_in(file))


def undeclared(item: pytest.Item) -> set[str]:
    """The markers of this test that do not stand in its file: it would not be found by them."""
    some, _ = _marks_in(item.path)
    borne = {mark.name for mark in item.iter_markers()}
    if getattr(getattr(item, "function", None), "is_hypothesis_test", False):
        borne.add("hypothesis")
    return (borne & MARKS) - some


def place(item: pytest.Item) -> int:
    """Where its file comes in a run: long ones first, all others after them."""
    name = item.nodeid.partition("::")[0]
    return LONG.index(name) if name in LONG else len(LONG)


def unit(nodeid: str) -> str:
    """What a worker of pytest-xdist is given at a time: a file, or one test."""
    file = nodeid.partition("::")[0]
    return nodeid if file in APART else file


@cache
def _marks_in(file: Path) -> tuple[frozenset[str], frozenset[str]]:
    """The markers that some tests of this file may bear, and those that all of them do."""
    text = file.read_text()
    some = frozenset(mark for mark in MARKS if mark in text)
    beside = file.with_name("conftest.py")
    if beside.exists() and "params=DATABASES" in beside.read_text():
        some |= {"postgresql"}
    of_all = " ".join(_OF_ALL.findall(text))
    return some, frozenset(mark for mark in some if f"pytest.mark.{mark}" in of_all)


@cache
def _may_match(asked: str, some: frozenset[str], of_all: frozenset[str]) -> bool:
    """Whether a test that bears all of `of_all`, and any of `some`, can be what is asked for. Of
    the expression's other words it may bear any.
    """
    expression = Expression.compile(asked)
    uncertain = (some - of_all) | (expression.idents() - MARKS)
    return any(
        expression.evaluate(lambda name, /, _borne=of_all | more, **_: name in _borne)
        for more in _subsets(uncertain)
    )


def _subsets(marks: frozenset[str]) -> Iterator[frozenset[str]]:
    for size in range(len(marks) + 1):
        yield from map(frozenset, combinations(sorted(marks), size))
