"""Danger and wishes for a person, in words that people also use; and what must not drown them."""

import pytest

from processors.words.pleas import Pleas

EMERGENCIES = [
    ("en", "My husband collapsed."),
    ("en", "She's just passed out on the floor."),
    ("en", "I've been stabbed."),
    ("en", "I took too many pills."),
    ("en", "My mother fell and she is not responding."),
    ("en", "There's been an accident, someone is hurt."),
    ("en", "I need nine one one."),
    ("en", "He collapsed five minutes ago and he is not breathing."),
    ("en", "She's not breathing, what do I have to do?"),
    ("en", "Dial nine one one, he's unconscious."),
    ("de", "Mein Mann ist zusammengebrochen."),
    ("de", "Ich habe zu viele Tabletten genommen."),
    ("de", "Sie atmet nicht mehr, was muss ich tun?"),
    ("fr", "Il ne respire plus."),
    ("fr", "Je ne peux plus respirer."),
    ("fr", "Elle ne respire pas, qu'est-ce que je dois faire ?"),
    ("fr", "Mon mari s’est effondré."),
    ("fr", "Appelez les pompiers !"),
    ("es", "Creo que tengo un infarto."),
    ("es", "Le está dando un derrame."),
    ("es", "Mi esposo se desmayó."),
    ("es", "Me quiero suicidar."),
    ("es", "No respira, ¿qué tengo que hacer?"),
    ("it", "Non respiro più."),
    ("it", "Mio padre si è accasciato."),
    ("it", "Ho preso troppe pillole."),
    ("nl", "Mijn vader is in elkaar gezakt."),
    ("nl", "Ik heb te veel pillen geslikt."),
    ("pl", "Mój mąż zemdlał."),
    ("pl", "Wzięłam za dużo tabletek."),
    ("pt", "Meu marido desmaiou."),
    ("pt", "Ele não respira, o que tenho que fazer?"),
    ("tr", "Kocam yere yığıldı."),
    ("tr", "İntihar etmek istiyorum."),
]
PERSONS = [
    ("en", "Is there anybody there I can talk to?"),
    ("en", "I don't want to talk to a robot."),
    ("en", "Stop, I want a person, not a machine."),
    ("en", "Put me through to somebody."),
    ("en", "Are there any humans there?"),
    ("de", "Ich möchte einen Mitarbeiter sprechen."),
    ("de", "Verbinden Sie mich mit jemandem."),
    ("de", "Ich will keinen Roboter!"),
    ("de", "Geben Sie mir bitte einen echten Menschen."),
    ("de", "Ist da ein Mensch?"),
    ("de", "Kann ich bitte jemanden sprechen?"),
    ("fr", "Je ne veux pas parler à un robot."),
    ("es", "Páseme con alguien."),
    ("es", "No quiero hablar con una máquina."),
    ("nl", "Ik wil iemand spreken."),
    ("nl", "Kan ik een medewerker spreken?"),
]
NEITHER = [
    ("en", "The website is not responding to me."),
    ("en", "My roof collapsed last winter."),
    ("en", "He collapsed two years ago."),
    ("en", "I got my flu shot there."),
    ("en", "She passed out flyers."),
    ("en", "He is responding well to the treatment."),
    ("en", "I was in an accident last month and need a check-up."),
    ("en", "There's been a mistake."),
    ("en", "Do I have to call an ambulance myself?"),
    ("en", "Are there any people in the waiting room right now?"),
    ("en", "I don't want to talk to the doctor about it, just book."),
    ("en", "Can someone call me back?"),
    ("de", "Die Leitung ist zusammengebrochen."),
    ("de", "Ich will keinen Termin am Montag."),
    ("de", "Ich möchte jemanden anmelden."),
    ("de", "Ist da ein Parkplatz?"),
    ("de", "Muss ich einen Krankenwagen rufen?"),
    ("fr", "Je n'ai pas besoin des pompiers."),
    ("fr", "J'ai trop de travail."),
    ("es", "No quiero hablar con mi mamá."),
    ("es", "¿Tengo que llamar una ambulancia?"),
    ("es", "Se desmayó ayer."),
    ("it", "Si è sentito bene."),
    ("nl", "Ik heb te veel rekeningen."),
    ("pl", "Nie reaguje na mail."),
    ("pt", "Tenho de chamar uma ambulância?"),
    ("tr", "İlaç almak istiyorum."),
]


@pytest.mark.parametrize(("language", "text"), EMERGENCIES)
def test_danger_in_other_words(language: str, text: str) -> None:
    assert Pleas(language=language).emergency(text)


@pytest.mark.parametrize(("language", "text"), PERSONS)
def test_a_person_in_other_words(language: str, text: str) -> None:
    pleas = Pleas(language=language)
    assert pleas.person(text) and not pleas.emergency(text)


@pytest.mark.parametrize(("language", "text"), NEITHER)
def test_what_only_sounds_like_it(language: str, text: str) -> None:
    pleas = Pleas(language=language)
    assert not pleas.emergency(text) and not pleas.person(text)
