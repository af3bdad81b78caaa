"""Every line of the log names its event, and docs/operators.md lists all events."""

import ast
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path

from tests.docs.test_docs import OPERATORS, rows

ROOT = Path(__file__).parents[2]
ROOMS = ("bot", "config", "pipelines", "processors", "tools")
LEVELS = {
    "info": "INFO",
    "success": "SUCCESS",
    "warning": "WARNING",
    "error": "ERROR",
    "exception": "ERROR",
    "critical": "CRITICAL",
    "log": "WARNING",  # whose level is computed: the highest it takes
}
LIBRARIES = ROOT / "bot" / "telemetry.py"  # it passes on what libraries say, under their names


def log_calls() -> Iterator[tuple[str, str, str]]:
    """Where each line at INFO or above is logged, its level, and its event or nothing."""
    for path in sorted(path for room in ROOMS for path in (ROOT / room).rglob("*.py")):
        if "simulator" in path.parts or path == LIBRARIES:
            continue
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and _is_log_call(node):
                assert isinstance(node.func, ast.Attribute)
                yield (
                    f"{path.relative_to(ROOT)}:{node.lineno}",
                    LEVELS[node.func.attr],
                    _event(node),
                )


def test_every_log_line_names_its_event() -> None:
    """`event="..."` is written out at each call, so that it can be found by its name."""
    unnamed = [place for place, _, event in log_calls() if not event]
    assert not unnamed


def test_every_event_is_explained() -> None:
    """The table holds all events with their levels, in alphabetical order, and no other."""
    levels = defaultdict(set)
    for _, level, event in log_calls():
        levels[event].add(level)
    listed = {row[0].strip("`"): row for row in rows("Events in the log", OPERATORS)}
    assert list(listed) == sorted(levels)
    for event, (_, level, meaning, remedy) in listed.items():
        assert set(level.split(", ")) == levels[event], event
        assert meaning, event
        assert remedy, event


def _is_log_call(node: ast.Call) -> bool:
    """A method of a level, with a message, on something that is called a log or a logger."""
    return (
        isinstance(node.func, ast.Attribute)
        and node.func.attr in LEVELS
        and bool(node.args)
        and "log" in ast.unparse(node.func.value)
    )


def _event(node: ast.Call) -> str:
    for keyword in node.keywords:
        if keyword.arg == "event" and isinstance(keyword.value, ast.Constant):
            return str(keyword.value.value)
    return ""
