"""Who rings back after a call of a batch lands in the same conversation."""

from collections.abc import Callable
from datetime import datetime, timedelta

from bot.batches.requests import request_for
from bot.batches.settings import BatchSettings
from bot.batches.visits import as_of
from bot.calls import CallRequest, RingBack
from bot.clock import utcnow
from bot.store import Store

LONGEST = timedelta(days=30)  # `ring_back_days` goes no further


class RecentContacts:
    """Finds the contact that a number was called for last (`bot.calls.RingBacks`)."""

    def __init__(self, store: Store, *, now: Callable[[], datetime] = utcnow) -> None:
        self._store = store
        self._now = now

    async def find(self, number: str) -> RingBack | None:
        """None also for who has opted out: they are answered as anybody else."""
        now = self._now()
        contact = await self._store.batches.find_recent_contact(number, now - LONGEST)
        if contact is None or await self._store.suppressions.get(number) is not None:
            return None
        batch = await self._store.batches.get(contact.batch_id)
        if batch is None:
            return None
        settings = BatchSettings.model_validate(batch.settings)
        within = timedelta(days=settings.ring_back_days)
        of_late = await self._store.batches.find_recent_contact(number, now - within)
        if of_late is None or of_late.id != contact.id:
            return None
        called_with = request_for(as_of(contact, now), settings)
        request = CallRequest(
            variables=called_with.variables, private=called_with.private, contact=contact.id
        )
        return RingBack(agent=batch.agent, request=request)
