"""Which of the house's frames a processor makes, read from its source. Plain code."""

import ast
import inspect
import sys
import textwrap
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from pipecat.frames.frames import Frame

from processors.base import Way

_KNOWN = ("abc", "builtins", "pipecat", "processors", "pipelines", "typing")


@dataclass(frozen=True, kw_only=True)
class Made:
    """A frame that is made somewhere in a class."""

    frame: type[Frame]
    place: str  # file:line
    way: Way | None  # which way it is pushed, where that is said in the same place


def made_frames(kind: type[Any]) -> Iterator[Made]:
    """The frames that an author's class and those it is derived from make by their names. What the
    house's own make is known.
    """
    for each in kind.__mro__:
        if each.__module__.partition(".")[0] not in _KNOWN:
            yield from made_in(each)


@lru_cache(maxsize=256)
def made_in(kind: type[Any]) -> tuple[Made, ...]:
    """The frames that this class makes by their names; none where its source cannot be read."""
    return tuple(_made_in(kind))


def _made_in(kind: type[Any]) -> Iterator[Made]:
    try:
        lines, first = inspect.getsourcelines(kind)
        file = inspect.getsourcefile(kind)
        tree = ast.parse(textwrap.dedent("".join(lines)))
    except (OSError, TypeError, SyntaxError):
        return
    names = vars(sys.modules.get(kind.__module__, sys))
    pushed = dict(_pushed(tree))
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
            frame = names.get(node.func.id)
            if inspect.isclass(frame) and issubclass(frame, Frame):
                place = f"{file}:{first + node.lineno - 1}"
                yield Made(frame=frame, place=place, way=pushed.get(node))


def _pushed(tree: ast.AST) -> Iterator[tuple[ast.expr, Way | None]]:
    """What is pushed as a frame by `push_frame(...)`, and which way; None: that is decided
    elsewhere. A frame that was given a name before is found by it."""
    for function in ast.walk(tree):
        if not isinstance(function, ast.FunctionDef | ast.AsyncFunctionDef):
            continue
        named: dict[str, ast.expr] = {}
        for node in ast.walk(function):
            if isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name):
                named[node.targets[0].id] = node.value
        for node in ast.walk(function):
            if isinstance(node, ast.Call) and _pushes(node):
                frame = node.args[0]
                yield (
                    named.get(frame.id, frame) if isinstance(frame, ast.Name) else frame,
                    _way(node),
                )


def _pushes(call: ast.Call) -> bool:
    func = call.func
    return isinstance(func, ast.Attribute) and func.attr == "push_frame" and bool(call.args)


def _way(call: ast.Call) -> Way | None:
    words = [word.value for word in call.keywords if word.arg == "direction"]
    given = [*call.args[1:], *words]
    if not given:
        return "down"  # as Pipecat has it
    ways: dict[str, Way] = {"UPSTREAM": "up", "DOWNSTREAM": "down"}
    return ways.get(given[0].attr) if isinstance(given[0], ast.Attribute) else None
