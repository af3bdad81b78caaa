"""Hearing that the agent has said goodbye."""

from collections.abc import Sequence
from typing import Self

from pipecat.frames.frames import Frame
from pipecat.processors.frame_processor import FrameDirection

from processors.agent import Agent
from processors.base import CallProcessor
from processors.frames import AgentSaidFrame, FarewellFrame
from processors.words.farewells import compile_farewells, is_farewell


class GoodbyeDetector(CallProcessor):
    """Tells the processors after it that the agent took leave and was heard doing so.

    Consumes: AgentSaidFrame, which passes; one that was interrupted is no farewell.
    Adds: FarewellFrame (downstream), right after the words that took leave.
    Place: after the model, before AutoHangup.

    `patterns` are regular expressions, matched without regard to case against the end of what
    was said (see `processors.words.farewells.farewell_patterns` for those of a language).
    """

    caller_sound = "ignored"
    consumes = (AgentSaidFrame,)
    adds = {FarewellFrame: "down"}
    settings = ("goodbye.patterns",)

    def __init__(self, *, patterns: Sequence[str]) -> None:
        """Raises ValueError naming a pattern that is not a regular expression."""
        super().__init__()
        self._farewells = compile_farewells(patterns)

    @classmethod
    def of(cls, agent: Agent) -> Self:
        """As the agent's file says, or its language."""
        return cls(patterns=agent.goodbye.patterns)

    async def _act(self, frame: Frame, direction: FrameDirection) -> None:
        if (
            isinstance(frame, AgentSaidFrame)
            and not frame.interrupted
            and is_farewell(frame.text, self._farewells)
        ):
            await self.push_frame(FarewellFrame(text=frame.text))
