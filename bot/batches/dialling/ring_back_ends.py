"""What calls of people who rang back came to reaches their batches."""

import asyncio
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import NoReturn

from loguru import logger

from bot.batches.after_ring_back import after_ring_back
from bot.batches.clock import Clock
from bot.batches.dispositions import SETTLED, Disposition, verdict_of
from bot.batches.requests import place_of_contact
from bot.batches.settings import BatchSettings
from bot.clock import utcnow
from bot.store import AttemptRecord, CallRecord, Store, Suppression

LOOK_SECS = 2.0
# A call's record is stored no later than so long behind its start: a journal tries for half a
# minute, and clocks of machines differ.
LATE = timedelta(minutes=10)


class RingBackEnds:
    """Looks for calls that have ended and that their batches have not heard of.

    Several processes may do so side by side, and each may die at any moment: a batch hears of a
    call once, and until then nobody dials the number.
    """

    def __init__(
        self,
        *,
        store: Store,
        clock: Clock,
        now: Callable[[], datetime] = utcnow,
    ) -> None:
        """`clock` is that of the batches; calls live by the time of day, which is `now`."""
        self._store = store
        self._clock = clock
        self._now = now
        self._since: datetime | None = None  # all that began earlier has been heard of

    async def run(self) -> NoReturn:
        """Looks, until it is cancelled."""
        while True:
            try:
                await self.look()
            except Exception:
                logger.exception("who rang back is looked for again in a while")
            await asyncio.sleep(LOOK_SECS)

    async def look(self) -> int:
        """Looks once; of how many calls the batches have heard."""
        since = self._now() - LATE
        found = await self._store.ring_backs.unheard(since=self._since)
        heard = 0
        for call in found:
            try:
                done = call.ended_at is not None and await self._conclude(call)
            except Exception:
                logger.exception("what call {} came to is looked at again in a while", call.id)
                done = False
            heard += done
            if not done:
                since = min(since, call.started_at)
        self._since = since
        return heard

    async def _conclude(self, call: CallRecord) -> bool:
        """Whether the batch has heard of this call; if not, it is looked at again."""
        contact = await self._store.batches.contact(str(call.request["contact"]))
        batch = await self._store.batches.get(contact.batch_id) if contact else None
        if contact is None or batch is None:
            return await self._store.ring_backs.heard(call.id)
        verdict, now = verdict_of(call), self._clock.now()
        if verdict.disposition is Disposition.OPT_OUT and contact.number:
            await self._store.suppressions.add(  # the call may have failed to write it
                Suppression(number=contact.number, at=now, source="call", call_id=call.id)
            )
        attempts = await self._store.ledger.of_contact(contact.id)
        if await self._was_settled_later(call, attempts):
            return await self._store.ring_backs.heard(call.id)
        changes = after_ring_back(
            verdict,
            call.id,
            batch=batch,
            contact=contact,
            attempts=[each for each in attempts if each.placing_at],
            zones=place_of_contact(contact, BatchSettings.model_validate(batch.settings)).zones,
            now=now,
        )
        if not changes:
            return await self._store.ring_backs.heard(call.id)
        concluded = await self._store.ring_backs.conclude(
            call.id, batch=batch, contact=contact, changes=changes, at=now
        )
        if concluded:
            logger.info("contact {} rang back: {}", contact.id, verdict.disposition.value)
        return concluded

    async def _was_settled_later(self, call: CallRecord, attempts: list[AttemptRecord]) -> bool:
        """By a call of ours that ended behind theirs."""
        settled = [each.call_id for each in attempts if each.disposition in SETTLED]
        calls = await self._store.calls_with_ids([each for each in settled if each is not None])
        ends = (each.ended_at for each in calls)
        return any(end is not None and call.ended_at and end > call.ended_at for end in ends)
