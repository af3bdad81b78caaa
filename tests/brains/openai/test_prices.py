"""What models cost and how long they live: the table says of which day it is."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest
from genai_prices.data import providers
from genai_prices.types import ModelPrice as TheirPrice

from bot.agents import load_agents
from bot.brains.openai.config import TRANSCRIPTION_MODEL
from bot.brains.openai.members import Member
from bot.brains.openai.prices import AS_OF, ENDS, NOTICE_DAYS, PRICES, doubts
from bot.brains.openai.usage import Usage, model_usd
from config import Settings
from config.brains import SHIPPED, read_brains

TODAY = date(2026, 11, 29)
(OPENAI,) = (provider for provider in providers if provider.id == "openai")


def theirs(model: str) -> TheirPrice | None:
    """What a table kept by others says; None: it does not know the model."""
    known = OPENAI.find_model(model)
    price = known.prices if known else None
    return price if isinstance(price, TheirPrice) else None


@pytest.mark.parametrize("model", PRICES.models)
def test_a_price_is_what_others_have_found(model: str) -> None:
    """All six figures of a model; which others do not know cannot be compared."""
    price = theirs(model)
    if price is None:
        pytest.skip(f"genai-prices does not know {model}")
    ours = PRICES.models[model]
    found = {
        "text_in": price.input_mtok,
        "text_cached": price.cache_read_mtok,
        "text_out": price.output_mtok,
        "audio_in": price.input_audio_mtok,
        "audio_cached": price.cache_audio_read_mtok,
        "audio_out": price.output_audio_mtok,
    }
    for name, usd in found.items():
        assert Decimal(str(getattr(ours, name))) == usd, name


def test_a_minute_of_what_callers_say() -> None:
    """Of the model that writes it down: 0.27 USD an hour."""
    assert TRANSCRIPTION_MODEL == "gpt-transcribe"
    assert PRICES.transcription_per_minute == 0.0045
    usage = Usage()
    usage.add_transcription({"type": "duration", "seconds": 3600})
    assert model_usd(usage, "gpt-realtime-2.1", PRICES) == pytest.approx(0.27)


def test_all_agents_that_ship_speak_with_models_of_the_table() -> None:
    """And none of those ends soon."""
    models = [agent.model for agent in load_agents(Settings(_env_file=None)).values()]
    assert doubts(models, TRANSCRIPTION_MODEL, AS_OF) == []


@pytest.mark.parametrize(
    ("model", "day", "told"),
    [
        ("gpt-realtime", date(2026, 10, 21), ""),  # 91 days before
        ("gpt-realtime", date(2026, 10, 22), "the model gpt-realtime ends on 2027-01-20"),
        ("gpt-realtime-mini", TODAY, "the model gpt-realtime-mini ends on 2027-01-20"),
        ("gpt-realtime-2025-08-28", TODAY, "gpt-realtime-2025-08-28 ends on 2027-01-20"),
        ("gpt-realtime", date(2027, 1, 20), "has ended on 2027-01-20"),
        ("gpt-realtime", date(2028, 1, 1), "has ended on 2027-01-20"),
        ("gpt-realtime-2.1", TODAY, ""),
        ("gpt-realtime-9", TODAY, "the price of the model gpt-realtime-9 is not in the table of"),
    ],
)
def test_a_model_without_price_or_future(model: str, day: date, told: str) -> None:
    """It is named with the day, so that nobody learns it from calls that fail."""
    found = "; ".join(doubts([model, model], TRANSCRIPTION_MODEL, day))
    assert told in found
    assert bool(found) == bool(told)
    assert found.count("ends on") <= 1


@pytest.mark.parametrize("model", ["whisper-1", "gpt-4o-transcribe"])
def test_what_writes_down_may_end_too(model: str) -> None:
    """Two that end on 2027-02-26."""
    last = date(2027, 2, 26)
    assert ENDS[model] == last
    (told,) = doubts([], model, last - timedelta(days=NOTICE_DAYS))
    assert f"{model} ends on 2027-02-26" in told
    assert doubts([], model, last - timedelta(days=NOTICE_DAYS + 1)) == []


@pytest.mark.parametrize(("brain", "provider"), [("xai", "x-ai"), ("elevenlabs", "elevenlabs")])
def test_a_minute_of_another_server_is_what_others_have_found(brain: str, provider: str) -> None:
    """Every model of its file, by the hour that it is connected."""
    (known,) = (each for each in providers if each.id == provider)
    file = read_brains(SHIPPED)[brain].read(Member)
    for model in file.models:
        found = known.find_model(model)
        assert found is not None, model
        price = found.get_prices(datetime(2026, 11, 30, tzinfo=UTC))
        assert price.audio_hours is not None
        assert Decimal(str(file.prices[model].per_minute)) * 60 == price.audio_hours
