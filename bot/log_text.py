"""What others say, as it may stand in the log: it poses as no line of ours, and does nothing to the
terminal that shows it. Numbers of cards and people are no part of it, telephone numbers and names
only in part.
"""

import traceback
from collections.abc import Callable
from functools import partial
from types import TracebackType
from typing import TYPE_CHECKING

from bot.masking import bound_for_log, for_log

if TYPE_CHECKING:
    from loguru import Record

LONGEST = 2_000  # characters of one message; ours have a hundred
_MASKED = (
    LONGEST + 300
)  # of a longer one, so that a number is masked that ends beyond what is shown
MOST_TRACED = 200  # lines of one traceback, the last ones


def one_line(text: str, masked: Callable[[str], str] = str) -> str:
    """The text in printable characters: newlines, escapes, controls of direction and half
    surrogate pairs are written as Python writes them. Of a long text, the beginning, and no more
    of it is looked at by what masks it.
    """
    rest = len(text) - LONGEST
    text = masked(text[:_MASKED])
    if rest > 0:
        text = f"{text[:LONGEST]} ... ({rest} more characters)"
    if text.isprintable():
        return text
    return "".join(each if each.isprintable() else _escaped(each) for each in text)


def clean(record: "Record") -> None:
    """For loguru, to patch every record with: its message and what is bound to it."""
    record["message"] = one_line(record["message"], for_log)
    for name, value in record["extra"].items():
        if isinstance(value, str):
            record["extra"][name] = one_line(value, partial(bound_for_log, name))


def traced(
    kind: type[BaseException] | None,
    error: BaseException | None,
    trace: TracebackType | None,
) -> str:
    """A traceback, without values of local variables; each of its lines is indented, as no line of
    the log is, whatever the error's message holds.
    """
    told = "".join(traceback.format_exception(kind, error, trace))
    lines = told.rstrip("\n").split("\n")[-MOST_TRACED:]
    return "".join(f"\n    {_indented(line)}" for line in lines)


def _indented(line: str) -> str:
    inner = line.lstrip(" ")
    return " " * (len(line) - len(inner)) + one_line(inner, for_log)


def _escaped(character: str) -> str:
    return character.encode("unicode_escape").decode("ascii")
