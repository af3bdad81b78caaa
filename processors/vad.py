"""Hearing when the caller speaks, with Silero."""

from functools import cached_property

from loguru import logger
from pipecat.frames.frames import (
    Frame,
    InputAudioRawFrame,
    UserStartedSpeakingFrame,
    UserStoppedSpeakingFrame,
    VADUserStartedSpeakingFrame,
    VADUserStoppedSpeakingFrame,
)
from pipecat.processors.frame_processor import FrameDirection

from processors.base import CallProcessor
from processors.frames import CallerAudioFrame, ModelListensFrame
from processors.listening.batched_vad import BatchedVad
from processors.listening.level_gate import LevelGate
from processors.listening.loudness import loudness
from processors.listening.silero import WINDOW_SAMPLES, WINDOW_SECS, SileroModel, SileroStream
from processors.listening.speech_gate import Edge, SpeechGate
from processors.sound import CallerSound

_HYSTERESIS = 0.25  # how far below the confidence that opens the gate it closes again
ALONE_SECS = (
    2.0  # what the model's ear, which listens too, does not hear for this long is not speech
)


class SileroVAD(CallProcessor):
    """Listens to the caller and says when they start and stop speaking.

    Consumes: InputAudioRawFrame and its kin such as CallerAudioFrame, 16-bit mono at 8 or
        16 kHz; the audio travels on before it is listened to. Other audio passes unheard.
        The caller's sound as it came from the line is heard without a frame around it.
        From below UserStartedSpeakingFrame, UserStoppedSpeakingFrame and ModelListensFrame, which
        tell what the model's ear hears. All pass.
    Adds: VADUserStartedSpeakingFrame and VADUserStoppedSpeakingFrame, both ways.
    Place: right after the caller's audio.

    `start_secs` of speech make a start, `stop_secs` of silence an end; `confidence` is the
    probability from which sound counts as speech.

    Speech too soft to be the caller's is none: the agent's echo, and a voice in the background
    (`LevelGate`). While all is too soft, Silero is not asked. Where the model's ear listens as well
    and hears nobody, or has heard the caller to their end, what this one hears is over after
    `ALONE_SECS`.
    """

    caller_sound = "heard"
    consumes = (
        InputAudioRawFrame,
        UserStartedSpeakingFrame,
        UserStoppedSpeakingFrame,
        ModelListensFrame,
    )
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
        self._levels = LevelGate()
        self._model_listens = False
        self._model_hears = False
        self._withdrawn = (
            False  # it was said that the caller has stopped, though it is heard to go on
        )
        self._stream = SileroStream(model=SileroModel.shared())
        self._passes_over = False  # the line is too soft for speech, and Silero is not asked
        self._lead_in = 0  # windows that were passed over, and are scored for what follows them
        self._warned = False

    def _hear(self, sound: CallerSound) -> None:
        self._listen(sound.pcm, 8000, sound.sent_rms, sound.rms)

    def _note(self, frame: Frame) -> None:
        if isinstance(frame, ModelListensFrame):
            self._model_listens, self._model_hears = frame.listens, False
        elif isinstance(frame, UserStartedSpeakingFrame | UserStoppedSpeakingFrame):
            self._model_hears = isinstance(frame, UserStartedSpeakingFrame)

    async def _act(self, frame: Frame, direction: FrameDirection) -> None:
        if isinstance(frame, UserStartedSpeakingFrame):
            self._stop_timer("alone")
            if self._withdrawn:
                self._withdrawn = False
                await self._announce(Edge.STARTED)
        elif isinstance(frame, UserStoppedSpeakingFrame | ModelListensFrame):
            self._doubt()
        elif isinstance(frame, InputAudioRawFrame):
            if frame.sample_rate not in WINDOW_SAMPLES or frame.num_channels != 1:
                self._warn(f"{frame.sample_rate} Hz with {frame.num_channels} channel(s)")
            else:
                sent_rms = frame.sent_rms if isinstance(frame, CallerAudioFrame) else 0
                self._listen(frame.audio, frame.sample_rate, sent_rms)

    def _listen(self, pcm: bytes, sample_rate: int, sent_rms: int, rms: int | None = None) -> None:
        if sample_rate != self._stream.sample_rate:
            self._stream = SileroStream(sample_rate=sample_rate)
        waited = self._stream.windows_waiting
        try:
            ready = self._stream.add(pcm)
        except TypeError as error:  # one frame that cannot be read must not cost the call
            self._warn(type(error).__name__)
            return
        secs = len(pcm) / 2 / sample_rate
        rms = loudness(pcm) if rms is None else rms
        self._levels.hear(rms, sent_rms=sent_rms, secs=secs)
        if self._levels.nobody_speaks and self._gate.quiet:
            self._stream.pass_over()
            self._passes_over = True
            return
        if self._passes_over:
            self._passes_over, self._lead_in = False, waited
        if ready:
            self._ear.listen(self._stream, self._judge)

    @cached_property
    def _ear(self) -> BatchedVad:
        return BatchedVad.of_this_loop()

    def _judge(self, probability: float) -> None:
        if self._lead_in:
            self._lead_in -= 1
            probability = 0.0
        edge = self._gate.feed(self._levels.weigh(probability, secs=WINDOW_SECS))
        self._stream.quiet = self._gate.quiet
        if edge is None:
            return
        if self._withdrawn:  # the end of it was told before
            self._withdrawn = False
        else:
            self._spawn(self._announce(edge))
        self._doubt()

    def _doubt(self) -> None:
        """What only this ear hears is believed for a while."""
        alone = self._gate.open and self._model_listens and not self._model_hears
        if not alone or self._withdrawn:
            self._stop_timer("alone")
        elif not self._timer_runs("alone"):
            self._start_timer("alone", ALONE_SECS, self._withdraw)

    async def _withdraw(self) -> None:
        self._withdrawn = True
        await self.broadcast_frame(VADUserStoppedSpeakingFrame, stop_secs=ALONE_SECS)

    async def _announce(self, edge: Edge) -> None:
        if edge is Edge.STARTED:
            await self.broadcast_frame(VADUserStartedSpeakingFrame, start_secs=self._start_secs)
        else:
            await self.broadcast_frame(VADUserStoppedSpeakingFrame, stop_secs=self._stop_secs)

    def _warn(self, what: str) -> None:
        """Once for a call: fifty frames a second may all be the same."""
        if not self._warned:
            self._warned = True
            logger.warning(
                "The voice detector passes over audio it cannot read: {}",
                what,
                event="audio_unreadable",
            )
