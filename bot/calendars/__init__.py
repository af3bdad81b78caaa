"""A business on a calendar: opening hours as data, appointments as events of a CalDAV server."""

from bot.calendars.business import CalendarBusiness
from bot.calendars.caldav import CalDav

__all__ = ["CalDav", "CalendarBusiness"]
