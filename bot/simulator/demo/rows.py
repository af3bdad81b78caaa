"""What the demo shows of a call: rows, in the order things happened. Plain data."""

from dataclasses import dataclass
from enum import Enum


class Who(Enum):
    """Whose row it is; the value is what stands in its column."""

    LINE = "line"
    AGENT = "agent"
    CALLER = "caller"
    CALLEE = "callee"
    TOOL = "tool"
    CUT = "barge-in"


@dataclass(frozen=True, kw_only=True)
class TimelineRow:
    """One thing that happened, or is happening."""

    at_secs: float | None  # since the call was answered; None: before that
    who: Who
    text: str
    note: str = ""  # a figure that belongs to it
