"""Hearing the beep of an answering machine, and the tone of a fax."""

from collections.abc import Iterator

from pipecat.frames.frames import Frame
from pipecat.processors.frame_processor import FrameDirection

from processors.base import CallProcessor
from processors.frames import BeepFrame, CallerAudioFrame, FaxFrame
from processors.listening.tones import BeepEar
from processors.sound import CallerSound


class BeepDetector(CallProcessor):
    """Listens for the beep that starts an answering machine's recording, and for an answering fax.

    Consumes: CallerAudioFrame, 16-bit mono at 8 kHz, or the same sound without a frame.
    Adds: BeepFrame (downstream), a fifth of a second after the end of the tone; FaxFrame
        (downstream), once, after two seconds of the tone of a fax.
    Place: before the model, which takes the caller's sound out of the list; `AnsweringMachine`
        stands further down.

    It listens for the first `for_secs` of sound: no greeting is longer.
    """

    caller_sound = "heard"
    consumes = (CallerAudioFrame,)
    adds = {BeepFrame: "down", FaxFrame: "down"}

    def __init__(self, *, for_secs: float = 180.0) -> None:
        super().__init__()
        self._left_secs = for_secs
        self._ear = BeepEar()
        self._fax_told = False

    async def _act(self, frame: Frame, direction: FrameDirection) -> None:
        if isinstance(frame, CallerAudioFrame):
            for heard in self._heard_in(frame.audio):
                await self.push_frame(heard)

    def _hear(self, sound: CallerSound) -> None:
        for heard in self._heard_in(sound.pcm):
            self._spawn(self.push_frame(heard))

    def _heard_in(self, pcm: bytes) -> Iterator[BeepFrame | FaxFrame]:
        """What has become certain with this sound."""
        if self._left_secs <= 0:
            return
        self._left_secs -= len(pcm) / 16000
        if self._ear.feed(pcm):
            yield BeepFrame()
        if self._ear.fax_heard and not self._fax_told:
            self._fax_told = True
            yield FaxFrame()
