"""How a transfer went of which the carrier's own report has not come: the carrier is asked."""

from collections.abc import Sequence
from datetime import timedelta

from loguru import logger

from bot.calls.legs import TransferOutcome, transfer_outcome
from bot.carriers import CallStatus, Carrier, CarrierCall, CarrierError
from bot.clock import utcnow
from bot.store import CallRecord, Dialled, Store

# The report of a person who did not come to the phone comes within a second of the last ring. A
# call for which nobody was dialled by so long after its end will have nobody dialled.
TOLD_WITHIN = timedelta(seconds=15)
# The carrier's clock may be behind ours. Somebody who asked for a person before has waited for them
# to answer, came back and spoke to the agent in between, which takes longer.
CLOCKS_APART = timedelta(seconds=5)


async def ask_of_transfer(record: CallRecord, *, store: Store, carrier: Carrier) -> bool:
    """Notes how dialling a person for this call went, if that is over at the carrier and nobody has
    told us; whether it is noted now. A person whose phone rings, or who talks, is waited for. Those
    who were dialled for the same caller before, and did not take them, count for nothing.

    Raises StoreError.
    """
    transfer = record.transfer
    if transfer is None or not _is_untold(record):
        return False
    try:
        legs = await carrier.find(parent=record.call_sid, since=transfer.at - CLOCKS_APART)
        is_over = bool(legs) or (await carrier.fetch(record.call_sid or "")).status.is_final
    except CarrierError as error:
        logger.warning(
            "the carrier does not say how a transfer went: {}",
            error,
            call_id=record.id,
            event="transfer_outcome_unknown",
        )
        return False
    if not is_over or not all(leg.status.is_final for leg in legs):
        return False
    dialled = _what_came_of(legs, met=_have_met(record))
    logger.info(
        "how a transfer went was asked of the carrier: {}",
        dialled.outcome,
        call_id=record.id,
        event="transfer_outcome_asked",
    )
    return await store.end_transfer(record.id, dialled)


def _is_untold(record: CallRecord) -> bool:
    waits = record.transfer is not None and record.dialled is None and record.call_sid is not None
    return waits and record.ended_at is not None and utcnow() - record.ended_at >= TOLD_WITHIN


def _have_met(record: CallRecord) -> bool:
    """The two were brought together in a conference, which makes no leg of the caller's call."""
    steps = record.transfer_steps or [{}]
    return bool(steps[-1].get("step") == "answered")


def _what_came_of(legs: Sequence[CarrierCall], *, met: bool) -> Dialled:
    """Of several people who were dialled, the one who answered, else the newest. Nobody was: the
    caller had hung up, or the carrier could not.
    """
    if met and not legs:
        answered = TransferOutcome.ANSWERED.value
        return Dialled(outcome=answered, status=CallStatus.COMPLETED.value)
    talked = next((leg for leg in legs if leg.status is CallStatus.COMPLETED), None)
    leg = talked or next(iter(legs), None)
    outcome = transfer_outcome(leg.status if leg is not None else CallStatus.FAILED, None)
    return Dialled(
        outcome=(outcome or TransferOutcome.FAILED).value,
        status=(leg.status if leg is not None else CallStatus.FAILED).value,
        talked_secs=talked.duration_secs if talked is not None else None,
    )
