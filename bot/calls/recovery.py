"""Calls that a process left open when it died: ended as the carrier says they ended."""

import asyncio
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

from loguru import logger

from bot.call_ids import worker_of
from bot.calls.outcome import MEANING, Ending, ending_of_status
from bot.calls.registry import Registry
from bot.carriers import Carrier, CarrierError
from bot.store import CallRecord, Outcome, Store

UNPLACED_AFTER = timedelta(minutes=5)  # no carrier takes longer to say that it accepted a call
PAGE = 200
FIRST_PAUSE_SECS = 10.0
LONGEST_PAUSE_SECS = 60.0


async def recover(
    *, store: Store, carrier: Carrier, registry: Registry, until: datetime | None = None
) -> int:
    """Ends the stored calls that are open, not live here, and over at the carrier; returns how
    many. Calls that began at `until` or later are not looked at.

    A call that still goes on is left alone: it may belong to another process.
    """
    open_calls = await _open_calls(store, registry, until)
    return len(open_calls) - len(await _recover_each(open_calls, store, carrier))


async def recover_own(
    *, store: Store, carrier: Carrier, registry: Registry, worker: int, until: datetime
) -> None:
    """Ends the calls that this worker's predecessor left and nobody has gone on with, each as soon
    as the carrier's is over.
    """
    pause_secs = FIRST_PAUSE_SECS
    while True:
        open_calls = await _open_calls(store, registry, until)  # anew: some are taken over
        left = [record for record in open_calls if worker_of(record.id) == worker]
        if not await _recover_each(left, store, carrier):
            return
        await asyncio.sleep(pause_secs)
        pause_secs = min(2 * pause_secs, LONGEST_PAUSE_SECS)


async def _open_calls(
    store: Store, registry: Registry, until: datetime | None
) -> Sequence[CallRecord]:
    found: list[CallRecord] = []
    before = None
    while page := await store.find_calls(open_only=True, limit=PAGE, before=before, until=until):
        before = page[-1].id
        found += [record for record in page if registry.find(record.id) is None]
    return found


async def _recover_each(
    records: Sequence[CallRecord], store: Store, carrier: Carrier
) -> list[CallRecord]:
    """Those that go on, or of which the carrier says nothing."""
    left = [record for record in records if not await _recover(record, store, carrier)]
    if ended := len(records) - len(left):
        logger.info("{} calls that an earlier process left open are closed", ended)
    return left


async def _recover(record: CallRecord, store: Store, carrier: Carrier) -> bool:
    """Whether the call is over, and its record closed."""
    ended_at = datetime.now(UTC)
    if record.call_sid is None:
        if ended_at - record.started_at < UNPLACED_AFTER:
            return False
        ending, status = Ending.NOT_PLACED, "failed"
    else:
        try:
            known = await carrier.fetch(record.call_sid)
        except CarrierError as error:
            if not error.gone:
                logger.warning("the carrier does not say how a call ended: {}", error)
                return False
            ending, status = Ending.SERVICE_RESTARTED, "failed"
        else:
            of_carrier = ending_of_status(known.status.value)
            if of_carrier is None:
                return False
            talked = record.answered_at is not None
            ending = Ending.SERVICE_RESTARTED if talked else of_carrier
            status, ended_at = known.status.value, known.ended_at or ended_at
    outcome = Outcome(result=MEANING[ending].result, reason=ending.value)
    await store.end_call(record.id, status=status, outcome=outcome, ended_at=ended_at)
    return True
