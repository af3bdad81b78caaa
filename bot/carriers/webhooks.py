"""What Twilio tells us about calls, read from its form posts.

Twilio adds fields without notice and leaves others out, so everything but the call's identity
may be missing or strange: then the field has its empty value. A form that does not even say
which call it speaks of is a `BadWebhook`. Check the signature first (`signatures.py`).
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from types import MappingProxyType
from typing import Self

from bot.carriers.carrier import CALL_SID, CallStatus

Form = Mapping[str, object]  # decoded fields; what is not text (an upload) counts as missing

_CONTROL = re.compile("[\x00-\x1f\x7f-\x9f\ud800-\udfff]")
_VALUE_LIMIT = 1024  # characters kept of one value: far above any number, name or SIP address
_SIP_HEADER = "SipHeader_"


class BadWebhook(ValueError):
    """A form that cannot be understood; the message says what is wrong with it."""


@dataclass(frozen=True, kw_only=True)
class IncomingCall:
    """Somebody calls, or a call we placed was answered and asks what to do."""

    call_sid: str
    direction: str  # inbound, outbound-api or outbound-dial
    from_: str = field(repr=False)  # raw: E.164, a SIP address, "anonymous", anything
    to: str = field(repr=False)
    status: CallStatus | None
    caller_name: str = field(repr=False)
    forwarded_from: str = field(repr=False)
    answered_by: str  # set when the carrier waited for its answering machine verdict
    error_code: int | None  # set when this is the fallback for a webhook of ours that failed
    sip_headers: Mapping[str, str] = field(repr=False)  # {"X-Name": value}
    raw: Mapping[str, str] = field(repr=False)

    @classmethod
    def parse(cls, form: Form) -> Self:
        raw = _texts(form)
        return cls(
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


@dataclass(frozen=True, kw_only=True)
class StatusUpdate:
    """A call has moved on. Updates may come late, twice, out of order or never."""

    call_sid: str
    status: CallStatus
    sequence: int | None = None  # SequenceNumber: the order in which things happened, from 0
    timestamp: datetime | None = None  # when it happened, UTC
    duration_secs: int | None = None  # with `completed`: talking time
    sip_response_code: int | None = None
    answered_by: str = ""
    error_code: int | None = None
    raw: Mapping[str, str] = field(default_factory=dict, repr=False)

    @classmethod
    def parse(cls, form: Form) -> Self:
        raw = _texts(form)
        status = _status_or_none(raw.get("CallStatus", ""))
        call_sid = _call_sid(raw)
        if status is None:
            known = ", ".join(CallStatus)
            raise BadWebhook(f"A status callback needs a CallStatus, one of: {known}")
        return cls(
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


@dataclass(frozen=True, kw_only=True)
class MachineDetected:
    """The answering machine verdict of a call that goes on meanwhile."""

    call_sid: str
    answered_by: str  # human, fax, unknown, machine_start, machine_end_beep / _silence / _other
    after_ms: int | None
    raw: Mapping[str, str] = field(repr=False)

    @classmethod
    def parse(cls, form: Form) -> Self:
        raw = _texts(form)
        call_sid = _call_sid(raw)
        if not raw.get("AnsweredBy"):
            raise BadWebhook("An answering machine report needs AnsweredBy")
        return cls(
            call_sid=call_sid,
            answered_by=raw["AnsweredBy"],
            after_ms=_count(raw, "MachineDetectionDuration"),
            raw=raw,
        )


@dataclass(frozen=True, kw_only=True)
class DialEnded:
    """An attempt to put the caller through is over, or the talk that followed it."""

    call_sid: str
    status: CallStatus | None  # how the dialled side ended: completed, busy, no-answer, failed...
    dialled_call_sid: str
    duration_secs: int | None
    sip_response_code: int | None
    raw: Mapping[str, str] = field(repr=False)

    @property
    def was_answered(self) -> bool:
        return self.status in (CallStatus.COMPLETED, CallStatus.IN_PROGRESS)

    @classmethod
    def parse(cls, form: Form) -> Self:
        raw = _texts(form)
        dialled = raw.get("DialCallStatus", "")
        return cls(
            call_sid=_call_sid(raw),
            # "answered" is what Twilio says here when <Dial> handed the call on
            status=CallStatus.COMPLETED if dialled == "answered" else _status_or_none(dialled),
            dialled_call_sid=raw.get("DialCallSid", ""),
            duration_secs=_count(raw, "DialCallDuration"),
            sip_response_code=_count(raw, "DialSipResponseCode"),
            raw=raw,
        )


@dataclass(frozen=True, kw_only=True)
class StreamEnded:
    """The media stream is over (`<Connect action>`), or what its status callback says of it."""

    call_sid: str
    call_status: CallStatus | None  # final: the caller is gone; in-progress: still on the line
    stream_sid: str
    event: str  # stream-started, stream-stopped, stream-error; "" from <Connect action>
    error: str  # StreamError; only a status callback has it
    raw: Mapping[str, str] = field(repr=False)

    @classmethod
    def parse(cls, form: Form) -> Self:
        raw = _texts(form)
        return cls(
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
