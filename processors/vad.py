"""Hearing when the caller speaks, with Silero."""

from functools import cached_property

from loguru import logger
from pipecat.frames.frames import (
    Frame,
    InputAudioRawFrame,
    VADUserStartedSpeakingFrame,
    VADUserStoppedSpeakingFrame,
)
from pipecat.processors.frame_processor import FrameDirection

from processors.base import CallProcessor
from processors.ear import SharedEar
from processors.silero import WINDOW_SAMPLES, WINDOW_SECS, SileroModel, SileroStream
from processors.sound import CallerSound
from processors.speech_gate import Edge, SpeechGate

_HYSTERESIS = 0.25  # how far below the confidence that opens the gate it closes again


class SileroVAD(CallProcessor):
    """Listens to the caller and says when he starts and stops speaking.

    Consumes: InputAudioRawFrame and its kin such as CallerAudioFrame, 16-bit mono at 8 or
        16 kHz; the audio travels on before it is listened to. Other audio passes unheard.
        The caller's sound as it came from the line is heard without a frame around it.
    Adds: VADUserStartedSpeakingFrame and VADUserStoppedSpeakingFrame, both ways.
    Place: right behind the caller's audio.

    `start_secs` of speech make a start, `stop_secs` of silence an end; `confidence` is the
    probability from which sound counts as speech.
    """

    caller_sound = "heard"
    consumes = (InputAudioRawFrame,)
    adds = {VADUserStartedSpeakingFrame: "both", VADUserStoppedSpeakingFrame: "both"}

    def __init__(
        self, *, start_secs: float = 0.2, stop_secs: float = 0.4, confidence: float = 0.6
    ) -> None:
        super().__init__()
        self._start_secs = start_secs
        self._stop_secs = stop_secs
        self._gate = SpeechGate(
            start_secs=start_secs,
            stop_secs=stop_secs,
            enter=confidence,
            leave=max(0.0, confidence - _HYSTERESIS),
            window_secs=WINDOW_SECS,
        )
        self._stream = SileroStream(model=SileroModel.shared())
        self._warned = False

    def _hear(self, sound: CallerSound) -> None:
        self._listen(sound.pcm, 8000)

    async def _act(self, frame: Frame, direction: FrameDirection) -> None:
        if isinstance(frame, InputAudioRawFrame):
            if frame.sample_rate not in WINDOW_SAMPLES or frame.num_channels != 1:
                self._warn(f"{frame.sample_rate} Hz with {frame.num_channels} channel(s)")
            else:
                self._listen(frame.audio, frame.sample_rate)

    def _listen(self, pcm: bytes, sample_rate: int) -> None:
        if sample_rate != self._stream.sample_rate:
            self._stream = SileroStream(sample_rate=sample_rate)
        try:
            ready = self._stream.add(pcm)
        except TypeError as error:  # one frame that cannot be read must not cost the call
            self._warn(type(error).__name__)
            return
        if ready:
            self._ear.listen(self._stream, self._judge)

    @cached_property
    def _ear(self) -> SharedEar:
        return SharedEar.of_this_loop()

    def _judge(self, probability: float) -> None:
        edge = self._gate.feed(probability)
        self._stream.quiet = self._gate.quiet
        if edge is not None:
            self._spawn(self._announce(edge))

    async def _announce(self, edge: Edge) -> None:
        if edge is Edge.STARTED:
            await self.broadcast_frame(VADUserStartedSpeakingFrame, start_secs=self._start_secs)
        else:
            await self.broadcast_frame(VADUserStoppedSpeakingFrame, stop_secs=self._stop_secs)

    def _warn(self, what: str) -> None:
        """Once for a call: fifty frames a second may all be the same."""
        if not self._warned:
            self._warned = True
            logger.warning(f"The voice detector passes over audio it cannot read: {what}")
