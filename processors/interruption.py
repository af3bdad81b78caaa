"""Letting the caller cut in."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, Self

from pipecat.frames.frames import (
    BotStartedSpeakingFrame,
    BotStoppedSpeakingFrame,
    Frame,
    InterruptionFrame,
    LLMFullResponseEndFrame,
    LLMFullResponseStartFrame,
    UserStartedSpeakingFrame,
    UserStoppedSpeakingFrame,
    VADUserStartedSpeakingFrame,
    VADUserStoppedSpeakingFrame,
)
from pipecat.processors.frame_processor import FrameDirection

from processors.agent import Agent
from processors.base import CallProcessor
from processors.floor import CALLER_STARTED, CALLER_STOPPED, Floor
from processors.frames import HeldWordsFrame, HoldFrame, ModelListensFrame, ResumeFrame
from processors.words.backchannels import Backchannels

_LOCAL_EAR = VADUserStartedSpeakingFrame
_MODELS_EAR = UserStartedSpeakingFrame

# In hybrid turns the local ear is the quicker one. The model's is listened to as well: after a
# pause too short for the local ear, it alone says that the caller speaks again.
_ONSET: dict[str, tuple[type[Frame], ...]] = {
    "hybrid": (_LOCAL_EAR, _MODELS_EAR),
    "local": (_LOCAL_EAR,),
    "server": (_MODELS_EAR,),
}

# How long after the last sound an ear may still say that the speech has ended.
_LOCAL_EAR_LAG_SECS = 0.45
_MODELS_EAR_LAG_SECS = 0.7
# Speech of which the model's ear tells nothing for this long after its last sound was a noise.
_UNHEARD_SECS = 1.0
# After speech as long as may be: the lag of the ear, the words, and a little patience with both.
_DECIDED_SECS = 1.2
# After so many holds for nothing while the agent says one thing, the local ear alone holds no more.
_FALSE_ALARMS = 2


@dataclass(kw_only=True)
class _Hold:
    """The caller's speech for which the agent is held."""

    began_at: float  # loop time at which the speech going on, or the last one, began
    local_ear: bool = False  # it has heard the speech too: then it is believed about its end
    speaking: bool = True
    unworded: int = 0  # turns whose words are still to come
    worded: bool = False  # there were words, or a turn without any
    nodded: bool = False  # there were words
    long: bool = False  # it has lasted for longer than a nod
    audible: bool = False  # the agent is heard on: only words, or the local ear, say who speaks


class InterruptionClear(CallProcessor):
    """Silences the agent when the caller starts to speak; otherwise it does nothing.

    Consumes: VADUserStartedSpeakingFrame (`turns` "hybrid" and "local") and
        UserStartedSpeakingFrame ("hybrid" and "server") and, in a hold, the frames that tell of
        the end of that speech; HeldWordsFrame; ModelListensFrame; BotStartedSpeakingFrame,
        BotStoppedSpeakingFrame,
        LLMFullResponseStartFrame and LLMFullResponseEndFrame, which come from below, to know
        whether there is anything to interrupt. All of them pass.
    Adds: InterruptionFrame, HoldFrame and ResumeFrame, both ways.
    Place: between the voice detector and the model.

    `style` "cut" takes the turn from the agent at the first sound. "hold" silences an agent that
    is heard just as fast but decides later: speech of more than `hold_secs`, or with words other
    than `backchannels`, takes the turn (InterruptionFrame); a noise or a nod does not, and the
    agent goes on from where it was heard (ResumeFrame). A hold that cannot be decided takes the
    turn in the end. Where the model's ear listens too (ModelListensFrame), the local ear alone
    takes no turn; and after two holds for nothing while the agent says one thing it does not even
    hold any more: the model's ear must have heard the caller, or with local turns they must go on
    for `hold_secs`. What the model's ear alone hears then may be the agent's echo: the agent is
    heard on until there are words that are not its own, or the local ear hears the caller too.
    """

    caller_sound = "ignored"
    consumes = (
        *CALLER_STARTED,
        *CALLER_STOPPED,
        HeldWordsFrame,
        ModelListensFrame,
        BotStartedSpeakingFrame,
        BotStoppedSpeakingFrame,
        LLMFullResponseStartFrame,
        LLMFullResponseEndFrame,
        InterruptionFrame,
    )
    adds = {InterruptionFrame: "both", HoldFrame: "both", ResumeFrame: "both"}
    settings = ("turns", "barge_in.style", "barge_in.hold_ms", "barge_in.backchannels")

    def __init__(
        self,
        *,
        turns: Literal["hybrid", "server", "local"] = "hybrid",
        style: Literal["hold", "cut"] = "cut",
        hold_secs: float = 0.8,
        backchannels: Sequence[str] = (),
    ) -> None:
        """Raises ValueError for another value of `turns` or `style`."""
        super().__init__()
        if turns not in _ONSET:
            raise ValueError(f'turns must be "hybrid", "server" or "local", not {turns!r}')
        if style not in ("hold", "cut"):
            raise ValueError(f'style must be "hold" or "cut", not {style!r}')
        self._turns = turns
        self._onset = _ONSET[turns]
        self._holds = style == "hold"
        self._hold_secs = hold_secs
        self._backchannels = Backchannels(backchannels)
        self._floor = Floor()
        self._models_ear_hears = False
        self._model_listens = False
        self._local_ear_since: float | None = None  # what it hears now
        self._false_alarms = 0  # in what the agent says now
        self._echoes = 0  # of them those that the model's ear had heard, without words of a caller
        self._hold: _Hold | None = None

    @classmethod
    def of(cls, agent: Agent) -> Self:
        """Makes one from the settings of the agent's file."""
        return cls(
            turns=agent.turns,
            style=agent.barge_in.style,
            hold_secs=agent.barge_in.hold_ms / 1000,
            backchannels=agent.barge_in.backchannels,
        )

    def _note(self, frame: Frame) -> None:
        self._floor.note(frame)
        if isinstance(frame, UserStartedSpeakingFrame | UserStoppedSpeakingFrame):
            self._models_ear_hears = isinstance(frame, UserStartedSpeakingFrame)
        elif isinstance(frame, VADUserStartedSpeakingFrame):
            self._local_ear_since = self._now() - frame.start_secs
        elif isinstance(frame, VADUserStoppedSpeakingFrame):
            self._local_ear_since = None
            self._stop_timer("insists")
        elif isinstance(frame, ModelListensFrame):
            self._model_listens = frame.listens
        elif isinstance(frame, BotStoppedSpeakingFrame):
            self._false_alarms = self._echoes = 0
        elif isinstance(frame, InterruptionFrame):
            self._false_alarms = self._echoes = 0
            self._let_go()  # somebody else took the turn

    async def _act(self, frame: Frame, direction: FrameDirection) -> None:
        if self._hold is not None:
            await self._follow(self._hold, frame)
        elif isinstance(frame, self._onset):
            if self._holds and self._floor.agent_audible:
                if self._false_alarms < _FALSE_ALARMS or not isinstance(frame, _LOCAL_EAR):
                    await self._begin(frame)
                elif (
                    not self._has_model
                ):  # no other ear hears the caller: they have to go on for a while
                    self._start_timer("insists", self._hold_secs, self._insists)
            elif self._floor.agent_busy:
                await self._take()

    # -- a hold -------------------------------------------------------------------------------

    async def _begin(self, onset: Frame) -> None:
        hears = self._models_ear_hears and self._turns != "local"
        self._hold = _Hold(began_at=self._now(), unworded=int(hears))
        if self._is_echo_likely(onset):
            self._hold.audible = True
            self._floor.note(HoldFrame(silences=False))
            await self.broadcast_frame(HoldFrame, silences=False)
            return
        self._floor.note(HoldFrame())
        self._start_timer("undecided", self._hold_secs + _DECIDED_SECS, self._undecided)
        if isinstance(onset, VADUserStartedSpeakingFrame):
            self._local_ear_hears(self._hold, self._now() - onset.start_secs)
        elif self._false_alarms >= _FALSE_ALARMS and self._local_ear_since is not None:
            self._local_ear_hears(self._hold, self._local_ear_since)
        else:
            self._start_timer("too_long", self._hold_secs + _MODELS_EAR_LAG_SECS, self._too_long)
        await self.broadcast_frame(HoldFrame)

    def _is_echo_likely(self, onset: Frame) -> bool:
        by_models_ear = isinstance(onset, _MODELS_EAR) and self._turns == "hybrid"
        often = self._echoes >= _FALSE_ALARMS
        return by_models_ear and often and self._local_ear_since is None

    async def _follow(self, hold: _Hold, frame: Frame) -> None:
        match frame:
            case HeldWordsFrame():
                hold.unworded = max(0, hold.unworded - 1)
                hold.worded = True
                hold.nodded |= bool(frame.text)
                if frame.text and not self._backchannels.cover(frame.text):
                    await self._take()
                else:
                    await self._decide(hold)
            case VADUserStartedSpeakingFrame() if self._turns != "server":
                self._local_ear_hears(hold, self._now() - frame.start_secs)
                if hold.audible:  # it is the caller, by both ears
                    hold.audible = False
                    self._start_timer("undecided", self._hold_secs + _DECIDED_SECS, self._undecided)
                    await self.broadcast_frame(HoldFrame)
            case VADUserStoppedSpeakingFrame() if hold.local_ear:
                hold.unworded += self._turns == "local"
                await self._speech_ended(hold, frame.stop_secs)
            case UserStartedSpeakingFrame() if self._turns != "local":
                hold.unworded += 1
                if hold.long:
                    await self._take()
                elif hold.audible:
                    hold.speaking = True
                    self._stop_timer("undecided")
                elif not hold.local_ear:
                    hold.speaking, hold.began_at = True, self._now()
                    self._start_timer(
                        "too_long", self._hold_secs + _MODELS_EAR_LAG_SECS, self._too_long
                    )
            case UserStoppedSpeakingFrame() if self._turns != "local" and not hold.local_ear:
                await self._speech_ended(hold, _MODELS_EAR_LAG_SECS)

    @property
    def _has_model(self) -> bool:
        """The model's ear listens too, and has its say."""
        return self._model_listens and self._turns != "local"

    def _agreed(self, hold: _Hold) -> bool:
        """Whether every ear that listens has heard the caller."""
        model_heard = self._models_ear_hears or hold.unworded or hold.worded
        return bool(model_heard) or not (hold.local_ear and self._has_model)

    def _local_ear_hears(self, hold: _Hold, since: float) -> None:
        hold.local_ear = hold.speaking = True
        hold.began_at = since
        self._stop_timer("unheard")
        certain_secs = since - self._now() + self._hold_secs + _LOCAL_EAR_LAG_SECS
        self._start_timer("too_long", max(0.0, certain_secs), self._too_long)

    async def _too_long(self) -> None:
        """A nod does not last so long: the caller wants the turn, if it is the caller."""
        if self._hold is not None:
            self._hold.long = True
            if self._agreed(self._hold):
                await self._take()

    async def _undecided(self) -> None:
        if self._hold is not None and self._hold.audible:
            await self._give_back()
        elif self._hold is None or self._agreed(self._hold):
            await self._take()
        else:
            await self._give_back()

    async def _insists(self) -> None:
        if self._floor.agent_audible:
            await self._take()

    async def _speech_ended(self, hold: _Hold, secs_ago: float) -> None:
        hold.speaking = False
        self._stop_timer("too_long")
        if hold.audible:  # only its words can say whose it was
            self._start_timer("undecided", _DECIDED_SECS, self._undecided)
            await self._decide(hold)
            return
        hold.long |= self._now() - secs_ago - hold.began_at > self._hold_secs
        if hold.long and self._agreed(hold):
            await self._take()
        else:
            await self._decide(hold, ended_secs_ago=secs_ago)

    async def _decide(self, hold: _Hold, *, ended_secs_ago: float = 0.0) -> None:
        """Gives back what the caller did not want; waits while that may still change."""
        if hold.speaking or hold.unworded:
            self._stop_timer("unheard")
        elif hold.worded:
            await self._give_back()
        else:
            self._start_timer("unheard", max(0.0, _UNHEARD_SECS - ended_secs_ago), self._unheard)

    async def _unheard(self) -> None:
        if self._hold is not None and not self._hold.unworded:
            await self._give_back()

    async def _give_back(self) -> None:
        if self._hold is not None and not self._hold.nodded:
            self._false_alarms += 1
            self._echoes += self._hold.worded
        self._let_go()
        self._floor.note(ResumeFrame())
        await self.broadcast_frame(ResumeFrame)

    async def _take(self) -> None:
        self._let_go()
        self._floor.note(InterruptionFrame())
        await self.broadcast_interruption()

    def _let_go(self) -> None:
        self._hold = None
        for name in ("undecided", "too_long", "unheard", "insists"):
            self._stop_timer(name)

    def _now(self) -> float:
        return self.get_event_loop().time()
