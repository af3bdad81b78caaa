"""The business on a CalDAV calendar: the adapter of the `Business` port.

hold -> confirm -> commit: a time that a caller considers is held, as a tentative event that says
for whom and until when; the caller confirms; the appointment is written, and the hold goes away.
Each of these reads the day, decides and writes within a turn that no other process has on that
day, so no time is given away twice. An appointment is moved in one write: until that is done it
stands where it stood.
"""

import asyncio
import contextlib
import datetime as dt
import hashlib
import re
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

from bot.calendars import events
from bot.calendars.caldav import CalDav, Conflict, Resource, resource_url
from bot.calendars.events import Appointment
from bot.calendars.hours import DAYS, Opening
from bot.calendars.slots import FURTHER_DAYS, NEARBY, Busy, Grid, free_times, is_free, nearest
from bot.calendars.turns import Turn, Turns
from bot.clock import utcnow
from bot.same_number import same_number
from tools import Facts, NotFound, Refused, Unavailable

WEEK_DAYS = 7
MOST_FOUND = 10
_REFERENCE = re.compile(r"[0-9]{8}")
_REFERENCES = 3  # tried, where one is taken already
_MOST_HELD = 1000  # holds remembered; what is forgotten ends by itself
_LEAST_DIGITS = 7  # of a telephone number that a person wrote into an event


class CalendarBusiness:
    """`Business` on one calendar; `also_busy` are others whose events take time as well."""

    def __init__(
        self,
        dav: CalDav,
        *,
        calendar: str,
        grid: Grid,
        opening: Opening,
        also_busy: Sequence[str] = (),
        largest_party: int | None = None,
        hold_minutes: int = 5,
        now: Callable[[], dt.datetime] = utcnow,
    ) -> None:
        self._dav = dav
        self._calendar = calendar
        self._also_busy = tuple(also_busy)
        self._grid = grid
        self._opening = opening
        self._largest_party = largest_party
        self._hold = dt.timedelta(minutes=hold_minutes)
        self._now = now
        self._turns = Turns(dav, calendar, now)
        self._held: dict[str, None] = {}  # holders

    # -- what is asked ------------------------------------------------------------------------

    async def lookup_hours(self, day: dt.date | None) -> Facts:
        first, count = (day, 1) if day else (self._today(), WEEK_DAYS)
        return {"hours": [self._hours(first + dt.timedelta(days=n)) for n in range(count)]}

    def _hours(self, day: dt.date) -> Facts:
        spans, note = self._opening.spans(day), self._opening.note(day)
        told: Facts = {"day": day.isoformat(), "weekday": DAYS[day.weekday()], "open": bool(spans)}
        told |= {"hours": [span.told() for span in spans]} if spans else {}
        return told | ({"note": note} if note else {})

    async def lookup_order(self, order_id: str | None, email: str | None) -> Facts:
        raise NotFound("a calendar knows no orders")

    async def find_slots(
        self, day: dt.date, from_time: dt.time | None, to_time: dt.time | None, party: int | None
    ) -> Facts:
        self._check_day(day)
        self._check_party(party)
        free = [
            f"{time:%H:%M}"
            for time in free_times(
                self._grid, self._opening, day, await self._read(day), now=self._now()
            )
            if (from_time is None or time >= from_time) and (to_time is None or time <= to_time)
        ]
        told = {"day": day.isoformat(), "weekday": DAYS[day.weekday()], "slots": free}
        if free:
            return told
        wished = from_time or to_time or dt.time(12)
        told |= {"note": self._opening.note(day) or "Nothing is free then."}
        return told | {"alternatives": await self._alternatives(day, wished)}

    async def appointment(self, appointment_id: str) -> Facts:
        _, known = await self._find(appointment_id)
        return self._told(known)

    async def find_appointments(self, phone: str | None, reference: str | None) -> Facts:
        if reference is not None:
            _, known = await self._find("".join(filter(str.isdigit, reference)))
            found = [known]
        else:
            now = self._now()
            until = now + dt.timedelta(days=self._grid.furthest_days + 1)
            resources = await self._dav.within(self._calendar, now, until)
            every = await asyncio.to_thread(events.appointments_in, resources, self._grid.zone)
            found = [each for each in every if phone and _is_of(each, phone)]
        found = [each for each in found if not each.cancelled and each.start > self._now()]
        if not found:
            raise NotFound("no appointment")
        found = sorted(found, key=lambda each: each.start)[:MOST_FOUND]
        return {"appointments": [self._told(each) | _number_of(each, phone) for each in found]}

    async def fault(self) -> str:
        """Why nothing could be booked in this calendar, a sentence; empty if it can be. It writes
        something there and takes it away again.
        """
        for calendar in (self._calendar, *self._also_busy):
            if why := await self._dav.fault(calendar):
                return f"{calendar}: {why}"
        try:
            async with self._turns.on(dt.date(1970, 1, 1)):
                return ""
        except Unavailable as error:
            return f"{self._calendar}: {error}"

    # -- what is written ----------------------------------------------------------------------

    async def hold_slot(
        self, *, day: dt.date, time: dt.time, party: int | None, holder: str
    ) -> Facts:
        self._check_party(party)
        async with self._turns.on(day) as turn:
            busy = await self._day(turn, day)
            start = await self._wanted(day, time, busy, holder=holder)
            now = self._now()
            until = now + self._hold
            name = _hold_name(holder)
            end = self._grid.end(start)
            turn.may_write()
            text = events.hold_written(
                uid=name, holder=holder, start=start, end=end, until=until, now=now
            )
            await self._dav.put(resource_url(self._calendar, name), text)
            self._remember(holder)
            busy[:] = [each for each in busy if each.uid != name]
            busy.append(Busy(start=start, end=end, uid=name, holder=holder, until=until))
        minutes = round(self._hold.total_seconds() / 60)
        return {"held": True, "day": day.isoformat(), "time": f"{time:%H:%M}", "minutes": minutes}

    async def book_appointment(
        self,
        *,
        name: str,
        day: dt.date,
        time: dt.time,
        party: int | None,
        phone: str | None,
        notes: str | None,
        holder: str = "",
        idempotency_key: str,
    ) -> Facts:
        self._check_party(party)
        async with self._turns.on(day) as turn:
            busy = await self._day(turn, day)
            booked = await self._booked_before(idempotency_key, busy)
            if booked is None:
                start = await self._wanted(day, time, busy, holder=holder)
                booked = await self._write(
                    turn,
                    Appointment(
                        id="",
                        uid="",
                        start=start,
                        end=self._grid.end(start),
                        name=name,
                        phone=phone or "",
                        notes=notes or "",
                        party=party,
                        key=idempotency_key,
                    ),
                )
                busy.append(Busy(start=booked.start, end=booked.end, uid=booked.uid))
        await self._let_go(holder)
        return self._told(booked)

    async def confirm_appointment(self, appointment_id: str, *, idempotency_key: str) -> Facts:
        return await self._set_state(appointment_id, "confirmed")

    async def cancel_appointment(self, appointment_id: str, *, idempotency_key: str) -> Facts:
        return await self._set_state(appointment_id, "cancelled")

    async def reschedule_appointment(
        self,
        appointment_id: str,
        *,
        day: dt.date,
        time: dt.time,
        idempotency_key: str,
        holder: str = "",
    ) -> Facts:
        async with self._turns.on(day) as turn:
            busy = await self._day(turn, day)
            resource, known = await self._find(appointment_id)
            self._check_standing(known)
            if known.start == self._grid.moment(day, time):
                return self._told(known)
            length = known.end - known.start
            start = await self._wanted(
                day, time, busy, holder=holder, leaving=known.uid, length=length
            )
            end = start.astimezone(dt.UTC) + length
            turn.may_write()
            await self._replace(
                resource,
                events.changed(resource, self._now(), start=start, end=end, state="booked"),
            )
            busy[:] = [each for each in busy if each.uid != known.uid]
            busy.append(Busy(start=start, end=end, uid=known.uid))
        await self._let_go(holder)
        return self._told(events.moved(known, start, end, "booked"))

    async def report_disposition(
        self,
        appointment_ids: Sequence[str],
        *,
        disposition: str,
        detail: Facts,
        idempotency_key: str,
    ) -> Facts:
        """A calendar has no place for what became of a call: the appointment says what it is."""
        return {"recorded": False, "note": "a calendar keeps no outcomes of calls"}

    # -- how ----------------------------------------------------------------------------------

    def _today(self) -> dt.date:
        return self._now().astimezone(self._grid.zone).date()

    async def _read(self, day: dt.date) -> list[Busy]:
        start, end = self._grid.day_bounds(day)
        calendars = (self._calendar, *self._also_busy)
        found = await asyncio.gather(*(self._dav.within(each, start, end) for each in calendars))
        resources = [resource for each in found for resource in each]
        return await asyncio.to_thread(events.busy_times, resources, start, end, self._grid.zone)

    async def _day(self, turn: Turn, day: dt.date) -> list[Busy]:
        """What is taken on the day of this turn; who writes changes it."""
        if turn.busy is None:
            turn.busy = await self._read(day)
        return turn.busy

    async def _wanted(
        self,
        day: dt.date,
        time: dt.time,
        busy: Sequence[Busy],
        *,
        holder: str = "",
        leaving: str = "",
        length: dt.timedelta | None = None,
    ) -> dt.datetime:
        """When the wished time is. Raises Refused: it cannot be had, perhaps others can."""
        grid = self._grid
        if length is not None:
            grid = replace(grid, minutes=round(length.total_seconds() / 60))
        now = self._now()
        start = grid.moment(day, time)
        if start is not None and start <= now:
            raise Refused("That time is already past.")
        self._check_day(day)
        begins = grid.begins(self._opening, day)
        if start is not None and time in begins:
            if is_free(grid, day, time, busy, now=now, holder=holder, leaving=leaving):
                return start
            sooner = start < now + dt.timedelta(minutes=grid.notice_minutes)
            why = "That is too soon." if sooner else f"{time:%H:%M} is not free on that day."
        else:
            why = self._opening.note(day) or f"Nothing begins at {time:%H:%M} on that day."
        raise Refused(why, await self._alternatives(day, time, busy, grid))

    async def _alternatives(
        self,
        wished: dt.date,
        at: dt.time,
        busy: Sequence[Busy] | None = None,
        grid: Grid | None = None,
    ) -> list[dict[str, str]]:
        """The nearest free times within two hours; else those of the next day that has any."""
        for days in range(FURTHER_DAYS):
            day = wished + dt.timedelta(days=days)
            if not self._opening.spans(day) or day > self._last_day():
                continue
            taken = busy if days == 0 and busy is not None else await self._read(day)
            free = free_times(grid or self._grid, self._opening, day, taken, now=self._now())
            near = nearest(at, free, within=NEARBY if days == 0 else None)
            if near:
                told = {"day": day.isoformat(), "weekday": DAYS[day.weekday()]}
                return [told | {"time": time} for time in near]
        return []

    def _last_day(self) -> dt.date:
        return self._today() + dt.timedelta(days=self._grid.furthest_days)

    def _check_day(self, day: dt.date) -> None:
        if day < self._today():
            raise Refused("That day is already past.")
        if day > self._last_day():
            raise Refused(f"We book at most {self._grid.furthest_days} days ahead.")

    def _check_party(self, party: int | None) -> None:
        if party and self._largest_party is not None and party > self._largest_party:
            raise Refused(f"We take parties of up to {self._largest_party}.")

    def _check_standing(self, known: Appointment) -> None:
        if known.cancelled:
            raise Refused("That appointment was cancelled.")
        if known.start <= self._now():
            raise Refused("That appointment is already past.")
        if known.repeats:
            raise Refused("That appointment repeats, and cannot be changed on the telephone.")

    async def _find(self, appointment_id: str) -> tuple[Resource, Appointment]:
        """By its reference, or by the UID of an event that people have made. Raises NotFound."""
        if _REFERENCE.fullmatch(appointment_id):
            found = await self._dav.get(self._address(appointment_id))
            resources = [found] if found is not None else []
        else:
            resources = await self._dav.with_uid(self._calendar, appointment_id)
        for resource in resources:
            try:
                known = events.appointment_in(resource, self._grid.zone)
            except Exception as error:  # of a library that reads what anybody wrote
                raise Unavailable("the event cannot be read", maybe_done=False) from error
            if known is not None and appointment_id in (known.id, known.uid):
                return resource, known
        raise NotFound("no such appointment")

    async def _write(self, turn: Turn, wish: Appointment) -> Appointment:
        """Writes it under a reference that is free; as it then is."""
        for reference in _references(wish.key):
            turn.may_write()
            booked = replace(wish, id=reference, uid=_uid(reference))
            try:
                await self._dav.create(
                    self._address(reference), events.written(booked, self._now())
                )
                return booked
            except Conflict:
                if (there := await self._under(reference, wish.key)) is not None:
                    return there
        raise Unavailable("no reference is free", maybe_done=False)

    async def _booked_before(self, key: str, busy: Sequence[Busy]) -> Appointment | None:
        """What an earlier attempt under the same key has written on this day."""
        taken = {each.uid for each in busy}
        for reference in _references(key):
            if _uid(reference) in taken:
                return await self._under(reference, key)
        return None

    async def _under(self, reference: str, key: str) -> Appointment | None:
        with contextlib.suppress(NotFound):
            _, known = await self._find(reference)
            return known if known.key == key else None
        return None

    async def _set_state(self, appointment_id: str, state: str) -> Facts:
        resource, known = await self._find(appointment_id)
        if known.state == state:
            return self._told(known)
        self._check_standing(known)
        await self._replace(resource, events.changed(resource, self._now(), state=state))
        return self._told(replace(known, state=state))

    async def _replace(self, resource: Resource, text: str) -> None:
        try:
            await self._dav.replace(resource, text)
        except Conflict:
            raise Refused(
                "Somebody has just changed that appointment. Look it up once more."
            ) from None

    def _remember(self, holder: str) -> None:
        self._held[holder] = None
        while len(self._held) > _MOST_HELD:
            del self._held[next(iter(self._held))]

    async def _let_go(self, holder: str) -> None:
        """The hold has become an appointment. One that stays in the calendar ends by itself."""
        if holder in self._held:
            del self._held[holder]
            with contextlib.suppress(Conflict, Unavailable):
                await self._dav.delete(resource_url(self._calendar, _hold_name(holder)))

    def _address(self, reference: str) -> str:
        return resource_url(self._calendar, _uid(reference))

    def _told(self, known: Appointment) -> dict[str, Any]:
        there = known.start.astimezone(self._grid.zone)
        told: dict[str, Any] = {
            "id": known.id,
            "standing": not known.cancelled and known.start > self._now(),
            "state": known.state,
            "day": there.date().isoformat(),
            "weekday": DAYS[there.weekday()],
            "time": f"{there:%H:%M}",
            "name": known.name,
        }
        return told | ({"party": known.party} if known.party else {})


def _references(key: str) -> list[str]:
    """Eight digits, which can be said and typed on the telephone; others where those are taken."""
    digests = (hashlib.sha256(f"{key}/{n}".encode()).hexdigest() for n in range(_REFERENCES))
    return [f"{int(digest, 16) % 10**8:08}" for digest in digests]


def _uid(reference: str) -> str:
    return f"trunkline-{reference}"


def _hold_name(holder: str) -> str:
    return f"trunkline-hold-{holder}"


def _is_of(known: Appointment, phone: str) -> bool:
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


def _number_of(known: Appointment, phone: str | None) -> Facts:
    """The number that the appointment is under, for the tool that asks whose it is."""
    number = phone if phone and _is_of(known, phone) else known.phone
    return {"phone": number} if number else {}
