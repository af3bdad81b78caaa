"""What an agent's `model` and `voice` may say of a cascade, and what it costs."""

from datetime import date
from importlib.util import find_spec

import pytest

from bot.brains import NotSpoken
from bot.brains.cascade import Accounts, CascadeBrain
from bot.brains.cascade.meter import CascadeMeter
from bot.brains.cascade.parts import in_language, parts_of
from bot.brains.errors import KeyRefused, ModelRefused

BRAIN = CascadeBrain(Accounts(openai_key="sk-test"))


@pytest.mark.parametrize(
    ("model", "full"),
    [
        ("", "openai:gpt-transcribe > openai:gpt-4.1-mini > openai:gpt-4o-mini-tts"),
        (
            "deepgram > openai:gpt-4.1 > deepgram",
            "deepgram > openai:gpt-4.1 > deepgram",
        ),
        (
            " deepgram:flux-general-multi>local:qwen3:4b>piper",
            "deepgram:flux-general-multi > local:qwen3:4b > piper",
        ),
    ],
)
def test_a_model_is_three(model: str, full: str) -> None:
    """Each with what its vendor suggests; what comes of it says the same once more."""
    assert BRAIN.speaker(model).model == full
    assert str(parts_of(full)) == full


@pytest.mark.parametrize(
    ("model", "voice", "says"),
    [
        ("deepgram > openai", "", "say who hears, who thinks and who speaks"),
        ("siri > openai > openai", "", '"siri" hears for nobody; choose one of: openai, deepgram'),
        ("openai > piper > openai", "", '"piper" thinks for nobody; choose one of: openai, local'),
        ("openai > openai > moonshine", "", '"moonshine" speaks for nobody'),
        ("openai > openai > elevenlabs", "", "name it, voice = ..."),
    ],
)
def test_what_is_none_is_refused_with_what_there_is(model: str, voice: str, says: str) -> None:
    """At the start, and not in a call."""
    with pytest.raises(NotSpoken, match=says.replace("?", r"\?")):
        BRAIN.speaker(model, voice)


@pytest.mark.parametrize(
    ("model", "language", "heard_by"),
    [
        ("deepgram > openai > deepgram", "en", "deepgram:flux-general-en"),
        ("deepgram > openai > deepgram", "de", "deepgram:flux-general-multi"),
        ("deepgram > openai > deepgram", "en-GB", "deepgram:flux-general-en"),
        ("deepgram:flux-general-en > openai > openai", "de", "deepgram:flux-general-en"),
        ("openai > openai > openai", "de", "openai:gpt-transcribe"),
    ],
)
def test_who_hears_a_language(model: str, language: str, heard_by: str) -> None:
    """A model that knows it, if none is named; one that is named is kept to."""
    assert str(in_language(parts_of(model).hearing, language)) == heard_by


@pytest.mark.parametrize(
    ("model", "voice", "language", "told"),
    [
        ("deepgram > openai > deepgram", "", "en", ()),
        ("deepgram > openai > deepgram", "", "de", ("aura-2-thalia-en was not made",)),
        ("deepgram > openai > deepgram", "aura-2-viktoria-de", "de", ()),
        ("deepgram:flux-general-multi > openai > openai", "", "de", ()),
        ("deepgram:flux-general-en > openai > openai", "", "de", ("hears English only",)),
        ("whisper:tiny.en > openai > openai", "", "de", ("hears English only",)),
        ("whisper:tiny.en > openai > openai", "", "en", ()),
        ("whisper:tiny > openai > openai", "", "de", ()),
        ("openai > openai > openai", "", "de", ()),
    ],
)
def test_what_was_made_for_another_language_is_told(
    model: str, voice: str, language: str, told: tuple[str, ...]
) -> None:
    """Before a caller is not understood."""
    found = BRAIN.misfits(BRAIN.speaker(model, voice), language)
    assert len(found) == len(told)
    assert all(part in sentence for part, sentence in zip(told, found, strict=True))


async def test_a_key_that_is_missing_is_named() -> None:
    """By the setting that should hold it."""
    await BRAIN.check_model("", within_secs=1.0)
    await BRAIN.check_model("moonshine > openai > piper", within_secs=1.0)
    with pytest.raises(KeyRefused, match="DEEPGRAM_API_KEY: not set"):
        await BRAIN.check_model("deepgram > openai > openai", within_secs=1.0)


async def test_an_engine_that_is_not_installed_is_named_with_what_installs_it() -> None:
    """Before any call needs it."""
    if find_spec("faster_whisper") is not None:
        pytest.skip("it is installed")
    with pytest.raises(ModelRefused, match=r"pip install 'trunkline\[words\]'"):
        await BRAIN.check_model("whisper > local > piper", within_secs=1.0)


USAGE = {
    "thinking": {"text_in": 1000, "text_cached": 2000, "text_out": 500},
    "speaking": {"characters": 400},
    "stages_ms": {"hearing": 150, "thinking": 300, "speaking": 120},
}


@pytest.mark.parametrize(
    ("model", "usd"),
    [
        # 60 s at 0.0077, (1000 x 0.4 + 2000 x 0.1 + 500 x 1.6) / 10^6, 400 letters at 0.03
        ("deepgram:flux-general-en > openai:gpt-4.1-mini > deepgram", 0.0077 + 0.0014 + 0.012),
        # Which of its two models hears is the language's choice: the dearer one's price.
        ("deepgram > local > piper", 0.0078),
        ("moonshine > local > piper", 0.0),
        # A model that nobody listed is counted as the dearest of them.
        ("moonshine > openai:gpt-9 > piper", (3000 * 30.0 + 500 * 180.0) / 1e6),
    ],
)
def test_each_of_the_three_is_paid_for(model: str, usd: float) -> None:
    """By the second, by the token, by the letter; what runs here costs nothing."""
    meter = BRAIN.meter(model)
    meter.add_response(USAGE)
    meter.add_transcription({"seconds": 60.0})
    assert meter.usd == pytest.approx(usd)


def test_a_record_is_gone_on_with() -> None:
    """And nonsense costs nothing."""
    first = BRAIN.meter("deepgram > openai > deepgram")
    first.add_response(USAGE)
    first.add_transcription({"seconds": 2.5})
    second = BRAIN.meter("deepgram > openai > deepgram")
    second.add_recorded(first.as_record())
    assert second.as_record() == first.as_record()
    assert second.usd == first.usd
    second.add_response({"thinking": "much", "speaking": None, "stages_ms": 7})
    second.add_transcription({"seconds": float("nan")})
    assert second.usd == first.usd


def test_a_conversation_costs_about_as_much_as_its_parts() -> None:
    """Two minutes of talk: cents, and most of them for the voice."""
    usd = BRAIN.estimate_usd("deepgram > openai > deepgram", 120, 1500)
    assert 0.02 < usd < 0.06
    assert BRAIN.estimate_usd("moonshine > local > piper", 120, 1500) == 0
    assert isinstance(BRAIN.meter(None), CascadeMeter)
    doubts = BRAIN.doubts(["deepgram > openai:gpt-9 > deepgram"], date(2026, 12, 1))
    assert len(doubts) == 1 and "openai:gpt-9" in doubts[0]
