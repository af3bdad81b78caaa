"""The business that the settings name: a service over HTTP, or a calendar."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from bot.business import HttpBusiness
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
    from bot.calendars.opened import open_calendar  # what reads calendars takes long to load

    password = settings.business_password.get_secret_value()
    async with open_calendar(practice, password) as calendar:
        yield calendar


def practice_of(settings: Settings) -> Practice | None:
    """The business on a calendar, if it is one. Raises SettingsError."""
    if not settings.business.startswith(_CALDAV):
        return None
    return read_practice(Path(settings.business.removeprefix(_CALDAV)))


async def business_faults(settings: Settings) -> list[str]:
    """What is wrong with the business on a calendar: its server is asked. Raises SettingsError."""
    practice = practice_of(settings)
    if practice is None:
        return []
    from bot.calendars.opened import open_calendar

    async with open_calendar(practice, settings.business_password.get_secret_value()) as calendar:
        fault = await calendar.fault()
    return [f"BUSINESS: {fault}"] if fault else []
