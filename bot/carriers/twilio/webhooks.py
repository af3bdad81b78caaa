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

from bot.carriers.carrier import CALL_SID, CallStatus
from bot.carriers.events import (
    DialEnded,
    IncomingCall,
    JoinedConference,
    MachineDetected,
    PersonAnswer,
    PickedUp,
    StatusUpdate,
    StreamEnded,
)

Form = Mapping[str, object]  # decoded fields; what is not text (an upload) counts as missing

_CONTROL = re.compile("[\x00-\x1f\x7f-\x9f\ud800-\udfff]")
_VALUE_LIMIT = 1024  # characters kept of one value: far above any number, name or SIP address


class BadWebhook(ValueError):
    """A form that cannot be understood; the message says what is wrong with it."""


def incoming_call(form: Form) -> IncomingCall:
    """Raises BadWebhook."""
    texts = _texts(form)
    return IncomingCall(
        call_sid=_call_sid(texts), from_=texts.get("From", ""), to=texts.get("To", "")
    )


def status_update(form: Form) -> StatusUpdate:
    """Raises BadWebhook."""
    texts = _texts(form)
    status = _status_or_none(texts.get("CallStatus", ""))
    call_sid = _call_sid(texts)
    if status is None:
        known = ", ".join(CallStatus)
        raise BadWebhook(f"A status callback needs a CallStatus, one of: {known}")
    return StatusUpdate(
        call_sid=call_sid, status=status, timestamp=_time(texts.get("Timestamp", ""))
    )


def machine_detected(form: Form) -> MachineDetected:
    """Raises BadWebhook."""
    texts = _texts(form)
    call_sid = _call_sid(texts)
    if not texts.get("AnsweredBy"):
        raise BadWebhook("An answering machine report needs AnsweredBy")
    return MachineDetected(
        call_sid=call_sid,
        answered_by=texts["AnsweredBy"],
        after_ms=_count(texts, "MachineDetectionDuration"),
    )


def dial_ended(form: Form) -> DialEnded:
    """Raises BadWebhook."""
    texts = _texts(form)
    dialled = texts.get("DialCallStatus", "")
    return DialEnded(
        call_sid=_call_sid(texts),
        call_status=_status_or_none(texts.get("CallStatus", "")),
        # "answered" is what Twilio says here when <Dial> handed the call on
        status=CallStatus.COMPLETED if dialled == "answered" else _status_or_none(dialled),
        duration_secs=_count(texts, "DialCallDuration"),
        sip_response_code=_count(texts, "DialSipResponseCode"),
    )


def person_answer(form: Form) -> PersonAnswer:
    """Raises BadWebhook."""
    texts = _texts(form)
    return PersonAnswer(
        call_sid=_call_sid(texts),
        key=texts.get("Digits", "")[:1],
        words=texts.get("SpeechResult", ""),
    )


def joined_conference(form: Form) -> JoinedConference | None:
    """None: it tells of something else. Raises BadWebhook."""
    texts = _texts(form)
    if texts.get("StatusCallbackEvent") != "participant-join":
        return None
    return JoinedConference(call_sid=_call_sid(texts))


def picked_up(form: Form) -> PickedUp | None:
    """None: the person's call stands otherwise by now. Raises BadWebhook."""
    texts = _texts(form)
    answered = texts.get("CallStatus") == CallStatus.IN_PROGRESS.value
    return PickedUp(call_sid=_call_sid(texts, "ParentCallSid")) if answered else None


def stream_ended(form: Form) -> StreamEnded:
    """Raises BadWebhook."""
    texts = _texts(form)
    return StreamEnded(
        call_sid=_call_sid(texts), call_status=_status_or_none(texts.get("CallStatus", ""))
    )


def _texts(form: Form) -> dict[str, str]:
    return {
        name: _CONTROL.sub("", value)[:_VALUE_LIMIT]
        for name, value in form.items()
        if isinstance(value, str)
    }


def _call_sid(texts: Mapping[str, str], name: str = "CallSid") -> str:
    call_sid = texts.get(name, "")
    if not call_sid:
        raise BadWebhook(f"The form has no {name}: it does not say which call it is about")
    if not CALL_SID.fullmatch(call_sid):
        raise BadWebhook(f"The {name} may only have letters, digits, - and _, at most 64 of them")
    return call_sid


def _status_or_none(text: str) -> CallStatus | None:
    try:
        return CallStatus(text)
    except ValueError:
        return None


def _count(texts: Mapping[str, str], name: str) -> int | None:
    text = texts.get(name, "").strip()
    return int(text) if text.isascii() and text.isdigit() and len(text) <= 15 else None


def _time(text: str) -> datetime | None:
    try:
        moment = parsedate_to_datetime(text)
        return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)
    except (IndexError, OverflowError, TypeError, ValueError):
        return None
