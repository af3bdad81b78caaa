"""What an agent claims to have done, and what it only asks, means to do, or denies."""

import pytest

from processors.words.claims import KINDS, Claims
from processors.words.languages import LANGUAGES

MADE = {
    "en": (
        ("You're booked for Tuesday at three.", "standing"),
        ("Perfect, you are all set for Tuesday at three p.m. Is there anything else?", "standing"),
        ("I've booked you in for Tuesday at 3:00 with Dr. Lee.", "booked"),
        ("I've booked it, and if anything changes, just call us.", "booked"),
        ("I have gone ahead and scheduled that for you.", "booked"),
        ("I just made the appointment for you.", "booked"),
        ("Your appointment has been booked. Your reference is A 7.", "booked"),
        ("I have you down for Friday at noon.", "standing"),
        ("Okay, I put you in for Friday at noon.", "booked"),
        ("I've reserved that time for you.", "held"),
        ("I've confirmed your appointment.", "confirmed"),
        ("Great, your appointment is confirmed for tomorrow.", "confirmed"),
        ("I've cancelled it for you.", "cancelled"),
        ("That's been canceled.", "cancelled"),
        ("Your appointment on Tuesday is now cancelled.", "cancelled"),
        ("I've moved your appointment to Thursday.", "moved"),
        ("I rescheduled it to Thursday at ten.", "moved"),
        ("I've just sent you a text with the address.", "texted"),
        ("The text message is on its way.", "texted"),
        ("I texted you the link.", "texted"),
        ("I've emailed you the form.", "mailed"),
        ("I sent you a confirmation by e-mail.", "mailed"),
        ("I left them a message.", "message"),
        ("I've passed that on to Dr. Lee.", "message"),
        ("I've let the doctor know that you called.", "message"),
        ("I've taken your message.", "message"),
        ("Your message has been passed to the team.", "message"),
        ("I've taken your number off our list.", "removed"),
        ("I've removed you from the list.", "removed"),
    ),
    "de": (
        ("Ich habe Sie für Dienstag um drei eingetragen.", "booked"),
        ("Ich habe den Termin am 3. März um 10 Uhr gebucht.", "booked"),
        ("So, jetzt habe ich das für Sie gebucht.", "booked"),
        ("Ihr Termin wurde eingetragen.", "booked"),
        ("Ich habe Ihnen die Zeit reserviert.", "held"),
        ("Sie sind für Dienstag um drei eingetragen.", "standing"),
        ("Damit ist Ihr Termin fest gebucht.", "standing"),
        ("Ich habe den Termin bestätigt.", "confirmed"),
        ("Ihr Termin ist bestätigt.", "confirmed"),
        ("Ich habe Ihren Termin abgesagt.", "cancelled"),
        ("Ihr Termin wurde storniert.", "cancelled"),
        ("Ich habe den Termin auf Donnerstag verschoben.", "moved"),
        ("Der Termin ist auf Donnerstag verlegt.", "moved"),
        ("Ich habe Ihnen eine SMS mit der Adresse geschickt.", "texted"),
        ("Die SMS ist schon unterwegs.", "texted"),
        ("Ich habe Ihnen eine E-Mail geschickt.", "mailed"),
        ("Ich habe das an Doktor Lee weitergegeben.", "message"),
        ("Ich habe Ihre Nachricht aufgenommen.", "message"),
        ("Ihre Nachricht wurde weitergeleitet.", "message"),
        ("Ich habe Ihre Nummer aus der Liste gestrichen.", "removed"),
    ),
    "es": (
        ("He agendado su cita para el martes a las tres.", "booked"),
        ("Acabo de programar su cita.", "booked"),
        ("Su cita está agendada para el martes.", "standing"),
        ("Listo, queda agendada para el martes a las tres.", "standing"),
        ("Le he reservado la mesa.", "held"),
        ("He confirmado su cita.", "confirmed"),
        ("Su cita queda confirmada.", "confirmed"),
        ("He cancelado su cita.", "cancelled"),
        ("Su cita ha sido cancelada.", "cancelled"),
        ("He cambiado su cita al jueves.", "moved"),
        ("La he movido al jueves.", "moved"),
        ("Le he enviado un mensaje de texto.", "texted"),
        ("Acabo de mandarle un SMS con la dirección.", "texted"),
        ("Le he enviado un correo.", "mailed"),
        ("He dejado un recado para la doctora.", "message"),
        ("Sí, he avisado a la doctora.", "message"),
        ("He quitado su número de la lista.", "removed"),
    ),
    "fr": (
        ("J'ai pris votre rendez-vous pour mardi à trois heures.", "booked"),
        ("Votre rendez-vous a bien été enregistré.", "booked"),
        ("Votre rendez-vous est fixé à mardi.", "standing"),
        ("Je vous ai réservé une table.", "held"),
        ("J'ai confirmé votre rendez-vous.", "confirmed"),
        ("Votre rendez-vous est confirmé.", "confirmed"),
        ("J'ai annulé votre rendez-vous.", "cancelled"),
        ("Votre rendez-vous est bien annulé.", "cancelled"),
        ("J'ai déplacé votre rendez-vous à jeudi.", "moved"),
        ("Je vous ai envoyé un SMS avec l'adresse.", "texted"),
        ("Je viens de vous envoyer un e-mail.", "mailed"),
        ("J'ai transmis votre message au docteur.", "message"),
        ("J'ai prévenu le docteur.", "message"),
        ("J'ai retiré votre numéro de la liste.", "removed"),
    ),
    "it": (
        ("Ho fissato l'appuntamento per martedì alle tre.", "booked"),
        ("Il suo appuntamento è stato registrato.", "booked"),
        ("Il suo appuntamento è fissato per martedì.", "standing"),
        ("Le ho prenotato un tavolo.", "held"),
        ("Ho confermato il suo appuntamento.", "confirmed"),
        ("Il suo appuntamento è confermato.", "confirmed"),
        ("Ho cancellato il suo appuntamento.", "cancelled"),
        ("La visita è stata annullata.", "cancelled"),
        ("Ho spostato l'appuntamento a giovedì.", "moved"),
        ("Le ho appena inviato un SMS con l'indirizzo.", "texted"),
        ("Le ho mandato una mail.", "mailed"),
        ("Ho lasciato un messaggio al dottore.", "message"),
        ("Ho avvisato il dottore.", "message"),
        ("Ho tolto il suo numero dalla lista.", "removed"),
    ),
    "nl": (
        ("Ik heb u ingepland voor dinsdag om drie uur.", "booked"),
        ("Ik heb een afspraak voor u gemaakt.", "booked"),
        ("U staat voor dinsdag in de agenda.", "standing"),
        ("Uw afspraak is geboekt.", "standing"),
        ("Ik heb een tafel voor u gereserveerd.", "held"),
        ("Ik heb uw afspraak bevestigd.", "confirmed"),
        ("Uw afspraak is bevestigd.", "confirmed"),
        ("Ik heb uw afspraak geannuleerd.", "cancelled"),
        ("De afspraak is afgezegd.", "cancelled"),
        ("Ik heb de afspraak naar donderdag verzet.", "moved"),
        ("Ik heb u een sms gestuurd.", "texted"),
        ("Ik heb u een e-mail gestuurd.", "mailed"),
        ("Ik heb het aan de dokter doorgegeven.", "message"),
        ("Uw bericht is genoteerd.", "message"),
        ("Ik heb uw nummer van de lijst gehaald.", "removed"),
    ),
    "pl": (
        ("Umówiłam pana na wtorek o trzeciej.", "booked"),
        ("Wizyta została zapisana.", "booked"),
        ("Jest pani umówiona na wtorek.", "standing"),
        ("Zarezerwowałem stolik na ósmą.", "held"),
        ("Potwierdziłam wizytę.", "confirmed"),
        ("Wizyta jest potwierdzona.", "confirmed"),
        ("Odwołałam pani wizytę.", "cancelled"),
        ("Wizyta została odwołana.", "cancelled"),
        ("Przełożyłam wizytę na czwartek.", "moved"),
        ("Wysłałam pani SMS z adresem.", "texted"),
        ("Wysłałem panu e-mail.", "mailed"),
        ("Przekazałam wiadomość lekarzowi.", "message"),
        ("Poinformowałam doktora.", "message"),
        ("Usunęłam pana numer z listy.", "removed"),
    ),
    "pt": (
        ("Agendei a sua consulta para terça às três.", "booked"),
        ("A sua consulta foi marcada.", "booked"),
        ("A sua consulta está marcada para terça.", "standing"),
        ("Reservei uma mesa para dois.", "held"),
        ("Confirmei a sua consulta.", "confirmed"),
        ("A sua consulta está confirmada.", "confirmed"),
        ("Cancelei a sua consulta.", "cancelled"),
        ("A consulta foi cancelada.", "cancelled"),
        ("Remarquei a sua consulta para quinta.", "moved"),
        ("Enviei um SMS com o endereço.", "texted"),
        ("Acabei de enviar um e-mail.", "mailed"),
        ("Deixei um recado para a doutora.", "message"),
        ("Avisei a doutora.", "message"),
        ("Retirei o seu número da lista.", "removed"),
    ),
    "tr": (
        ("Salı günü saat üç için randevunuzu oluşturdum.", "booked"),
        ("Sizi salı gününe yazdım.", "booked"),
        ("Randevunuz hazır.", "standing"),
        ("Masayı sizin için ayırdım.", "held"),
        ("Randevunuzu onayladım.", "confirmed"),
        ("Randevunuz onaylandı.", "confirmed"),
        ("Randevunuzu iptal ettim.", "cancelled"),
        ("RANDEVUNUZ İPTAL EDİLDİ.", "cancelled"),
        ("Randevunuzu perşembeye erteledim.", "moved"),
        ("Size adresi SMS ile gönderdim.", "texted"),
        ("Size bir e-posta gönderdim.", "mailed"),
        ("Mesajınızı doktora ilettim.", "message"),
        ("Doktora haber verdim.", "message"),
        ("Numaranızı listeden çıkardım.", "removed"),
    ),
}
NOT_MADE = {
    "en": (
        "Shall I book it?",
        "I'll book it for you.",
        "I'm going to send you a text.",
        "Let me cancel that for you.",
        "Once it's booked, you will get a text.",
        "If you like, I can have you booked by noon.",
        "As soon as I've booked it, I'll tell you.",
        "You're booked for Tuesday as soon as you say yes.",
        "Would you like me to say you're booked for Tuesday?",
        "So I have you down for Tuesday at 3 p.m. with Dr. Lee, is that right?",
        "I haven't booked it yet.",
        "I have not cancelled anything.",
        "It's not booked.",
        "Your appointment can't be cancelled on the phone.",
        "Tuesday is fully booked, I'm afraid.",
        "We're booked up on Tuesday.",
        "Have you booked with us before?",
        "I can leave them a message.",
        "You'll get a text message.",
        "You can cancel it by text.",
        "I've found two free times.",
        "I've noted your name.",
        "Did you get the text I mentioned?",
        "Your appointment is on Tuesday at three.",
        "It will be booked under Miller.",
        "I see that you have moved house.",
    ),
    "de": (
        "Soll ich das buchen?",
        "Ich buche das gleich für Sie.",
        "Ich werde Ihnen eine SMS schicken.",
        "Wenn ich Sie eingetragen habe, sage ich Bescheid.",
        "Sobald der Termin gebucht ist, bekommen Sie eine SMS.",
        "Ich habe den Termin noch nicht gebucht.",
        "Ich habe nichts abgesagt.",
        "Ihr Termin ist noch nicht bestätigt.",
        "Am Dienstag ist alles ausgebucht.",
        "Soll der Termin am 3. März eingetragen werden?",
        "Möchten Sie, dass ich eine Nachricht hinterlasse?",
        "Ihr Termin ist am Dienstag um drei.",
        "Ich habe zwei freie Zeiten gefunden.",
    ),
    "es": (
        "¿Quiere que la reserve?",
        "Voy a agendar su cita.",
        "Le enviaré un mensaje de texto.",
        "Si he agendado su cita, se lo digo.",
        "Cuando esté agendada, se lo digo.",
        "Su cita no está confirmada.",
        "No he cancelado nada.",
        "Todavía no he agendado su cita.",
        "Puedo dejarle un recado.",
        "Su cita es el martes.",
        "He encontrado dos horas libres.",
    ),
    "fr": (
        "Voulez-vous que je réserve ?",
        "Je vais annuler votre rendez-vous.",
        "Je vous enverrai un SMS.",
        "Dès que votre rendez-vous est confirmé, je vous le dis.",
        "Je n'ai pas annulé votre rendez-vous.",
        "Votre rendez-vous n'est pas confirmé.",
        "Je peux laisser un message.",
        "Votre rendez-vous est mardi.",
        "J'ai trouvé deux créneaux libres.",
    ),
    "it": (
        "Vuole che lo prenoti?",
        "Adesso fisso l'appuntamento.",
        "Le manderò un SMS.",
        "Quando ho fissato l'appuntamento glielo dico.",
        "Non ho ancora fissato l'appuntamento.",
        "Il suo appuntamento non è confermato.",
        "Posso lasciare un messaggio.",
        "Il suo appuntamento è martedì.",
        "Ho trovato due orari liberi.",
    ),
    "nl": (
        "Zal ik het boeken?",
        "Ik ga u inplannen.",
        "Ik stuur u een sms.",
        "Zodra uw afspraak is bevestigd, hoort u het.",
        "Ik heb de afspraak nog niet geboekt.",
        "Uw afspraak is niet bevestigd.",
        "Ik kan een bericht achterlaten.",
        "Uw afspraak is dinsdag.",
        "Ik heb twee vrije tijden gevonden.",
    ),
    "pl": (
        "Czy mam umówić wizytę?",
        "Zaraz umówię pana na wtorek.",
        "Wyślę pani SMS.",
        "Gdy wizyta jest potwierdzona, dam znać.",
        "Nie odwołałam wizyty.",
        "Wizyta nie jest potwierdzona.",
        "Mogę przekazać wiadomość.",
        "Wizyta jest we wtorek.",
        "Znalazłam dwa wolne terminy.",
    ),
    "pt": (
        "Quer que eu marque?",
        "Vou agendar a sua consulta.",
        "Vou enviar um SMS.",
        "Assim que a consulta está marcada, eu aviso.",
        "Ainda não agendei a sua consulta.",
        "A sua consulta não está confirmada.",
        "Posso deixar um recado.",
        "A sua consulta é na terça.",
        "Encontrei dois horários livres.",
    ),
    "tr": (
        "Randevunuzu iptal edeyim mi?",
        "Randevunuzu oluşturacağım.",
        "Size SMS göndereceğim.",
        "Eğer randevunuzu oluşturdum derse sistem, söylerim.",
        "Randevunuzu henüz oluşturmadım.",
        "Randevunuz onaylanmadı.",
        "Mesaj bırakabilirim.",
        "Randevunuz salı günü.",
        "İki boş saat buldum.",
    ),
}


def _told(table: dict[str, tuple[object, ...]]) -> list[object]:
    return [
        pytest.param(language, told, id=f"{language}-{number}")
        for language, lines in table.items()
        for number, told in enumerate(lines)
    ]


@pytest.mark.parametrize(("language", "told"), _told(MADE))
def test_a_claim_is_heard(language: str, told: tuple[str, str]) -> None:
    """In each shipped language, of the kind that it is."""
    text, kind = told
    assert Claims(language).made(text) == (kind,)


@pytest.mark.parametrize(("language", "text"), _told(NOT_MADE))
def test_what_is_asked_meant_for_later_or_denied_is_no_claim(language: str, text: str) -> None:
    """Nor what is only so under a condition, and what is a fact of another kind."""
    assert Claims(language).made(text) == ()


@pytest.mark.parametrize("language", LANGUAGES)
def test_each_shipped_language_has_claims_of_every_kind(language: str) -> None:
    """A file that lacks one is as good as none there; `MADE` has an example of each."""
    assert all(getattr(LANGUAGES[language].claims, kind) for kind in KINDS)
    assert {kind for _, kind in MADE[language]} == set(KINDS)
    assert NOT_MADE[language]


@pytest.mark.parametrize(
    ("language", "text"),
    [
        ("en", "I'm sorry, it isn't booked yet."),
        ("de", "Entschuldigung, das ist noch nicht gebucht."),
        ("es", "Lo siento, todavía no está agendada."),
        ("fr", "Pardon, ce n'est pas encore réservé."),
        ("it", "Mi scusi, non è ancora fissato."),
        ("nl", "Sorry, het is nog niet geboekt."),
        ("pl", "Przepraszam, to jeszcze nie jest umówione."),
        ("pt", "Desculpe, ainda não está marcada."),
        ("tr", "Özür dilerim, henüz oluşturulmadı."),
    ],
)
def test_taking_back_is_heard(language: str, text: str) -> None:
    """And is no new claim."""
    assert Claims(language).taken_back(text)
    assert Claims(language).made(text) == ()


def test_a_language_without_a_file_has_no_claims() -> None:
    """The model is left to it."""
    assert Claims("ja").made("You're booked for Tuesday.") == ()


def test_several_claims_in_one_turn_are_all_heard() -> None:
    """Each kind once."""
    text = "I've booked you for Tuesday. I booked it under Miller, and I've sent you a text."
    assert set(Claims("en").made(text)) == {"booked", "texted"}
