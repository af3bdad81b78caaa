"""A line on hold: the model hears and costs nothing until a person speaks."""

import base64
from typing import Self

from pipecat.frames.frames import (
    BotStartedSpeakingFrame,
    BotStoppedSpeakingFrame,
    Frame,
    LLMFullResponseEndFrame,
    LLMFullResponseStartFrame,
    TranscriptionFrame,
    VADUserStartedSpeakingFrame,
    VADUserStoppedSpeakingFrame,
)
from pipecat.processors.frame_processor import FrameDirection

from processors.agent import Agent
from processors.base import CallProcessor
from processors.floor import Floor
from processors.frames import (
    CallerAudioFrame,
    HangUpFrame,
    HoldRequestFrame,
    LineBackFrame,
    LineLostFrame,
    OnHoldFrame,
    TakenOverFrame,
)
from processors.listening.hold_ear import HoldEar
from processors.sound import CallerSound
from processors.words.holds import Holds

SETTLE_SECS = 1.5  # after words that put us on hold: the model may still answer to them
_PIECE = 5  # of 20 ms: what was kept goes on in pieces of 100 ms
_EDGES = (VADUserStartedSpeakingFrame, VADUserStoppedSpeakingFrame)


class HoldGate(CallProcessor):
    """Keeps the line from the model while it is on hold, and wakes it when a person speaks.

    Consumes: the caller's sound, and VADUserStartedSpeakingFrame and VADUserStoppedSpeakingFrame:
        on hold none of them passes. HoldRequestFrame and TranscriptionFrame, which come up from
        the model, TakenOverFrame, and the frames that tell who is speaking; these pass.
    Adds: OnHoldFrame (both ways) as a hold begins and ends; at its end, downstream and in order,
        VADUserStartedSpeakingFrame and what was said since then as CallerAudioFrame, and
        VADUserStoppedSpeakingFrame if that is over. HangUpFrame, reason "held_too_long" (both
        ways).
    Place: after SileroVAD, before InterruptionClear and the model.

    A hold begins, as soon as the agent is silent, when the model asks for it (the tool
    `wait_on_hold`), `SETTLE_SECS` after words that say so and nothing else, or after `music_secs`
    of music into which nobody speaks (0: never). It ends when a person is heard (`HoldEar`),
    or an operator takes the call over, who waits in the agent's place. All holds of a call together
    last `max_secs` at most; then the call ends.
    """

    caller_sound = "gated"
    consumes = (
        CallerAudioFrame,
        *_EDGES,
        BotStartedSpeakingFrame,
        BotStoppedSpeakingFrame,
        LLMFullResponseStartFrame,
        LLMFullResponseEndFrame,
        LineLostFrame,
        LineBackFrame,
        HoldRequestFrame,
        TakenOverFrame,
        TranscriptionFrame,
    )
    adds = {
        OnHoldFrame: "both",
        CallerAudioFrame: "down",
        VADUserStartedSpeakingFrame: "down",
        VADUserStoppedSpeakingFrame: "down",
        HangUpFrame: "both",
    }
    settings = ("hold.max_secs", "hold.music_secs")

    def __init__(
        self, *, language: str = "en", max_secs: float = 1800.0, music_secs: float = 8.0
    ) -> None:
        super().__init__()
        self._words = Holds(language)
        self._left_secs = max_secs
        self._music_secs = music_secs
        self._ear = HoldEar()
        self._floor = Floor()
        self._wanted = ""  # how it is known that we are to wait; empty: we are not
        self._began_at: float | None = None  # loop time; None: not on hold
        self._waking = False
        self._late: list[CallerSound] | None = None  # came while what was kept is passed on

    @classmethod
    def of(cls, agent: Agent) -> Self:
        """Makes one from the settings of the agent's file."""
        return cls(
            language=agent.language,
            max_secs=agent.hold.max_secs,
            music_secs=agent.hold.music_secs,
        )

    # -- sound --------------------------------------------------------------------------------

    def hear_caller(self, sound: CallerSound) -> bool:
        """The caller's sound; whether it is kept from those below."""
        if self._call_is_over or self._stands_aside:
            return False
        try:
            return self._take(sound)
        except Exception as error:
            self._spawn(self._fail_open(error))
            return False

    async def process_frame(self, frame: Frame, direction: FrameDirection) -> None:
        if direction is FrameDirection.DOWNSTREAM and not self._call_is_over:
            if isinstance(frame, CallerAudioFrame) and self.hear_caller(frame.sound):
                return
            if isinstance(frame, _EDGES):
                try:
                    self._edge(frame)
                except Exception as error:
                    await self._fail_open(error)
                if self._began_at is not None:
                    return
        await super().process_frame(frame, direction)

    def _take(self, sound: CallerSound) -> bool:
        self._ear.hear(sound)
        if self._late is not None:
            self._late.append(sound)
            return True
        if self._began_at is None:
            if 0 < self._music_secs <= self._ear.music_secs and self._may_begin:
                self._spawn(self._begin("music"))
            return False
        if self._ear.person and not self._waking:
            self._waking = True
            self._spawn(self._wake_or_open())
        return True

    def _edge(self, frame: Frame) -> None:
        if isinstance(frame, VADUserStartedSpeakingFrame):
            self._ear.speech_began(frame.start_secs)
        elif isinstance(frame, VADUserStoppedSpeakingFrame):
            self._ear.speech_ended(frame.stop_secs)

    # -- the beginning ------------------------------------------------------------------------

    def _note(self, frame: Frame) -> None:
        self._floor.note(frame)
        if self._floor.agent_audible:
            self._ear.agent_heard()

    async def _act(self, frame: Frame, direction: FrameDirection) -> None:
        if isinstance(frame, TakenOverFrame) and frame.begins:
            await self._taken_over()
        if self._began_at is not None:
            return  # what asks for a hold comes late: it has begun
        if isinstance(frame, HoldRequestFrame):
            self._wanted = "model"
        elif isinstance(frame, TranscriptionFrame) and direction is FrameDirection.UPSTREAM:
            self._heard_words(frame.text)
        if self._wanted and not self._timer_runs("settle"):
            await self._begin_if_silent()

    def _heard_words(self, text: str) -> None:
        if self._words.told(text):
            self._wanted = self._wanted or "words"
            self._start_timer("settle", SETTLE_SECS, self._begin_if_silent)
        elif self._wanted == "words":  # something else was said since then
            self._wanted = ""
            self._stop_timer("settle")

    @property
    def _may_begin(self) -> bool:
        busy = self._floor.agent_busy or self._floor.line_is_down or self._floor.nobody_listens
        return self._began_at is None and not busy

    async def _begin_if_silent(self) -> None:
        if self._wanted and self._may_begin:
            await self._begin(self._wanted)

    async def _begin(self, by: str) -> None:
        if not self._may_begin:
            return
        self._wanted = ""
        self._stop_timer("settle")
        self._began_at, self._waking = self._now, False
        was_speaking = self._floor.caller_speaking
        self._ear.hold_begins()
        self._start_timer("too_long", max(0.0, self._left_secs), self._too_long)
        if was_speaking:
            await self.push_frame(VADUserStoppedSpeakingFrame(stop_secs=0.0))
        self._floor.note(OnHoldFrame(begins=True))
        await self.broadcast_frame(OnHoldFrame, begins=True, by=by)

    # -- the end ------------------------------------------------------------------------------

    async def _wake(self) -> None:
        """The model first, which is to listen; then all that was said, in order, and with it what
        comes meanwhile."""
        await self._end()
        spoke_secs, silent_secs = self._ear.speech_secs, self._ear.silent_secs
        await self._pass_edge(VADUserStartedSpeakingFrame(start_secs=spoke_secs))
        kept, self._late = self._ear.hold_ends(), []
        while kept:
            for at in range(0, len(kept), _PIECE):
                await self.push_frame(_framed(kept[at : at + _PIECE]))
            kept, self._late = self._late, []
        self._began_at, self._late = None, None  # from here on sound passes
        if silent_secs is not None:
            await self._pass_edge(VADUserStoppedSpeakingFrame(stop_secs=silent_secs))

    async def _taken_over(self) -> None:
        self._wanted = ""
        self._stop_timer("settle")
        if self._began_at is None or self._waking:
            return
        self._waking = True
        if self._ear.speech_secs and self._ear.silent_secs is None:
            await self._wake_or_open()  # who speaks just now is heard from their first sound
            return
        await self._end()
        self._ear.hold_ends()
        self._began_at = None

    async def _pass_edge(self, edge: Frame) -> None:
        self._floor.note(edge)
        await self.push_frame(edge)

    async def _end(self) -> None:
        if self._began_at is not None:
            self._left_secs -= self._now - self._began_at
        self._stop_timer("too_long")
        self._floor.note(OnHoldFrame())
        await self.broadcast_frame(OnHoldFrame, begins=False)

    async def _too_long(self) -> None:
        await self._hang_up_past_all("held_too_long")

    async def _wake_or_open(self) -> None:
        try:
            await self._wake()
        except Exception as error:
            await self._fail_open(error)

    async def _fail_open(self, error: Exception) -> None:
        """The model hears the line again: a gate that is broken must not keep it shut."""
        self._late = None
        if self._began_at is not None:
            self._began_at = None
            await self._end()
        await self._failed(error)

    @property
    def _now(self) -> float:
        return self.get_event_loop().time()


def _framed(sounds: list[CallerSound]) -> CallerAudioFrame:
    ulaw = b"".join([sound.ulaw for sound in sounds])
    return CallerAudioFrame(
        audio=b"".join([sound.pcm for sound in sounds]),
        sample_rate=8000,
        num_channels=1,
        ulaw=ulaw,
        payload=base64.b64encode(ulaw).decode(),
        sent_rms=max(sound.sent_rms for sound in sounds),
    )
