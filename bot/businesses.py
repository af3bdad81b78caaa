"""The business that the settings name: a service over HTTP, or a calendar."""

import datetime as dt
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from zoneinfo import ZoneInfo

from bot.business import HttpBusiness
from bot.calendars import CalDav, CalendarBusiness
from bot.calendars.hours import Span, WeeklyHours
from bot.calendars.slots import Grid
from config import Settings
from config.practice import Practice, read_practice
from tools import Business

_CALDAV = "caldav:"


@asynccontextmanager
async def open_business(settings: Settings) -> AsyncIterator[Business]:
    """The business, until this is left. Raises SettingsError."""
    practice = practice_of(settings)
    if practice is None:
        async with HttpBusiness(settings.business_api_base) as business:
            yield business
        return
    async with calendars_of(settings, practice) as dav:
        yield calendar_business(practice, dav)


def practice_of(settings: Settings) -> Practice | None:
    """The business on a calendar, if it is one. Raises SettingsError."""
    if not settings.business.startswith(_CALDAV):
        return None
    return read_practice(Path(settings.business.removeprefix(_CALDAV)))


def calendars_of(settings: Settings, practice: Practice) -> CalDav:
    return CalDav(user=practice.user, password=settings.business_password.get_secret_value())


def calendar_business(practice: Practice, dav: CalDav) -> CalendarBusiness:
    """The calendar as a business, by its file."""
    return CalendarBusiness(
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


async def business_faults(settings: Settings) -> list[str]:
    """What is wrong with the business on a calendar: its server is asked. Raises SettingsError."""
    practice = practice_of(settings)
    if practice is None:
        return []
    async with calendars_of(settings, practice) as dav:
        fault = await calendar_business(practice, dav).fault()
    return [f"BUSINESS: {fault}"] if fault else []


def _spans(spans: Sequence[tuple[dt.time, dt.time]]) -> tuple[Span, ...]:
    return tuple(Span(opens, closes) for opens, closes in spans)
