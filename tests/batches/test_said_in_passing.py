"""What no column is for, and says all the same that somebody must not be called, or is not to come:
in notes, beside names and numbers, under names that nobody knows.
"""

from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from batch_kit import opened_store

from bot.batches.intake import Intake
from bot.batches.taken_in import TakenIn
from bot.store import Store
from config import SHIPPED, read_agents
from config.calling_rules import load_rules

NOON = datetime(2026, 11, 30, 17, tzinfo=UTC)
HEAD = "Patient,Phone,State,Date,Time"
ROW = "212-555-0101,NY,2027-06-01,10:00"


class Desk:
    """Imports files given as text."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._intake = Intake(
            store=store,
            agents=dict(read_agents(SHIPPED)),
            now=lambda: NOON,
            can_tell=False,
            rules=load_rules(),
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
"""
HARMLESS = """
wheelchair|called, no answer|did not answer our call|no call back yet|likes calls
call after 5pm|bring insurance card|Rollstuhl|diabetic, takes text messages too
angerufen, nicht erreicht|n'a pas répondu à l'appel|no contestó la llamada
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
