"""The store: calls, what was said in them, how they ended; and the ways to what else is kept."""

from collections.abc import Callable, Collection, Mapping
from datetime import datetime
from typing import Any, Unpack

from sqlalchemy import case, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.clock import utcnow
from bot.store.agent_versions import AgentVersions
from bot.store.announcing import (
    event_of_change,
    event_of_step,
    event_of_tool_call,
    events_of_dialled,
    occasion_of,
)
from bot.store.audit import AuditLog
from bot.store.batches import BatchStore
from bot.store.block_list import BlockList
from bot.store.call_holders import CallHolders
from bot.store.call_query import NAMED, matching_calls
from bot.store.call_search import CallSearch
from bot.store.call_writer import CHANGES, FACTS, CallWriter, refuse_unknown
from bot.store.console_users import ConsoleUsers
from bot.store.database import Database
from bot.store.engine import is_sqlite, make_engine, read_url
from bot.store.erasure import erase_calls_with, erase_contacts_with, erase_desk_with
from bot.store.faults import opening
from bot.store.fleet import Fleet
from bot.store.knowledge import KnowledgeStore
from bot.store.ledger import Ledger
from bot.store.letters import Letters
from bot.store.loading import load_calls, older_than
from bot.store.messages import MessageStore
from bot.store.notices import NoticeStore
from bot.store.other_contacts import OtherContacts
from bot.store.outbox import OutboxStore
from bot.store.processes import Processes
from bot.store.recordings import RecordingStore
from bot.store.records import (
    CallChanges,
    CallFacts,
    CallRecord,
    Dialled,
    Direction,
    Outcome,
    ToolCallRecord,
    TurnRecord,
)
from bot.store.retention import Retention
from bot.store.ring_backs import RingBackStore
from bot.store.rows import call_columns, child_columns
from bot.store.schema import migrate, require_current
from bot.store.statuses import TERMINAL_STATUSES
from bot.store.suppressions import Suppressions
from bot.store.tables import calls, tool_calls, turns
from bot.store.texts import TextStore
from bot.store.totals import Totals

STATEMENT_SECS = 5.0  # how long one statement may wait; our own take milliseconds


class Store:
    """One database, open. All methods may be called from many tasks at once.

    Each method is one short transaction that is on disk when the method returns. A write that
    was asked for is finished even when its task is cancelled meanwhile. Whatever the database
    does wrong is a `StoreError`.
    """

    def __init__(self, database: Database) -> None:
        self._database = database
        self.batches = BatchStore(database)
        self.ledger = Ledger(database)
        self.suppressions = Suppressions(database)
        self.fleet = Fleet(database)
        self.notices = NoticeStore(database)
        self.ring_backs = RingBackStore(database)
        self.other_contacts = OtherContacts(database)
        self.totals = Totals(database)
        self.agent_versions = AgentVersions(database)
        self.outbox = OutboxStore(database)
        self._calls = CallWriter(database, self.outbox)
        self.messages = MessageStore(database, self.outbox)
        self.texts = TextStore(database, self.outbox)
        self.block_list = BlockList(database)
        self.knowledge = KnowledgeStore(database)
        self.recordings = RecordingStore(database, self.outbox)
        self.retention = Retention(database, self.recordings)
        self.console_users = ConsoleUsers(database)
        self.audit = AuditLog(database)
        self.search = CallSearch(database)
        self.holders = CallHolders(database)
        self.processes = Processes(database)
        self.letters = Letters(database)

    @classmethod
    async def open(cls, database_url: str) -> "Store":
        """Opens sqlite:///path, postgres://, postgresql://, each with or without our driver.

        A SQLite file and its folder are created and migrated as needed; a PostgreSQL database
        must have been migrated before. Raises `StoreError`, never with the password in it.
        """
        url = read_url(database_url)
        if is_sqlite(url):
            await migrate(database_url)
        with opening(url):
            engine = make_engine(url, wait_secs=STATEMENT_SECS)
            try:
                async with engine.connect() as connection:
                    await connection.run_sync(require_current)
            except BaseException:
                await engine.dispose()
                raise
        return cls(Database(engine))

    async def close(self) -> None:
        """Waits for what is under way, then lets go of the database."""
        await self._database.close()

    async def ping(self) -> None:
        """Returns when the database answers."""

        async def look(connection: AsyncConnection) -> None:
            await connection.execute(select(calls.c.id).limit(1))

        await self._database.read("reach the database", look)

    @property
    def can_listen(self) -> bool:
        """The database tells its processes of letters: it is PostgreSQL."""
        return not self._database.sqlite

    async def listen(self, name: str, hear: Callable[[], None]) -> None:
        """See `Database.listen`."""
        await self._database.listen(name, hear)

    async def add_call(self, call: CallRecord) -> None:
        """Stores a new call; its id and call_sid must be new too.

        Raises KeyTaken when a call with its key is stored, by whatever process.
        """
        await self._calls.add(call)

    async def set_call(self, call_id: str, **changes: Unpack[CallChanges]) -> bool:
        """Changes what is known of a call; true when a call was changed.

        The status only moves forward: a step back, or out of a terminal one, leaves it as it is.
        The ending is set by `end_call` alone.
        """
        refuse_unknown(changes, CHANGES)
        if not changes:
            return False
        event = event_of_change(changes)
        return await self._calls.update("change a call", call_id, changes, event=event)

    async def end_call(
        self,
        call_id: str,
        *,
        status: str,
        outcome: Outcome,
        ended_at: datetime,
        **facts: Unpack[CallFacts],
    ) -> bool:
        """Ends a call that is open; true when this was the ending, false when it came too late.

        The first ending wins and is never changed; of a later one nothing is stored, `facts`
        included. A terminal status the carrier has reported before stays.
        """
        if status not in TERMINAL_STATUSES:
            raise ValueError(f"{status!r} does not end a call: use a terminal status")
        refuse_unknown(facts, FACTS)
        changes = {"status": status, "outcome": outcome, "ended_at": ended_at, **facts}
        return await self._calls.update(
            "end a call", call_id, changes, open_only=True, event="call.ended"
        )

    async def sum_up_call(
        self, call_id: str, *, summary: str, fields: Mapping[str, Any], **facts: Unpack[CallFacts]
    ) -> bool:
        """Adds what an ended call was about to its outcome; true when such a call is stored."""
        refuse_unknown(facts, FACTS)
        changes = {"outcome_summary": summary, "outcome_fields": dict(fields), **facts}
        return await self._calls.update("sum up a call", call_id, changes)

    async def end_transfer(self, call_id: str, dialled: Dialled) -> bool:
        """Notes how dialling a person for the caller ended; true when the call is stored.

        A call that ended as `transferred` was, or was not: then it is `completed`, for the
        conversation came to its end.
        """
        columns = call_columns({"dialled": dialled})
        statement = update(calls).where(calls.c.id == call_id).values(columns)
        if dialled.outcome != "answered":
            result = calls.c.outcome_result
            mended = case((result == "transferred", "completed"), else_=result)
            statement = statement.values(outcome_result=mended)

        async def note(connection: AsyncConnection) -> bool:
            if (await connection.execute(statement)).rowcount == 0:
                return False
            which = select(calls.c.transfer_at).where(calls.c.id == call_id)
            begun = (await connection.execute(which)).scalar_one()
            for event in events_of_dialled(dialled):
                await self.outbox.announce(
                    connection, event, call_id, at=utcnow(), occasion=occasion_of(begun)
                )
            return True

        return await self._database.write("note how a transfer went", note)

    async def add_transfer_step(self, call_id: str, *, step: str, to: str, at: datetime) -> bool:
        """Notes what has happened in putting a caller through (`announcing.STEPS`); true when the
        call is stored. `to`: one of the agent's people; empty: the human of the line.
        """
        which = calls.c.id == call_id
        known = select(calls.c.transfer_steps, calls.c.transfer_at).where(which).with_for_update()

        async def add(connection: AsyncConnection) -> bool:
            row = (await connection.execute(known)).first()
            if row is None:
                return False
            known_steps, new = row[0] or [], {"at": at.isoformat(), "step": step, "to": to}
            if known_steps[-1:] == [new]:
                return True  # written by a try whose answer was lost
            steps = [*known_steps, new]
            await connection.execute(update(calls).where(which).values(transfer_steps=steps))
            if event := event_of_step(step):
                begun = occasion_of(row[1])
                occasion = begun if step == "answered" else f"{begun}.{len(steps)}"
                await self.outbox.announce(connection, event, call_id, at=at, occasion=occasion)
            return True

        return await self._database.write("note a step of a transfer", add)

    async def put_turn(self, call_id: str, turn: TurnRecord) -> None:
        """Stores a turn, in place of the one with the same key if there is one."""
        await self._calls.put("store a turn", turns, call_id, child_columns(call_id, turn))

    async def put_tool_call(self, call_id: str, tool_call: ToolCallRecord) -> None:
        """Stores a tool call, in place of the one with the same key if there is one."""
        await self._calls.put(
            "store a tool call",
            tool_calls,
            call_id,
            child_columns(call_id, tool_call),
            event=event_of_tool_call(tool_call),
        )

    async def get_call(self, id_or_sid: str) -> CallRecord | None:
        """The whole call with this id, ours or the carrier's."""

        async def get(connection: AsyncConnection) -> list[CallRecord]:
            return await load_calls(connection, NAMED, whole=True, named=id_or_sid)

        found = await self._database.read("read a call", get)
        return found[0] if found else None

    async def get_call_of_key(self, key: str) -> CallRecord | None:
        """The call that was ordered with this key, without its turns and tool calls."""

        async def get(connection: AsyncConnection) -> list[CallRecord]:
            return await load_calls(
                connection, select(calls).where(calls.c.key == key), whole=False
            )

        found = await self._database.read("read a call", get)
        return found[0] if found else None

    async def calls_with_ids(self, ids: Collection[str]) -> list[CallRecord]:
        """Those of these calls (at most 1000) that are stored, without turns and tool calls."""
        query = select(calls).where(calls.c.id.in_(ids))

        async def find(connection: AsyncConnection) -> list[CallRecord]:
            return await load_calls(connection, query, whole=False)

        return await self._database.read("read calls", find)

    async def find_calls(
        self,
        *,
        status: str | None = None,
        agent: str | None = None,
        direction: Direction | None = None,
        number: str | None = None,
        since: datetime | None = None,
        until: datetime | None = None,
        limit: int = 50,
        before: str | None = None,
        open_only: bool = False,
        whole: bool = False,
    ) -> list[CallRecord]:
        """Calls that match all that is given, newest first, `limit` (at most 1000) of them.

        `number` is either side's; `since` is included, `until` is not, and both are about the
        start. For the next page pass the last call's id as `before`: an id that is not stored
        gives no calls. `open_only` leaves out calls that have ended. Turns and tool calls are
        loaded if `whole`.
        """
        query = matching_calls(
            status=status,
            agent=agent,
            direction=direction,
            number=number,
            since=since,
            until=until,
            limit=limit,
            open_only=open_only,
        )

        async def find(connection: AsyncConnection) -> list[CallRecord]:
            if before is None:
                return await load_calls(connection, query, whole=whole)
            older = await older_than(connection, query, before)
            return [] if older is None else await load_calls(connection, older, whole=whole)

        return await self._database.read("find calls", find)

    async def erase_number(self, number: str) -> int:
        """Erases what is personal in all calls from or to this number, in the contacts of batches
        that have it, and in messages and texts with it; returns how many calls. Their recordings
        are deleted, here and at the carrier, by whatever process serves next.

        Gone are the number, what was said, the request with its public and private variables,
        arguments and results of tools, the summary and fields of the outcome, the words of a
        transfer, and what was heard of a machine; of contacts the name, variables, appointments,
        place and details. What can be counted stays. A contact that waited to be called is
        cancelled. Of a call that is still going on, what is written later is kept without that.

        A suppression of the number stays, without the words it came with: it is there so that
        nobody calls again, and without the number nobody could know whom not to call.
        """
        if not number:
            raise ValueError("there is no number to erase: give one")

        async def erase(connection: AsyncConnection) -> tuple[int, int, int]:
            of_contacts = await erase_contacts_with(connection, number)
            of_desk = await erase_desk_with(connection, number)
            of_desk += await self.recordings.erase_with(connection, number)
            return await erase_calls_with(connection, number), of_contacts, of_desk

        erased = await self._database.write("erase a number", erase)
        if any(erased):
            await self._database.forget_old_pages()
        return erased[0]
