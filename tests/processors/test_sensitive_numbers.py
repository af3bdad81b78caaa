"""A passage for a number: the keys reach nobody, and only what can be right is passed on."""

import pytest
from pipecat.audio.dtmf.types import KeypadEntry
from pipecat.frames.frames import InputDTMFFrame

from bot.testing.stage import Stage, on_stage
from processors import SensitiveNumbers
from processors.frames import (
    NumberRequestFrame,
    NumberTypedFrame,
    PassageFrame,
    PassageReadyFrame,
    SayFrame,
)
from processors.numbers import is_card_number

CARD = "4111111111111111"


def numbers() -> SensitiveNumbers:
    return SensitiveNumbers(lines={"card": "Type your card.", "id": "Type it."}, again="Again.")


async def press(stage: Stage, keys: str, *, at: float) -> None:
    for place, key in enumerate(keys):
        await stage.at(at + place * 0.25, InputDTMFFrame(button=KeypadEntry(key)))


def lines(stage: Stage) -> list[str]:
    return [frame.text for frame in stage.ups(SayFrame)]


async def test_a_number_is_typed() -> None:
    """The passage opens, the caller is asked when nothing records, and it closes."""
    async with on_stage(numbers()) as stage:
        await stage.at(1.0, NumberRequestFrame(kind="card"))
        await stage.until(1.5)
        assert ([f.opens for f in stage.ups(PassageFrame)], lines(stage)) == ([True], [])
        await stage.at(2.0, PassageReadyFrame())
        await press(stage, f"{CARD}#", at=3.0)
        await stage.until(10.0)
    assert lines(stage) == ["Type your card."]
    assert [(f.kind, f.number) for f in stage.downs(NumberTypedFrame)] == [("card", CARD)]
    assert stage.downs(InputDTMFFrame) == []
    closed = stage.ups(PassageFrame)[-1]
    assert not closed.opens and "hand_in_number" in closed.note and CARD not in closed.note


async def test_keys_before_it_is_ready_count_for_nothing() -> None:
    """They may be recorded still."""
    async with on_stage(numbers()) as stage:
        await stage.at(1.0, NumberRequestFrame(kind="id"))
        await press(stage, "1234567#", at=1.5)
        await stage.at(4.0, PassageReadyFrame())
        await press(stage, "987654#", at=5.0)
        await stage.until(10.0)
    assert [f.number for f in stage.downs(NumberTypedFrame)] == ["987654"]
    assert stage.downs(InputDTMFFrame) == []


async def test_a_star_begins_it_anew_and_silence_ends_it() -> None:
    async with on_stage(numbers()) as stage:
        await stage.at(1.0, NumberRequestFrame(kind="id"))
        await stage.at(1.5, PassageReadyFrame())
        await press(stage, "111*22334", at=2.0)
        await stage.until(20.0)
    assert [f.number for f in stage.downs(NumberTypedFrame)] == ["22334"]


async def test_what_cannot_be_right_is_asked_for_again_and_then_given_up() -> None:
    async with on_stage(numbers()) as stage:
        await stage.at(1.0, NumberRequestFrame(kind="card"))
        await stage.at(1.5, PassageReadyFrame())
        for attempt in range(3):
            await press(stage, "4111111111111112#", at=2.0 + attempt * 6)
        await stage.until(30.0)
    assert lines(stage) == ["Type your card.", "Again.", "Again."]
    assert stage.downs(NumberTypedFrame) == []
    assert "did not type" in stage.ups(PassageFrame)[-1].note


@pytest.mark.parametrize("ready", [True, False])
async def test_a_passage_ends_by_itself(ready: bool) -> None:
    """Nobody types; or the recording cannot be paused: then nothing was asked."""
    async with on_stage(numbers()) as stage:
        await stage.at(1.0, NumberRequestFrame(kind="card"))
        if ready:
            await stage.at(1.5, PassageReadyFrame())
        await stage.until(60.0)
    assert [f.opens for f in stage.ups(PassageFrame)] == [True, False]
    assert len(lines(stage)) == ready


async def test_other_keys_pass() -> None:
    """Outside a passage they are for others."""
    async with on_stage(numbers()) as stage:
        await press(stage, "0", at=1.0)
        await stage.until(2.0)
    assert len(stage.downs(InputDTMFFrame)) == 1


@pytest.mark.parametrize(
    ("digits", "card"),
    [
        (CARD, True),
        ("378282246310005", True),
        ("4111111111111112", False),
        ("411111111111", False),
        ("0000000000000000", False),
        ("4111 1111 1111 1111", False),
        ("", False),
    ],
)
def test_cards_have_a_check_digit(digits: str, card: bool) -> None:
    assert is_card_number(digits) is card
