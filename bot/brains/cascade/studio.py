"""The ear and the mouth of one session: two of Pipecat's services, in a worker of their own.

What the caller says goes in as sound and comes out as words; what the agent says goes in as
sentences and comes out as sound. `Listener` is told of it as it comes.
"""

import asyncio
import contextlib
from collections.abc import Callable, Mapping
from typing import Protocol

from loguru import logger
from pipecat.frames.frames import (
    AggregatedTextFrame,
    EagerEndOfTurnCancelFrame,
    EagerTranscriptionFrame,
    ErrorFrame,
    Frame,
    InputAudioRawFrame,
    InterimTranscriptionFrame,
    InterruptionFrame,
    LLMFullResponseEndFrame,
    LLMFullResponseStartFrame,
    StartFrame,
    TranscriptionFrame,
    TTSAudioRawFrame,
    VADUserStartedSpeakingFrame,
    VADUserStoppedSpeakingFrame,
)
from pipecat.pipeline.pipeline import Pipeline
from pipecat.pipeline.worker import PipelineParams, PipelineWorker
from pipecat.processors.frame_processor import FrameDirection, FrameProcessor
from pipecat.services.stt_service import STTService
from pipecat.services.tts_service import TTSService
from pipecat.workers.runner import WorkerRunner

from bot.brains.errors import ModelRefused, ModelUnreachable

STOP_SECS = 2.0
TOLD_SECS = 0.01  # what failed while they connected is told a moment later
LINE_HZ = 8000


class Listener(Protocol):
    """Who is told what comes out."""

    def words(self, text: str, *, final: bool, whole: bool, at_secs: float | None) -> None:
        """The ear has made this out; `final`: it will not take that back; `whole`: and there is no
        more in this turn; `at_secs`: so much sound it has listened to, if it says so."""
        ...

    def guess(self, text: str) -> None:
        """The ear believes that the caller says this and no more; empty: no longer."""
        ...

    def said(self, text: str) -> None:
        """The sound that follows says this."""
        ...

    def sound_came(self, pcm: bytes, rate_hz: int) -> None:
        """The mouth's sound, 16 bit, mono."""
        ...

    def spoken(self) -> None:
        """All sound of what was begun last has come."""
        ...

    def trouble(self, error: ErrorFrame, *, ear: bool, for_good: bool) -> None:
        """One of the two has failed; `for_good`: nothing more is to be had of it."""
        ...


class _End(FrameProcessor):
    """What leaves a service: told, and not passed on."""

    def __init__(self, tell: Callable[[Frame], bool]) -> None:
        super().__init__(enable_direct_mode=True)
        self._tell = tell

    async def process_frame(self, frame: Frame, direction: FrameDirection) -> None:
        await super().process_frame(frame, direction)
        if direction is FrameDirection.UPSTREAM or not self._tell(frame):
            await self.push_frame(frame, direction)


class Studio:
    """Both, from `open` to `close`. Only a mouth: without an `ear`."""

    def __init__(self, ear: STTService | None, mouth: TTSService, listener: Listener) -> None:
        self._ear, self._mouth, self._listener = ear, mouth, listener
        self._after_ear = _End(self._from_ear)
        parts: list[FrameProcessor] = [self._after_ear, mouth, _End(self._from_mouth)]
        self._worker = PipelineWorker(
            Pipeline([ear, *parts] if ear is not None else parts),
            params=PipelineParams(audio_in_sample_rate=LINE_HZ, audio_out_sample_rate=LINE_HZ),
            cancel_timeout_secs=STOP_SECS,
            enable_rtvi=False,
            enable_turn_tracking=False,
            idle_timeout_secs=None,
        )
        self._worker.add_event_handler("on_pipeline_error", self._failed)
        self._started = asyncio.Event()
        self._opening = True
        self._first_error: ErrorFrame | None = None
        self._running: asyncio.Task[None] | None = None
        self._begun: int | None = None  # the frame with which the mouth began what is wanted of it
        self._comes: int | None = None  # and the one after which all that comes now was said

    async def open(self) -> None:
        """Connects both. Raises ModelRefused, ModelUnreachable."""
        runner = WorkerRunner(handle_sigint=False, handle_sigterm=False)
        await runner.add_workers(self._worker)
        self._running = asyncio.create_task(runner.run(), name="cascade-studio")
        waiting = asyncio.create_task(self._started.wait())
        try:
            await asyncio.wait({self._running, waiting}, return_when=asyncio.FIRST_COMPLETED)
        finally:
            waiting.cancel()
        await asyncio.sleep(TOLD_SECS)
        self._opening = False
        if self._first_error is not None or not self._started.is_set():
            error = self._first_error
            await self.close()
            said = error.error if error else "it did not start"
            refused = error is not None and error.category is not None
            refused = refused and error.category.is_permanent  # type: ignore[union-attr]
            raise (ModelRefused if refused else ModelUnreachable)(said)

    async def close(self) -> None:
        """Lets go of both."""
        running, self._running = self._running, None
        if running is None or running.done():
            return
        with contextlib.suppress(Exception):
            await self._worker.cancel(reason="the session is over")
        await asyncio.wait({running}, timeout=STOP_SECS)
        for _ in range(2):
            if not running.done():
                running.cancel()
                await asyncio.wait({running}, timeout=STOP_SECS)

    # -- the ear ------------------------------------------------------------------------------

    async def turn_begins(self) -> None:
        """What the ear hears from here on is of another turn."""
        await self._worker.queue_frame(VADUserStartedSpeakingFrame())

    async def hear(self, pcm: bytes, rate_hz: int) -> None:
        """The caller's sound."""
        await self._worker.queue_frame(
            InputAudioRawFrame(audio=pcm, sample_rate=rate_hz, num_channels=1)
        )

    async def turn_ends(self) -> None:
        """The caller has finished: the ear is to make out the rest."""
        await self._worker.queue_frame(VADUserStoppedSpeakingFrame())

    # -- the mouth ----------------------------------------------------------------------------

    async def begin(self) -> None:
        """Sentences follow."""
        frame = LLMFullResponseStartFrame()
        self._begun = frame.id
        await self._after_ear.push_frame(frame)

    async def say(self, sentence: str) -> None:
        """One of them."""
        await self._after_ear.push_frame(AggregatedTextFrame(sentence, "sentence"))

    async def end(self) -> None:
        """There are no more."""
        await self._after_ear.push_frame(LLMFullResponseEndFrame())

    async def hush(self) -> None:
        """Nothing of what was begun is to come any more."""
        self._begun = None
        await self._after_ear.push_frame(InterruptionFrame())

    # -- what comes out -----------------------------------------------------------------------

    def _from_ear(self, frame: Frame) -> bool:
        match frame:
            case InterimTranscriptionFrame():
                at_secs = _listened_secs(frame.result)
                self._listener.words(frame.text, final=False, whole=False, at_secs=at_secs)
            case TranscriptionFrame():
                at_secs = _listened_secs(frame.result)
                self._listener.words(frame.text, final=True, whole=frame.finalized, at_secs=at_secs)
            case EagerTranscriptionFrame():
                self._listener.guess(frame.text)
            case EagerEndOfTurnCancelFrame():
                self._listener.guess("")
            case InputAudioRawFrame():
                pass
            case _:
                return False
        return True

    def _from_mouth(self, frame: Frame) -> bool:
        match frame:
            case StartFrame():
                self._started.set()
            case LLMFullResponseStartFrame():
                self._comes = frame.id
            case _ if self._begun is None or self._comes != self._begun:
                pass  # of what was cut short
            case TTSAudioRawFrame():
                self._listener.sound_came(frame.audio, frame.sample_rate)
            case AggregatedTextFrame() if (
                frame.will_be_spoken and type(frame) is AggregatedTextFrame
            ):
                self._listener.said(frame.text)
            case LLMFullResponseEndFrame():
                self._listener.spoken()
            case _:
                pass
        return False

    async def _failed(self, _worker: PipelineWorker, error: ErrorFrame) -> None:
        if self._opening:
            self._first_error = self._first_error or error
        ear = error.processor is not None and error.processor is self._ear
        usable = getattr(error.processor, "is_usable", True)
        logger.debug("a service of a cascade failed: {}", error.error)
        self._listener.trouble(error, ear=ear, for_good=not usable)


def _listened_secs(result: object) -> float | None:
    """How much sound an ear has listened to, as Deepgram's Flux says it of its connection."""
    told = result.get("audio_window_end") if isinstance(result, Mapping) else None
    return float(told) if isinstance(told, int | float) else None
