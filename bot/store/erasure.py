"""Taking what is personal out of stored calls."""

from typing import Any

from sqlalchemy import ColumnElement, case, or_, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.store.tables import calls, tool_calls, turns

_BLANKS: tuple[tuple[ColumnElement[bool], dict[str, Any]], ...] = (
    (calls.c.outcome_result.is_not(None), {"outcome_summary": "", "outcome_fields": {}}),
    (calls.c.transfer_at.is_not(None), {"transfer_reason": ""}),
)


async def erase_calls_with(connection: AsyncConnection, number: str) -> int:
    """Erases the personal data of all calls from or to `number`; returns how many they were.

    The number of our own side stays, and all that is only counted: times, status, result and
    reason of the outcome, latencies, usage, cost, names of tools and whether they worked.
    """
    with_number = or_(calls.c.from_number == number, calls.c.to_number == number)
    ids = select(calls.c.id).where(with_number)
    await connection.execute(update(turns).where(turns.c.call_id.in_(ids)).values(text=""))
    await connection.execute(
        update(tool_calls).where(tool_calls.c.call_id.in_(ids)).values(arguments={}, result=None)
    )
    for present, blanks in _BLANKS:
        await connection.execute(update(calls).where(with_number, present).values(blanks))
    numbers = ("from_number", "to_number", "transfer_target")
    without = {name: case((calls.c[name] == number, ""), else_=calls.c[name]) for name in numbers}
    erased = await connection.execute(
        update(calls).where(with_number).values(request={}, **without)
    )
    return erased.rowcount
