"""Ears for the far side: telephone sound in, words out, without a network.

The recogniser is a tool of the demo and of the tests (`pip install 'trunkline[demo]'`), loaded
at the first sound. It hears ordinary sentences well and digits badly: do not judge digits by it.
"""

import asyncio
import threading
from functools import lru_cache
from typing import Any, Protocol

import numpy as np
import soxr

from bot.media.g711 import SILENCE, ulaw_to_pcm

LINE_HZ = 8000
EARS_HZ = 16000
# A recogniser cut off at the first sound loses the first word.
PADDING = bytes([SILENCE]) * (LINE_HZ // 4)
# The library's own speech detection carries over a trace of the utterance before, in which the
# model reads a word; the shortest real one, "no", lasts three times as long with its margins.
MIN_LINE_SECS = 0.2


class Ears(Protocol):
    """Understands μ-law, 8 kHz, mono. Returns the words, or "" when there were none."""

    async def hear(self, ulaw: bytes) -> str: ...


class MoonshineEars:
    """Moonshine "tiny-en", whose weights are in the wheel of moonshine-voice 0.0.65.

    Works in a thread, one utterance at a time, some twenty times faster than real time.
    """

    async def hear(self, ulaw: bytes) -> str:
        return await asyncio.to_thread(_transcribe, ulaw)


_ONE_AT_A_TIME = threading.Lock()


def _transcribe(ulaw: bytes) -> str:
    pcm = np.frombuffer(ulaw_to_pcm(PADDING + ulaw + PADDING), np.int16)
    samples = soxr.resample(pcm.astype(np.float32) / 32768, LINE_HZ, EARS_HZ)
    with _ONE_AT_A_TIME:  # the library does not promise that a handle may be shared
        transcript = _load().transcribe_without_streaming(samples.tolist(), EARS_HZ)
    lines = [line.text.strip() for line in transcript.lines if line.duration >= MIN_LINE_SECS]
    return " ".join(lines).strip()


@lru_cache(maxsize=1)
def _load() -> Any:
    try:
        from moonshine_voice import ModelArch, Transcriber, get_model_path
    except ImportError as missing:
        raise RuntimeError(
            "No recogniser is installed: run pip install 'trunkline[demo]'."
        ) from missing
    return Transcriber(str(get_model_path("tiny-en")), ModelArch.TINY)
