"""Columns that say who may be called, by names that no list holds whole."""

import pytest
from row_kit import called, read_column

from bot.batches.reading.header_words import protective_field

MARKED = """
Exclude from calling list|Exclude From Outreach|Exclude from campaigns|Exclude from dialer|Exclude?
DNC Flag|DNCL|Do Not Robocall|Do Not Contact by Phone|Do not contact via phone|Call Restricted
Restrict calls|Exclude from reminders|Exclude|Litigator|Reminders Off|Call Opt-Out
No Automated Calls
Ausgeschlossen|Excluido|Exclu|Escluso|Uitgesloten|Wykluczony
Nicht anrufen|No llamar|Ne pas appeler|Non chiamare|Não ligar|Niet bellen|Nie dzwonić|Aramayın
"""
WELCOME = """
Okay to phone?|Call permitted|Accepts automated calls|Automated call consent|OK to call
Telefonische Erinnerung|Recordatorio telefónico|Rappel par téléphone|Anruf erwünscht
Acepta llamadas|Accepte les appels|Accetta chiamate|Aceita ligações|Mag gebeld worden
Authorized to call|Calls Authorized|Phone authorization
"""
CHANNELS = """
Contact Preference|Comm Pref|Communication Pref|Pref Contact|Contact Pref|Preferred Comm|Comms
Communicate via|How should we contact you|Preferred mode|Reminder Method|Kontakt bevorzugt
Kommunikationskanal|Forma de contacto|Moyen de contact|Canale di contatto|Contact via
Forma de contato|İletişim tercihi
"""
OTHERS = """
Last contact|Reminder sent|Booked via|Source|Contact Email|OK to text cell
Do Not Text|Email Opt Out
"""


def each(text: str) -> list[str]:
    return [name for line in text.strip().splitlines() for name in line.split("|")]


@pytest.mark.parametrize("header", each(MARKED))
def test_a_mark_leads_to_no_call(header: str) -> None:
    """And a plain no, or nothing, to one; what asks for no contact is no preference for one."""
    assert protective_field(header) == "do_not_call"
    found = read_column(header, ["Yes", "x", "No", ""])
    assert called(found) == [4, 5]
    assert len(found.no_calls) == 2


@pytest.mark.parametrize("header", each(WELCOME))
def test_a_no_to_calls_leads_to_none(header: str) -> None:
    """Nor does another channel."""
    assert called(read_column(header, ["No", "Text only", "Yes", ""])) in ([4], [4, 5])


@pytest.mark.parametrize("header", each(CHANNELS))
def test_who_prefers_another_channel_is_not_called(header: str) -> None:
    """Whatever the office calls the column."""
    assert called(read_column(header, ["Email", "Text", "SMS only", "Phone", ""])) == [5, 6]


@pytest.mark.parametrize("header", each(OTHERS))
def test_columns_about_something_else_stop_nobody(header: str) -> None:
    """How somebody was told before, or whether other channels are welcome."""
    assert called(read_column(header, ["Email", "Phone", ""])) == [2, 3, 4]


@pytest.mark.parametrize(
    ("header", "cell"),
    [
        *((f"Exclude from {what}", "Y") for what in ("Statements", "Collections", "AR", "Recall")),
        ("Authorization Phone", "212-555-0199"),
        ("Authorized Rep Phone", "No"),
        ("Tot", "10:30"),
        ("Via", "Dove 3"),
        ("Referred by", "ASL"),
    ],
)
def test_a_name_that_only_sounds_like_it_marks_nobody(header: str, cell: str) -> None:
    """What they are left out of, whose number it is, until when, and a word of another language."""
    found = read_column(header, [cell, ""])
    assert called(found) == [2, 3]
    assert not found.no_calls


@pytest.mark.parametrize("cells", [["Yes", "", ""], ["", "No", "Yes"], ["x", "", "x"]])
def test_marks_that_nothing_looks_at_are_told_of(cells: list[str]) -> None:
    """A column of marks may be about calls, whatever it is called."""
    found = read_column("Frobnicate", cells)
    assert [note for note in found.notes if '"Frobnicate"' in note.what]
    assert not read_column("Frobnicate", ["7", "", "blue"]).notes


AGAINST = """
no reminder needed|declines reminders|reminder not needed|do not autodial|angry about calls
blocked us|contact by email|email instead|use email|text pt|txt only|SMS please
portal only please|email her
written communication only|threatened to sue|call attorney|pt expired|won't make it|wants to cancel
needs to reschedule|not coming|number is disconnected|not his number|lost phone|call cell only
do not use this number|dismissed from practice|Erinnerung nicht nötig|per E-Mail bitte
SMS statt Anruf|Kontaktaufnahme nur schriftlich|Nummer gehört jemand anderem|kommt nicht
ist tot|Hausverbot
no necesita recordatorio|mejor por WhatsApp|no va a venir|bloqueó el número|murió en mayo
pas de rappel|par mail svp|ne viendra pas|nessun promemoria|via email per favore|vuole spostare
não quer lembrete|por e-mail por favor|não vem|geen herinnering|graag per mail|komt niet
bez przypomnień|proszę mailem|nie przyjdzie|hatırlatma istemiyor|e-posta lütfen|gelmeyecek
ne veut pas recevoir de rappel|doesn't want to be called|doesn't want reminder sent
requested no reminder sent|möchte keine Erinnerung erhalten
wil geen herinnering ontvangen|no quiere recibir recordatorios
aucun rappel|Pas de rappel, svp|ne souhaite pas de rappel|contact via text|via SMS please
nur per SMS|contacter par mail|SMS yoluyla lütfen|Patient tot|Pat. tot|Patientin kommt nicht
la paciente no viene el 5/3|vraag naar nicht|elle ne vient pas|no viene hoy|nummer niet in gebruik
numara kullanılmıyor|currently in hospital|in the hospital|liegt im Krankenhaus
ligt in het ziekenhuis|jest w szpitalu|şu an hastanede|hastanede|hat mit Anwalt gedroht
received form declines calls|amenaza con abogado|menace d'avocat|minaccia di chiamare l'avvocato
dreigt met advocaat|grozi prawnikiem|ameaçou com advogado|avukatla tehdit etti|hablar con su abogado
"""
HARMLESS = """
no reminder sent yet|reminder sent 5/3|email sent|texted pt 5/3|sent by email|Email: ann@x.com
referral by fax|records by mail|email on file|please arrive early|by appointment
needs portal access|written consent on file|letter mailed|mail order pharmacy|Post, Emily
booked via portal|text on arrival|confirmed via email|forms by email|attorney letter on file
hospital follow up|chat with pt|no copay|declined flu shot|refused vaccine|denies pain
no known allergies|d/c'd meds|auth expired|moved from NJ|daughter will drive|wants Dr. Smith only
wife is POA|spoke with wife|no show x2|cancelled last appt|waitlist for earlier|works nights
afternoon appt preferred|block 60 min|emergency contact: wife 5551234|prefers phone|phone only
call only|no preference|text or call|reminder card given|cell phone only
Never received reminder|patient did not get a reminder|no reminder sent|no recibió recordatorio
keine Erinnerung erhalten|n'a pas reçu de rappel|geen herinnering ontvangen|não recebeu lembrete
Message laissé, pas de rappel|pas de rappel vaccin|paga 50 libras|kullanılmıyor
medicatie niet in gebruik|Bus kommt nicht pünktlich|la madre no viene con ella|man komt niet mee
o marido não vem junto|works in hospital|arbeitet im Krankenhaus|pracuje w szpitalu
hastanede çalışıyor|Beruf: Rechtsanwalt|abogado|avocat|avvocato|advocaat|adwokat|advogada|avukat
verzekerd tot december
"""


@pytest.mark.parametrize("note", each(AGAINST))
def test_a_note_leads_to_no_call(note: str) -> None:
    """Reminders refused, other channels wished for, who will not come, numbers of nobody."""
    assert called(read_column("Notes", [note, "wheelchair"])) == [3]


@pytest.mark.parametrize("note", each(HARMLESS))
def test_a_note_about_something_else_stops_nobody(note: str) -> None:
    """What was sent, how it was booked, what to bring."""
    assert called(read_column("Notes", [note, "wheelchair"])) == [2, 3]


@pytest.mark.parametrize("header", ["Reminder Phone", "Phone for reminders", "Notification Cell"])
def test_a_number_for_reminders_says_nothing_of_calls(header: str) -> None:
    """Only a bare yes or no there may be about them."""
    found = read_column(header, ["212-555-0199", "", "No", "Yes"])
    assert called(found) == [2, 3]
    assert all("may say whether they may be called" in bad.why for bad in found.bad_rows)


@pytest.mark.parametrize(
    ("header", "cell"),
    [
        ("Preferred language for communication", "Spanish"),
        ("Notification Language Preference", "English"),
        ("Contact Relation Preferred", "Mother"),
        ("Contact Email Preferred", "ann@example.com"),
        ("How did you hear about us", "Postcard"),
        ("Referral Method", "Fax"),
        ("Payment Method", "Mail"),
        ("Delivery method", "Mail"),
        ("Rechnung", "per E-Mail"),
        ("Invoice", "via email"),
        ("Statement", "by mail"),
        ("Booking", "via portal"),
        ("Factura", "por correo"),
        ("Facture", "par mail"),
        ("Fattura", "tramite email"),
        ("Faktura", "przez e-mail"),
        ("Fatura", "e-posta ile"),
    ],
)
def test_a_preference_for_something_else_stops_nobody(header: str, cell: str) -> None:
    """In which language, or who it is."""
    assert called(read_column(header, [cell, ""])) == [2, 3]
