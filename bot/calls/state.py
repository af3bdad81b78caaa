"""Where a call stands: a frozen value that `step` alone moves. Plain code."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import IntEnum, StrEnum

from bot.calls.legs import CallerLeg, Consultation, HumanLeg
from bot.calls.outcome import Ending
from bot.carriers.events import MachineDetected
from bot.carriers.status_log import StatusLog
from bot.store.records import Direction


class Stage(IntEnum):
    """A call only moves forward."""

    EXPECTED = 1  # announced or placed; its stream has not come
    TALKING = 2  # its stream is here, or was and may come back
    ENDING = 3  # how it ends is decided
    ENDED = 4  # everything is let go; what is not stored yet waits for the database


class Timer(StrEnum):
    """What a call waits for no longer than so long."""

    QUEUE = "queue"  # its caller comes back from the queue
    STREAM = "stream"  # its first stream comes
    LOST_STREAM = "lost_stream"  # the carrier says why a stream went away
    NEW_STREAM = "new_stream"  # the carrier was told to bring another
    KEYS = "keys"  # the stream goes away for keys that the carrier was told to press
    PERSON = "person"  # who is asked answers the phone, decides, and comes into the conference
    RINGING = "ringing"  # the carrier tells what came of calling a person
    FAREWELL = "farewell"  # the agent says its last line and hangs up


@dataclass(frozen=True, kw_only=True)
class Operator:
    """Who speaks in the agent's place."""

    who: str
    seat: str  # of theirs at the call's sound: one that was left counts no more


Timers = Mapping[Timer, float]  # when each is due, by `bot.clock.monotonic`


@dataclass(frozen=True, kw_only=True)
class CallState:
    """Where one call stands."""

    direction: Direction
    began_at: datetime
    stream_within_secs: float  # from when the carrier has it: ringing, and the stream's coming
    stage: Stage = Stage.EXPECTED
    timers: Timers = field(default_factory=dict)
    caller: CallerLeg = field(default_factory=CallerLeg)
    human: HumanLeg | None = None  # None: the caller was never to be put through
    consultation: Consultation | None = None  # None: nobody is being asked
    people_asked: int = 0  # in consultations
    transfers: int = 0  # how often a person was called while the conversation waited
    # -- on its way
    admitted: bool = False  # it has a place; a call that waits or is turned away has none
    visits: int = 0  # how often the carrier has asked what to do with it
    call_sid: str | None = None  # the carrier's name of it
    settled: bool = False  # the carrier has it, or never will
    in_doubt: bool = False  # the carrier may have it, or not: only it can tell
    status_log: StatusLog = field(default_factory=StatusLog)
    answered_at: datetime | None = None
    opening: bool = False  # the model's session is being opened
    session_asked: bool = False  # it was begun to be opened
    machine_reports: tuple[MachineDetected, ...] = ()  # before the conversation
    asked_carrier: bool = False  # how it stands, for its stream is missing
    keys: str = field(default="", repr=False)  # that the carrier was asked to press
    fallback: bool = False  # its agent has another brain, and none was needed in this call yet
    failed_over: bool = False  # one was: a second time the call ends
    operator: Operator | None = None  # None: the agent speaks for itself
    elsewhere: bool = False  # another process has it: nothing that happens here counts any more
    # -- its end
    farewell: Ending | None = None  # it is to end so after the agent's last line
    said_farewell: bool = False  # that line is over: nothing more is to be said
    ending: Ending | None = None
    own_reason: str = ""
    ended_at: datetime | None = None
    follow_up_asked: bool = False  # the carrier has heard from us what follows the stream
    closing: bool = False  # the runner was told to take the call down
    stored: bool = False  # all of it is

    @property
    def may_talk(self) -> bool:
        """Whether it has a place or waits for one: not if it was turned away, or is over."""
        return self.stage < Stage.ENDED and (self.admitted or self.ending is None)

    @property
    def talked(self) -> bool:
        """A conversation has begun here."""
        return self.caller.came

    @property
    def next_timer(self) -> tuple[Timer, float] | None:
        """The timer that is due first, and when."""
        return min(self.timers.items(), key=lambda item: item[1], default=None)
