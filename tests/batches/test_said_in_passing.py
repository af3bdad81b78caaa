"""What no column is for, and says all the same that somebody must not be called, or is not to come:
in notes, beside names and numbers, under names that nobody knows.
"""

from collections.abc import AsyncIterator, Sequence
from datetime import UTC, datetime
from pathlib import Path

import pytest
from batch_kit import opened_store

from bot.batches.gate.contactability import Place
from bot.batches.gate.places import place_of
from bot.batches.intake import Intake
from bot.batches.taken_in import TakenIn
from bot.store import Store
from config import SHIPPED, read_agents
from config.calling_rules import load_rules

NOON = datetime(2026, 11, 30, 17, tzinfo=UTC)
AGENTS = dict(read_agents(SHIPPED))
RULES = load_rules()
HEAD = "Patient,Phone,State,Date,Time"
ROW = "212-555-0101,NY,2027-06-01,10:00"


class Desk:
    """Imports files given as text."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._intake = Intake(
            store=store,
            agents=AGENTS,
            now=lambda: NOON,
            can_tell=False,
            rules=RULES,
        )

    async def open(self, text: str) -> TakenIn:
        return await self._intake.open_batch(
            text.encode(), "t.csv", agent="reminder", settings={"times_in": "America/New_York"}
        )

    async def lines(self, text: str) -> list[int]:
        """Of those who would be called."""
        taken = await self.open(text)
        if taken.batch is None:
            return []
        return [one.line for one in await self._store.batches.find_contacts(taken.batch.id)]

    async def place(self, text: str) -> tuple[Place, Sequence[str]]:
        """Where the one contact of a file may be, and what the import says."""
        taken = await self.open(text)
        assert taken.batch is not None, taken.bad_rows
        (one,) = await self._store.batches.find_contacts(taken.batch.id)
        place = place_of(number=one.number, zone=one.zone, region=one.region, batch_zone="")
        return place, taken.notes

    async def is_called(self, header: str, cells: str) -> bool:
        """Of a file of one row."""
        return bool(await self.lines(f"{header}\n{cells}\n"))


@pytest.fixture
async def desk(tmp_path: Path) -> AsyncIterator[Desk]:
    async with opened_store(tmp_path) as store:
        yield Desk(store)


def column_of(cells: list[str], header: str) -> str:
    """A file with these cells in one column, one row and number each."""
    rows = "".join(
        f'Ann,212555010{at},NY,2027-06-01,10:00,"{cell}"\n' for at, cell in enumerate(cells)
    )
    return f"{HEAD},{header}\n{rows}"


def each(text: str) -> list[str]:
    return [cell for line in text.strip().splitlines() for cell in line.split("|")]


AGAINST_A_CALL = """
does not want to be called|hates phone calls|STOP|Reply: STOP|Unsubscribe|prefers text
wants no reminders|Pt. requested no phone calls, per daughter|asked us to stop calling
möchte nicht angerufen werden|Bitte nicht mehr telefonisch kontaktieren|Anruf unerwünscht
Patient wünscht keinen Anruf|lieber SMS|no quiere que le llamen|prefiere WhatsApp
ne souhaite pas être appelé|plutôt par mail|non desidera essere chiamato|wil niet gebeld worden
não quer receber ligações|prefere WhatsApp|nie życzy sobie telefonów|aranmak istemiyor
canceled, will call back|ne pas rappeler
appt. cx'd|Pt cancelled via portal|Termin abgesagt am 3.5.|cita cancelada|Pat. verstorben
patient deceased 5/3|paciente faleceu|wrong number|number disconnected|falsche Nummer|faux numéro
please take her off|take him off 3/2|take me off, moved|remove number|blocked number
off the call list|quitar de la lista|retirer de la liste|usunąć z listy
vm full, wants text|no answer; email only|AB voll, lieber SMS|no contesta, prefiere WhatsApp
Pls take off recall list|remove from recall|no more|NA, said no|hat nein gesagt|dijo que no
a dit non|ha detto di no|zei nee|powiedziała nie|disse que não|hayır dedi
pt unavailable until 2027|not available until June|no answer, unavailable till 2027
nicht erreichbar bis Juni|no disponible hasta junio|indisponible jusqu'en juin
non disponibile fino a giugno|niet beschikbaar tot juni|niedostępna do czerwca
indisponível até junho|hazirana kadar müsait değil
passed away in March|ist im März gestorben|falleció en marzo|décédé en mars|pt passed last month
please don't call before 10|no calls before noon|not before 10am please|nicht vor 10 Uhr
pas avant 10h
mother says stop calling|Mutter sagt, nicht mehr anrufen|la madre dice que no llamen más
sa mère dit de ne plus appeler|asked not to be contacted|take me off your list|leave me alone
complained about calls|TCPA complaint|bitte von der Liste nehmen|quitar de la lista|harcèlement
now lives with daughter, new number 212-555-0199|call daughter instead|neue Nummer 030 1234567
nuevo número 915550101|nouveau numéro 06 12 34 56 78|new cell: 917-555-0101
no longer a patient here|switched dentists|Arzt gewechselt|ya no es paciente|a changé de médecin
per son, she's in hospice|hx of domestic violence, husband at home|unsafe to call
Opfer häuslicher Gewalt|violencia de género|victime de violences conjugales
"""
HARMLESS = """
wheelchair|called, no answer|did not answer our call|no call back yet|likes calls
Take her off blood thinners|MD to take her off metformin|take him off aspirin 3 days before
extraction, remove number 3 and 4|remove number 3|please take me off the 3pm slot
pt calls from a blocked number|quitar de la lista de espera|retirer de la liste d'attente
toglierla dalla lista d'attesa|tirar da lista de espera|z listy oczekujących|end
said no to whitening|no more pain|not available|no answer, unavailable|available until June
call first, text only if no answer|ok to call, text preferred|bring card, email receipt please
bring insurance card|Rollstuhl|diabetic, takes text messages too
angerufen, nicht erreicht|n'a pas répondu à l'appel|no contestó la llamada
nothing to eat after midnight|Vit A, B12|was a lawyer|referred by another dentist|in pain since 5/3
"""


@pytest.mark.parametrize("note", each(AGAINST_A_CALL))
async def test_a_note_against_a_call_keeps_it_from_being_made(desk: Desk, note: str) -> None:
    """In any language of the import; the sender is told what to do if it means something else."""
    taken = await desk.open(f'{HEAD},Comments\nAnn,{ROW},"{note}"\n')
    assert taken.batch is None
    assert note in taken.bad_rows[0].why
    assert '="Comments"' in taken.bad_rows[0].why


@pytest.mark.parametrize("note", each(HARMLESS))
async def test_a_note_about_something_else_is_left_alone(desk: Desk, note: str) -> None:
    """That a call was not answered is no refusal."""
    assert await desk.is_called(f"{HEAD},Comments", f'Ann,{ROW},"{note}"')


OTHER_COLUMNS = """
Eligibility=Passed|Eligibility=Expired|Referral=Expired|Screening=passed 3/1|Patient Class=Inpatient
Patient Class=Admitted|Wing=C/D|Tx plan=end|Portal=Not interested|Insurance Status=Expired
Versicherung=verschieden|Klasse=im Krankenhaus|Newsletter=kein Interesse|Seguro=expiró
Encuesta=no interesado|Vaccin=pas intéressé|Reparto=in het ziekenhuis|Oddział=w szpitalu
Estudo=sem interesse|Anket=ilgilenmiyor
"""
OF_NOTES = """
Notes=passed|Comments=expired 3/2|Patient Info=inpatient|Call Result=not interested|Col 7=expired
Call Notes 2=C&D|Allergy notes=admitted|Patient=expired|Terminnotiz=kein Interesse
Bemerkungen=im Krankenhaus|Observaciones=no interesado|Commentaires=pas intéressé
Osservazioni=non interessato|Opmerkingen=in het ziekenhuis|Uwagi=w szpitalu
Observações=sem interesse|Notlar=ilgilenmiyor|Result=refuses|column 6=passed on
"""


@pytest.mark.parametrize("written", each(OTHER_COLUMNS))
async def test_a_bare_word_of_another_column_is_about_what_it_names(
    desk: Desk, written: str
) -> None:
    """A test is passed, a referral expires."""
    header, cell = written.split("=")
    assert await desk.is_called(f"{HEAD},{header}", f'Ann,{ROW},"{cell}"')


@pytest.mark.parametrize("written", each(OF_NOTES))
async def test_a_bare_word_counts_where_notes_stand(desk: Desk, written: str) -> None:
    """Or where nothing tells what the column is for, and beside names."""
    header, cell = written.split("=")
    if header == "Patient":
        assert not await desk.is_called(HEAD, f"Ann Lee ({cell}),{ROW}")
    else:
        assert not await desk.is_called(f"{HEAD},{header}", f'Ann,{ROW},"{cell}"')


@pytest.mark.parametrize("other", ["LM 3/2, no answer", "she comes in with her walker"])
async def test_a_bare_word_counts_beside_running_text(desk: Desk, other: str) -> None:
    """Then the column holds notes, whatever it is called."""
    assert await desk.lines(column_of([other, "passed", "not interested", ""], "Xyz")) == [2, 5]
    assert await desk.lines(column_of(["n/a", "passed", "Pending"], "Xyz")) == [2, 3, 4]


@pytest.mark.parametrize("cell", ["deceased", "take me off your list", "DNC", "STOP"])
async def test_what_is_plain_counts_in_any_column(desk: Desk, cell: str) -> None:
    """It means the same wherever it stands."""
    assert not await desk.is_called(f"{HEAD},Eligibility", f"Ann,{ROW},{cell}")


WISHES = """
call after 5pm|Call after 5:30 p.m.|pls call after 5 pm|call before 10|call between 9 and 12
after 5pm|only after 5|evenings only|call in the evening|mornings only|prefers evenings
best time: evenings|call 5pm or later|available after 3|home after 6pm|call after work
call weekends only|reach after 17:00|not before 10am please
nach 17 Uhr anrufen|ab 17 Uhr erreichbar|nur abends|bitte erst ab 10 Uhr anrufen|abends anrufen
vormittags erreichbar|ab 17 Uhr|appeler après 17h|joignable le soir|appeler entre 9h et 12h
plutôt le matin|après 17h30|llamar después de las 5|llamar por la tarde|solo por las mañanas
a partir de las 17 horas llamar|chiamare dopo le 17|solo la sera|reperibile dalle 18
ligar depois das 17h|só à noite|ligar entre as 9 e as 12|bellen na 17 uur|alleen 's avonds
bereikbaar vanaf 18:00|dzwonić po 17|tylko wieczorem|dzwonić między 9 a 12|17'den sonra arayın
sadece akşamları|saat 17:00'den sonra arayın|sabah arayın|call Ann after 5|please phone after 5
"""
NO_WISHES = """
wheelchair|called, no answer|nothing to eat after midnight|Vit A, B12|in pain since 5/3
no call back yet|bring insurance card|prefers morning appointments|work phone
arrives 15 min before|called this morning, no answer|left message 5/3
take antibiotics 1 hour before|new patient since 2019|moved up from 5/3 to 6/1
follow up after 2 weeks|lives at home|Fasting from 8pm|knee surgery after fall|son's school 3pm
last call 5/3|phone verified 5/3/2026|afternoon tea|Rollstuhl|angerufen, nicht erreicht
n'a pas répondu à l'appel|no contestó la llamada|Nachsorge nach OP|6 weeks post op
bis 12 nüchtern bleiben|Termin am Vormittag|rappel vaccin|insurance until 12/2026|arrive after 9
PO Box 5|needs 2 hours|DOB 5/3/1960|2 pm cleaning|after hours clinic|rescheduled from 3pm
confirmed after call|bp 120 over 80|no food after 8pm|night guard
"""


@pytest.mark.parametrize("note", each(WISHES))
async def test_who_wants_calls_at_hours_of_their_own_is_handed_back(desk: Desk, note: str) -> None:
    """The gate keeps the hours of the law and of the batch: an earlier call would come."""
    taken = await desk.open(f'{HEAD},Comments\nAnn,{ROW},"{note}"\n')
    assert taken.batch is None
    assert "hours of their own" in taken.bad_rows[0].why
    assert note in taken.bad_rows[0].why
    assert '="Comments"' in taken.bad_rows[0].why


@pytest.mark.parametrize("note", each(NO_WISHES))
async def test_a_time_that_is_not_about_calls_is_left_alone(desk: Desk, note: str) -> None:
    """Files are full of them."""
    assert await desk.is_called(f"{HEAD},Comments", f'Ann,{ROW},"{note}"')


@pytest.mark.parametrize(
    "header",
    ["Best Time to Call", "Patient Best Time", "Call After", "Call Window", "Beste Anrufzeit"]
    + ["Preferred Call Time", "Horario de llamada", "Meilleur moment", "Bereikbaarheid"],
)
async def test_a_column_of_hours_to_call_is_kept_or_handed_back(desk: Desk, header: str) -> None:
    """Whatever stands in it, unless that is any time; it is not the time of the appointment."""
    cells = ["5pm", "Evening", "9-12", "17:30", "mornings", "Anytime", "", "n/a"]
    assert await desk.lines(column_of(cells, header)) == [7, 8, 9]


@pytest.mark.parametrize("name", ["Ann Lee (call after 5pm)", "Ann Lee - evenings only"])
async def test_hours_beside_a_name_count_as_well(desk: Desk, name: str) -> None:
    """Offices write them there."""
    taken = await desk.open(f'{HEAD}\n"{name}",{ROW}\n')
    assert taken.batch is None
    assert "hours of their own" in taken.bad_rows[0].why


ELSEWHERE = """
moved to Florida|lives in FL until May|se mudó a Florida|zieht um nach Florida|a déménagé en Florida
"""
SOMEWHERE = "moved|moved away|lives with her daughter|out of state|umgezogen|se mudó|a déménagé"


@pytest.mark.parametrize("note", each(ELSEWHERE))
async def test_who_has_moved_to_a_state_is_called_when_both_allow_it(desk: Desk, note: str) -> None:
    """And the import says so. Florida's evening ends an hour before that of New York."""
    place, notes = await desk.place(f'{HEAD},Notes\nAnn,{ROW},"{note}"\n')
    assert place.regions == {"US-NY", "US-FL"}
    assert {"America/New_York", "America/Chicago"} <= place.zones
    assert any(note in each and "US-FL" in each for each in notes)


@pytest.mark.parametrize("note", each(SOMEWHERE))
async def test_who_may_be_anywhere_is_called_at_the_strictest_hours(desk: Desk, note: str) -> None:
    """As for a state that is not known, on the clocks between the coasts."""
    place, notes = await desk.place(f'{HEAD},Notes\nAnn,{ROW},"{note}"\n')
    assert place.regions == {"US-NY", "US"}
    assert {"America/New_York", "America/Los_Angeles"} <= place.zones
    assert "Pacific/Guam" not in place.zones
    assert any(note in each for each in notes)


async def test_a_move_counts_without_a_column_of_states(desk: Desk) -> None:
    """Beside what the number says."""
    text = "Patient,Phone,Date,Time,Notes\nAnn,212-555-0101,2027-06-01,10:00,moved to Texas\n"
    place, _ = await desk.place(text)
    assert place.regions == {"US-NY", "US-TX"}


async def test_who_has_moved_abroad_is_not_called(desk: Desk) -> None:
    """Before somebody writes the country into its column."""
    taken = await desk.open(f"{HEAD},Notes\nAnn,{ROW},moved to Germany\n")
    assert taken.batch is None
    assert "another country (DE)" in taken.bad_rows[0].why


@pytest.mark.parametrize(
    "name",
    [
        '"Smith, John (DECEASED)"',
        "DECEASED - Bob",
        "Jane Doe (cancelled)",
        "Bob Roe - CXL",
        "Estate of Bob Lee",
        "** NO SHOW ** Jane Roe",
        "Max Müller (verstorben)",
        "Ann Lee (text only)",
        "** DO NOT CALL ** Jane Roe",
    ],
)
async def test_what_stands_beside_a_name_counts(desk: Desk, name: str) -> None:
    """It is not said to anybody, and so it must not be lost either."""
    assert not await desk.is_called(HEAD, f"{name},{ROW}")


@pytest.mark.parametrize(
    "name", ["Rip Torn", "Mary Stopes", "Don Call", "Liam Foster (minor)", "Ann Dead", "Jo Broke"]
)
async def test_a_name_may_be_like_such_a_word(desk: Desk, name: str) -> None:
    """Then it is a name."""
    assert await desk.is_called(HEAD, f"{name},{ROW}")


@pytest.mark.parametrize(
    "number", ["212-555-0101 (do not call)", "212-555-0101 DNC", "NO CALLS 212 555 0101 x4"]
)
async def test_a_no_beside_a_number_counts_for_all_rows_of_it(desk: Desk, number: str) -> None:
    """And it is offered to the list of suppressions."""
    rows = f"Ann,{number},NY,2027-06-01,10:00\nBob,2125550101,NY,2027-06-01,11:00"
    taken = await desk.open(f"{HEAD}\n{rows}\n")
    assert taken.batch is None
    assert taken.not_called == {"refused": 2}
    assert "+12125550101" in taken.no_calls_csv


async def test_a_note_against_calls_counts_for_all_rows_of_its_number(desk: Desk) -> None:
    """The other row of the household says nothing of it."""
    rows = (
        "Ann,2125550101,NY,2027-06-01,10:00,does not want to be called\n"
        "Bob,2125550101,NY,2027-06-01,11:00,\nCy,2125550102,NY,2027-06-01,12:00,\n"
    )
    assert await desk.lines(f"{HEAD},Notes\n{rows}") == [4]


async def test_a_column_of_any_name_is_known_for_the_status_by_its_cells(desk: Desk) -> None:
    """Then who is not to come, and what is not understood, comes back."""
    statuses = ["Scheduled", "Booked", "R/S", "Completed", "Confirmed", "purple", "Cxl"]
    assert await desk.lines(column_of(statuses, "Disp")) == [2, 3, 6]


@pytest.mark.parametrize(
    "cells", [["New", "Established", "Recall"], ["Complete", "Pending", "Sent"], ["A", "B", "C"]]
)
async def test_other_columns_with_such_words_are_not(desk: Desk, cells: list[str]) -> None:
    """Kinds of visits, and how far forms are."""
    assert await desk.lines(column_of(cells, "Type")) == [2, 3, 4]


async def test_a_no_in_the_column_of_a_dnc_is_doubted(desk: Desk) -> None:
    """What says somewhere that nobody is to call is about calls."""
    assert await desk.lines(column_of(["Y", "N", "DNC", ""], "OK?")) == [2, 5]


async def test_columns_of_yes_and_no_that_nothing_looks_at_are_told_of(desk: Desk) -> None:
    """All in one sentence: one of them may be about calls, in whatever language."""
    taken = await desk.open(f"{HEAD},Frobnicate,Age\nAnn,{ROW},No,7\n")
    assert [note for note in taken.notes if '"Frobnicate"' in note and "may_call" in note]
    assert not [note for note in taken.notes if '"Age"' in note]


@pytest.mark.parametrize(
    ("header", "no", "yes"),
    [
        ("Contact Preference", "Email", "Phone"),
        ("Preferred contact method", "Text Message", "Cell phone"),
        ("Reminder Method", "SMS", "Phone, Email"),
        ("Kontakt per", "Brief", "Telefon"),
        ("Canal preferido", "WhatsApp", "Llamada"),
        ("Rappel par", "courrier", "téléphone"),
        ("Call Reminders", "Off", "On"),
        ("Reminder Type", "None", "Call"),
        ("Reminder Type", "none", "Both"),
        ("Contact Preference", "None", "No preference"),
        ("Reminders", "off", "On"),
        ("Reminders", "None", "Yes"),
        ("Preferred reminder", "email", "Phone"),
        ("Reminder", "None", "2 days before"),
        ("Appt Reminder", "Email", "Sent by email"),
        ("Notifications", "Off", ""),
        ("Reminder Channel", "Text", "Voice"),
        ("Erinnerungsart", "keine", "Telefon"),
        ("Erinnerungen", "aus", "an"),
        ("Erinnerung", "per E-Mail", "Ja"),
        ("Recordatorios", "desactivados", "sí"),
        ("Tipo de recordatorio", "Ninguno", "Llamada"),
        ("Rappels", "désactivés", "oui"),
        ("Type de rappel", "aucun", "appel"),
        ("OK to Call", "None", "N/A"),
        ("Autoriza ligação", "Não", "Sim"),
        ("Samtycke", "Nej", "Ja"),
        ("Souhlas", "Ne", "Ano"),
        ("Согласие", "Нет", "Да"),
        ("同意", "否", "是"),
        ("Får ringas", "Nej", "Ja"),
        ("Opt-Out Date", "2026-05-01", "0000-00-00"),
    ],
)
async def test_columns_about_calls_are_known_by_more_names(
    desk: Desk, header: str, no: str, yes: str
) -> None:
    """The channel somebody prefers, and consent in languages whose cells are not read."""
    assert not await desk.is_called(f"{HEAD},{header}", f'Ann,{ROW},"{no}"')
    assert await desk.is_called(f"{HEAD},{header}", f'Ann,{ROW},"{yes}"')


@pytest.mark.parametrize(
    "header",
    [
        *("Termin am", "Rendez-vous le", "Next Visit", "Date and time of appointment"),
        *("Date of Visit", "Next appointment date", "Fecha de la reserva"),
        "Data e hora da consulta",
    ],
)
async def test_the_day_is_known_by_names_of_several_words(desk: Desk, header: str) -> None:
    """Else nothing would keep a call from coming after the appointment."""
    assert await desk.is_called(f"Patient,Phone,{header}", "Ann,2125550101,2027-06-01 10:00")


async def test_a_guess_about_days_with_dots_is_told_of(desk: Desk) -> None:
    """Once, with the first of them; a column that proves its order is no guess."""
    rows = ("Ann,2125550101,NY,06.01.2027,10:00", "Bob,2125550102,NY,07.01.2027,10:00")
    taken = await desk.open("\n".join((HEAD, *rows)))
    (note,) = [note for note in taken.notes if "06.01.2027" in note]
    assert note.startswith("line 2: Date: ")
    proof = "Cy,2125550103,NY,06.15.2027,10:00"
    assert not (await desk.open("\n".join((HEAD, *rows, proof)))).notes
