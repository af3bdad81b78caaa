"""What a call that is under way may need: to be ended, taken back, or asked about."""

from collections.abc import Awaitable, Callable

from loguru import logger

from bot.batches.dialling.service_client import ServiceClient
from bot.batches.gate.facts import Gate
from bot.calls.transfers import ask_of_transfer
from bot.carriers import CallStatus, Carrier, CarrierError
from bot.clock import monotonic
from bot.store import AttemptRecord, CallRecord, Store

ASK_AGAIN_SECS = 10.0  # how a transfer went that nobody tells of
STILL_SECS = 60.0  # a record that does not move for so long is compared with the carrier

# A batch cancelled with a `why` that begins so has the calls under way ended too.
END_LIVE_CALLS = "end_live_calls:"

Reconcile = Callable[[CallRecord], Awaitable[object]]  # makes a record agree with the carrier


class Stillness:
    """How long the record of a call has not moved."""

    def __init__(self) -> None:
        self._seen: object = None
        self._since = self._asked_at = monotonic()

    def lasts(self, record: CallRecord) -> bool:
        """Whether it has been the same for long, once for each such while."""
        now, seen = monotonic(), (record.status, record.call_sid, record.answered_at)
        if seen == self._seen and now - self._since < STILL_SECS:
            return False
        lasted, self._seen, self._since = seen == self._seen, seen, now
        return lasted

    def may_ask(self) -> bool:
        """Whether the carrier was not asked for this call of late; then it is now."""
        now = monotonic()
        if now - self._asked_at < ASK_AGAIN_SECS:
            return False
        self._asked_at = now
        return True


class LiveCallMonitor:
    """Looks after live calls of batches, each every few seconds."""

    def __init__(
        self,
        *,
        store: Store,
        gate: Gate,
        service_client: ServiceClient,
        carrier: Carrier,
        reconcile: Reconcile,
    ) -> None:
        self._store = store
        self._gate = gate
        self._service_client = service_client
        self._carrier = carrier
        self._reconcile = reconcile

    async def look_after(self, attempt: AttemptRecord, call_id: str, stillness: Stillness) -> bool:
        """Ends the call if the sender wants that; takes it back if the carrier has not begun it
        and it may not begin any more; asks the carrier where nothing is heard of it, or of how a
        transfer went.

        True: the carrier says that it was taken back before it rang.
        """
        never_rang = False
        batch = await self._store.batches.get(attempt.batch_id)
        if batch and batch.state == "cancelled" and batch.why.startswith(END_LIVE_CALLS):
            await self._service_client.hang_up(call_id)
        for record in await self._store.calls_with_ids([call_id]):
            if record.status == "queued" and record.call_sid is not None:
                never_rang = await self._take_back_if_late(attempt, record.call_sid)
            if record.ended_at is not None:
                if record.transfer is not None and stillness.may_ask():
                    await ask_of_transfer(record, store=self._store, carrier=self._carrier)
            elif stillness.lasts(record):
                await self._reconcile(record)
        return never_rang

    async def _take_back_if_late(self, attempt: AttemptRecord, call_sid: str) -> bool:
        """Without a question to the business, which may be away while the night begins."""
        decided = await self._gate.look(attempt)
        if decided.allows:
            return False
        try:
            known = await self._carrier.fetch(call_sid)
            if known.status is CallStatus.QUEUED:
                await self._carrier.cancel(call_sid)
                logger.info(
                    "attempt {} waited at the carrier for too long: taken back",
                    attempt.id,
                    event="queued_call_cancelled",
                )
                known = await self._carrier.fetch(call_sid)
            return known.status is CallStatus.CANCELED and known.started_at is None
        except CarrierError as error:
            logger.warning(
                "attempt {} may wait at the carrier: {}",
                attempt.id,
                error,
                event="queued_call_unclear",
            )
            return False
