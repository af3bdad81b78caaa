"""Requests for no more calls, by words or a key, are met without asking the model."""

from collections.abc import Sequence
from typing import Self

from pipecat.frames.frames import Frame, InputDTMFFrame, TranscriptionFrame
from pipecat.processors.frame_processor import FrameDirection

from processors.agent import Agent
from processors.base import CallProcessor
from processors.frames import RunToolFrame
from processors.words.no_more_calls import NoMoreCalls

TOOL = "opt_out"


class OptOut(CallProcessor):
    """Has the number taken off the list when the other party asks for it in words or by key.

    Consumes: TranscriptionFrame and InputDTMFFrame, which pass.
    Adds: RunToolFrame (upstream) for the tool "opt_out"; asked for again, it is run again only
        if it has not succeeded yet.
    Place: right after the model, above all that may end the call: last words count.

    The words are those of `language` (`processors.words.no_more_calls`); `more` are regular
    expressions in addition, matched without regard to case. `key` is one key, or empty for none.
    """

    caller_sound = "ignored"
    consumes = (TranscriptionFrame, InputDTMFFrame)
    adds = {RunToolFrame: "up"}
    settings = ("opt_out.key", "opt_out.patterns")
    runs_tools = (TOOL,)

    def __init__(self, *, language: str, more: Sequence[str] = (), key: str = "9") -> None:
        """Raises ValueError naming a pattern that is not a regular expression."""
        super().__init__()
        self._no_more_calls = NoMoreCalls(language=language, more=more)
        self._key = key

    @classmethod
    def of(cls, agent: Agent) -> Self:
        """Makes one from the settings of the agent's file."""
        return cls(
            language=agent.language,
            more=agent.opt_out.patterns,
            key=agent.opt_out.key,
        )

    @classmethod
    def for_callers(cls, agent: Agent) -> Self:
        """For people who ring, by the words of the agent's file alone: a caller who wants to be off
        a waiting list, or opts out of a newsletter, says what would bar all calls to who is called.
        Any key may be a part of a number that they type.
        """
        made = cls(language=agent.language, key="")
        made._no_more_calls = NoMoreCalls(
            language=agent.language, more=agent.opt_out.patterns, only=True
        )
        return made

    async def _act(self, frame: Frame, direction: FrameDirection) -> None:
        if isinstance(frame, InputDTMFFrame) and frame.button.value == self._key:
            await self._opt_out(f"They pressed {self._key}.")
        elif isinstance(frame, TranscriptionFrame) and self._no_more_calls.wanted(frame.text):
            await self._opt_out(frame.text)

    async def _opt_out(self, note: str) -> None:
        run = RunToolFrame(tool=TOOL, arguments={"note": note[:500]})
        await self.push_frame(run, FrameDirection.UPSTREAM)
