"""The states of a call at the carrier and the ways it can end."""

from dataclasses import dataclass
from enum import StrEnum


class CallStatus(StrEnum):
    """CallStatus of the REST resource and of the callbacks."""

    QUEUED = "queued"
    INITIATED = "initiated"  # in callbacks only; the REST resource says queued
    RINGING = "ringing"
    IN_PROGRESS = "in-progress"
    COMPLETED = "completed"
    BUSY = "busy"
    NO_ANSWER = "no-answer"
    FAILED = "failed"
    CANCELED = "canceled"

    @property
    def is_final(self) -> bool:
        return self in FINAL


FINAL = frozenset(
    {
        CallStatus.COMPLETED,
        CallStatus.BUSY,
        CallStatus.NO_ANSWER,
        CallStatus.FAILED,
        CallStatus.CANCELED,
    }
)


class EndReason(StrEnum):
    """Why a call ended; what the status alone does not say."""

    CALLER_HUNG_UP = "caller-hung-up"
    REST_COMPLETED = "rest-completed"
    REST_CANCELED = "rest-canceled"
    TWIML_HANGUP = "twiml-hangup"
    TWIML_RAN_OUT = "twiml-ran-out"
    TWIML_REJECTED = "twiml-rejected"
    APPLICATION_ERROR = "application-error"
    TIME_LIMIT = "time-limit"
    BUSY = "busy"
    NO_ANSWER = "no-answer"
    FAILED = "failed"
    CARRIER_CLOSED = "carrier-closed"


@dataclass(frozen=True, kw_only=True)
class End:
    """The call is to end, with this status and for this reason."""

    status: CallStatus
    reason: EndReason


@dataclass(frozen=True, kw_only=True)
class Inline:
    """A TwiML document given in a REST request."""

    xml: str


@dataclass(frozen=True, kw_only=True)
class Fetch:
    """A TwiML document to be asked of the service."""

    url: str
    method: str = "POST"
    params: tuple[tuple[str, str], ...] = ()  # beside those of every voice request


Source = Inline | Fetch
Order = End | Source
"""What may reach a call from outside while it lives: to end, or to run another document."""
