"""What a carrier tells us of calls, whatever its wire looks like.

Everything but the call's identity may be missing: then the field has its empty value.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from bot.carriers.carrier import CallStatus


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


@dataclass(frozen=True, kw_only=True)
class StatusUpdate:
    """A call has moved on. Updates may come late, twice, out of order or never."""

    call_sid: str
    status: CallStatus
    sequence: int | None = None  # the order in which things happened, from 0
    timestamp: datetime | None = None  # when it happened, UTC
    duration_secs: int | None = None  # with `completed`: talking time
    sip_response_code: int | None = None
    answered_by: str = ""
    error_code: int | None = None
    raw: Mapping[str, str] = field(default_factory=dict, repr=False)


@dataclass(frozen=True, kw_only=True)
class MachineDetected:
    """The answering machine verdict of a call that goes on meanwhile."""

    call_sid: str
    answered_by: str  # human, fax, unknown, machine_start, machine_end_beep / _silence / _other
    after_ms: int | None
    raw: Mapping[str, str] = field(repr=False)


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
        """The two have talked with each other."""
        return self.status in (CallStatus.COMPLETED, CallStatus.IN_PROGRESS)


@dataclass(frozen=True, kw_only=True)
class StreamEnded:
    """The media stream is over, or the carrier tells something else of it (`event`)."""

    call_sid: str
    call_status: CallStatus | None  # final: the caller is gone; in-progress: still on the line
    stream_sid: str
    event: str  # stream-started, stream-stopped, stream-error; "": it asks what comes next
    error: str  # what the carrier says went wrong
    raw: Mapping[str, str] = field(repr=False)
