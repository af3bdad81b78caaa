"""A call to a person of which the carrier's answer was lost: the carrier is asked how it stands."""

import asyncio
from collections.abc import Sequence
from datetime import timedelta

from loguru import logger

from bot.calls.call import Call
from bot.calls.legs import Consultation
from bot.calls.person_events import PersonNotPlaced, PersonStatus
from bot.carriers import CallStatus, Carrier, CarrierCall, CarrierError, StatusUpdate

EVERY_SECS = 5.0
# For as long as their phone may ring; see `consulting.RINGS_SECS`.
LOOKS = 7
# The carrier lists a call within a second of taking the order. One that is not among them twice was
# never placed.
QUIET_LOOKS = 2
_CLOCKS_APART = timedelta(seconds=5)  # the carrier's may be behind ours


async def look_for_leg(call: Call, asked: Consultation, *, carrier: Carrier) -> None:
    """Tells the call how the leg stands, every five seconds, as the carrier would; or that there is
    none. One that rings when nobody waits for it any more is ended. Should the same person ring for
    several callers just now, nothing is told: whose leg it is cannot be seen.
    """
    quiet = 0
    for _ in range(LOOKS):
        legs = await _legs(call, asked, carrier)
        leg = _theirs(legs or ())
        quiet += legs is not None and leg is None and all(each.status.is_final for each in legs)
        waits = _waits(call, asked)
        if waits and leg is not None:
            update = StatusUpdate(call_sid=leg.call_sid, status=leg.status)
            call.post(PersonStatus(asked.attempt, update))
        elif waits and quiet >= QUIET_LOOKS:
            call.post(PersonNotPlaced(asked.attempt))
        elif leg is not None:
            await _silence(call, leg, carrier)
        if quiet >= QUIET_LOOKS or (leg is not None and (leg.status.is_final or not waits)):
            return
        await asyncio.sleep(EVERY_SECS)


async def _legs(call: Call, asked: Consultation, carrier: Carrier) -> Sequence[CarrierCall] | None:
    try:
        return await carrier.find(
            to=asked.target.number, from_=call.our_number, since=asked.asked_at - _CLOCKS_APART
        )
    except CarrierError as error:
        logger.warning(
            "whether a person is being called is not known: {}",
            error,
            call_id=call.id,
            event="person_not_found",
        )
        return None


def _theirs(legs: Sequence[CarrierCall]) -> CarrierCall | None:
    going = [leg for leg in legs if not leg.status.is_final]
    candidates = going or legs
    return candidates[0] if len(candidates) == 1 else None


def _waits(call: Call, asked: Consultation) -> bool:
    now = call.state.consultation
    return (
        call.ending is None and now is not None and now.attempt == asked.attempt and not now.taken
    )


async def _silence(call: Call, leg: CarrierCall, carrier: Carrier) -> None:
    """Who has answered meanwhile is told by the question's own answer that nobody waits."""
    taken = call.state.consultation is not None and call.state.consultation.taken
    if taken or leg.status is CallStatus.IN_PROGRESS or leg.status.is_final:
        return
    try:
        await carrier.cancel(leg.call_sid)
    except CarrierError as error:
        logger.warning(
            "the leg of a person is not ended: {}", error, call_id=call.id, event="person_not_ended"
        )
