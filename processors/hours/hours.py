"""The hours of a business: its week, public holidays, other days, and who is on call when."""

import datetime as dt
import re
from collections.abc import Iterator, Mapping
from functools import cached_property, lru_cache
from typing import Annotated, Any, NamedTuple, Self
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import holidays
from pydantic import (
    AfterValidator,
    BeforeValidator,
    ConfigDict,
    Field,
    field_validator,
    model_validator,
)
from pydantic.dataclasses import dataclass
from pydantic_core.core_schema import ValidationInfo

from processors.hours.spans import (
    DAY_MINUTES,
    DAYS,
    DayNames,
    Moments,
    Span,
    SpanTexts,
    days_of,
    moments,
    spans_of,
)

HORIZON_DAYS = 400  # an opening is looked for so far ahead
NEVER_CLOSES = dt.timedelta(days=8)  # what is open for longer than a week is open always
_YEARS = range(2024, 2034)  # whose holidays have all the names there are
_STRICT = ConfigDict(extra="forbid")
_DIALLED = re.compile(r"\+[1-9][0-9]{6,14}|sips?:\S+")
_NOTHING: Any = {}  # copied by pydantic wherever it is a default


def _zone(name: str) -> str:
    try:
        return ZoneInfo(name).key
    except (ZoneInfoNotFoundError, ValueError) as error:
        raise ValueError(f"{name!r} is no time zone like Europe/Berlin") from error


@lru_cache(maxsize=64)
def _calendar(region: str) -> holidays.HolidayBase:
    """The public holidays of "US" or "US-NY". Raises ValueError."""
    country, _, part = region.partition("-")
    try:
        return holidays.country_holidays(country, subdiv=part or None)
    except NotImplementedError as error:
        raise ValueError(f"{region!r} is no region with holidays, like US-NY or DE-BE") from error


def _names(region: str) -> list[str]:
    """Of all public holidays of a region."""
    country, _, part = region.partition("-")
    found = holidays.country_holidays(country, subdiv=part or None, years=_YEARS)
    return sorted({name for day in found for name in found.get_list(day)})


def _days(text: str) -> str:
    first, last = dates_of(text)
    if last < first:
        raise ValueError(f"{text} ends before it begins")
    return text


def dates_of(text: str) -> tuple[dt.date, dt.date]:
    """The first and the last day of "2026-12-24", or of "2026-12-24/2027-01-02". Raises
    ValueError.
    """
    first, _, last = text.partition("/")
    try:
        return dt.date.fromisoformat(first), dt.date.fromisoformat(last or first)
    except ValueError as error:
        raise ValueError(
            f"{text!r} names no day like 2026-12-24, nor days like 2026-12-24/2027-01-02"
        ) from error


def _dialled(number: str) -> str:
    if not _DIALLED.fullmatch(number):
        raise ValueError("must be a number like +12125550100, or a sip: address")
    return number


# Of a person: E.164 or sip:, told to no model.
Dialled = Annotated[str, AfterValidator(_dialled)]


def _other_day(value: Any) -> Any:
    """Hours alone are written without a table."""
    return value if isinstance(value, (Mapping, OtherDay)) else {"hours": value}


class Week(Mapping[int, tuple[Span, ...]]):
    """The spans of each day, from Monday, 0; a day that is not named has none."""

    def __init__(self, written: Mapping[str, tuple[str, ...]]) -> None:
        self._spans: dict[int, tuple[Span, ...]] = dict.fromkeys(range(7), ())
        named: set[int] = set()
        for names, texts in written.items():
            for day in days_of(names):
                if day in named:
                    raise ValueError(f"{DAYS[day]} is named twice")
                named.add(day)
                self._spans[day] = spans_of(texts)

    def __getitem__(self, day: int) -> tuple[Span, ...]:
        return self._spans[day]

    def __iter__(self) -> Iterator[int]:
        return iter(self._spans)

    def __len__(self) -> int:
        return len(self._spans)


def _week(written: dict[str, tuple[str, ...]]) -> dict[str, tuple[str, ...]]:
    Week(written)
    return written


def _refuse_overlaps(week: Week) -> None:
    """Raises ValueError: a day is open over midnight, and still when the next one opens."""
    for day, spans in week.items():
        following = week[(day + 1) % 7]
        if spans and following and spans[-1].end - DAY_MINUTES > following[0].begin:
            raise ValueError(
                f"{DAYS[day]} {spans[-1]} goes on over midnight into {following[0]} of the next day"
            )


WeekTexts = Annotated[dict[DayNames, SpanTexts], AfterValidator(_week)]


@dataclass(frozen=True, kw_only=True, config=_STRICT)
class OtherDay:
    """A day that is not like its weekday; without hours it is closed."""

    hours: SpanTexts = ()
    note: str = ""  # why, for callers who ask


@dataclass(frozen=True, kw_only=True, config=_STRICT)
class OnCall:
    """Somebody who is on call: each week, or once, and then before all that is weekly."""

    who: str = Field(min_length=1)
    number: Dialled
    week: WeekTexts = Field(default=_NOTHING)
    begin: dt.datetime | None = None  # on the clock of the business
    end: dt.datetime | None = None

    @model_validator(mode="after")
    def _has_times(self) -> Self:
        if bool(self.week) == (self.begin is not None or self.end is not None):
            raise ValueError("give either a week, or begin and end")
        if not self.week and (self.begin is None or self.end is None or self.begin >= self.end):
            raise ValueError("begin and end are both needed, in this order")
        if any(each is not None and each.tzinfo is not None for each in (self.begin, self.end)):
            raise ValueError("begin and end are on the clock of the business: leave out the zone")
        return self


class Open(NamedTuple):
    """Whether a business is open at a moment."""

    is_open: bool
    changes_at: dt.datetime | None  # it closes, or opens again; None: not in sight
    note: str  # why this day is not like its weekday; often empty


@dataclass(frozen=True, kw_only=True, config=_STRICT)
class Hours:
    """When a business is open. Its fields are the keys of a file of hours."""

    timezone: Annotated[str, AfterValidator(_zone)]  # IANA: the clock that all of this is on
    week: Annotated[WeekTexts, Field(min_length=1)]
    # Closed on the public holidays of a region, "US" or "US-NY"; empty: on none.
    holidays: str = ""
    open_on: tuple[str, ...] = ()  # names of those holidays that are days like any other
    exceptions: dict[
        Annotated[str, AfterValidator(_days)], Annotated[OtherDay, BeforeValidator(_other_day)]
    ] = Field(default=_NOTHING)
    on_call: tuple[OnCall, ...] = ()  # of two at the same time, the first

    @field_validator("week")
    @classmethod
    def _opens(cls, week: dict[str, tuple[str, ...]]) -> dict[str, tuple[str, ...]]:
        if not any(week.values()):
            raise ValueError("it is never open")
        _refuse_overlaps(Week(week))
        return week

    @field_validator("holidays")
    @classmethod
    def _of_a_region(cls, region: str) -> str:
        if region:
            _calendar(region)
        return region

    @field_validator("open_on")
    @classmethod
    def _are_holidays(cls, names: tuple[str, ...], info: ValidationInfo) -> tuple[str, ...]:
        if "holidays" not in info.data:  # it is wrong itself
            return names
        region = info.data["holidays"]
        known = _names(region) if region else ()
        for name in names:
            if name not in known:
                raise ValueError(f"{name!r} is none of the holidays: {', '.join(known) or 'none'}")
        return names

    @cached_property
    def zone(self) -> ZoneInfo:
        """The clock that the hours are on."""
        return ZoneInfo(self.timezone)

    @cached_property
    def _week(self) -> Week:
        return Week(self.week)

    @cached_property
    def _others(self) -> tuple[tuple[dt.date, dt.date, OtherDay], ...]:
        """The shortest first: a day of its own in a row of days."""
        others = [(*dates_of(text), other) for text, other in self.exceptions.items()]
        return tuple(sorted(others, key=lambda other: (other[1] - other[0], other[0])))

    def on(self, day: dt.date) -> tuple[tuple[Span, ...], str]:
        """The spans that begin on a day, and what is said of it."""
        for first, last, other in self._others:
            if first <= day <= last:
                return spans_of(other.hours), other.note
        if holiday := self._holiday(day):
            return (), holiday
        return self._week[day.weekday()], ""

    def at(self, now: dt.datetime) -> Open:
        """Whether it is open at an aware moment, and until when that stays so."""
        today = now.astimezone(self.zone).date()
        note = self.on(today)[1]
        closes_at: dt.datetime | None = None
        for opening in self._from(today - dt.timedelta(days=1)):
            if opening.end <= now:
                continue
            if closes_at is None and opening.begin > now:
                return Open(False, opening.begin, note)
            if closes_at is not None and opening.begin > closes_at:
                return Open(True, closes_at, note)
            closes_at = max(closes_at or opening.end, opening.end)
            if closes_at - now > NEVER_CLOSES:
                return Open(True, None, note)
        return Open(closes_at is not None, closes_at, note)

    def next_opening(self, now: dt.datetime) -> dt.datetime | None:
        """The first moment after `now` at which it opens; None: none within the horizon."""
        state = self.at(now)
        if not state.is_open or state.changes_at is None:
            return state.changes_at
        return self.at(state.changes_at).changes_at

    def who_is_on_call(self, now: dt.datetime) -> OnCall | None:
        """At an aware moment."""
        wall = now.astimezone(self.zone).replace(tzinfo=None)
        yesterday = wall.date() - dt.timedelta(days=1)
        for each in self.on_call:
            if each.begin is not None and each.end is not None and each.begin <= wall < each.end:
                return each
        for each in self.on_call:
            week = Week(each.week)
            for day in (yesterday, wall.date()):
                for turn in moments(day, week[day.weekday()], self.zone):
                    if turn.begin <= now < turn.end:
                        return each
        return None

    def _from(self, first: dt.date) -> Iterator[Moments]:
        for ahead in range(HORIZON_DAYS):
            day = first + dt.timedelta(days=ahead)
            yield from moments(day, self.on(day)[0], self.zone)

    def _holiday(self, day: dt.date) -> str:
        """Its name, where it is a public holiday on which the business is closed."""
        if not self.holidays:
            return ""
        names = _calendar(self.holidays).get_list(day)
        kept = [name for name in names if name not in self.open_on]
        return ", ".join(kept)
