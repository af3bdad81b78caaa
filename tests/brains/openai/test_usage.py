"""What a call's model costs, worked out by hand."""

from typing import Any

import pytest

from bot.brains.openai.prices import PRICES, ModelPrice, Prices
from bot.brains.openai.usage import Meter, Usage, model_usd
from tests.wire import openai_events

ROUND = Prices(
    models={
        "plain": ModelPrice(
            text_in=1, text_cached=0.5, text_out=2, audio_in=10, audio_cached=5, audio_out=20
        ),
        "dear": ModelPrice(
            text_in=100, text_cached=50, text_out=200, audio_in=1, audio_cached=1, audio_out=2000
        ),
    },
    transcription_per_minute=0.06,
    transcription_per_million_tokens=6.0,
)


def used(*usages: dict[str, Any]) -> Usage:
    usage = Usage()
    for each in usages:
        usage.add_response(each)
    return usage


def test_cached_tokens_are_part_of_the_input_and_cheaper() -> None:
    """400 in, of these 300 cached (200 text, 100 audio); 20 text and 50 audio out."""
    usage = used(openai_events.USAGE)
    assert usage.as_dict() == {
        "text_in": 50,
        "text_cached": 200,
        "text_out": 20,
        "audio_in": 50,
        "audio_cached": 100,
        "audio_out": 50,
        "transcription": 0,
        "transcription_secs": 0.0,
        "responses": 1,
    }
    millionths = 50 * 1 + 200 * 0.5 + 20 * 2 + 50 * 10 + 100 * 5 + 50 * 20
    assert millionths == 2190
    assert model_usd(usage, "plain", ROUND) == pytest.approx(0.002190)


def test_the_models_real_prices_per_million() -> None:
    """A million of each kind of gpt-realtime-2.1: 4 + 0.40 + 24 + 32 + 0.40 + 64 dollars."""
    usage = Usage()
    for kind in ("text_in", "text_cached", "text_out", "audio_in", "audio_cached", "audio_out"):
        usage.tokens[kind] = 1_000_000
    assert model_usd(usage, "gpt-realtime-2.1", PRICES) == pytest.approx(124.80)
    assert model_usd(usage, "gpt-realtime-2.1-mini", PRICES) == pytest.approx(33.36)


def test_responses_add_up() -> None:
    """The whole conversation is billed again with each response."""
    once, twice = used(openai_events.USAGE), used(openai_events.USAGE, openai_events.USAGE)
    assert model_usd(twice, "plain", ROUND) == pytest.approx(2 * model_usd(once, "plain", ROUND))
    assert twice.responses == 2


def test_an_unknown_model_is_billed_as_the_dearest() -> None:
    """A budget must not be blind to a model nobody has listed."""
    usage = used(openai_events.USAGE)
    unknown = model_usd(usage, "gpt-realtime-9", ROUND)
    assert unknown == model_usd(usage, "dear", ROUND) > model_usd(usage, "plain", ROUND)


def test_transcription_is_billed_by_time_or_by_token() -> None:
    """As the transcribing model reports it."""
    usage = Usage()
    usage.add_transcription({"type": "duration", "seconds": 30})
    assert model_usd(usage, "plain", ROUND) == pytest.approx(0.03)
    usage.add_transcription({"type": "tokens", "input_tokens": 8, "total_tokens": 10})
    assert model_usd(usage, "plain", ROUND) == pytest.approx(0.03 + 10 * 6 / 1e6)


@pytest.mark.parametrize(
    "usage",
    [
        {},
        {"input_token_details": None, "output_token_details": None},
        {"input_token_details": [], "output_token_details": "many"},
        {"input_token_details": {"text_tokens": None, "audio_tokens": "5"}},
        {"input_token_details": {"cached_tokens_details": 3}},
        [],
        "much",
        17,
    ],
)
def test_usage_that_cannot_be_read_costs_nothing_and_breaks_nothing(usage: Any) -> None:
    """Taking a note never raises."""
    broken = used(usage)
    broken.add_transcription(usage)
    assert model_usd(broken, "plain", ROUND) == 0.0


@pytest.mark.parametrize("seconds", ["long", None, [], float("nan"), float("inf"), -5])
def test_a_transcription_of_no_length_costs_nothing(seconds: Any) -> None:
    """It is the other side's number."""
    usage = Usage()
    usage.add_transcription({"type": "duration", "seconds": seconds})
    assert model_usd(usage, "plain", ROUND) == 0.0


def test_more_cached_than_came_in_is_not_a_refund() -> None:
    """Counts never go below zero."""
    details = {"text_tokens": 5, "cached_tokens_details": {"text_tokens": 9}}
    assert used({"input_token_details": details}).tokens["text_in"] == 0


def test_a_meter_goes_on_from_a_record() -> None:
    """Of a call that another process had; a model that is not known is billed as the dearest."""
    first = Meter(model="plain", prices=ROUND)
    first.add_response(openai_events.USAGE)
    second = Meter(model="plain", prices=ROUND)
    second.add_recorded(first.as_record())
    second.add_response(openai_events.USAGE)
    assert second.usd == pytest.approx(2 * first.usd)
    unknown = Meter(model=None, prices=ROUND)
    unknown.add_recorded(first.as_record())
    assert unknown.usd == model_usd(used(openai_events.USAGE), "dear", ROUND)
