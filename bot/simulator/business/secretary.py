"""Who writes in the sample business's diary: says yes, or why not and what instead."""

import datetime as dt
from dataclasses import asdict, dataclass
from typing import Any

from bot.simulator.business import seed
from bot.simulator.business.diary import REPORT, Diary, DiaryReply, refusal

FURTHEST_DAYS = 365
NEARBY_MINUTES = 120
MAX_ALTERNATIVES = 3


@dataclass(frozen=True, kw_only=True)
class Booking:
    """What a customer asks for: a table when a party is named, else a patient's appointment."""

    name: str
    day: dt.date
    time: str  # "19:45"
    party: int | None = None
    phone: str | None = None
    notes: str | None = None

    @property
    def desk(self) -> str:
        return seed.CLINIC if self.party is None else seed.RESTAURANT

    def told(self) -> dict[str, Any]:
        """As JSON, without what was left out."""
        given = {name: value for name, value in asdict(self).items() if value is not None}
        return given | {"day": self.day.isoformat()}


class Secretary:
    """Decides what is written. The same key gets the same reply, and is acted on once."""

    def __init__(self, diary: Diary, today: dt.date) -> None:
        self._diary = diary
        self._today = today  # of the business's own clock

    async def hold(self, day: dt.date, time: str, party: int | None, holder: str) -> DiaryReply:
        """Keeps the slot for a caller who considers it, or says why not."""
        desk = seed.CLINIC if party is None else seed.RESTAURANT
        slot = {"day": day.isoformat(), "time": time}

        async def free() -> DiaryReply:
            objection = await self._objection(desk, day, time, holder, party)
            held = {"held": True, "desk": desk, **slot, "minutes": seed.HOLD_MINUTES}
            return objection or DiaryReply(status=201, body=held)

        return await self._diary.hold(holder, desk, slot, free)

    async def book(self, booking: Booking, key: str, holder: str = "") -> DiaryReply:
        """Takes the slot, or says why not. What the holder held is free for it."""

        async def decide() -> DiaryReply:
            objection = await self._objection(
                booking.desk, booking.day, booking.time, holder, booking.party
            )
            if objection is not None:
                return objection
            await self._diary.let_go(holder)
            slot = asdict(booking) | {"day": booking.day.isoformat()}
            number = await self._diary.add(booking.desk, slot)
            return DiaryReply(
                status=201, body={"id": number, "desk": booking.desk, **booking.told()}
            )

        return await self._diary.once(key, "/appointments", booking.told(), decide)

    async def confirm(self, number: str, key: str) -> DiaryReply:
        """Notes that they will come."""

        async def decide() -> DiaryReply:
            known = await self._diary.appointment(number)
            if known is None:
                return _UNKNOWN
            if not known["standing"]:
                return refusal(409, _no_longer(known))
            return DiaryReply(
                status=200, body=await self._diary.change(known["id"], state="confirmed")
            )

        return await self._diary.once(key, f"/appointments/{number}/confirm", {}, decide)

    async def cancel(self, number: str, key: str) -> DiaryReply:
        """Takes it out of the diary; also one that is out of it already."""

        async def decide() -> DiaryReply:
            known = await self._diary.appointment(number)
            if known is None:
                return _UNKNOWN
            if known["state"] != "cancelled" and not known["standing"]:
                return refusal(409, _no_longer(known))
            return DiaryReply(
                status=200, body=await self._diary.change(known["id"], state="cancelled")
            )

        return await self._diary.once(key, f"/appointments/{number}/cancel", {}, decide)

    async def reschedule(
        self, number: str, day: dt.date, time: str, key: str, holder: str = ""
    ) -> DiaryReply:
        """Moves it to a free slot of the same desk, or leaves it where it is and says why."""
        slot = {"day": day.isoformat(), "time": time}

        async def decide() -> DiaryReply:
            known = await self._diary.appointment(number)
            if known is None:
                return _UNKNOWN
            if not known["standing"]:
                return refusal(409, _no_longer(known))
            moves = (known["day"], known["time"]) != (slot["day"], time)
            objection = await self._objection(known["desk"], day, time, holder) if moves else None
            if objection is not None:
                return objection
            await self._diary.let_go(holder)
            changed = await self._diary.change(known["id"], state="booked", **slot)
            return DiaryReply(status=200, body=changed)

        return await self._diary.once(key, f"/appointments/{number}/reschedule", slot, decide)

    async def report(self, disposition: dict[str, Any], key: str) -> DiaryReply:
        """Notes what became of a call."""

        async def decide() -> DiaryReply:
            return DiaryReply(status=201, body={"recorded": True})

        return await self._diary.once(key, REPORT, disposition, decide)

    async def _objection(
        self, desk: str, day: dt.date, time: str, holder: str, party: int | None = None
    ) -> DiaryReply | None:
        """Why this slot cannot be taken, perhaps with others; None when it can."""
        if (party or 0) > seed.MAX_PARTY:
            return refusal(422, f"We seat parties of up to {seed.MAX_PARTY}.")
        if self._diary.past(day, time):
            return refusal(422, "That time is already past.")
        if day > self._today + dt.timedelta(days=FURTHEST_DAYS):
            return refusal(422, "We book at most a year ahead.")
        if time in await self._diary.free(desk, day, holder=holder):
            return None
        reason = await self._diary.closed(day) or f"{time} is not free on that day."
        return refusal(409, reason, alternatives=await self._alternatives(desk, day, time))

    async def _alternatives(self, desk: str, wished: dt.date, at: str) -> list[dict[str, str]]:
        """The nearest free times within two hours, later ones first; else the next open day's."""

        def apart(time: str) -> tuple[int, bool]:
            minutes = _minutes(time) - _minutes(at)
            return abs(minutes), minutes < 0

        for days in range(8):
            day = wished + dt.timedelta(days=days)
            near = sorted(await self._diary.free(desk, day), key=apart)
            if days == 0:
                near = [time for time in near if apart(time)[0] <= NEARBY_MINUTES]
            if near:
                told = {"day": day.isoformat()}
                return [told | {"time": time} for time in near[:MAX_ALTERNATIVES]]
        return []


_UNKNOWN = refusal(404, "There is no such appointment.")


def _no_longer(known: dict[str, Any]) -> str:
    cancelled = known["state"] == "cancelled"
    return "That appointment was cancelled." if cancelled else "That appointment is already past."


def _minutes(time: str) -> int:
    return int(time[:2]) * 60 + int(time[3:])
