"""Sound for the processors that listen: 16-bit PCM, mono."""

import numpy as np
import pytest
import soxr

from bot.media.g711 import ulaw_to_pcm
from tests.voices import kept_voice


@pytest.fixture(scope="session")
def speech_8k() -> bytes:
    """About three seconds of a person speaking on a telephone line, 8 kHz."""
    try:
        voice = kept_voice("caller")
    except RuntimeError as missing:
        pytest.skip(str(missing))
    return ulaw_to_pcm(voice.render("Good morning, I would like to book a table for four tonight."))


@pytest.fixture(scope="session")
def speech_16k(speech_8k: bytes) -> bytes:
    """The same at 16 kHz."""
    samples = np.frombuffer(speech_8k, np.int16)
    return soxr.resample(samples, 8000, 16000).astype(np.int16).tobytes()


@pytest.fixture(scope="session")
def noise_8k() -> bytes:
    """Ten seconds of steady hiss as loud as a bad line's, 8 kHz."""
    hiss = np.random.default_rng(seed=7).normal(0, 300, 80_000)
    return hiss.astype(np.int16).tobytes()
