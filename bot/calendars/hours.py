"""When a business is open: the port that the diary asks, and weekly hours with exceptions. Plain
code.
"""

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol

DAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")


@dataclass(frozen=True, order=True)
class Span:
    """From one time of a day to a later one of the same day, on the business's clock."""

    opens: dt.time
    closes: dt.time  # 23:59 stands for the end of the day

    def told(self) -> dict[str, str]:
        return {"from": f"{self.opens:%H:%M}", "to": f"{self.closes:%H:%M}"}


class Opening(Protocol):
    """Says when it is open."""

    def spans(self, day: dt.date) -> Sequence[Span]:
        """The hours of a day, in order; none: it is closed."""
        ...

    def note(self, day: dt.date) -> str:
        """What there is to say of this day, like why it is closed; or empty."""
        ...


@dataclass(frozen=True, kw_only=True)
class WeeklyHours:
    """Hours by the day of the week (Monday is 0), and days that are otherwise."""

    week: Mapping[int, Sequence[Span]]
    exceptions: Mapping[dt.date, Sequence[Span]] = field(default_factory=dict)
    notes: Mapping[dt.date, str] = field(default_factory=dict)

    def spans(self, day: dt.date) -> Sequence[Span]:
        given = self.exceptions.get(day)
        return sorted(self.week.get(day.weekday(), ()) if given is None else given)

    def note(self, day: dt.date) -> str:
        if day in self.notes:
            return self.notes[day]
        if self.spans(day):
            return ""
        return (
            "Closed on this day."
            if day in self.exceptions
            else (f"Closed on {DAYS[day.weekday()]}s.")
        )
