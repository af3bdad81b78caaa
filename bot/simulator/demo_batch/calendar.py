"""When the demo takes place: on the next Tuesday of a week without a holiday."""

import datetime as dt
from zoneinfo import ZoneInfo

import holidays

TUESDAY = 1
HERE = ZoneInfo("America/New_York")  # of the clinic, and of most of its patients
STATES = ("NY", "CA", "TX", "FL")
AHEAD_DAYS = 2  # the clinic books ahead: what is called about lies in the real future too
NEEDED_DAYS = 7


def first_day(today: dt.date) -> dt.date:
    """The day of the first calls."""
    day = today + dt.timedelta(days=AHEAD_DAYS)
    while day.weekday() != TUESDAY or _holiday_within(day):
        day += dt.timedelta(days=1)
    return day


def begin(day: dt.date) -> dt.datetime:
    """Nine in the morning in New York; elsewhere it is earlier."""
    return dt.datetime.combine(day, dt.time(9), tzinfo=HERE).astimezone(dt.UTC)


def _holiday_within(day: dt.date) -> bool:
    days = [day + dt.timedelta(days=ahead) for ahead in range(NEEDED_DAYS)]
    years = {each.year for each in days}
    return any(
        each in holidays.country_holidays("US", subdiv=state, years=years)
        for state in STATES
        for each in days
    )
