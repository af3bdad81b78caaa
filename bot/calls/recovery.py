"""Calls that a process left open when it died: ended as the carrier says they ended."""

from datetime import UTC, datetime, timedelta

from loguru import logger

from bot.calls.outcome import MEANING, Ending, ending_of_status
from bot.calls.registry import Registry
from bot.carriers import Carrier, CarrierError
from bot.store import CallRecord, Outcome, Store

UNPLACED_AFTER = timedelta(minutes=5)  # no carrier takes longer to say that it accepted a call
PAGE = 200


async def recover(*, store: Store, carrier: Carrier, registry: Registry) -> int:
    """Ends the stored calls that are open, not ours, and over at the carrier; returns how many.

    A call that still goes on is left alone: it may belong to another process.
    """
    ended = 0
    before = None
    while page := await store.find_calls(open_only=True, limit=PAGE, before=before):
        before = page[-1].id
        for record in page:
            if registry.find(record.id) is None and await _recover(record, store, carrier):
                ended += 1
    if ended:
        logger.info("{} calls that an earlier process left open are closed", ended)
    return ended


async def _recover(record: CallRecord, store: Store, carrier: Carrier) -> bool:
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
    return await store.end_call(record.id, status=status, outcome=outcome, ended_at=ended_at)
