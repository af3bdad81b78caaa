"""Who speaks when, from the sound alone: Silero's model and the rules of a turn.

The sound is the clock: every offset counts milliseconds of all audio ever fed, so a test may
push ten seconds of speech in a blink.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from processors.listening.silero import SileroStream

SAMPLES_PER_MS = 8
WINDOW = 256  # samples Silero takes at 8 kHz
WINDOW_MS = WINDOW // SAMPLES_PER_MS
ONSET_WINDOWS = 3  # one loud window is a click, three in a row are a voice
RELEASE = 0.15  # below the threshold by this much is silence: a voice may waver


@dataclass(frozen=True, kw_only=True)
class TurnRules:
    threshold: float = 0.5
    prefix_ms: int = 300
    silence_ms: int = 500


@dataclass(frozen=True)
class SpeechStarted:
    audio_start_ms: int  # the padding before the first sound is part of it


@dataclass(frozen=True)
class SpeechStopped:
    audio_end_ms: int  # the silence that proved the end is part of it


class TurnDetector:
    """Marks the turns in a stream of 8 kHz PCM; without `rules` it only keeps the time."""

    def __init__(self) -> None:
        self.rules: TurnRules | None = None
        self.speaking = False
        self._silero = SileroStream(sample_rate=8000)
        self._rest = np.empty(0, np.int16)
        self._window = 0
        self._loud = 0
        self._last_speech = 0
        self._turn_end_ms = 0

    def feed(self, pcm: bytes) -> Iterator[SpeechStarted | SpeechStopped]:
        samples = np.concatenate([self._rest, np.frombuffer(pcm, np.int16)])
        whole = len(samples) // WINDOW * WINDOW
        self._rest = samples[whole:]
        for window in samples[:whole].reshape(-1, WINDOW):
            mark = self._judge(window) if self.rules else None
            self._window += 1
            if mark is not None:
                yield mark

    def forget(self) -> None:
        """The turn being heard, if any, is over: its sound was taken or thrown away."""
        self.speaking = False
        self._loud = 0
        self._turn_end_ms = self._window * WINDOW_MS

    def _judge(self, window: npt.NDArray[np.int16]) -> SpeechStarted | SpeechStopped | None:
        rules = self.rules
        assert rules is not None
        [probability] = self._silero.feed(window.tobytes(), quiet=not self.speaking)
        if not self.speaking:
            self._loud = self._loud + 1 if probability >= rules.threshold else 0
            if self._loud < ONSET_WINDOWS:
                return None
            self.speaking = True
            self._last_speech = self._window
            onset_ms = (self._window + 1 - self._loud) * WINDOW_MS
            return SpeechStarted(max(self._turn_end_ms, onset_ms - rules.prefix_ms))
        if probability >= rules.threshold - RELEASE:
            self._last_speech = self._window
        elif (self._window - self._last_speech) * WINDOW_MS >= rules.silence_ms:
            self.speaking = False
            self._loud = 0
            self._turn_end_ms = (self._window + 1) * WINDOW_MS
            return SpeechStopped(self._turn_end_ms)
        return None
