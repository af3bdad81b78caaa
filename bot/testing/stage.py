"""A stage for processors: they run in a real Pipecat worker, and what they push is kept.

On virtual time, ten minutes of a call pass at once.

async def test_something(on_stage: OnStage) -> None:
    async with on_stage(SilenceLadder(...)) as stage:
        await stage.at(3.0, VADUserStartedSpeakingFrame())
        await stage.until(20.0)
    assert stage.ups(SayFrame) == ...
"""

import asyncio
from collections.abc import AsyncIterator, Coroutine
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass, field
from typing import Any, Protocol, TypeVar

from pipecat.frames.frames import EndFrame, Frame
from pipecat.pipeline.pipeline import Pipeline
from pipecat.pipeline.worker import PipelineParams, PipelineWorker
from pipecat.processors.frame_processor import FrameDirection, FrameProcessor
from pipecat.workers.runner import WorkerRunner

from bot.testing.virtual_loop import VirtualLoop

Result = TypeVar("Result")
AnyFrame = TypeVar("AnyFrame", bound=Frame)


def run_virtual(story: Coroutine[Any, Any, Result]) -> Result:
    """Runs the coroutine on virtual time."""
    with asyncio.Runner(loop_factory=VirtualLoop) as runner:
        return runner.run(story)


@dataclass(frozen=True, kw_only=True)
class SeenFrame:
    """A frame that left the processors, and when, in seconds since the StartFrame."""

    at_secs: float
    frame: Frame


class OnStage(Protocol):
    """The fixture `on_stage`: `on_stage` of this file."""

    def __call__(
        self, *processors: FrameProcessor, failing: bool = False
    ) -> AbstractAsyncContextManager["Stage"]: ...


class StageEnd(FrameProcessor):
    """One end of the stage: keeps what arrives from the processors, passes it on to the worker."""

    def __init__(self, *, arriving: FrameDirection) -> None:
        super().__init__(enable_direct_mode=True)
        self._arriving = arriving
        self.seen: list[SeenFrame] = []

    async def process_frame(self, frame: Frame, direction: FrameDirection) -> None:
        await super().process_frame(frame, direction)
        if direction is self._arriving:
            self.seen.append(SeenFrame(at_secs=asyncio.get_running_loop().time(), frame=frame))
        await self.push_frame(frame, direction)


@dataclass(kw_only=True)
class Stage:
    """A running pipeline: source, the processors under test, sink."""

    worker: PipelineWorker
    source: StageEnd
    sink: StageEnd
    started: asyncio.Event = field(default_factory=asyncio.Event)
    start_secs: float = 0.0

    @property
    def now_secs(self) -> float:
        """Seconds since the StartFrame reached the sink."""
        return asyncio.get_running_loop().time() - self.start_secs

    async def until(self, secs: float) -> None:
        """Lets time pass until `secs` after the start."""
        await asyncio.sleep(max(0.0, secs - self.now_secs))

    async def after(self, secs: float) -> None:
        """Lets time pass for `secs` from now."""
        await asyncio.sleep(secs)

    async def down(self, *frames: Frame) -> None:
        """Pushes frames in from above, inline."""
        for frame in frames:
            await self.source.push_frame(frame)

    async def up(self, *frames: Frame) -> None:
        """Pushes frames in from below, inline."""
        for frame in frames:
            await self.sink.push_frame(frame, FrameDirection.UPSTREAM)

    async def at(self, secs: float, *frames: Frame) -> None:
        """Pushes frames in from above at `secs` after the start."""
        await self.until(secs)
        await self.down(*frames)

    async def at_up(self, secs: float, *frames: Frame) -> None:
        """Pushes frames in from below at `secs` after the start."""
        await self.until(secs)
        await self.up(*frames)

    def downs(self, kind: type[AnyFrame]) -> list[AnyFrame]:
        """Frames of that kind that came out below, in order."""
        return [seen.frame for seen in self.sink.seen if isinstance(seen.frame, kind)]

    def ups(self, kind: type[AnyFrame]) -> list[AnyFrame]:
        """Frames of that kind that came out above, in order."""
        return [seen.frame for seen in self.source.seen if isinstance(seen.frame, kind)]

    def down_secs(self, kind: type[Frame]) -> list[float]:
        """When frames of that kind came out below, rounded to milliseconds."""
        return self._secs(self.sink, kind)

    def up_secs(self, kind: type[Frame]) -> list[float]:
        """When frames of that kind came out above, rounded to milliseconds."""
        return self._secs(self.source, kind)

    def _secs(self, end: StageEnd, kind: type[Frame]) -> list[float]:
        return [
            round(seen.at_secs - self.start_secs, 3)
            for seen in end.seen
            if isinstance(seen.frame, kind)
        ]


@asynccontextmanager
async def on_stage(*processors: FrameProcessor, failing: bool = False) -> AsyncIterator[Stage]:
    """Runs the processors in a real PipelineWorker; ends it with an EndFrame.

    Fails if an error frame reached the source, unless one is `failing` on purpose, or a task was
    left running.
    """
    source = StageEnd(arriving=FrameDirection.UPSTREAM)
    sink = StageEnd(arriving=FrameDirection.DOWNSTREAM)
    worker = PipelineWorker(
        Pipeline([source, *processors, sink]),
        params=PipelineParams(audio_in_sample_rate=8000, audio_out_sample_rate=8000),
        enable_rtvi=False,
        enable_turn_tracking=False,
        idle_timeout_secs=None,
    )
    stage = Stage(worker=worker, source=source, sink=sink)
    errors: list[Frame] = []

    async def started(_worker: PipelineWorker, _frame: Frame) -> None:
        stage.start_secs = asyncio.get_running_loop().time()
        stage.started.set()

    async def failed(_worker: PipelineWorker, frame: Frame) -> None:
        errors.append(frame)

    worker.add_event_handler("on_pipeline_started", started)
    worker.add_event_handler("on_pipeline_error", failed)
    runner = WorkerRunner(handle_sigint=False, handle_sigterm=False)
    await runner.add_workers(worker)
    running = asyncio.create_task(runner.run())
    try:
        await asyncio.wait_for(stage.started.wait(), 10)
        yield stage
    finally:
        if not worker.has_finished():
            await worker.queue_frame(EndFrame())
        await running
    assert failing or not errors, errors
    # WorkerRunner has returned: every task of the pipeline must be over.
    left = [task for task in asyncio.all_tasks() if task is not asyncio.current_task()]
    assert not left, left
