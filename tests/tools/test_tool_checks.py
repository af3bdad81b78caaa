"""What an author may have written wrong in a tool is told before any call."""

# mypy: ignore-errors

import functools
from collections.abc import Callable
from pathlib import Path
from typing import Annotated, Any

import pytest

from pipelines import PIPELINES
from tools import ToolAnswer, ToolCall, end_call, needs, records
from tools.checking import faults_of_tools, unreachable

HERE = Path(__file__).name
Words = Annotated[str, "What they said."]


async def good(call: ToolCall, *, words: Words) -> ToolAnswer:
    """Notes what they said."""


def sync(call: ToolCall, *, words: Words) -> ToolAnswer:
    """Notes what they said."""


async def without_docstring(call: ToolCall, *, words: Words) -> ToolAnswer: ...


async def untyped(call: ToolCall, *, words) -> ToolAnswer:
    """Notes what they said."""


async def undescribed(call: ToolCall, *, words: str) -> ToolAnswer:
    """Notes what they said."""


async def by_position(call: ToolCall, words: Words) -> ToolAnswer:
    """Notes what they said."""


async def any_number(call: ToolCall, **words: Words) -> ToolAnswer:
    """Notes what they said."""


async def without_call() -> ToolAnswer:
    """Notes what they said."""


async def call_by_name(*, call: ToolCall) -> ToolAnswer:
    """Notes what they said."""


async def answers_a_dict(call: ToolCall) -> dict[str, str]:
    """Notes what they said."""


async def answers_nobody_knows_what(call: ToolCall):
    """Notes what they said."""


async def unreadable(call: "NoSuchType") -> ToolAnswer:  # noqa: F821
    """Notes what they said."""


async def no_json(call: ToolCall, *, words: Annotated[Callable[[], str], "Words."]) -> ToolAnswer:
    """Notes what they said."""


async def größe(call: ToolCall) -> ToolAnswer:
    """Notes how big it is."""


@records("word")
async def misspelt(call: ToolCall, *, words: Words) -> ToolAnswer:
    """Notes what they said."""


@needs(good)
async def late(call: ToolCall) -> ToolAnswer:
    """Comes after good."""


class Kitchen:
    """Tools that share something."""

    async def order(self, call: ToolCall, *, dish: Annotated[str, "What to cook."]) -> ToolAnswer:
        """Orders a dish."""


def logged(tool: Any) -> Any:
    """A decorator as authors write them."""

    @functools.wraps(tool)
    def wrapper(*args: Any, **kwargs: Any) -> Any:
        return tool(*args, **kwargs)

    return wrapper


@pytest.mark.parametrize(
    ("tool", "told"),
    [
        (sync, "sync is not async: write `async def sync`"),
        (without_docstring, "needs a docstring"),
        (untyped, 'parameter words of untyped needs a type: Annotated[..., "description"]'),
        (undescribed, 'words of tool undescribed needs Annotated[..., "description"]'),
        (by_position, "by_position takes words by position"),
        (any_number, "any_number takes words by position or in any number"),
        (without_call, "without_call must take the call first"),
        (call_by_name, "call_by_name must take the call first"),
        (answers_a_dict, "must say that it returns a ToolAnswer"),
        (answers_nobody_knows_what, "must say that it returns a ToolAnswer"),
        (unreadable, "the types of unreadable cannot be read: name 'NoSuchType'"),
        (no_json, "no_json cannot be shown to the model"),
        (größe, "größe is no name that a model can call"),
        (misspelt, "@records of misspelt names 'word', which is no parameter (words)"),
        (late, "late needs good, which is not in tools"),
    ],
)
def test_a_fault_names_its_place(tool: Any, told: str) -> None:
    """One sentence, with the file and the line of the tool's first decorator."""
    (fault,) = faults_of_tools((tool,))
    place, _, sentence = fault.partition(": ")
    assert told in sentence
    path, _, line = place.rpartition(":")
    assert Path(path).name == HERE
    assert int(line) == tool.__code__.co_firstlineno


@pytest.mark.parametrize(
    ("tools", "told"),
    [
        (end_call, "with the comma"),
        (None, "with the comma"),
        (("end_call",), "'end_call' is no tool"),
        ((functools.partial(good),), "is no tool"),
        ((Kitchen,), "is no tool"),
        ((records(good),), "@records needs parentheses"),
        ((good, good), "tools has good 2 times"),
    ],
)
def test_what_is_no_tool_at_all(tools: Any, told: str) -> None:
    """Forgotten commas and parentheses, strings, classes."""
    (fault,) = faults_of_tools(tools)
    assert told in fault


def test_always_is_a_part_of_tools() -> None:
    """What no agent's file takes away must be there."""
    assert list(faults_of_tools((good,), (end_call,))) == [
        "always has end_call, which is not in tools"
    ]


@pytest.mark.parametrize(
    "tool", [good, Kitchen().order, logged(good)], ids=["plain", "method", "wrapped"]
)
def test_what_works_is_no_fault(tool: Any) -> None:
    """Methods and decorated functions are tools as well."""
    assert list(faults_of_tools((tool,))) == []


@pytest.mark.parametrize("spec", PIPELINES.values(), ids=lambda spec: spec.name)
def test_the_shipped_tools_are_without_fault(spec: Any) -> None:
    """The rules are those that the shipped tools keep."""
    assert list(faults_of_tools(spec.tools, spec.always)) == []


def test_a_tool_whose_condition_was_taken_away() -> None:
    """It may be called, and would be refused each time."""
    assert list(unreachable((good, late), ("late",))) == [("late", "good")]
    assert list(unreachable((good, late), ("late", "good"))) == []
    assert list(unreachable((good, late), ())) == []
