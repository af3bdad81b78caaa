"""An operator who speaks in the agent's place."""

import asyncio
from collections.abc import Callable

from pipecat.frames.frames import Frame, InterruptionFrame
from pipecat.processors.frame_processor import FrameDirection

from bot.media.g711 import BYTES_PER_MS, SAMPLE_RATE, ulaw_to_pcm
from bot.media.speech_gate import SpeechGate
from processors.base import CallProcessor
from processors.frames import (
    AgentAudioEndFrame,
    AgentAudioFrame,
    HoldFrame,
    LineLostFrame,
    ResumeFrame,
    TakenOverFrame,
    UtterancePlayedFrame,
)

MOST_AHEAD_SECS = 0.6  # what comes faster than it is spoken was held up, and is left out


class OperatorVoice(CallProcessor):
    """Between two TakenOverFrames, sends what an operator says the way of the agent's words.

    Consumes: TakenOverFrame, InterruptionFrame, LineLostFrame and UtterancePlayedFrame, which pass;
        HoldFrame and ResumeFrame, which do not pass while somebody speaks: a person's voice is not
        kept for later.
    Adds: AgentAudioFrame and AgentAudioEndFrame (downstream) for what is said between two pauses;
        InterruptionFrame (downstream) as it begins: of the agent nothing more is heard.
    Place: right before BotAudio.

    `said` is told of each of these: its sound, and how it was heard.
    """

    caller_sound = "ignored"
    consumes = (
        TakenOverFrame,
        InterruptionFrame,
        LineLostFrame,
        HoldFrame,
        ResumeFrame,
        UtterancePlayedFrame,
    )
    adds = {AgentAudioFrame: "down", AgentAudioEndFrame: "down", InterruptionFrame: "down"}

    def __init__(self, *, said: Callable[[bytes, UtterancePlayedFrame], None]) -> None:
        super().__init__()
        self._said = said
        self._speaks = False
        self._gate = SpeechGate()
        self._count = 0
        self._key = ""  # of what is being said; empty: there is a pause
        # Of what was not played to its end yet: when it began (loop time), and what was sent of it.
        self._sounds: dict[str, tuple[float, bytearray]] = {}
        self.silent = asyncio.Event()  # all that was said has been heard, or was cut
        self.silent.set()

    async def process_frame(self, frame: Frame, direction: FrameDirection) -> None:
        if self._speaks and isinstance(frame, HoldFrame | ResumeFrame):
            return
        await super().process_frame(frame, direction)

    def _note(self, frame: Frame) -> None:
        if isinstance(frame, TakenOverFrame):
            self._speaks = frame.begins
        elif isinstance(frame, InterruptionFrame):
            self._key = ""  # what is said from here on is something new

    async def _act(self, frame: Frame, direction: FrameDirection) -> None:
        match frame:
            case TakenOverFrame(begins=True):
                self._gate = SpeechGate()
                await self.push_frame(InterruptionFrame())
            case UtterancePlayedFrame() if frame.utterance_id in self._sounds:
                _, sound = self._sounds.pop(frame.utterance_id)
                self._said(bytes(sound), frame)
                if not self._sounds:
                    self.silent.set()

    async def hear(self, ulaw: bytes) -> None:
        """The operator's microphone: μ-law at 8 kHz, in pieces of 20 ms or the like."""
        if not self._speaks or self._call_is_over:
            return
        for piece in self._gate.hear(ulaw):
            if piece is None:
                await self.finish()
            else:
                await self._send(piece)

    async def _send(self, ulaw: bytes) -> None:
        now = asyncio.get_running_loop().time()
        if not self._key:
            self._count += 1
            self._key = f"operator_{self._count}"
            self._sounds[self._key] = now, bytearray()
            self.silent.clear()
        began_at, sound = self._sounds[self._key]
        if began_at + len(sound) / BYTES_PER_MS / 1000 - now > MOST_AHEAD_SECS:
            return
        sound.extend(ulaw)
        await self.push_frame(
            AgentAudioFrame(
                audio=ulaw_to_pcm(ulaw),
                sample_rate=SAMPLE_RATE,
                num_channels=1,
                ulaw=ulaw,
                utterance_id=self._key,
            )
        )

    async def finish(self) -> None:
        """What is being said has come to its end."""
        if self._key:
            key, self._key = self._key, ""
            await self.push_frame(AgentAudioEndFrame(utterance_id=key))

    def break_off(self) -> None:
        """The pipeline is over: nobody will tell any more how much of what was being said was
        heard. It has been heard since it began, as long as it was.
        """
        now = asyncio.get_running_loop().time()
        for key, (began_at, sound) in self._sounds.items():
            since_secs = now - began_at
            played = UtterancePlayedFrame(
                utterance_id=key,
                heard_ms=min(len(sound) // BYTES_PER_MS, round(since_secs * 1000)),
                interrupted=True,
                began_secs_ago=since_secs,
            )
            self._said(bytes(sound), played)
        self._key = ""
        self._sounds.clear()
        self.silent.set()
