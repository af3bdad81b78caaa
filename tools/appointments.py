"""Appointments and tables: what is free, and taking it."""

from typing import Annotated

from pydantic import Field

from tools.tool import ToolAnswer, ToolCall, records
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
        phone=phone,
        notes=notes,
        idempotency_key=call.idempotency_key,
    )
    return ToolAnswer(output={"booked": True, "appointment": appointment})
