"""Rows become contacts, parts of contacts, or bad rows with reasons; none is lost."""

import csv
import io
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.batches.reading.cell_times import NoClock
from bot.batches.reading.columns import BadColumns, guess_columns, map_columns
from bot.batches.reading.households import MAX_ROWS, absorb
from bot.batches.reading.importing import Imported, bad_rows_csv, import_contacts
from bot.batches.reading.sheets import Sheet, read_sheet
from bot.batches.settings import BatchSettings
from bot.store import ContactRecord

NOW = datetime(2026, 11, 20, 15, tzinfo=UTC)
NEW_YORK = "America/New_York"


def sheet_of(text: str) -> Sheet:
    return read_sheet(text.encode(), "people.csv")


def imported(text: str, *, batch_id: str = "bat_1", **rules: Any) -> Imported:
    sheet = sheet_of(text)
    return import_contacts(
        sheet,
        batch_id=batch_id,
        settings=BatchSettings(**rules),
        columns=guess_columns(sheet.header),
        now=NOW,
        zone=NEW_YORK,
    )


def only(text: str, **rules: Any) -> ContactRecord:
    result = imported(text, **rules)
    assert (len(result.contacts), result.merged, result.bad_rows) == (1, (), ())
    return result.contacts[0]


def reason(text: str, **rules: Any) -> str:
    """Of the only bad row."""
    (row,) = imported(text, **rules).bad_rows
    return row.why


def test_a_row_becomes_a_contact_with_all_that_it_says() -> None:
    """On the clock of the business; what the agent may say is in its variables."""
    contact = only(
        "First name,Last name,Mobile,State,Time zone,Consent,Consent date,Appointment ID,"
        "Date,Time,Language,Doctor\n"
        "Ann,Lee,(212) 555-0123,NY,Eastern,intake form,03/01/2026,A1,11/24/2026,2:30 PM,en,Dr. Wu\n"
    )
    assert contact == ContactRecord(
        id=contact.id,
        batch_id="bat_1",
        line=2,
        number="+12125550123",
        name="Ann Lee",
        variables={
            "first_name": "Ann",
            "last_name": "Lee",
            "name": "Ann Lee",
            "date": "11/24/2026",
            "day": "2026-11-24",
            "time": "14:30",
            "language": "en",
            "doctor": "Dr. Wu",
            "all_appointments": "Ann Lee: 2026-11-24 14:30",
        },
        appointments=("A1",),
        zone=NEW_YORK,
        region="US-NY",
        consent_source="intake form",
        consent_at=datetime(2026, 3, 1, 5, tzinfo=UTC),
        deadline=datetime(2026, 11, 24, 19, 30, tzinfo=UTC),
    )


def test_an_empty_cell_is_no_variable() -> None:
    """The agent's file may have a value for it."""
    assert only("Phone,Name,Doctor\n2125550123,,\n").variables == {}


def test_the_first_number_that_is_there_is_called() -> None:
    """A mobile one before the other; a cell without digits is not there."""
    assert only("Phone,Mobile\n2125550123,4155552671\n").number == "+14155552671"
    assert only("Phone,Mobile\n2125550123,none\n").number == "+12125550123"


def test_a_country_in_the_row_decides_how_its_number_is_read() -> None:
    """And where the callee is, as far as the file tells."""
    contact = only("Phone,Country\n0171 1234567,Germany\n")
    assert (contact.number, contact.region) == ("+491711234567", "DE")


def test_the_word_of_the_batch_is_consent_where_the_file_has_no_such_column() -> None:
    """Where it has one, an empty cell is no consent."""
    assert only("Phone\n2125550123\n", consent="forms").consent_source == "forms"
    assert only("Phone,Consent\n2125550123,\n", consent="forms").consent_source == ""
    dated = only("Phone,Consent date\n2125550123,2026-01-01\n")
    assert dated.consent_source == "Consent date"


def test_an_appointment_without_a_time_ends_calls_before_its_day() -> None:
    """At midnight, on the clock of the business."""
    contact = only("Phone,Date\n2125550123,2026-11-24\n")
    assert contact.deadline == datetime(2026, 11, 24, 5, tzinfo=UTC)
    assert "time" not in contact.variables


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("Phone\n555-2671\n", "Phone: no telephone"),
        ("Phone,Date\n2125550123,soon\n", 'Date: "soon" is neither'),
        ("Phone,Time\n2125550123,9:30\n", "Time: there is a time of day and no day"),
        ("Phone,Termin,Datum\n2125550123,24.11.2026 9:30,25.11.2026\n", "Datum: this is another"),
        ("Phone,Consent date\n2125550123,12/24/2026\n", "Consent date: the consent lies in the fu"),
        ("Phone,State\n2125550123,Narnia\n", "State: this is no state of US"),
        ("Phone,State,Zip\n2125550123,FL,90210\n", "State: the state FL and the postcode"),
        ("Phone,Country\n2125550123,Narnia\n", "Country: this country is not known"),
        ("Phone,Time zone\n2125550123,Mars\n", "Time zone: this time zone"),
        ("Phone,Consent\n2125550123,no\n", 'Consent: "no" says that this number must not'),
        ("Phone,Name\n2125550123,Ann,Lee\n", "the row has 3 cells and the header 2"),
        ('Phone,Name\n2125550123,"Ann" Lee\n', "text follows a closing quotation mark"),
        ("Phone,Note\n2125550123," + "x" * 2001 + "\n", "Note: the cell has more than 2000"),
    ],
)
def test_a_bad_row_says_its_column_and_the_reason(text: str, words: str) -> None:
    """For the person who can put it right."""
    assert reason(text, country="US").startswith(words)


def test_a_bad_row_says_everything_that_is_wrong_at_once() -> None:
    """One correction is enough."""
    why = reason("Phone,Date,State\n123,32.11.2026,Narnia\n")
    assert [part.split(":")[0] for part in why.split("; ")] == ["Phone", "Date", "State"]


def test_good_rows_go_on_and_bad_ones_come_back_as_a_file() -> None:
    """Their own columns first; put right, it is read with the same map."""
    text = 'Name,Phone,Note\n"Lee, Ann",12,=1+1\nBo,2125550123,x\nCy,13,y,z\n'
    sheet = sheet_of(text)
    result = imported(text)
    assert [contact.line for contact in result.contacts] == [3]
    back = bad_rows_csv(result, sheet)
    rows = list(csv.reader(io.StringIO(back)))
    assert rows[0] == ["Name", "Phone", "Note", "", "problem"]
    assert rows[1][:4] == ["Lee, Ann", "12", "'=1+1", ""]
    assert rows[1][4] == "line 2: Phone: no telephone in US has this number of 2 digits"
    mended = (
        back.replace(",12,", ",2125550124,").replace(",13,", ",2125550125,").replace(",z,", ",,")
    )
    again = imported(mended)
    assert not again.bad_rows
    assert [contact.name for contact in again.contacts] == ["Ann Lee", "Cy"]
    assert again.contacts[0].variables["note"] == "=1+1"


def test_the_same_number_is_one_contact_with_all_appointments() -> None:
    """One call for a household: what differs is numbered, the earliest deadline counts."""
    result = imported(
        "Name,Phone,Date,Time,Appointment ID,Doctor\n"
        "Ann,212-555-0123,2026-11-25,15:00,A1,Wu\n"
        "Bob,+12125550123,2026-11-24,09:30,A2,Wu\n"
        "Cy,4155552671,2026-11-24,10:00,A3,Wu\n"
    )
    household, other = result.contacts
    assert other.name == "Cy"
    assert (household.line, household.name, household.appointments) == (
        2,
        "Ann / Bob",
        ("A1", "A2"),
    )
    assert household.deadline == datetime(2026, 11, 24, 14, 30, tzinfo=UTC)
    assert {
        name: household.variables.get(name)
        for name in ("name", "name_2", "time", "time_2", "doctor", "doctor_2", "all_appointments")
    } == {
        "name": "Ann",
        "name_2": "Bob",
        "time": "15:00",
        "time_2": "09:30",
        "doctor": "Wu",
        "doctor_2": None,
        "all_appointments": "Ann: 2026-11-25 15:00; Bob: 2026-11-24 09:30",
    }
    assert [(row.line, row.into_line, row.exact) for row in result.merged] == [(3, 2, False)]


def test_a_row_that_stands_there_twice_counts_once() -> None:
    """Nothing is numbered for it."""
    result = imported("Phone,Name\n2125550123,Ann\n2125550123,Ann\n")
    assert [(row.line, row.exact) for row in result.merged] == [(3, True)]
    assert "name_2" not in result.contacts[0].variables


def test_the_newest_consent_of_a_number_counts() -> None:
    """One with a source before one without."""
    contact = imported(
        "Phone,Name,Consent,Consent date\n"
        "2125550123,Ann,old form,2025-01-01\n"
        "2125550123,Bob,new form,2026-01-01\n"
        "2125550123,Cy,,2026-02-01\n"
    ).contacts[0]
    assert contact.consent_source == "new form"
    assert contact.consent_at == datetime(2026, 1, 1, 5, tzinfo=UTC)


def test_one_refusal_refuses_for_the_whole_number() -> None:
    """Even in a row that has other faults."""
    text = "Phone,Consent,Date\n2125550123,yes,\n2125550123,no,garbage\n"
    result = imported(text, without_day=True)
    assert result.contacts == ()
    assert [(row.line, row.why) for row in result.bad_rows] == [
        (2, "line 3 says that this number must not be called"),
        (3, 'Consent: "no" says that this number must not be called'),
    ]


def test_a_number_in_two_states_or_zones_is_not_merged() -> None:
    """The later row comes back: only one place can be true. A country alone contradicts nothing."""
    two = imported("Phone,State\n2125550123,NY\n2125550123,CA\n")
    assert [row.line for row in two.bad_rows] == [3]
    assert "line 2 has the same number in another state" in two.bad_rows[0].why
    zones = imported("Phone,Zone,tz\n2125550123,,EST\n2125550123,x,PST\n")
    assert [row.line for row in zones.bad_rows] == [3]
    one = imported("Phone,State,Country\n2125550123,,US\n2125550123,NY,US\n")
    assert (one.contacts[0].region, one.bad_rows) == ("US-NY", ())


def test_a_number_in_too_many_rows_is_nobodys() -> None:
    """It stands in for numbers that were not known."""
    rows = "".join(f"2125550123,P{count}\n" for count in range(MAX_ROWS + 1))
    result = imported("Phone,Name\n" + rows)
    assert len(result.bad_rows) == MAX_ROWS + 1
    assert not result.contacts
    assert len(imported("Phone,Name\n" + rows[: rows.rfind("2125550123")]).contacts) == 1


def test_importing_again_gives_the_same_contacts() -> None:
    """By ids made of batch and number, which another batch does not share."""
    text = "Phone,Name\n2125550123,Ann\n4155552671,Bo\n"
    assert imported(text) == imported(text)
    other = imported(text, batch_id="bat_2")
    ids = {contact.id for contact in (*imported(text).contacts, *other.contacts)}
    assert len(ids) == 4


def test_a_later_file_adds_to_a_known_contact_what_is_new() -> None:
    """And nothing the second time."""
    known = only("Phone,Name,Appointment ID,Date\n2125550123,Ann,A1,2026-11-25\n")
    new = only("Phone,Name,Appointment ID,Date\n2125550123,Bob,A2,2026-11-24\n")
    more = absorb(known, new, now=NOW)
    assert more is not None
    assert (more.id, more.appointments, more.line) == (known.id, ("A1", "A2"), 2)
    assert more.deadline == new.deadline
    assert more.variables["all_appointments"] == "Ann: 2026-11-25; Bob: 2026-11-24"
    assert absorb(known, known, now=NOW) is None
    assert absorb(more, new, now=NOW) is None


def test_a_later_file_without_ids_adds_what_its_words_say() -> None:
    """An appointment is known by its day and time where the business gave it no id."""
    known = only("Phone,Name,Date,Time\n2125550123,Ann,2026-11-25,14:30\n")
    new = only("Phone,Name,Date,Time\n2125550123,Ann,2026-11-24,09:30\n")
    more = absorb(known, new, now=NOW)
    assert more is not None
    assert more.variables["all_appointments"] == "Ann: 2026-11-25 14:30; Ann: 2026-11-24 09:30"
    assert more.deadline == new.deadline
    assert absorb(known, known, now=NOW) is None
    assert absorb(more, new, now=NOW) is None
    nothing_new = only("Phone,Name\n2125550123,Ann\n")
    assert absorb(known, nothing_new, now=NOW) is None


@pytest.mark.parametrize(
    ("rules", "zone", "hour"),
    [
        ({}, "America/New_York", 15),
        ({"zone": "America/Chicago"}, "America/New_York", 15),
        ({"zone": "America/Chicago"}, "", 16),
    ],
)
def test_times_are_read_on_a_clock_that_somebody_named(
    rules: dict[str, str], zone: str, hour: int
) -> None:
    """That of the business, else that of its people; which it was is said."""
    sheet = sheet_of("Phone,Date,Time\n2125550123,2026-11-24,10:00\n")
    result = import_contacts(
        sheet,
        batch_id="b",
        settings=BatchSettings(**rules),
        columns=guess_columns(sheet.header),
        now=NOW,
        zone=zone,
    )
    assert result.contacts[0].deadline == datetime(2026, 11, 24, hour, tzinfo=UTC)
    assert result.times_in == (zone or rules["zone"])


@pytest.mark.parametrize("header", ["Appointment", "Consent date", "Date"])
def test_times_that_nobody_names_a_clock_for_are_not_read(header: str) -> None:
    """The clock of the machine is nobody's word; times with an offset need none."""
    columns = guess_columns(("Phone", header))

    def read(when: str) -> Imported:
        sheet = sheet_of(f"Phone,{header}\n2125550123,\n2125550124,{when}\n")
        rules = BatchSettings(without_day=True)
        return import_contacts(sheet, batch_id="b", settings=rules, columns=columns, now=NOW)

    with pytest.raises(NoClock, match="line 3: days and times have no offset.*--times-in"):
        read("2026-11-20")
    result = read("2026-11-20T09:30:00Z")
    assert (len(result.contacts), result.times_in) == (2, "")


def test_an_offset_of_nothing_is_one() -> None:
    """Z is not the clock of the business."""
    contact = only("Phone,Appointment\n2125550123,2026-11-24T15:00:00Z\n")
    assert contact.deadline == datetime(2026, 11, 24, 15, tzinfo=UTC)
    assert contact.variables["time"] == "10:00"


def test_a_map_that_does_not_fit_is_an_error_of_the_whole_file() -> None:
    """Before any row is looked at."""
    sheet = sheet_of("Ring,Name\n2125550123,Ann\n")
    rules = BatchSettings()
    with pytest.raises(BadColumns):
        import_contacts(
            sheet, batch_id="b", settings=rules, columns=guess_columns(sheet.header), now=NOW
        )
    columns = map_columns(sheet.header, {"phone": "Ring"})
    result = import_contacts(sheet, batch_id="b", settings=rules, columns=columns, now=NOW)
    assert len(result.contacts) == 1


# A file with many control characters is no text, and handed back as a whole: here are a few.
LETTERS = st.characters(exclude_categories=["Cs", "Cc"])
NUMBERS = st.sampled_from(["2125550123", "+12125550123", "4155552671", "12", "", "+491711234567"])
CELLS = {
    "Phone": NUMBERS,
    "Name": st.sampled_from(["Ann", "Bob", "", 'O"Neil, "x"', "a;b", "Li\x1fsa"])
    | st.text(LETTERS, max_size=5),
    "State": st.sampled_from(["NY", "CA", "", "Narnia"]),
    "Consent": st.sampled_from(["yes", "form", "", "no"]),
    "Date": st.sampled_from(["2026-11-24", "03/04/2026", "", "soon"]),
    "Appointment ID": st.sampled_from(["A1", "A2", "", "A1, A3"]),
}


@settings(max_examples=200)
@given(st.lists(st.tuples(*CELLS.values()), max_size=25), st.sampled_from("|;,\t"))
def test_no_row_is_ever_lost(rows: list[tuple[str, ...]], delimiter: str) -> None:
    """Each line is in exactly one contact as its first, merged into one, or bad; and the bad ones
    come back whole.
    """
    out = io.StringIO()
    csv.writer(out, delimiter=delimiter).writerows([tuple(CELLS), *rows, ("2125550199", "Last")])
    sheet = sheet_of(out.getvalue())
    result = import_contacts(
        sheet,
        batch_id="b",
        settings=BatchSettings(),
        columns=guess_columns(sheet.header),
        now=NOW,
        zone=NEW_YORK,
    )
    lines = [
        *(contact.line for contact in result.contacts),
        *(row.line for row in result.merged),
        *(row.line for row in result.bad_rows),
        *(row.line for row in result.left_out),
    ]
    assert sorted(lines) == [row.line for row in sheet.rows]
    firsts = {contact.line for contact in result.contacts}
    assert {row.into_line for row in result.merged} <= firsts
    assert len({contact.number for contact in result.contacts}) == len(result.contacts)
    if result.bad_rows:
        back = sheet_of(bad_rows_csv(result, sheet))
        assert [row.cells for row in back.rows] == [row.cells for row in result.bad_rows]
    good = {row.line: row.cells for row in sheet.rows}
    for contact in result.contacts:
        ids = good[contact.line][5].replace(",", " ").split()
        assert contact.appointments[: len(ids)] == tuple(dict.fromkeys(ids))
