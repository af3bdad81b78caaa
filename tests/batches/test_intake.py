"""Files come in: good rows become contacts, bad ones come back, and nothing is lost between."""

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from batch_kit import NOON, a_batch, opened_store

from bot.batches.earlier_batches import InEarlier
from bot.batches.errors import Malformed, NotThere, RequestRefused
from bot.batches.intake import Intake
from bot.batches.reading.tables import Choices
from bot.batches.reports.results import why_not
from bot.batches.taken_in import LISTED
from bot.store import Store
from config import Agent
from config.calling_rules import load_rules
from tests.batches.workbook_kit import xlsx
from tests.store.contact_kit import set_contact

FILE = b"""Patient,Tel. mobile no,State,Appointment ID,Doctor
Ada,(212) 555-0101,NY,apt_1,Grey
Bob,12,NY,apt_2,Grey
Cy,212 555 0103,NY,apt_3,Hopper
Dan,212 555 0103,NY,apt_4,Hopper
"""
TEL = {"phone": "Tel. mobile no"}
ANY_DAY = {"without_day": True}  # the file says nothing of days


def an_agent(name: str = "clinic", pipeline: str = "reminder", **texts: str) -> Agent:
    return Agent(
        name=name,
        pipeline=pipeline,
        **{"instructions": "Remind {name} of {doctor}.", "first_line": "Hi {name}.", **texts},
    )


@pytest.fixture
async def store(tmp_path: Path) -> AsyncIterator[Store]:
    async with opened_store(tmp_path) as store:
        yield store


@pytest.fixture
async def intake(store: Store) -> Intake:
    agents = {
        "clinic": an_agent(),
        "needy": an_agent("needy", instructions="Mention {insurance}."),
        "berlin": an_agent("berlin", timezone="Europe/Berlin"),
        "table": an_agent("table", pipeline="errand"),
    }
    return Intake(store=store, agents=agents, now=lambda: NOON, can_tell=False, rules=load_rules())


async def test_words_for_all_contacts_are_said_once(store: Store, intake: Intake) -> None:
    """In the settings; a column that a row fills wins."""
    words = {"insurance": "any", "doctor": "the doctor"}
    taken = await intake.open_batch(
        FILE, "t.csv", agent="needy", settings={"variables": words, **ANY_DAY}, columns=TEL
    )
    assert taken.batch is not None
    ada, _ = await store.batches.find_contacts(taken.batch.id)
    assert (ada.variables["insurance"], ada.variables["doctor"]) == ("any", "Grey")


async def test_every_row_goes_somewhere(store: Store, intake: Intake) -> None:
    """Contacts, rows merged into them, and bad rows with a reason: together the whole file."""
    taken = await intake.open_batch(
        FILE, "tuesday.csv", agent="clinic", settings=ANY_DAY, columns=TEL
    )
    assert (taken.contacts, taken.merged, len(taken.bad_rows)) == (2, 1, 1)
    assert taken.batch is not None
    assert (taken.batch.name, taken.batch.state) == ("tuesday", "planned")
    ada, cy = await store.batches.find_contacts(taken.batch.id)
    assert (ada.number, ada.variables["doctor"], ada.region) == ("+12125550101", "Grey", "US-NY")
    assert cy.appointments == ("apt_3", "apt_4")
    assert "Bob,12" in taken.problems_csv
    assert "line 3" in taken.problems_csv


async def test_bad_rows_put_right_come_back_in(store: Store, intake: Intake) -> None:
    """Into the same batch, as often as one likes; what is there already is not there twice."""
    first = await intake.open_batch(FILE, "t.csv", agent="clinic", settings=ANY_DAY, columns=TEL)
    assert first.batch is not None
    mended = first.problems_csv.replace(",12,", ",2125550102,").encode()
    for contacts, known in ((1, 0), (0, 1)):
        again = await intake.add_to(first.batch.id, mended, "t.problems.csv")
        assert (again.contacts, again.known, again.bad_rows) == (contacts, known, ())
    assert len(await store.batches.find_contacts(first.batch.id)) == 3


async def test_another_appointment_of_somebody_who_is_there(store: Store, intake: Intake) -> None:
    """One call for both, if they were not called yet; else the row comes back with a reason."""
    first = await intake.open_batch(FILE, "t.csv", agent="clinic", settings=ANY_DAY, columns=TEL)
    assert first.batch is not None
    header = FILE.splitlines()[0]
    more = header + b"\nAda,2125550101,NY,apt_9,Grey\n"
    again = await intake.add_to(first.batch.id, more, "more.csv")
    assert (again.contacts, again.merged, again.known, again.bad_rows) == (0, 1, 0, ())
    [ada, _] = await store.batches.find_contacts(first.batch.id)
    assert ada.appointments == ("apt_1", "apt_9")

    await set_contact(store, ada.id, expect="waiting", attempts=1)
    late = header + b"\nAda,2125550101,NY,apt_10,Grey\n"
    again = await intake.add_to(first.batch.id, late, "late.csv")
    [row] = again.bad_rows
    assert row.why.startswith("the batch has called this number already (line 2)")
    assert "apt_10" in again.problems_csv


@pytest.mark.parametrize(("attempts", "state"), [(0, "skipped"), (1, "done")])
async def test_a_later_no_stops_who_waits(
    store: Store, intake: Intake, attempts: int, state: str
) -> None:
    """The row comes back, and the batch calls that number no more; others go on."""
    first = await intake.open_batch(FILE, "t.csv", agent="clinic", settings=ANY_DAY, columns=TEL)
    assert first.batch is not None
    ada, _ = await store.batches.find_contacts(first.batch.id)
    await set_contact(store, ada.id, expect="waiting", attempts=attempts)
    no = b"name,phone,doctor,consent\nAda,2125550101,Grey,no\nEve,2125550109,Grey,yes\n"
    again = await intake.add_to(first.batch.id, no, "later.csv")
    assert again.contacts == 1
    assert [row.line for row in again.bad_rows] == [1002]
    [stopped] = again.stopped
    assert (stopped.line, stopped.by_line, stopped.dialling) == (2, 1002, False)
    ada, cy, _ = await store.batches.find_contacts(first.batch.id)
    assert (ada.state, ada.due_at, cy.state) == (state, None, "waiting")
    assert why_not(ada) == (
        "line 1002, which came later, says that this number must not be called"
        if state == "skipped"
        else ""
    )
    assert ada.decision["word"] == "never"
    later = await intake.add_to(first.batch.id, no, "later.csv")
    assert not later.stopped


async def test_a_later_no_makes_a_call_under_way_the_last(store: Store, intake: Intake) -> None:
    """Whatever the batch says of consent: what is planned is held back, and nobody tries again."""
    unasked = {"consent_required": False, **ANY_DAY}
    first = await intake.open_batch(FILE, "t.csv", agent="clinic", settings=unasked, columns=TEL)
    assert first.batch is not None
    ada, _ = await store.batches.find_contacts(first.batch.id)
    await set_contact(store, ada.id, expect="waiting", state="dialling")
    no = b"name,phone,doctor,consent\nAda,2125550101,Grey,no\n"
    [stopped] = (await intake.add_to(first.batch.id, no, "later.csv")).stopped
    assert stopped.dialling
    ada, _ = await store.batches.find_contacts(first.batch.id)
    assert (ada.state, ada.deadline) == ("dialling", NOON)


async def test_a_later_row_that_puts_somebody_elsewhere_comes_back(
    store: Store, intake: Intake
) -> None:
    """As within one file: where they are decides when they may be called."""
    first = await intake.open_batch(FILE, "t.csv", agent="clinic", settings=ANY_DAY, columns=TEL)
    assert first.batch is not None
    moved = FILE.splitlines()[0] + b"\nAda,2125550101,CA,apt_9,Grey\n"
    again = await intake.add_to(first.batch.id, moved, "moved.csv")
    assert [row.why for row in again.bad_rows] == [
        "line 2 has the same number in another state or country"
    ]
    ada, _ = await store.batches.find_contacts(first.batch.id)
    assert (ada.region, ada.appointments) == ("US-NY", ("apt_1",))


async def test_every_line_of_a_batch_is_one_contact(store: Store, intake: Intake) -> None:
    """Rows that were handed back keep their line; those of another file are numbered on."""
    first = await intake.open_batch(FILE, "t.csv", agent="clinic", settings=ANY_DAY, columns=TEL)
    assert first.batch is not None
    batch_id = first.batch.id
    mended = first.problems_csv.replace(",12,", ",2125550102,")
    mended += "Eve,2125550105,NY,apt_5,Grey\r\n"  # a row that somebody added
    again = await intake.add_to(batch_id, mended.encode(), "t.problems.csv")
    assert again.lines_after == 1000
    header = FILE.splitlines()[0]
    other = header + b"\nFay,2125550106,NY,apt_6,Grey\nGil,13,NY,apt_7,Grey\n"
    more = await intake.add_to(batch_id, other, "other.csv")
    assert more.lines_after == 2000
    last = more.problems_csv.replace(",13,", ",2125550107,").encode()
    assert (await intake.add_to(batch_id, last, "other.problems.csv")).lines_after == 0
    contacts = await store.batches.find_contacts(batch_id)
    assert {contact.name: contact.line for contact in contacts} == {
        "Ada": 2,
        "Bob": 3,
        "Cy / Dan": 4,
        "Eve": 1003,
        "Fay": 2002,
        "Gil": 2003,
    }


TIMED = b"name,phone,doctor,date,time\nAda,2125550101,Grey,2026-11-25,10:00\n"


async def test_times_need_a_clock(store: Store, intake: Intake) -> None:
    """A file of times that nobody names a zone for is refused; a named one is kept and told."""
    with pytest.raises(Malformed, match="--times-in"):
        await intake.open_batch(TIMED, "t.csv", agent="clinic", settings=ANY_DAY)
    assert await store.batches.list() == []
    said = {"times_in": "America/New_York"}
    first = await intake.open_batch(TIMED, "t.csv", agent="clinic", settings=said)
    assert first.batch is not None
    assert first.times_in == "America/New_York"
    agents_own = await intake.open_batch(TIMED, "t.csv", agent="berlin", settings=ANY_DAY)
    assert agents_own.batch is not None
    assert agents_own.batch.settings["times_in"] == agents_own.times_in == "Europe/Berlin"
    [ada] = await store.batches.find_contacts(first.batch.id)
    assert ada.deadline == datetime(2026, 11, 25, 15, tzinfo=UTC)

    more = TIMED.replace(b"0101", b"0102")
    again = await intake.add_to(first.batch.id, more, "more.csv", times_in="America/Chicago")
    assert again.times_in == "America/Chicago"
    again = await intake.add_to(first.batch.id, TIMED.replace(b"0101", b"0103"), "more.csv")
    contacts = await store.batches.find_contacts(first.batch.id)
    assert {c.number[-4:]: c.deadline.hour for c in contacts if c.deadline} == {
        "0101": 15,
        "0102": 16,
        "0103": 15,
    }


async def test_columns_are_told_once(intake: Intake) -> None:
    """What a column means is remembered by the names of the columns, in any order."""
    with pytest.raises(Malformed, match="No column is known to hold the telephone numbers"):
        await intake.open_batch(FILE, "t.csv", agent="clinic", settings=ANY_DAY)
    await intake.open_batch(FILE, "t.csv", agent="clinic", settings=ANY_DAY, columns=TEL)
    other = b"Tel. mobile no,Doctor,State,Patient,Appointment ID\n2125550107,Grey,NY,Eve,apt_7\n"
    taken = await intake.open_batch(other, "w.csv", agent="clinic", settings=ANY_DAY)
    assert taken.contacts == 1


async def test_nothing_of_use(store: Store, intake: Intake) -> None:
    """A file without one good row makes no batch; its rows come back all the same."""
    taken = await intake.open_batch(
        b"name,phone,doctor\nAda,12,Grey\n", "t.csv", agent="clinic", settings=ANY_DAY
    )
    assert (taken.batch, taken.contacts) == (None, 0)
    assert "Ada,12" in taken.problems_csv
    assert await store.batches.list() == []


async def test_an_import_that_is_cut_off_leaves_nothing(store: Store, intake: Intake) -> None:
    """Its sender has gone, or the process ends; as long as it lasts nobody is called for it."""
    rows = "".join(f"P{n},212 556 {n:04},NY,a{n},Grey\n" for n in range(100, 2000))
    content = FILE.splitlines()[0] + b"\n" + rows.encode()
    importing = asyncio.create_task(
        intake.open_batch(content, "t.csv", agent="clinic", settings=ANY_DAY, columns=TEL)
    )
    while not (there := await store.batches.list()):  # noqa: ASYNC110
        await asyncio.sleep(0)
    assert there[0].state == "importing"
    with pytest.raises(RequestRefused, match="its file is still being read in"):
        await intake.add_to(there[0].id, FILE, "t.csv")
    importing.cancel()
    with pytest.raises(asyncio.CancelledError):
        await importing
    assert await store.batches.list() == []


async def test_what_a_killed_process_left_is_removed(store: Store, intake: Intake) -> None:
    """Before the next import; one that is still at work stays."""
    for name, minutes in (("batch_left", 11), ("batch_busy", 1)):
        began = NOON - timedelta(minutes=minutes)
        await store.batches.begin_import(a_batch(id=name, created_at=began))
    await intake.open_batch(FILE, "t.csv", agent="clinic", settings=ANY_DAY, columns=TEL)
    assert {batch.state for batch in await store.batches.list()} == {"planned", "importing"}
    assert await store.batches.get("batch_left") is None


async def test_the_first_bad_rows_are_listed_and_all_are_handed_back(intake: Intake) -> None:
    """A file of nothing else is no burden to who reads the answer."""
    content = FILE.splitlines()[0] + b"\n" + b"Bob,12,NY,apt_2,Grey\n" * (LISTED + 100)
    taken = await intake.open_batch(content, "t.csv", agent="clinic", settings=ANY_DAY, columns=TEL)
    assert (len(taken.bad_rows), taken.unusable) == (LISTED, LISTED + 100)
    assert taken.problems_csv.count("Bob,12") == LISTED + 100


async def test_a_hidden_row_that_says_no_counts(store: Store, intake: Intake) -> None:
    """It calls nobody, and neither does any other row of its number, nor a batch that has it."""
    table = [
        ["Patient", "Phone", "Doctor", "Consent"],
        ["Ada", "2125550101", "Grey", "yes"],
        ["Bob", "2125550102", "Grey", "yes"],
        ["Ann", "2125550101", "Grey", "yes"],
        ["Ada", "2125550101", "Grey", "no"],
        ["Eve", "2125550109", "Grey", "yes"],
    ]
    seen, filtered = (xlsx({"One": table[:at]}, rows_given={5: 'hidden="1"'}) for at in (4, 6))
    alone = await intake.open_batch(filtered, "t.xlsx", agent="clinic", settings=ANY_DAY)
    assert [(row.line, row.why) for row in alone.bad_rows] == [
        (line, "line 5, which is hidden, says that this number must not be called")
        for line in (2, 4)
    ]
    assert (alone.contacts, alone.merged) == (2, 0)
    assert alone.not_called == {"refused": 2}
    first = await intake.open_batch(seen, "t.xlsx", agent="clinic", settings=ANY_DAY)
    assert (first.contacts, first.merged, first.batch is None) == (2, 1, False)
    assert first.batch is not None
    [stopped] = (await intake.add_to(first.batch.id, filtered, "t.xlsx")).stopped
    assert (stopped.line, stopped.by_line) == (2, 1005)


async def test_what_of_a_file_was_not_read_is_said(store: Store, intake: Intake) -> None:
    """Also when the file is refused, for it may be why."""
    table = [["Patient", "Phone", "Doctor"], ["Ada", "2125550101", "Grey"]]
    content = xlsx({"Mon": [["Hill Clinic"], *table], "Tue": table})
    taken = await intake.open_batch(content, "t.xlsx", agent="clinic", settings=ANY_DAY)
    assert [note[:20] for note in taken.notes] == ["line 1 stands above ", 'only the sheet "Mon"']
    choices = Choices(worksheet="Tue", header_line=1)
    taken = await intake.open_batch(
        content, "t.xlsx", agent="clinic", settings=ANY_DAY, choices=choices
    )
    assert (taken.contacts, len(taken.notes)) == (1, 1)
    with pytest.raises(Malformed, match=r"No column is known.*only the sheet"):
        wrong = xlsx({"Mon": [["x", "y"], ["1", "2"]], "Tue": [["x", "y"], ["1", "2"]]})
        await intake.open_batch(wrong, "t.xlsx", agent="clinic", settings=ANY_DAY)
    with pytest.raises(Malformed, match=r"hold the day of the appointment.*only the sheet"):
        await intake.open_batch(content, "t.xlsx", agent="clinic", settings={})


async def test_a_hidden_row_that_asks_for_no_calls_is_for_the_suppressions(intake: Intake) -> None:
    """A filter may well hide those whom nobody should call."""
    table = [["Patient", "Phone", "Doctor", "DNC"], ["Ada", "2125550101", "Grey", ""]]
    marked = ["Cy", "2125550103", "Grey", "yes"]
    content = xlsx({"One": [*table, marked]}, rows_given={3: 'hidden="1"'})
    taken = await intake.open_batch(content, "t.xlsx", agent="clinic", settings=ANY_DAY)
    assert (taken.contacts, "+12125550103,3," in taken.no_calls_csv) == (1, True)


async def test_the_first_rows_that_are_left_out_are_listed_and_all_are_counted(
    store: Store, intake: Intake
) -> None:
    """As are those that are handed back; a further file that says it of all stops all."""
    head = FILE.splitlines()[0] + b",Date,Time,Status\n"
    rows = [f"P{n},212 556 {n:04},NY,a{n},Grey,2026-12-01,10:00" for n in range(1000, 1600)]
    booked, off = ("\n".join(f"{row},{how}" for row in rows) for how in ("booked", "cancelled"))
    first = await intake.open_batch(
        head + booked.encode(),
        "t.csv",
        agent="clinic",
        settings={"times_in": "America/New_York"},
        columns=TEL,
    )
    assert first.batch is not None
    taken = await intake.add_to(first.batch.id, head + off.encode(), "t.csv")
    assert (len(taken.left_out), taken.not_called) == (LISTED, {"cancelled": len(rows)})
    assert len(taken.stopped) == len(rows)
    assert await store.batches.find_contacts(first.batch.id, state="waiting") == []


@pytest.mark.parametrize(
    ("given", "says"),
    [
        (
            {"agent": "nobody"},
            "choose one of: berlin, clinic, needy, table",
        ),
        ({"agent": "table"}, "agent table calls nobody for a batch"),
        ({"agent": "needy"}, 'agent needy: the variable "insurance" is needed and not given'),
        ({"settings": {"times_in": "Mars"}}, "settings: times_in: 'Mars' is no time zone"),
        ({"settings": {"pase": 1}}, "settings: there is no setting pase"),
        ({"settings": {"caps": {"per_day": 0}}}, "settings: caps.per_day: "),
        ({"settings": {"results_url": "https://x.example"}}, "RESULTS_SECRET"),
        ({"settings": {"machines": {"then": "leave_message", "message": "{fax}"}}}, '"fax"'),
        ({"columns": {"phone": "Fax"}}, 'has no column "Fax"'),
        ({"columns": {"shoe": "Patient"}}, 'no field "shoe"'),
        ({"content": b""}, "The file is empty."),
        ({"content": b"%PDF-1.7"}, "This is a PDF document"),
    ],
)
async def test_what_is_refused(
    store: Store, intake: Intake, given: dict[str, object], says: str
) -> None:
    """In one sentence, and nothing is stored."""
    wanted = {"content": FILE, "agent": "clinic", "columns": TEL, **given}
    wanted["settings"] = ANY_DAY | wanted.get("settings", {})  # type: ignore[operator]
    with pytest.raises(Malformed) as refused:
        await intake.open_batch(filename="t.csv", **wanted)  # type: ignore[arg-type]
    assert says in str(refused.value)
    assert "\n" not in str(refused.value)
    assert await store.batches.list() == []


async def test_a_batch_that_takes_nobody(store: Store, intake: Intake) -> None:
    """One that is over, or is not there."""
    first = await intake.open_batch(FILE, "t.csv", agent="clinic", settings=ANY_DAY, columns=TEL)
    assert first.batch is not None
    await store.batches.set_state(first.batch.id, "cancelled", expect=["planned"], at=NOON)
    with pytest.raises(RequestRefused, match="takes nobody in any more: it is cancelled"):
        await intake.add_to(first.batch.id, FILE, "t.csv")
    with pytest.raises(NotThere):
        await intake.add_to("batch_x", FILE, "t.csv")


SAME = b"""Name,Phone,State,Appointment ID,Doctor
Ada,(212) 555-0101,NY,A1,Grey
Bob,(212) 555-0102,NY,A2,Grey
"""


async def test_the_same_file_again_is_seen(store: Store, intake: Intake) -> None:
    """How many of its people are in which batch, and how many of them have answered there."""
    first = await intake.open_batch(SAME, "t.csv", agent="clinic", settings=ANY_DAY)
    assert first.batch is not None and first.earlier == []
    [ada, _] = await store.batches.find_contacts(first.batch.id)
    await set_contact(store, ada.id, expect="waiting", state="done", disposition="confirmed")
    moved = SAME.replace(b"A2", b"A7")
    again = await intake.open_batch(SAME, "t.csv", agent="clinic", settings=ANY_DAY)
    third = await intake.open_batch(moved, "t.csv", agent="clinic", settings=ANY_DAY)
    assert again.batch is not None
    assert again.earlier == [InEarlier(batch_id=first.batch.id, contacts=2, settled=1)]
    assert set(third.earlier) == {  # they were made at the same moment
        InEarlier(batch_id=first.batch.id, contacts=1, settled=1),
        InEarlier(batch_id=again.batch.id, contacts=1, settled=1),
    }


@pytest.mark.parametrize("caps", [{"per_day": 2}, {"per_week": 4}, {"per_day": 3, "per_week": 6}])
async def test_more_calls_than_the_exemption_allows_are_refused(
    store: Store, intake: Intake, caps: dict[str, int]
) -> None:
    """By a sentence that names the rule, before anything is stored."""
    settings = {"consent_required": False, "caps": caps, **ANY_DAY}
    with pytest.raises(Malformed, match=r"without consent .* 64\.1200\(a\)\(9\)\(iv\)") as caught:
        await intake.open_batch(SAME, "t.csv", agent="clinic", settings=settings)
    assert "or leave it out" in str(caught.value)
    assert await store.batches.list() == []
    taken = await intake.open_batch(
        SAME, "t.csv", agent="clinic", settings={"caps": caps, **ANY_DAY}
    )
    assert taken.batch is not None


@pytest.mark.parametrize(
    ("settings", "per_day", "per_week"),
    [
        ({"consent_required": False}, 1, 3),
        ({"consent_required": False, "caps": {"per_contact": 2, "per_week": 2}}, 1, 2),
        ({"consent_required": False, "country": "DE"}, 3, 6),
        ({}, 3, 6),
    ],
)
async def test_without_consent_the_caps_are_those_of_the_exemption(
    intake: Intake, settings: dict[str, object], per_day: int, per_week: int
) -> None:
    """Where nobody asked for others; they stand in the batch's settings."""
    file = SAME.replace(b"(212) 555-", b"+1212555")
    taken = await intake.open_batch(file, "t.csv", agent="clinic", settings={**settings, **ANY_DAY})
    assert taken.batch is not None
    caps = taken.batch.settings["caps"]
    assert (caps["per_day"], caps["per_week"]) == (per_day, per_week)
