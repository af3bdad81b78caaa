"""What Twilio tells us about calls, read from its form posts.

Twilio adds fields without notice and leaves others out, so everything but the call's identity
may be missing or strange: then the field has its empty value. A form that does not even say
which call it speaks of is a `BadWebhook`. Check the signature first (`signatures.py`).
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from types import MappingProxyType

from bot.carriers.carrier import CALL_SID, CallStatus
from bot.carriers.events import (
    DialEnded,
    IncomingCall,
    MachineDetected,
    StatusUpdate,
    StreamEnded,
)

Form = Mapping[str, object]  # decoded fields; what is not text (an upload) counts as missing

_CONTROL = re.compile("[\x00-\x1f\x7f-\x9f\ud800-\udfff]")
_VALUE_LIMIT = 1024  # characters kept of one value: far above any number, name or SIP address
_SIP_HEADER = "SipHeader_"


class BadWebhook(ValueError):
    """A form that cannot be understood; the message says what is wrong with it."""


def incoming_call(form: Form) -> IncomingCall:
    """Raises BadWebhook."""
    raw = _texts(form)
    return IncomingCall(
        call_sid=_call_sid(raw),
        direction=raw.get("Direction", "inbound"),
        from_=raw.get("From", ""),
        to=raw.get("To", ""),
        status=_status_or_none(raw.get("CallStatus", "")),
        caller_name=raw.get("CallerName", ""),
        forwarded_from=raw.get("ForwardedFrom", ""),
        answered_by=raw.get("AnsweredBy", ""),
        error_code=_count(raw, "ErrorCode"),
        sip_headers=MappingProxyType(
            {
                name.removeprefix(_SIP_HEADER): value
                for name, value in raw.items()
                if name.startswith(_SIP_HEADER) and name != _SIP_HEADER
            }
        ),
        raw=raw,
    )


def status_update(form: Form) -> StatusUpdate:
    """Raises BadWebhook."""
    raw = _texts(form)
    status = _status_or_none(raw.get("CallStatus", ""))
    call_sid = _call_sid(raw)
    if status is None:
        known = ", ".join(CallStatus)
        raise BadWebhook(f"A status callback needs a CallStatus, one of: {known}")
    return StatusUpdate(
        call_sid=call_sid,
        status=status,
        sequence=_count(raw, "SequenceNumber"),
        timestamp=_time(raw.get("Timestamp", "")),
        duration_secs=_first(_count(raw, "CallDuration"), _count(raw, "Duration")),
        sip_response_code=_count(raw, "SipResponseCode"),
        answered_by=raw.get("AnsweredBy", ""),
        error_code=_count(raw, "ErrorCode"),
        raw=raw,
    )


def machine_detected(form: Form) -> MachineDetected:
    """Raises BadWebhook."""
    raw = _texts(form)
    call_sid = _call_sid(raw)
    if not raw.get("AnsweredBy"):
        raise BadWebhook("An answering machine report needs AnsweredBy")
    return MachineDetected(
        call_sid=call_sid,
        answered_by=raw["AnsweredBy"],
        after_ms=_count(raw, "MachineDetectionDuration"),
        raw=raw,
    )


def dial_ended(form: Form) -> DialEnded:
    """Raises BadWebhook."""
    raw = _texts(form)
    dialled = raw.get("DialCallStatus", "")
    return DialEnded(
        call_sid=_call_sid(raw),
        # "answered" is what Twilio says here when <Dial> handed the call on
        status=CallStatus.COMPLETED if dialled == "answered" else _status_or_none(dialled),
        dialled_call_sid=raw.get("DialCallSid", ""),
        duration_secs=_count(raw, "DialCallDuration"),
        sip_response_code=_count(raw, "DialSipResponseCode"),
        raw=raw,
    )


def stream_ended(form: Form) -> StreamEnded:
    """Raises BadWebhook."""
    raw = _texts(form)
    return StreamEnded(
        call_sid=_call_sid(raw),
        call_status=_status_or_none(raw.get("CallStatus", "")),
        stream_sid=raw.get("StreamSid", ""),
        event=raw.get("StreamEvent", ""),
        error=raw.get("StreamError", ""),
        raw=raw,
    )


def _texts(form: Form) -> Mapping[str, str]:
    return MappingProxyType(
        {
            name: _CONTROL.sub("", value)[:_VALUE_LIMIT]
            for name, value in form.items()
            if isinstance(value, str)
        }
    )


def _call_sid(raw: Mapping[str, str]) -> str:
    call_sid = raw.get("CallSid", "")
    if not call_sid:
        raise BadWebhook("The form has no CallSid: it does not say which call it is about")
    if not CALL_SID.fullmatch(call_sid):
        raise BadWebhook("The CallSid may only have letters, digits, - and _, at most 64 of them")
    return call_sid


def _status_or_none(text: str) -> CallStatus | None:
    try:
        return CallStatus(text)
    except ValueError:
        return None


def _count(raw: Mapping[str, str], name: str) -> int | None:
    text = raw.get(name, "").strip()
    return int(text) if text.isascii() and text.isdigit() and len(text) <= 15 else None


def _first(*values: int | None) -> int | None:
    return next((value for value in values if value is not None), None)


def _time(text: str) -> datetime | None:
    try:
        moment = parsedate_to_datetime(text)
        return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)
    except (IndexError, OverflowError, TypeError, ValueError):
        return None
