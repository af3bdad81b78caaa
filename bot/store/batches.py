"""Batches and the people in them."""

from collections.abc import Collection, Iterable
from datetime import datetime
from typing import Any, Unpack

from sqlalchemy import (
    String,
    Update,
    bindparam,
    case,
    cast,
    delete,
    exists,
    false,
    func,
    insert,
    literal,
    or_,
    select,
    update,
)
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.same_number import spellings
from bot.store.batch_records import (
    OVER,
    REFUSED,
    BatchRecord,
    BatchState,
    ContactChanges,
    ContactRecord,
    ContactState,
    Counts,
    Unheard,
)
from bot.store.batch_rows import AT_ONCE, columns_of, record_of, records
from bot.store.batch_tables import UNTOLD, attempts, batches, column_maps, contacts
from bot.store.columns import UtcDateTime
from bot.store.database import Database

# Asked while a phone rings: put together once.
_CALLED_LAST = (
    select(contacts)
    .join(attempts, attempts.c.contact_id == contacts.c.id)
    .where(attempts.c.number.in_(bindparam("written", expanding=True)))
    .where(attempts.c.placed_at.is_not(None))
    .where(attempts.c.placing_at >= bindparam("since", type_=UtcDateTime))
    .order_by(attempts.c.placing_at.desc())
    .limit(1)
)
_DROPPED_AT_ONCE = 5_000
_LONGEST_LINE = 10  # digits


class BatchStore:
    """Batches, their contacts, and the maps of columns of their files.

    Each method is one transaction that is on disk when the method returns. What moves a state
    says from where: it answers false, and changes nothing, when somebody else was faster.
    """

    def __init__(self, database: Database) -> None:
        self._database = database

    async def add(self, batch: BatchRecord, contacts: Iterable[ContactRecord] = ()) -> None:
        """Stores a new batch with its contacts, all or nothing; their ids must be new."""
        rows = [columns_of(contact) for contact in contacts]

        async def add(connection: AsyncConnection) -> None:
            await connection.execute(insert(batches).values(columns_of(batch)))
            await _insert_contacts(connection, rows)

        await self._database.write("add a batch", add)

    async def begin_import(self, batch: BatchRecord) -> None:
        """Stores a new batch as one whose contacts are still to come: see `add_imported`. It is
        there from `end_import` on; until then nobody of it is called.
        """
        row = columns_of(batch) | {"state": "importing", "moved_at": batch.created_at}
        await self._database.change("add a batch", insert(batches), row)

    async def add_imported(
        self, batch_id: str, contacts: Iterable[ContactRecord], *, at: datetime
    ) -> bool:
        """Stores some contacts of a batch that is being imported; false when it is no more."""
        rows = [columns_of(contact) for contact in contacts]
        still = _importing(batch_id).values(moved_at=at)

        async def add(connection: AsyncConnection) -> bool:
            if (await connection.execute(still)).rowcount != 1:
                return False
            await _insert_contacts(connection, rows)
            return True

        return await self._database.write("add contacts", add)

    async def end_import(self, batch_id: str) -> bool:
        """All its contacts are stored: the batch is planned; false when it was dropped."""
        ended = _importing(batch_id).values(state="planned", moved_at=None)
        return await self._database.change("add a batch", ended) == 1

    async def drop_import(self, batch_id: str) -> None:
        """Removes a batch whose import came to no end, and what is stored of it."""
        some = select(contacts.c.id).where(contacts.c.batch_id == batch_id).limit(_DROPPED_AT_ONCE)
        unfinished = exists().where(batches.c.id == batch_id, batches.c.state == "importing")
        statement = delete(contacts).where(contacts.c.id.in_(some), unfinished)
        while await self._database.change("drop an import", statement):
            pass
        gone = delete(batches).where(batches.c.id == batch_id, batches.c.state == "importing")
        await self._database.change("drop an import", gone)

    async def drop_imports(self, *, before: datetime) -> int:
        """Removes those of processes that are gone: nothing was stored of them since `before`."""
        left = batches.c.moved_at < before
        query = select(batches.c.id).where(batches.c.state == "importing", left)

        async def find(connection: AsyncConnection) -> "list[str]":
            return list((await connection.execute(query)).scalars())

        stale = await self._database.read("find imports that came to no end", find)
        for batch_id in stale:
            await self.drop_import(batch_id)
        return len(stale)

    async def last_line(self, batch_id: str) -> int:
        """The highest line of its contacts; 0: it has none."""
        query = select(func.max(contacts.c.line)).where(contacts.c.batch_id == batch_id)

        async def get(connection: AsyncConnection) -> int:
            return (await connection.execute(query)).scalar_one() or 0

        return await self._database.read("read the last line of a batch", get)

    async def contacts_named(self, ids: Collection[str]) -> dict[str, ContactRecord]:
        """Those of these contacts, a few hundred at most, that are stored, by their ids."""
        query = select(contacts).where(contacts.c.id.in_(list(ids)))

        async def find(connection: AsyncConnection) -> dict[str, ContactRecord]:
            rows = (await connection.execute(query)).mappings()
            return {row["id"]: record_of(ContactRecord, row) for row in rows}

        return await self._database.read("read contacts", find)

    async def add_contacts(self, contacts: Iterable[ContactRecord]) -> None:
        """Stores more contacts of stored batches, all or nothing; their ids must be new."""
        rows = [columns_of(contact) for contact in contacts]

        async def add(connection: AsyncConnection) -> None:
            await _insert_contacts(connection, rows)

        await self._database.write("add contacts", add)

    async def get(self, batch_id: str) -> BatchRecord | None:
        query = select(batches).where(batches.c.id == batch_id)

        async def get(connection: AsyncConnection) -> BatchRecord | None:
            row = (await connection.execute(query)).mappings().first()
            return record_of(BatchRecord, row) if row else None

        return await self._database.read("read a batch", get)

    async def set_state(
        self,
        batch_id: str,
        state: BatchState,
        *,
        expect: Collection[BatchState],
        at: datetime,
        why: str = "",
    ) -> bool:
        """Moves a batch that is in one of the `expect`ed states; true when it moved.

        The first move to `running` is its start, the move to `cancelled` or `done` its end. It is
        not done as long as somebody waits in it, or is being called.
        """
        changes: dict[str, Any] = {"state": state, "why": why, "moved_at": at}
        if state == "running":
            changes["started_at"] = func.coalesce(batches.c.started_at, at)
        if state in OVER:
            changes["ended_at"] = at
        of_those = batches.c.state.in_(expect)
        statement = update(batches).where(batches.c.id == batch_id, of_those).values(changes)
        if state == "done":
            left = (contacts.c.batch_id == batch_id) & contacts.c.state.in_(("waiting", "dialling"))
            statement = statement.where(~exists().where(left))

        async def move(connection: AsyncConnection) -> bool:
            if state in OVER:  # nobody who rings back waits again behind its end
                await self._database.lock(connection, f"over {batch_id}")
            return (await connection.execute(statement)).rowcount == 1

        return await self._database.write("move a batch", move)

    async def cancel(
        self, batch_id: str, *, expect: Collection[BatchState], at: datetime, why: str
    ) -> bool:
        """Cancels a batch that is in one of the `expect`ed states, and all its contacts that wait:
        both or neither. True when it is cancelled.

        One that is cancelled already stays as it is, but that `why` replaces what was said.
        """
        ours = batches.c.id == batch_id
        ending = {"state": "cancelled", "why": why, "moved_at": at, "ended_at": at}
        move = update(batches).where(ours, batches.c.state.in_(expect)).values(ending)
        repeat = update(batches).where(ours, batches.c.state == "cancelled").values(why=why)
        waiting = (contacts.c.batch_id == batch_id) & (contacts.c.state == "waiting")
        empty = update(contacts).where(waiting).values(state="cancelled", due_at=None)

        async def cancel(connection: AsyncConnection) -> bool:
            await self._database.lock(connection, f"over {batch_id}")
            moved = (await connection.execute(move)).rowcount
            if not moved and not (await connection.execute(repeat)).rowcount:
                return False
            await connection.execute(empty)
            return True

        return await self._database.write("cancel a batch", cancel)

    async def set_settings(self, batch_id: str, settings: dict[str, Any]) -> bool:
        """Gives a batch that is not over other settings, whole; true when it did."""
        open_batch = batches.c.state.not_in(OVER)
        statement = update(batches).where(batches.c.id == batch_id, open_batch)
        changed = statement.values(settings=settings)
        return await self._database.change("set the settings of a batch", changed) == 1

    async def contact(self, contact_id: str) -> ContactRecord | None:
        query = select(contacts).where(contacts.c.id == contact_id)

        async def get(connection: AsyncConnection) -> ContactRecord | None:
            row = (await connection.execute(query)).mappings().first()
            return record_of(ContactRecord, row) if row else None

        return await self._database.read("read a contact", get)

    async def find_contacts(
        self,
        batch_id: str,
        *,
        state: ContactState | None = None,
        disposition: str | None = None,
        limit: int | None = None,
        after: ContactRecord | None = None,
    ) -> list[ContactRecord]:
        """Contacts of a batch that match all that is given, in the order of the file.

        For the next page pass the last contact as `after`. Without a limit: all of them.
        """
        query = select(contacts).where(contacts.c.batch_id == batch_id)
        query = query.order_by(contacts.c.line, contacts.c.id).limit(limit)
        if state is not None:
            query = query.where(contacts.c.state == state)
        if disposition is not None:
            query = query.where(contacts.c.disposition == disposition)
        if after is not None:
            same_line = (contacts.c.line == after.line) & (contacts.c.id > after.id)
            query = query.where(or_(contacts.c.line > after.line, same_line))

        async def find(connection: AsyncConnection) -> list[ContactRecord]:
            return await records(connection, query, ContactRecord)

        return await self._database.read("find contacts", find)

    async def contacts_of(self, batch_id: str, who: str) -> list[ContactRecord]:
        """Those of a batch with that number or line."""
        is_line = who.isascii() and who.isdigit() and len(who) < _LONGEST_LINE
        line = contacts.c.line == int(who) if is_line else false()
        named = or_(contacts.c.number.in_(spellings(who)), line)
        query = select(contacts).where(contacts.c.batch_id == batch_id, named)

        async def find(connection: AsyncConnection) -> list[ContactRecord]:
            return await records(connection, query.order_by(contacts.c.line), ContactRecord)

        return await self._database.read("find contacts", find)

    async def set_contact(
        self, contact_id: str, *, expect: ContactState, **changes: Unpack[ContactChanges]
    ) -> bool:
        """Changes a contact that is in the `expect`ed state; true when it did."""
        statement = update(contacts).where(contacts.c.id == contact_id, contacts.c.state == expect)
        return await self._database.change("change a contact", statement.values(**changes)) == 1

    async def dues(self, batch_id: str) -> list[datetime | None]:
        """When each contact of a batch that waits is due, in order; None, which comes first: at
        once.
        """
        waiting = (contacts.c.batch_id == batch_id) & (contacts.c.state == "waiting")
        in_order = (contacts.c.due_at.is_not(None), contacts.c.due_at)
        query = select(contacts.c.due_at).where(waiting).order_by(*in_order)

        async def find(connection: AsyncConnection) -> "list[datetime | None]":
            dues: list[datetime | None] = []
            async for some in (await connection.stream_scalars(query)).partitions(AT_ONCE):
                dues += some
            return dues

        return await self._database.read("read who is due when", find)

    async def put_uncalled(self, contact: ContactRecord) -> bool:
        """Replaces a contact that waits and was never called; false when it does not, or was."""
        uncalled = (contacts.c.state == "waiting") & (contacts.c.attempts == 0)
        statement = update(contacts).where(contacts.c.id == contact.id, uncalled)
        changed = statement.values(columns_of(contact))
        return await self._database.change("change a contact", changed) == 1

    async def drop_visits(self, before: ContactRecord, after: ContactRecord) -> bool:
        """Stores what a contact is about from now on, as some of its appointments are over; false
        when it is about something else meanwhile, or was erased.
        """
        same = (contacts.c.id == before.id) & (contacts.c.number == before.number)
        columns = columns_of(after)
        about = ("name", "variables", "appointments", "deadline", "visits")
        changed = update(contacts).where(same, contacts.c.deadline == before.deadline)
        statement = changed.values({name: columns[name] for name in about})
        return await self._database.change("drop appointments that are over", statement) == 1

    async def refuse(
        self, contact_id: str, *, decision: dict[str, Any], at: datetime
    ) -> ContactState | None:
        """Somebody is not to be called any more; the state they are in then. Who waits is skipped,
        or done if they were called, by this decision. For who is being dialled, no further call
        makes sense from `at` on. By what right they were called before stays on record.
        """
        one = contacts.c.id == contact_id
        over = case((contacts.c.attempts == 0, "skipped"), else_="done")
        waits = update(contacts).where(one, contacts.c.state == "waiting")
        dialled = update(contacts).where(one, contacts.c.state == "dialling")

        async def refuse(connection: AsyncConnection) -> ContactState | None:
            await connection.execute(waits.values(state=over, due_at=None, decision=decision))
            await connection.execute(dialled.values(deadline=at, visits=[]))
            query = select(contacts.c.state).where(one)
            state: ContactState | None = (await connection.execute(query)).scalar_one_or_none()
            return state

        return await self._database.write("take a refusal down", refuse)

    async def set_written_back(self, contact: ContactRecord, *, refused: bool = False) -> bool:
        """Notes that the business was told this disposition of a contact, or refused to hear it;
        false, and nothing is noted, when the contact has been called again since, or has rung back.
        """
        told = REFUSED + contact.disposition if refused else contact.disposition
        same = (contacts.c.id == contact.id) & (contacts.c.attempts == contact.attempts)
        unchanged = same & (contacts.c.disposition == contact.disposition)
        read = select(contacts.c.detail).where(unchanged).with_for_update()
        note_it = update(contacts).where(contacts.c.id == contact.id).values(written_back=told)

        async def note(connection: AsyncConnection) -> bool:
            if (await connection.execute(read)).scalar_one_or_none() != contact.detail:
                return False
            await connection.execute(note_it)
            return True

        return await self._database.write("note a write-back", note)

    async def untold(self, *, limit: int, after: str | None = None) -> list[ContactRecord]:
        """Contacts whose disposition the business has not been told yet, by id; `after` is the id
        of the last one of the last page.
        """
        query = select(contacts).where(UNTOLD).order_by(contacts.c.id).limit(limit)
        if after is not None:
            query = query.where(contacts.c.id > after)

        async def find(connection: AsyncConnection) -> list[ContactRecord]:
            rows = (await connection.execute(query)).mappings()
            return [record_of(ContactRecord, row) for row in rows]

        return await self._database.read("find what was not written back", find)

    async def unheard(self, batch_id: str) -> Unheard:
        """How many contacts there are in a batch of whom the business has not heard yet."""
        about_some = cast(contacts.c.appointments, String) != "[]"
        refused = contacts.c.written_back == literal(REFUSED).concat(contacts.c.disposition)
        query = select(func.count(), func.count().filter(refused)).where(
            contacts.c.batch_id == batch_id, UNTOLD, about_some
        )

        async def count(connection: AsyncConnection) -> Unheard:
            untold, refused = (await connection.execute(query)).one()
            return Unheard(untold=untold, refused=refused)

        return await self._database.read("count who was not written back", count)

    async def cancel_waiting(self, batch_id: str) -> int:
        """Cancels all contacts of a batch that wait; returns how many."""
        waiting = (contacts.c.batch_id == batch_id) & (contacts.c.state == "waiting")
        statement = update(contacts).where(waiting).values(state="cancelled", due_at=None)
        return await self._database.change("cancel contacts", statement)

    async def counts(self, batch_id: str) -> Counts:
        """How many contacts are in each state, and have each disposition."""
        ours = contacts.c.batch_id == batch_id
        both = (contacts.c.state, contacts.c.disposition)
        query = select(*both, func.count()).where(ours).group_by(*both)

        async def count(connection: AsyncConnection) -> Counts:
            states: dict[ContactState, int] = {}
            dispositions: dict[str, int] = {}
            outcomes: dict[str, int] = {}
            for state, disposition, number in await connection.execute(query):
                states[state] = states.get(state, 0) + number
                if disposition:
                    dispositions[disposition] = dispositions.get(disposition, 0) + number
                    if state == "done":
                        outcomes[disposition] = number
            return Counts(states=states, dispositions=dispositions, outcomes=outcomes)

        return await self._database.read("count contacts", count)

    async def find_recent_contact(self, number: str, since: datetime) -> ContactRecord | None:
        """The contact with this number that was called last, if that was at `since` or later."""
        asked = {"written": spellings(number), "since": since}

        async def find(connection: AsyncConnection) -> ContactRecord | None:
            row = (await connection.execute(_CALLED_LAST, asked)).mappings().first()
            return record_of(ContactRecord, row) if row else None

        return await self._database.read("find who was called last", find)

    async def put_column_map(self, header: str, columns: dict[str, Any]) -> None:
        """Remembers what the columns of files with this header mean."""
        row = {"header": header, "columns": columns}
        statement = self._database.upsert(column_maps, row)
        await self._database.change("remember columns", statement, row)

    async def get_column_map(self, header: str) -> dict[str, Any] | None:
        query = select(column_maps.c.columns).where(column_maps.c.header == header)

        async def get(connection: AsyncConnection) -> dict[str, Any] | None:
            columns: dict[str, Any] | None = (await connection.execute(query)).scalar_one_or_none()
            return columns

        return await self._database.read("read a map of columns", get)

    async def list(self, *, state: BatchState | None = None, limit: int = 100) -> list[BatchRecord]:
        """Batches, in that state if one is given, newest first."""
        query = select(batches).order_by(batches.c.created_at.desc(), batches.c.id).limit(limit)
        if state is not None:
            query = query.where(batches.c.state == state)

        async def find(connection: AsyncConnection) -> list[BatchRecord]:
            rows = (await connection.execute(query)).mappings()
            return [record_of(BatchRecord, row) for row in rows]

        return await self._database.read("list batches", find)


def _importing(batch_id: str) -> Update:
    return update(batches).where(batches.c.id == batch_id, batches.c.state == "importing")


async def _insert_contacts(connection: AsyncConnection, rows: list[dict[str, Any]]) -> None:
    if rows:
        await connection.execute(insert(contacts), rows)
