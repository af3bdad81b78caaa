"""The agent's sound, on its way to the carrier: the last processor of a pipeline."""

import asyncio
from collections import deque
from collections.abc import Callable, Coroutine
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
    VADUserStartedSpeakingFrame,
    VADUserStoppedSpeakingFrame,
)
from pipecat.processors.frame_processor import FrameDirection, FrameProcessor

from bot.carriers.leg import Leg, Point
from bot.media.call_sound import CallSound
from bot.media.first_words import UNDERSTOOD_MS, FirstWords
from bot.media.g711 import BYTES_PER_MS
from bot.media.sent_sound import SentSound
from bot.media.utterance import OutgoingUtterance
from bot.tasks import TaskSet
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

CHUNK_MS = 80  # played in one piece: the heard position is known this finely
CUSHION_MS = 320  # at least, kept ahead at the carrier: a stall of 300 ms here is not heard there
UNPROVEN_MS = 2000  # at most, sent beyond what is told to be played, however far the carrier is
INAUDIBLE_MS = 20  # a packet: a line that is heard but for less than this is heard whole
LAST_SYLLABLES_MS = 400  # speech over these is meant for the agent: there is nothing to hold
END_OF_QUESTION_MS = 1500  # speech over these answers it: it is asked to its end meanwhile
EARLY_MS = 1.0  # what is due within this is due: clock and timers of an event loop are as coarse
SEND_SECS = 5.0  # a carrier that takes nothing for this long is lost


class BotAudio(FrameProcessor):
    """Plays to the carrier, a cushion ahead, and knows what was heard. The cushion is what the
    carrier holds, however far it is: with respect to what it has told to be played it is larger by
    the time that telling takes.

    Consumes: AgentAudioFrame, AgentAudioEndFrame. On an InterruptionFrame everything unheard is
    dropped, here and at the carrier, and sound of an utterance once cut is never sent again. On
    a HangUpFrame or TransferFrame it is dropped here: the line is about to be taken away. After a
    LineLostFrame sound waits here for another stream. On a HoldFrame that silences, it is kept
    until a ResumeFrame, from which on it is played after all; the last words of a question are
    played on.
    Where an utterance has run dry, one that comes then is played before the rest of it.
    Adds: BotStartedSpeakingFrame and BotStoppedSpeakingFrame (both directions),
    UtterancePlayedFrame, RanDryFrame and HeldBackFrame (upstream); InterruptionFrame (both
    directions) in answer to a HoldFrame that comes with the last syllables.
    Place: last in the list.
    """

    def __init__(
        self,
        *,
        leg: Leg,
        sound: CallSound | None = None,
        pause_secs: float = 0.0,
        on_first_words: Callable[[float], None] = lambda began_at: None,
    ) -> None:
        """`pause_secs` pass before the first sound is sent, and the other side's hello with them.
        What is sent is told to those who listen to the call's `sound`.
        `on_first_words` is told, once, the loop time at which the first words began that were
        heard for long enough to be understood."""
        super().__init__(enable_direct_mode=True)
        self._leg = leg
        self._sound = sound or CallSound()
        self._sent_sound = SentSound()
        self._utterances: deque[OutgoingUtterance] = deque()
        self._cut: set[str] = set()
        self._speaking = False
        self._held_at: float | None = None  # loop time; None: not held
        self._running = False
        self._next_fill: asyncio.TimerHandle | None = None  # more is due at the carrier then
        self._tasks = TaskSet()
        self._waiting: asyncio.Task[None] | None = None  # for a carrier that is congested
        self._dry_at: float | None = None  # loop time; since then more of an utterance has to come
        self._first_words = FirstWords(pause_secs=pause_secs, on_understood=on_first_words)

    async def process_frame(self, frame: Frame, direction: FrameDirection) -> None:
        await super().process_frame(frame, direction)
        if isinstance(frame, AgentAudioFrame):
            self._queue(frame)
            return
        if isinstance(frame, AgentAudioEndFrame):
            self._complete(frame)
            return
        if isinstance(frame, StartFrame):
            self._first_words.line_opens(self._now())
            self._start()
        elif isinstance(frame, VADUserStartedSpeakingFrame):
            self._first_words.they_speak()
        elif isinstance(frame, VADUserStoppedSpeakingFrame):
            self._first_words.they_stop(self._now())
            self._fill()
        elif isinstance(frame, LineLostFrame):
            await self._stop()
            await self._cut_off()
        elif isinstance(frame, InterruptionFrame):
            await self._cut_off(tell=True)
        elif isinstance(frame, HoldFrame) and frame.silences:
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

    async def attach(self, leg: Leg) -> None:
        """Another stream of the same call: what waits and what comes is played there."""
        await self._stop()
        self._leg = leg
        self._sent_sound = SentSound()
        self._start()

    def _start(self) -> None:
        self._running = True
        self._fill()

    async def _stop(self) -> None:
        self._running = False
        self._fill_later(None)
        for task in self._tasks:
            await self.cancel_task(task)
        self._waiting = None

    async def reached(self, name: str) -> None:
        """The carrier reports that playback has reached this mark."""
        for point in self._leg.reached(name):
            if self._utterances:
                self._utterances[0].played(point.position_ms)
                self._first_words.heard(
                    self._utterances[0].heard_ms(point.position_ms),
                    all_of_it=point.utterance_id is not None,
                )
            if point.utterance_id is not None:
                await self._played(point)
        if ahead_ms := self._leg.ahead_ms():  # what is played by the clock is told of so late
            self._sent_sound.way_secs = max(0.0, self._leg.unproven_ms - ahead_ms) / 1000
        self._fill()
        await self._maybe_stopped()

    async def line_ended(self) -> None:
        """The carrier has stopped the stream: no more audio will be heard."""
        await self._cut_off()

    @property
    def may_echo(self) -> int:
        """The loudest of what was sent that may echo in what comes from the line now."""
        return self._sent_sound.loudest(self._now())

    @staticmethod
    def _now() -> float:
        return asyncio.get_running_loop().time()

    def _find(self, utterance_id: str) -> OutgoingUtterance | None:
        return next((u for u in self._utterances if u.id == utterance_id), None)

    def _queue(self, frame: AgentAudioFrame) -> None:
        if frame.utterance_id in self._cut:
            return
        utterance = self._find(frame.utterance_id)
        if utterance is None:
            utterance = OutgoingUtterance(frame.utterance_id)
            if self._dry:
                self._utterances[0].pause(self._leg.sent_ms)
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
            if (wait_secs := self._first_words.wait_secs(self._now())) > 0:
                self._fill_later(wait_secs)
                return
            surplus_ms = self._leg.ahead_ms() - CUSHION_MS
            unproven_ms = self._leg.unproven_ms + CHUNK_MS - UNPROVEN_MS
            if surplus_ms > EARLY_MS or unproven_ms > 0:
                # What is told to be played is acted on when it comes; the clock must be looked at.
                self._fill_later(max(surplus_ms, CHUNK_MS if unproven_ms > 0 else 0.0) / 1000)
                return
            self._send_chunk(utterance)

    def _fill_later(self, after_secs: float | None) -> None:
        if self._next_fill is not None:
            self._next_fill.cancel()
            self._next_fill = None
        if after_secs is not None:
            self._next_fill = self.get_event_loop().call_later(after_secs, self._fill)

    def _next_to_send(self) -> OutgoingUtterance | None:
        """The utterance that is due: a later one waits until the one before is complete."""
        if self._held_at is not None:
            return None
        for utterance in self._utterances:
            if utterance.due:
                return utterance
            if not utterance.complete:
                return None
        return None

    def _send_chunk(self, utterance: OutgoingUtterance) -> None:
        # After the last of it, or where the model sent none, there is only the end.
        chunk = utterance.take(CHUNK_MS * BYTES_PER_MS, position_ms=self._leg.sent_ms)
        self._dry_at = None
        if utterance.began_at is None:
            utterance.began_at = self._now() + self._leg.ahead_ms() / 1000
        self._first_words.sent(self._now())
        if chunk:
            ahead_secs = self._leg.ahead_ms() / 1000
            self._sent_sound.sent(chunk, starts_at=self._now() + ahead_secs)
            if self._sound.listeners:
                self._sound.agent(chunk, ahead_secs * 1000)
        utterance.end_marked = utterance.complete and not utterance.unsent
        self._leg.play(chunk, ends=utterance.id if utterance.end_marked else None)
        self._mind_congestion()
        if not self._speaking:
            self._speaking = True
            self._spawn(self.broadcast_frame(BotStartedSpeakingFrame))

    async def _played(self, point: Point) -> None:
        utterance = self._find(point.utterance_id or "")
        if utterance is not None:
            self._utterances.remove(utterance)
            await self._report(utterance, point.position_ms, interrupted=False)

    async def _report(
        self,
        utterance: OutgoingUtterance,
        heard_to_ms: float,
        *,
        interrupted: bool,
        silent_at: float | None = None,
    ) -> None:
        now, began_at = self._now(), utterance.began_at
        await self.push_frame(
            UtterancePlayedFrame(
                utterance_id=utterance.id,
                heard_ms=round(utterance.heard_ms(heard_to_ms)),
                interrupted=interrupted,
                held_ms=round(utterance.held_secs * 1000),
                began_secs_ago=None if began_at is None else max(0.0, now - began_at),
                silent_secs_ago=0.0 if silent_at is None else now - silent_at,
            ),
            FrameDirection.UPSTREAM,
        )

    @property
    def _dry(self) -> bool:
        """The listener hears nothing until more comes of what is being said."""
        idle = self._speaking and self._leg.idle and self._held_at is None
        return idle and bool(self._utterances) and self._next_to_send() is None

    async def _maybe_stopped(self) -> None:
        if self._speaking and self._leg.idle and not self._utterances:
            self._speaking = False
            await self.broadcast_frame(BotStoppedSpeakingFrame)
        elif self._dry:
            self._dry_at = self._dry_at or self._now()
            await self.push_frame(RanDryFrame(), FrameDirection.UPSTREAM)

    async def _cut_off(self, *, tell: bool = False) -> None:
        """Drops all that was not heard, also at the carrier if it is to be told, and reports,
        utterance by utterance, what was.
        """
        silent_at = self._dry_at if self._held_at is None else self._held_at
        self._release()
        if not self._utterances:
            return
        self._fill_later(None)
        cut, self._utterances = list(self._utterances), deque()
        self._cut.update(utterance.id for utterance in cut)
        heard_to_ms = self._clear(tell=tell)
        self._first_words.cut()
        for utterance in cut:
            all_heard = utterance.end_marked and utterance.unheard_ms(heard_to_ms) < INAUDIBLE_MS
            await self._report(
                utterance, heard_to_ms, interrupted=not all_heard, silent_at=silent_at
            )
        await self._maybe_stopped()

    async def _hold(self) -> None:
        """Falls silent and keeps what was not heard, unless that is hardly anything, or the end of
        a question."""
        if self._held_at is not None or not self._utterances:
            return
        heard_to_ms = self._leg.position_ms()
        unheard_ms = sum(utterance.unheard_ms(heard_to_ms) for utterance in self._utterances)
        complete = all(utterance.complete for utterance in self._utterances)
        await self.push_frame(HeldBackFrame(unheard_ms=round(unheard_ms)), FrameDirection.UPSTREAM)
        if complete and unheard_ms <= LAST_SYLLABLES_MS:
            await self.broadcast_interruption()  # the model hears of it before the cut
            await self._cut_off(tell=True)
            return
        if complete and self._utterances[-1].asks and unheard_ms <= END_OF_QUESTION_MS:
            return
        heard_to_ms = self._clear(tell=True)
        self._fill_later(None)
        self._held_at = self._now()
        if self._utterances[0].heard_ms(heard_to_ms) < UNDERSTOOD_MS:
            self._first_words.cut()
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

    def _clear(self, *, tell: bool) -> float:
        heard_to_ms = self._leg.clear(tell=tell)
        self._sent_sound.cleared(self._now())
        if self._sound.listeners:
            self._sound.cut()
        if tell:
            self._mind_congestion()
        return heard_to_ms

    def _mind_congestion(self) -> None:
        if self._waiting is None and self._leg.congested:
            self._waiting = self._spawn(self._wait_for_carrier())

    async def _wait_for_carrier(self) -> None:
        try:
            async with asyncio.timeout(SEND_SECS):
                await self._leg.drain()
        except TimeoutError:
            logger.warning(
                "the carrier takes no more messages: closing the stream",
                event="carrier_socket_stuck",
            )
            await self._leg.close(failed=True)
        self._waiting = None

    def _spawn(self, work: Coroutine[Any, Any, None]) -> asyncio.Task[None]:
        return self._tasks.keep(self.create_task(work))
