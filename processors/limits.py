"""How long a call may last and what it may cost."""

from typing import Self

from pipecat.frames.frames import Frame, StartFrame
from pipecat.processors.frame_processor import FrameDirection

from processors.agent import Agent
from processors.base import CallProcessor
from processors.frames import HangUpFrame, OnHoldFrame, TakenOverFrame, UsageFrame, WrapUpFrame

# From the last line to the hard end: a slow model, a long sentence and a cut one fit in.
_HARD_END_AFTER_SECS = 20.0


class CallTimeLimit(CallProcessor):
    """Ends a call that lasts too long: with a last line, and soon after that without one.

    Consumes: StartFrame, from which it counts, and OnHoldFrame: time on hold is not counted, for it
        has a bound of its own; nor is, by a TakenOverFrame, what an operator speaks. They pass.
    Adds: WrapUpFrame, final, reason "time_limit" (upstream) after `secs`; HangUpFrame of the
        same reason (both ways, so that those above fall silent too) 20 s later.
    Place: after AutoHangup.
    """

    caller_sound = "ignored"
    consumes = (StartFrame, OnHoldFrame)
    adds = {WrapUpFrame: "up", HangUpFrame: "both"}
    settings = ("limits.secs", "lines.time_limit")

    def __init__(self, *, secs: float, goodbye: str) -> None:
        super().__init__()
        self._secs = secs  # that are left
        self._goodbye = goodbye
        self._counts_since: float | None = None  # loop time; None: it does not count
        self._wrapping_up = False
        self._waits: dict[bool, bool] = {}  # by whether it is for an operator, or on hold

    @classmethod
    def of(cls, agent: Agent) -> Self:
        """Makes one from the settings of the agent's file."""
        return cls(secs=agent.limits.secs, goodbye=agent.lines.time_limit)

    async def _act(self, frame: Frame, direction: FrameDirection) -> None:
        if isinstance(frame, OnHoldFrame):
            self._waits[isinstance(frame, TakenOverFrame)] = frame.begins
        if not isinstance(frame, (StartFrame, OnHoldFrame)):
            return
        if any(self._waits.values()):
            self._stand_still()
        else:
            self._count()

    def _count(self) -> None:
        if self._counts_since is None and not self._wrapping_up:
            self._counts_since = self.get_event_loop().time()
            self._start_timer("limit", self._secs, self._wrap_up)
            self._start_timer("hard_end", self._secs + _HARD_END_AFTER_SECS, self._hang_up)

    def _stand_still(self) -> None:
        if self._counts_since is not None and not self._wrapping_up:
            self._secs = max(0.0, self._secs - (self.get_event_loop().time() - self._counts_since))
            self._counts_since = None
            self._stop_timers()

    async def _wrap_up(self) -> None:
        self._wrapping_up = True
        frame = WrapUpFrame(text=self._goodbye, reason="time_limit", final=True)
        await self.push_frame(frame, FrameDirection.UPSTREAM)

    async def _hang_up(self) -> None:
        await self._hang_up_past_all("time_limit")


class CallBudget(CallProcessor):
    """Ends a call whose model has cost more than it may.

    Consumes: UsageFrame, which passes.
    Adds: WrapUpFrame, final, reason "budget" (upstream), once.
    Place: after AutoHangup.

    `usd` is the most the model may cost in one call, in US dollars; None is no limit.
    """

    caller_sound = "ignored"
    consumes = (UsageFrame,)
    adds = {WrapUpFrame: "up"}
    settings = ("limits.usd", "lines.time_limit")

    def __init__(self, *, usd: float | None, goodbye: str) -> None:
        super().__init__()
        self._usd = usd
        self._goodbye = goodbye
        self._spent = False

    @classmethod
    def of(cls, agent: Agent) -> Self:
        """Makes one from the settings of the agent's file."""
        return cls(usd=agent.limits.usd, goodbye=agent.lines.time_limit)

    async def _act(self, frame: Frame, direction: FrameDirection) -> None:
        if not isinstance(frame, UsageFrame) or self._usd is None or self._spent:
            return
        if frame.model_usd > self._usd:
            self._spent = True
            last_line = WrapUpFrame(text=self._goodbye, reason="budget", final=True)
            await self.push_frame(last_line, FrameDirection.UPSTREAM)
