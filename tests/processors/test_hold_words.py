"""Words that put a caller on hold, in the languages of the service."""

import pytest

from processors.words.holds import Holds

WAIT = [
    ("en", "All of our agents are currently busy. Please hold."),
    ("en", "Sure, let me put you on hold for a moment."),
    ("en", "Your call is important to us."),
    ("de", "Alle unsere Mitarbeiter sind zurzeit im Gespräch. Bitte bleiben Sie am Apparat."),
    ("de", "Einen Moment bitte."),
    ("es", "Todos nuestros agentes están ocupados. No cuelgue."),
    ("fr", "Veuillez patienter, un conseiller va vous répondre."),
    ("it", "La preghiamo di attendere in linea."),
    ("nl", "Al onze medewerkers zijn in gesprek. Een ogenblik geduld alstublieft."),
    ("pl", "Wszyscy nasi konsultanci są zajęci. Proszę czekać."),
    ("pt", "Todos os nossos atendentes estão ocupados. Aguarde um momento."),
    ("tr", "Lütfen hatta kalın."),
    ("tr", "LÜTFEN BEKLEYİN."),
]
NOT_THAT = [
    ("en", "Please hold, or press one to leave a message."),
    ("en", "How may I help you?"),
    ("en", "Hold on, is this about the bicycle?"),
    ("de", "Bitte warten Sie oder drücken Sie die eins."),
    ("de", "Guten Tag, hier ist Lena."),
    ("es", "Pulse uno o espere en línea."),
    ("fr", "Bonjour, ici Lena."),
    ("tr", "Merhaba, ben Lena."),
]


@pytest.mark.parametrize(("language", "words"), WAIT)
def test_these_words_let_us_wait(language: str, words: str) -> None:
    """However they are written."""
    assert Holds(language).told(words)


@pytest.mark.parametrize(("language", "words"), NOT_THAT)
def test_these_do_not(language: str, words: str) -> None:
    """They ask for something as well, or are a person's."""
    assert not Holds(language).told(words)
