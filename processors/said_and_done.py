"""What the agent says that it has done, held against what was done."""

from dataclasses import dataclass
from typing import Self

from pipecat.frames.frames import Frame
from pipecat.processors.frame_processor import FrameDirection

from processors.agent import Agent
from processors.base import CallProcessor
from processors.frames import (
    AgentSaidFrame,
    CorrectFrame,
    GreetFrame,
    HushFrame,
    ProvenFrame,
    ToolsRunningFrame,
    UnprovenFrame,
)
from processors.words.claims import Claims, claims_in

EVERY = "*"  # in a ProvenFrame: whatever is claimed
_MOST_TOLD = 3  # times in a call: a model that claims on and on would talk of nothing else

_WHAT = {
    "booked": "that something is booked",
    "held": "that something is reserved",
    "standing": "that they are booked",
    "confirmed": "that something is confirmed",
    "cancelled": "that something is cancelled",
    "moved": "that something is moved",
    "texted": "that a text message was sent",
    "mailed": "that an e-mail was sent",
    "message": "that a message was taken or passed on",
    "removed": "that they are off the list",
}
_NOTE = (
    "You have just told the caller {what}, but no function that does so has succeeded in this "
    "call. Unless you spoke of what was done before this call, correct yourself now in one short "
    "sentence: say that it is not done yet. Then do it, if you have all that you need for it. "
    "Never say that anything is done before the function for it has answered that it is."
)


@dataclass(kw_only=True)
class _Open:
    """A claim that nothing covers yet."""

    told: bool = False  # the model knows
    taken_back: bool = False  # the agent has said that it is not so


class SaidAndDone(CallProcessor):
    """Has the agent correct itself where it says that something is done that is not.

    Consumes: AgentSaidFrame; ProvenFrame, which says what may be claimed from then on;
        ToolsRunningFrame: what is claimed while a tool runs is judged by how it ends; HushFrame and
        GreetFrame, between which a message may be left. All of them pass.
    Adds: CorrectFrame (both ways) for a claim that nothing covers, once, and again where it is made
        anew after it was taken back; at most three times in a call. UnprovenFrame (downstream):
        what is claimed and not covered, at each change.
    Place: after the model, before AutoHangup.

    The words are those of `processors.words.claims`, as far as they were heard. `texts_bookings`:
    whoever books gets a text message without being asked.
    """

    caller_sound = "ignored"
    consumes = (AgentSaidFrame, ProvenFrame, ToolsRunningFrame, HushFrame, GreetFrame)
    adds = {CorrectFrame: "both", UnprovenFrame: "down"}

    def __init__(self, *, claims: Claims, texts_bookings: bool = False) -> None:
        super().__init__()
        self._claims = claims
        self._texts_bookings = texts_bookings
        self._proven: set[str] = set()
        self._open: dict[str, _Open] = {}
        self._times_told = 0
        self._tools_running = 0
        self._hushed = False

    @classmethod
    def of(cls, agent: Agent) -> Self:
        """In the agent's language."""
        return cls(claims=claims_in(agent.language), texts_bookings=bool(agent.texts.booked))

    def _note(self, frame: Frame) -> None:
        match frame:
            case HushFrame() | GreetFrame():
                self._hushed = isinstance(frame, HushFrame)
            case ToolsRunningFrame():
                self._tools_running = frame.count
            case ProvenFrame():
                self._proven.update(frame.claims)
                if self._texts_bookings and "booked" in frame.claims:
                    self._proven.add("texted")

    async def _act(self, frame: Frame, direction: FrameDirection) -> None:
        match frame:
            case AgentSaidFrame() if not self._hushed:
                await self._said(frame.text)
            case ProvenFrame():
                covered = [claim for claim in self._open if self._covered(claim)]
                for claim in covered:
                    del self._open[claim]
                if covered:
                    await self._publish()
            case ToolsRunningFrame():
                await self._judge()

    def _covered(self, claim: str) -> bool:
        return EVERY in self._proven or claim in self._proven

    async def _said(self, text: str) -> None:
        changed = False
        if self._claims.taken_back(text):
            for claim in self._open.values():
                changed = changed or (claim.told and not claim.taken_back)
                claim.taken_back = claim.taken_back or claim.told
        for kind in self._claims.made(text):
            made_anew = kind not in self._open or self._open[kind].taken_back
            if made_anew and not self._covered(kind):
                self._open[kind] = _Open()
                changed = True
        if changed:
            await self._publish()
        await self._judge()

    async def _judge(self) -> None:
        """Tells the model what it has claimed too much, once it is clear how its tools ended."""
        due = [kind for kind, claim in self._open.items() if not claim.told]
        if not due or self._tools_running or self._times_told >= _MOST_TOLD:
            return
        self._times_told += 1
        for kind in due:
            self._open[kind].told = True
        await self._publish()
        what = ", and ".join(_WHAT[kind] for kind in due)
        await self.broadcast_frame(CorrectFrame, text=_NOTE.format(what=what))

    async def _publish(self) -> None:
        claims = {kind: claim.taken_back for kind, claim in self._open.items()}
        await self.push_frame(UnprovenFrame(claims=claims))
