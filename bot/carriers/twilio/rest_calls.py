"""A call in the words of the twilio package, and back in ours."""

from __future__ import annotations

from typing import Any

from bot.carriers.carrier import CALL_SID, CallStatus, CarrierCall, PlaceCall, PlacedCall
from bot.carriers.twilio.addresses import Addresses
from bot.carriers.twilio.instructions import document
from bot.carriers.twilio.twiml import check_rest_limit


def create_fields(call: PlaceCall, addresses: Addresses) -> dict[str, object]:
    """The call in the keyword arguments of the package's `calls.create_async`.

    Raises ValueError for TwiML too long for a REST request.
    """
    fields: dict[str, object] = {
        "to": call.to,
        "from_": call.from_,
        "twiml": check_rest_limit(document(call.on_answer, addresses)),
        "timeout": call.ring_timeout_secs,
    }
    if call.time_limit_secs is not None:
        fields["time_limit"] = call.time_limit_secs
    if call.call_id is not None:
        fields["status_callback"] = (
            addresses.status(call.call_id)
            if call.attempt is None
            else addresses.person_status(call.call_id, call.attempt)
        )
        fields["status_callback_event"] = ["initiated", "ringing", "answered", "completed"]
    if call.call_id is not None and call.machine_detection is not None:
        awaits_end = call.machine_detection.await_message_end
        fields["machine_detection"] = "DetectMessageEnd" if awaits_end else "Enable"
        fields["async_amd"] = "true"  # a text, not a bool, in Twilio's API
        fields["async_amd_status_callback"] = (
            addresses.machine(call.call_id)
            if call.attempt is None
            else addresses.person_machine(call.call_id, call.attempt)
        )
    return fields


def placed_call(call: Any) -> PlacedCall:
    """From the package's CallInstance; ValueError without an identity or a known status."""
    return PlacedCall(call_sid=_sid(call), status=CallStatus(call.status))


def carrier_call(call: Any) -> CarrierCall:
    """From the package's CallInstance; ValueError without an identity or a known status."""
    return CarrierCall(
        call_sid=_sid(call),
        status=CallStatus(call.status),
        direction=call.direction or "",
        created_at=call.date_created,
        started_at=call.start_time,
        ended_at=call.end_time,
        duration_secs=_whole(call.duration),
    )


def _sid(call: Any) -> str:
    sid = call.sid
    if not isinstance(sid, str) or not CALL_SID.fullmatch(sid):
        raise ValueError("The carrier's answer names no call")
    return sid


def _whole(text: object) -> int | None:
    try:
        return int(str(text))
    except ValueError:
        return None
