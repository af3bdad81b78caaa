"""The business on a CalDAV calendar: the adapter of the `Business` port.

hold -> confirm -> commit: a time that a caller considers is held, as a tentative event that says
for whom and until when; the caller confirms; the appointment is written, and the hold goes away.
Each of these reads the day, decides and writes within a turn that no other process has on that
day, so no time is given away twice. An appointment is moved in one write: until that is done it
stands where it stood.
"""

import datetime as dt
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

from bot.calendars import events
from bot.calendars.caldav import CalDav
from bot.calendars.events import Appointment
from bot.calendars.hours import DAYS, Opening
from bot.calendars.register import Register, is_of
from bot.calendars.schedule import Schedule
from bot.calendars.slots import Busy, Grid
from bot.calendars.turns import Turn, Turns
from bot.clock import utcnow
from tools import Facts, NotFound, Refused, Unavailable

MOST_FOUND = 10


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
        self._hold_minutes = hold_minutes
        self._now = now
        self._turns = Turns(dav, calendar, now)
        self._register = Register(dav, calendar, zone=grid.zone, now=now)
        self._schedule = Schedule(
            dav,
            calendars=(calendar, *also_busy),
            grid=grid,
            opening=opening,
            largest_party=largest_party,
            now=now,
        )

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

    # -- what is asked ------------------------------------------------------------------------

    async def lookup_hours(self, day: dt.date | None) -> Facts:
        return {"hours": self._schedule.hours(day)}

    async def lookup_order(self, order_id: str | None, email: str | None) -> Facts:
        raise NotFound("a calendar knows no orders")

    async def find_slots(
        self, day: dt.date, from_time: dt.time | None, to_time: dt.time | None, party: int | None
    ) -> Facts:
        return await self._schedule.free(day, from_time, to_time, party)

    async def appointment(self, appointment_id: str) -> Facts:
        _, known = await self._register.find(appointment_id)
        return self._told(known)

    async def find_appointments(self, phone: str | None, reference: str | None) -> Facts:
        if reference is not None:
            _, known = await self._register.find("".join(filter(str.isdigit, reference)))
            found = [known]
        else:
            until = self._now() + dt.timedelta(days=self._grid.furthest_days + 1)
            found = await self._register.of_number(phone, until) if phone else []
        found = [each for each in found if not each.cancelled and each.start > self._now()]
        if not found:
            raise NotFound("no appointment")
        told = [self._told(each) | _number_of(each, phone) for each in found[:MOST_FOUND]]
        return {"appointments": told}

    # -- what is written ----------------------------------------------------------------------

    async def hold_slot(
        self, *, day: dt.date, time: dt.time, party: int | None, holder: str
    ) -> Facts:
        self._schedule.check_party(party)
        async with self._turns.on(day) as turn:
            taken = await self._taken(turn, day)
            start = await self._schedule.wanted(day, time, taken, holder=holder)
            turn.may_write()
            until = self._now() + dt.timedelta(minutes=self._hold_minutes)
            held = await self._register.hold(holder, start, self._grid.end(start), until)
            _put(taken, held)
        told = {"day": day.isoformat(), "time": f"{time:%H:%M}"}
        return {"held": True, **told, "minutes": self._hold_minutes}

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
        self._schedule.check_party(party)
        async with self._turns.on(day) as turn:
            taken = await self._taken(turn, day)
            booked = await self._register.booked_before(idempotency_key, taken)
            if booked is None:
                start = await self._schedule.wanted(day, time, taken, holder=holder)
                wish = Appointment(
                    id="",
                    uid="",
                    start=start,
                    end=self._grid.end(start),
                    name=name,
                    phone=phone or "",
                    notes=notes or "",
                    party=party,
                    key=idempotency_key,
                )
                booked = await self._register.write(turn, wish)
                _put(taken, Busy(start=booked.start, end=booked.end, uid=booked.uid))
        await self._register.let_go(holder)
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
            taken = await self._taken(turn, day)
            resource, known = await self._register.find(appointment_id)
            self._check_standing(known)
            if known.start == self._grid.moment(day, time):
                return self._told(known)
            length = known.end - known.start
            start = await self._schedule.wanted(
                day, time, taken, holder=holder, leaving=known.uid, length=length
            )
            end = start.astimezone(dt.UTC) + length
            moved = replace(known, start=start, end=end, state="booked")
            turn.may_write()
            text = events.changed(resource, self._now(), start=start, end=end, state="booked")
            await self._register.replace(resource, text)
            _put(taken, Busy(start=start, end=end, uid=known.uid))
        await self._register.let_go(holder)
        return self._told(moved)

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

    async def _taken(self, turn: Turn, day: dt.date) -> list[Busy]:
        """What is taken on the day of this turn; who writes changes it."""
        if turn.busy is None:
            turn.busy = await self._schedule.taken(day)
        return turn.busy

    async def _set_state(self, appointment_id: str, state: str) -> Facts:
        resource, known = await self._register.find(appointment_id)
        if known.state == state:
            return self._told(known)
        self._check_standing(known)
        text = events.changed(resource, self._now(), state=state)
        await self._register.replace(resource, text)
        return self._told(replace(known, state=state))

    def _check_standing(self, known: Appointment) -> None:
        if known.cancelled:
            raise Refused("That appointment was cancelled.")
        if known.start <= self._now():
            raise Refused("That appointment is already past.")
        if known.repeats:
            raise Refused("That appointment repeats, and cannot be changed on the telephone.")

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


def _put(taken: list[Busy], written: Busy) -> None:
    """What was written takes its time now, and not the one that it took before."""
    taken[:] = [each for each in taken if each.uid != written.uid]
    taken.append(written)


def _number_of(known: Appointment, phone: str | None) -> Facts:
    """The number that the appointment is under."""
    number = phone if phone and is_of(known, phone) else known.phone
    return {"phone": number} if number else {}
