"""The sound of one answered call: the caller's mouth, the caller's ear, and their common clock.

The clock ticks once a chunk, on a schedule fixed at the start, so that it neither drifts nor
forgets: after a stall of the process every chunk missed is made up for at once.
"""

import asyncio
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from bot.media.g711 import SILENCE
from bot.simulator.caller import UTTERANCE_GAP_MS, HeardSpan
from bot.simulator.carrier.loudness import audible_spans
from bot.simulator.carrier.playback import LinePlayback
from bot.simulator.recording import BYTES_PER_MS, Heard, Segment, lay_out
from bot.simulator.surroundings import Surroundings

Listener = Callable[[int, bytes], None]  # (start of the chunk in ms of the line, μ-law)
Note = Callable[..., object]


@dataclass(kw_only=True)
class _Words:
    ulaw: bytes
    text: str
    said: asyncio.Future[float]  # resolves to the ms at which the first chunk began
    taken: int = 0
    began_ms: float = 0.0


class PhoneLine:
    """Begins with the answer. Times are ms since then."""

    def __init__(
        self, *, chunk_ms: int, note: Note, surroundings: Surroundings | None = None
    ) -> None:
        self._loop = asyncio.get_running_loop()
        self._zero = self._loop.time()
        self._chunk_ms = chunk_ms
        self._note = note
        self._surroundings = surroundings or Surroundings()
        self._to_say: deque[_Words] = deque()
        self._said = bytearray()
        self._agent_speaks = False
        self._ended_ms: float | None = None
        self.playback = LinePlayback()
        self.listener: Listener | None = None  # the media stream, while there is one

    @property
    def now_ms(self) -> float:
        """The clock; it stands still when the call is over."""
        if self._ended_ms is not None:
            return self._ended_ms
        return (self._loop.time() - self._zero) * 1000

    def at_loop_time(self, ms: float) -> float:
        """The event loop's time at this moment of the line."""
        return self._zero + ms / 1000

    async def run(self) -> None:
        """Tick until cancelled."""
        ticks = 0
        while True:
            wait_secs = self.at_loop_time(ticks * self._chunk_ms) - self._loop.time()
            if wait_secs > 0:
                await asyncio.sleep(wait_secs)
            self._tick(ticks * self._chunk_ms)
            ticks += 1

    def end(self) -> None:
        """The call is over: unplayed sound is lost, the clock stops."""
        self.playback.clear(self.now_ms)
        self._ended_ms = self.now_ms
        self.listener = None

    async def speak(self, ulaw: bytes, text: str) -> float:
        """Say this after whatever is being said; returns when it is over, with the ms at which
        its last audible sound ended."""
        if not ulaw:
            self._note("caller_says", text=text)
            return self.now_ms
        words = _Words(ulaw=ulaw, text=text, said=self._loop.create_future())
        self._to_say.append(words)
        began_ms = await words.said
        sounds = audible_spans(ulaw, began_ms)
        return sounds[-1].end_ms if sounds else began_ms + len(ulaw) / BYTES_PER_MS

    def agent_sounds(self) -> Sequence[HeardSpan]:
        """Audible sound of the agent played so far."""
        return self.playback.sounds(self.now_ms)

    @property
    def heard(self) -> Heard:
        """The call so far."""
        length = len(self._said)
        segments = self.playback.played(self.now_ms)
        return Heard(caller=bytes(self._said), agent=lay_out(segments, length))

    def _tick(self, start_ms: int) -> None:
        chunk = self._next_chunk(start_ms)
        if not self._surroundings.silent:
            echo = self._played(start_ms - self._surroundings.echo_delay_ms)
            chunk = self._surroundings.around(chunk, start_ms=start_ms, echo=echo)
        self._said += chunk
        if self.listener:
            self.listener(start_ms, chunk)
        self._watch_agent()

    def _played(self, start_ms: float) -> bytes:
        """What the caller heard of the agent, one chunk from then on."""
        end_ms = start_ms + self._chunk_ms
        pieces = [
            Segment(start_ms=piece.start_ms - start_ms, ulaw=piece.ulaw)
            for piece in self.playback.played(end_ms)
            if piece.end_ms > start_ms
        ]
        sound = bytearray([SILENCE]) * (self._chunk_ms * BYTES_PER_MS)
        for piece in pieces:
            at = round(piece.start_ms * BYTES_PER_MS)
            heard = piece.ulaw[max(0, -at) : len(sound) - at]
            sound[max(0, at) : max(0, at) + len(heard)] = heard
        return bytes(sound)

    def _next_chunk(self, start_ms: int) -> bytes:
        size = self._chunk_ms * BYTES_PER_MS
        chunk = b""
        while self._to_say and len(chunk) < size:
            words = self._to_say[0]
            if words.taken == 0:
                words.began_ms = start_ms + len(chunk) / BYTES_PER_MS
                self._note("caller_says", text=words.text, at_ms=words.began_ms)
            piece = words.ulaw[words.taken : words.taken + size - len(chunk)]
            words.taken += len(piece)
            chunk += piece
            if words.taken == len(words.ulaw):
                self._to_say.popleft()
                self._note("caller_said", text=words.text, at_ms=start_ms + self._chunk_ms)
                if not words.said.done():
                    words.said.set_result(words.began_ms)
        return chunk + bytes([SILENCE]) * (size - len(chunk))

    def _watch_agent(self) -> None:
        now_ms = self.now_ms
        last = self.playback.last_sound(now_ms)
        speaks = last is not None and now_ms - last.end_ms < UTTERANCE_GAP_MS
        if last is not None and speaks != self._agent_speaks:
            self._agent_speaks = speaks
            if speaks:
                self._note("agent_speaks", at_ms=last.start_ms)
            else:
                self._note("agent_quiet", at_ms=last.end_ms)
