"""What is a farewell and what only looks like one."""

import pytest

from processors.words.farewells import compile_farewells, farewell_patterns, is_farewell

FAREWELLS = [
    ("en", "Goodbye!"),
    ("en", "Thanks for calling, good-bye."),
    ("en", "You're booked for Tuesday at three. Have a wonderful day!"),
    ("en", "Perfect. Thank you, bye-bye."),
    ("en-US", "Great, we’ll see you Thursday. Bye now, Ms. Miller."),
    ("en", "Okay bye"),
    ("en", "Thank you so much for calling Bella Cucina. Take care!"),
    ("en", "Alright, talk to you soon…"),
    ("en", "Enjoy the evening, and goodbye"),
    ("en", "Is there anything else? No? Then have a great rest of your day."),
    ("de", "Vielen Dank für Ihren Anruf. Auf Wiederhören!"),
    ("de-AT", "Gut, dann tschüss."),
    ("de", "Alles klar, ich wünsche Ihnen noch einen schönen Tag!"),
    ("de", "Danke und schönen Abend noch."),
    ("es", "Gracias por llamar. ¡Hasta luego!"),
    ("es", "Que tenga un buen día, señora."),
    ("fr", "Merci de votre appel, au revoir."),
    ("fr", "C’est noté. Bonne journée à vous !"),
    ("fr", "Très bien, à bientôt."),
    ("it", "Grazie mille, arrivederci!"),
    ("it", "Le auguro una buona giornata."),
    ("pt-BR", "Obrigado por ligar. Tchau!"),
    ("pt", "Tenha um ótimo dia."),
    ("nl", "Bedankt voor het bellen. Tot ziens!"),
    ("nl", "Fijne dag verder."),
    ("pl", "Dziękuję za telefon, do widzenia."),
    ("pl", "Dobrze, to do usłyszenia!"),
    ("pl", "Wszystko zapisane. Życzę miłego dnia."),
    ("pl", "Dziękuję, na razie."),
    ("pl", "Dobranoc."),
    ("tr", "Aradığınız için teşekkür ederim, hoşça kalın."),
    ("tr", "Randevunuz hazır. İyi günler."),
    ("tr", "Teşekkür ederiz, iyi akşamlar!"),
    ("tr", "Size iyi günler dilerim."),
    ("tr", "GÖRÜŞMEK ÜZERE, HOŞÇA KALIN!"),
    ("tr", "Kendinize iyi bakın, görüşmek üzere."),
]

NO_FAREWELLS = [
    ("en", ""),
    ("en", "Goodbye is what they say in England when they leave the house, whatever the weather."),
    ("en", "Goodbye. Well, before you go: our kitchen closes at ten on weekdays and at eleven."),
    ("en", "Goodbye to long waits."),
    ("en", "Shall I say goodbye, then? Or is there anything else?"),
    ("en", "Have a nice day, or would you like to book something else?"),
    ("en", 'Do you want me to write "have a nice day?"'),
    ("en", "We have a nice evening slot at seven."),
    ("en", "We have a lovely day planned."),
    ("en", "We have a table for one."),
    ("en", "I can take care of that."),
    ("en", "You can buy it by eight."),
    ("en", "Hello, how can I help you today?"),
    ("de", "Guten Tag, Praxis Müller, was kann ich für Sie tun?"),
    ("de", "Guten Tag!"),
    ("de", "Wir haben bis später am Abend geöffnet."),
    ("de", "Wir haben noch einen freien Tag."),
    ("es", "Estamos abiertos hasta las diez."),
    ("fr", "Bonjour, que puis-je faire pour vous ?"),
    ("it", "Buongiorno, come posso aiutarla?"),
    ("pt", "Estamos abertos até as dez."),
    ("nl", "Wij zijn elke dag open."),
    ("nl", "Goedendag, waarmee kan ik u helpen?"),
    ("pl", "Dzień dobry, w czym mogę pomóc?"),
    ("pl", "Na razie mamy wolny termin we wtorek."),
    ("pl", "To na razie wszystko, co mogę sprawdzić."),
    ("pl", "Jesteśmy otwarci każdego dnia do ósmej."),
    ("tr", "İyi günler, size nasıl yardımcı olabilirim?"),
    ("tr", "İyi günler."),
    ("tr", "Merhaba, iyi günler."),
    ("tr", "Merhaba! İyi günler."),
    ("tr", "Her gün akşam sekize kadar açığız."),
    ("tr", "Salı günü için iyi bir saatimiz var."),
]


def taken_for_farewell(language: str, text: str) -> bool:
    return is_farewell(text, compile_farewells(farewell_patterns(language)))


@pytest.mark.parametrize(("language", "text"), FAREWELLS)
def test_leave_is_taken(language: str, text: str) -> None:
    """A line that ends in a leave-taking is a farewell in its language."""
    assert taken_for_farewell(language, text)


@pytest.mark.parametrize(("language", "text"), NO_FAREWELLS)
def test_leave_is_not_taken(language: str, text: str) -> None:
    """Words in mid-answer, questions, greetings and lookalikes are none."""
    assert not taken_for_farewell(language, text)


def test_apostrophes_and_case_do_not_matter() -> None:
    """An author's pattern meets the text in its plainest form, whichever way both are typed."""
    for pattern in ("that's all", "That’s ALL"):
        assert is_farewell("That’s all,  FOLKS!", compile_farewells([pattern]))


def test_what_is_no_regular_expression_is_named() -> None:
    """The error names the pattern, so that the agent file can be mended."""
    with pytest.raises(ValueError, match=r"farewell pattern 'bye\('"):
        compile_farewells(["goodbye", "bye("])


def test_a_language_without_patterns_has_none() -> None:
    """No language borrows another's farewells."""
    assert farewell_patterns("xx") == ()
    assert farewell_patterns("EN_us") == farewell_patterns("en") != ()


def test_of_a_long_speech_only_the_end_is_looked_at() -> None:
    """However much a model says: what takes leave stands at the end."""
    patterns = Counting()
    speech = "I can tell you about it. " * 10_000
    assert not is_farewell(speech, [patterns])  # type: ignore[list-item]
    assert patterns.longest <= 1000
    goodbyes = compile_farewells(farewell_patterns("en"))
    assert is_farewell(speech + "Goodbye!", goodbyes)
    assert not is_farewell("Goodbye! " + speech, goodbyes)


class Counting:
    """A pattern that notes how much it had to look at."""

    longest = 0

    def finditer(self, line: str) -> list[object]:
        self.longest = max(self.longest, len(line))
        return []
