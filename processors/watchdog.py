"""A model that does not answer."""

from pipecat.frames.frames import (
    BotStartedSpeakingFrame,
    Frame,
    InterruptionFrame,
    StartFrame,
)
from pipecat.processors.frame_processor import FrameDirection

from processors.base import CallProcessor
from processors.floor import CALLER_STOPPED, FLOOR_FRAMES, Floor
from processors.frames import (
    AgentAudioFrame,
    AnswerNowFrame,
    GreetFrame,
    HangUpFrame,
    HushFrame,
    LineBackFrame,
    LineLostFrame,
    OnHoldFrame,
    ToolsRunningFrame,
)


class AnswerWatchdog(CallProcessor):
    """Reminds a model that owes the caller an answer, and ends the call if none ever comes.

    Consumes: StartFrame, the caller's speech, AgentAudioFrame, BotStartedSpeakingFrame and
        BotStoppedSpeakingFrame, HoldFrame, ResumeFrame, InterruptionFrame, ToolsRunningFrame,
        LLMFullResponseStartFrame, LLMFullResponseEndFrame, LineLostFrame, LineBackFrame,
        HushFrame, GreetFrame and OnHoldFrame. All pass.
    Adds: AnswerNowFrame (upstream) `nudge_secs` after the caller has fallen silent, unless a
        response is being generated; HangUpFrame, reason "model_silent", after `give_up_secs`
        (both ways, so that those above fall silent too).
    Place: after SilenceLadder.

    An answer is owed from the start of the call (then without a reminder), when the caller
    stops speaking to a silent agent, when words already said take the turn from an agent that
    was held, when the last running tool is done, and when a lost line cuts the agent off. Any
    sound of the agent pays it, and so does a tool after which it is to be silent. The clock
    stands while the caller speaks, tools run or the agent is heard, and begins anew when a lost
    line is back or somebody comes to listen. On hold nothing is owed.
    """

    caller_sound = "ignored"
    consumes = (StartFrame, *FLOOR_FRAMES, LineLostFrame, HushFrame)
    adds = {AnswerNowFrame: "up", HangUpFrame: "both"}

    def __init__(self, *, nudge_secs: float = 4.0, give_up_secs: float = 10.0) -> None:
        super().__init__()
        self._nudge_secs = nudge_secs
        self._give_up_secs = give_up_secs
        self._floor = Floor()
        self._owed = False
        self._may_nudge = False

    def _note(self, frame: Frame) -> None:
        if isinstance(frame, LineLostFrame) and self._floor.agent_busy:
            self._owed = self._may_nudge = True
        was_held = self._floor.held
        self._floor.note(frame)
        if isinstance(frame, StartFrame):
            self._owed = True
        elif isinstance(frame, InterruptionFrame):
            if was_held and not self._floor.caller_speaking:
                self._owed = self._may_nudge = True
        elif isinstance(frame, AgentAudioFrame | BotStartedSpeakingFrame | OnHoldFrame):
            self._owed = False
        elif isinstance(frame, CALLER_STOPPED):
            if not self._floor.agent_audible:
                self._owed = self._may_nudge = True
        elif isinstance(frame, ToolsRunningFrame) and not frame.count:
            self._owed = self._may_nudge = frame.answers

    async def _act(self, frame: Frame, direction: FrameDirection) -> None:
        anew = (StartFrame, ToolsRunningFrame, LineBackFrame, GreetFrame)
        if isinstance(frame, anew) or self._floor.heeds(frame):
            self._stop_clock()
        if isinstance(frame, (StartFrame, *FLOOR_FRAMES)):
            self._set_clock()

    def _set_clock(self) -> None:
        """Starts the clock if an answer is owed and it does not run yet; stops it otherwise."""
        floor = self._floor
        talking = floor.caller_speaking or floor.agent_audible
        nobody_waits = floor.line_is_down or floor.nobody_listens
        if not self._owed or talking or floor.tools_running or nobody_waits:
            self._stop_clock()
        elif not self._timer_runs("give_up"):
            self._start_timer("give_up", self._give_up_secs, self._give_up)
            if self._may_nudge:
                self._start_timer("nudge", self._nudge_secs, self._nudge)

    def _stop_clock(self) -> None:
        self._stop_timer("nudge")
        self._stop_timer("give_up")

    async def _nudge(self) -> None:
        if self._floor.responding:
            self._start_timer("nudge", self._nudge_secs, self._nudge)
        else:
            self._may_nudge = False
            await self.push_frame(AnswerNowFrame(), FrameDirection.UPSTREAM)

    async def _give_up(self) -> None:
        await self._hang_up_past_all("model_silent")
