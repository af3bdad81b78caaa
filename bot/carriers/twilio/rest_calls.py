"""A call in the words of the twilio package, and back in ours."""

from __future__ import annotations

from decimal import Decimal, InvalidOperation
from typing import Any

from bot.carriers.carrier import CALL_SID, CallStatus, CarrierCall, PlaceCall, PlacedCall
from bot.carriers.twilio.addresses import Addresses
from bot.carriers.twilio.instructions import document
from bot.carriers.twilio.twiml import check_rest_limit


def create_fields(call: PlaceCall, addresses: Addresses) -> dict[str, object]:
    """The call in the keyword arguments of the package's `calls.create_async`.

    Raises ValueError for TwiML too long for a REST request.
    """
    answer = call.on_answer
    fields: dict[str, object | None] = {
        "to": call.to,
        "from_": call.from_,
        "url": call.url,
        "twiml": None if answer is None else check_rest_limit(document(answer, addresses)),
        "timeout": call.ring_timeout_secs,
        "time_limit": call.time_limit_secs,
        "send_digits": call.send_digits,
    }
    if call.call_id is not None:
        fields["status_callback"] = addresses.status(call.call_id)
        fields["status_callback_event"] = ["initiated", "ringing", "answered", "completed"]
    if call.sip_auth is not None:
        fields["sip_auth_username"] = call.sip_auth.username
        fields["sip_auth_password"] = call.sip_auth.password
    if call.recording is not None:
        fields["record"] = True
        fields["recording_channels"] = call.recording.channels
        fields["recording_status_callback"] = call.recording.callback_url
        fields["recording_status_callback_event"] = ["in-progress", "completed", "absent"]
        fields["trim"] = "do-not-trim"  # positions in the recording stay those of the call
    if call.call_id is not None and call.machine_detection is not None:
        detection = call.machine_detection
        fields["machine_detection"] = (
            "DetectMessageEnd" if detection.await_message_end else "Enable"
        )
        fields["machine_detection_timeout"] = detection.timeout_secs
        fields["machine_detection_speech_threshold"] = detection.speech_threshold_ms
        fields["machine_detection_speech_end_threshold"] = detection.speech_end_threshold_ms
        fields["machine_detection_silence_timeout"] = detection.silence_timeout_ms
        fields["async_amd"] = "true"  # a text, not a bool, in Twilio's API
        fields["async_amd_status_callback"] = addresses.machine(call.call_id)
    return {name: value for name, value in fields.items() if value is not None}


def placed_call(call: Any) -> PlacedCall:
    """From the package's CallInstance; ValueError without an identity or a known status."""
    return PlacedCall(call_sid=_sid(call), status=CallStatus(call.status))


def carrier_call(call: Any) -> CarrierCall:
    """From the package's CallInstance; ValueError without an identity or a known status."""
    return CarrierCall(
        call_sid=_sid(call),
        status=CallStatus(call.status),
        direction=call.direction or "",
        from_=call._from or "",
        to=call.to or "",
        created_at=call.date_created,
        started_at=call.start_time,
        ended_at=call.end_time,
        duration_secs=_whole(call.duration),
        price=_price(call.price),
        price_unit=call.price_unit or "",
        answered_by=call.answered_by or "",
        queued_ms=_whole(call.queue_time),
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


def _price(text: object) -> Decimal | None:
    """What we pay. Twilio writes charges as negative amounts."""
    try:
        price = Decimal(str(text))
    except InvalidOperation:
        return None
    return abs(price) if price.is_finite() else None
