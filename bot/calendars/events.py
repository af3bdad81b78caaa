"""Events of a calendar: which times they take, and appointments written as one. Plain code.

Source: RFC 5545. What blocks a time is opaque and not cancelled; repetitions, exceptions and moved
occurrences are worked out by recurring-ical-events. Our own events carry X- properties, which
calendars keep and people do not see.
"""

import datetime as dt
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any
from zoneinfo import ZoneInfo

import recurring_ical_events
from icalendar import Calendar, Event
from loguru import logger

from bot.calendars.caldav import Resource
from bot.calendars.slots import Busy

PRODUCT = "-//Trunkline//Appointments//EN"
HELD = "Held for a caller"
# Nobody meets every minute; to count through such a rule could take hours.
_TOO_OFTEN = ("SECONDLY", "MINUTELY", "HOURLY")
_DIGITS = re.compile(r"\+?[\d][\d ()./-]{5,20}\d")


@dataclass(frozen=True, kw_only=True)
class Appointment:
    """One appointment as it stands in the calendar."""

    id: str  # its reference, eight digits, if it is ours; else its UID
    uid: str
    start: dt.datetime  # aware
    end: dt.datetime
    name: str
    phone: str = ""
    notes: str = ""
    party: int | None = None
    state: str = "booked"  # booked, confirmed or cancelled
    key: str = ""  # the Idempotency-Key it was written under
    repeats: bool = False
    numbers: tuple[str, ...] = ()  # what looks like telephone numbers in its text

    @property
    def cancelled(self) -> bool:
        return self.state == "cancelled"


def busy_times(
    resources: Iterable[Resource], start: dt.datetime, end: dt.datetime, zone: ZoneInfo
) -> list[Busy]:
    """What is taken between two moments. What cannot be read takes all of it."""
    taken: list[Busy] = []
    for resource in resources:
        try:
            taken += _busy_in(resource, start, end, zone)
        except Exception as error:  # of a library that reads what anybody wrote
            logger.error(
                "an event cannot be read, so its day has no free time: {}",
                error,
                event="calendar_day_blocked",
            )
            taken.append(Busy(start=start, end=end, uid=resource.url, whole_day=True))
    return taken


def _busy_in(
    resource: Resource, start: dt.datetime, end: dt.datetime, zone: ZoneInfo
) -> Iterator[Busy]:
    calendar: Any = Calendar.from_ical(resource.text)
    for event in calendar.walk("VEVENT"):
        rule = event.get("RRULE")
        if rule and str((rule.get("FREQ") or [""])[0]).upper() in _TOO_OFTEN:
            logger.warning(
                "an event that repeats within a day is taken for none",
                event="calendar_event_ignored",
            )
            return
    for event in recurring_ical_events.of(calendar).between(
        start.astimezone(zone), end.astimezone(zone)
    ):
        if str(event.get("STATUS", "")).upper() == "CANCELLED":
            continue
        if str(event.get("TRANSP", "")).upper() == "TRANSPARENT":
            continue
        begins, ends, whole_day = _span(event, zone)
        if begins < end and ends > start:
            until = _text(event, "X-TRUNKLINE-UNTIL")
            yield Busy(
                start=begins,
                end=ends,
                uid=_text(event, "UID"),
                whole_day=whole_day,
                holder=_text(event, "X-TRUNKLINE-HOLDER"),
                until=dt.datetime.fromisoformat(until) if until else None,
            )


def appointments_in(resources: Iterable[Resource], zone: ZoneInfo) -> list[Appointment]:
    """The appointments among them, holds and whole days left out; what cannot be read, too."""
    found = []
    for resource in resources:
        try:
            known = appointment_in(resource, zone)
        except Exception as error:  # of a library that reads what anybody wrote
            logger.warning("an event cannot be read: {}", error, event="calendar_event_unreadable")
            continue
        if known is not None:
            found.append(known)
    return found


def appointment_in(resource: Resource, zone: ZoneInfo) -> Appointment | None:
    """The appointment that this is; None for a hold or a whole day. Raises ValueError."""
    calendar: Any = Calendar.from_ical(resource.text)
    events = calendar.walk("VEVENT")
    if not events or _text(events[0], "X-TRUNKLINE-UNTIL"):
        return None
    event = events[0]
    begins, ends, whole_day = _span(event, zone)
    if whole_day:
        return None
    uid = _text(event, "UID")
    cancelled = _text(event, "STATUS").upper() == "CANCELLED"
    text = " ".join(_text(event, name) for name in ("SUMMARY", "DESCRIPTION", "LOCATION"))
    party = _text(event, "X-TRUNKLINE-PARTY")
    return Appointment(
        id=_text(event, "X-TRUNKLINE-REFERENCE") or uid,
        uid=uid,
        start=begins,
        end=ends,
        name=_text(event, "X-TRUNKLINE-NAME") or _text(event, "SUMMARY"),
        phone=_text(event, "X-TRUNKLINE-PHONE"),
        notes=_text(event, "X-TRUNKLINE-NOTES"),
        party=int(party) if party.isdigit() else None,
        state="cancelled" if cancelled else _text(event, "X-TRUNKLINE-STATE") or "booked",
        key=_text(event, "X-TRUNKLINE-KEY"),
        repeats=len(events) > 1 or "RRULE" in event or "RDATE" in event,
        numbers=tuple(_DIGITS.findall(text)),
    )


def written(appointment: Appointment, now: dt.datetime) -> str:
    """A new appointment as iCalendar text."""
    event = _event(appointment.uid, appointment.start, appointment.end, now)
    party = f" ({appointment.party})" if appointment.party else ""
    event.add("SUMMARY", f"{appointment.name}{party}")
    event.add("STATUS", "CONFIRMED")
    told = [f"Booked by telephone, reference {appointment.id}."]
    told += [f"Telephone: {appointment.phone}"] if appointment.phone else []
    told += [appointment.notes] if appointment.notes else []
    event.add("DESCRIPTION", "\n".join(told))
    for name, value in (
        ("REFERENCE", appointment.id),
        ("NAME", appointment.name),
        ("PHONE", appointment.phone),
        ("NOTES", appointment.notes),
        ("PARTY", str(appointment.party or "")),
        ("KEY", appointment.key),
        ("STATE", appointment.state),
    ):
        if value:
            event.add(f"X-TRUNKLINE-{name}", value)
    return _calendar(event)


def hold_written(
    *,
    uid: str,
    holder: str,
    start: dt.datetime,
    end: dt.datetime,
    until: dt.datetime,
    now: dt.datetime,
) -> str:
    """A time that is held for a caller, as iCalendar text."""
    event = _event(uid, start, end, now)
    event.add("SUMMARY", HELD)
    event.add("STATUS", "TENTATIVE")
    event.add("X-TRUNKLINE-HOLDER", holder)
    event.add("X-TRUNKLINE-UNTIL", until.astimezone(dt.UTC).isoformat(timespec="seconds"))
    return _calendar(event)


def lock_written(*, uid: str, token: str, now: dt.datetime) -> str:
    """Says that somebody writes just now: an event of a day long past, that takes no time."""
    event = Event()
    event.add("UID", uid)
    event.add("DTSTAMP", now.astimezone(dt.UTC))
    event.add("DTSTART", dt.date(1970, 1, 1))
    event.add("SUMMARY", "Trunkline is writing")
    event.add("TRANSP", "TRANSPARENT")
    event.add("X-TRUNKLINE-TOKEN", token)
    return _calendar(event)


def changed(
    resource: Resource,
    now: dt.datetime,
    *,
    start: dt.datetime | None = None,
    end: dt.datetime | None = None,
    state: str = "",
) -> str:
    """The same event at another time, or in another state; all else that it holds stays."""
    calendar: Any = Calendar.from_ical(resource.text)
    event = calendar.walk("VEVENT")[0]
    if start is not None and end is not None:
        for name, moment in (("DTSTART", start), ("DTEND", end)):
            _set(event, name, moment.astimezone(dt.UTC))
        event.pop("DURATION", None)
    if state:
        _set(event, "STATUS", "CANCELLED" if state == "cancelled" else "CONFIRMED")
        _set(event, "X-TRUNKLINE-STATE", state)
    for name in ("DTSTAMP", "LAST-MODIFIED"):
        _set(event, name, now.astimezone(dt.UTC))
    sequence = _text(event, "SEQUENCE")
    _set(event, "SEQUENCE", int(sequence) + 1 if sequence.isdecimal() else 1)
    text: bytes = calendar.to_ical()
    return text.decode()


def _span(event: Any, zone: ZoneInfo) -> tuple[dt.datetime, dt.datetime, bool]:
    """When an occurrence begins and ends, and whether it takes whole days.

    A time without a zone is one of the business's own clock (RFC 5545, 3.3.5: floating).
    """
    start, end = event.start, event.end
    if not isinstance(start, dt.datetime):
        return _midnight(start, zone), _midnight(_date(end), zone), True
    return _aware(start, zone), _aware(end, zone), False


def _aware(moment: dt.datetime, zone: ZoneInfo) -> dt.datetime:
    return moment if moment.tzinfo is not None else moment.replace(tzinfo=zone)


def _midnight(day: dt.date, zone: ZoneInfo) -> dt.datetime:
    return dt.datetime.combine(day, dt.time(), zone)


def _date(day: Any) -> dt.date:
    return day.date() if isinstance(day, dt.datetime) else day


def _event(uid: str, start: dt.datetime, end: dt.datetime, now: dt.datetime) -> Event:
    event = Event()
    event.add("UID", uid)
    event.add("DTSTAMP", now.astimezone(dt.UTC))
    event.add("DTSTART", start.astimezone(dt.UTC))
    event.add("DTEND", end.astimezone(dt.UTC))
    return event


def _calendar(event: Event) -> str:
    calendar = Calendar()
    calendar.add("PRODID", PRODUCT)
    calendar.add("VERSION", "2.0")
    calendar.add_component(event)
    text: bytes = calendar.to_ical()
    return text.decode()


def _set(event: Any, name: str, value: Any) -> None:
    event.pop(name, None)
    event.add(name, value)


def _text(event: Any, name: str) -> str:
    value = event.get(name, "")
    return str(value[0] if isinstance(value, list) and value else value).strip()
