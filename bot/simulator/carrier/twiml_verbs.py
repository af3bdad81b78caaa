"""The verbs of TwiML that this carrier executes, as data."""

from collections.abc import Mapping
from dataclasses import dataclass

from bot.simulator.carrier.request import Callback


@dataclass(frozen=True, kw_only=True)
class TwimlProblem:
    """Something in the document that was left out."""

    code: int
    message: str


@dataclass(frozen=True, kw_only=True)
class Say:
    text: str
    loop: int


@dataclass(frozen=True, kw_only=True)
class PlayDigits:
    digits: str


@dataclass(frozen=True, kw_only=True)
class Pause:
    length_secs: float


@dataclass(frozen=True, kw_only=True)
class Callee:
    """One noun of a <Dial>."""

    kind: str  # "number" or "sip"
    address: str
    callback: Callback | None = None


@dataclass(frozen=True, kw_only=True)
class Conference:
    """The noun of a <Dial> that leads into a room."""

    name: str
    starts: bool  # startConferenceOnEnter
    ends: bool  # endConferenceOnExit
    most: int  # participants
    label: str
    callback: Callback | None


@dataclass(frozen=True, kw_only=True)
class Gather:
    lines: tuple[Say, ...]
    inputs: frozenset[str]  # dtmf, speech
    digits: int | None  # how many are awaited
    finish_key: str
    timeout_secs: float  # after the lines
    tells_silence: bool  # actionOnEmptyResult
    action: str | None
    method: str


@dataclass(frozen=True, kw_only=True)
class Dial:
    callees: tuple[Callee, ...]
    action: str | None
    method: str
    timeout_secs: float
    time_limit_secs: float | None
    caller_id: str | None
    conference: Conference | None = None


@dataclass(frozen=True, kw_only=True)
class Hangup:
    pass


@dataclass(frozen=True, kw_only=True)
class Reject:
    reason: str  # "rejected" or "busy"


@dataclass(frozen=True, kw_only=True)
class Redirect:
    url: str
    method: str


@dataclass(frozen=True, kw_only=True)
class ConnectStream:
    url: str
    name: str | None
    parameters: Mapping[str, str]
    status_callback: str | None
    status_callback_method: str
    action: str | None
    method: str


Verb = Say | PlayDigits | Pause | Dial | Gather | Hangup | Reject | Redirect | ConnectStream


@dataclass(frozen=True, kw_only=True)
class Document:
    """A program for a call."""

    verbs: tuple[Verb, ...]
    problems: tuple[TwimlProblem, ...]
    xml: str
