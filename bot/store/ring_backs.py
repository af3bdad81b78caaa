"""Calls of people who ring back after a call of a batch, until the batch has heard of them."""

from collections.abc import Collection
from datetime import datetime
from typing import Any

from sqlalchemy import select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.store.batch_records import BatchRecord, ContactChanges, ContactRecord
from bot.store.batch_tables import attempts, batches, contacts, notices
from bot.store.database import Database
from bot.store.ledger_reads import UNHEARD
from bot.store.loading import load_calls
from bot.store.notices import CONCLUDED, NOTICE_ID, NoticeRecord
from bot.store.records import CallRecord
from bot.store.tables import calls


class RingBackStore:
    """Inbound calls whose request names a contact. Each method is one transaction.

    That a batch has heard of such a call stands with the call, in its request. It is written in the
    transaction that changes the contact, so each call changes it once.
    """

    def __init__(self, database: Database) -> None:
        self._database = database

    async def unheard(self, *, since: datetime | None = None) -> list[CallRecord]:
        """Those that no batch has heard of, whole, while they go on too; what ended first comes
        first. `since` leaves out those that began before.
        """
        query = select(calls).where(UNHEARD).order_by(calls.c.ended_at.nulls_last(), calls.c.id)
        if since is not None:
            query = query.where(calls.c.started_at >= since)

        async def find(connection: AsyncConnection) -> list[CallRecord]:
            return await load_calls(connection, query, whole=True)

        return await self._database.read("look for who rang back", find)

    async def heard(self, call_id: str) -> bool:
        """Notes that nothing follows from this call; false when all that follows is done."""

        async def note(connection: AsyncConnection) -> bool:
            return await _note_heard(connection, call_id)

        return await self._database.write("note who rang back", note)

    async def conclude(
        self,
        call_id: str,
        *,
        batch: BatchRecord,
        contact: ContactRecord,
        changes: ContactChanges,
        at: datetime,
    ) -> bool:
        """Changes a contact by what this call came to; the business, and who wants notices, are
        told anew. An attempt that is planned ends. One that is being placed goes on to its own
        end, which says what state the contact is in.

        False, and nothing is changed: it was done before, a call of ours to the contact is under
        way, or batch and contact are no more as they were when this was decided.
        """
        same_batch = select(batches.c.id).where(
            batches.c.id == batch.id, batches.c.state == batch.state
        )
        same_contact = select(contacts.c.id).where(
            contacts.c.id == contact.id,
            contacts.c.state == contact.state,
            contacts.c.attempts == contact.attempts,
            contacts.c.disposition == contact.disposition,
        )

        async def change(connection: AsyncConnection) -> bool:
            await self._database.lock(connection, f"over {batch.id}")
            begun = await _begun(connection, contact.id)
            for same in (same_batch, same_contact.with_for_update()):
                if (await connection.execute(same)).first() is None:
                    return False
            if "placed" in begun.values() or not await _note_heard(connection, call_id):
                return False
            await _end_planned(connection, begun, at)
            stands = ("state", "due_at") if "placing" in begun.values() else ()
            new: dict[str, Any] = {k: v for k, v in changes.items() if k not in stands}
            if "disposition" in new:
                new["written_back"] = ""
            if new:
                of_that = contacts.c.id == contact.id
                await connection.execute(update(contacts).where(of_that).values(new))
            if "disposition" in new and batch.settings.get("results_url"):
                await self._tell(connection, contact, call_id, at)
            return True

        return await self._database.write("change who rang back", change)

    async def _tell(
        self, connection: AsyncConnection, contact: ContactRecord, call_id: str, at: datetime
    ) -> None:
        """Has a concluded contact reported, also after the end of its batch; and once more where
        the same was reported before.
        """
        of_that = select(NOTICE_ID).where(
            contacts.c.id == contact.id, contacts.c.state.in_(CONCLUDED)
        )
        notice_id = (await connection.execute(of_that)).scalar_one_or_none()
        if notice_id is None:
            return
        known = select(notices.c.id).where(notices.c.id == notice_id)
        if (await connection.execute(known)).first() is not None:
            notice_id = f"{notice_id}-{call_id}"
        notice = NoticeRecord(
            id=notice_id, batch_id=contact.batch_id, contact_id=contact.id, due_at=at
        )
        await connection.execute(self._database.insert_if_new(notices), vars(notice))


async def _begun(connection: AsyncConnection, contact_id: str) -> dict[str, str]:
    """The attempts of a contact that have not ended, and how each stands; they stay so."""
    query = select(attempts.c.id, attempts.c.state).where(
        attempts.c.contact_id == contact_id, attempts.c.state != "ended"
    )
    rows = await connection.execute(query.with_for_update())
    return {row.id: row.state for row in rows}


async def _end_planned(connection: AsyncConnection, begun: dict[str, str], at: datetime) -> None:
    planned: Collection[str] = [each for each, state in begun.items() if state == "planned"]
    if planned:
        ended = {"state": "ended", "ended_at": at}
        await connection.execute(update(attempts).where(attempts.c.id.in_(planned)).values(ended))


async def _note_heard(connection: AsyncConnection, call_id: str) -> bool:
    query = select(calls.c.request).where(calls.c.id == call_id, UNHEARD).with_for_update()
    request = (await connection.execute(query)).scalar_one_or_none()
    if request is None:
        return False
    heard = update(calls).where(calls.c.id == call_id).values(request={**request, "heard": True})
    await connection.execute(heard)
    return True
