"""Words that leave the agent its turn."""

import pytest

from processors.words.backchannels import Backchannels, backchannel_words


@pytest.mark.parametrize(
    ("language", "texts"),
    [
        ("en", ("Uh-huh.", "Mm-hmm", "Mhm.", "Okay.", "OK, okay.", "Hmm...", "Yeah, yeah.")),
        ("en-GB", ("I see.", "All right, okay.", "Uh huh. Okay.", "Right.", "Got it!", "Ooh")),
        ("de", ("Mhm.", "Ja, genau.", "Alles klar.", "Ach so, okay.")),
        ("es", ("Ajá.", "Sí, sí.", "Vale, de acuerdo.")),
        ("fr", ("D'accord.", "D\u2019accord, oui.", "Ah oui, je vois.")),
        ("it", ("Sì, certo.", "Ho capito.", "D'accordo.")),
        ("nl", ("Ja hoor.", "Oké, prima.")),
        ("pl", ("No tak.", "Rozumiem, dobrze.")),
        ("pt", ("Tá bom.", "Pois é, entendi.")),
        ("tr", ("Evet, evet.", "İyi, tamam.", "Hı hı.", "ANLADIM.", "Anlıyorum, tabii ki.")),
    ],
)
def test_a_nod_is_known_in_each_language(language: str, texts: tuple[str, ...]) -> None:
    """However it is drawn out, repeated, joined or spelled."""
    nods = Backchannels(backchannel_words(language))
    assert [text for text in texts if not nods.cover(text)] == []


@pytest.mark.parametrize(
    "text",
    [
        "Okay, but not on Tuesday.",
        "Right?",
        "Hm?",
        "No.",
        "Wait.",
        "Yes.",
        "I see a problem.",
        "Yeahs",
        "(not understood)",
        "",
    ],
)
def test_words_that_want_something_are_no_nod(text: str) -> None:
    """One word more, a question, an answer: the turn is the caller's."""
    assert not Backchannels(backchannel_words("en")).cover(text)


def test_an_agent_may_have_words_of_its_own() -> None:
    """They replace those of the language; without any, no word is a nod."""
    nods = Backchannels(("gotcha", "yes, please"))
    assert nods.cover("Gotcha, gotcha.")
    assert nods.cover("Yes please!")
    assert not nods.cover("Okay.")
    assert not Backchannels(()).cover("Okay.")
    assert not Backchannels(("...",)).cover("...")
    assert backchannel_words("xx") == ()
