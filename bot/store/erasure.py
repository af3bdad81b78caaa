"""Taking what is personal out of what is stored."""

from typing import Any

from sqlalchemy import ColumnElement, case, null, or_, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.clock import utcnow
from bot.same_number import canonical, spellings
from bot.store.batch_tables import attempts, contacts, suppressions, taken_back
from bot.store.desk_tables import blocked, messages, texts
from bot.store.tables import calls, tool_calls, turns

_BLANKS: tuple[tuple[ColumnElement[bool], dict[str, Any]], ...] = (
    (calls.c.outcome_result.is_not(None), {"outcome_summary": "", "outcome_fields": {}}),
    (calls.c.transfer_at.is_not(None), {"transfer_reason": ""}),
)


async def erase_calls_with(connection: AsyncConnection, number: str) -> int:
    """Erases the personal data of all calls from or to `number`; returns how many they were.

    The number of our own side stays, and all that is only counted: times, status, result and
    reason of the outcome, latencies, usage, cost, names of tools and whether they worked; and
    the key, so that an order that was carried out is not carried out again.
    """
    written = spellings(number)
    with_number = or_(calls.c.from_number.in_(written), calls.c.to_number.in_(written))
    ids = select(calls.c.id).where(with_number)
    await connection.execute(ids.with_for_update())  # whoever writes of them is awaited, or waits
    await connection.execute(update(turns).where(turns.c.call_id.in_(ids)).values(text=""))
    await connection.execute(
        update(tool_calls).where(tool_calls.c.call_id.in_(ids)).values(arguments={}, result=None)
    )
    for present, blanks in _BLANKS:
        await connection.execute(update(calls).where(with_number, present).values(blanks))
    numbers = ("from_number", "to_number", "transfer_target")
    without = {
        name: case((calls.c[name].in_(written), ""), else_=calls.c[name]) for name in numbers
    }
    erased = await connection.execute(
        update(calls).where(with_number).values(request={}, machine=null(), **without)
    )
    return erased.rowcount


async def erase_contacts_with(connection: AsyncConnection, number: str) -> int:
    """Erases the personal data of all contacts of batches with `number`; returns how many.

    Who still waits is cancelled, and so is who was about to be called: there is nobody left to be
    called, and attempts that are only planned end here. What may be a call already goes on. State,
    times, dispositions and counts stay; so do where consent came from, which names nobody, and
    what the gate decided. A suppression stays, for the number must not be called again, but
    without the words it came with.
    """
    written = spellings(number)
    theirs = contacts.c.number.in_(written)
    of_number = attempts.c.number.in_(written)
    planned = of_number & (attempts.c.state == "planned")
    ending = update(attempts).where(planned).values(state="ended", ended_at=utcnow())
    ended = await connection.execute(ending.returning(attempts.c.contact_id))
    await connection.execute(update(attempts).where(of_number).values(number="", detail={}))
    uncalled = (contacts.c.state == "waiting") | contacts.c.id.in_(list(ended.scalars()))
    of_them = update(contacts).where(theirs, uncalled)
    await connection.execute(of_them.values(state="cancelled", due_at=None))
    blank = {"number": "", "name": "", "variables": {}, "appointments": [], "detail": {}}
    erased = await connection.execute(
        update(contacts).where(theirs).values(zone="", region="", visits=[], **blank)
    )
    listed = suppressions.c.number.in_(written)
    await connection.execute(update(suppressions).where(listed).values(note=""))
    was_listed = taken_back.c.number.in_(written)
    await connection.execute(
        update(taken_back).where(was_listed).values(number="", note="", consent="")
    )
    return erased.rowcount


async def erase_desk_with(connection: AsyncConnection, number: str) -> int:
    """Erases the messages left from or about `number`, or in calls with it, and the texts to and
    from it; returns how many both are.

    When they were taken, how urgent they were and whether they arrived stays; nobody is reminded of
    an erased message. A block of the number stays, without the words it came with. Run it before
    the calls are erased: it finds their messages by the number.
    """
    written = spellings(number)
    with_number = or_(calls.c.from_number.in_(written), calls.c.to_number.in_(written))
    theirs = or_(
        messages.c.number.in_(written),
        messages.c.caller_number.in_(written),
        messages.c.call_id.in_(select(calls.c.id).where(with_number)),
    )
    blank = {"name": "", "number": "", "caller_number": "", "reason": "", "next_at": None}
    of_messages = await connection.execute(update(messages).where(theirs).values(blank))
    await connection.execute(
        update(blocked).where(blocked.c.pattern == canonical(number)).values(note="")
    )
    to_or_from = update(texts).where(texts.c.number.in_(written))
    of_texts = await connection.execute(to_or_from.values(number="", body=""))
    return of_messages.rowcount + of_texts.rowcount
