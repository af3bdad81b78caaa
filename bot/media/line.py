"""One media stream as two processors: the caller's sound in, the agent's sound out."""

import asyncio
import contextlib
from collections import deque
from collections.abc import Callable
from typing import Literal, Protocol

from loguru import logger
from pipecat.frames.frames import (
    BotStartedSpeakingFrame,
    BotStoppedSpeakingFrame,
    CancelFrame,
    EndFrame,
    Frame,
    InterruptionFrame,
    StartFrame,
)
from pipecat.processors.frame_processor import FrameDirection, FrameProcessor

from bot.media.g711 import BYTES_PER_MS
from bot.media.playback import Mark, Playback
from bot.media.serializer import MarkReturnedFrame, StreamStoppedFrame, TwilioSerializer
from bot.media.utterance import Utterance
from processors.frames import (
    AgentAudioEndFrame,
    AgentAudioFrame,
    HangUpFrame,
    HoldFrame,
    LineBackFrame,
    LineLostFrame,
    ResumeFrame,
    TransferFrame,
    UtterancePlayedFrame,
)

CHUNK_MS = 100  # sound per message: a mark each, so the heard position is known this finely
CUSHION_MS = 300  # kept ahead at the carrier: outlasts a stall of ours, is gone at a clear
LAST_SYLLABLES_MS = 400  # speech over these is meant for the agent: there is nothing to hold
SEND_SECS = 5.0  # a carrier that takes nothing for this long is lost

# The carrier stopped the stream, its socket went away, or what it sends cannot be read.
Ended = Literal["stopped", "lost", "broken"]


class SocketClosed(Exception):
    """The other side is gone."""


class MediaSocket(Protocol):
    """A websocket to the carrier."""

    async def receive(self) -> str | bytes:
        """The next message. Raises SocketClosed."""
        ...

    async def send(self, message: str) -> None:
        """Hands a message to the socket. Raises SocketClosed."""
        ...

    async def close(self, code: int = 1000) -> None:
        """Closes, also when closed already."""
        ...


class CallerAudio(FrameProcessor):
    """Reads the stream, and after it was lost the one that takes its place.

    Adds (downstream): CallerAudioFrame, InputDTMFFrame; LineLostFrame when the stream is lost,
    LineBackFrame when another has been attached. Consumes nothing.
    Place: first in the list.
    """

    def __init__(
        self,
        *,
        socket: MediaSocket,
        serializer: TwilioSerializer,
        bot_audio: "BotAudio",
        on_ended: Callable[[Ended], None],
    ) -> None:
        super().__init__(enable_direct_mode=True)
        self._socket = socket
        self._serializer = serializer
        self._bot_audio = bot_audio
        self._on_ended = on_ended
        self._reading: asyncio.Task[None] | None = None

    async def process_frame(self, frame: Frame, direction: FrameDirection) -> None:
        await super().process_frame(frame, direction)
        await self.push_frame(frame, direction)
        if isinstance(frame, StartFrame):
            self._reading = self.create_task(self._read())

    async def line_lost(self) -> None:
        """The stream is gone, which its socket may not have noticed: it is read no more."""
        reading, self._reading = self._reading, None
        if reading is None:
            return
        if reading is not asyncio.current_task():
            await self.cancel_task(reading)
        await self.push_frame(LineLostFrame())

    async def attach(self, socket: MediaSocket, serializer: TwilioSerializer) -> None:
        """Another stream of the same call has come; `BotAudio` has it already."""
        self._socket = socket
        self._serializer = serializer
        await self.push_frame(LineBackFrame())
        self._reading = self.create_task(self._read())

    async def cleanup(self) -> None:
        await super().cleanup()
        if self._reading:
            await self.cancel_task(self._reading)

    async def _read(self) -> None:
        try:
            while True:
                frame = self._serializer.read(await self._socket.receive())
                if frame is None:
                    if not self._serializer.broken:
                        continue
                    await self._end("broken")
                    return
                if isinstance(frame, MarkReturnedFrame):
                    await self._bot_audio.mark_returned(frame.name_of_mark)
                elif isinstance(frame, StreamStoppedFrame):
                    await self._end("stopped")
                    return
                else:
                    await self.push_frame(frame)
        except SocketClosed:
            await self.line_lost()
            self._on_ended("lost")

    async def _end(self, how: Ended) -> None:
        await self._bot_audio.line_ended()
        self._on_ended(how)


class BotAudio(FrameProcessor):
    """Plays to the carrier, a cushion ahead, and knows from marks what was heard.

    Consumes: AgentAudioFrame, AgentAudioEndFrame. On an InterruptionFrame everything unheard is
    dropped, here and at the carrier, and sound of an utterance once cut is never sent again. On
    a HangUpFrame or TransferFrame it is dropped here: the line is about to be taken away. After a
    LineLostFrame sound waits here for another stream. On a HoldFrame it is kept until a
    ResumeFrame, from which on it is played after all.
    Adds: BotStartedSpeakingFrame and BotStoppedSpeakingFrame (both directions),
    UtterancePlayedFrame (upstream); InterruptionFrame (both directions) in answer to a HoldFrame
    that comes with the last syllables.
    Place: last in the list.
    """

    def __init__(self, *, socket: MediaSocket, serializer: TwilioSerializer) -> None:
        super().__init__(enable_direct_mode=True)
        self._socket = socket
        self._serializer = serializer
        self._playback = Playback()
        self._utterances: deque[Utterance] = deque()
        self._cut: set[str] = set()
        self._speaking = False
        self._held_at: float | None = None  # loop time; None: not held
        self._sound_ready = asyncio.Event()
        self._silenced = asyncio.Event()  # what the player waits behind was cut
        self._outbox: asyncio.Queue[str] = asyncio.Queue()
        self._tasks: list[asyncio.Task[None]] = []
        self.first_sound_at: float | None = None  # loop time of the first sound sent

    async def process_frame(self, frame: Frame, direction: FrameDirection) -> None:
        await super().process_frame(frame, direction)
        if isinstance(frame, AgentAudioFrame):
            self._queue(frame)
            return
        if isinstance(frame, AgentAudioEndFrame):
            self._complete(frame.utterance_id)
            return
        if isinstance(frame, StartFrame):
            self._start()
        elif isinstance(frame, LineLostFrame):
            await self._stop()
            await self._cut_off()
        elif isinstance(frame, InterruptionFrame):
            await self._interrupted()
        elif isinstance(frame, HoldFrame):
            await self._hold()
        elif isinstance(frame, ResumeFrame):
            self._resume()
        elif isinstance(frame, (HangUpFrame, TransferFrame)):
            await self._cut_off()
        elif isinstance(frame, (EndFrame, CancelFrame)):
            self._utterances.clear()
        await self.push_frame(frame, direction)

    async def cleanup(self) -> None:
        await super().cleanup()
        await self._stop()

    async def attach(self, socket: MediaSocket, serializer: TwilioSerializer) -> None:
        """Another stream of the same call: what waits and what comes is played there."""
        await self._stop()
        self._socket = socket
        self._serializer = serializer
        self._playback = Playback()
        self._outbox = asyncio.Queue()
        self._start()
        self._sound_ready.set()

    def _start(self) -> None:
        self._tasks = [self.create_task(self._play()), self.create_task(self._write())]

    async def _stop(self) -> None:
        tasks, self._tasks = self._tasks, []
        for task in tasks:
            await self.cancel_task(task)

    async def mark_returned(self, name: str) -> None:
        """The carrier sent this mark back."""
        for mark in self._playback.mark_returned(name, self._now()):
            if self._utterances:
                self._utterances[0].played(mark.position_ms)
            if mark.utterance_id is not None:
                await self._played(mark)
        await self._maybe_stopped()

    async def line_ended(self) -> None:
        """The carrier has stopped the stream: nothing more will be heard."""
        await self._cut_off()

    def _now(self) -> float:
        return self.get_event_loop().time()

    def _find(self, utterance_id: str) -> Utterance | None:
        return next((u for u in self._utterances if u.id == utterance_id), None)

    def _queue(self, frame: AgentAudioFrame) -> None:
        if frame.utterance_id in self._cut:
            return
        utterance = self._find(frame.utterance_id)
        if utterance is None:
            utterance = Utterance(frame.utterance_id)
            self._utterances.append(utterance)
        utterance.add(frame.ulaw)
        self._sound_ready.set()

    def _complete(self, utterance_id: str) -> None:
        utterance = self._find(utterance_id)
        if utterance is not None:
            utterance.complete = True
            self._sound_ready.set()

    async def _play(self) -> None:
        """Keeps the carrier's buffer filled to the cushion while there is sound to send."""
        while True:
            await self._sound_ready.wait()
            self._sound_ready.clear()
            while (utterance := self._next_to_send()) is not None:
                surplus_ms = self._playback.ahead_ms(self._now()) - CUSHION_MS
                if surplus_ms > 0:
                    self._silenced.clear()
                    with contextlib.suppress(TimeoutError):
                        async with asyncio.timeout(surplus_ms / 1000 + CHUNK_MS / 2000):
                            await self._silenced.wait()
                else:
                    await self._send_chunk(utterance)

    def _next_to_send(self) -> Utterance | None:
        """The utterance that is due: a later one waits until the one before is complete."""
        if self._held_at is not None:
            return None
        for utterance in self._utterances:
            if utterance.due:
                return utterance
            if not utterance.complete:
                return None
        return None

    async def _send_chunk(self, utterance: Utterance) -> None:
        chunk = utterance.take(CHUNK_MS * BYTES_PER_MS, position_ms=self._playback.sent_ms)
        now = self._now()
        if self.first_sound_at is None:
            self.first_sound_at = now
        if chunk:  # behind the last of it, or where the model sent none, there is only the end
            self._outbox.put_nowait(self._serializer.media(chunk))
            self._playback.sent(len(chunk) / BYTES_PER_MS, now)
        utterance.end_marked = utterance.complete and not utterance.unsent
        self._send_mark(utterance.id if utterance.end_marked else None)
        if not self._speaking:
            self._speaking = True
            await self.broadcast_frame(BotStartedSpeakingFrame)

    def _send_mark(self, utterance_id: str | None) -> None:
        mark = self._playback.mark(utterance_id)
        self._outbox.put_nowait(self._serializer.mark(mark.name))

    async def _played(self, mark: Mark) -> None:
        utterance = self._find(mark.utterance_id or "")
        if utterance is not None:
            self._utterances.remove(utterance)
            await self._report(utterance, mark.position_ms, interrupted=False)

    async def _report(self, utterance: Utterance, heard_to_ms: float, *, interrupted: bool) -> None:
        await self.push_frame(
            UtterancePlayedFrame(
                utterance_id=utterance.id,
                heard_ms=round(utterance.heard_ms(heard_to_ms)),
                interrupted=interrupted,
                held_ms=round(utterance.held_secs * 1000),
            ),
            FrameDirection.UPSTREAM,
        )

    async def _maybe_stopped(self) -> None:
        if self._speaking and self._playback.idle and not self._utterances:
            self._speaking = False
            await self.broadcast_frame(BotStoppedSpeakingFrame)

    async def _interrupted(self) -> None:
        self._clear_carrier()
        await self._cut_off()

    def _clear_carrier(self) -> None:
        if self._utterances and not self._playback.idle:
            self._outbox.put_nowait(self._serializer.clear())

    async def _cut_off(self) -> None:
        """Drops all that was not heard and reports, utterance by utterance, what was."""
        self._release()
        if not self._utterances:
            return
        self._silenced.set()
        cut, self._utterances = list(self._utterances), deque()
        self._cut.update(utterance.id for utterance in cut)
        heard_to_ms = self._playback.cleared(self._now())
        for utterance in cut:
            await self._report(utterance, heard_to_ms, interrupted=True)
        await self._maybe_stopped()

    async def _hold(self) -> None:
        """Falls silent and keeps what was not heard, unless that is hardly anything."""
        if self._held_at is not None or not self._utterances:
            return
        now = self._now()
        heard_to_ms = self._playback.heard_ms(now)
        unheard_ms = sum(utterance.unheard_ms(heard_to_ms) for utterance in self._utterances)
        complete = all(utterance.complete for utterance in self._utterances)
        if complete and unheard_ms <= LAST_SYLLABLES_MS:
            await self.broadcast_interruption()  # the model hears of it before the cut
            await self._interrupted()
            return
        self._clear_carrier()
        self._playback.cleared(now)
        self._silenced.set()
        self._held_at = now
        for utterance in self._utterances:
            utterance.take_back(heard_to_ms)

    def _resume(self) -> None:
        self._release()
        self._sound_ready.set()

    def _release(self) -> None:
        """A hold is over; its silence is part of the first utterance."""
        if self._held_at is not None and self._utterances:
            self._utterances[0].held_secs += self._now() - self._held_at
        self._held_at = None

    async def _write(self) -> None:
        """Hands messages to the socket in order; nobody else ever waits for the carrier."""
        try:
            while True:
                message = await self._outbox.get()
                await asyncio.wait_for(self._socket.send(message), SEND_SECS)
        except TimeoutError:
            logger.warning("the carrier takes no more messages: closing the stream")
            await self._socket.close(1011)
        except SocketClosed:
            pass  # the reader says so to the runner
