"""A business on a calendar, made by its file."""

import datetime as dt
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from zoneinfo import ZoneInfo

from bot.calendars.business import CalendarBusiness
from bot.calendars.caldav import CalDav
from bot.calendars.hours import Span, WeeklyHours
from bot.calendars.slots import Grid
from config.practice import Practice


@asynccontextmanager
async def open_calendar(practice: Practice, password: str) -> AsyncIterator[CalendarBusiness]:
    """The business, until this is left."""
    async with CalDav(user=practice.user, password=password) as dav:
        yield CalendarBusiness(
            dav,
            calendar=practice.calendar,
            also_busy=practice.also_busy,
            largest_party=practice.largest_party,
            hold_minutes=practice.hold_minutes,
            grid=Grid(
                zone=ZoneInfo(practice.timezone),
                minutes=practice.minutes,
                every=practice.every or practice.minutes,
                places=practice.places,
                notice_minutes=practice.notice_minutes,
                furthest_days=practice.furthest_days,
            ),
            opening=WeeklyHours(
                week={day: _spans(spans) for day, spans in practice.hours.week.items()},
                exceptions={day: _spans(other.hours) for day, other in practice.exceptions.items()},
                notes={day: other.note for day, other in practice.exceptions.items() if other.note},
            ),
        )


def _spans(spans: Sequence[tuple[dt.time, dt.time]]) -> tuple[Span, ...]:
    return tuple(Span(opens, closes) for opens, closes in spans)
