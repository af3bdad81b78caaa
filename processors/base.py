"""The ground every processor of the house stands on: inline frames, timers, failures, one end."""

import asyncio
from collections.abc import Awaitable, Callable, Collection, Coroutine, Mapping
from typing import Any, ClassVar, Literal

from loguru import logger
from pipecat.frames.frames import (
    CancelFrame,
    EndFrame,
    Frame,
    FrameProcessorPauseFrame,
    FrameProcessorPauseUrgentFrame,
    FrameProcessorResumeFrame,
    FrameProcessorResumeUrgentFrame,
    InterruptionFrame,
    StartFrame,
    StopFrame,
)
from pipecat.processors.frame_processor import (
    FrameCallback,
    FrameDirection,
    FrameProcessor,
    FrameProcessorSetup,
)
from pipecat.utils.errors import ErrorCategory

from processors.frames import HandOverFrame, HangUpFrame, TransferFrame
from processors.sound import CallerSound, CallerSoundUse

# What becomes of a call whose processor raised. "skip": it goes on; "degrade": it goes on, and the
# processor does nothing from then on but pass frames; "transfer": the caller is put through;
# "end": the caller hears an apology. Any processor may say so in an attribute `on_failure`.
OnFailure = Literal["skip", "degrade", "transfer", "end"]

# Which way a frame is sent: towards the caller, towards the model and beyond, or both.
Way = Literal["down", "up", "both"]

# What Pipecat's own `process_frame` does something with. For every other frame it makes a note for
# observers, and that is all: a test reads it in its source.
PIPECATS_OWN = (
    StartFrame,
    InterruptionFrame,
    CancelFrame,
    FrameProcessorPauseFrame,
    FrameProcessorPauseUrgentFrame,
    FrameProcessorResumeFrame,
    FrameProcessorResumeUrgentFrame,
)

_ENDS_OF_A_CALL = (HangUpFrame, TransferFrame, HandOverFrame, EndFrame, StopFrame, CancelFrame)


class CallProcessor(FrameProcessor):
    """A processor in Pipecat's direct mode: each frame is handled where it arrives.

    A subclass writes two methods. `_note` updates state before the frame travels on, so that a
    frame which comes back while this one is still travelling meets the new state. `_act` runs
    after the frame has travelled on; it may push frames and start timers. Neither waits for
    anything else: the audio of the call stands still while they run.

    Once a frame that ends the call has passed in either direction, `_act` is called no more and
    no timer runs: a call ends once.

    A frame at which one of the two raises travels on all the same; the first failure is reported
    by an ErrorFrame (upstream), and `on_failure` says what becomes of the call.

    The caller's sound comes fifty times a second. Where every processor down to the model declares
    what it does with it (`caller_sound`), it is handed to those that hear it, and no frame is made.
    """

    on_failure: OnFailure = "skip"
    caller_sound: CallerSoundUse = "framed"

    # What is checked of a list before any call (`pipelines.checking`).
    consumes: ClassVar[tuple[type[Frame], ...]] = ()  # the frames that it does something with
    adds: ClassVar[Mapping[type[Frame], Way]] = {}  # those that it makes
    settings: ClassVar[tuple[str, ...]] = ()  # keys of an agent's file that act through it
    runs_tools: ClassVar[tuple[str, ...]] = ()  # tools that it has run, which the model must have

    def __init__(self, *, name: str | None = None) -> None:
        super().__init__(name=name, enable_direct_mode=True)
        self._told_of_pushes, self._told_of_frames = (
            [self._event_handlers[f"on_{when}_{what}_frame"] for when in ("before", "after")]
            for what in ("push", "process")
        )
        self._observers: Collection[object] = ()  # of the pipeline, as they come and go
        self._timers: dict[str, asyncio.Task[None]] = {}
        self._tasks: set[asyncio.Task[None]] = set()
        self._call_is_over = False
        self._stands_aside = False  # it failed and does nothing any more
        self._failures = 0

    def _note(self, frame: Frame) -> None:
        """Updates what this processor knows. Must not push."""

    async def _act(self, frame: Frame, direction: FrameDirection) -> None:
        """Does what the frame, already on its way, gives cause for."""

    def _hear(self, sound: CallerSound) -> None:
        """Takes in the caller's sound ("heard"). Must not wait for anything."""

    def hear_caller(self, sound: CallerSound) -> bool:
        """The caller's sound, handed over by the line. Whether it is kept from those below, which
        only a "gated" processor may do."""
        if self._call_is_over or self._stands_aside:
            return False
        try:
            self._hear(sound)
        except Exception as error:
            self._spawn(self._failed(error))
        return False

    async def setup(self, setup: FrameProcessorSetup) -> None:  # type: ignore[override]
        await super().setup(setup)
        observer = setup.observer
        self._observers = getattr(observer, "_observers", (observer,)) if observer else ()

    async def queue_frame(
        self,
        frame: Frame,
        direction: FrameDirection = FrameDirection.DOWNSTREAM,
        callback: FrameCallback | None = None,
    ) -> None:
        """Takes the frame in, as Pipecat's own does in direct mode.

        That one asks after handlers before and after each frame. Where there are none, and nothing
        is to be waited for or called back, the frame is processed, and that is all.
        """
        before, after = self._told_of_frames
        if callback or before.handlers or after.handlers or isinstance(frame, StartFrame):
            await super().queue_frame(frame, direction, callback)
            return
        if self._cancelling:
            return
        try:
            await self.process_frame(frame, direction)
        except Exception as error:
            await self.push_error(
                f"Error processing frame: {error}",
                exception=error,
                category=ErrorCategory.UNKNOWN,
            )

    async def process_frame(self, frame: Frame, direction: FrameDirection) -> None:
        if self._observers or isinstance(frame, PIPECATS_OWN):
            await super().process_frame(frame, direction)
        if isinstance(frame, _ENDS_OF_A_CALL):
            self._retire()
        if not self._stands_aside:
            try:
                self._note(frame)
            except Exception as error:
                await self._failed(error)
        await self.push_frame(frame, direction)
        if not (self._call_is_over or self._stands_aside):
            try:
                await self._act(frame, direction)
            except Exception as error:
                await self._failed(error)

    async def push_frame(
        self, frame: Frame, direction: FrameDirection = FrameDirection.DOWNSTREAM
    ) -> None:
        """Hands the frame to the next processor, as Pipecat's own does.

        That one makes a line for its trace log and a note for observers of every step of every
        frame: half of what a step costs. Where nobody observes the steps, they are left out.
        """
        other = self.next if direction is FrameDirection.DOWNSTREAM else self.previous
        if other is None or self._is_observed:
            await super().push_frame(frame, direction)
            return
        try:
            await other.queue_frame(frame, direction)
        except Exception as error:
            await self.push_error(
                f"Uncaught exception: {error}", exception=error, category=ErrorCategory.UNKNOWN
            )

    @property
    def _is_observed(self) -> bool:
        """Whether anybody is told of each step: a handler of this processor, or an observer of the
        pipeline. Those may come at any time."""
        before, after = self._told_of_pushes
        return bool(self._observers or before.handlers or after.handlers)

    async def cleanup(self) -> None:
        self._retire()
        if self._failures > 1:
            logger.warning(
                "{} failed {} times", self, self._failures, event="processor_failed_often"
            )
        for task in tuple(self._tasks):
            await self.cancel_task(task)
        await super().cleanup()

    def _retire(self) -> None:
        """From here on nothing is started any more: the call is over or being ended."""
        self._call_is_over = True
        self._stop_timers()

    def _stop_timers(self) -> None:
        for name in tuple(self._timers):
            self._stop_timer(name)

    async def _failed(self, error: Exception) -> None:
        self._failures += 1
        if self.on_failure == "degrade":
            self._stands_aside = True
            self._stop_timers()
        if self._failures == 1:  # one that fails at each frame of sound is told of once
            await self.push_error(
                f"raised {type(error).__name__}", exception=error, category=ErrorCategory.UNKNOWN
            )

    async def _take_turn(self, line: Frame) -> None:
        """Has this line spoken at once, from below the model: what it is answering is cancelled,
        and what the caller hears of it is cut.
        """
        await self._cut_agent()
        await self.push_frame(line, FrameDirection.UPSTREAM)

    async def _cut_agent(self) -> None:
        """Silences the agent. The model first: it cancels what it says before it hears how much
        was heard."""
        await self.push_frame(InterruptionFrame(), FrameDirection.UPSTREAM)
        await self.push_frame(InterruptionFrame())

    async def _hang_up_past_all(self, reason: str) -> None:
        """Ends the call from below AutoHangup, which hears of it by the frame that goes up."""
        self._retire()
        await self.broadcast_frame(HangUpFrame, reason=reason)

    def _start_timer(
        self, name: str, after_secs: float, callback: Callable[[], Awaitable[None]]
    ) -> None:
        """Calls back once, `after_secs` from now, in place of a running timer of that name."""
        self._stop_timer(name)
        if self._call_is_over or self._stands_aside:
            return
        self._timers[name] = self._run(self._ring(name, after_secs, callback), f"timer::{name}")

    def _stop_timer(self, name: str) -> None:
        """Stops that timer if it runs. A callback already begun is never cut short."""
        task = self._timers.pop(name, None)
        if task is not None:
            task.cancel()

    def _timer_runs(self, name: str) -> bool:
        return name in self._timers

    def _spawn(self, work: Coroutine[Any, Any, None]) -> None:
        """Pushes frames where nothing can be waited for, unless the call is over."""
        if self._call_is_over or self._stands_aside:
            work.close()
        else:
            self._run(work, "aside")

    def _run(self, work: Coroutine[Any, Any, None], name: str) -> asyncio.Task[None]:
        task: asyncio.Task[None] = self.create_task(work, name)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return task

    async def _ring(
        self, name: str, after_secs: float, callback: Callable[[], Awaitable[None]]
    ) -> None:
        await asyncio.sleep(after_secs)
        self._timers.pop(name, None)
        try:
            await callback()
        except Exception as error:
            await self._failed(error)
