"""The legs of a call: the caller's, and that of the person they are put through to. Plain code.

"Caller" is the other side of a call, also in one that we placed.
"""

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import datetime
from enum import StrEnum
from typing import NamedTuple

from bot.carriers.carrier import CallStatus
from bot.carriers.leg import Leg

MOST_REPLACEMENTS = 3  # a line that breaks more often will not carry the call
SHORT_SECS = 2.0  # a stream that was replaced this soon carried no conversation ...
MOST_SHORT = 2  # ... and after so many of them the next is no better


@dataclass(frozen=True, kw_only=True, eq=False)
class Stream:
    """One media stream of the caller's leg; `let_go` tells its opener that it is over."""

    leg: Leg
    let_go: Callable[[], None]

    async def close(self) -> None:
        """Ends the stream; once it is closed, this does nothing."""
        self.let_go()
        await self.leg.close()


@dataclass(frozen=True, kw_only=True)
class CallerLeg:
    """The caller's leg: which stream it is on, or which one is awaited."""

    # Handed to the carrier as a stream parameter, given back by the stream that claims the call;
    # empty while no stream is expected.
    token: str = field(default="", repr=False)
    stream: Stream | None = None  # None: it has not come, or is lost
    came: bool = False  # a stream has come at some time
    stopped_at: datetime | None = None  # the carrier stopped the last one then; None: it did not
    replaced_at: tuple[float, ...] = ()  # streams that took a lost one's place, `monotonic`

    @property
    def is_lost(self) -> bool:
        """It was connected and is not."""
        return self.came and self.stream is None

    def connected(self, stream: Stream) -> "CallerLeg":
        """Its stream is here; the token is used up."""
        return replace(self, token="", stream=stream, came=True, stopped_at=None)

    def lost(self, stopped_at: datetime | None) -> "CallerLeg":
        """Its stream is gone: stopped by the carrier then, or without a word."""
        return replace(self, stream=None, stopped_at=stopped_at)

    def awaiting(self, token: str, now_secs: float) -> "CallerLeg | None":
        """Expecting a stream in place of the lost one; None when the line breaks too often."""
        short = [at for at in self.replaced_at if now_secs - at < SHORT_SECS]
        if len(self.replaced_at) >= MOST_REPLACEMENTS or len(short) >= MOST_SHORT:
            return None
        return replace(self, token=token, replaced_at=(*self.replaced_at, now_secs))


class Target(NamedTuple):
    """Somebody whom a caller can be put through to."""

    name: str  # of the agent's people
    number: str  # E.164 or sip:


class TransferOutcome(StrEnum):
    """How an attempt to put the caller through to a person ended."""

    ANSWERED = "answered"  # the two have talked
    DECLINED = "declined"
    BUSY = "busy"
    NO_ANSWER = "no_answer"  # it rang in vain, or the caller hung up first
    VOICEMAIL = "voicemail"  # a machine took the call: for carriers that can tell
    CANCELLED = "cancelled"  # the caller wanted nobody any more
    FAILED = "failed"  # the person could not be dialled


@dataclass(frozen=True, kw_only=True)
class HumanLeg:
    """The leg of the person that the caller is put through to."""

    reason: str  # in the model's words, or in ours
    line: str = ""  # said before the hold line
    number: str = ""  # E.164 or sip:; empty: the human of the line
    name: str = ""  # of the agent's people
    others: tuple["Target", ...] = ()  # who are called after that one, in turn
    asked_at: datetime
    outcome: TransferOutcome | None = None  # None: not known yet; of the last one called
    called: bool = False  # while the conversation waits: a caller whom nobody takes comes back
    returns: bool = False  # nobody took the caller, whose stream is awaited

    @property
    def rings(self) -> bool:
        """Their telephone rings, and the agent waits for what comes of it."""
        return self.called and self.outcome is None


@dataclass(frozen=True, kw_only=True)
class Consultation:
    """Asking a person whether they take the caller, who stays with the agent meanwhile."""

    reason: str  # in the model's words
    brief: str = field(repr=False)  # who calls and what about, said to the person alone
    target: Target
    others: tuple[Target, ...] = ()  # who are asked after that one, in turn
    asked_at: datetime
    attempt: int  # counts the people asked in this call: it names the person's leg
    call_sid: str | None = None  # of the person's leg; None: the carrier has not named it yet
    answered: bool = False  # somebody, or a machine, has come to the phone
    questions: int = 0  # that were not answered, or not understood
    taken: bool = False  # they take it: both legs go into the conference
    present: frozenset[str] = frozenset()  # CallSids of those who are in it


_OUTCOMES = {
    CallStatus.COMPLETED: TransferOutcome.ANSWERED,
    CallStatus.IN_PROGRESS: TransferOutcome.ANSWERED,
    CallStatus.BUSY: TransferOutcome.BUSY,
    CallStatus.NO_ANSWER: TransferOutcome.NO_ANSWER,
    CallStatus.CANCELED: TransferOutcome.NO_ANSWER,
    CallStatus.FAILED: TransferOutcome.FAILED,
}
_DECLINED = 603  # RFC 3261, section 21.6.2: "Decline"


def transfer_outcome(
    status: CallStatus | None, sip_response_code: int | None
) -> TransferOutcome | None:
    """What the carrier's report of a dialled person means; None while that leg goes on."""
    outcome = None if status is None else _OUTCOMES.get(status)
    if outcome is not None and sip_response_code == _DECLINED:
        return TransferOutcome.DECLINED
    return outcome
