"""The appointments of a calendar: found, written once, changed only as they were read."""

import asyncio
import contextlib
import datetime as dt
import hashlib
import re
from collections.abc import Callable, Sequence
from dataclasses import replace
from zoneinfo import ZoneInfo

from bot.calendars import events
from bot.calendars.caldav import CalDav, Conflict, Resource, resource_url
from bot.calendars.events import Appointment
from bot.calendars.slots import Busy
from bot.calendars.turns import Turn
from bot.same_number import same_number
from tools import NotFound, Refused, Unavailable

_REFERENCE = re.compile(r"[0-9]{8}")
_REFERENCES = 3  # tried, where one is taken already
_MOST_HELD = 1000  # holds remembered; what is forgotten ends by itself
_LEAST_DIGITS = 7  # of a telephone number that a person wrote into an event


class Register:
    """Appointments and holds of one calendar."""

    def __init__(
        self, dav: CalDav, calendar: str, *, zone: ZoneInfo, now: Callable[[], dt.datetime]
    ) -> None:
        self._dav = dav
        self._calendar = calendar
        self._zone = zone
        self._now = now
        self._held: dict[str, None] = {}  # holders

    async def find(self, appointment_id: str) -> tuple[Resource, Appointment]:
        """By its reference, or by the UID of an event that people have made. Raises NotFound."""
        if _REFERENCE.fullmatch(appointment_id):
            found = await self._dav.get(self._address(appointment_id))
            resources = [found] if found is not None else []
        else:
            resources = await self._dav.with_uid(self._calendar, appointment_id)
        for resource in resources:
            try:
                known = events.appointment_in(resource, self._zone)
            except Exception as error:  # of a library that reads what anybody wrote
                raise Unavailable("the event cannot be read", maybe_done=False) from error
            if known is not None and appointment_id in (known.id, known.uid):
                return resource, known
        raise NotFound("no such appointment")

    async def of_number(self, phone: str, until: dt.datetime) -> list[Appointment]:
        """The coming ones under a telephone number, in their order."""
        resources = await self._dav.within(self._calendar, self._now(), until)
        every = await asyncio.to_thread(events.appointments_in, resources, self._zone)
        return sorted((each for each in every if is_of(each, phone)), key=lambda each: each.start)

    async def booked_before(self, key: str, taken: Sequence[Busy]) -> Appointment | None:
        """What an earlier attempt under the same key has written on this day."""
        uids = {each.uid for each in taken}
        for reference in _references(key):
            if _uid(reference) in uids:
                return await self._under(reference, key)
        return None

    async def write(self, turn: Turn, wish: Appointment) -> Appointment:
        """Writes it under a reference that is free; as it then is."""
        for reference in _references(wish.key):
            turn.may_write()
            booked = replace(wish, id=reference, uid=_uid(reference))
            text = events.written(booked, self._now())
            try:
                await self._dav.create(self._address(reference), text)
                return booked
            except Conflict:
                if (there := await self._under(reference, wish.key)) is not None:
                    return there
        raise Unavailable("no reference is free", maybe_done=False)

    async def replace(self, resource: Resource, text: str) -> None:
        """Writes over it. Raises Refused: it is no longer as it was read."""
        try:
            await self._dav.replace(resource, text)
        except Conflict:
            raise Refused(
                "Somebody has just changed that appointment. Look it up once more."
            ) from None

    async def hold(
        self, holder: str, start: dt.datetime, end: dt.datetime, until: dt.datetime
    ) -> Busy:
        """Holds a time, in place of what this holder held."""
        name = _hold_name(holder)
        text = events.hold_written(
            uid=name, holder=holder, start=start, end=end, until=until, now=self._now()
        )
        await self._dav.put(resource_url(self._calendar, name), text)
        self._held[holder] = None
        while len(self._held) > _MOST_HELD:
            del self._held[next(iter(self._held))]
        return Busy(start=start, end=end, uid=name, holder=holder, until=until)

    async def let_go(self, holder: str) -> None:
        """The hold has become an appointment. One that stays in the calendar ends by itself."""
        if holder in self._held:
            del self._held[holder]
            with contextlib.suppress(Conflict, Unavailable):
                await self._dav.delete(resource_url(self._calendar, _hold_name(holder)))

    async def _under(self, reference: str, key: str) -> Appointment | None:
        with contextlib.suppress(NotFound):
            _, known = await self.find(reference)
            return known if known.key == key else None
        return None

    def _address(self, reference: str) -> str:
        return resource_url(self._calendar, _uid(reference))


def is_of(known: Appointment, phone: str) -> bool:
    """Whether this telephone number stands in the appointment."""
    digits = "".join(filter(str.isdigit, phone))
    numbers = (known.phone,) if known.phone else known.numbers
    return any(
        same_number(each, phone) or _ends_alike(digits, "".join(filter(str.isdigit, each)))
        for each in numbers
    )


def _ends_alike(digits: str, written: str) -> bool:
    """A person writes a number of the own country without its code, and with a 0."""
    local = written.lstrip("0")
    return len(local) >= _LEAST_DIGITS and digits.endswith(local)


def _references(key: str) -> list[str]:
    """Eight digits, which can be said and typed on the telephone; others where those are taken."""
    digests = (hashlib.sha256(f"{key}/{n}".encode()).hexdigest() for n in range(_REFERENCES))
    return [f"{int(digest, 16) % 10**8:08}" for digest in digests]


def _uid(reference: str) -> str:
    return f"trunkline-{reference}"


def _hold_name(holder: str) -> str:
    return f"trunkline-hold-{holder}"
