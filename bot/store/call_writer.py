"""Calls, their turns and their tool calls written down, with the events that others hear of."""

from collections.abc import Mapping
from functools import cache
from typing import Any, get_type_hints

from sqlalchemy import Table, Update, bindparam, case, insert, update
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.clock import utcnow
from bot.store.announcing import occasion_of
from bot.store.database import Database
from bot.store.erased import is_erased, says_something, without_words
from bot.store.errors import KeyTaken
from bot.store.outbox import OutboxStore
from bot.store.records import CallChanges, CallFacts, CallRecord
from bot.store.rows import call_columns, child_columns, new_call_columns
from bot.store.statuses import statuses_before
from bot.store.tables import calls, tool_calls, turns

FACTS = frozenset(get_type_hints(CallFacts))
CHANGES = frozenset(get_type_hints(CallChanges))


class CallWriter:
    """The writes of `Store` that are about calls. `doing` says what for in errors."""

    def __init__(self, database: Database, outbox: OutboxStore) -> None:
        self._database = database
        self._outbox = outbox

    async def add(self, call: CallRecord) -> None:
        """See `Store.add_call`."""
        statuses_before(call.status)  # refuses a word that is no status
        statement = self._database.insert_if_new(calls, unique=calls.c.key)
        columns = new_call_columns(call)

        async def add(connection: AsyncConnection) -> None:
            if (await connection.execute(statement, columns)).rowcount == 0:
                raise KeyTaken("Could not add a call: one with this key is stored")
            for turn in call.turns:
                await connection.execute(insert(turns).values(child_columns(call.id, turn)))
            for tool_call in call.tool_calls:
                row = child_columns(call.id, tool_call)
                await connection.execute(insert(tool_calls).values(row))
            if call.ended_at is None:
                at = call.started_at
                await self._outbox.announce(connection, "call.started", call.id, at=at)

        await self._database.write("add a call", add)

    async def update(
        self,
        doing: str,
        call_id: str,
        changes: Mapping[str, Any],
        *,
        open_only: bool = False,
        event: str | None = None,
    ) -> bool:
        """Sets what is given, and announces the event if the call was changed; true when it was."""
        columns = call_columns(changes)

        async def change(connection: AsyncConnection) -> bool:
            new = await _as_kept(connection, call_id, columns)
            if not new:
                return True  # of an erased call nothing is left to change
            statement = _update_of_call(new.get("status"), open_only)
            values = {name: value for name, value in new.items() if name != "status"}
            changed = await connection.execute(statement, {"the_call": call_id, **values})
            if changed.rowcount and event:
                at, begun = changes.get("ended_at") or utcnow(), changes.get("transfer")
                occasion = occasion_of(begun.at if begun else None)
                await self._outbox.announce(connection, event, call_id, at=at, occasion=occasion)
            return changed.rowcount == 1

        return await self._database.write(doing, change)

    async def put(
        self,
        doing: str,
        table: Table,
        call_id: str,
        columns: dict[str, Any],
        *,
        event: str | None = None,
    ) -> None:
        """A turn or a tool call of the call, in place of the one with its key."""
        statement = self._database.upsert(table, columns)

        async def put(connection: AsyncConnection) -> None:
            await connection.execute(statement, await _as_kept(connection, call_id, columns))
            if event:
                subject = f"{call_id}/{columns['key']}"
                await self._outbox.announce(connection, event, subject, at=utcnow())

        await self._database.write(doing, put)


def refuse_unknown(changes: Mapping[str, Any], known: frozenset[str]) -> None:
    """Raises TypeError: a change of what is not known of calls."""
    unknown = changes.keys() - known
    if unknown:
        raise TypeError(f"a call has no field to change named {', '.join(sorted(unknown))}")


@cache
def _update_of_call(status: str | None, open_only: bool) -> Update:
    """Sets the columns it is given of the call `the_call`; the status only moves forward."""
    statement = update(calls).where(calls.c.id == bindparam("the_call"))
    if open_only:
        statement = statement.where(calls.c.ended_at.is_(None))
    if status is None:
        return statement
    moves = calls.c.status.in_(statuses_before(status))
    return statement.values(status=case((moves, status), else_=calls.c.status))


async def _as_kept(
    connection: AsyncConnection, call_id: str, columns: dict[str, Any]
) -> dict[str, Any]:
    """Without what is personal, if the call has been erased."""
    if says_something(columns) and await is_erased(connection, call_id):
        return without_words(columns)
    return columns
