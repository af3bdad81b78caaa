"""Ears on this machine: loaded once, and long turns in pieces, none of it lost."""

import asyncio
import sys
import threading
from importlib.util import find_spec
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from bot.brains.cascade import local_ears
from bot.brains.cascade.local_ears import LONGEST_SECS, RATE_HZ, Loads, Recogniser, pieces
from bot.brains.errors import ModelRefused
from bot.media.g711 import ulaw_to_pcm
from bot.media.resample import Upsampler
from tests.voices import kept_voice


@pytest.mark.parametrize("secs", [0.0, 3.0, 10.0, 10.01, 47.3])
def test_a_long_turn_is_cut_and_nothing_is_lost(secs: float) -> None:
    """Every sample once, in order, and no piece too long."""
    chance = np.random.default_rng(7)
    samples = chance.normal(0, 0.1, int(secs * RATE_HZ)).astype(np.float32)
    cut = list(pieces(samples))
    assert np.array_equal(np.concatenate(cut), samples)
    assert all(len(piece) <= LONGEST_SECS * RATE_HZ for piece in cut)
    assert len(cut) == 1 if secs <= LONGEST_SECS else len(cut) > 1


def test_it_is_cut_in_a_pause() -> None:
    """Not in a word."""
    samples = np.full(12 * RATE_HZ, 0.3, np.float32)
    samples[8 * RATE_HZ : 8 * RATE_HZ + RATE_HZ // 5] = 0.0
    first, rest = pieces(samples)
    assert 8 * RATE_HZ < len(first) < 8.2 * RATE_HZ
    assert len(first) + len(rest) == len(samples)


class Slow:
    """A model that takes until it is `there`, and fails so often before."""

    __name__ = "slow"

    def __init__(self, *, failures: int = 0) -> None:
        self.there = threading.Event()
        self.loads = 0
        self._failures = failures

    def __call__(self, *named: str) -> Recogniser:
        self.loads += 1
        self.there.wait(30)
        if self.loads <= self._failures:
            raise OSError("no such model")
        return lambda pcm: " ".join(named)


async def test_several_callers_at_once_load_a_model_once() -> None:
    """Also where the first of them hangs up; another model is another load."""
    slow, all_loads = Slow(), Loads()
    first = asyncio.create_task(all_loads.get(slow, "base", "en"))
    others = [asyncio.create_task(all_loads.get(slow, "base", "en")) for _ in range(5)]
    await asyncio.sleep(0)
    first.cancel()
    slow.there.set()
    assert {ear(b"") for ear in await asyncio.gather(*others)} == {"base en"}
    assert slow.loads == 1
    assert (await all_loads.get(slow, "base", "de"))(b"") == "base de"
    assert slow.loads == 2


async def test_a_load_that_failed_is_tried_again() -> None:
    """By whoever comes next."""
    slow, all_loads = Slow(failures=1), Loads()
    slow.there.set()
    with pytest.raises(OSError, match="no such model"):
        await all_loads.get(slow, "base", "en")
    assert (await all_loads.get(slow, "base", "en"))(b"") == "base en"


needs_moonshine = pytest.mark.skipif(
    find_spec("moonshine_voice") is None, reason="no recogniser: extra ears"
)
HALF_A_SECOND = np.zeros(RATE_HZ // 2, "<i2").tobytes()


def spoken(line: str) -> bytes:
    """A caller's line as the ear is given it."""
    return Upsampler(2).feed(ulaw_to_pcm(kept_voice("caller").render(line)))


@needs_moonshine
def test_moonshine_writes_no_word_of_a_trace_of_the_turn_before() -> None:
    """Turns begin with half a second of a quiet line: it read "You" in some, and not in others."""
    hear = local_ears.moonshine("tiny", "en")
    quiet = np.random.default_rng(1).normal(0, 30, RATE_HZ // 2).astype("<i2").tobytes()
    for before in ("No.", "Thursday."):
        hear(quiet + spoken(before) + HALF_A_SECOND[:9600])
        heard = hear(quiet + spoken("I would like to book an appointment with Doctor Miller."))
        assert heard.startswith("I would like")


@needs_moonshine
def test_moonshine_hands_back_words_and_no_sound(monkeypatch: pytest.MonkeyPatch) -> None:
    """To make a list of samples holds up all calls."""
    import moonshine_voice

    told: list[Any] = []
    hears = moonshine_voice.Transcriber.transcribe_without_streaming

    def noted(*asked: Any) -> Any:
        told.append(hears(*asked))
        return told[-1]

    monkeypatch.setattr(moonshine_voice.Transcriber, "transcribe_without_streaming", noted)
    heard = local_ears.moonshine("tiny", "en")(spoken("What time do you open tomorrow?"))
    assert "open tomorrow" in heard.lower()
    assert [line.audio_data for transcript in told for line in transcript.lines] == [None]


class EnglishOnly:
    """A model of faster-whisper 1.2, which writes what it was asked."""

    supported_languages = ("en",)

    def __init__(self, model: str, **_: Any) -> None:
        if model == "nowhere":
            raise ValueError("no such model")

    def transcribe(self, sound: Any, **asked: Any) -> tuple[Any, None]:
        return iter([SimpleNamespace(text=f" {len(sound)} {asked} ")]), None


def test_whisper_is_asked_within_bounds_and_hears_no_language_it_does_not_know(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """One try a turn, and no more words than were said in any such time."""
    monkeypatch.setitem(sys.modules, "faster_whisper", SimpleNamespace(WhisperModel=EnglishOnly))
    monkeypatch.setattr(local_ears, "whisper", local_ears.whisper.__wrapped__)
    heard = local_ears.whisper("base", "en")(bytes(4 * RATE_HZ))
    assert heard.startswith(f"{2 * RATE_HZ} ")
    assert "'temperature': 0.0" in heard and "'max_new_tokens': 50" in heard
    for model, language, why in (
        ("base.en", "de", "does not hear 'de'"),
        ("nowhere", "en", "no such model"),
    ):
        with pytest.raises(ModelRefused, match=why):
            local_ears.whisper(model, language)
    monkeypatch.setitem(sys.modules, "faster_whisper", None)
    with pytest.raises(ModelRefused, match="pip install"):
        local_ears.whisper("base", "en")
