"""Hearing the beep of an answering machine."""

from pipecat.frames.frames import Frame
from pipecat.processors.frame_processor import FrameDirection

from processors.base import CallProcessor
from processors.frames import BeepFrame, CallerAudioFrame
from processors.sound import CallerSound
from processors.tones import BeepEar


class BeepDetector(CallProcessor):
    """Listens for the beep behind which an answering machine records.

    Consumes: CallerAudioFrame, 16-bit mono at 8 kHz, or the same sound without a frame.
    Adds: BeepFrame (downstream), a fifth of a second behind the end of the tone.
    Place: before the model, which takes the caller's sound out of the list; `AnsweringMachine`
        stands further down.

    It listens for the first `for_secs` of sound: no greeting is longer.
    """

    caller_sound = "heard"
    consumes = (CallerAudioFrame,)
    adds = {BeepFrame: "down"}

    def __init__(self, *, for_secs: float = 180.0) -> None:
        super().__init__()
        self._left_secs = for_secs
        self._ear = BeepEar()

    async def _act(self, frame: Frame, direction: FrameDirection) -> None:
        if isinstance(frame, CallerAudioFrame) and self._beeps(frame.audio):
            await self.push_frame(BeepFrame())

    def _hear(self, sound: CallerSound) -> None:
        if self._beeps(sound.pcm):
            self._spawn(self.push_frame(BeepFrame()))

    def _beeps(self, pcm: bytes) -> bool:
        """Whether a beep is over with this sound."""
        if self._left_secs <= 0:
            return False
        self._left_secs -= len(pcm) / 16000
        return self._ear.feed(pcm)
