"""Words that always reach a person."""

from typing import Self

from pipecat.frames.frames import Frame, InterruptionFrame, TranscriptionFrame
from pipecat.processors.frame_processor import FrameDirection

from processors.agent import Agent
from processors.agent_tables import OnEmergency
from processors.base import CallProcessor
from processors.frames import (
    GreetFrame,
    HushFrame,
    SayFrame,
    ToolsRunningFrame,
    TransferFrame,
    WrapUpFrame,
)
from processors.words.pleas import DANGER, Pleas

_MOST_IN_A_ROW = 2  # complaints, or failures of tools; then a person is offered


class HumanWords(CallProcessor):
    """Puts a caller through who is in danger or asks for a person, without asking the model.

    Consumes: TranscriptionFrame and ToolsRunningFrame; HushFrame and GreetFrame, between which no
        person speaks. All of them pass.
    Adds: InterruptionFrame (both ways) before what it does: the model's answer is cancelled.
        TransferFrame (downstream), once, at such words. SayFrame (upstream) with the line
        `offer` after two complaints or two failures of tools in a row: a yes to it, or one more
        complaint, and the caller is put through. Where `on_emergency` is "hang_up", WrapUpFrame
        (both ways) with the line `emergency`; where there is no person, SayFrame with it, once.
    Place: after the model, before AutoHangup.

    The words are those of `processors.words.pleas`. Where there is no person
    (`human_available`), all but an emergency is left to the model.
    """

    caller_sound = "ignored"
    consumes = (TranscriptionFrame, ToolsRunningFrame, HushFrame, GreetFrame)
    adds = {
        InterruptionFrame: "both",
        TransferFrame: "down",
        SayFrame: "up",
        WrapUpFrame: "both",
    }
    settings = ("lines.emergency", "lines.offer", "emergency.then", "emergency.patterns")

    def __init__(
        self,
        *,
        pleas: Pleas,
        human_available: bool,
        emergency: str,
        offer: str,
        on_emergency: OnEmergency = "human",
    ) -> None:
        super().__init__()
        self._pleas = pleas
        self._human_available = human_available
        self._emergency = emergency
        self._offer = offer
        self._on_emergency = on_emergency
        self._hushed = False
        self._told_emergency = False
        self._complaints = 0  # in a row
        self._offered = False
        self._awaits_yes = False  # the caller's next words may be a yes to the offer

    @classmethod
    def of(cls, agent: Agent) -> Self:
        """As the agent's file says."""
        return cls(
            pleas=Pleas(language=agent.language, emergencies=agent.emergency.patterns),
            human_available=agent.human_available,
            emergency=agent.lines.emergency,
            offer=agent.lines.offer,
            on_emergency=agent.emergency.then,
        )

    def _note(self, frame: Frame) -> None:
        if isinstance(frame, HushFrame | GreetFrame):
            self._hushed = isinstance(frame, HushFrame)

    async def _act(self, frame: Frame, direction: FrameDirection) -> None:
        if isinstance(frame, TranscriptionFrame) and not self._hushed:
            await self._heard(frame.text)
        elif isinstance(frame, ToolsRunningFrame) and frame.failed >= _MOST_IN_A_ROW:
            await self._offer_person()

    async def _heard(self, text: str) -> None:
        agreed = self._awaits_yes and self._pleas.assent(text)
        self._awaits_yes = False
        if self._on_emergency != "off" and self._pleas.emergency(text):
            await self._in_danger()
        elif not self._human_available:
            return
        elif self._pleas.person(text):
            await self._put_through("The caller asked for a person.")
        elif agreed:
            await self._put_through("The caller took the offer of a person.")
        else:
            await self._count_complaint(text)

    async def _in_danger(self) -> None:
        if self._on_emergency == "hang_up":
            await self._cut_agent()
            await self.broadcast_frame(
                WrapUpFrame, text=self._emergency, reason="emergency", final=True
            )
        elif self._human_available:
            await self._put_through(DANGER, line=self._emergency)
        elif not self._told_emergency:
            self._told_emergency = True
            await self._take_turn(SayFrame(text=self._emergency))

    async def _count_complaint(self, text: str) -> None:
        self._complaints = self._complaints + 1 if self._pleas.complaint(text) else 0
        if self._complaints and self._offered:
            await self._put_through("The caller complained again.")
        elif self._complaints >= _MOST_IN_A_ROW:
            await self._offer_person(cut=True)

    async def _offer_person(self, *, cut: bool = False) -> None:
        """Once in a call; with or without a cut of what the agent is saying."""
        if self._human_available and not self._offered:
            self._offered = self._awaits_yes = True
            if cut:
                await self._cut_agent()
            await self.push_frame(SayFrame(text=self._offer), FrameDirection.UPSTREAM)

    async def _put_through(self, reason: str, *, line: str = "") -> None:
        await self._cut_agent()
        self._retire()
        await self.push_frame(TransferFrame(reason=reason, line=line))
