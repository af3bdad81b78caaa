"""What happens when a machine answers."""

from typing import Any, Self

from pipecat.frames.frames import (
    BotStartedSpeakingFrame,
    BotStoppedSpeakingFrame,
    Frame,
    StartFrame,
    TranscriptionFrame,
)
from pipecat.processors.frame_processor import FrameDirection

from processors.agent import Agent
from processors.base import CallProcessor
from processors.floor import FLOOR_FRAMES, Floor
from processors.frames import (
    AgentSaidFrame,
    BeepFrame,
    FaxFrame,
    GreetFrame,
    HangUpFrame,
    HushFrame,
    MachineNoteFrame,
    MachineVerdictFrame,
    SayFrame,
    UtterancePlayedFrame,
)
from processors.last_line import LastLine
from processors.machines.voicemail_flow import (
    EndCall,
    Greet,
    Hush,
    Order,
    SayLine,
    Then,
    VoicemailFlow,
)

# Of a line's letters: what a model says it may spell in another way.
_LETTERS_HEARD = 0.75
_LETTERS_PER_DIGIT = 4  # "five", "neun": a number may come back in figures, or in words


class AnsweringMachine(CallProcessor):
    """Finds out whether a machine has answered, and deals with it; a person notices nothing.

    Consumes: MachineVerdictFrame, BeepFrame, FaxFrame and TranscriptionFrame, whose votes are
        weighed as `processors.machines.amd_classifier` says; the frames that tell who is speaking;
        UtterancePlayedFrame and AgentSaidFrame. All of them pass.
    Adds: HushFrame and GreetFrame (both ways), SayFrame (upstream), MachineNoteFrame (downstream)
        at each change of what is known, HangUpFrame (both ways), reason "machine" or "voicemail".
    Place: after AutoHangup, with a BeepDetector before the model.

    `then` "hang_up" ends the call when a machine is found out. "leave_message" hushes the agent,
    waits for the beep (or the carrier's word, or a long silence), has `voicemail` spoken once,
    word for word, and hangs up when it was played; a machine that takes no message, or a fax, is
    hung up on. An assistant that screens calls hears `who_and_why` (or else `voicemail`), and
    a person who then comes is greeted, as is a person who picks up late. "ignore" does nothing.
    """

    caller_sound = "ignored"
    consumes = (
        *FLOOR_FRAMES,
        MachineVerdictFrame,
        BeepFrame,
        FaxFrame,
        TranscriptionFrame,
        UtterancePlayedFrame,
        AgentSaidFrame,
    )
    adds = {
        HushFrame: "both",
        GreetFrame: "both",
        SayFrame: "up",
        MachineNoteFrame: "down",
        HangUpFrame: "both",
    }
    settings = ("lines.screening",)

    def __init__(self, *, then: Then, voicemail: str = "", who_and_why: str = "") -> None:
        super().__init__()
        self._ignores = then == "ignore"
        self._flow = VoicemailFlow(then=then, voicemail=voicemail, who_and_why=who_and_why)
        self._floor = Floor()
        self._line: LastLine | None = None  # the last one asked for
        self._letters = 0  # of that line
        self._caller_speaks = False
        self._played_ms: dict[str, int] = {}
        self._started_at = 0.0  # loop time
        self._note_told: dict[str, Any] | None = None

    @classmethod
    def of(cls, agent: Agent) -> Self:
        """As the call was ordered; an assistant is told what the agent's file says."""
        return cls(
            then=agent.on_machine,
            voicemail=agent.voicemail,
            who_and_why=agent.lines.screening or agent.first_line,
        )

    def _note(self, frame: Frame) -> None:
        self._floor.note(frame)
        if self._line is not None:
            self._line.note(frame)
        if isinstance(frame, StartFrame):
            self._started_at = self.get_event_loop().time()
        elif isinstance(frame, UtterancePlayedFrame):
            self._played_ms = {frame.utterance_id: frame.heard_ms}

    async def _act(self, frame: Frame, direction: FrameDirection) -> None:
        if self._ignores or not self._tell(frame):
            return
        await self._follow()

    def _tell(self, frame: Frame) -> bool:
        """Tells what happened; false if nothing did."""
        answering, now = self._flow, self._now
        if self._floor.caller_speaking != self._caller_speaks:
            self._caller_speaks = self._floor.caller_speaking
            tell = answering.starts_speaking if self._caller_speaks else answering.stops_speaking
            tell(now)
            return True
        match frame:
            case MachineVerdictFrame():
                answering.carrier_says(frame.answered_by, now)
            case BeepFrame():
                answering.beep(now)
            case FaxFrame():
                answering.fax(now)
            case TranscriptionFrame():
                answering.said(frame.text, now)
            case BotStartedSpeakingFrame():
                answering.agent_starts()
            case BotStoppedSpeakingFrame():
                answering.agent_stops(now)
            case AgentSaidFrame():
                self._tell_said(frame)
            case _:
                return False
        return True

    def _tell_said(self, said: AgentSaidFrame) -> None:
        is_line = self._line is not None and self._line.is_line(said.utterance_id)
        whole = not said.interrupted  # but a model that was lost may have left half of it
        if is_line:
            whole = whole and _letters(said.text) >= _LETTERS_HEARD * self._letters
        self._flow.agent_said(
            is_line=is_line,
            whole=whole,
            played_ms=self._played_ms.get(said.utterance_id, 0),
            now=self._now,
        )

    @property
    def _now(self) -> float:
        return self.get_event_loop().time() - self._started_at

    async def _follow(self) -> None:
        """Does what is to be done, and sees to it that it is looked at again in time."""
        orders = list(self._flow.orders)
        self._flow.orders.clear()  # carrying them out may lead back here
        await self._tell_note()
        for order in orders:
            await self._carry_out(order)
        wake_at = self._flow.wake_at
        if wake_at is None:
            self._stop_timer("wake")
        else:
            self._start_timer("wake", max(0.0, wake_at - self._now), self._wake)

    async def _wake(self) -> None:
        self._flow.wake(self._now)
        await self._follow()

    async def _tell_note(self) -> None:
        note = self._flow.note
        if note is not None and note != self._note_told:
            self._note_told = note
            await self.push_frame(MachineNoteFrame(note=note))

    async def _carry_out(self, order: Order) -> None:
        match order:
            case Hush():
                self._line = None
                # The model first: it cancels what it says before it hears how much was heard.
                await self.push_frame(HushFrame(), FrameDirection.UPSTREAM)
                await self.push_frame(HushFrame())
            case SayLine(text=text):
                self._line, self._letters = LastLine(text, self._floor), _letters(text)
                await self.push_frame(SayFrame(text=text), FrameDirection.UPSTREAM)
            case Greet():
                self._line = None
                await self.push_frame(GreetFrame())
                await self.push_frame(GreetFrame(), FrameDirection.UPSTREAM)
            case EndCall(reason=reason):
                await self._hang_up_past_all(reason)


def _letters(text: str) -> int:
    return sum(_LETTERS_PER_DIGIT if char.isdigit() else char.isalpha() for char in text)
