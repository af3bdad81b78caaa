"""The agent's sound, on its way to the carrier: the last processor of a pipeline."""

import asyncio
from collections import deque
from collections.abc import Coroutine
from typing import Any

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
from bot.media.media_socket import MediaSocket, SocketClosed
from bot.media.playback import Mark, Playback
from bot.media.sent_sound import SentSound
from bot.media.serializer import TwilioSerializer
from bot.media.utterance import Utterance
from processors.frames import (
    AgentAudioEndFrame,
    AgentAudioFrame,
    HangUpFrame,
    HeldBackFrame,
    HoldFrame,
    LineLostFrame,
    RanDryFrame,
    ResumeFrame,
    TransferFrame,
    UtterancePlayedFrame,
)

CHUNK_MS = 80  # sound per message: a mark each, so the heard position is known this finely
CUSHION_MS = 320  # at least, kept ahead at the carrier: a stall of 300 ms here is not heard there
LAST_SYLLABLES_MS = 400  # speech over these is meant for the agent: there is nothing to hold
END_OF_QUESTION_MS = 1500  # speech over these answers it: it is asked to its end meanwhile
SOONEST_MS = 10  # a carrier whose marks are late is not looked at more often than this
SEND_SECS = 5.0  # a carrier that takes nothing for this long is lost


class BotAudio(FrameProcessor):
    """Plays to the carrier, a cushion ahead, and knows from marks what was heard.

    Consumes: AgentAudioFrame, AgentAudioEndFrame. On an InterruptionFrame everything unheard is
    dropped, here and at the carrier, and sound of an utterance once cut is never sent again. On
    a HangUpFrame or TransferFrame it is dropped here: the line is about to be taken away. After a
    LineLostFrame sound waits here for another stream. On a HoldFrame it is kept until a
    ResumeFrame, from which on it is played after all; the last words of a question are played on.
    Where an utterance has run dry, one that comes then is played before the rest of it.
    Adds: BotStartedSpeakingFrame and BotStoppedSpeakingFrame (both directions),
    UtterancePlayedFrame, RanDryFrame and HeldBackFrame (upstream); InterruptionFrame (both
    directions) in answer to a HoldFrame that comes with the last syllables.
    Place: last in the list.
    """

    def __init__(self, *, socket: MediaSocket, serializer: TwilioSerializer) -> None:
        super().__init__(enable_direct_mode=True)
        self._socket = socket
        self._serializer = serializer
        self._playback = Playback()
        self._sent_sound = SentSound()
        self._utterances: deque[Utterance] = deque()
        self._cut: set[str] = set()
        self._speaking = False
        self._held_at: float | None = None  # loop time; None: not held
        self._running = False
        self._next_fill: asyncio.TimerHandle | None = None  # more is due at the carrier then
        self._tasks: set[asyncio.Task[None]] = set()
        self._waiting: asyncio.Task[None] | None = None  # for a carrier that is congested
        self.first_sound_at: float | None = None  # loop time of the first sound sent

    async def process_frame(self, frame: Frame, direction: FrameDirection) -> None:
        await super().process_frame(frame, direction)
        if isinstance(frame, AgentAudioFrame):
            self._queue(frame)
            return
        if isinstance(frame, AgentAudioEndFrame):
            self._complete(frame)
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
        self._start()

    def _start(self) -> None:
        self._running = True
        self._fill()

    async def _stop(self) -> None:
        self._running = False
        self._fill_later(None)
        for task in tuple(self._tasks):
            await self.cancel_task(task)
        self._waiting = None

    async def mark_returned(self, name: str) -> None:
        """The carrier sent this mark back."""
        for mark in self._playback.mark_returned(name, self._now()):
            if self._utterances:
                self._utterances[0].played(mark.position_ms)
            if mark.utterance_id is not None:
                await self._played(mark)
        self._fill()
        await self._maybe_stopped()

    async def line_ended(self) -> None:
        """The carrier has stopped the stream: nothing more will be heard."""
        await self._cut_off()

    @property
    def may_echo(self) -> int:
        """The loudest of what was sent that may echo in what comes from the line now."""
        return self._sent_sound.loudest(self._now())

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
            if self._dry:
                self._utterances[0].pause(self._playback.sent_ms)
                self._utterances.appendleft(utterance)
            else:
                self._utterances.append(utterance)
        utterance.add(frame.ulaw)
        self._fill_up()

    def _complete(self, end: AgentAudioEndFrame) -> None:
        utterance = self._find(end.utterance_id)
        if utterance is not None:
            utterance.complete, utterance.asks = True, end.asks
            self._fill_up()

    def _fill_up(self) -> None:
        """There is more to send: at once, unless the carrier holds enough."""
        if self._next_fill is None:
            self._fill()

    def _fill(self) -> None:
        """Keeps the carrier's buffer filled to the cushion while there is sound to send."""
        self._fill_later(None)
        while self._running and (utterance := self._next_to_send()) is not None:
            surplus_ms = self._playback.ahead_ms(self._now()) - CUSHION_MS
            if surplus_ms > 0:
                self._fill_later(max(surplus_ms, SOONEST_MS) / 1000)
                return
            self._send_chunk(utterance)

    def _fill_later(self, after_secs: float | None) -> None:
        if self._next_fill is not None:
            self._next_fill.cancel()
            self._next_fill = None
        if after_secs is not None:
            self._next_fill = self.get_event_loop().call_later(after_secs, self._fill)

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

    def _send_chunk(self, utterance: Utterance) -> None:
        chunk = utterance.take(CHUNK_MS * BYTES_PER_MS, position_ms=self._playback.sent_ms)
        now = self._now()
        if self.first_sound_at is None:
            self.first_sound_at = now
        if chunk:  # behind the last of it, or where the model sent none, there is only the end
            self._send(self._serializer.media(chunk))
            ahead_secs = self._playback.ahead_ms(now) / 1000
            self._sent_sound.sent(chunk, starts_at=now + ahead_secs)
            self._playback.sent(len(chunk) / BYTES_PER_MS, now)
        utterance.end_marked = utterance.complete and not utterance.unsent
        self._send_mark(utterance.id if utterance.end_marked else None)
        if not self._speaking:
            self._speaking = True
            self._spawn(self.broadcast_frame(BotStartedSpeakingFrame))

    def _send_mark(self, utterance_id: str | None) -> None:
        mark = self._playback.mark(utterance_id)
        self._send(self._serializer.mark(mark.name))

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

    @property
    def _dry(self) -> bool:
        """The listener hears nothing until more comes of what is being said."""
        idle = self._speaking and self._playback.idle and self._held_at is None
        return idle and bool(self._utterances) and self._next_to_send() is None

    async def _maybe_stopped(self) -> None:
        if self._speaking and self._playback.idle and not self._utterances:
            self._speaking = False
            await self.broadcast_frame(BotStoppedSpeakingFrame)
        elif self._dry:
            await self.push_frame(RanDryFrame(), FrameDirection.UPSTREAM)

    async def _interrupted(self) -> None:
        self._clear_carrier()
        await self._cut_off()

    def _clear_carrier(self) -> None:
        if self._utterances and not self._playback.idle:
            self._send(self._serializer.clear())
            self._sent_sound.cleared(self._now())

    async def _cut_off(self) -> None:
        """Drops all that was not heard and reports, utterance by utterance, what was."""
        self._release()
        if not self._utterances:
            return
        self._fill_later(None)
        cut, self._utterances = list(self._utterances), deque()
        self._cut.update(utterance.id for utterance in cut)
        heard_to_ms = self._playback.cleared(self._now())
        for utterance in cut:
            await self._report(utterance, heard_to_ms, interrupted=True)
        await self._maybe_stopped()

    async def _hold(self) -> None:
        """Falls silent and keeps what was not heard, unless that is hardly anything, or the end of
        a question."""
        if self._held_at is not None or not self._utterances:
            return
        now = self._now()
        heard_to_ms = self._playback.heard_ms(now)
        unheard_ms = sum(utterance.unheard_ms(heard_to_ms) for utterance in self._utterances)
        complete = all(utterance.complete for utterance in self._utterances)
        await self.push_frame(HeldBackFrame(unheard_ms=round(unheard_ms)), FrameDirection.UPSTREAM)
        if complete and unheard_ms <= LAST_SYLLABLES_MS:
            await self.broadcast_interruption()  # the model hears of it before the cut
            await self._interrupted()
            return
        if complete and self._utterances[-1].asks and unheard_ms <= END_OF_QUESTION_MS:
            return
        self._clear_carrier()
        self._playback.cleared(now)
        self._fill_later(None)
        self._held_at = now
        for utterance in self._utterances:
            utterance.take_back(heard_to_ms)

    def _resume(self) -> None:
        self._release()
        self._fill_up()

    def _release(self) -> None:
        """A hold is over; its silence is part of the first utterance."""
        if self._held_at is not None and self._utterances:
            self._utterances[0].held_secs += self._now() - self._held_at
        self._held_at = None

    def _send(self, message: str) -> None:
        """In order, and at once: nobody ever waits for the carrier."""
        try:
            self._socket.send(message)
        except SocketClosed:
            return  # the reader says so to the runner
        if self._waiting is None and self._socket.congested:
            self._waiting = self._spawn(self._wait_for_carrier())

    async def _wait_for_carrier(self) -> None:
        try:
            async with asyncio.timeout(SEND_SECS):
                await self._socket.drain()
        except TimeoutError:
            logger.warning("the carrier takes no more messages: closing the stream")
            await self._socket.close(1011)
        self._waiting = None

    def _spawn(self, work: Coroutine[Any, Any, None]) -> asyncio.Task[None]:
        task: asyncio.Task[None] = self.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return task
