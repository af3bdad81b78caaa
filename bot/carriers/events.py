"""What a carrier tells us of calls, whatever its wire looks like.

Everything but the call's identity may be missing: then the field has its empty value.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime

from bot.carriers.carrier import CallStatus


@dataclass(frozen=True, kw_only=True)
class IncomingCall:
    """An inbound call, or a placed call that was answered, asks what to do."""

    call_sid: str
    from_: str = field(repr=False)  # raw: E.164, a SIP address, "anonymous", anything
    to: str = field(repr=False)
    agent: str = ""  # who is asked for by name; empty: whoever answers this number


@dataclass(frozen=True, kw_only=True)
class StatusUpdate:
    """A call has moved on. Updates may come late, twice, out of order or never."""

    call_sid: str
    status: CallStatus
    timestamp: datetime | None = None  # when it happened, UTC


@dataclass(frozen=True, kw_only=True)
class MachineDetected:
    """The answering machine verdict of a call that goes on meanwhile."""

    call_sid: str
    answered_by: str  # human, fax, unknown, machine_start, machine_end_beep / _silence / _other
    after_ms: int | None


@dataclass(frozen=True, kw_only=True)
class DialEnded:
    """An attempt to put the caller through is over, or the talk that followed it."""

    call_sid: str
    call_status: CallStatus | None = None  # of the caller: final where they have hung up
    status: CallStatus | None  # how the dialled side ended: completed, busy, no-answer, failed...
    duration_secs: int | None = None
    sip_response_code: int | None = None

    @property
    def was_answered(self) -> bool:
        """The two have talked with each other."""
        return self.status in (CallStatus.COMPLETED, CallStatus.IN_PROGRESS)


@dataclass(frozen=True, kw_only=True)
class PersonAnswer:
    """What a person says to the question whether they take a caller."""

    call_sid: str
    key: str = ""
    words: str = field(default="", repr=False)


@dataclass(frozen=True, kw_only=True)
class JoinedConference:
    """A call has come into a conference."""

    call_sid: str


@dataclass(frozen=True, kw_only=True)
class PickedUp:
    """The person who is dialled for a caller has answered."""

    call_sid: str  # of the caller


@dataclass(frozen=True, kw_only=True)
class StreamEnded:
    """The media stream is over: the carrier asks what comes next."""

    call_sid: str
    call_status: CallStatus | None  # final: the caller is gone; in-progress: still on the line
