"""Batches and the people in them."""

from collections.abc import Collection, Iterable
from datetime import datetime
from typing import Any

from sqlalchemy import (
    Update,
    case,
    delete,
    exists,
    func,
    insert,
    select,
    update,
)
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.store.batch_records import (
    OVER,
    REFUSED,
    BatchRecord,
    BatchState,
    ContactRecord,
    ContactState,
)
from bot.store.batch_rows import columns_of, record_of
from bot.store.batch_tables import batches, column_maps, contacts
from bot.store.contact_reads import ContactReads

_DROPPED_AT_ONCE = 5_000


class BatchStore(ContactReads):
    """Batches, their contacts, and the maps of columns of their files.

    Each method is one transaction that is on disk when the method returns. What moves a state
    says from where: it answers false, and changes nothing, when another was faster.
    """

    async def add(self, batch: BatchRecord, contacts: Iterable[ContactRecord] = ()) -> None:
        """Stores a new batch with its contacts, all or nothing; their ids must be new."""
        rows = [columns_of(contact) for contact in contacts]

        async def add(connection: AsyncConnection) -> None:
            await connection.execute(insert(batches).values(columns_of(batch)))
            await _insert_contacts(connection, rows)

        await self._database.write("add a batch", add)

    async def begin_import(self, batch: BatchRecord) -> None:
        """Stores a new batch as one whose contacts are still to come: see `add_imported`. It is
        there from `end_import` on; until then none of its contacts is called.
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
        not done as long as a contact waits in it, or is being called.
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
            if state in OVER:  # no contact who rings back waits again after its end
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
        """Stops a contact from being called; returns their new state. Who waits is skipped,
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

    async def cancel_waiting(self, batch_id: str) -> int:
        """Cancels all contacts of a batch that wait; returns how many."""
        waiting = (contacts.c.batch_id == batch_id) & (contacts.c.state == "waiting")
        statement = update(contacts).where(waiting).values(state="cancelled", due_at=None)
        return await self._database.change("cancel contacts", statement)

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
