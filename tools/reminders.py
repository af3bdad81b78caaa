"""A reminder: who is on the line, and what they want done about their appointments.

Which appointments a call is about stands in its variable `appointments`, ids at the business with
commas between them; the model never names one. It learns of them from the answer of
`right_person`, in that order, and says by its place there which one it means. Those that a caller
shows to be theirs, or books, follow in that order (`tools.appointments`). The variable `zone`
(IANA), if there is one, says by which clock the other party lives.
"""

import asyncio
import datetime as dt
import time
from collections.abc import Awaitable, Callable
from typing import Annotated
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import Field

from tools.appointments import appointments_of, book_appointment, find_appointments
from tools.ports import BusinessError, Facts, NotFound, Refused, Unavailable
from tools.tool import ToolAnswer, ToolCall, covers, needs, records
from tools.values import Day, Moment, TimeOfDay

LOOKUP_SECS = 2.0  # within a tool's deadline: whoever is on the line is still known in time
OURS = ("appointments", "zone")  # variables that say nothing to anybody on the line
MAX_APPOINTMENTS = 20  # of one household

Place = Annotated[int, Field(ge=1, le=MAX_APPOINTMENTS)]
Minutes = Annotated[int, Field(ge=1, le=14 * 24 * 60)]
TheOne = Annotated[Place | None, "1 for the first one; may be left out if it is the only one."]


@covers("standing")
async def right_person(call: ToolCall) -> ToolAnswer:
    """Notes that the person you ask for is on the line, and tells you what the call is about.
    Call it as soon as they have said that they are that person, never on a guess.
    """
    ids = _appointments(call)
    looked_up = await asyncio.gather(
        *(_look_up(call, place, which) for place, which in enumerate(ids, start=1))
    )
    details = {name: told for name, told in call.variables.items() if name not in OURS}
    output = {"right_person": True, "details": details, "appointments": looked_up}
    if any("error" in appointment for appointment in looked_up):
        output["say"] = (
            "Not everything could be looked up. Tell them what stands here and no more, and say "
            "that you cannot see the rest right now."
        )
    return ToolAnswer(output=output)


@covers("confirmed", "standing", "booked", "held")
@needs(right_person)
@records("which", about="appointments")
async def confirm_appointment(
    call: ToolCall,
    *,
    which: Annotated[Place | None, "1 for the first one; leave out for all of them."] = None,
) -> ToolAnswer:
    """Notes that they will come. It is noted only if the answer says so."""
    return await _settle(call, which, "confirmed", call.business.confirm_appointment)


@covers("cancelled")
@needs(right_person, find_appointments, book_appointment)
@records("which", about="appointments", undoes=(book_appointment,))
async def cancel_appointment(call: ToolCall, *, which: TheOne = None) -> ToolAnswer:
    """Cancels an appointment. Call it only when they have said that they will not come and want
    no other time. It is cancelled only if the answer says so.
    """
    unclear = _unclear(call, which)
    return unclear or await _settle(call, which, "cancelled", call.business.cancel_appointment)


@covers("moved", "booked", "held", "standing", "confirmed")
@needs(right_person, find_appointments, book_appointment)
@records("day", "time", "which", about="appointments", undoes=(book_appointment,))
async def reschedule_appointment(
    call: ToolCall,
    *,
    day: Annotated[Day, "The new day, like 2026-11-24."],
    time: Annotated[TimeOfDay, "The new time of day, 24-hour, like 19:45."],
    which: TheOne = None,
) -> ToolAnswer:
    """Moves an appointment to another time they have agreed to; find_slots tells what is free.
    It is moved only if the answer says so.
    """
    if unclear := _unclear(call, which):
        return unclear
    ids = _appointments(call)
    if not ids:
        return ToolAnswer.failure(
            "not_possible",
            "It cannot be moved on the phone. Say so, and offer that somebody calls them back.",
        )
    moved = await call.business.reschedule_appointment(
        ids[(which or 1) - 1],
        day=day,
        time=time,
        idempotency_key=call.idempotency_key,
        holder=call.holder,
    )
    return ToolAnswer(output={"rescheduled": True, "appointment": moved})


@covers("message", "booked")
async def call_back_later(
    call: ToolCall,
    *,
    at: Annotated[Moment | None, "Day and time, on their own clock, like 2026-11-24 15:00."] = None,
    in_minutes: Annotated[
        Minutes | None, "In how many minutes, if they say so instead, as in an hour: 60."
    ] = None,
) -> ToolAnswer:
    """Notes that they want to be called at another time; leave the time out if any will do."""
    now = dt.datetime.fromtimestamp(time.time(), dt.UTC)  # as bot/clock.py does: see there
    if in_minutes is not None:
        then = (now + dt.timedelta(minutes=in_minutes)).replace(second=0, microsecond=0)
        return ToolAnswer(output={"noted": True, "at": then.isoformat(timespec="minutes")})
    if at is None:
        return ToolAnswer(output={"noted": True})
    zone = _zone(call.variables.get("zone", ""))
    there = at.replace(tzinfo=zone)
    if (there if zone else there.replace(tzinfo=_LAST)) < now:
        return ToolAnswer.failure("bad_arguments", "That time is past. Ask again when to call.")
    return ToolAnswer(output={"noted": True, "at": there.isoformat(timespec="minutes")})


async def wrong_person(call: ToolCall) -> ToolAnswer:
    """Notes that the person you ask for cannot be reached at this number. Not for somebody who
    can fetch them or take a call from you later.
    """
    return ToolAnswer(output={"noted": True, "say": "Say sorry and take leave. Tell them nothing."})


@covers("removed")
@records()
async def opt_out(
    call: ToolCall,
    *,
    note: Annotated[str | None, Field(max_length=500), "What they said, in a few words."] = None,
    number: Annotated[
        str | None,
        Field(max_length=40),
        "Their telephone number as they said it, in digits; only once the answer asks for it.",
    ] = None,
) -> ToolAnswer:
    """Takes this number off the list for good: nobody will call it again. Call it at once when
    they want no more calls, without asking back.
    """
    await call.contacts.opt_out(note or "", number or "")
    return ToolAnswer(
        output={
            "opted_out": True,
            "say": "Tell them that this number will not be called again. If they want nothing "
            "else, take leave.",
        }
    )


async def another_language(
    call: ToolCall,
    *,
    language: Annotated[str, Field(min_length=2, max_length=40), "Its English name, like Spanish."],
) -> ToolAnswer:
    """Notes that they speak another language than you."""
    return ToolAnswer(
        output={
            "noted": True,
            "say": f"Say that somebody who speaks {language} will call, then take leave.",
        }
    )


_LAST = dt.timezone(-dt.timedelta(hours=12))  # where a day ends last on earth


def _zone(name: str) -> ZoneInfo | None:
    """The callee's; None where the call does not say, or says none that there is."""
    try:
        return ZoneInfo(name) if name else None
    except (ZoneInfoNotFoundError, ValueError):
        return None


def _appointments(call: ToolCall) -> list[str]:
    """Ids at the business; none when the sender's file names none and nothing was found."""
    return appointments_of(call)[:MAX_APPOINTMENTS]


async def _look_up(call: ToolCall, place: int, which: str) -> Facts:
    """An appointment and its place; what stands in its stead where that is not to be had."""
    try:
        async with asyncio.timeout(LOOKUP_SECS):
            return {**await call.business.appointment(which), "which": place}
    except BusinessError as error:
        return {"which": place, "error": error.slug}
    except TimeoutError:
        return {"which": place, "error": "too_slow"}


async def _settle(
    call: ToolCall,
    which: int | None,
    done: str,
    write: Callable[..., Awaitable[Facts]],
) -> ToolAnswer:
    """Writes it for one appointment or for all, each under a key of its own."""
    ids = _appointments(call)
    if which is not None and which > len(ids):
        return _no_such(len(ids))
    places = range(1, len(ids) + 1) if which is None else (which,)
    settled: list[Facts] = []
    refused: list[Facts] = []
    for place in places:
        try:
            facts = await write(ids[place - 1], idempotency_key=f"{call.idempotency_key}-{place}")
            settled.append({**facts, "which": place})
        except (NotFound, Refused) as error:
            refused.append({**error.facts(), "which": place})
        except Unavailable as error:
            raise Unavailable(str(error), maybe_done=error.maybe_done or bool(settled)) from error
    if refused and not settled:
        return ToolAnswer(output=refused[0] | {"not_" + done: refused}, ok=False)
    output: Facts = {done: True, "appointments": settled}
    return ToolAnswer(output=output | ({"not_" + done: refused} if refused else {}))


def _unclear(call: ToolCall, which: int | None) -> ToolAnswer | None:
    """What is answered where it is not said which one is meant, or one that there is not."""
    count = len(_appointments(call))
    if not count and call.theirs.searched:  # nothing is done, and must not be said to be
        return ToolAnswer.failure(
            "not_known",
            "Nothing is done: no appointment of theirs is known here. Find it first; if that does "
            "not help, offer to put them through to a person.",
        )
    if which is None and count > 1:
        return ToolAnswer.failure("which_one", f"There are {count}: say which one is meant.")
    return _no_such(count) if which is not None and which > count else None


def _no_such(count: int) -> ToolAnswer:
    there_are = {0: "There is none", 1: "There is only one"}.get(count, f"There are only {count}")
    return ToolAnswer.failure("bad_arguments", f"{there_are}; see what you were told of them.")
