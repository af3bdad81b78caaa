"""Appointments and tables: what is free, holding and taking it, and finding one's own again.

An appointment may be changed by whom the call is about (`tools.reminders`), by the caller who has
booked it in this very call, and by a caller who shows that it is theirs: the name fits, and either
they call from its number or they know its reference. The number that a caller is seen with can be
faked, a name can be known: neither is enough by itself.
"""

from collections.abc import Iterable, Mapping
from typing import Annotated, Any

from pydantic import Field

from tools.names import may_be_one
from tools.ports import Facts, NotFound
from tools.tool import Theirs, ToolAnswer, ToolCall, covers, records
from tools.values import Day, TimeOfDay

Party = Annotated[int, Field(ge=1, le=100)]


async def find_slots(
    call: ToolCall,
    *,
    day: Annotated[Day, "The day, like 2026-11-24."],
    from_time: Annotated[TimeOfDay | None, "Not earlier than this, 24-hour, like 19:00."] = None,
    to_time: Annotated[TimeOfDay | None, "Not later than this, 24-hour, like 21:00."] = None,
    party: Annotated[Party | None, "How many people, for a table; else leave out."] = None,
) -> ToolAnswer:
    """Looks up which appointments or tables are free on a day. It books nothing."""
    return ToolAnswer(output=await call.business.find_slots(day, from_time, to_time, party))


@covers("held")
async def hold_slot(
    call: ToolCall,
    *,
    day: Annotated[Day, "The day, like 2026-11-24."],
    time: Annotated[TimeOfDay, "The time of day, 24-hour, like 19:45."],
    party: Annotated[Party | None, "How many people, for a table; else leave out."] = None,
) -> ToolAnswer:
    """Keeps a time for the caller for some minutes while they give their name and confirm. Call it
    as soon as they have chosen one. It books nothing: book_appointment does.
    """
    try:
        held = await call.business.hold_slot(day=day, time=time, party=party, holder=call.holder)
    except NotFound:
        return ToolAnswer.failure(
            "not_held",
            "It is not held for them. Go on, and book it as soon as they have confirmed.",
        )
    return ToolAnswer(output=held)


@covers("booked", "held", "standing", "confirmed")
@records("name", "day", "time", "party")
async def book_appointment(
    call: ToolCall,
    *,
    name: Annotated[str, Field(min_length=1, max_length=80), "The name the booking is under."],
    day: Annotated[Day, "The day, like 2026-11-24."],
    time: Annotated[TimeOfDay, "The time of day, 24-hour, like 19:45."],
    party: Annotated[Party | None, "How many people, for a table; else leave out."] = None,
    phone: Annotated[
        str | None, Field(max_length=32), "A number to call back, if the caller gave one."
    ] = None,
    notes: Annotated[
        str | None, Field(max_length=500), "Wishes of the caller, in a few words."
    ] = None,
) -> ToolAnswer:
    """Books an appointment or a table. Call it only when the caller has agreed to the day and
    the time and has given a name. It is booked only if the answer says so.
    """
    appointment = await call.business.book_appointment(
        name=name,
        day=day,
        time=time,
        party=party,
        phone=phone or call.caller or None,
        notes=notes,
        holder=call.holder,
        idempotency_key=call.idempotency_key,
    )
    call.theirs.searched = True
    output: Facts = {"booked": True, "appointment": appointment}
    if isinstance(which := appointment.get("id"), str):
        output["which"] = _theirs(call, which)
    return ToolAnswer(output=output)


@covers("standing", "confirmed")
async def find_appointments(
    call: ToolCall,
    *,
    name: Annotated[
        str, Field(min_length=1, max_length=80), "The name the booking is under, as they said it."
    ],
    reference: Annotated[
        str | None, Field(max_length=64), "The number or reference of the booking, if they have it."
    ] = None,
) -> ToolAnswer:
    """Finds the coming appointments of the caller, for them to be moved or cancelled. Ask for the
    name first.
    """
    if call.theirs.misses >= MOST_MISSES:
        return _not_theirs()
    if reference is None and not call.caller:
        return ToolAnswer.failure(
            "reference_needed",
            "Their number is withheld. Ask for the reference of the booking; without one, offer "
            "to put them through to a person.",
        )
    try:
        found = await call.business.find_appointments(None if reference else call.caller, reference)
    except NotFound:
        found = {}
    told = [each for each in found.get("appointments") or () if _fits(each, name)]
    if not told:
        call.theirs.misses += 1
        return _not_theirs()
    shown = [
        {key: value for key, value in each.items() if key != "phone"}
        | {"which": _theirs(call, each["id"])}
        for each in told
    ]
    return ToolAnswer(output={"appointments": shown})


MOST_MISSES = 4  # in one call: then only a person finds out whose it is


def _fits(appointment: Any, name: str) -> bool:
    return (
        isinstance(appointment, dict)
        and isinstance(appointment.get("id"), str)
        and may_be_one(name, str(appointment.get("name") or ""))
    )


def _not_theirs() -> ToolAnswer:
    """The same words for what there is not and for what is somebody else's."""
    return ToolAnswer.failure(
        "not_found",
        "Nothing was found for this name with the number they call from, or with that reference. "
        "Ask for the name and the reference once more; if that does not help, offer to put them "
        "through to a person.",
    )


def _theirs(call: ToolCall, which: str) -> int:
    """Notes that this one is theirs; the place by which they name it, see `appointments_of`."""
    call.theirs.add(which)
    return appointments_of(call).index(which) + 1


def theirs_before(done: Iterable[tuple[str, Mapping[str, Any]]]) -> Theirs:
    """What was shown to be theirs earlier in a call, by the names and the answers of its tools."""
    theirs = Theirs()
    for name, answer in done:
        if name not in (find_appointments.__name__, book_appointment.__name__):
            continue
        theirs.searched = True
        for each in (answer.get("appointment"), *(answer.get("appointments") or ())):
            if isinstance(each, dict) and isinstance(each.get("id"), str):
                theirs.add(each["id"])
    return theirs


def appointments_of(call: ToolCall) -> list[str]:
    """Ids at the business: those the call is about, then those that were shown to be theirs."""
    about = (each.strip() for each in call.variables.get("appointments", "").split(","))
    return list(dict.fromkeys([*(each for each in about if each), *call.theirs.ids]))
