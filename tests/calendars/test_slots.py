"""Which times are free: hours, what is taken, and clocks that are set twice a year."""

import datetime as dt
from dataclasses import replace
from zoneinfo import ZoneInfo

import pytest

from bot.calendars.caldav import Resource
from bot.calendars.events import busy_times
from bot.calendars.hours import Opening, Span, WeeklyHours
from bot.calendars.slots import Busy, Grid, free_times, nearest

NEW_YORK = ZoneInfo("America/New_York")
GRID = Grid(zone=NEW_YORK, minutes=60, every=60, places=1, notice_minutes=0, furthest_days=365)
SPRING, AUTUMN = dt.date(2026, 3, 8), dt.date(2026, 11, 1)  # when clocks are set there
LONG_AGO = dt.datetime(2026, 1, 1, tzinfo=dt.UTC)


def always(opens: str, closes: str) -> Opening:
    span = Span(dt.time.fromisoformat(opens), dt.time.fromisoformat(closes))
    return WeeklyHours(week={weekday: (span,) for weekday in range(7)})


def free(day: dt.date, opening: Opening, *busy: Busy, grid: Grid = GRID) -> list[str]:
    times = free_times(grid, opening, day, busy, now=LONG_AGO)
    return [f"{time:%H:%M}" for time in times]


def taken(start: str, end: str, **more: object) -> Busy:
    """In UTC."""
    return Busy(
        start=dt.datetime.fromisoformat(start).replace(tzinfo=dt.UTC),
        end=dt.datetime.fromisoformat(end).replace(tzinfo=dt.UTC),
        **({"uid": "x"} | more),  # type: ignore[arg-type]
    )


def test_a_time_that_the_clock_leaves_out_is_not_offered() -> None:
    """From two to three there is nothing on that night."""
    assert free(SPRING, always("01:00", "05:00")) == ["01:00", "03:00", "04:00"]


def test_a_time_that_comes_twice_is_the_first(  # of the night in which clocks go back
) -> None:
    """One o'clock in summer time is taken; the same in winter time is another hour."""
    assert free(AUTUMN, always("00:00", "04:00")) == ["00:00", "01:00", "02:00", "03:00"]
    first = taken("2026-11-01T05:00", "2026-11-01T06:00")
    assert free(AUTUMN, always("00:00", "04:00"), first) == ["00:00", "02:00", "03:00"]
    second = taken("2026-11-01T06:00", "2026-11-01T07:00")
    assert free(AUTUMN, always("00:00", "04:00"), second) == ["00:00", "01:00", "02:00", "03:00"]


@pytest.mark.parametrize(("day", "hours"), [(SPRING, 23), (AUTUMN, 25), (dt.date(2026, 7, 1), 24)])
def test_how_long_a_day_is(day: dt.date, hours: int) -> None:
    """What is read of a calendar is the whole day, and no more."""
    start, end = GRID.day_bounds(day)
    assert end.astimezone(dt.UTC) - start.astimezone(dt.UTC) == dt.timedelta(hours=hours)


def test_a_weekly_event_stays_on_its_wall_clock() -> None:
    """At nine before and after the clocks are set; all-day ones take the whole day there."""
    lines = (
        *("BEGIN:VCALENDAR", "PRODID:x", "VERSION:2.0", "BEGIN:VEVENT", "UID:w"),
        "DTSTAMP:20260101T000000Z",
        "DTSTART;TZID=America/New_York:20261025T090000",
        *("DURATION:PT1H", "RRULE:FREQ=WEEKLY", "END:VEVENT", "END:VCALENDAR"),
    )
    weekly = Resource(url="w", etag="", text="\r\n".join((*lines, "")))
    for day in (AUTUMN - dt.timedelta(days=7), AUTUMN, AUTUMN + dt.timedelta(days=7)):
        start, end = GRID.day_bounds(day)
        (event,) = busy_times([weekly], start, end, NEW_YORK)
        assert event.start.astimezone(NEW_YORK).time() == dt.time(9)


def test_a_moved_and_a_dropped_occurrence() -> None:
    """RECURRENCE-ID and EXDATE: the one is elsewhere, the other nowhere."""
    lines = (
        *("BEGIN:VCALENDAR", "PRODID:x", "VERSION:2.0"),
        *("BEGIN:VEVENT", "UID:w", "DTSTAMP:20260101T000000Z", "DTSTART:20261102T140000Z"),
        *("DURATION:PT1H", "RRULE:FREQ=DAILY;COUNT=5", "EXDATE:20261104T140000Z", "END:VEVENT"),
        *("BEGIN:VEVENT", "UID:w", "DTSTAMP:20260101T000000Z", "DTSTART:20261103T180000Z"),
        *("RECURRENCE-ID:20261103T140000Z", "DURATION:PT2H", "END:VEVENT", "END:VCALENDAR"),
    )
    daily = Resource(url="w", etag="", text="\r\n".join((*lines, "")))

    def on(day: int) -> list[str]:
        start, end = GRID.day_bounds(dt.date(2026, 11, day))
        return [
            f"{each.start.astimezone(dt.UTC):%H}-{each.end.astimezone(dt.UTC):%H}"
            for each in busy_times([daily], start, end, NEW_YORK)
        ]

    assert [on(day) for day in (2, 3, 4, 5)] == [["14-15"], ["18-20"], [], ["14-15"]]


@pytest.mark.parametrize("often", ["SECONDLY", "MINUTELY", "HOURLY"])
def test_a_rule_that_nobody_could_count_through(often: str) -> None:
    """An invitation from a stranger neither closes the day nor stops the line."""
    lines = (
        *("BEGIN:VCALENDAR", "PRODID:x", "VERSION:2.0", "BEGIN:VEVENT", "UID:w"),
        *("DTSTAMP:19700101T000000Z", "DTSTART:19700101T000000Z", "DURATION:PT1S"),
        *(f"RRULE:FREQ={often}", "END:VEVENT", "END:VCALENDAR"),
    )
    start, end = GRID.day_bounds(AUTUMN)
    spam = Resource(url="w", etag="", text="\r\n".join((*lines, "")))
    assert busy_times([spam], start, end, NEW_YORK) == []


def test_places_count_what_happens_at_the_same_moment() -> None:
    """Two that follow each other take one place, and not two."""
    two = replace(GRID, places=2)
    day = dt.date(2026, 7, 1)
    first = taken("2026-07-01T14:00", "2026-07-01T14:30")
    second = taken("2026-07-01T14:30", "2026-07-01T15:00")
    beside = taken("2026-07-01T14:10", "2026-07-01T14:20")
    assert "10:00" in free(day, always("10:00", "12:00"), first, second, grid=two)
    assert "10:00" not in free(day, always("10:00", "12:00"), first, second, beside, grid=two)


def test_the_end_of_the_day_is_midnight() -> None:
    """Written 23:59, for no clock shows 24:00."""
    assert free(dt.date(2026, 7, 1), always("22:00", "23:59")) == ["22:00", "23:00"]


def test_the_nearest_times() -> None:
    """Of two equally near the later one first, and three at most."""
    times = [dt.time(hour) for hour in (8, 9, 11, 12, 18)]
    assert nearest(dt.time(10), times, within=None) == ["11:00", "09:00", "12:00"]
    assert nearest(dt.time(10), times, within=dt.timedelta(hours=1)) == ["11:00", "09:00"]
