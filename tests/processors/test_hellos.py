"""Words of who picks up, told from words that want something."""

import pytest

from processors.hellos import Hellos


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
