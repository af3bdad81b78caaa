"""What the chat models of a cascade cost, beside a table that others keep."""

from datetime import UTC, datetime
from decimal import Decimal

import pytest
from genai_prices.data import providers
from genai_prices.types import ModelPrice, TieredPrices

from bot.brains.cascade.prices import HEARING, THINKING

(OPENAI,) = (provider for provider in providers if provider.id == "openai")


def theirs(name: str) -> ModelPrice:
    """Of one of our names, today's."""
    vendor, _, model = name.partition(":")
    assert vendor == "openai"
    found = OPENAI.find_model(model)
    assert found is not None and found.id == model, name
    return found.get_prices(datetime(2026, 11, 30, tzinfo=UTC))


def usd(price: object) -> Decimal:
    """Of short requests, as a telephone call's are."""
    found = price.base if isinstance(price, TieredPrices) else price
    assert isinstance(found, Decimal)
    return found


@pytest.mark.parametrize("name", THINKING)
def test_a_chat_model_costs_what_others_have_found(name: str) -> None:
    """For what is read, read again and written; where nothing is cheaper read again, as if new."""
    ours, price = THINKING[name], theirs(name)
    assert Decimal(str(ours.text_in)) == usd(price.input_mtok)
    assert Decimal(str(ours.text_cached)) == usd(price.cache_read_mtok or price.input_mtok)
    assert Decimal(str(ours.text_out)) == usd(price.output_mtok)


def test_an_hour_of_what_callers_say() -> None:
    """Of the ear that is in their table."""
    ours = Decimal(str(HEARING["openai:gpt-transcribe"]))
    assert ours * 60 == usd(theirs("openai:gpt-transcribe").audio_hours)
