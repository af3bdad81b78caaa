"""All that can happen to a call, as frozen events for `step`. Plain code."""

from dataclasses import dataclass, field

from bot.calls.legs import Stream, TransferOutcome
from bot.calls.outcome import Ending
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
    """There is no place for the call, and it does not wait for one."""


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
class TransferAsked:
    """The pipeline wants the caller to be put through now."""

    reason: str  # in the model's words, or in ours
    line: str = ""  # said before the hold line


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
    | LegConnected
    | LegEnded
    | HangUpAsked
    | EndingDecided
    | TransferAsked
    | TimerDue
    | SessionSettled
    | LetGo
    | Stored
)
