"""A call as its sound sees it: what is heard on a live leg, and what is played there.

Sound is 8 kHz μ-law. Positions count milliseconds of our sound since the leg began.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Literal, NamedTuple, Protocol

from processors.sound import CallerSound

# The carrier stopped the stream, the line to the carrier went away, or what comes over it cannot be
# read.
Ended = Literal["stopped", "lost", "broken"]


@dataclass(frozen=True, kw_only=True, slots=True)
class KeyPressed:
    """The caller pressed a key of the telephone."""

    key: str  # 0-9 * #


@dataclass(frozen=True, kw_only=True, slots=True)
class Reached:
    """The carrier says that it has played up to a point; `Leg.reached` tells what that proves."""

    point: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Point:
    """A point in the sound played."""

    position_ms: float
    utterance_id: str | None  # set when this utterance ends there


class Dropped(NamedTuple):
    """Messages that nothing came of."""

    unreadable: int
    unknown: int
    repeated: int


Heard = CallerSound | KeyPressed | Reached | Ended


class Leg(Protocol):
    """One side of a call, while it is on a stream of ours. Nothing raises when the line is gone:
    `hear` tells of it.
    """

    async def hear(self, take: Callable[[Heard], None]) -> None:
        """Hands over what comes, as it comes; returns when the line is gone. Nothing follows a
        "broken". `take` must not raise.
        """

    def play(self, ulaw: bytes, *, ends: str | None = None) -> None:
        """Hands sound to the carrier at once, to be played after what it has; `ends` is the
        utterance that is over with it.
        """

    def clear(self, *, tell: bool) -> float:
        """Forgets what was not heard, and returns the position heard, from which on sound is played
        next. With `tell` the carrier drops it as well; else the line is about to be taken away.
        """

    def reached(self, point: str) -> Sequence[Point]:
        """The points that this proves to be played, in order; none for one that was cleared."""

    @property
    def sent_ms(self) -> float:
        """The position at the end of what was played, without what was cleared."""

    @property
    def idle(self) -> bool:
        """Nothing waits to be heard, as far as is known."""

    @property
    def unproven_ms(self) -> float:
        """How much sound was played that the carrier has not told of yet."""

    def position_ms(self) -> float:
        """The position that will have been heard when the carrier is told now to drop the rest."""

    def ahead_ms(self) -> float:
        """How much sound the carrier still holds when what is played now arrives."""

    @property
    def congested(self) -> bool:
        """The carrier takes less than it is given."""

    async def drain(self) -> None:
        """Waits until it is not congested, or gone."""

    @property
    def dropped(self) -> Dropped:
        """What came over this leg and was of no use."""

    async def close(self, *, failed: bool = False) -> None:
        """Lets the stream go, also when that was done before; the carrier then goes on with the
        call. `failed`: it did not do what it has to.
        """
