"""What is kept for a time only: found by its age, and emptied of what is personal.

What can be counted stays, as when a number is erased (`bot/store/erasure.py`).
"""

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any, Literal

from sqlalchemy import ColumnElement, Select, and_, case, func, literal, null, or_, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.store.batch_tables import attempts, batches, contacts
from bot.store.database import Database
from bot.store.desk_tables import messages, recordings, texts
from bot.store.recordings import RecordingStore
from bot.store.tables import calls, tool_calls, turns

Kept = Literal["calls", "recordings", "messages", "texts", "batches"]
AT_ONCE = 200  # rows in one transaction: calls that write meanwhile wait for some hundredths


class Retention:
    """Finds and empties what is older than it may be. Each method is one short transaction."""

    def __init__(self, database: Database, of_recordings: RecordingStore) -> None:
        self._database = database
        self._recordings = of_recordings

    async def count(self, kind: Kept, *, before: datetime) -> int:
        """How many of this kind are older than this moment, and not empty."""

        async def count(connection: AsyncConnection) -> int:
            found = _old(kind, before).subquery()
            return (await connection.execute(select(func.count()).select_from(found))).scalar_one()

        return await self._database.read("count what is old", count)

    async def empty(self, kind: Kept, *, before: datetime, at: datetime) -> int:
        """Empties some of them, `AT_ONCE` at most; how many. Recordings are to be deleted."""

        async def empty(connection: AsyncConnection) -> int:
            found = _old(kind, before).limit(AT_ONCE)
            ids: list[str] = [row[0] for row in (await connection.execute(found)).all()]
            if kind == "recordings":
                await self._recordings.unwant(connection, ids, at)
            elif ids:
                for statement in _EMPTY[kind](ids):
                    await connection.execute(statement)
            return len(ids)

        return await self._database.write("empty what is old", empty)


def _old(kind: Kept, before: datetime) -> "Select[str]":
    """The ids of those that are over, older than this, and hold something personal."""
    match kind:
        case "calls":
            full = or_(calls.c.from_number != "", calls.c.to_number != "")
            unlike = _other_party() != literal("")
            return select(calls.c.id).where(calls.c.ended_at < before, full, unlike)
        case "recordings":
            over = and_(recordings.c.wanted, recordings.c.move != "going")
            return select(recordings.c.id).where(recordings.c.made_at < before, over)
        case "messages":
            full = or_(messages.c.reason != "", messages.c.name != "", messages.c.number != "")
            return select(messages.c.id).where(messages.c.taken_at < before, full)
        case "texts":
            full = or_(texts.c.body != "", texts.c.number != "")
            return select(texts.c.id).where(texts.c.made_at < before, full)
        case "batches":
            these = select(batches.c.id).where(
                batches.c.state.in_(("cancelled", "done")), batches.c.ended_at < before
            )
            return select(contacts.c.id).where(
                contacts.c.batch_id.in_(these), contacts.c.number != ""
            )


def _other_party() -> ColumnElement[str]:
    return case((calls.c.direction == "inbound", calls.c.from_number), else_=calls.c.to_number)


def _of_calls(ids: Sequence[str]) -> list[Any]:
    """Words, facts, and the number of the other side; ours stays."""
    inbound = calls.c.direction == "inbound"
    these = update(calls).where(calls.c.id.in_(ids))
    return [
        update(turns).where(turns.c.call_id.in_(ids)).values(text=""),
        update(tool_calls).where(tool_calls.c.call_id.in_(ids)).values(arguments={}, result=None),
        these.where(calls.c.outcome_result.is_not(None)).values(
            outcome_summary="", outcome_fields={}
        ),
        these.where(calls.c.transfer_at.is_not(None)).values(transfer_reason=""),
        these.values(
            request={},
            machine=null(),
            from_number=case((inbound, ""), else_=calls.c.from_number),
            to_number=case((inbound, calls.c.to_number), else_=""),
        ),
    ]


def _of_messages(ids: Sequence[str]) -> list[Any]:
    blank = {"name": "", "number": "", "caller_number": "", "reason": "", "next_at": None}
    return [update(messages).where(messages.c.id.in_(ids)).values(blank)]


def _of_texts(ids: Sequence[str]) -> list[Any]:
    return [update(texts).where(texts.c.id.in_(ids)).values(number="", body="")]


def _of_contacts(ids: Sequence[str]) -> list[Any]:
    """Of batches that are over: nobody is called any more."""
    blank = {"number": "", "name": "", "variables": {}, "appointments": [], "detail": {}}
    return [
        update(attempts).where(attempts.c.contact_id.in_(ids)).values(number="", detail={}),
        update(contacts)
        .where(contacts.c.id.in_(ids))
        .values(zone="", region="", visits=[], **blank),
    ]


_EMPTY: dict[str, Callable[[Sequence[str]], list[Any]]] = {
    "calls": _of_calls,
    "messages": _of_messages,
    "texts": _of_texts,
    "batches": _of_contacts,
}
