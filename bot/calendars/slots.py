"""Which times are free: hours, what is in the calendar, and a clock that is set twice a year. Plain
code.
"""

import datetime as dt
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from zoneinfo import ZoneInfo

from bot.calendars.hours import Opening

NEARBY = dt.timedelta(hours=2)
FURTHER_DAYS = 8  # how far ahead another time is looked for
MOST_OFFERED = 3


@dataclass(frozen=True, kw_only=True)
class Busy:
    """A time that is taken."""

    start: dt.datetime  # aware
    end: dt.datetime
    uid: str
    whole_day: bool = False  # closes the day, however many places there are
    holder: str = ""  # who holds it, if it is only held
    until: dt.datetime | None = None  # until when it is held


@dataclass(frozen=True, kw_only=True)
class Grid:
    """How a business gives out its time."""

    zone: ZoneInfo
    minutes: int  # how long an appointment takes
    every: int  # minutes from one begin to the next
    places: int  # how many at the same time
    notice_minutes: int  # not sooner than this from now
    furthest_days: int

    def moment(self, day: dt.date, time: dt.time) -> dt.datetime | None:
        """When that is; None for a time that the clock leaves out on this day. Of one that comes
        twice, the first is meant."""
        there = dt.datetime.combine(day, time, self.zone)
        again = there.astimezone(dt.UTC).astimezone(self.zone)
        return there if (again.date(), again.time()) == (day, time) else None

    def day_bounds(self, day: dt.date) -> tuple[dt.datetime, dt.datetime]:
        """Midnight to midnight there: 23, 24 or 25 hours."""
        tomorrow = day + dt.timedelta(days=1)
        midnight = dt.time()
        return (
            dt.datetime.combine(day, midnight, self.zone),
            dt.datetime.combine(tomorrow, midnight, self.zone),
        )

    def begins(self, opening: Opening, day: dt.date) -> list[dt.time]:
        """The times of day at which an appointment may begin, in order."""
        found: list[dt.time] = []
        for span in opening.spans(day):
            at = span.opens.hour * 60 + span.opens.minute
            closes = span.closes.hour * 60 + span.closes.minute
            if span.closes == dt.time(23, 59):
                closes += 1
            while at + self.minutes <= closes:
                time = dt.time(at // 60, at % 60)
                if self.moment(day, time) is not None:
                    found.append(time)
                at += self.every
        return found

    def end(self, start: dt.datetime) -> dt.datetime:
        """So many minutes on a clock that nobody sets."""
        return start.astimezone(dt.UTC) + dt.timedelta(minutes=self.minutes)


def free_times(
    grid: Grid,
    opening: Opening,
    day: dt.date,
    busy: Sequence[Busy],
    *,
    now: dt.datetime,
    holder: str = "",
    leaving: str = "",
) -> list[dt.time]:
    """What can be booked on a day, in order.

    `holder` may take what it holds itself; the event with the UID `leaving` is about to go away.
    """
    return [
        time
        for time in grid.begins(opening, day)
        if is_free(grid, day, time, busy, now=now, holder=holder, leaving=leaving)
    ]


def is_free(
    grid: Grid,
    day: dt.date,
    time: dt.time,
    busy: Sequence[Busy],
    *,
    now: dt.datetime,
    holder: str = "",
    leaving: str = "",
) -> bool:
    """Whether one more fits in there."""
    start = grid.moment(day, time)
    if start is None or start < now + dt.timedelta(minutes=grid.notice_minutes):
        return False
    end = grid.end(start)
    there = [
        each
        for each in busy
        if each.start < end
        and each.end > start
        and each.uid != leaving
        and not _lapsed(each, now, holder)
    ]
    if any(each.whole_day for each in there):
        return False
    return _most_at_once(there, start) < grid.places


def _lapsed(busy: Busy, now: dt.datetime, holder: str) -> bool:
    """A hold that is this caller's own, or over."""
    if busy.until is None:
        return False
    return busy.until <= now or bool(holder and busy.holder == holder)


def _most_at_once(busy: Iterable[Busy], start: dt.datetime) -> int:
    """How many of them take place at the same moment, at most."""
    there = list(busy)
    moments = [start, *(each.start for each in there if each.start > start)]
    return max(sum(each.start <= at < each.end for each in there) for at in moments)


def nearest(wished: dt.time, free: Sequence[dt.time], *, within: dt.timedelta | None) -> list[str]:
    """The free times nearest to the one wished for; of two equally near ones, the later first."""

    def apart(time: dt.time) -> tuple[int, bool]:
        minutes = (time.hour - wished.hour) * 60 + time.minute - wished.minute
        return abs(minutes), minutes < 0

    near = sorted(free, key=apart)
    if within is not None:
        most = within.total_seconds() / 60
        near = [time for time in near if apart(time)[0] <= most]
    return [f"{time:%H:%M}" for time in near[:MOST_OFFERED]]
