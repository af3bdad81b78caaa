"""Reports about a batch for its sender: results, and the evidence of one contact."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any

from bot.batches.errors import NotThere, RequestRefused
from bot.batches.reports.evidence import evidence_of
from bot.batches.reports.results import results_csv
from bot.batches.settings_reader import read_settings
from bot.store import BatchRecord, ContactRecord, Store

CONTACTS_AT_ONCE = 100  # some milliseconds of the event loop


class BatchReports:
    """Writes things down for the sender, at any time, also while the batch goes on."""

    def __init__(self, *, store: Store) -> None:
        self._store = store

    async def results(self, batch_id: str) -> AsyncIterator[str]:
        """One row for each contact, as CSV, piece by piece. Raises NotThere."""
        batch = await self._batch(batch_id)
        return self._results(batch_id, zone=read_settings(batch.settings).zone)

    async def _results(self, batch_id: str, *, zone: str) -> AsyncIterator[str]:
        last: ContactRecord | None = None
        header = True
        while header or last is not None:
            contacts = await self._store.batches.find_contacts(
                batch_id, limit=CONTACTS_AT_ONCE, after=last
            )
            attempts = await self._store.ledger.of_contacts([each.id for each in contacts])
            ids = [attempt.call_id for attempt in attempts if attempt.call_id]
            calls = await self._store.calls_with_ids(ids)
            yield await asyncio.to_thread(
                results_csv, contacts, attempts, calls, zone=zone, header=header
            )
            last, header = contacts[-1] if contacts else None, False

    async def evidence(self, batch_id: str, who: str) -> dict[str, Any]:
        """All that is known of a contact: `who` is their id, number, or line of the file.

        Raises NotThere, and RequestRefused where several have that line.
        """
        batch = await self._batch(batch_id)
        contact = await self._contact(batch_id, who)
        attempts = await self._store.ledger.of_contact(contact.id)
        found = [await self._store.get_call(each.call_id) for each in attempts if each.call_id]
        suppression = await self._store.suppressions.get(contact.number)
        taken_back = await self._store.suppressions.taken_back(contact.number)
        calls = [call for call in found if call is not None]
        return {
            "batch": {
                "id": batch.id,
                "name": batch.name,
                "agent": batch.agent,
                "started_at": batch.started_at.isoformat() if batch.started_at else None,
                "settings": batch.settings,
            },
            **evidence_of(contact, attempts, calls, suppression, taken_back),
        }

    async def _batch(self, batch_id: str) -> BatchRecord:
        batch = await self._store.batches.get(batch_id)
        if batch is None:
            raise NotThere(f"there is no batch {batch_id}")
        return batch

    async def _contact(self, batch_id: str, who: str) -> ContactRecord:
        contact = await self._store.batches.contact(who)
        if contact is not None and contact.batch_id == batch_id:
            return contact
        found = await self._store.batches.contacts_of(batch_id, who)
        if not found:
            raise NotThere(f"batch {batch_id} has no contact with the id, number or line {who}")
        if len(found) > 1:
            them = ", ".join(f"{contact.number} ({contact.id})" for contact in found)
            raise RequestRefused(
                f"line {who} is that of several contacts of {batch_id}: say which of {them}"
            )
        return found[0]
