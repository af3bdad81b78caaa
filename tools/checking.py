"""What is wrong with a tool, told before any call: plain code."""

import inspect
import re
from collections.abc import Callable, Collection, Iterator
from typing import Any, get_type_hints

from tools.signature import signature_of
from tools.tool import Tool, ToolAnswer

_NAME = re.compile(r"[A-Za-z0-9_-]{1,64}", re.ASCII)  # of a function, as models take it
_BARE_MARKS = {f"{mark}.<locals>.mark": mark for mark in ("records", "needs")}


def place_of(subject: Any) -> str:
    """Where a function or a class was written, as file:line; empty where nobody can say."""
    try:
        subject = inspect.unwrap(subject)
        subject = getattr(subject, "__func__", subject)
        if inspect.isfunction(subject):  # the line of its first decorator
            return f"{subject.__code__.co_filename}:{subject.__code__.co_firstlineno}"
        return f"{inspect.getsourcefile(subject)}:{inspect.getsourcelines(subject)[1]}"
    except (TypeError, OSError, ValueError):
        return ""


def faults_of_tools(tools: Any, always: Any = ()) -> Iterator[str]:
    """What is wrong with the tools of a pipeline, each fault with its file and line if it has one.

    `always` are those that no agent's file can take away.
    """
    for name, given in (("tools", tools), ("always", always)):
        if not isinstance(given, tuple | list):
            yield f"{name} must be a tuple of tools, like ({_name(given)},), with the comma"
            return
    for tool in dict.fromkeys(tools):
        yield from _faults(tool)
    names = [_name(tool) for tool in tools]
    for name in dict.fromkeys(name for name in names if names.count(name) > 1):
        yield f"tools has {name} {names.count(name)} times: the model would know only one"
    for tool in always:
        if tool not in tools:
            yield f"always has {_name(tool)}, which is not in tools"
    for tool in tools:
        first = getattr(tool, "__dict__", {}).get("needs", ())
        if first and not set(first) & set(names):
            yield _at(
                tool,
                f"{_name(tool)} needs {' or '.join(first)}, which is not in tools: it is always "
                "refused",
            )


def unreachable(tools: Collection[Tool], allowed: Collection[str]) -> Iterator[tuple[str, str]]:
    """Of the allowed tools, those that wait for one which is not: both names."""
    for tool in tools:
        first = tool.__dict__.get("needs", ())
        if tool.__name__ in allowed and first and not set(first) & set(allowed):
            known = {other.__name__ for other in tools}
            yield tool.__name__, " or ".join(each for each in first if each in known)


def asks_for(tool: Tool, method: str) -> bool:
    """Whether a tool's own code calls this method of `CallControl`."""
    code = getattr(inspect.unwrap(tool), "__code__", None)
    return code is not None and method in code.co_names


def _faults(tool: Any) -> Iterator[str]:
    """What is wrong with one tool."""
    if mark := _BARE_MARKS.get(getattr(tool, "__qualname__", "")):
        yield f"@{mark} needs parentheses: write @{mark}(...) above the tool"
        return
    written = inspect.unwrap(tool) if callable(tool) else tool
    if not (inspect.isfunction(written) or inspect.ismethod(written)):
        yield f"{tool!r} is no tool: a tool is an async function"
        return
    name = tool.__name__
    if not (inspect.iscoroutinefunction(tool) or inspect.iscoroutinefunction(written)):
        yield _at(tool, f"{name} is not async: write `async def {name}`")
    if not _NAME.fullmatch(name):
        yield _at(tool, f"{name} is no name that a model can call: use letters, digits and _")
    kinds = list(inspect.signature(tool).parameters.values())
    if not kinds or kinds[0].kind not in (
        inspect.Parameter.POSITIONAL_ONLY,
        inspect.Parameter.POSITIONAL_OR_KEYWORD,
    ):
        yield _at(tool, f"{name} must take the call first: `async def {name}(call: ToolCall, ...)`")
        return
    wrong = [each.name for each in kinds[1:] if each.kind is not inspect.Parameter.KEYWORD_ONLY]
    if wrong:
        yield _at(
            tool,
            f"{name} takes {', '.join(wrong)} by position or in any number: write each parameter "
            "by name, with a * before the first",
        )
        return
    yield from _faults_of_types(tool, [each.name for each in kinds[1:]])


def _faults_of_types(tool: Tool, parameters: list[str]) -> Iterator[str]:
    name = tool.__name__
    try:
        hints = get_type_hints(tool, include_extras=True)
    except Exception as error:  # whatever an annotation may raise
        yield _at(tool, f"the types of {name} cannot be read: {error}")
        return
    untyped = [each for each in parameters if each not in hints]
    for each in untyped:
        yield _at(tool, f'parameter {each} of {name} needs a type: Annotated[..., "description"]')
    answer = hints.get("return")
    if not (inspect.isclass(answer) and issubclass(answer, ToolAnswer)):
        yield _at(tool, f"{name} must say that it returns a ToolAnswer: `-> ToolAnswer`")
    identity = tool.__dict__.get("identity") or ()
    unknown = [each for each in identity if each not in parameters]
    for each in unknown:
        known = ", ".join(parameters) or "none"
        yield _at(tool, f"@records of {name} names {each!r}, which is no parameter ({known})")
    if not untyped and not unknown:
        try:
            signature_of(tool)
        except Exception as error:  # of the author's own words, or of a type JSON cannot hold
            said = " ".join(str(error).split())
            yield _at(tool, f"{name} cannot be shown to the model: {said}")


def _at(tool: Callable[..., Any], what: str) -> str:
    place = place_of(tool)
    return f"{place}: {what}" if place else what


def _name(tool: Any) -> str:
    return str(getattr(tool, "__name__", tool))
