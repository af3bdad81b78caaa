"""Moves running batches on: paused by the breaker or for want of money, held, done."""

from loguru import logger

from bot.batches.clock import Clock
from bot.batches.dialling.breaker import sample_of, why_pause
from bot.batches.settings import BatchSettings
from bot.store import BatchRecord, BatchState, Store


class BatchMonitor:
    """Each move is by compare-and-set: several may oversee the same batch."""

    def __init__(self, *, store: Store, clock: Clock) -> None:
        self._store = store
        self._clock = clock

    async def look(self, batch: BatchRecord) -> None:
        """Moves a running batch if it has to be moved.

        One in which no contact is left is done, whatever else may be said of it: there is nothing
        to approve or to resume.
        """
        settings = BatchSettings.model_validate(batch.settings)
        if await self._is_done(batch):
            await self._move(batch, "done", "")
        elif why := await self._breaks(batch, settings) or await self._is_spent(batch, settings):
            await self._move(batch, "paused", why)
        elif why := await self._canary_is_over(batch, settings):
            await self._move(batch, "held", why)

    async def _breaks(self, batch: BatchRecord, settings: BatchSettings) -> str | None:
        """Looks at what ended since the batch was started or resumed: who resumes it has seen the
        rest.
        """
        last = await self._store.ledger.last_ended(
            batch.id, limit=settings.breaker.window, since=batch.moved_at
        )
        ids = [attempt.call_id for attempt in last if attempt.call_id is not None]
        calls = {call.id: call for call in await self._store.calls_with_ids(ids)}
        samples = [sample_of(attempt, calls.get(attempt.call_id or "")) for attempt in last]
        return why_pause(samples, settings.breaker)

    async def _is_spent(self, batch: BatchRecord, settings: BatchSettings) -> str | None:
        if settings.budget_usd is None:
            return None
        spent = await self._store.ledger.spent(batch.id)
        if spent < settings.budget_usd:
            return None
        return f"budget: {spent:.2f} of {settings.budget_usd:.2f} USD are spent."

    async def _canary_is_over(self, batch: BatchRecord, settings: BatchSettings) -> str | None:
        if not settings.canary:
            return None
        calls = await self._store.ledger.calls_placed(batch.id)
        if calls < settings.canary or await self._store.ledger.open(batch.id):
            return None
        return f"canary: The first {calls} calls are over: look at them, and approve the rest."

    async def _is_done(self, batch: BatchRecord) -> bool:
        states = (await self._store.batches.counts(batch.id)).states
        return not (states.get("waiting") or states.get("dialling"))

    async def _move(self, batch: BatchRecord, state: BatchState, why: str) -> None:
        moved = await self._store.batches.set_state(
            batch.id, state, expect=["running"], at=self._clock.now(), why=why
        )
        if moved:
            logger.info("batch {} is {} {}", batch.id, state, why, event="batch_state_changed")
