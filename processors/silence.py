"""Prompts into a silence, and the goodbye that ends it."""

from collections.abc import Sequence
from typing import Self

from pipecat.frames.frames import Frame, InputDTMFFrame, StartFrame, TranscriptionFrame
from pipecat.processors.frame_processor import FrameDirection

from processors.agent import Agent
from processors.base import CallProcessor
from processors.floor import CALLER_STARTED, FLOOR_FRAMES, Floor
from processors.frames import ConsultFrame, ConsultOverFrame, SayFrame, WrapUpFrame

# Words and keys count too: the model may hear a soft voice that the local ear misses.
_SIGNS_OF_LIFE = (*CALLER_STARTED, TranscriptionFrame, InputDTMFFrame)


class SilenceLadder(CallProcessor):
    """Asks into a silence, one prompt after the other, then takes leave.

    Consumes: the frames that tell who is speaking, TranscriptionFrame, InputDTMFFrame,
        ToolsRunningFrame, LLMFullResponseStartFrame and LLMFullResponseEndFrame; ConsultFrame and
        ConsultOverFrame, between which the caller waits for a person and is asked nothing. All
        pass.
    Adds: SayFrame for each prompt and at last one WrapUpFrame, reason "silence" (upstream).
    Place: after AutoHangup.

    A rung is due after `wait_secs` in which the caller and the agent were silent, no response
    was being generated and no tool was running. Any sign of life of the caller leads back to
    the first rung. At the start of a call, before anybody has spoken, one wait is added. With
    `silent_secs`, who has never given a sign of life hears one prompt, and so long after it the
    goodbye; its reason is "silent_caller".
    """

    caller_sound = "ignored"
    consumes = (*FLOOR_FRAMES, *_SIGNS_OF_LIFE, ConsultFrame, ConsultOverFrame)
    adds = {SayFrame: "up", WrapUpFrame: "up"}
    settings = ("silence.wait_secs", "silence.prompts", "silence.goodbye", "shield.silent_secs")

    def __init__(
        self,
        *,
        prompts: Sequence[str],
        goodbye: str,
        wait_secs: float = 8.0,
        silent_secs: float = 0.0,
    ) -> None:
        super().__init__()
        self._prompts = tuple(prompts)
        self._goodbye = goodbye
        self._wait_secs = wait_secs
        self._silent_secs = silent_secs
        self._alive = False  # they have given a sign of life, at any time
        self._climbed = 0  # rungs since the last sign of life; the goodbye is the last one
        self._floor = Floor()
        self._waits = False  # for a person who is being asked

    @classmethod
    def of(cls, agent: Agent) -> Self:
        """Makes one from the settings of the agent's file."""
        return cls(
            prompts=agent.silence.prompts,
            goodbye=agent.silence.goodbye,
            wait_secs=agent.silence.wait_secs,
            silent_secs=agent.shield.silent_secs,
        )

    def _note(self, frame: Frame) -> None:
        self._floor.note(frame)
        if isinstance(frame, ConsultFrame | ConsultOverFrame):
            self._waits = isinstance(frame, ConsultFrame) and bool(frame.to)
        if isinstance(frame, _SIGNS_OF_LIFE):
            self._climbed = 0
            self._alive = True

    async def _act(self, frame: Frame, direction: FrameDirection) -> None:
        if isinstance(frame, StartFrame):
            self._start_timer("silence", self._wait_secs, self._wait)
        elif isinstance(frame, self.consumes):
            await self._wait()

    async def _wait(self) -> None:
        may_climb = self._climbed <= self._most_prompts and not self._waits
        if self._floor.quiet and may_climb:
            wait_secs = self._silent_secs if self._cut_short and self._climbed else self._wait_secs
            self._start_timer("silence", wait_secs, self._climb)
        else:
            self._stop_timer("silence")

    @property
    def _cut_short(self) -> bool:
        return self._silent_secs > 0 and not self._alive

    @property
    def _most_prompts(self) -> int:
        return min(1, len(self._prompts)) if self._cut_short else len(self._prompts)

    async def _climb(self) -> None:
        rung = self._climbed
        self._climbed += 1
        await self._wait()
        if rung < self._most_prompts:
            line = SayFrame(text=self._prompts[rung])
        else:
            reason = "silent_caller" if self._cut_short else "silence"
            line = WrapUpFrame(text=self._goodbye, reason=reason)
        await self.push_frame(line, FrameDirection.UPSTREAM)
