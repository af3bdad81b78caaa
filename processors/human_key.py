"""A key that always reaches a person."""

from typing import Self

from pipecat.frames.frames import Frame, InputDTMFFrame
from pipecat.processors.frame_processor import FrameDirection

from processors.base import CallProcessor
from processors.frames import SayFrame, TransferFrame
from processors.traits import AgentTraits


class HumanKey(CallProcessor):
    """Puts whoever presses 0 through to a person, at once and whatever the model is doing.

    Consumes: InputDTMFFrame, which passes.
    Adds: TransferFrame (downstream) at the first such key; where there is no person, SayFrame
        (upstream) with the line `nobody`.
    Place: behind the model, before AutoHangup.

    `human_available` says whether there is a person to put calls through to.
    """

    caller_sound = "ignored"
    consumes = (InputDTMFFrame,)
    adds = {TransferFrame: "down", SayFrame: "up"}
    settings = ("lines.nobody",)

    def __init__(self, *, human_available: bool, nobody: str, key: str = "0") -> None:
        super().__init__()
        self._human_available = human_available
        self._nobody = nobody
        self._key = key

    @classmethod
    def of(cls, agent: AgentTraits) -> Self:
        """As the agent's file says."""
        return cls(
            human_available=agent.human_available,
            nobody=agent.nobody,
        )

    async def _act(self, frame: Frame, direction: FrameDirection) -> None:
        if not isinstance(frame, InputDTMFFrame) or frame.button.value != self._key:
            return
        if self._human_available:
            self._retire()
            await self.push_frame(TransferFrame(reason=f"The caller pressed {self._key}."))
        else:
            await self.push_frame(SayFrame(text=self._nobody), FrameDirection.UPSTREAM)
