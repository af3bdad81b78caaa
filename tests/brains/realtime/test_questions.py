"""Whether the agent asks something just now, and whether words say yes."""

import pytest

from bot.brains.realtime.questions import ends_in_question, is_being_asked, says_yes
from bot.brains.realtime.speech import Utterance
from processors.words.backchannels import backchannel_words

OFFER = "There is a place on Tuesday at ten. Shall I book it for you and your mother?"


@pytest.mark.parametrize(
    ("text", "asks"),
    [
        ("Shall I book it?", True),
        ("He asked: “Shall I book it?”", True),
        ("¿Le reservo la cita?", True),
        ("Soll ich buchen? ", True),
        ("預約嗎？", True),
        ("هل أحجز؟", True),
        ("Shall I? I will.", False),
        ("I will book it.", False),
        ("", False),
    ],
)
def test_a_line_that_ends_in_a_question(text: str, asks: bool) -> None:
    """Whatever closes after the mark, and in other scripts."""
    assert ends_in_question(text) is asks


@pytest.mark.parametrize(
    ("text", "unheard_ms", "asked"),
    [
        (OFFER, 0, True),
        (OFFER, 1500, True),
        (OFFER, 2000, True),  # of 4000: within the question
        (OFFER, 3500, False),  # within what comes before it
        ("Shall I book it for you and your mother on Tuesday?", 3900, True),
        ("I book it for you and your mother on Tuesday.", 500, False),
        ("Is it you? I book it for you and your mother on Tuesday.", 500, False),
    ],
)
def test_a_question_is_being_asked_from_its_first_word_on(
    text: str, unheard_ms: float, asked: bool
) -> None:
    """And what comes before it in the same breath is not a question."""
    said = Utterance.prepared("a", text, 4000)
    assert is_being_asked([said], unheard_ms) is asked


def test_what_is_not_complete_asks_nothing_yet() -> None:
    """More may come after the question mark; and silence asks nothing at all."""
    said = Utterance.prepared("a", OFFER, 4000)
    said.complete = False
    assert not is_being_asked([said], 100)
    assert not is_being_asked([], 0)


PLAIN = {"de": "ja", "es": "sí", "fr": "oui", "it": "sì", "nl": "ja", "pl": "tak", "pt": "sim"}


@pytest.mark.parametrize(
    "text", [*PLAIN.values(), "Yes.", "Yeah!", "Sure, okay.", "D’accord", "OK"]
)
def test_a_plain_yes_is_known_in_each_language(text: str) -> None:
    """However it is written."""
    assert says_yes(text)


@pytest.mark.parametrize("language", PLAIN)
def test_the_plain_yes_of_each_language_is_one_of_its_nods(language: str) -> None:
    """Which is why it has to be known."""
    assert PLAIN[language] in backchannel_words(language)


@pytest.mark.parametrize("text", ["No.", "Uh-huh", "Yes, but later", "I see", "", "...", "Hm"])
def test_other_words_are_no_yes(text: str) -> None:
    """A sound of listening neither."""
    assert not says_yes(text)
