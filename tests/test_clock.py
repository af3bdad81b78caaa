"""The one clock of the product, and the rule that there is no other."""

import ast
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from unittest import mock

import pytest

from bot.clock import monotonic, utcnow

ROOT = Path(__file__).parents[1]
PRODUCT = ("bot", "config", "pipelines", "processors", "tools")
MAY_READ = {
    "bot/clock.py": {"time.time", "time.monotonic"},
    "bot/testing/virtual_loop.py": {"time.time", "time.monotonic", "time.monotonic_ns"},  # moves it
    "tools/reminders.py": {"time.time"},  # tools may not import bot
}
CLOCKS = {
    "datetime.datetime.now",
    "datetime.datetime.today",
    "datetime.datetime.utcnow",
    "datetime.date.today",
    "time.gmtime",
    "time.localtime",
    "time.monotonic",
    "time.monotonic_ns",
    "time.perf_counter",
    "time.perf_counter_ns",
    "time.time",
    "time.time_ns",
}


def test_the_time_of_day_follows_a_patch() -> None:
    """Whoever moves `time.time` moves `utcnow`, wherever it was imported to."""
    with mock.patch("time.time", lambda: 1_750_000_000.25):
        assert utcnow() == datetime(2025, 6, 15, 15, 6, 40, 250_000, tzinfo=UTC)


def test_the_time_of_day_is_aware_and_of_today() -> None:
    """It is in UTC, and between two looks at the machine's own clock."""
    before, now, after = time.time(), utcnow(), time.time()
    assert now.tzinfo is UTC
    assert before - 1e-6 <= now.timestamp() <= after + 1e-6


def test_the_steady_clock_follows_a_patch() -> None:
    """Whoever moves `time.monotonic` moves `monotonic`, wherever it was imported to."""
    with mock.patch("time.monotonic", lambda: 12.5):
        assert monotonic() == 12.5


def test_nothing_else_reads_a_clock() -> None:
    """All of the product asks `bot.clock`, so that two patches move every clock there is."""
    found = [
        f"{name}:{line}: {clock}"
        for top in PRODUCT
        for path in sorted((ROOT / top).rglob("*.py"))
        for line, clock in clocks_in(path.read_text(encoding="utf-8"))
        if clock not in MAY_READ.get(name := path.relative_to(ROOT).as_posix(), ())
    ]
    assert not found, "ask bot.clock instead:\n" + "\n".join(found)


@pytest.mark.parametrize(
    ("source", "clock"),
    [
        ("import time\ntime.time()", "time.time"),
        ("import time\nx = field(default_factory=time.monotonic)", "time.monotonic"),
        ("import time as t\ndef f(now=t.monotonic): ...", "time.monotonic"),
        ("\nfrom time import perf_counter as p", "time.perf_counter"),
        ("from datetime import UTC, datetime\ndatetime.now(UTC)", "datetime.datetime.now"),
        ("from datetime import datetime as d\nd.utcnow()", "datetime.datetime.utcnow"),
        ("import datetime as dt\ndt.datetime.now(dt.UTC)", "datetime.datetime.now"),
        ("import datetime\ndatetime.date.today()", "datetime.date.today"),
        ("def f():\n    from datetime import date; date.today()", "datetime.date.today"),
    ],
)
def test_a_clock_is_found(source: str, clock: str) -> None:
    """The rule sees calls, references and imports, under whatever name."""
    assert list(clocks_in(source)) == [(2, clock)]


@pytest.mark.parametrize(
    "source",
    [
        "import datetime as dt\nx = dt.time()\ny = dt.datetime.combine(day, x).time()",
        "import time\nasyncio.get_running_loop().time()\ntime.sleep(1)",
        "self._clock.now()\nself.time.time()",
    ],
)
def test_what_only_looks_like_a_clock(source: str) -> None:
    """Times of day as values, a loop's own time and injected clocks are nobody's business."""
    assert not list(clocks_in(source))


def clocks_in(source: str) -> Iterator[tuple[int, str]]:
    """Lines that read or name a clock of the standard library, and which it is."""
    tree = ast.parse(source)
    meant: dict[str, str] = {}  # full names, by the name in this file
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            for alias in node.names:
                meant[alias.asname or alias.name] = alias.name
        elif isinstance(node, ast.ImportFrom):
            for alias in node.names:
                meant[alias.asname or alias.name] = full = f"{node.module}.{alias.name}"
                if full in CLOCKS:
                    yield node.lineno, full
    for node in ast.walk(tree):
        if isinstance(node, ast.Attribute) and (full := _full_name(node, meant)) in CLOCKS:
            yield node.lineno, full


def _full_name(node: ast.expr, meant: dict[str, str]) -> str:
    """`datetime.datetime.now` for `dt.datetime.now`; empty if no module leads to it."""
    if isinstance(node, ast.Attribute):
        base = _full_name(node.value, meant)
        return f"{base}.{node.attr}" if base else ""
    return meant.get(node.id, "") if isinstance(node, ast.Name) else ""
