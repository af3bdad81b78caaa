"""The carrier's end of a media stream, in memory and on the loop's clock.

It buffers and plays what it is sent, sends marks back when they are due and after a clear, and
refuses every message that Twilio would ignore (the rules are those of the simulated carrier).
"""

import asyncio
import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from bot.carriers.twilio.leg import TwilioLeg
from bot.carriers.twilio.media_socket import SocketClosed
from bot.simulator.carrier import messages
from bot.simulator.carrier.marks_late import MarksLate
from bot.simulator.carrier.messages import Clear, Command, MarkMessage, Media
from bot.simulator.carrier.playback import LinePlayback

STREAM_SID = "MZ" + "0" * 32
CALL_SID = "CA" + "1" * 32
ACCOUNT_SID = "AC" + "2" * 32


@dataclass(frozen=True, kw_only=True)
class Taken:
    """A message the service sent, and when it arrived (loop time, seconds)."""

    at_secs: float
    command: Command


class FarCarrier:
    """A `MediaSocket` whose other end is the caller's telephone."""

    def __init__(
        self,
        *,
        stream_sid: str = STREAM_SID,
        echo_after_secs: float = 0.0,
        jitter_secs: float = 0.0,
    ) -> None:
        self.stream_sid = stream_sid
        self.taken: list[Taken] = []
        self.closed_with: int | None = None
        self.takes = True  # False: what is sent to it piles up
        self.loses_marks: set[str] = set()  # names whose echo gets lost
        self.playback = LinePlayback()
        self._late = MarksLate(secs=echo_after_secs, jitter_secs=jitter_secs).delays()
        self._last_echo_at = 0.0  # loop time; a mark does not overtake the one before
        self._inbox: asyncio.Queue[str | bytes | None] = asyncio.Queue()

    # -- the service's side (`MediaSocket`) -----------------------------------------

    async def receive(self) -> str | bytes:
        message = await self._inbox.get()
        if message is None:
            self._inbox.put_nowait(None)
            raise SocketClosed
        return message

    def listen(self, take: Callable[[str | bytes], None]) -> None:
        """All its messages are fetched by `receive`."""

    @property
    def congested(self) -> bool:
        return not self.takes

    async def drain(self) -> None:
        if not self.takes:
            await asyncio.Event().wait()

    def send(self, message: str) -> None:
        if self.closed_with is not None:
            raise SocketClosed
        if not self.takes:
            return
        command = messages.parse(message, self.stream_sid)  # raises BadMessage
        self.taken.append(Taken(at_secs=self._now(), command=command))
        match command:
            case Media():
                self.playback.add(command.ulaw, self._now_ms())
            case MarkMessage():
                self.playback.mark(command.name, self._now_ms())
            case Clear():
                self.playback.clear(self._now_ms())
        self._echo_due()

    async def close(self, code: int = 1000) -> None:
        if self.closed_with is None:
            self.closed_with = code
        self._inbox.put_nowait(None)

    def leg(self) -> TwilioLeg:
        """The stream as the service takes it."""
        return TwilioLeg(self, stream_sid=self.stream_sid)

    # -- the caller's side --------------------------------------------------------------------

    def deliver(self, message: dict[str, Any] | str | bytes) -> None:
        """Something for the service to read."""
        text = json.dumps(message) if isinstance(message, dict) else message
        self._inbox.put_nowait(text)

    def say(self, ulaw: bytes) -> None:
        """Sound of the caller, in one message."""
        media = messages.media(stream_sid=self.stream_sid, chunk=1, timestamp_ms=0, ulaw=ulaw)
        self.deliver(media)

    def press(self, digit: str) -> None:
        self.deliver(messages.dtmf(stream_sid=self.stream_sid, digit=digit))

    def hang_up(self) -> None:
        """The call ends at the carrier."""
        stop = messages.stop(account_sid=ACCOUNT_SID, call_sid=CALL_SID, stream_sid=self.stream_sid)
        self.deliver(stop)

    def drop(self) -> None:
        """The socket goes away without a word."""
        self._inbox.put_nowait(None)

    # -- for the tests ------------------------------------------------------------------------

    def commands(self, kind: type[Any]) -> list[Taken]:
        return [taken for taken in self.taken if isinstance(taken.command, kind)]

    @property
    def sound(self) -> bytes:
        """All sound sent to the caller, whether they heard it or not."""
        return b"".join(t.command.ulaw for t in self.taken if isinstance(t.command, Media))

    @property
    def heard(self) -> bytes:
        """The sound the caller has heard by now."""
        now_ms = self._now_ms()
        pieces = []
        for segment in self.playback.played(now_ms):
            pieces.append(segment.ulaw[: max(0, round((now_ms - segment.start_ms) * 8))])
        return b"".join(pieces)

    def _echo_due(self) -> None:
        loop = asyncio.get_running_loop()
        for name in self.playback.pop_due(self._now_ms() + 0.001):
            if name not in self.loses_marks:
                echo = messages.mark(stream_sid=self.stream_sid, name=name)
                self._last_echo_at = max(self._last_echo_at, loop.time() + next(self._late))
                loop.call_at(self._last_echo_at, self.deliver, echo)
        due_ms = self.playback.next_due_ms
        if due_ms is not None:
            loop.call_at(due_ms / 1000, self._echo_due)

    def _now(self) -> float:
        return asyncio.get_running_loop().time()

    def _now_ms(self) -> float:
        return self._now() * 1000
