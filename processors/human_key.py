"""A key that always reaches a person."""

from typing import Self

from pipecat.frames.frames import Frame, InputDTMFFrame
from pipecat.processors.frame_processor import FrameDirection

from processors.agent import Agent
from processors.base import CallProcessor
from processors.frames import SayFrame, TransferFrame


class HumanKey(CallProcessor):
    """Puts a caller who presses 0 through to a person, whatever the model does.

    Consumes: InputDTMFFrame, which passes.
    Adds: TransferFrame (downstream) at the first such key that stands alone; where there is no
        person, SayFrame (upstream) with the line `nobody`.
    Place: after the model, before AutoHangup.

    The key stands alone when no other key is pressed for `alone_secs` before and after it: a 0
    in a number is none. Pressed several times in a row it still is one.
    `human_available` says whether there is a person to put calls through to.
    """

    caller_sound = "ignored"
    consumes = (InputDTMFFrame,)
    adds = {TransferFrame: "down", SayFrame: "up"}
    settings = ("lines.nobody",)

    def __init__(
        self, *, human_available: bool, nobody: str, key: str = "0", alone_secs: float = 1.5
    ) -> None:
        super().__init__()
        self._human_available = human_available
        self._nobody = nobody
        self._key = key
        self._alone_secs = alone_secs

    @classmethod
    def of(cls, agent: Agent) -> Self:
        """Makes one from the settings of the agent's file."""
        return cls(human_available=agent.human_available, nobody=agent.lines.nobody)

    async def _act(self, frame: Frame, direction: FrameDirection) -> None:
        if not isinstance(frame, InputDTMFFrame):
            return
        if frame.button.value != self._key:
            self._stop_timer("alone")
            self._start_timer("typing", self._alone_secs, self._typed)
        elif self._timer_runs("typing"):
            self._start_timer("typing", self._alone_secs, self._typed)
        else:
            self._start_timer("alone", self._alone_secs, self._wanted)

    async def _typed(self) -> None:
        """The next key begins something new."""

    async def _wanted(self) -> None:
        if self._human_available:
            self._retire()
            await self.push_frame(TransferFrame(reason=f"The caller pressed {self._key}."))
        else:
            await self.push_frame(SayFrame(text=self._nobody), FrameDirection.UPSTREAM)
