"""The sound of a live call, for people who listen to it and one who speaks in the agent's place.

Nobody who listens holds the call up: each has a bounded buffer, loses the oldest of what they have
not taken, and is told how much. Where nobody listens nothing is done at all.
"""

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Literal

from bot.media.g711 import BYTES_PER_MS

MOST_WAITING = 150  # pieces that a listener has not taken: two seconds of both sides, or so
Side = Literal["caller", "agent"]


@dataclass(frozen=True, slots=True)
class Piece:
    """Some sound of one side, μ-law at 8 kHz, and in how many ms it is heard on the line. Empty:
    what was sent of that side and is not heard yet never will be.
    """

    side: Side
    ulaw: bytes
    in_ms: int = 0


class Listener:
    """One who listens: takes pieces with `take`, and is told what they have lost."""

    def __init__(self, most_waiting: int) -> None:
        self._waiting: deque[Piece] = deque(maxlen=most_waiting)
        self._came = asyncio.Event()
        self._lost_bytes = 0

    def hear(self, piece: Piece) -> None:
        """More has come. Never waits."""
        if len(self._waiting) == self._waiting.maxlen:
            self._lost_bytes += len(self._waiting[0].ulaw)
        self._waiting.append(piece)
        self._came.set()

    async def take(self) -> tuple[Piece, int]:
        """The oldest piece that waits, and how many ms of sound were lost before it."""
        while not self._waiting:
            self._came.clear()
            await self._came.wait()
        lost, self._lost_bytes = self._lost_bytes, 0
        return self._waiting.popleft(), lost // BYTES_PER_MS


class CallSound:
    """What one call sounds like, on whatever stream and with whatever agent."""

    def __init__(self) -> None:
        self.listeners: tuple[Listener, ...] = ()
        self.is_private = False  # the other side says what nobody may hear
        # Takes what an operator says, μ-law at 8 kHz; None: nobody speaks in the agent's place.
        self.operator: Callable[[bytes], Awaitable[None]] | None = None

    @contextmanager
    def listen(self, *, most_waiting: int = MOST_WAITING) -> Iterator[Listener]:
        """Listens from now on and for as long as this is entered."""
        listener = Listener(most_waiting)
        self.listeners = (*self.listeners, listener)
        try:
            yield listener
        finally:
            self.listeners = tuple(each for each in self.listeners if each is not listener)

    def caller(self, ulaw: bytes) -> None:
        """The other side is heard; where that is private, as silence."""
        self._tell(Piece("caller", b"\xff" * len(ulaw) if self.is_private else ulaw))

    def agent(self, ulaw: bytes, in_ms: float) -> None:
        """This was sent to the other side, who hears it in so many ms."""
        self._tell(Piece("agent", ulaw, max(0, round(in_ms))))

    def cut(self) -> None:
        """What was sent and is not heard yet was taken back."""
        self._tell(Piece("agent", b""))

    def _tell(self, piece: Piece) -> None:
        for listener in self.listeners:
            listener.hear(piece)
