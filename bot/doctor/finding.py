"""What a check has found: plain data."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

# warning: calls are taken, but something will be missed; wrong: calls fail, or will.
State = Literal["ok", "warning", "wrong", "not_checked"]

_ORDER: tuple[State, ...] = ("ok", "not_checked", "warning", "wrong")


@dataclass(frozen=True, kw_only=True)
class Finding:
    """One thing that was looked at."""

    check: str  # its name, a few words
    state: State
    seen: str  # one sentence
    do: str = "nothing"  # one sentence: what to do about it


def ok(check: str, seen: str) -> Finding:
    """It is in order."""
    return Finding(check=check, state="ok", seen=seen)


def warning(check: str, seen: str, do: str) -> Finding:
    """Calls are taken, but something will be missed."""
    return Finding(check=check, state="warning", seen=seen, do=do)


def wrong(check: str, seen: str, do: str) -> Finding:
    """Calls fail, or will."""
    return Finding(check=check, state="wrong", seen=seen, do=do)


def not_checked(check: str, seen: str, do: str) -> Finding:
    """It could not be looked at: why, and how it can be."""
    return Finding(check=check, state="not_checked", seen=seen, do=do)


def worst(findings: Iterable[Finding]) -> State:
    """The state of all of them together; of none it is ok."""
    return max((each.state for each in findings), key=_ORDER.index, default="ok")
