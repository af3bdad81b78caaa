"""Spans of a day as people write them, on the clock of one place, and as moments.

    "08:30-12:30"   "20:00-02:00" (over midnight)   "00:00-24:00" (all day)

A span belongs to the day on which it begins.
"""

import datetime as dt
import re
from collections.abc import Iterator, Sequence
from typing import Annotated, Any, NamedTuple
from zoneinfo import ZoneInfo

from pydantic import AfterValidator, BeforeValidator

DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")  # in the order of datetime.weekday()
DAY_MINUTES = 24 * 60
_SPAN = re.compile(r"([01]?\d|2[0-4]):([0-5]\d)-([01]?\d|2[0-4]):([0-5]\d)")


class Span(NamedTuple):
    """Minutes after midnight, by the clock on the wall; `end` over 24 hours is the next day's."""

    begin: int
    end: int

    def __str__(self) -> str:
        until = self.end if self.end <= DAY_MINUTES else self.end - DAY_MINUTES
        return f"{_clock(self.begin)}-{_clock(until)}"


class Moments(NamedTuple):
    """From `begin` until right before `end`, both in UTC."""

    begin: dt.datetime
    end: dt.datetime


def span_of(text: str) -> Span:
    """Raises ValueError: it is not written like 08:30-12:30."""
    found = _SPAN.fullmatch(text.replace(" ", ""))
    if found is None:
        raise ValueError(f'{text!r} is no span like "08:30-12:30"')
    hour, minute, end_hour, end_minute = map(int, found.groups())
    begin, end = hour * 60 + minute, end_hour * 60 + end_minute
    if begin >= DAY_MINUTES or end > DAY_MINUTES:
        raise ValueError(f"{text!r}: a day ends at 24:00")
    if begin == end:
        raise ValueError(f'{text!r} is empty; all day is "00:00-24:00"')
    return Span(begin, end if end > begin else end + DAY_MINUTES)


def spans_of(texts: Sequence[str]) -> tuple[Span, ...]:
    """The spans of one day. Raises ValueError: one is no span, or two overlap."""
    spans = tuple(sorted(map(span_of, texts)))
    for first, second in zip(spans, spans[1:], strict=False):
        if second.begin < first.end:
            raise ValueError(f"{first} and {second} overlap")
    return spans


def days_of(text: str) -> range:
    """Numbers of the days that "mon" or "mon-fri" names. Raises ValueError."""
    first, _, last = text.partition("-")
    try:
        days = range(DAYS.index(first), DAYS.index(last or first) + 1)
    except ValueError:
        days = range(0)
    if not days:
        raise ValueError(f'"{text}" names no days like mon or mon-fri')
    return days


def _one_or_more(value: Any) -> Any:
    """A text alone stands for a list of one; "closed" for an empty one."""
    if value == "closed":
        return ()
    return (value,) if isinstance(value, str) else value


def _fit_spans(texts: tuple[str, ...]) -> tuple[str, ...]:
    spans_of(texts)
    return texts


def _fit_days(text: str) -> str:
    days_of(text)
    return text


SpanTexts = Annotated[tuple[str, ...], BeforeValidator(_one_or_more), AfterValidator(_fit_spans)]
DayNames = Annotated[str, AfterValidator(_fit_days)]


def moments(day: dt.date, spans: Sequence[Span], zone: ZoneInfo) -> Iterator[Moments]:
    """The spans that begin on this day.

    Where the clocks are put back, what lies in the hour that comes twice begins at the first time
    and ends at the second; where they are put forward, an hour that does not come is the moment at
    which they are.
    """
    for span in spans:
        begin, end = (_moment(day, minute, zone) for minute in span)
        if begin[0] < end[1]:
            yield Moments(begin[0], end[1])


def _moment(day: dt.date, minute: int, zone: ZoneInfo) -> tuple[dt.datetime, dt.datetime]:
    """The first and the last moment at which the clock shows this."""
    midnight = dt.datetime.combine(day, dt.time())
    wall = midnight + dt.timedelta(minutes=minute)
    first, last = (wall.replace(tzinfo=zone, fold=fold).astimezone(dt.UTC) for fold in (0, 1))
    if last < first:  # the clock jumps over it: from `last` on it shows an earlier time, then later
        first = last = _jump(wall, last, first, zone)
    return first, last


def _jump(wall: dt.datetime, low: dt.datetime, high: dt.datetime, zone: ZoneInfo) -> dt.datetime:
    """The moment, to the second, from which the clock shows more than `wall`."""
    while high - low > dt.timedelta(seconds=1):
        middle = low + (high - low) / 2
        if middle.astimezone(zone).replace(tzinfo=None) > wall:
            high = middle
        else:
            low = middle
    return high.replace(microsecond=0)


def _clock(minute: int) -> str:
    return f"{minute // 60:02}:{minute % 60:02}"
