"""Prompts into a silence, and the goodbye that ends it."""

from collections.abc import Sequence
from typing import Self

from pipecat.frames.frames import Frame, InputDTMFFrame, StartFrame, TranscriptionFrame
from pipecat.processors.frame_processor import FrameDirection

from processors.agent import Agent
from processors.base import CallProcessor
from processors.floor import CALLER_STARTED, FLOOR_FRAMES, Floor
from processors.frames import SayFrame, WrapUpFrame

# Words and keys count too: the model may hear a soft voice that the local ear misses.
_SIGNS_OF_LIFE = (*CALLER_STARTED, TranscriptionFrame, InputDTMFFrame)


class SilenceLadder(CallProcessor):
    """Asks into a silence, one prompt after the other, then takes leave.

    Consumes: the frames that tell who is speaking, TranscriptionFrame, InputDTMFFrame,
        ToolsRunningFrame, LLMFullResponseStartFrame and LLMFullResponseEndFrame. All pass.
    Adds: SayFrame for each prompt and at last one WrapUpFrame, reason "silence" (upstream).
    Place: after AutoHangup.

    A rung is due after `wait_secs` in which the caller and the agent were silent, no response
    was being generated and no tool was running. Any sign of life of the caller leads back to
    the first rung. At the start of a call, before anybody has spoken, one wait is added.
    """

    caller_sound = "ignored"
    consumes = (*FLOOR_FRAMES, *_SIGNS_OF_LIFE)
    adds = {SayFrame: "up", WrapUpFrame: "up"}
    settings = ("silence.wait_secs", "silence.prompts", "silence.goodbye")

    def __init__(self, *, prompts: Sequence[str], goodbye: str, wait_secs: float = 8.0) -> None:
        super().__init__()
        self._prompts = tuple(prompts)
        self._goodbye = goodbye
        self._wait_secs = wait_secs
        self._climbed = 0  # rungs since the last sign of life; the goodbye is the last one
        self._floor = Floor()

    @classmethod
    def of(cls, agent: Agent) -> Self:
        """Makes one from the settings of the agent's file."""
        return cls(
            prompts=agent.silence.prompts,
            goodbye=agent.silence.goodbye,
            wait_secs=agent.silence.wait_secs,
        )

    def _note(self, frame: Frame) -> None:
        self._floor.note(frame)
        if isinstance(frame, _SIGNS_OF_LIFE):
            self._climbed = 0

    async def _act(self, frame: Frame, direction: FrameDirection) -> None:
        if isinstance(frame, StartFrame):
            self._start_timer("silence", self._wait_secs, self._wait)
        elif isinstance(frame, (*FLOOR_FRAMES, *_SIGNS_OF_LIFE)):
            await self._wait()

    async def _wait(self) -> None:
        if self._floor.quiet and self._climbed <= len(self._prompts):
            self._start_timer("silence", self._wait_secs, self._climb)
        else:
            self._stop_timer("silence")

    async def _climb(self) -> None:
        rung = self._climbed
        self._climbed += 1
        await self._wait()
        if rung < len(self._prompts):
            line = SayFrame(text=self._prompts[rung])
        else:
            line = WrapUpFrame(text=self._goodbye, reason="silence")
        await self.push_frame(line, FrameDirection.UPSTREAM)
