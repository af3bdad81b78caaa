"""A contact with several appointments is about those that are not over, one after the other."""

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from bot.batches.reading.columns import guess_columns
from bot.batches.reading.importing import import_contacts
from bot.batches.reading.sheets import read_sheet
from bot.batches.settings import BatchSettings
from bot.batches.visits import as_of, visits_of
from bot.store import ContactRecord

NOW = datetime(2026, 11, 30, 13, tzinfo=UTC)
HOUSEHOLD = (
    "Name,Phone,Date,Time,Appointment ID\n"
    "Ann,2125550101,2026-11-30,9:30,A1\n"
    "Bob,2125550101,2026-12-02,11:00,A2\n"
    "Ann,2125550101,2026-12-04,10:00,A3\n"
)


def household(text: str = HOUSEHOLD) -> ContactRecord:
    sheet = read_sheet(text.encode(), "people.csv")
    (contact,) = import_contacts(
        sheet,
        batch_id="bat_1",
        settings=BatchSettings(without_day=True),
        columns=guess_columns(sheet.header),
        now=NOW,
        zone="America/New_York",
    ).contacts
    return contact


def test_after_each_appointment_the_next_one_counts() -> None:
    """Nothing is said of those that are over, and the business is told nothing of them."""
    contact = household()
    assert contact.deadline == datetime(2026, 11, 30, 14, 30, tzinfo=UTC)
    assert contact.last_deadline == datetime(2026, 12, 4, 15, tzinfo=UTC)
    second = as_of(contact, datetime(2026, 11, 30, 14, 30, tzinfo=UTC))
    assert (second.id, second.line, second.number) == (contact.id, contact.line, contact.number)
    assert (second.name, second.appointments) == ("Bob / Ann", ("A2", "A3"))
    assert second.deadline == datetime(2026, 12, 2, 16, tzinfo=UTC)
    assert second.variables["time"] == "11:00"
    assert second.variables["all_appointments"] == "Bob: 2026-12-02 11:00; Ann: 2026-12-04 10:00"
    third = as_of(second, datetime(2026, 12, 3, tzinfo=UTC))
    assert (third.name, third.appointments, third.visits) == ("Ann", ("A3",), ())
    assert third.variables["all_appointments"] == "Ann: 2026-12-04 10:00"
    assert third.last_deadline == third.deadline == datetime(2026, 12, 4, 15, tzinfo=UTC)


def test_a_contact_stays_as_it_is_where_nothing_or_everything_is_over() -> None:
    """The gate then says that it is."""
    contact = household()
    assert as_of(contact, NOW) is contact
    assert as_of(contact, datetime(2027, 1, 1, tzinfo=UTC)) is contact
    single = household("\n".join(HOUSEHOLD.splitlines()[:2]) + "\n")
    assert (single.visits, single.last_deadline) == ((), single.deadline)
    assert as_of(single, datetime(2027, 1, 1, tzinfo=UTC)) is single
    assert len(visits_of(single)) == 1


def test_an_appointment_without_a_day_is_never_over() -> None:
    """So the contact has no last moment."""
    contact = household("Name,Phone,Date\nAnn,2125550101,2026-12-01\nBob,2125550101,\n")
    assert contact.last_deadline is None
    assert as_of(contact, datetime(2027, 1, 1, tzinfo=UTC)).name == "Bob"


@given(st.lists(st.integers(-5, 20), min_size=1, max_size=7, unique=True), st.integers(0, 25))
def test_in_whatever_order_they_come(days: list[int], later: int) -> None:
    """The earliest to come is the deadline, at the import and at any time after it."""
    rows = [f"P{day},2125550101,{NOW + timedelta(days=day):%Y-%m-%d},12:00\n" for day in days]
    contact = household("Name,Phone,Date,Time\n" + "".join(rows))
    at = NOW + timedelta(days=later)
    left = sorted(day for day in days if day >= later)
    if not left:
        return
    now = as_of(contact, at)
    assert now.deadline == NOW.replace(hour=17) + timedelta(days=left[0])
    assert set(now.name.split(" / ")) == {f"P{day}" for day in left}
