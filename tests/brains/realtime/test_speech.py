"""What the agent generates and how much of it was heard."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.brains.realtime.speech import Speech, Utterance

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


PIECES = ("We open", " at nine", " and close", " at five,", " and on Fridays", " at four.")


def under_way(*, words_ahead: int, sounds: int) -> Utterance:
    """Each piece of words a second of sound, that many pieces ahead of it."""
    made = utterance(received_ms=0.0, transcript=list(PIECES[:words_ahead]))
    for number in range(sounds):
        made.transcript += PIECES[words_ahead + number :][:1]
        made.sound_came(1000)
    return made


@pytest.mark.parametrize(
    ("words_ahead", "sounds", "heard_ms", "heard"),
    [
        (0, 2, 500, "We"),  # side by side: in proportion
        (0, 2, 2000, "We open at nine"),
        (3, 1, 1000, "We open at nine and close at five,"),  # what had come with that sound
        (1, 4, 1000, "We open at"),  # eleven words and four seconds: a share of three
        (1, 2, 1900, "We open at nine and close"),
        (2, 3, 900, "We open at"),
        (1, 1, 5000, "We open at nine"),  # never more than has come
    ],
)
def test_words_ahead_of_the_sound_were_not_heard(
    words_ahead: int, sounds: int, heard_ms: int, heard: str
) -> None:
    """An utterance cut while it is generated: words that came after the sound heard are none
    of it.
    """
    assert under_way(words_ahead=words_ahead, sounds=sounds).heard_text(heard_ms) == heard


def test_words_that_came_in_a_burst_behind_the_sound_heard_were_not_heard() -> None:
    """One second was sent with three words; then all other words come at once, without sound."""
    cut = utterance(received_ms=0.0, transcript=["We open at"])
    cut.sound_came(1000)
    cut.transcript.append(" nine and close at five, and on Fridays at four.")
    assert cut.heard_text(1000) == "We open at"
    assert cut.heard_text(500) == "We open at"
    cut.complete = True
    assert cut.heard_text(1000) == cut.text


def test_words_that_run_behind_their_sound_are_heard_in_proportion() -> None:
    """With no word known when the sound came, there is nothing to hold them to."""
    late = utterance(received_ms=0.0, transcript=[])
    late.sound_came(1000)
    late.transcript.append("We open at nine")
    assert late.heard_text(500) == "We open"


def test_words_come_in_pieces() -> None:
    """Pieces hold their own spaces."""
    assert utterance(transcript=["We", " open", " at", " nine. "]).text == "We open at nine."


@given(st.text(), st.floats(0, 60_000), st.integers(-10, 70_000))
def test_heard_words_are_a_beginning_of_the_words(text: str, ms: float, heard_ms: int) -> None:
    """Whatever the text and the position."""
    heard = utterance(transcript=[text], received_ms=ms).heard_text(heard_ms).split()
    assert text.split()[: len(heard)] == heard


def test_an_utterance_ends_once() -> None:
    """After its end it is not there any more."""
    speech = Speech()
    begun = speech.begin(utterance())
    assert speech.begin(utterance(received_ms=1.0)) is begun
    assert speech.get("item_1") is begun
    assert speech.of_response("resp_1") == [begun]
    assert speech.of_response("resp_2") == []
    assert speech.end("item_1") is begun
    assert speech.end("item_1") is None
    assert speech.get("item_1") is None
