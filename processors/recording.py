"""Whether a call may be recorded: the caller has heard that it is, and did not refuse."""

import re
from typing import Self

from pipecat.frames.frames import Frame, InputDTMFFrame, StartFrame, TranscriptionFrame
from pipecat.processors.frame_processor import FrameDirection

from processors.agent import Agent
from processors.base import CallProcessor
from processors.frames import (
    AgentSaidFrame,
    GreetFrame,
    HushFrame,
    RecordingFrame,
    RecordingStep,
    SayFrame,
)
from processors.words.refusals import Refusals

MOST_REPEATS = 3  # of a line that was cut; after that the call is not recorded


class CallRecording(CallProcessor):
    """Says when the call may be recorded, and when it may not any more.

    Consumes: AgentSaidFrame; TranscriptionFrame and InputDTMFFrame, by which a caller refuses;
        HushFrame and GreetFrame, between which no person listens; StartFrame. All of them pass.
    Adds: RecordingFrame (downstream). SayFrame (upstream): the announcement, where it was cut or
        left out, once the agent has said something else to its end; `not_recorded` to a caller who
        refused by key. The words of one who refused are left to the model.
    Place: right after the model, above all that may end the call: last words count.

    `wanted` says whether the call is to be recorded, `announcement` what has to be heard before.
    Words of `language` refuse (`processors.words.refusals`), and so does `key`. Who has refused
    once is not recorded any more in this call.
    """

    caller_sound = "ignored"
    consumes = (
        AgentSaidFrame,
        TranscriptionFrame,
        InputDTMFFrame,
        HushFrame,
        GreetFrame,
        StartFrame,
    )
    adds = {RecordingFrame: "down", SayFrame: "up"}
    settings = ("recording.when", "recording.refuse_key", "lines.recording", "lines.not_recorded")

    def __init__(
        self,
        *,
        wanted: bool,
        announcement: str = "",
        language: str = "en",
        key: str = "*",
        not_recorded: str = "",
    ) -> None:
        super().__init__()
        self._wanted = wanted
        self._announcement = announcement
        self._refusals = Refusals(language=language)
        self._key = key
        self._not_recorded = not_recorded
        self._hushed = False
        self._recording = False
        self._repeats = 0
        self._awaits_answer = False  # the caller's next words are the first since they were told

    @classmethod
    def of(cls, agent: Agent) -> Self:
        """As the agent's file says, and the law of where the other party may be."""
        may = agent.recording.when != "off" and bool(agent.lines.recording)
        return cls(
            wanted=agent.recorded and may,
            announcement=agent.announcement,
            language=agent.language,
            key=agent.recording.refuse_key,
            not_recorded=agent.lines.not_recorded,
        )

    def _note(self, frame: Frame) -> None:
        if isinstance(frame, HushFrame | GreetFrame):
            self._hushed = isinstance(frame, HushFrame)

    async def _act(self, frame: Frame, direction: FrameDirection) -> None:
        if not self._wanted:
            return
        match frame:
            case StartFrame() if not self._announcement:
                await self._start()
            case HushFrame() if self._recording:
                self._recording = False
                await self._tell("stop", by="machine")
            case GreetFrame() if not self._announcement:
                await self._start()
            case AgentSaidFrame() if not (self._recording or self._hushed):
                await self._agent_said(frame)
            case TranscriptionFrame() if not self._hushed:
                answers, self._awaits_answer = self._awaits_answer, False
                if self._refusals.refuses(frame.text, answers=answers):
                    await self._refuse(by="words")
            case InputDTMFFrame() if frame.button.value == self._key:
                await self._refuse(by="key")

    async def _agent_said(self, said: AgentSaidFrame) -> None:
        """Only a line that was played to its end was heard: how far a cut one came is a guess."""
        if not self._announcement or said.interrupted or not said.text:
            return
        if _plain(self._announcement) in _plain(said.text):
            await self._tell("announced", secs_ago=said.began_secs_ago or 0.0)
            await self._tell("heard")
            self._awaits_answer = True
            await self._start()
        elif self._repeats < MOST_REPEATS:
            self._repeats += 1
            await self.push_frame(SayFrame(text=self._announcement), FrameDirection.UPSTREAM)

    async def _start(self) -> None:
        self._recording = True
        await self._tell("start")

    async def _refuse(self, *, by: str) -> None:
        self._wanted = self._recording = False
        await self._tell("refused", by=by)
        if by == "key" and self._not_recorded:
            line = SayFrame(text=self._not_recorded)
            await self.push_frame(line, FrameDirection.UPSTREAM)

    async def _tell(self, step: RecordingStep, *, secs_ago: float = 0.0, by: str = "") -> None:
        await self.push_frame(RecordingFrame(step=step, secs_ago=secs_ago, by=by))


def _plain(text: str) -> str:
    """The words alone, each after a blank."""
    return " ".join(["", *re.findall(r"\w+", text.lower())])
