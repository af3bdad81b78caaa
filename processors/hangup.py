"""When a call that is to end ends."""

from dataclasses import dataclass
from typing import Self

from pipecat.frames.frames import BotStartedSpeakingFrame, Frame, InterruptionFrame
from pipecat.processors.frame_processor import FrameDirection

from processors.agent import Agent
from processors.base import CallProcessor
from processors.floor import CALLER_STARTED, FLOOR_FRAMES, Floor
from processors.frames import (
    AgentAudioFrame,
    AgentSaidFrame,
    CorrectFrame,
    EndCallRequestFrame,
    FarewellFrame,
    HandOverFrame,
    HandOverRequestFrame,
    HangUpFrame,
    HushFrame,
    OnHoldFrame,
    ResumeFrame,
    TakenOverFrame,
    TransferFrame,
    TransferRequestFrame,
    WrapUpFrame,
)
from processors.last_line import LastLine

# After a last line: enough for the caller's ear to finish with it, too short to answer.
_AFTER_LAST_LINE_SECS = 0.3
# A final line that the caller cut: they have heard that the call ends; a breath, then it does.
_AFTER_CUT_LINE_SECS = 2.0


@dataclass(kw_only=True)
class _WrapUp:
    """A last line that was asked for and has not been played yet."""

    reason: str
    final: bool
    line: LastLine
    closing: bool = False  # the line is over, the last timer runs


class AutoHangup(CallProcessor):
    """Ends the call at the right moment, once: after a farewell, a request or a last line.

    Consumes: FarewellFrame: the call ends `grace_secs` later unless somebody speaks.
        EndCallRequestFrame: it ends once the agent is silent, no response is being generated
        and no tool runs; an interruption before that calls it off, and so does a CorrectFrame,
        as it does a goodbye. WrapUpFrame, on its way up: it ends once that line has been played;
        the caller's speech calls it off unless the line is final. TransferRequestFrame: the caller
        is put through once the agent is silent, whatever they say; and with a HandOverRequestFrame
        another agent goes on. TakenOverFrame: all of these are called off, and none is heeded until
        the call is given back. AgentSaidFrame, InterruptionFrame, ResumeFrame, OnHoldFrame (on hold
        nothing ends), HushFrame (what a hushed agent says is no farewell) and the frames that tell
        who is speaking. All of them pass.
    Adds: one HangUpFrame, one TransferFrame or one HandOverFrame (downstream) in the whole
        call.
    Place: after GoodbyeDetector and before all that may ask for a last line.

    What is asked for happens `give_up_secs` later even if the agent or the model never gets
    there; an agent that was held and goes on has so long from then on. A HangUpFrame that comes
    from below ends this processor's work as well.
    """

    caller_sound = "ignored"
    consumes = (
        *FLOOR_FRAMES,
        HushFrame,
        AgentSaidFrame,
        FarewellFrame,
        CorrectFrame,
        EndCallRequestFrame,
        TransferRequestFrame,
        HandOverRequestFrame,
        WrapUpFrame,
    )
    adds = {HangUpFrame: "down", TransferFrame: "down", HandOverFrame: "down"}
    settings = ("goodbye.grace_secs",)

    def __init__(self, *, grace_secs: float = 2.0, give_up_secs: float = 8.0) -> None:
        super().__init__()
        self._grace_secs = grace_secs
        self._give_up_secs = give_up_secs
        self._floor = Floor()
        self._goodbye_stands = False  # the grace after a farewell is over, nobody has spoken in it
        self._end_requested = False
        self._transfer: TransferRequestFrame | None = None
        self._next_agent: HandOverRequestFrame | None = None
        self._wrap_up: _WrapUp | None = None

    @classmethod
    def of(cls, agent: Agent) -> Self:
        """Makes one from the settings of the agent's file."""
        return cls(grace_secs=agent.goodbye.grace_secs)

    def _note(self, frame: Frame) -> None:
        self._floor.note(frame)
        if self._wrap_up is not None:
            self._wrap_up.line.note(frame)
        if isinstance(frame, WrapUpFrame):
            self._expect_last_line(frame)
        elif isinstance(frame, CorrectFrame):
            self._not_yet()
        elif isinstance(frame, TakenOverFrame) and frame.begins:
            self._call_off()  # before word comes back that the agent has fallen silent
        elif isinstance(frame, InterruptionFrame):
            self._interrupted()  # before word comes back that the agent has fallen silent

    async def _act(self, frame: Frame, direction: FrameDirection) -> None:
        match frame:
            case AgentSaidFrame():
                self._judge_line(frame)
            case FarewellFrame():
                self._farewell_heard()
            case EndCallRequestFrame() | TransferRequestFrame() | HandOverRequestFrame() if (
                self._floor.taken_over
            ):
                pass  # asked for before the operator came; who has the caller decides now
            case EndCallRequestFrame():
                self._end_requested = True
                self._await_silence()
            case TransferRequestFrame():
                self._transfer = frame
                self._await_silence()
            case HandOverRequestFrame():
                self._next_agent = frame
                self._await_silence()
            case ResumeFrame():
                self._await_silence()
            case HushFrame() | OnHoldFrame(begins=True):
                self._forget_wishes_to_end()
            case AgentAudioFrame() | BotStartedSpeakingFrame():
                self._forget_goodbye()
            case _ if isinstance(frame, CALLER_STARTED):
                self._forget_wishes_to_end()
        await self._end_if_silent()

    def _await_silence(self) -> None:
        """From here on, the agent has so long to come to the end of what it says."""
        if self._end_requested:
            self._start_timer("end_call", self._give_up_secs, self._end_now)
        if self._transfer is not None:
            self._start_timer("transfer", self._give_up_secs, self._transfer_now)
        if self._next_agent is not None:
            self._start_timer("hand_over", self._give_up_secs, self._hand_over_now)

    async def _end_if_silent(self) -> None:
        """All that waits for the agent to fall silent; a transfer comes before a hang-up."""
        if self._floor.agent_busy:
            return
        if self._transfer is not None:
            await self._transfer_now()
        elif self._next_agent is not None:
            await self._hand_over_now()
        elif self._end_requested and not self._floor.tools_running:
            await self._end_now()
        elif self._goodbye_stands:
            await self._hang_up("goodbye")

    def _forget_wishes_to_end(self) -> None:
        """Drops the wish to end: the caller spoke, or has proved to be a machine."""
        self._forget_goodbye()
        if self._wrap_up is not None and not self._wrap_up.final:
            self._wrap_up = None
            self._stop_timer("wrap_up")

    def _call_off(self) -> None:
        """An operator has the caller: what the agent wanted is not done in their place."""
        self._not_yet()
        self._transfer = self._next_agent = None
        self._stop_timer("transfer")
        self._stop_timer("hand_over")

    def _not_yet(self) -> None:
        """The agent has more to say than it thought."""
        self._forget_goodbye()
        self._end_requested = False
        self._stop_timer("end_call")

    def _interrupted(self) -> None:
        self._end_requested = False
        self._stop_timer("end_call")
        if self._wrap_up is not None and self._wrap_up.final and self._wrap_up.line.begun:
            self._close_after(_AFTER_CUT_LINE_SECS)

    def _farewell_heard(self) -> None:
        """Starts the grace, unless either side is already speaking again or no person listens. A
        call that is to end after a final line ends after that.
        """
        floor = self._floor
        if self._wrap_up is not None and self._wrap_up.final:
            return
        if not (floor.caller_speaking or floor.unplayed or floor.nobody_listens):
            self._start_timer("goodbye", self._grace_secs, self._goodbye_accepted)

    def _forget_goodbye(self) -> None:
        self._goodbye_stands = False
        self._stop_timer("goodbye")

    async def _goodbye_accepted(self) -> None:
        self._goodbye_stands = True
        await self._end_if_silent()

    def _expect_last_line(self, frame: WrapUpFrame) -> None:
        if self._wrap_up is not None and self._wrap_up.final:
            return
        line = LastLine(frame.text, self._floor)
        self._wrap_up = _WrapUp(reason=frame.reason, final=frame.final, line=line)
        self._start_timer("wrap_up", self._give_up_secs, self._line_overdue)

    def _judge_line(self, said: AgentSaidFrame) -> None:
        if self._wrap_up is None or not self._wrap_up.line.is_line(said.utterance_id):
            return
        if not said.interrupted:
            self._close_after(_AFTER_LAST_LINE_SECS)
        elif self._wrap_up.final:
            self._close_after(_AFTER_CUT_LINE_SECS)

    def _close_after(self, after_secs: float) -> None:
        if self._wrap_up is not None and not self._wrap_up.closing:
            self._wrap_up.closing = True
            self._start_timer("wrap_up", after_secs, self._close)

    async def _line_overdue(self) -> None:
        if self._wrap_up is not None and self._wrap_up.line.sounding and self._floor.agent_audible:
            self._start_timer("wrap_up", self._give_up_secs, self._line_overdue)
        else:
            await self._close()

    async def _close(self) -> None:
        if self._wrap_up is not None:
            await self._hang_up(self._wrap_up.reason)

    async def _end_now(self) -> None:
        await self._hang_up("end_call")

    async def _transfer_now(self) -> None:
        if self._transfer is not None:
            await self._finish(TransferFrame(reason=self._transfer.reason, to=self._transfer.to))

    async def _hand_over_now(self) -> None:
        if (to := self._next_agent) is not None:
            await self._finish(HandOverFrame(agent=to.agent, reason=to.reason))

    async def _hang_up(self, reason: str) -> None:
        await self._finish(HangUpFrame(reason=reason))

    async def _finish(self, frame: HangUpFrame | TransferFrame | HandOverFrame) -> None:
        if not self._call_is_over:
            self._retire()
            await self.push_frame(frame)
