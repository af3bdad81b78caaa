"""All that can happen to a call, as frozen events for `step`. Plain code."""

from dataclasses import dataclass, field
from typing import Literal

from bot.calls.legs import Stream, Target, TransferOutcome
from bot.calls.outcome import Ending
from bot.calls.person_events import AboutPerson
from bot.calls.state import Timer
from bot.carriers.carrier import CallStatus
from bot.carriers.events import MachineDetected, StatusUpdate
from bot.carriers.leg import Ended

# -- on the way to us, or to them -----------------------------------------------------------------


@dataclass(frozen=True)
class CameBack:
    """The carrier asks what to do with an inbound call: for the first time, or from the queue."""


@dataclass(frozen=True)
class LetIn:
    """There is a place for the call, and it is kept for it."""


@dataclass(frozen=True)
class TurnedAway:
    """There is no place for the call, and it does not wait for one; or it is not let in."""

    ending: Ending = Ending.AT_CAPACITY


@dataclass(frozen=True)
class Placed:
    """The carrier has the call that we order, under this id."""

    call_sid: str


@dataclass(frozen=True)
class NotPlaced:
    """The carrier has no such call, and will have none."""


@dataclass(frozen=True)
class PlacingUnclear:
    """The carrier may have taken our order, or not: its answer was lost."""


# -- what the carrier says ------------------------------------------------------------------------


@dataclass(frozen=True)
class StatusReported:
    """It rings, is answered, is over: in any order, twice, late or never."""

    update: StatusUpdate


@dataclass(frozen=True)
class MachineReported:
    """Who has answered, as the carrier hears it."""

    report: MachineDetected


@dataclass(frozen=True)
class FollowUpAsked:
    """The caller's stream is over, and the carrier asks what follows."""

    call_status: CallStatus | None  # of the call; None: it does not say
    token: str = field(repr=False)  # for the stream that may follow


@dataclass(frozen=True)
class CarrierAnswered:
    """How a call whose stream is missing has ended according to the carrier (`AskCarrier`)."""

    ending: Ending | None  # None: it goes on, or the carrier cannot tell


@dataclass(frozen=True)
class TransferEnded:
    """The person was dialled; this came of it."""

    outcome: TransferOutcome
    token: str = field(default="", repr=False)  # for the stream that may follow
    caller_gone: bool = False


@dataclass(frozen=True)
class PersonPickedUp:
    """The person who was dialled talks with the caller."""


# -- the caller's leg -----------------------------------------------------------------------------


@dataclass(frozen=True)
class LegConnected:
    """A media stream has come that says it is this call's."""

    stream: Stream
    call_sid: str
    token: str = field(repr=False)


@dataclass(frozen=True)
class LegEnded:
    """The caller's stream is over: stopped by the carrier, lost, or unreadable."""

    how: Ended


# -- decisions ------------------------------------------------------------------------------------


@dataclass(frozen=True)
class HangUpAsked:
    """A request to end the call: by the API, or because the service stops."""

    ending: Ending
    farewell: bool = False  # after the agent's last line, where a conversation goes on


@dataclass(frozen=True)
class EndingDecided:
    """The pipeline, its limits or its supervisor, or what the call was begun by, ends it."""

    ending: Ending
    own_reason: str = ""  # an author's own word for that ending, kept in the record


@dataclass(frozen=True)
class BrainLost:
    """What thinks and speaks is gone for good: the call ends so, or another brain goes on."""

    ending: Ending


@dataclass(frozen=True)
class HandOverAsked:
    """Another agent is to go on with the call."""

    agent: str
    reason: str


@dataclass(frozen=True)
class HandedOver:
    """Another agent has the call."""

    fallback: bool  # it has another brain


@dataclass(frozen=True)
class TransferAsked:
    """The pipeline wants the caller to be put through now."""

    reason: str  # in the model's words, or in ours
    line: str = ""  # said before the hold line
    number: str = ""  # E.164 or sip:; empty: the human of the line
    name: str = ""  # of the agent's people
    others: tuple[Target, ...] = ()  # who are called after that one, in turn


@dataclass(frozen=True)
class KeysAsked:
    """The pipeline, or somebody who reaches into the call, wants keys pressed now."""

    keys: str = field(repr=False)
    token: str = field(repr=False)  # for the stream that may follow
    from_outside: bool = False  # the agent does not know of it yet


@dataclass(frozen=True)
class WordsSent:
    """Somebody reaches into the call with words for the agent."""

    how: Literal["say", "whisper", "context"]
    text: str = field(repr=False)


@dataclass(frozen=True)
class OperatorCame:
    """An operator speaks in the agent's place from now on."""

    who: str
    seat: str


@dataclass(frozen=True)
class OperatorLeft:
    """They have given the call back, or are not heard any more."""

    seat: str = ""  # empty: whoever it is


@dataclass(frozen=True)
class KeysAnswered:
    """What the carrier says to that."""

    # "away": the stream ends, and another follows; "unclear": perhaps so, for the answer was lost
    how: Literal["pressed", "away", "unclear", "refused"]


@dataclass(frozen=True)
class TakenElsewhere:
    """The stream that was awaited has come to another process, which has the call now."""


# -- time, and what the runner has done -----------------------------------------------------------


@dataclass(frozen=True)
class TimerDue:
    """A timer of the call has run out."""

    timer: Timer
    due_secs: float  # what it was set to: one that was set anew since does not count


@dataclass(frozen=True)
class SessionSettled:
    """The model's session is open, or could not be opened."""


@dataclass(frozen=True)
class LetGo:
    """Nothing of the call is held any more; what is not stored yet waits for the database."""


@dataclass(frozen=True)
class Stored:
    """All of the call is in the store, or lost."""


Event = (
    CameBack
    | LetIn
    | TurnedAway
    | Placed
    | NotPlaced
    | PlacingUnclear
    | StatusReported
    | MachineReported
    | FollowUpAsked
    | CarrierAnswered
    | TransferEnded
    | PersonPickedUp
    | AboutPerson
    | LegConnected
    | LegEnded
    | HangUpAsked
    | EndingDecided
    | BrainLost
    | TransferAsked
    | KeysAsked
    | WordsSent
    | OperatorCame
    | OperatorLeft
    | KeysAnswered
    | HandOverAsked
    | HandedOver
    | TakenElsewhere
    | TimerDue
    | SessionSettled
    | LetGo
    | Stored
)
