"""The Silero voice model, loaded once for the process, and one stream of it for each call.

The weights are the file inside pipecat-ai (byte for byte those of silero-vad 6.2.3). Pipecat's
own analyzer loads them anew for every call (about 40 ms in which no other call is served, and
10 MB) and sends each window through a thread; here windows of many calls are computed in one run
(`processors.listening.batched_vad`), which takes half the time.
"""

from collections.abc import Sequence
from functools import cache
from importlib import resources

import numpy as np
import numpy.typing as npt

from processors.listening.onnx import onnxruntime

WINDOW_SECS = 0.032
WINDOW_SAMPLES = {8000: 256, 16000: 512}  # Hz -> samples in one window, both 32 ms
_CONTEXT_SAMPLES = {8000: 32, 16000: 64}  # the end of the last window, put before the next

# Silence and music push the recurrent state to where the model misses the speech that follows.
# As Pipecat's analyzer does, the state is cleared every two seconds, but only once five windows
# running were clearly not speech and the gate above is quiet: never inside a word.
_RESET_INTERVAL_SECS = 2.0
_RESET_BELOW = 0.1
_RESET_AFTER_LOW_WINDOWS = 5

# What the model says of silence after nothing but silence is the same on every line: kept for so
# many windows of a line, which is more than lie between two resets.
_MOST_SILENT_WINDOWS = 128

# A line that is passed over leaves the memory that so much of a quiet one does, and its end is
# scored before the voice that follows. Sentences are heard as soon as if the model had listened all
# the time, and no noise is taken for one. (From digital silence a tone sometimes is.)
LEAD_IN_WINDOWS = 2
_QUIET_WINDOWS, _QUIET_RMS = 20, 8

Floats = npt.NDArray[np.float32]


class SileroModel:
    """The weights and their session, shared by all calls; it holds no state of any of them."""

    def __init__(self) -> None:
        options = onnxruntime.SessionOptions()
        options.inter_op_num_threads = 1
        options.intra_op_num_threads = 1
        weights = resources.files("pipecat.audio.vad.data") / "silero_vad.onnx"
        self._session = onnxruntime.InferenceSession(
            weights.read_bytes(), sess_options=options, providers=["CPUExecutionProvider"]
        )
        self._rates = {rate: np.array(rate, dtype=np.int64) for rate in WINDOW_SAMPLES}
        # (Hz, silent windows before this one) -> what `run` gives for one of silence
        self.silence: dict[tuple[int, int], tuple[float, Floats]] = {}

    @staticmethod
    @cache
    def shared() -> "SileroModel":
        """The model of this process, loaded at the first call; call it once at start-up."""
        model = SileroModel()
        _after_quiet(model, 8000)  # of every line at its first silence
        return model

    def run(self, samples: Floats, states: Floats, sample_rate: int) -> tuple[list[float], Floats]:
        """A window of each of `n` streams, context first: shapes (n, 288) at 8 kHz or (n, 576) at
        16 kHz, and states (2, n, 128). Gives the speech probabilities and the next states."""
        probabilities, next_states = self._session.run(
            None, {"input": samples, "state": states, "sr": self._rates[sample_rate]}
        )
        return probabilities[:, 0].tolist(), next_states


class SileroStream:
    """The model's memory of one line: add sound, and score it window by window of 32 ms."""

    def __init__(self, *, sample_rate: int = 8000, model: SileroModel | None = None) -> None:
        """Raises ValueError for a rate other than 8000 or 16000 Hz."""
        if sample_rate not in WINDOW_SAMPLES:
            raise ValueError(f"Silero listens at 8000 or 16000 Hz, not at {sample_rate} Hz")
        self.sample_rate = sample_rate
        self.quiet = True  # nobody is taken to be speaking: the model's state may be cleared
        self._model = model or SileroModel.shared()
        self._window_bytes = WINDOW_SAMPLES[sample_rate] * 2
        self._context_bytes = _CONTEXT_SAMPLES[sample_rate] * 2
        self._windows_to_reset = _RESET_INTERVAL_SECS * sample_rate / WINDOW_SAMPLES[sample_rate]
        self._windows_since_reset = 0
        self._low_windows = 0
        self._sound = b""  # not scored yet
        self._context = bytes(self._context_bytes)
        self._state = _no_memory()
        self._no_sound = bytes(self._context_bytes + self._window_bytes)
        self._silent_windows: int | None = 0  # since the state was empty; None: it heard a sound

    @property
    def ready(self) -> bool:
        """Whether a window is complete and waits to be scored."""
        return len(self._sound) >= self._window_bytes

    def add(self, pcm: bytes) -> bool:
        """More of the line: mono 16-bit little-endian of any length. Says whether it is `ready`.

        Half a sample at its end is dropped; an incomplete window is kept for the next call.
        """
        self._sound += pcm if not len(pcm) & 1 else pcm[:-1]
        return len(self._sound) >= self._window_bytes

    def pass_over(self) -> None:
        """Nobody can be speaking in what waits: it is not scored, and taken for a quiet line.

        The last `LEAD_IN_WINDOWS` of it go on waiting, in case a voice follows.
        """
        windows = len(self._sound) // self._window_bytes - LEAD_IN_WINDOWS
        if windows <= 0:
            return
        self._state = _after_quiet(self._model, self.sample_rate)
        self._silent_windows = None
        self._windows_since_reset = 0
        end = windows * self._window_bytes
        self._context = self._sound[end - self._context_bytes : end]
        self._sound = self._sound[end:]

    @property
    def windows_waiting(self) -> int:
        """How many complete windows wait to be scored."""
        return len(self._sound) // self._window_bytes

    def feed(self, pcm: bytes, *, quiet: bool = True) -> list[float]:
        """Speech probability, 0 to 1, of every window that `pcm` completes, alone and at once."""
        self.quiet = quiet
        self.add(pcm)
        probabilities = []
        while self.ready:
            probabilities += score([self])
        return probabilities

    def _next_window(self) -> bytes:
        """Context and window; from here on it counts as scored."""
        window = self._sound[: self._window_bytes]
        self._sound = self._sound[self._window_bytes :]
        sound = self._context + window
        self._context = window[-self._context_bytes :]
        if sound != self._no_sound:
            self._silent_windows = None
        return sound

    def _silence(self) -> tuple[int, int] | None:
        """What its next window is in `SileroModel.silence`; None if it is nothing to keep."""
        silent = self._silent_windows
        if silent is None or silent >= _MOST_SILENT_WINDOWS:
            return None
        return self.sample_rate, silent

    def _scored(self, probability: float, state: Floats) -> None:
        self._state = state
        if self._silent_windows is not None:
            self._silent_windows += 1
        self._windows_since_reset += 1
        self._low_windows = self._low_windows + 1 if probability < _RESET_BELOW else 0
        if (
            self.quiet
            and self._windows_since_reset >= self._windows_to_reset
            and self._low_windows >= _RESET_AFTER_LOW_WINDOWS
        ):
            self._windows_since_reset = 0
            self._forget()

    def _forget(self) -> None:
        """Clears the recurrent state and the context; the count of low windows goes on."""
        self._context = bytes(self._context_bytes)
        self._state = _no_memory()
        self._silent_windows = 0


def _no_memory() -> Floats:
    return np.zeros((2, 1, 128), dtype=np.float32)


@cache
def _after_quiet(model: SileroModel, sample_rate: int) -> Floats:
    stream = SileroStream(model=model, sample_rate=sample_rate)
    samples = _QUIET_WINDOWS * WINDOW_SAMPLES[sample_rate]
    noise = np.random.default_rng(9).normal(0, _QUIET_RMS, samples)
    stream.feed(noise.astype("<i2").tobytes(), quiet=False)
    return stream._state


def score(streams: Sequence[SileroStream]) -> list[float]:
    """Speech probabilities of the next window of each, in one run: exactly those of single runs.

    All are `ready`, of one rate and of one model. Silence that is known already needs no run.
    """
    known = streams[0]._model.silence
    windows = [(stream, stream._next_window()) for stream in streams]
    unknown = [each for each in windows if each[0]._silence() not in known]
    found = dict(zip([stream for stream, _ in unknown], _run(unknown), strict=True))
    probabilities = []
    for stream in streams:
        silence = stream._silence()
        if stream not in found:
            assert silence is not None
            found[stream] = known[silence]
        elif silence is not None:
            probability, state = found[stream]
            known[silence] = probability, state.copy()  # without those of the other streams
        stream._scored(*found[stream])
        probabilities.append(found[stream][0])
    return probabilities


def _run(windows: Sequence[tuple[SileroStream, bytes]]) -> list[tuple[float, Floats]]:
    """The model's answer to these, with the state that each of the streams is in."""
    if not windows:
        return []
    sound = np.frombuffer(b"".join([window for _, window in windows]), dtype="<i2")
    samples = sound.reshape(len(windows), -1).astype(np.float32)
    samples /= 32768.0
    states = [stream._state for stream, _ in windows]
    first = windows[0][0]
    probabilities, next_states = first._model.run(
        samples,
        states[0] if len(states) == 1 else np.concatenate(states, axis=1),
        first.sample_rate,
    )
    return [
        (probability, next_states[:, index : index + 1])
        for index, probability in enumerate(probabilities)
    ]
