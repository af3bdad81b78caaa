"""The ground every processor of the house stands on: inline frames, named timers, one end."""

import asyncio
from collections.abc import Awaitable, Callable

from pipecat.frames.frames import CancelFrame, EndFrame, Frame, StopFrame
from pipecat.processors.frame_processor import FrameDirection, FrameProcessor

from processors.frames import HangUpFrame, TransferFrame

_ENDS_OF_A_CALL = (HangUpFrame, TransferFrame, EndFrame, StopFrame, CancelFrame)


class CallProcessor(FrameProcessor):
    """A processor in Pipecat's direct mode: each frame is handled where it arrives.

    A subclass writes two methods. `_note` updates state before the frame travels on, so that a
    frame which comes back while this one is still travelling meets the new state. `_act` runs
    after the frame has travelled on; it may push frames and start timers. Neither waits for
    anything else: the audio of the call stands still while they run.

    Once a frame that ends the call has passed in either direction, `_act` is called no more and
    no timer runs: a call ends once.
    """

    def __init__(self, *, name: str | None = None) -> None:
        super().__init__(name=name, enable_direct_mode=True)
        self._timers: dict[str, asyncio.Task[None]] = {}
        self._tasks: set[asyncio.Task[None]] = set()
        self._call_is_over = False

    def _note(self, frame: Frame) -> None:
        """Updates what this processor knows. Must not push."""

    async def _act(self, frame: Frame, direction: FrameDirection) -> None:
        """Does what the frame, already on its way, gives cause for."""

    async def process_frame(self, frame: Frame, direction: FrameDirection) -> None:
        await super().process_frame(frame, direction)
        if isinstance(frame, _ENDS_OF_A_CALL):
            self._retire()
        self._note(frame)
        await self.push_frame(frame, direction)
        if not self._call_is_over:
            await self._act(frame, direction)

    async def cleanup(self) -> None:
        self._retire()
        for task in tuple(self._tasks):
            await self.cancel_task(task)
        await super().cleanup()

    def _retire(self) -> None:
        """From here on nothing is started any more: the call is over or being ended."""
        self._call_is_over = True
        for name in tuple(self._timers):
            self._stop_timer(name)

    async def _hang_up_past_all(self, reason: str) -> None:
        """Ends the call from below AutoHangup, which hears of it by the frame that goes up."""
        self._retire()
        await self.broadcast_frame(HangUpFrame, reason=reason)

    def _start_timer(
        self, name: str, after_secs: float, callback: Callable[[], Awaitable[None]]
    ) -> None:
        """Calls back once, `after_secs` from now, in place of a running timer of that name."""
        self._stop_timer(name)
        if self._call_is_over:
            return
        task = self.create_task(self._ring(name, after_secs, callback), f"timer::{name}")
        self._timers[name] = task
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    def _stop_timer(self, name: str) -> None:
        """Stops that timer if it runs. A callback already begun is never cut short."""
        task = self._timers.pop(name, None)
        if task is not None:
            task.cancel()

    def _timer_runs(self, name: str) -> bool:
        return name in self._timers

    async def _ring(
        self, name: str, after_secs: float, callback: Callable[[], Awaitable[None]]
    ) -> None:
        await asyncio.sleep(after_secs)
        self._timers.pop(name, None)
        await callback()
