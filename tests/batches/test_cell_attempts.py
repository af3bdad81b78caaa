"""What came of calls before is neither a yes nor a no: the row is read as if it said nothing.
That a number is wrong, or somebody wants no more calls, is no such thing.
"""

import pytest
from row_kit import called, read_column, read_rows

from bot.batches.reading.cell_attempts import tells_of_attempts
from bot.batches.reading.cell_consent import consent_in
from bot.batches.reading.cell_status import BadStatus, read_status
from bot.batches.settings import BatchSettings, Machines

LEAVES = BatchSettings(machines=Machines(then="leave_message", message="Please ring us back."))


def each(text: str) -> list[str]:
    return [cell for line in text.strip().splitlines() for cell in line.split("|")]


ATTEMPTS = """
no message, vm full|vm full|left msg|no answer x2|LM 3/2|n/a voicemail not set up|LVM 3/2 x2|no ans
NA x3|na 3/2, na 3/4|busy|line busy|fast busy|rang out|no pick up|VM full 3/2|mailbox full
voicemail box is full|cannot leave message, mailbox full|unable to LM|no VM set up|call dropped
couldn't leave vm - full|did not answer|didn't pick up|no response|no reply|not reached|got cut off
called 3x no answer|pt will cb|dead air|LMTCB|lm w/ wife|left msg with mother|lm on home phone
msg left 3/2|LMOVM|VM not set up|went to vm|left message for pt to call back|missed call 3/2
nicht erreicht|2x angerufen, nicht erreicht|AB voll|Nachricht hinterlassen|besetzt
auf AB gesprochen 3.2.|Mailbox voll|ruft zurück|no contesta|buzón lleno|se dejó mensaje 3/2
no contestó x2|línea ocupada|ne répond pas|messagerie pleine|message laissé le 3/2|injoignable
va rappeler|non risponde|segreteria piena|lasciato messaggio|non raggiungibile|geen gehoor
voicemail vol|bericht ingesproken
niet bereikt|belt terug|nie odbiera|skrzynka pełna|zostawiono wiadomość|zajęte|não atende
caixa postal cheia|deixei recado|ligação caiu|cevap vermedi|telesekreter dolu|meşgul|ulaşılamadı
"""
NO_ATTEMPTS = """
wrong number|left msg, wrong number|disconnected|disconnected 3/2|WN|disco'd|number no good
dead line|fax machine|fax tone|it's a fax|do not call|hung up - stop calling
no answer, do not call again
told us not to call again|never call again|not interested|LM 3/2, not interested|no thanks
refused to talk|says stop|asked to be removed|lose my number|C&D|no call back needed|D.N.C.
nicht mehr anrufen|kein Interesse|falsche Nummer|Nummer ungültig|nein danke|no interesado|no gracias
número equivocado|número no existe|pas intéressé|faux numéro|numéro invalide|non merci
non interessato|numero inesistente|no grazie|geen interesse|nummer bestaat niet|nee bedankt
niezainteresowany|numer nie istnieje|nie dziękuję|sem interesse|número inválido|não obrigado
ilgilenmiyor|geçersiz numara|numara iptal|wrong #|wrong # per mother|number belongs to ex-wife
please remove my number|tired of calls|caller blocked|phone shut off|bitte löschen|Nummer löschen
quiten mi número|retirez mon numéro|togliete il mio numero|verwijder mijn nummer|usunąć mój numer
apague meu número|numaramı silin
"""


@pytest.mark.parametrize("cell", each(ATTEMPTS))
def test_what_came_of_a_call_leads_to_another(cell: str) -> None:
    """In notes, as a status, and where the best time for calls should stand."""
    assert tells_of_attempts(cell)
    for header in ("Notes", "Appt Status", "Best Time to Call"):
        assert called(read_column(header, [cell, ""])) == [2, 3], header


@pytest.mark.parametrize("cell", each(ATTEMPTS))
def test_what_came_of_a_call_is_no_consent_and_no_refusal(cell: str) -> None:
    """Where only a yes or a no is understood the row comes back, and its number is not refused."""
    assert consent_in(cell) == "unclear"
    for header in ("Consent", "OK to Call", "Do Not Call"):
        found = read_column(header, [cell, "no" if header == "Do Not Call" else "yes"])
        assert called(found) == [3]
        assert not found.refusals


TIMED = """
not available am|not available mon|unavailable fri|no answer am, call pm|call back pm|call back at 5
tried at 5pm, no answer|no answer this morning|nicht erreicht, 17 Uhr|nicht erreichbar ab 17 Uhr
ab 17 Uhr nicht erreichbar|no contesta a las 5|pas de réponse 17h|non risponde alle 9
geen gehoor om 9|nie odbiera o 9|não atende às 9|saat 9 cevap vermedi|unavailable
"""


@pytest.mark.parametrize("cell", each(TIMED))
def test_a_column_of_hours_to_call_may_name_one_beside_them(cell: str) -> None:
    """What came of a call at that hour, or when to call: the row comes back."""
    assert called(read_column("Best Time to Call", [cell, ""])) == [3]


@pytest.mark.parametrize(
    "cell", ["nicht erreicht am 3.2.", "no answer x2, 3/2", "3x called, no answer 2026-03-02"]
)
def test_the_day_of_a_call_and_their_number_are_no_hours(cell: str) -> None:
    """They say when was called, not when to call."""
    assert called(read_column("Best Time to Call", [cell, ""])) == [2, 3]


STATUS_AGAINST = """
meldet sich ab|Pat. meldet sich ab 5.3.|meldet sich ab, AB voll|sagt ab|meldt zich af
unavailable|not available|Patient unavailable 5/3|Scheduled - unavailable
"""


@pytest.mark.parametrize("cell", each(STATUS_AGAINST))
def test_a_status_that_may_call_off_the_visit_is_no_attempt(cell: str) -> None:
    """The patient may be unavailable for the visit; "AB" is a machine, "ab" is off."""
    assert called(read_column("Appt Status", [cell, ""])) == [3]


@pytest.mark.parametrize("cell", ["called, not available", "unavailable by phone", "auf AB"])
def test_that_nobody_was_there_for_a_call_is_an_attempt(cell: str) -> None:
    """Beside a word for calls that is what it says."""
    assert called(read_column("Appt Status", [cell, ""])) == [2, 3]


@pytest.mark.parametrize("cell", each(NO_ATTEMPTS))
def test_what_speaks_against_the_next_call_prevents_it(cell: str) -> None:
    """Among words about earlier calls, too, in notes and as a status."""
    assert not tells_of_attempts(cell)
    for header in ("Notes", "Call Result", "Appt Status"):
        assert called(read_column(header, [cell, ""])) == [3], header


OF_SOMETHING_ELSE = """
Sutures removed 3/2|insurance expired|Insurance: expired 3/2|declined x-rays|refused fluoride
not interested in implants|no thanks to whitening|wrong tooth charted|dead tooth #14|send fax
no answer from insurance|cease meds 3/1|lisinopril d/c 3/2|cell count low|x2 fillings|busy week
HIPAA on file|per guardian|legal guardian: Maria|END of treatment|end|moved appt|number 14 crown
"""


@pytest.mark.parametrize("cell", each(OF_SOMETHING_ELSE))
def test_such_words_about_something_else_stop_nobody(cell: str) -> None:
    """Notes of an office are about teeth and insurances."""
    assert called(read_column("Notes", [cell, ""])) == [2, 3]


@pytest.mark.parametrize("cell", ["no message, vm full", "vm full", "cannot leave msg - box full"])
def test_a_full_machine_is_no_wish_for_no_messages(cell: str) -> None:
    """The next one may have room; a wish for no messages is kept."""
    assert called(read_column("Notes", [cell, "no voicemail", "no messages pls"], LEAVES)) == [2]


@pytest.mark.parametrize(
    ("cell", "kind"),
    [
        ("Scheduled - LM 3/2", "coming"),
        ("unconfirmed, no answer x2", "coming"),
        ("confirmed, left msg", "confirmed"),
        ("cancelled, left msg", "cancelled"),
        ("no show, left vm", "no_show"),
    ],
)
def test_a_status_counts_beside_them(cell: str, kind: str) -> None:
    """It says how the appointment stands."""
    assert read_status(cell) == kind


def test_a_status_that_names_a_wrong_number_says_so() -> None:
    """The sender learns what to mend."""
    with pytest.raises(BadStatus, match="number is not theirs"):
        read_status("wrong number")


def test_notes_about_calls_are_no_status_column() -> None:
    """Of a column with a "cancelled" among many of them the other notes are left alone."""
    cells = ["LM 3/2", "no answer", "vm full", "left msg", "wheelchair", "bring card", "cancelled"]
    assert called(read_column("Comments", cells)) == [2, 3, 4, 5, 6, 7]


@pytest.mark.parametrize(
    ("beside", "is_called"),
    [("vm full", True), ("no answer 3/2", True), ("disconnected", False), ("do not call", False)],
)
@pytest.mark.parametrize("row", ['"Ann Lee ({})",2125550101', '"Ann Lee","212-555-0101 ({})"'])
def test_beside_a_name_or_number_they_change_nothing(
    row: str, beside: str, is_called: bool
) -> None:
    """Unless they speak against the number."""
    found = read_rows(f"Patient,Phone,State,Date,Time\n{row.format(beside)},NY,2027-06-01,10:00\n")
    assert bool(called(found)) == is_called


@pytest.mark.parametrize(
    ("header", "against", "for_it"),
    [
        ("Wrong Number", ["Yes", "x", "3/2/2026"], ["No", ""]),
        ("Bad Phone?", ["Y"], ["N", ""]),
        ("Invalid Number", ["TRUE"], ["FALSE"]),
        ("Number disconnected", ["x"], [""]),
        ("Falsche Nummer", ["ja"], ["nein", ""]),
        ("Número equivocado", ["sí"], ["no", ""]),
        ("Faux numéro", ["oui"], ["non", ""]),
        ("Left message", [], ["Yes", "No", ""]),
        ("Wrong Number", ["2125550199"], [""]),
        ("Fax Line", ["Yes"], ["212-555-0199", "none", ""]),
        ("Fax machine", ["x"], ["+1 212 555 0199"]),
    ],
)
def test_a_mark_for_a_wrong_number_counts(
    header: str, against: list[str], for_it: list[str]
) -> None:
    """The row comes back."""
    cells = [*against, *for_it]
    wanted = list(range(2 + len(against), 2 + len(cells)))
    assert called(read_column(header, cells)) == wanted
