"""When calls would be made, as a picture: a row for each day, a bar for each hour. Plain
arithmetic.
"""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta, tzinfo

MOST_DAYS = 14
HEAD, LEFT, HOUR, ROW = 20, 84, 22, 34  # of the picture: room for words, and of a bar
_AIR = 6  # above the highest bar of a row


@dataclass(frozen=True, kw_only=True)
class HourBar:
    """The calls of one hour; places are in the picture."""

    x: int
    y: float
    width: int
    height: float
    calls: int
    says: str


@dataclass(frozen=True, kw_only=True)
class DayRow:
    """One day."""

    name: str
    y: int  # of its ground


@dataclass(frozen=True, kw_only=True)
class Timeline:
    """The picture."""

    days: Sequence[DayRow]
    bars: Sequence[HourBar]
    hours: Sequence[tuple[int, str]]  # marks along the top
    width: int
    height: int
    later: int  # calls after the last day that is shown


def timeline(by_hour: Iterable[tuple[datetime, int]], zone: tzinfo | None) -> Timeline:
    """Of calls counted by the hour in which they begin; days and hours are those of `zone`."""
    counted: Counter[tuple[date, int]] = Counter()
    for moment, calls in by_hour:
        there = moment.astimezone(zone)
        counted[there.date(), there.hour] += calls
    first = min((day for day, _ in counted), default=None)
    last = max((day for day, _ in counted), default=None)
    days: list[date] = []
    if first is not None and last is not None:
        days = [first + timedelta(days=n) for n in range(min((last - first).days + 1, MOST_DAYS))]
    most = max(counted.values(), default=1)
    bars = []
    for (day, hour), calls in sorted(counted.items()):
        if day in days:
            height = max(2.0, round((ROW - _AIR) * calls / most, 1))
            ground = HEAD + ROW * (days.index(day) + 1)
            says = f"{day:%a} {day.isoformat()}, {hour}:00 to {hour + 1}:00: {calls}"
            bars.append(
                HourBar(
                    x=LEFT + HOUR * hour + 1,
                    y=ground - height,
                    width=HOUR - 2,
                    height=height,
                    calls=calls,
                    says=says,
                )
            )
    return Timeline(
        days=[DayRow(name=f"{day:%a %d %b}", y=HEAD + ROW * (n + 1)) for n, day in enumerate(days)],
        bars=bars,
        hours=[(LEFT + HOUR * hour, f"{hour}:00") for hour in range(0, 24, 3)],
        width=LEFT + HOUR * 24,
        height=HEAD + ROW * len(days) + 4,
        later=sum(calls for (day, _), calls in counted.items() if day not in days),
    )
