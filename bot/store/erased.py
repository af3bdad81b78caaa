"""Calls that have been erased while they go on: what is written of them later keeps no words."""

from typing import Any

from sqlalchemy import String, and_, bindparam, cast, or_, select
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.store.tables import calls

# So only erasing leaves a call: the request that it began with names all that can be asked for.
_ERASED = and_(
    cast(calls.c.request, String) == "{}",
    or_(calls.c.from_number == "", calls.c.to_number == ""),
)
_IS_ERASED = select(_ERASED).where(calls.c.id == bindparam("call")).with_for_update(key_share=True)
_KEPT_BLANK = frozenset({"from_number", "to_number", "request"})  # or it would not be erased
_BLANK: dict[str, Any] = {
    "outcome_summary": "",
    "outcome_fields": {},
    "transfer_reason": "",
    "machine": None,
    "text": "",
    "arguments": {},
    "result": None,
}


def says_something(columns: dict[str, Any]) -> bool:
    """Whether a write of these columns of a call, a turn or a tool call may hold what is
    personal.
    """
    return any(name in _BLANK or name in _KEPT_BLANK for name in columns)


async def is_erased(connection: AsyncConnection, call_id: str) -> bool:
    """Whether this call has been erased; that stays so to the end of the transaction."""
    erased: bool | None = (await connection.execute(_IS_ERASED, {"call": call_id})).scalar()
    return bool(erased)


def without_words(columns: dict[str, Any]) -> dict[str, Any]:
    """These columns as they are written of an erased call."""
    return {
        name: _BLANK[name] if name in _BLANK and value is not None else value
        for name, value in columns.items()
        if name not in _KEPT_BLANK
    }
