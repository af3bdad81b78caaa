"""What a call costs, by what the server reports."""

from datetime import date

import pytest
from genai_prices import Usage as OracleUsage
from genai_prices import calc_price
from hypothesis import given
from hypothesis import strategies as st

from bot.brains.gemini.prices import PRICES, doubts
from bot.brains.gemini.usage import Meter, assumed_usage, model_usd, sound_ms

USED = {
    "promptTokenCount": 1500,
    "responseTokenCount": 260,
    "totalTokenCount": 1760,
    "promptTokensDetails": [
        {"modality": "TEXT", "tokenCount": 1000},
        {"modality": "AUDIO", "tokenCount": 500},
    ],
    "responseTokensDetails": [{"modality": "AUDIO", "tokenCount": 250}],
    "thoughtsTokenCount": 40,
    "toolUsePromptTokenCount": 30,
}


def test_tokens_are_told_apart_by_kind() -> None:
    """What no modality is told of counts as text."""
    meter = Meter(model="gemini-3.8-live")
    meter.add_response(USED)
    assert meter.as_record() == {
        "text_in": 1030,
        "text_out": 50,
        "audio_in": 500,
        "audio_out": 250,
        "responses": 1,
    }
    assert sound_ms(USED) == 10_000


def test_a_record_goes_on() -> None:
    first, second = Meter(model="gemini-3.8-live"), Meter(model="gemini-3.8-live")
    first.add_response(USED)
    second.add_recorded(first.as_record())
    second.add_response(USED)
    assert second.usd == pytest.approx(2 * first.usd)


@pytest.mark.parametrize("model", ["gemini-3.8-live", "gemini-3.1-flash-live-preview"])
def test_prices_are_those_of_an_independent_table(model: str) -> None:
    meter = Meter(model=model)
    meter.add_response(USED)
    used = OracleUsage(
        input_tokens=1530, input_audio_tokens=500, output_tokens=300, output_audio_tokens=250
    )
    price = calc_price(used, model_ref=model, provider_id="google")
    assert meter.usd == pytest.approx(float(price.total_price))


def test_a_model_that_is_not_listed_is_as_dear_as_the_dearest() -> None:
    usage = assumed_usage(talk_secs=120, instruction_tokens=1000)
    assert model_usd(usage, "gemini-9") == max(model_usd(usage, model) for model in PRICES)
    (told,) = doubts(["gemini-9", "gemini-3.8-live"], date(2026, 12, 1))
    assert "gemini-9" in told


ANY = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner),
    max_leaves=8,
)


@given(st.dictionaries(st.sampled_from([*USED]), ANY))
def test_taking_a_note_never_fails(usage: dict[str, object]) -> None:
    meter = Meter(model=None)
    meter.add_response(usage)
    assert meter.usd >= 0
