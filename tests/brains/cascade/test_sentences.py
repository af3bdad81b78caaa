"""Words as they stream, in pieces that can be spoken."""

import pytest

from bot.brains.cascade.sentences import Aloud, Sentences


def spoken(text: str, *, step: int, language: str = "en") -> tuple[list[str], list[str]]:
    """What is spoken while words come in pieces of so many letters, and what is left then."""
    sentences = Sentences(language)
    found = []
    for at in range(0, len(text), step):
        found += sentences.feed(text[at : at + step])
    return found, sentences.rest()


@pytest.mark.parametrize("step", [1, 3, 7, 1000])
@pytest.mark.parametrize(
    ("text", "pieces"),
    [
        ("Hello. How are you? Fine", ["Hello.", "How are you?", "Fine"]),
        ("It is 3.50 euros. Anything else?", ["It is 3.50 euros.", "Anything else?"]),
        ("Dr. Miller is in. Shall I?", ["Dr. Miller is in.", "Shall I?"]),
        ("- **One** thing\n- another", ["One thing", "another"]),
        ("  ", []),
    ],
)
def test_sentences_are_whole(text: str, pieces: list[str], step: int) -> None:
    """Whatever pieces the words come in; marks that are made for the eye are left out."""
    found, rest = spoken(text, step=step)
    assert [*found, *rest] == pieces


def test_a_sentence_is_spoken_when_the_next_begins() -> None:
    """And not before: it might go on."""
    sentences = Sentences("en")
    assert sentences.feed("Yes.") == []
    assert sentences.feed(" We") == ["Yes."]


def test_one_without_an_end_is_spoken_by_the_comma() -> None:
    """Nobody waits for a page."""
    found, rest = spoken("and then one more, " * 40, step=19)
    assert len(found) >= 1 and all(piece.endswith(",") for piece in found)
    assert " ".join([*found, *rest]) == ("and then one more, " * 40).strip()


@pytest.mark.parametrize(
    "text", ["\N{THUMBS UP SIGN}", "...", "**", "- \N{SMILING FACE WITH SUNGLASSES}!"]
)
def test_what_makes_no_sound_is_no_sentence(text: str) -> None:
    """The voice would answer it with nothing, as one that is out of order."""
    assert Sentences("en").feed(f"{text} ") + Sentences("en").rest() == []
    sentences = Sentences("en")
    assert sentences.feed(text) + sentences.rest() == []


@pytest.mark.parametrize(
    ("text", "aloud"),
    [
        ("Hello there.", "Hello there."),
        ("<think>They greet me. a < b</think>Hello.", "Hello."),
        ("One <think>two</think>three <think></think>four.", "One three four."),
        ("Less is <th", "Less is <th"),
        ("<think>It never ends", ""),
        ("a <<think>b</think> c", "a < c"),
    ],
)
@pytest.mark.parametrize("step", [1, 3, 100])
def test_what_a_model_writes_for_itself_is_not_said(text: str, aloud: str, step: int) -> None:
    """However it is cut into pieces; and nothing else is lost."""
    words = Aloud()
    pieces = [text[at : at + step] for at in range(0, len(text), step)]
    assert "".join(map(words.feed, pieces)) + words.rest() == aloud
