"""Who must not be called is not: consent, do-not-call columns, status, notes, lines of nobody."""

from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest
from batch_kit import opened_store
from hypothesis import given
from hypothesis import strategies as st

from bot.batches.dry_run import DryRun
from bot.batches.errors import Malformed
from bot.batches.intake import Intake
from bot.batches.reports.plan_text import plan_text
from bot.batches.suppression_list import SuppressionList
from bot.batches.taken_in import TakenIn
from bot.store import ContactRecord, Store
from config import SHIPPED, Agent, read_agents
from config.calling_rules import load_rules
from tests.brains.some_brains import BRAINS

FILES = Path(__file__).with_name("files")
NOON = datetime(2026, 11, 30, 17, tzinfo=UTC)  # a Monday, noon in New York
CLINIC = {"times_in": "America/New_York"}
HEAD = "Patient,Phone,State,Date,Time"
ANN = "Ann,212-555-0101,NY,2027-06-01,10:00"


@pytest.fixture
async def store(tmp_path: Path) -> AsyncIterator[Store]:
    async with opened_store(tmp_path) as store:
        yield store


@pytest.fixture
def agents() -> dict[str, Agent]:
    """Those that ship, and one that tells who the doctor is."""
    shipped = dict(read_agents(SHIPPED))
    shipped["doctors"] = replace(
        shipped["reminder"], name="doctors", private=("appointments", "doctor")
    )
    return shipped


@pytest.fixture
def intake(store: Store, agents: dict[str, Agent]) -> Intake:
    return Intake(store=store, agents=agents, now=lambda: NOON, can_tell=False, rules=load_rules())


class Desk:
    """Imports files as text, and keeps what became of the last."""

    def __init__(self, store: Store, intake: Intake) -> None:
        self._store, self._intake = store, intake

    async def open(self, text: str, *, agent: str = "reminder", **settings: object) -> TakenIn:
        return await self._intake.open_batch(
            text.encode(), "t.csv", agent=agent, settings={**CLINIC, **settings}
        )

    async def contacts(self, taken: TakenIn) -> list[ContactRecord]:
        assert taken.batch is not None
        return list(await self._store.batches.find_contacts(taken.batch.id))

    async def names(self, text: str, **settings: object) -> list[str]:
        """Of those who would be called."""
        taken = await self.open(text, **settings)
        return [one.name for one in await self.contacts(taken)] if taken.batch else []


@pytest.fixture
def desk(store: Store, intake: Intake) -> Desk:
    return Desk(store, intake)


def case(name: str) -> str:
    return (FILES / f"{name}.csv").read_text(encoding="utf-8")


async def test_nobody_of_an_offices_export_is_called_who_must_not_be(
    store: Store, agents: dict[str, Agent], desk: Desk
) -> None:
    """The measure: of 16 people one is cancelled, one did not come, one has confirmed, three say
    no; and the plan says so.
    """
    taken = await desk.open(case("office_export"))
    assert taken.not_called == {
        "refused": 3,
        "cancelled": 1,
        "no_show": 1,
        "confirmed": 1,
        "handed_back": taken.not_called["handed_back"],
        "no_person": 1,
    }
    called = " ".join(one.name.lower() for one in await desk.contacts(taken))
    for name in ("cohen", "diaz", "hall", "jones", "kim", "o'brien"):
        assert name not in called
    assert "alvarez" in called
    assert [row.line for row in taken.left_out] == [4, 10, 17, 18]
    assert taken.left_out[3].why == '"Total appointments: 16"'
    assert taken.batch is not None
    plan = await DryRun(
        store=store, brains=BRAINS, agents=agents, rules=load_rules(), now=lambda: NOON
    ).plan(taken.batch.id)
    assert plan.left_out == taken.not_called
    head, *_ = plan_text(plan).splitlines()
    assert " to be called; " in head
    assert "3 refused, 1 cancelled, 1 no-show, 1 confirmed already, " in head


async def test_only_those_who_consented_are_called(desk: Desk) -> None:
    """Of a file with a column about it; what is not clear comes back with the whole cell."""
    names = await desk.names(case("consent_words"))
    assert names == ["yes 12", "yes 13", "yes 14", "yes 15"]
    taken = await desk.open(case("consent_words"))
    why = {row.cells[0]: row.why for row in taken.bad_rows}
    assert why["no 6"].startswith('Consent: "Pending" is neither clearly yes nor clearly no')
    assert '"Declined by patient"' in why["no 2"]


async def test_who_is_marked_is_not_called_and_offered_to_the_suppressions(
    store: Store, desk: Desk
) -> None:
    """Any of several columns marks; the list takes the file that the import gives."""
    assert await desk.names(case("do_not_call_columns")) == ["row 3", "row 4"]
    taken = await desk.open(case("do_not_call_columns"))
    assert taken.not_called == {"refused": 3}
    suppressions = SuppressionList(store=store, now=lambda: NOON)
    listed = await suppressions.import_file(taken.no_calls_csv.encode(), "no-calls.csv")
    assert (listed.added, listed.problems) == (3, [])
    assert [one.number for one in await suppressions.list()] == [
        "+12125550101",
        "+12125550102",
        "+12125550103",
    ]


async def test_all_numbers_of_who_wants_no_calls_are_offered(desk: Desk) -> None:
    """Another batch may call another of them."""
    taken = await desk.open(
        "Patient,Cell,Home,State,Date,Time,DNC\n"
        "Ann,212-555-0101,212-555-0199,NY,2027-06-01,10:00,X\n"
    )
    assert "+12125550101" in taken.no_calls_csv
    assert "+12125550199" in taken.no_calls_csv


async def test_who_refuses_without_asking_for_no_calls_is_not_offered(desk: Desk) -> None:
    """No consent to these calls is not a wish to hear from nobody for ever; "DNC" is one."""
    rows = f"{HEAD},Consent\n{ANN},declined\nBob,212-555-0102,NY,2027-06-01,10:00,DNC\n"
    taken = await desk.open(rows)
    assert "0101" not in taken.no_calls_csv
    assert "+12125550102" in taken.no_calls_csv


async def test_who_is_not_to_come_is_not_called(desk: Desk) -> None:
    """Counted by kind; who has confirmed is called only if the batch says so."""
    assert await desk.names(case("status")) == ["Scheduled", "Booked"]
    assert await desk.names(case("status"), call_confirmed=True) == [
        "Scheduled",
        "Confirmed",
        "Booked",
    ]
    taken = await desk.open(case("status"))
    assert taken.not_called == {
        "cancelled": 1,
        "no_show": 1,
        "over": 1,
        "confirmed": 1,
        "moved": 1,
        "deceased": 1,
    }
    assert taken.left_out[0].why == 'Appt Status: "Cancelled"'
    assert taken.problems_csv == ""


@pytest.mark.parametrize(
    ("columns", "cells", "why"),
    [
        ("Appt Status", "purple", 'Appt Status: "purple" is no status that is known'),
        ("Do Not Call", "maybe", 'Do Not Call: "maybe" does not say whether they may be called'),
        ("OK to call", "pending", 'OK to call: "pending" does not say'),
        ("Consent", "see chart", 'Consent: "see chart" is neither clearly yes nor clearly no'),
        ("Notes", "PLEASE DO NOT CALL", 'Notes: "PLEASE DO NOT CALL" asks for no calls'),
        ("Remarks", "Text only", 'Remarks: "Text only" asks for another'),
        ("Consent Expires", "2027-05-31", "Consent Expires: the consent ends before the appoint"),
        ("Robocall Wish", "No", 'Robocall Wish: "No" may say whether they may be called'),
        ("Robocall Wish", "Yes", 'Robocall Wish: "Yes" may say whether they may be called'),
        ("Prior Express Consent", "No", 'Prior Express Consent: "No" may say'),
        ("Remarks", "Cancelled 5/3", 'Remarks: "Cancelled 5/3" reads like the status'),
        ("Slot", "no show", 'Slot: "no show" reads like the status'),
    ],
)
async def test_what_may_mean_no_brings_the_row_back(
    desk: Desk, columns: str, cells: str, why: str
) -> None:
    """With the column and the whole cell."""
    taken = await desk.open(f"{HEAD},{columns}\n{ANN},{cells}\n")
    assert taken.batch is None
    assert taken.bad_rows[0].why.startswith(why)


async def test_a_column_that_means_something_else_can_be_ignored(
    desk: Desk, intake: Intake
) -> None:
    """As its sender says; it is remembered, and told of."""
    text = f"{HEAD},Last Visit\n{ANN},No show\n"
    for columns in ({"ignored": "Last Visit"}, {}):
        taken = await intake.open_batch(
            text.encode(), "t.csv", agent="reminder", settings=CLINIC, columns=columns
        )
        assert taken.contacts == 1
        assert taken.unread == ["Last Visit"] or taken.unread == ("Last Visit",)


@pytest.mark.parametrize(
    "line",
    [
        "Total appointments: 16,,,,",
        "Total,16,,,",
        "Grand Total,,,,1",
        ",,Page 1 of 2,,",
        "Printed 11/29/2026 by front desk,,,,",
        "Summe: 16,,,,",
        "16 patients,,,,",
        HEAD,
    ],
)
async def test_a_line_of_nobody_is_no_bad_row(desk: Desk, line: str) -> None:
    """A total, a foot of a page, the header once more: it does not come back with every round."""
    taken = await desk.open(f"{HEAD}\n{ANN}\n{line}\n")
    assert (taken.contacts, taken.bad_rows) == (1, ())
    assert taken.not_called == {"no_person": 1}


@pytest.mark.parametrize(
    "line", ["Bob,,,,", "Bob,,NY,2027-06-01,10:00", '"PAGE, JANE",,,,', ",55,,,"]
)
async def test_a_person_without_a_number_is_a_bad_row(desk: Desk, line: str) -> None:
    """Nobody is lost as a line of nobody."""
    taken = await desk.open(f"{HEAD}\n{ANN}\n{line}\n")
    assert taken.not_called == {"handed_back": 1}


@pytest.mark.parametrize("order", [1, -1])
async def test_two_rows_of_an_appointment_that_disagree(desk: Desk, order: int) -> None:
    """One says that it is off: nobody is called for it, and the other row comes back."""
    rows = [f"{ANN},Scheduled", f"{ANN},Cancelled"][::order]
    taken = await desk.open("\n".join([f"{HEAD},Status", *rows]))
    assert taken.batch is None
    assert "says of the same appointment" in taken.bad_rows[0].why


async def test_the_other_appointment_of_a_household_is_reminded_of(desk: Desk) -> None:
    """One row that is off says nothing of the next; one that refuses does."""
    rows = f"{HEAD},Status\n{ANN},Cancelled\nBob,212-555-0101,NY,2027-06-02,10:00,Scheduled\n"
    assert await desk.names(rows) == ["Bob"]
    assert await desk.names(rows.replace("Cancelled", "do not call")) == []


async def test_a_later_file_in_which_it_is_cancelled_stops_who_waits(
    store: Store, desk: Desk, intake: Intake
) -> None:
    """And adds to what the batch says of those who are not called."""
    first = await desk.open(f"{HEAD},Status\n{ANN},Scheduled\n")
    assert first.batch is not None
    later = f"{HEAD},Status\n{ANN},Pt cancelled 5/3\n"
    again = await intake.add_to(first.batch.id, later.encode(), "later.csv")
    [stopped] = again.stopped
    assert (stopped.line, stopped.dialling) == (2, False)
    [ann] = await desk.contacts(first)
    assert ann.state == "skipped"
    why = ann.decision["reasons"][0]["why"]
    assert why == 'line 1002, which came later, says Status: "Pt cancelled 5/3"'
    batch = await store.batches.get(first.batch.id)
    assert batch is not None
    assert batch.settings["left_out"] == {"cancelled": 1}


async def test_a_household_is_called_until_a_later_file_calls_off_all_its_appointments(
    desk: Desk, intake: Intake
) -> None:
    """One after the other, whether or not the business gives them ids."""
    bob = "Bob,212-555-0101,NY,2027-06-02,11:00"
    first = await desk.open(f"{HEAD},Status\n{ANN},Scheduled\n{bob},Scheduled\n")
    assert first.batch is not None
    off = f"{HEAD},Status\n{ANN},Cancelled\n"
    again = await intake.add_to(first.batch.id, off.encode(), "later.csv")
    assert (len(again.left_out), again.stopped) == (1, [])
    again = await intake.add_to(first.batch.id, f"{off}{bob},No show\n".encode(), "later.csv")
    assert [(one.line, one.by_line) for one in again.stopped] == [(2, 1003)]


@pytest.mark.parametrize("call_confirmed", [True, False])
async def test_who_has_confirmed_by_a_later_file_is_called_only_if_the_batch_says_so(
    desk: Desk, intake: Intake, call_confirmed: bool
) -> None:
    """As by the first."""
    first = await desk.open(f"{HEAD},Status\n{ANN},Scheduled\n", call_confirmed=call_confirmed)
    assert first.batch is not None
    later = f"{HEAD},Status\n{ANN},Confirmed\n"
    again = await intake.add_to(first.batch.id, later.encode(), "later.csv")
    assert len(again.stopped) == (0 if call_confirmed else 1)


async def test_rows_that_come_back_mended_are_counted_once(
    store: Store, desk: Desk, intake: Intake
) -> None:
    """They are handed back no more."""
    first = await desk.open(f"{HEAD}\n{ANN}\nBob,12,NY,2027-06-01,10:00\n")
    assert first.batch is not None
    assert first.batch.settings["left_out"] == {"handed_back": 1}
    mended = first.problems_csv.replace(",12,", ",2125550102,")
    await intake.add_to(first.batch.id, mended.encode(), "t.problems.csv")
    batch = await store.batches.get(first.batch.id)
    assert batch is not None
    assert batch.settings["left_out"] == {}


async def test_a_file_that_says_nothing_of_days_is_refused(desk: Desk) -> None:
    """Unless somebody says so; a column that reads as days is named."""
    text = case("unknown_day_column").replace("Scheduled date", "Slot")
    with pytest.raises(
        Malformed, match='no column is known to hold the day.*like "Slot".*--without-day'
    ):
        await desk.open(text)
    assert await desk.names(text, without_day=True) == ["Ann"]
    taken = await desk.open(case("unknown_day_column"))
    [ann] = await desk.contacts(taken)
    assert ann.deadline == datetime(2026, 11, 2, 15, tzinfo=UTC)


async def test_a_column_of_times_may_hold_the_days(desk: Desk) -> None:
    """As in "Start Time" of a booking system; a row in which it holds none comes back."""
    rows = "Bob,212-555-0102,NY,9:30 am\nCy,212-555-0103,NY,\n"
    taken = await desk.open(case("start_time_with_its_day") + rows)
    [ann] = await desk.contacts(taken)
    assert ann.deadline == datetime(2027, 6, 1, 13, tzinfo=UTC)
    assert [row.line for row in taken.bad_rows] == [3, 4]


async def test_a_row_without_its_day_comes_back(desk: Desk) -> None:
    """Nothing would keep its call from coming after the appointment."""
    taken = await desk.open(f"{HEAD}\n{ANN}\nBob,212-555-0102,NY,,\n")
    assert [row.why for row in taken.bad_rows] == ["Date: the day of the appointment is missing"]


async def test_the_model_is_told_no_more_than_it_needs(desk: Desk) -> None:
    """Name, day, time, and what the agent's file names; the import says what, and what not."""
    taken = await desk.open(case("more_than_the_model_needs"))
    assert list(taken.told) == ["name", "day", "time"]
    assert list(taken.unread) == ["DOB", "SSN", "Reason", "Internal Notes"]
    [ann] = await desk.contacts(taken)
    assert ann.variables == {
        "name": "Ann",
        "day": "2027-06-01",
        "time": "10:00",
        "all_appointments": "Ann: 2027-06-01 10:00",
    }


async def test_what_the_agents_file_names_is_told(desk: Desk) -> None:
    """As one of its `private` variables, or of its words."""
    text = f"{HEAD},Doctor,SSN,Floor\n{ANN},Wu,111-22-3333,2\n"
    taken = await desk.open(text, agent="doctors", variables={"floor": "1"})
    assert list(taken.told) == ["name", "day", "time", "doctor", "floor"]
    assert list(taken.unread) == ["SSN"]
    [ann] = await desk.contacts(taken)
    assert (ann.variables["doctor"], ann.variables["floor"]) == ("Wu", "2")


NO = ["no", "revoked", "text only", "DNC", "nein", "refusé", "mai"]
OFF = ["Cancelled", "No Show", "Deceased", "abgesagt", "annulé"]


@given(
    st.lists(
        st.tuples(
            st.sampled_from(["yes", "signed 1/5/26", *NO]),
            st.sampled_from(["", "no", "yes", "x"]),
            st.sampled_from(["Scheduled", "", *OFF]),
        ),
        min_size=1,
        max_size=8,
    )
)
def test_nobody_is_a_contact_against_any_of_their_cells(rows: list[tuple[str, str, str]]) -> None:
    """Whatever the others say, in a file with several such columns."""
    from bot.batches.reading.columns import guess_columns
    from bot.batches.reading.importing import import_contacts
    from bot.batches.reading.sheets import read_sheet
    from bot.batches.settings import BatchSettings

    lines = [
        f"P{n},212-555-01{n:02},NY,2027-06-01,10:00,{','.join(row)}" for n, row in enumerate(rows)
    ]
    text = "\n".join([f"{HEAD},Consent,DNC,Status", *lines])
    sheet = read_sheet(text.encode(), "t.csv")
    imported = import_contacts(
        sheet,
        batch_id="b",
        settings=BatchSettings(),
        columns=guess_columns(sheet.header),
        now=NOON,
        zone="America/New_York",
    )
    called = {contact.line for contact in imported.contacts}
    assert called == {
        line
        for line, (consent, marked, status) in enumerate(rows, 2)
        if consent not in NO and marked in ("", "no") and status not in OFF
    }
