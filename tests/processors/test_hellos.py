"""Words of who picks up, told from words that want something."""

import pytest

from processors.words.hellos import Hellos


@pytest.mark.parametrize(
    ("language", "words"),
    [
        ("en", "Hello?"),
        ("en", "Hello. Hello?"),
        ("en-US", "Hi!"),
        ("en", "Yes?"),
        ("en", "Hello, yes?"),
        ("en", "Good morning."),
        ("de", "Hallo?"),
        ("de", "Ja, hallo?"),
        ("de", "Ja bitte?"),
        ("de-AT", "Grüß Gott."),
        ("es", "¿Hola?"),
        ("es", "¿Sí? Dígame."),
        ("fr", "Allô ?"),
        ("fr", "Oui, allô ?"),
        ("it", "Pronto?"),
        ("nl", "Hallo, goedemiddag."),
        ("pl", "Halo, słucham?"),
        ("pt", "Alô?"),
        ("pt", "Está lá?"),
        ("tr", "Alo, efendim?"),
        ("sv", "Hello?"),
    ],
)
def test_greetings_want_nothing(language: str, words: str) -> None:
    """In each language, with and without a question mark, once or twice."""
    assert Hellos(language).want_nothing(words)
    assert Hellos(language).ask_nothing(words)


@pytest.mark.parametrize(
    ("language", "words"),
    [
        ("en", "Who is this?"),
        ("en", "Hello, who is this?"),
        ("en", "Hello, this is John."),
        ("en", "What?"),
        ("en", "Wrong number."),
        ("en", "Stop calling me."),
        ("en", "No."),
        ("de", "Wer ist da?"),
        ("de", "Hallo, wer spricht?"),
        ("es", "¿Quién es?"),
        ("fr", "Qui est à l'appareil ?"),
        ("it", "Chi parla?"),
    ],
)
def test_everything_else_wants_something(language: str, words: str) -> None:
    """Questions, names and refusals."""
    assert not Hellos(language).want_nothing(words)
    assert not Hellos(language).ask_nothing(words)


@pytest.mark.parametrize("words", ["Yes.", "Yeah.", "Okay.", "Uh-huh."])
def test_a_plain_yes_may_be_an_answer(words: str) -> None:
    """Where it is said over a question; where nothing could be heard it is none."""
    assert not Hellos("en").want_nothing(words)
    assert Hellos("en").ask_nothing(words)


def test_silence_asks_nothing() -> None:
    """Nor is it a greeting."""
    assert Hellos("en").ask_nothing("")
    assert not Hellos("en").want_nothing("")


@pytest.mark.parametrize(
    ("language", "text", "answers"),
    [
        ("en", "Luigi's, good evening.", True),
        ("en", "Riverside Clinic, hello!", True),
        ("de", "Praxis Weber, guten Morgen.", True),
        ("en", "Wrong number.", False),
        ("en", "Who is this, hello?", False),
        ("en", "Good evening, please never call me again.", False),
        ("en", "We have had quite enough of all of your calls, good evening.", False),
    ],
)
def test_a_name_and_a_greeting_are_how_people_answer_the_phone(
    language: str, text: str, answers: bool
) -> None:
    """Who calls, and why, is the answer to it; a question or a wish has one of its own."""
    assert Hellos(language).answer_the_phone(text) is answers
