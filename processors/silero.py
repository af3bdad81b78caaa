"""The Silero voice model, loaded once for the process, and one stream of it for each call.

The weights are the file inside pipecat-ai (byte for byte those of silero-vad 6.2.3). Pipecat's
own analyzer loads them anew for every call (about 40 ms in which no other call is served, and
10 MB) and sends each window through a thread; here a window is computed where it is, in less
than 0.1 ms.
"""

from functools import cache
from importlib import resources

import numpy as np
import numpy.typing as npt

from processors.onnx import onnxruntime

WINDOW_SECS = 0.032
WINDOW_SAMPLES = {8000: 256, 16000: 512}  # Hz -> samples in one window, both 32 ms
_CONTEXT_SAMPLES = {8000: 32, 16000: 64}  # the end of the last window, put before the next

# Silence and music push the recurrent state to where the model misses the speech that follows.
# As Pipecat's analyzer does, the state is cleared every two seconds, but only once five windows
# running were clearly not speech and the gate above is quiet: never inside a word.
_RESET_INTERVAL_SECS = 2.0
_RESET_BELOW = 0.1
_RESET_AFTER_LOW_WINDOWS = 5

Floats = npt.NDArray[np.float32]


class SileroModel:
    """The weights and their session, shared by all calls; it holds no state between windows."""

    def __init__(self) -> None:
        options = onnxruntime.SessionOptions()
        options.inter_op_num_threads = 1
        options.intra_op_num_threads = 1
        weights = resources.files("pipecat.audio.vad.data") / "silero_vad.onnx"
        self._session = onnxruntime.InferenceSession(
            weights.read_bytes(), sess_options=options, providers=["CPUExecutionProvider"]
        )
        self._rates = {rate: np.array(rate, dtype=np.int64) for rate in WINDOW_SAMPLES}

    @staticmethod
    @cache
    def shared() -> "SileroModel":
        """The model of this process, loaded at the first call; call it once at start-up."""
        return SileroModel()

    def run(self, samples: Floats, state: Floats, sample_rate: int) -> tuple[float, Floats]:
        """One window, context first: shapes (1, 288) at 8 kHz or (1, 576) at 16 kHz, and state
        (2, 1, 128). Gives the speech probability and the state for the next window."""
        probability, next_state = self._session.run(
            None, {"input": samples, "state": state, "sr": self._rates[sample_rate]}
        )
        return float(probability[0, 0]), next_state


class SileroStream:
    """The model's memory of one line: feed it sound, it gives a probability each 32 ms."""

    def __init__(self, *, sample_rate: int = 8000, model: SileroModel | None = None) -> None:
        """Raises ValueError for a rate other than 8000 or 16000 Hz."""
        if sample_rate not in WINDOW_SAMPLES:
            raise ValueError(f"Silero listens at 8000 or 16000 Hz, not at {sample_rate} Hz")
        self.sample_rate = sample_rate
        self._model = model or SileroModel.shared()
        self._window_bytes = WINDOW_SAMPLES[sample_rate] * 2
        self._context = _CONTEXT_SAMPLES[sample_rate]
        self._windows_to_reset = _RESET_INTERVAL_SECS * sample_rate / WINDOW_SAMPLES[sample_rate]
        self._remainder = b""
        self._windows_since_reset = 0
        self._low_windows = 0
        samples = self._context + WINDOW_SAMPLES[sample_rate]
        self._input: Floats = np.zeros((1, samples), dtype=np.float32)
        self._state: Floats = np.zeros((2, 1, 128), dtype=np.float32)

    def feed(self, pcm: bytes, *, quiet: bool = True) -> list[float]:
        """Speech probability, 0 to 1, of every window of 32 ms that `pcm` completes.

        `pcm` is mono 16-bit little-endian of any length; half a sample at its end is dropped and
        an incomplete window is kept for the next call. `quiet` says that nobody is taken to be
        speaking, so that the model's state may be cleared.
        """
        sound = self._remainder + pcm[: len(pcm) & ~1]
        whole = len(sound) - len(sound) % self._window_bytes
        self._remainder = sound[whole:]
        return [
            self._score(sound[start : start + self._window_bytes], quiet)
            for start in range(0, whole, self._window_bytes)
        ]

    def _score(self, window: bytes, quiet: bool) -> float:
        self._input[0, : self._context] = self._input[0, -self._context :]
        self._input[0, self._context :] = np.frombuffer(window, dtype="<i2")
        self._input[0, self._context :] /= 32768.0
        probability, self._state = self._model.run(self._input, self._state, self.sample_rate)

        self._windows_since_reset += 1
        self._low_windows = self._low_windows + 1 if probability < _RESET_BELOW else 0
        if (
            quiet
            and self._windows_since_reset >= self._windows_to_reset
            and self._low_windows >= _RESET_AFTER_LOW_WINDOWS
        ):
            self._windows_since_reset = 0
            self._forget()
        return probability

    def _forget(self) -> None:
        """Clears the recurrent state and the context; the count of low windows goes on."""
        self._input = np.zeros_like(self._input)
        self._state = np.zeros_like(self._state)
