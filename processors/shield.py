"""Ends calls of machines and of people who only sell, politely."""

import re
from collections.abc import Sequence
from typing import Literal, Self

from pipecat.frames.frames import Frame, InterruptionFrame, TranscriptionFrame
from pipecat.processors.frame_processor import FrameDirection

from processors.agent import Agent
from processors.base import CallProcessor
from processors.floor import FLOOR_FRAMES, Floor
from processors.frames import HangUpFrame, SayFrame, WrapUpFrame
from processors.words.nuisance import Nuisance, Repetitions, nuisance_in
from processors.words.phrases import compiled
from processors.words.pleas import mentions_emergency

# In silence after the line, before the call ends: enough to say "I do need something else".
_GRACE_SECS = 5.0
# Before the last line: what is being said just then may be words of danger, and is heard first.
_HEAR_OUT_SECS = 2.0
# From the decision to the end, whatever comes of the line; a machine talks on meanwhile.
_MOST_SECS = 8.0


class NuisanceShield(CallProcessor):
    """Cuts the calls of machines and of people who only sell.

    Consumes: TranscriptionFrame, and the frames that tell who is speaking. All of them pass.
    Adds: at the first words of the kind InterruptionFrame (both ways) and SayFrame (upstream): a
        line that asks what else the caller needs. Who says something else is let in, who says
        nothing for 5 s gets a WrapUpFrame (both ways) with `farewell`. At such words once more the
        same farewell, once they have been silent for 2 s, and 8 s later at most a HangUpFrame (both
        ways), whatever is said meanwhile but words of an emergency.
    Place: after HumanWords, before AutoHangup.

    The reasons of the endings are "robocall", "sales_pitch" and "bot_loop": the caller has said the
    same (`processors.words.nuisance`) `repeats` times. After words of an emergency, in whatever
    language of ours, this processor does nothing any more.
    """

    caller_sound = "ignored"
    consumes = (*FLOOR_FRAMES, TranscriptionFrame)
    adds = {
        InterruptionFrame: "both",
        SayFrame: "up",
        WrapUpFrame: "both",
        HangUpFrame: "both",
    }
    settings = (
        "shield.repeats",
        "shield.robocalls",
        "shield.pitches",
        "lines.nuisance",
        "lines.no_person",
    )

    def __init__(
        self,
        *,
        nuisance: str,
        no_person: str,
        farewell: str,
        repeats: int = 4,
        robocalls: bool = True,
        pitches: bool = False,
        emergencies: Sequence[str] = (),
    ) -> None:
        """`emergencies` are regular expressions beside those of the languages. Raises ValueError
        naming one that is none.
        """
        super().__init__()
        self._lines = {"robocall": no_person, "bot_loop": no_person, "sales_pitch": nuisance}
        self._farewell = farewell
        self._repeats = repeats
        self._cut: set[Nuisance] = set()
        if robocalls:
            self._cut.add("robocall")
        if pitches:
            self._cut.add("sales_pitch")
        self._emergencies: Sequence[re.Pattern[str]] = compiled(emergencies, kind="emergency")
        self._floor = Floor()
        self._said = Repetitions()
        self._asked = False  # what else they need
        self._suspected = ""  # of this, and they have said no words since they were asked
        self._ends = ""  # the call ends, for this reason
        self._last_line_asked = False
        self._let_in = False  # for good

    @classmethod
    def of(cls, agent: Agent) -> Self:
        """As the agent's file says."""
        return cls(
            nuisance=agent.lines.nuisance,
            no_person=agent.lines.no_person,
            farewell=agent.lines.farewell,
            repeats=agent.shield.repeats,
            robocalls=agent.shield.robocalls,
            pitches=agent.shield.pitches,
            emergencies=agent.emergency.patterns,
        )

    def _note(self, frame: Frame) -> None:
        self._floor.note(frame)

    async def _act(self, frame: Frame, direction: FrameDirection) -> None:
        if self._let_in or self._floor.hushed or not isinstance(frame, self.consumes):
            return
        if isinstance(frame, TranscriptionFrame) and frame.text.strip():
            await self._heard(frame.text)
        self._await_answer()
        self._hear_out()

    async def _heard(self, text: str) -> None:
        if mentions_emergency(text, self._emergencies):
            self._let_in = True
            self._suspected = self._ends = ""
            self._stop_timers()
            return
        self._suspected = ""
        kind = self._kind(text)
        if kind and self._asked:
            await self._end(kind)
        elif kind:
            self._asked = True
            self._suspected = kind
            await self._take_turn(SayFrame(text=self._lines[kind]))

    def _kind(self, text: str) -> Nuisance | Literal["bot_loop", ""]:
        found = nuisance_in(text)
        repeated = self._said.add(text)
        if found and found in self._cut:
            return found
        return "bot_loop" if 0 < self._repeats <= repeated else ""

    def _await_answer(self) -> None:
        """From here on they have so long to say what they need."""
        if self._suspected and self._floor.quiet and not self._call_is_over:
            self._start_timer("answer", _GRACE_SECS, self._nothing_said)
        else:
            self._stop_timer("answer")

    async def _nothing_said(self) -> None:
        """The last line; speech calls it off."""
        reason, self._suspected = self._suspected, ""
        await self.broadcast_frame(WrapUpFrame, text=self._farewell, reason=reason)

    async def _end(self, reason: str) -> None:
        """The agent falls silent; what is being said is heard out, then comes the last line."""
        if self._ends:
            return
        self._ends = reason
        await self._cut_agent()
        self._start_timer("end", _MOST_SECS, self._end_now)

    def _hear_out(self) -> None:
        if not self._ends or self._floor.caller_speaking or self._last_line_asked:
            self._stop_timer("last line")
        elif not self._timer_runs("last line"):
            self._start_timer("last line", _HEAR_OUT_SECS, self._last_line)

    async def _last_line(self) -> None:
        self._last_line_asked = True
        await self.broadcast_frame(WrapUpFrame, text=self._farewell, reason=self._ends)

    async def _end_now(self) -> None:
        await self._hang_up_past_all(self._ends)
