"""Rows as services have them: days, numbers, names and addresses read together."""

from datetime import UTC, datetime
from typing import Any

import pytest

from bot.batches.gate.places import place_of
from bot.batches.reading.columns import guess_columns
from bot.batches.reading.households import MAX_ROWS, absorb
from bot.batches.reading.importing import Imported, import_contacts
from bot.batches.reading.sheets import read_sheet
from bot.batches.settings import BatchSettings
from bot.store import ContactRecord

NOW = datetime(2026, 11, 29, 21, tzinfo=UTC)
NEW_YORK = "America/New_York"


def imported(text: str, *, zone: str = NEW_YORK, **rules: Any) -> Imported:
    sheet = read_sheet(text.encode(), "people.csv")
    return import_contacts(
        sheet,
        batch_id="bat_1",
        settings=BatchSettings(**rules),
        columns=guess_columns(sheet.header),
        now=NOW,
        zone=zone,
    )


def only(text: str, **rules: Any) -> ContactRecord:
    result = imported(text, **rules)
    assert not result.bad_rows
    (contact,) = result.contacts
    return contact


def reasons(text: str, **rules: Any) -> dict[int, str]:
    return {row.line: row.why for row in imported(text, **rules).bad_rows}


def days(text: str, **rules: Any) -> dict[int, str]:
    return {c.line: c.variables["day"] for c in imported(text, **rules).contacts}


# -- when -----------------------------------------------------------------------------------------

NINE = datetime(2027, 6, 1, 13, tzinfo=UTC)


@pytest.mark.parametrize(
    ("header", "cells"),
    [
        ("Start Time", '"June 1, 2027 9:00 am"'),
        ("Appointment", "2027-06-01T13:00:00Z"),
        ("Start Time", "2027-06-01T13:00:00Z"),
        ("Date,Time", "06/01/2027,9:00 AM EST"),
        ("Date,Time", "06/01/2027,9:00 - 9:30 AM"),
        ("Date,Time", "2027-06-01 00:00:00,09:00"),
        ("Date,Time", "2027-06-01T00:00:00Z,9:00 AM"),  # a day, as programs keep it
        ("Date,Time", "2027-06-01T04:00:00Z,9:00 AM"),  # the same in New York
        ("Date,Time", "06/01/2027,1899-12-30 09:00:00"),
        ("Date,Time", "06/01/2027,2027-06-01T13:00:00Z"),
        ("Date,Time", "46539,0.375"),
        ("Date,Start Time", '06/01/2027,"June 1, 2027 9:00 am"'),
        ("Termin,Datum", "01.06.2027 9:00,01.06.2027"),
    ],
)
def test_an_appointment_is_found_wherever_its_day_and_time_stand(header: str, cells: str) -> None:
    """In one column or in several, on whatever clock they name."""
    contact = only(f"Phone,{header}\n2125550101,{cells}\n")
    assert contact.deadline == NINE
    assert (contact.variables["day"], contact.variables["time"]) == ("2027-06-01", "09:00")


@pytest.mark.parametrize(
    ("text", "why"),
    [
        (
            'Phone,Date,Start Time\n2125550101,06/02/2027,"June 1, 2027 9:00 am"\n',
            'Start Time: this is another day or time than in "Date"',
        ),
        (
            "Phone,Date,Time\n2125550101,2027-06-01 10:00,11:00\n",
            'Time: this is another day or time than in "Date"',
        ),
        ("Phone,Start Time\n2125550101,9:00 am\n", "Start Time: there is a time of day and no day"),
        (
            "Phone,Date,Time\n2125550101,06/01/2027,9:00 AM MST\n",
            "Time: the time may be that of America/Denver or America/Phoenix",
        ),
        (
            "Phone,Date,Time\n2125550101,Total appointments: 16,9:00 AM\n",
            'Date: "Total appointments: 16" is no time of day',
        ),
        ("Phone,Time\n2125550101,9:00 AM XST\n", 'Time: "9:00 AM XST" is no time of day'),
    ],
)
def test_columns_that_contradict_each_other_are_named(text: str, why: str) -> None:
    """With the cell as it stands in the file."""
    assert reasons(text)[2].startswith(why)


def test_one_odd_day_in_a_file_spoils_no_other_row() -> None:
    """The odd one comes back, with how it could be written."""
    text = "Phone,Date\n2125550101,12/01/2026\n2125550102,12/02/2026\n2125550103,13/12/2026\n"
    assert days(text) == {2: "2026-12-01", 3: "2026-12-02"}
    assert '"13/12/2026" has the day first, and other rows have the month first' in reasons(text)[4]


def test_inner_numbers_beside_written_days_come_back() -> None:
    """The spreadsheet that made them has not understood the others."""
    text = "Phone,Date\n2125550101,46357\n2125550102,13/12/2026\n"
    assert "inner number" in reasons(text)[2]


def test_the_country_of_a_row_decides_the_order_of_day_and_month() -> None:
    """The one that it states, else that of its number where no other row speaks against it."""
    head = "Phone,Country,Date\n"
    assert days(head + "+442079460101,GB,05/06/2027\n") == {2: "2027-06-05"}
    assert days(head + "+442079460101,,05/06/2027\n") == {2: "2027-06-05"}
    both = head + "2125550101,US,05/06/2027\n+442079460101,GB,05/06/2027\n"
    assert days(both) == {2: "2027-05-06", 3: "2027-06-05"}
    guest = head + "2125550101,,05/06/2027\n2125550102,,05/07/2027\n+442079460101,,05/06/2027\n"
    assert days(guest) == {2: "2027-05-06", 3: "2027-05-07"}
    assert "may be 2027-06-05 or 2027-05-06" in reasons(guest)[4]
    assert "may be" in reasons(head + "4165550101,Canada,05/06/2027\n")[2]
    assert days(head + "0171 1234567,,05/06/2027\n", country="DE") == {2: "2027-06-05"}


# -- several appointments of one number -----------------------------------------------------------


def test_an_appointment_that_is_over_drops_out() -> None:
    """The call is about the one to come; nothing of the other is said."""
    result = imported(
        "Patient,Phone,State,Date,Time,Appointment ID\n"
        "Ann,212-555-0101,NY,2026-11-20,10:00,A1\n"
        "Ann,212-555-0101,NY,2026-12-01,10:30,A2\n"
    )
    (contact,) = result.contacts
    assert (contact.line, contact.appointments) == (3, ("A2",))
    assert contact.deadline == datetime(2026, 12, 1, 15, 30, tzinfo=UTC)
    assert contact.variables["all_appointments"] == "Ann: 2026-12-01 10:30"
    assert [(row.line, row.into_line, row.over) for row in result.merged] == [(2, 3, True)]
    (note,) = result.notes
    assert (note.line, note.what) == (
        2,
        "the appointment is over: the call is about line 3, same number",
    )


def test_the_earliest_appointment_to_come_counts() -> None:
    """Whatever the order of the file."""
    contact = only(
        "Name,Phone,Date\nAnn,2125550101,2026-12-03\nBob,2125550101,2026-12-01\n"
        "Cy,2125550101,2026-11-02\n"
    )
    assert contact.deadline == datetime(2026, 12, 1, 5, tzinfo=UTC)
    assert contact.variables["all_appointments"] == "Ann: 2026-12-03; Bob: 2026-12-01"


def test_a_number_whose_appointments_are_all_over_stays_a_contact() -> None:
    """The gate says why nobody calls it."""
    contact = only("Name,Phone,Date\nAnn,2125550101,2026-11-20\nAnn,2125550101,2026-11-21\n")
    assert contact.deadline is not None
    assert contact.deadline < NOW


def test_past_rows_do_not_make_a_number_nobodys() -> None:
    """Who comes every week has many of them in the export of a quarter."""
    past = "".join(f"Ann,2125550101,2026-11-{day:02d}\n" for day in range(1, MAX_ROWS + 3))
    result = imported(f"Name,Phone,Date\n{past}Ann,2125550101,2026-12-01\n")
    assert not result.bad_rows
    assert len(result.merged) == MAX_ROWS + 2


def test_a_no_in_a_past_row_is_still_a_no() -> None:
    """And the newest consent is that of all rows."""
    text = "Name,Phone,Date,Consent\nAnn,2125550101,2026-11-20,{}\nAnn,2125550101,2026-12-01,{}\n"
    assert not imported(text.format("no", "form")).contacts
    assert only(text.format("form", "")).consent_source == "form"


def test_a_later_file_replaces_what_is_over() -> None:
    """And adds nothing that is over itself."""
    past = only("Name,Phone,Date\nAnn,2125550101,2026-11-20\n")
    coming = only("Name,Phone,Date\nAnn,2125550101,2026-12-01\n")
    more = absorb(past, coming, now=NOW)
    assert more is not None
    assert more.deadline == coming.deadline
    assert more.variables["all_appointments"] == "Ann: 2026-12-01"
    assert absorb(coming, past, now=NOW) is None


# -- whom, and where ------------------------------------------------------------------------------


def test_a_new_area_code_is_placed_by_the_state() -> None:
    """Its zone is that of the state; without one the row says what to add."""
    for state, code, zone in (("TX", "621", "America/Chicago"), ("IL", "861", "America/Chicago")):
        contact = only(f"Phone,State\n{code}-555-0101,{state}\n")
        place = place_of(number=contact.number, zone="", region=contact.region, batch_zone="")
        assert (contact.number, place.source) == (f"+1{code}5550101", "region")
        assert zone in place.zones
    assert only("Phone,Zip\n621-555-0101,77001\n").number == "+16215550101"
    assert "area code 621 is not known here" in reasons("Phone\n621-555-0101\n")[2]
    assert "no telephone in US" in reasons("Phone,State\n911-555-0101,TX\n")[2]


@pytest.mark.parametrize(
    "cell", ["000-000-0000", "999-999-9999", "1111111111", "123-456-7890", "unknown", "refused"]
)
def test_a_placeholder_falls_through_to_the_next_column_and_says_so(cell: str) -> None:
    """Whatever stands for a number that is not known."""
    result = imported(f"Mobile,Home Phone\n{cell},(212) 555-0101\n")
    assert [contact.number for contact in result.contacts] == ["+12125550101"]
    (note,) = result.notes
    assert note.what.startswith("Mobile: ")
    assert note.what.endswith("; Home Phone is called")


@pytest.mark.parametrize(
    "cell", ["(929) 555-0150 wife", "212-555-0148 x2", "do not call", "2.12556E+09"]
)
def test_words_about_a_number_let_no_other_column_be_called(cell: str) -> None:
    """Somebody has to look at them first."""
    assert list(reasons(f"Mobile,Home Phone\n{cell},(212) 555-0101\n")) == [2]


def test_an_empty_first_column_is_nothing_to_tell() -> None:
    """Most people have one telephone."""
    assert imported("Mobile,Home Phone\n,(212) 555-0101\n").notes == ()


def test_a_row_without_any_number_says_what_its_columns_hold() -> None:
    """The first that looked like one."""
    why = reasons("Mobile,Home Phone\nnone,000-000-0000\n")[2]
    assert why == 'Home Phone: "000-000-0000" stands for a telephone number that is not known'
    assert reasons("Mobile,Home Phone,Name\n,,Ann\n")[2] == "Mobile: there is no telephone number"


def test_a_province_beside_states_means_canada() -> None:
    """A clinic at the border has both; its days are written as it writes all."""
    result = imported(
        "Phone,State,Date\n416-555-0101,ON,12/01/2026\n716-555-0101,NY,12/01/2026\n"
        "613-555-0101,Ontario,12/02/2026\n"
    )
    assert not result.bad_rows
    assert [contact.region for contact in result.contacts] == ["CA-ON", "US-NY", "CA-ON"]
    assert {contact.variables["day"] for contact in result.contacts} == {"2026-12-01", "2026-12-02"}
    assert "no state of US" in reasons("Phone,State,Country\n416-555-0101,ON,US\n")[2]


@pytest.mark.parametrize(
    ("code", "region"), [("2115.0", "US-MA"), ("7030", "US-NJ"), ("6902", "US-CT")]
)
def test_a_zip_code_without_its_zero_is_one(code: str, region: str) -> None:
    """Columns of numbers take it away."""
    assert only(f"Phone,Zip\n2125550101,{code}\n").region == region


# -- names ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("header", "cells", "name"),
    [
        ("Patient Name", '"ALVAREZ, MARIA T"', "Maria Alvarez"),
        ("Name;Vorname", "Müller;Petra", "Petra Müller"),
        ("Vorname;Name", "Petra;von der Heide", "Petra von der Heide"),
        ("Vorname;Nachname", "PETRA;MÜLLER", "Petra Müller"),
        ("Nom;Prénom", "DUPONT;JEAN", "Jean Dupont"),
        ("First Name;Last Name", "JANE Q;O'BRIEN", "Jane O'Brien"),
        ("First Name;Patient Name", '"Jane";"SMITH, JANE"', "Jane Smith"),
        ("Patient Name;First Name", "Bob Lee;Robert", "Bob Lee"),
        ("Name", "SMITH & SONS", "SMITH & SONS"),
    ],
)
def test_a_name_is_said_as_people_say_it(header: str, cells: str, name: str) -> None:
    """Whichever columns it stands in."""
    separator = ";" if ";" in header else ","
    contact = only(f"Phone{separator}{header}\n2125550101{separator}{cells}\n")
    assert (contact.name, contact.variables["name"]) == (name, name)


def test_texts_that_use_the_column_by_its_name_say_the_name_so_too() -> None:
    """`{patient_name}` is the name as well."""
    contact = only('Phone,Patient Name\n2125550101,"SMITH, JANE Q"\n')
    assert contact.variables["patient_name"] == "Jane Smith"


OFFICE = """\
Appt Date,Appt Time,Patient Name,Home Phone,Cell Phone,Provider,State,Zip
12/01/2026,8:00 AM,"ALVAREZ, MARIA T",(212) 555-0141,(917) 555-0142,"CHEN, LISA MD",NY,10016
12/01/2026,9:20 AM,"EVANS, GRACE",(201) 555-0146,,"PATEL, RAJ DO",NJ,7030
12/01/2026,9:40 AM,"FOSTER, LIAM (minor)",,(917) 555-0147,"PATEL, RAJ DO",NY,10025
12/01/2026,9:40 AM,"FOSTER, EMMA (minor)",,(917) 555-0147,"PATEL, RAJ DO",NY,10025
12/01/2026,10:00 AM,"GREEN, WALTER",212-555-0148 x2,,"CHEN, LISA MD",NY,10021
12/01/2026,10:40 AM,"IVANOV, OLEG",,(929) 555-0150 wife,"PATEL, RAJ DO",NY,11235
12/01/2026,1:00 PM,"LOPEZ, ANA",718-555-0153 / 917-555-0154,,"CHEN, LISA MD",NY,11372
12/01/2026,1:20 PM,"MILLER, JOE",(917) 555-0155,000-000-0000,"PATEL, RAJ DO",NY,10009
12/01/2026,1:40 PM,"NGUYEN, LAN",,(646) 555-0156,"PATEL, RAJ DO",CT,6902
12/01/2026,2:00 PM,"O'BRIEN, PAT",(212) 555-0157,,"CHEN, LISA MD",NY,10001
Total appointments: 16,,,,,,,
"""


def test_the_export_of_an_office_is_read_as_it_is() -> None:
    """Names as they are said; what somebody has to look at comes back with its words."""
    result = imported(OFFICE)
    assert {contact.line: contact.name for contact in result.contacts} == {
        2: "Maria Alvarez",
        3: "Grace Evans",
        4: "Liam Foster / Emma Foster",
        9: "Joe Miller",
        10: "Lan Nguyen",
        11: "Pat O'Brien",
    }
    why = {row.line: row.why for row in result.bad_rows}
    assert list(why) == [6, 7, 8]
    assert 'the extension 2 in "212-555-0148 x2" cannot be dialled' in why[6]
    assert '"(929) 555-0150 wife" is the number of somebody else (wife)' in why[7]
    assert "several telephone numbers" in why[8]
    assert [(row.line, row.why) for row in result.left_out] == [(12, '"Total appointments: 16"')]
    assert [note.line for note in result.notes] == [9]
    regions = {contact.line: contact.region for contact in result.contacts}
    assert (regions[3], regions[10]) == ("US-NJ", "US-CT")
