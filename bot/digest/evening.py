"""When the digest of a day is due, by the owner's clock. Plain code."""

from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo


def latest_day(now: datetime, *, at: time, zone: ZoneInfo | None) -> date:
    """The last day whose digest is due by now."""
    local = now.astimezone(zone)
    return local.date() if local.time() >= at else local.date() - timedelta(days=1)


def bounds(day: date, *, at: time, zone: ZoneInfo | None) -> tuple[datetime, datetime]:
    """From which moment to which a day's digest tells: from its time on the day before to its time
    on this one. That is 23 or 25 hours where clocks are changed in between.
    """
    return _moment(day - timedelta(days=1), at, zone), _moment(day, at, zone)


def _moment(day: date, at: time, zone: ZoneInfo | None) -> datetime:
    moment = datetime.combine(day, at, tzinfo=zone)
    return moment if zone is not None else moment.astimezone()
