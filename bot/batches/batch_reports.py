"""Reports about a batch for its sender: results, and the evidence of one contact."""

import asyncio
from collections.abc import Sequence
from typing import Any

from bot.batches.errors import NotThere, Refused
from bot.batches.reports.evidence import evidence_of
from bot.batches.reports.results import results_csv
from bot.batches.settings_reader import read_settings
from bot.same_number import same_number
from bot.store import AttemptRecord, BatchRecord, CallRecord, ContactRecord, Store

CALLS_AT_ONCE = 1000  # that the store gives


class BatchReports:
    """Writes things down for the sender, at any time, also while the batch goes on."""

    def __init__(self, *, store: Store) -> None:
        self._store = store

    async def results(self, batch_id: str) -> str:
        """One row for each contact, as CSV. Raises NotThere."""
        batch = await self._batch(batch_id)
        contacts = await self._store.batches.find_contacts(batch_id)
        attempts = await self._store.ledger.of_batch(batch_id)
        calls = await self._calls(attempts)
        zone = read_settings(batch.settings).zone
        return await asyncio.to_thread(results_csv, contacts, attempts, calls, zone=zone)

    async def evidence(self, batch_id: str, who: str) -> dict[str, Any]:
        """All that is known of a contact: `who` is their id, number, or line of the file.

        Raises NotThere, and Refused where several have that line.
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
        found = [
            contact
            for contact in await self._store.batches.find_contacts(batch_id)
            if who == str(contact.line) or same_number(who, contact.number)
        ]
        if not found:
            raise NotThere(f"batch {batch_id} has no contact with the id, number or line {who}")
        if len(found) > 1:
            them = ", ".join(f"{contact.number} ({contact.id})" for contact in found)
            raise Refused(
                f"line {who} is that of several contacts of {batch_id}: say which of {them}"
            )
        return found[0]

    async def _calls(self, attempts: Sequence[AttemptRecord]) -> list[CallRecord]:
        ids = [attempt.call_id for attempt in attempts if attempt.call_id]
        calls: list[CallRecord] = []
        for begin in range(0, len(ids), CALLS_AT_ONCE):
            some = ids[begin : begin + CALLS_AT_ONCE]
            calls += await self._store.calls_with_ids(some)
        return calls
