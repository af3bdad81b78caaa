"""Which words ask for a person, tell of danger or complain, and which only look like it."""

import pytest

from processors.words.languages import LANGUAGES
from processors.words.pleas import Pleas

EMERGENCIES = [
    ("en", "This is an emergency!"),
    ("en", "It's a medical emergency, please hurry."),
    ("en", "Please call an ambulance."),
    ("en", "My husband can’t breathe."),
    ("en", "I think she is having a heart attack."),
    ("en", "There's a fire in the kitchen!"),
    ("en", "The house is on fire."),
    ("en", "I smell gas in the basement."),
    ("en", "I want to kill myself."),
    ("en", "I don't know what to do, he is bleeding heavily."),
    ("en-GB", "Emergency!"),
    ("en", "It's an emergency because my father is unconscious."),
    ("de", "Das ist ein Notfall!"),
    ("de", "Bitte rufen Sie schnell einen Krankenwagen!"),
    ("de-AT", "Ich bekomme keine Luft."),
    ("de", "Ich glaube, sie hat einen Schlaganfall."),
    ("de", "Es riecht nach Gas."),
    ("de", "Es brennt bei uns!"),
    ("es", "¡Es una emergencia!"),
    ("es", "Necesito una ambulancia."),
    ("es", "Mi madre no puede respirar."),
    ("es", "Hay un incendio en el edificio."),
    ("fr", "C’est une urgence !"),
    ("fr", "Appelez une ambulance, vite."),
    ("fr", "Mon mari n'arrive pas à respirer."),
    ("fr", "Il y a le feu dans la cuisine."),
    ("it", "È un'emergenza!"),
    ("it", "Chiamate un'ambulanza!"),
    ("it", "Mio padre non respira."),
    ("it", "C'è un incendio."),
    ("nl", "Dit is een noodgeval!"),
    ("nl", "Ik heb een ambulance nodig."),
    ("nl", "Mijn vader krijgt geen lucht."),
    ("nl", "Er is brand in het gebouw."),
    ("pl", "To jest nagły wypadek!"),
    ("pl", "Proszę wezwać karetkę."),
    ("pl", "Mąż nie może oddychać."),
    ("pl", "Pali się dom!"),
    ("pt", "É uma emergência!"),
    ("pt-BR", "Preciso de uma ambulância."),
    ("pt", "Ele não consegue respirar."),
    ("pt", "Há um incêndio no prédio."),
    ("tr", "Bu acil bir durum!"),
    ("tr", "Lütfen ambulans çağırın."),
    ("tr", "Babam nefes alamıyor."),
    ("tr", "YANGIN VAR!"),
]
NO_EMERGENCIES = [
    ("en", "Is this an emergency line?"),
    ("en", "I'm calling about my fire alarm appointment."),
    ("en", "It's not an emergency."),
    ("en", "I don't think it's an emergency."),
    ("en", "What should I do if it's an emergency?"),
    ("en", "If this is a medical emergency, hang up and dial 911."),
    ("en", "I don't need an ambulance."),
    ("en", "There is an emergency exit, right?"),
    ("en", "There's a fire drill on Monday."),
    ("en", "My father was having a heart attack last year."),
    ("en", "Do you have emergency appointments?"),
    ("en", "I have a dental emergency."),
    ("en", "I can't breathe through my nose."),
    ("en", "My emergency contact is my sister."),
    ("de", "Ist das die Notfallnummer?"),
    ("de", "Das ist kein Notfall."),
    ("de", "Ich brauche keinen Krankenwagen."),
    ("de", "Ich rufe wegen des Termins für den Feuermelder an."),
    ("de", "Letztes Jahr hat er einen Herzinfarkt gehabt."),
    ("de", "Es brennt ein bisschen beim Schlucken."),
    ("de", "Ich habe einen zahnärztlichen Notfall."),
    ("es", "¿Es esta una línea de emergencia?"),
    ("es", "No es una emergencia."),
    ("es", "No necesito una ambulancia."),
    ("es", "Llamo por la cita de la alarma de incendios."),
    ("es", "Tengo una emergencia dental."),
    ("fr", "Est-ce une ligne d'urgence ?"),
    ("fr", "Ce n'est pas une urgence."),
    ("fr", "Je n'ai pas besoin d'une ambulance."),
    ("fr", "J'appelle pour le rendez-vous de l'alarme incendie."),
    ("it", "È una linea di emergenza?"),
    ("it", "Non è un'emergenza."),
    ("it", "Non serve un'ambulanza."),
    ("it", "Chiamo per l'appuntamento dell'allarme antincendio."),
    ("nl", "Is dit een alarmlijn?"),
    ("nl", "Het is geen noodgeval."),
    ("nl", "Ik heb geen ambulance nodig."),
    ("nl", "Ik bel over de afspraak voor het brandalarm."),
    ("pl", "Czy to jest numer alarmowy?"),
    ("pl", "To nie jest nagły wypadek."),
    ("pl", "Nie potrzebuję karetki."),
    ("pl", "Dzwonię w sprawie alarmu pożarowego."),
    ("pt", "Esta é uma linha de emergência?"),
    ("pt", "Não é uma emergência."),
    ("pt", "Não preciso de uma ambulância."),
    ("pt", "Ligo por causa do alarme de incêndio."),
    ("tr", "Burası acil durum hattı mı?"),
    ("tr", "Acil durum değil."),
    ("tr", "Ambulans çağırmayın."),
    ("tr", "Yangın alarmı randevum için arıyorum."),
]
PERSONS = [
    ("en", "I want a human."),
    ("en", "Can I speak to a real person, please?"),
    ("en", "Let me talk to your manager."),
    ("en", "I'd like to talk to someone, please."),
    ("en", "Put me through to a person."),
    ("en", "Operator!"),
    ("en", "No, I want to talk to a human being."),
    ("en", "Stop. Human, please."),
    ("en", "Can you put me through to a person?"),
    ("en", "Will you let me speak to a human?"),
    ("en", "I'd rather talk to a person."),
    ("de", "Ich möchte mit einem Menschen sprechen."),
    ("de", "Verbinden Sie mich mit einem Mitarbeiter!"),
    ("de", "Kann ich bitte mit einer echten Person reden?"),
    ("de", "Ich will einen Menschen."),
    ("es", "Quiero hablar con una persona."),
    ("es", "¿Puedo hablar con alguien?"),
    ("es", "Operador, por favor."),
    ("fr", "Je veux parler à un humain."),
    ("fr", "Passez-moi un conseiller."),
    ("fr", "Je voudrais parler à quelqu'un."),
    ("it", "Voglio parlare con una persona vera."),
    ("it", "Mi passi un operatore."),
    ("it", "Operatore!"),
    ("nl", "Ik wil met een mens praten."),
    ("nl", "Kan ik met een medewerker spreken?"),
    ("nl", "Een echte mens, alstublieft."),
    ("pl", "Chcę rozmawiać z człowiekiem."),
    ("pl", "Czy mogę porozmawiać z konsultantem?"),
    ("pl", "Proszę mnie połączyć z pracownikiem."),
    ("pt", "Quero falar com uma pessoa."),
    ("pt", "Posso falar com um atendente?"),
    ("pt-BR", "Atendente, por favor."),
    ("tr", "Bir insanla konuşmak istiyorum."),
    ("tr", "Müşteri temsilcisiyle görüşebilir miyim?"),
    ("tr", "Operatöre bağlayın."),
]
NO_PERSONS = [
    ("en", "I don't want a human."),
    ("en", "I don't want to talk to a person."),
    ("en", "Are you a human?"),
    ("en", "Am I talking to a real person?"),
    ("en", "Can I speak to someone about my bill?"),
    ("en", "I spoke with an agent yesterday."),
    ("en", "I'd like to talk to the person who called me."),
    ("en", "To speak to a representative, press zero."),
    ("en", "A table for one person at seven."),
    ("en", "I need a manager's signature."),
    ("en", "I want a person to come and fix my sink."),
    ("en", "Do I need a person with me after surgery?"),
    ("en", "Can you talk to the manager and call me back?"),
    ("de", "Ich möchte nicht mit einem Menschen sprechen."),
    ("de", "Sind Sie ein Mensch?"),
    ("de", "Muss ich mit einem Mitarbeiter sprechen?"),
    ("de", "Ein Tisch für eine Person."),
    ("de", "Eine Person."),
    ("de", "Ich brauche eine Person, die mir hilft."),
    ("de", "Ich möchte eine Person anmelden."),
    ("de", "Ich möchte mit der Person sprechen, die mich angerufen hat."),
    ("es", "No quiero hablar con una persona."),
    ("es", "¿Es usted una persona?"),
    ("es", "Una persona, por favor."),
    ("es", "Quiero hablar con la persona que me llamó."),
    ("es", "Necesito una persona que me ayude."),
    ("fr", "Je ne veux pas parler à un humain."),
    ("fr", "Êtes-vous un humain ?"),
    ("fr", "Une table pour une personne."),
    ("fr", "Une personne."),
    ("fr", "Je voudrais une personne de plus à table."),
    ("it", "Non voglio parlare con una persona."),
    ("it", "Lei è una persona?"),
    ("it", "Una persona."),
    ("it", "Vorrei una persona in più al tavolo."),
    ("nl", "Ik wil niet met een mens praten."),
    ("nl", "Bent u een mens?"),
    ("nl", "Een persoon."),
    ("nl", "Ik wil een persoon toevoegen."),
    ("pl", "Nie chcę rozmawiać z człowiekiem."),
    ("pl", "Czy rozmawiam z człowiekiem?"),
    ("pt", "Não quero falar com uma pessoa."),
    ("pt", "Você é uma pessoa?"),
    ("pt", "Uma pessoa."),
    ("pt", "Quero uma pessoa a mais na mesa."),
    ("tr", "İki kişi istiyorum."),
    ("tr", "Bir insanla konuşmak istemiyorum."),
    ("tr", "Siz insan mısınız?"),
]
COMPLAINTS = [
    ("en", "You don't understand me."),
    ("en", "No, that's wrong."),
    ("en", "That's not what I said!"),
    ("en", "You stupid machine."),
    ("de", "Sie verstehen mich nicht."),
    ("de", "Das ist falsch."),
    ("es", "No me entiende."),
    ("es", "Eso no es lo que dije."),
    ("fr", "Vous ne comprenez rien."),
    ("fr", "C'est faux."),
    ("it", "Non mi capisce."),
    ("it", "Non è vero."),
    ("nl", "U begrijpt me niet."),
    ("nl", "Dat klopt niet."),
    ("pl", "Pani nie rozumie."),
    ("pl", "To nieprawda."),
    ("pt", "Você não me entende."),
    ("pt", "Isso está errado."),
    ("tr", "Beni anlamıyorsunuz."),
    ("tr", "Bu yanlış."),
]
NO_COMPLAINTS = [
    ("en", "I don't understand the second item on the bill."),
    ("en", "That's right."),
    ("de", "Das ist richtig."),
    ("es", "Eso es correcto."),
    ("fr", "C'est ça."),
    ("it", "È giusto."),
    ("nl", "Dat klopt."),
    ("pl", "To prawda."),
    ("pt", "Isso mesmo."),
    ("tr", "Bu doğru."),
]


@pytest.mark.parametrize(("language", "text"), EMERGENCIES)
def test_somebody_is_in_danger(language: str, text: str) -> None:
    assert Pleas(language=language).emergency(text)


@pytest.mark.parametrize(("language", "text"), [*NO_EMERGENCIES, *PERSONS, *NO_PERSONS])
def test_nobody_is_in_danger(language: str, text: str) -> None:
    assert not Pleas(language=language).emergency(text)


@pytest.mark.parametrize(("language", "text"), PERSONS)
def test_a_person_is_wanted(language: str, text: str) -> None:
    assert Pleas(language=language).person(text)


@pytest.mark.parametrize(("language", "text"), [*NO_PERSONS, *EMERGENCIES, *NO_EMERGENCIES])
def test_no_person_is_wanted(language: str, text: str) -> None:
    assert not Pleas(language=language).person(text)


@pytest.mark.parametrize(("language", "text"), COMPLAINTS)
def test_a_complaint(language: str, text: str) -> None:
    assert Pleas(language=language).complaint(text)


@pytest.mark.parametrize(("language", "text"), [*NO_COMPLAINTS, *PERSONS, *EMERGENCIES])
def test_no_complaint(language: str, text: str) -> None:
    assert not Pleas(language=language).complaint(text)


@pytest.mark.parametrize(
    ("language", "text", "yes"),
    [
        ("en", "Yes, please.", True),
        ("en", "Yes, but first tell me the price.", False),
        ("en", "No.", False),
        ("en", "", False),
        ("de", "Ja, gerne!", True),
        ("de", "Nein.", False),
    ],
)
def test_a_yes_and_nothing_else(language: str, text: str, *, yes: bool) -> None:
    assert Pleas(language=language).assent(text) is yes


def test_every_language_is_tried_with_both_kinds() -> None:
    """A language that is added has to come with sentences of all kinds."""
    tables = (EMERGENCIES, NO_EMERGENCIES, PERSONS, NO_PERSONS, COMPLAINTS, NO_COMPLAINTS)
    for table in tables:
        assert {language[:2] for language, _ in table} == set(LANGUAGES)


def test_words_of_the_agents_file_count_too() -> None:
    """And one that is no pattern is named."""
    assert Pleas(language="en", emergencies=["elevator is stuck"]).emergency("Elevator is stuck!")
    with pytest.raises(ValueError, match=r"emergency pattern 'stuck \('"):
        Pleas(language="en", emergencies=["stuck ("])


def test_in_a_language_without_words_all_is_left_to_the_model() -> None:
    pleas = Pleas(language="sv")
    assert not pleas.emergency("This is an emergency!")
    assert not pleas.person("I want a human.")
