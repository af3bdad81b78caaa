"""What the agent generates and how much of it was heard."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.realtime.speech import Speech, Utterance

TEXT = "We open at nine and close at five"  # eight words


def utterance(**changes: object) -> Utterance:
    values = {"id": "item_1", "response_id": "resp_1", "received_ms": 2000.0, "transcript": [TEXT]}
    return Utterance(**(values | changes))  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("heard_ms", "heard"),
    [
        (-5, ""),
        (0, ""),
        (10, ""),
        (250, "We"),
        (1000, "We open at nine"),
        (1900, TEXT),
        (2000, TEXT),
        (9000, TEXT),
    ],
)
def test_words_are_heard_in_proportion_to_the_sound(heard_ms: int, heard: str) -> None:
    """Whole words; never more than there are."""
    assert utterance().heard_text(heard_ms) == heard


def test_without_sound_nothing_was_heard() -> None:
    """Words run ahead of the sound."""
    assert utterance(received_ms=0.0).heard_text(500) == ""


def test_words_come_in_pieces() -> None:
    """Pieces hold their own spaces."""
    assert utterance(transcript=["We", " open", " at", " nine. "]).text == "We open at nine."


@given(st.text(), st.floats(0, 60_000), st.integers(-10, 70_000))
def test_heard_words_are_a_beginning_of_the_words(text: str, ms: float, heard_ms: int) -> None:
    """Whatever the text and the position."""
    heard = utterance(transcript=[text], received_ms=ms).heard_text(heard_ms).split()
    assert text.split()[: len(heard)] == heard


def test_an_utterance_ends_once() -> None:
    """Behind its end it is not there any more."""
    speech = Speech()
    begun = speech.begin(utterance())
    assert speech.begin(utterance(received_ms=1.0)) is begun
    assert speech.get("item_1") is begun
    assert speech.of_response("resp_1") == [begun]
    assert speech.of_response("resp_2") == []
    assert speech.end("item_1") is begun
    assert speech.end("item_1") is None
    assert speech.get("item_1") is None
