"""What can happen while a person is asked whether they take the caller: events. Plain code."""

from dataclasses import dataclass, field
from typing import Literal

from bot.calls.legs import Target
from bot.carriers.events import MachineDetected, StatusUpdate


@dataclass(frozen=True)
class ConsultAsked:
    """The agent wants a person to be asked whether they take the caller."""

    reason: str
    brief: str = field(repr=False)
    target: Target
    others: tuple[Target, ...] = ()


@dataclass(frozen=True)
class ConsultCalledOff:
    """The caller wants nobody any more."""


@dataclass(frozen=True)
class PersonPlaced:
    """The carrier has the call to the person, under this id."""

    attempt: int
    call_sid: str


@dataclass(frozen=True)
class PersonNotPlaced:
    """The carrier would not call them."""

    attempt: int


@dataclass(frozen=True)
class PersonUnclear:
    """The carrier may have taken the order to call them, or not: its answer was lost."""

    attempt: int


@dataclass(frozen=True)
class PersonStatus:
    """How the person's leg stands."""

    attempt: int
    update: StatusUpdate


@dataclass(frozen=True)
class PersonMachine:
    """Who has answered there, as the carrier hears it."""

    attempt: int
    report: MachineDetected


@dataclass(frozen=True)
class PersonSaid:
    """What they answer to the question whether they take the caller."""

    attempt: int
    answer: Literal["yes", "no", "unclear"]


@dataclass(frozen=True)
class Joined:
    """A leg has come into the conference."""

    call_sid: str


@dataclass(frozen=True)
class CallerNotMoved:
    """The carrier would not bring the caller into the conference."""


AboutPerson = (
    ConsultAsked
    | ConsultCalledOff
    | PersonPlaced
    | PersonNotPlaced
    | PersonUnclear
    | PersonStatus
    | PersonMachine
    | PersonSaid
    | Joined
    | CallerNotMoved
)
