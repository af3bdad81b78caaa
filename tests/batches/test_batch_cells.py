"""Single cells: numbers, days and times, addresses, consent; read in one way or not at all."""

import datetime as dt
import re
from zoneinfo import ZoneInfo, available_timezones

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.batches.reading.addresses import (
    BadAddress,
    implied_country,
    read_country,
    read_region,
    read_zone,
)
from bot.batches.reading.cell_consent import read_consent
from bot.batches.reading.cell_numbers import BadNumber, pluses_were_lost, read_number
from bot.batches.reading.cell_times import BadTime, NoClock, Written, order_of, read_when
from bot.batches.reading.zone_names import RAILS, WINDOWS, named_in
from bot.carriers import is_dialable, parse_target


@pytest.mark.parametrize(
    ("cell", "country", "number"),
    [
        ("(415) 555-2671", "US", "+14155552671"),
        ("415.555.2671", "US", "+14155552671"),
        ("1 415 555 2671", "US", "+14155552671"),
        ("14155552671", "US", "+14155552671"),
        ("4155552671.0", "US", "+14155552671"),
        ("4.155552671E+09", "US", "+14155552671"),
        ("4,155552671e9", "US", "+14155552671"),
        ("'+14155552671", "US", "+14155552671"),
        ('="4155552671"', "US", "+14155552671"),
        ("\u202a+1 415\u00a0555\u20112671\u202c", "US", "+14155552671"),
        ("tel:+1-415-555-2671", "US", "+14155552671"),
        ("Tel. 415 555 2671 (mobile)", "US", "+14155552671"),
        ("415-555-2671; 415 555 2671", "US", "+14155552671"),
        ("011 44 20 7946 0123", "US", "+442079460123"),
        ("+44 (0)20 7946 0123", "US", "+442079460123"),
        ("+49 171 1234567", "US", "+491711234567"),
        ("0171/1234567", "DE", "+491711234567"),
        ("1711234567", "DE", "+491711234567"),  # its zero was lost
        ("0049 171 1234567", "DE", "+491711234567"),
        ("０１７１１２３４５６７", "DE", "+491711234567"),
        ("06 12 34 56 78", "FR", "+33612345678"),
        ("33612345678", "FR", "+33612345678"),
    ],
)
def test_numbers_are_made_whole_where_that_is_certain(cell: str, country: str, number: str) -> None:
    """Whatever a spreadsheet or a person has done to them."""
    assert read_number(cell, country=country) == number


@pytest.mark.parametrize(
    ("cell", "country", "words"),
    [
        ("", "US", "no telephone number"),
        ("n/a", "US", "no telephone number"),
        ("4.15551E+09", "US", "has cut the number"),
        ("4,15551E+9", "DE", "has cut the number"),
        ("415-555-2671 x12", "US", "extension 12"),
        ("415-555-2671x12", "US", "extension 12"),
        ("4155552671#12", "US", "extension 12"),
        ("030 901820 Durchwahl 7", "DE", "extension 7"),
        ("415-555-2671 / 212-555-2671", "US", "several"),
        ("+14155552671,+14155552672", "US", "several"),
        ("0171 1234567 oder 030 901820", "DE", "several"),
        ("1-800-FLOWERS7", "US", "letters"),
        ("ask 4155552671", "US", "letters"),
        ("555-2671", "US", "no telephone in US"),
        ("415555267", "US", "no telephone in US"),
        ("0000000000", "US", '"0000000000" stands for a telephone number that is not known'),
        ("0000000", "DE", "stands for"),
        ("+15551234567", "US", "no telephone has"),
        ("911", "US", "no telephone in US"),
        ("112", "DE", "no telephone in DE"),
        ("+1 900 555 1234", "US", "remium-rate"),
        ("491711234567", "US", r"\+49 171 1234567, write it with its plus"),
        ("491711234567", "DE", r"may be \+49 491 711234567 or \+49 171 1234567"),
        ("0049 171 1234567", "US", r"if it is \+49 171 1234567"),
        ("12/24", "US", "no telephone"),
    ],
)
def test_numbers_that_are_not_certain_are_refused_with_the_reason(
    cell: str, country: str, words: str
) -> None:
    """Nobody is called by a guess."""
    with pytest.raises(BadNumber, match=words):
        read_number(cell, country=country)


def test_a_whole_column_shows_that_its_pluses_were_lost() -> None:
    """Three or more numbers that all begin with the country's code are read with it."""
    cells = ["491711234567", "4930901820", "491711234568.0", "0171 1234567", "", "+491711234567"]
    assert pluses_were_lost(cells, "DE")
    assert not pluses_were_lost(cells[:2], "DE")
    assert not pluses_were_lost([*cells, "1711234567"], "DE")
    assert read_number("491711234567", country="DE", plus_lost=True) == "+491711234567"
    assert read_number("0171 1234567", country="DE", plus_lost=True) == "+491711234567"


@given(st.text(max_size=30), st.sampled_from(["US", "DE", "GB", "FR", "IN"]), st.booleans())
def test_any_cell_is_a_number_to_dial_or_a_reason(cell: str, country: str, lost: bool) -> None:
    """And reading what came out changes nothing."""
    try:
        number = read_number(cell, country=country, plus_lost=lost)
    except BadNumber as error:
        assert str(error)
        return
    assert is_dialable(number)
    assert read_number(number, country=country) == number


DAY = dt.date(2026, 11, 24)


@pytest.mark.parametrize(
    ("cell", "country", "day", "time"),
    [
        ("2026-11-24", "US", DAY, None),
        ("2026-11-24 14:30", "US", DAY, "14:30"),
        ("2026-11-24T14:30:00", "US", DAY, "14:30"),
        ("2026/11/24", "US", DAY, None),
        ("20261124", "US", DAY, None),
        ("24.11.2026", "US", DAY, None),
        ("24.11.26 um 9 Uhr", "DE", DAY, "09:00"),
        ("24. November 2026, 14:30 Uhr", "DE", DAY, "14:30"),
        ("Di, 24.11.2026", "DE", DAY, None),
        ("11/24/2026 2:30 PM", "US", DAY, "14:30"),
        ("24/11/2026", "GB", DAY, None),
        ("03/04/2026", "US", dt.date(2026, 3, 4), None),
        ("03/04/2026", "GB", dt.date(2026, 4, 3), None),
        ("04/04/2026", "CA", dt.date(2026, 4, 4), None),
        ("Nov 24th, 2026 at 2:30 p.m.", "US", DAY, "14:30"),
        ("Tuesday, November 24, 2026", "US", DAY, None),
        ("24-Nov-2026", "US", DAY, None),
        ("24 de noviembre de 2026", "ES", DAY, None),
        ("mar. 24 nov. 2026", "FR", DAY, None),
        ("1er mars 2026", "FR", dt.date(2026, 3, 1), None),
        ("14:30", "US", None, "14:30"),
        ("14.30", "DE", None, "14:30"),
        ("14h30", "FR", None, "14:30"),
        ("9:30", "US", None, "09:30"),
        ("02:30", "US", None, "02:30"),
        ("2:30", "DE", None, "02:30"),
        ("2 pm", "US", None, "14:00"),
        ("12 am", "US", None, "00:00"),
        ("12:15 PM", "US", None, "12:15"),
        ("0930", "US", None, "09:30"),
        ("", "US", None, None),
    ],
)
def test_days_and_times_are_read_where_they_can_be_read_in_one_way(
    cell: str, country: str, day: dt.date | None, time: str | None
) -> None:
    """As people of that country write them, and as programs do."""
    written = read_when(cell, order=order_of([cell], country), country=country)
    assert written.day == day
    assert (f"{written.time:%H:%M}" if written.time else None) == time


@pytest.mark.parametrize(
    ("cell", "country", "words"),
    [
        ("03/04/2026", "CA", "2026-04-03 or 2026-03-04"),
        ("31.02.2026", "DE", "no day 2026-02-31"),
        ("13/13/2026", "US", "no day"),
        ("24.11.", "DE", "no year"),
        ("Nov 24", "US", "no year"),
        ("46350", "US", "spreadsheet's inner number"),
        ("Mon, 24 Nov 2026", "US", "another day of the week"),
        ("tomorrow", "US", "neither"),
        ("24.11.0026", "DE", "year 26"),
        ("2:30", "US", "AM or PM"),
        ("14", "US", "no time of day"),
        ("25:00", "US", "no time of day"),
        ("13 pm", "US", "no time of day"),
        ("15:00-14:30", "US", "ends before it begins"),
        ("9 or 10 am", "US", "no time of day"),
        ("2026-11-24T10:00:00+99:00", "US", "from UTC"),
    ],
)
def test_days_and_times_that_can_be_read_in_two_ways_are_refused(
    cell: str, country: str, words: str
) -> None:
    """With both ways, where there are two."""
    with pytest.raises(BadTime, match=words):
        read_when(cell, order=order_of([cell], country), country=country)


@pytest.mark.parametrize(
    ("cells", "country", "order"),
    [
        (["03/04/2026"], "US", "month_first"),
        (["03/04/2026"], "DE", "day_first"),
        (["03/04/2026"], "CA", None),
        (["03/04/2026", "24/11/2026"], "CA", "day_first"),
        (["03/04/2026", "24/11/2026"], "US", None),
        (["11/24/2026", "24/11/2026"], "CA", None),
        (["24.11.2026", "2026/11/24"], "US", "month_first"),
    ],
)
def test_a_column_shows_the_order_of_its_days(
    cells: list[str], country: str, order: str | None
) -> None:
    """Where it contradicts its country, nothing is certain any more."""
    assert order_of(cells, country) == order


@pytest.mark.parametrize(
    ("written", "country"),
    [
        ("(212) 555-0123", "US"),
        ("1 212 555 0123", "US"),
        ("+1 212.555.0123", "DE"),
        ("0171 1234567", "DE"),
        ("+49 (0)171 1234567", "US"),
        ("06 12 34 56 78", "FR"),
        ("06 1234 5678", "IT"),
        ("011 15-2345-6789", "AR"),
        ("+54 9 11 2345-6789", "US"),
        ("+52 1 55 1234 5678", "US"),
        ("55 1234 5678", "MX"),
        ("0412 345 678", "AU"),
    ],
)
def test_a_number_in_a_file_is_the_same_on_the_list_of_suppressions(
    written: str, country: str
) -> None:
    """Who opted out is found by the text of the number, whichever way each of both came in."""
    number = read_number(written, country=country)
    assert parse_target(written, default_region=country) == number
    assert parse_target(number) == read_number(number, country="US") == number


def test_a_written_time_is_a_moment_on_the_clock_of_the_business() -> None:
    """The earlier one where the clock shows it twice, midnight where there is no time."""
    berlin = ZoneInfo("Europe/Berlin")
    twice = Written(day=dt.date(2026, 10, 25), time=dt.time(2, 30))
    assert twice.moment(berlin) == dt.datetime(2026, 10, 25, 0, 30, tzinfo=dt.UTC)
    assert Written(day=DAY).moment(berlin) == dt.datetime(2026, 11, 23, 23, tzinfo=dt.UTC)
    told = read_when("2026-11-24T14:30:00-05:00", order=None, country="US")
    assert told.moment(berlin) == dt.datetime(2026, 11, 24, 19, 30, tzinfo=dt.UTC)
    assert Written(time=dt.time(9)).moment(berlin) is None


def test_a_written_time_without_a_clock_is_no_moment() -> None:
    """That of the machine it is read on says nothing about it."""
    with pytest.raises(NoClock):
        Written(day=DAY).moment(None)
    told = read_when("2026-11-24T14:30:00-05:00", order=None, country="US")
    assert told.moment(None) == dt.datetime(2026, 11, 24, 19, 30, tzinfo=dt.UTC)


@given(st.text(max_size=30), st.sampled_from(["US", "DE", "CA"]))
def test_any_cell_is_a_time_or_a_reason(cell: str, country: str) -> None:
    """Nothing else is ever raised."""
    try:
        read_when(cell, order=order_of([cell], country), country=country)
    except BadTime as error:
        assert str(error)


@given(st.dates(dt.date(2000, 1, 1), dt.date(2099, 12, 31)), st.times())
def test_what_people_write_is_read_as_they_meant_it(day: dt.date, time: dt.time) -> None:
    """In several ways of writing the same minute."""
    moment = dt.datetime.combine(day, time.replace(second=0, microsecond=0))
    for cell, country in (
        (f"{moment:%Y-%m-%d %H:%M}", "CA"),
        (f"{moment:%d.%m.%Y %H:%M}", "US"),
        (f"{moment:%m/%d/%Y %I:%M %p}", "US"),
        (f"{moment:%d/%m/%Y %H:%M}", "GB"),
        (f"{moment:%A, %B %d, %Y at %I:%M %p}", "US"),
    ):
        written = read_when(cell, order=order_of([], country), country=country)
        assert (written.day, written.time) == (moment.date(), moment.time())


@pytest.mark.parametrize(
    ("state", "postcode", "country", "region"),
    [
        ("FL", "", "US", "US-FL"),
        ("florida", "33101", "US", "US-FL"),
        ("US-FL", "", "US", "US-FL"),
        ("D.C.", "", "US", "US-DC"),
        ("", "02139-4307", "US", "US-MA"),
        ("", "2139", "US", "US-MA"),  # its zero was lost
        ("", "601", "US", "US-PR"),
        ("", "2115.0", "US", "US-MA"),  # a column of numbers
        ("", "7030", "US", "US-NJ"),
        ("CT", "6902", "US", "US-CT"),
        ("", "21151234", "US", "US-MA"),
        ("Fla.", "", "US", "US-FL"),
        ("N.Y.", "10001.0", "US", "US-NY"),
        ("NY - New York", "", "US", "US-NY"),
        ("Ont.", "", "CA", "CA-ON"),
        ("P.E.I.", "", "CA", "CA-PE"),
        ("", "42223", "US", "US"),  # in two states
        ("", "09012", "US", "US"),  # the army, anywhere
        ("", "M5V 3L9", "CA", "CA-ON"),
        ("Québec", "", "CA", "CA-QC"),
        ("Bayern", "80331", "DE", "DE-BY"),
        ("Île-de-France", "75001", "FR", "FR"),
        ("Oberpfalz", "", "DE", "DE"),
        ("", "", "US", ""),
    ],
)
def test_an_address_gives_a_region(state: str, postcode: str, country: str, region: str) -> None:
    """Of its state, or of its postcode; the country alone where they do not tell."""
    assert read_region(state=state, postcode=postcode, country=country) == region


@pytest.mark.parametrize(
    ("state", "postcode", "country", "words"),
    [
        ("FL", "90210", "US", "FL and the postcode, which is in CA"),
        ("Narnia", "", "US", "no state of US"),
        ("", "SW1A 1AA", "US", "no ZIP"),
        ("", "12345", "CA", "no postal code"),
    ],
)
def test_an_address_that_contradicts_itself_is_refused(
    state: str, postcode: str, country: str, words: str
) -> None:
    """A state decides which law holds."""
    with pytest.raises(BadAddress, match=words):
        read_region(state=state, postcode=postcode, country=country)


@pytest.mark.parametrize(
    ("state", "postcode", "usual", "country"),
    [
        ("ON", "", "US", "CA"),
        ("Ontario", "14201", "US", "CA"),  # the postcode is then refused
        ("Québec", "", "US", "CA"),
        ("BC", "", "US", "CA"),
        ("", "M5V 3L9", "US", "CA"),
        ("NY", "M5V 3L9", "US", "US"),
        ("NY", "", "CA", "US"),
        ("", "10001", "CA", "US"),
        ("ON", "", "DE", "DE"),
        ("Narnia", "", "US", "US"),
        ("", "", "US", "US"),
    ],
)
def test_a_province_beside_states_means_canada(
    state: str, postcode: str, usual: str, country: str
) -> None:
    """And a state beside provinces the United States."""
    assert implied_country(state=state, postcode=postcode, usual=usual) == country


@pytest.mark.parametrize(
    ("cell", "zone"),
    [
        ("Eastern Time", "America/New_York"),
        ("Eastern Time (US & Canada)", "America/New_York"),
        ("(GMT-05:00) Eastern Time (US & Canada)", "America/New_York"),
        ("Eastern Standard Time", "America/New_York"),
        ("us_slash_eastern", "America/New_York"),
        ("US/Eastern", "America/New_York"),
        ("america_slash_los_angeles", "America/Los_Angeles"),
        ("us_slash_arizona", "America/Phoenix"),
        ("Arizona", "America/Phoenix"),
        ("US Mountain Standard Time", "America/Phoenix"),  # of Windows
        ("Mountain Time (US & Canada)", "America/Denver"),
        ("Indiana (East)", "America/Indiana/Indianapolis"),
        ("Atlantic Time (Canada)", "America/Halifax"),
        ("Central Standard Time (Mexico)", "America/Mexico_City"),
        ("W. Europe Standard Time", "Europe/Berlin"),
        ("GMT Standard Time", "Europe/London"),
        ("(UTC+01:00) Amsterdam, Berlin, Bern, Rome, Stockholm, Vienna", "Europe/Amsterdam"),
        ("Hawaii", "Pacific/Honolulu"),
        ("Osaka", "Asia/Tokyo"),
        ("UTC", "UTC"),
        ("EST", "America/New_York"),
        ("Pacific Standard Time", "America/Los_Angeles"),
        ("america/new york", "America/New_York"),
        ("Europe/Berlin", "Europe/Berlin"),
        ("MEZ", "Europe/Berlin"),
        ("", ""),
    ],
)
def test_zones_are_read_by_their_names(cell: str, zone: str) -> None:
    """Those of the world's list, and what people call them."""
    assert read_zone(cell) == zone


@pytest.mark.parametrize("cell", ["Mars", "MST", "+5", "../etc/passwd", "Etc"])
def test_an_unknown_zone_is_refused(cell: str) -> None:
    """Also MST, which is one thing in Phoenix and another in Denver."""
    with pytest.raises(BadAddress, match=re.escape(f'"{cell}"')):
        read_zone(cell)


def test_the_zones_of_other_systems_are_zones_of_the_list() -> None:
    """A slip in our table would be found in the field otherwise."""
    named = [*named_in(RAILS).values(), *named_in(WINDOWS).values()]
    assert set(named) <= available_timezones()


def test_countries_are_read_by_their_names() -> None:
    """An empty cell is of the batch's country."""
    assert read_country("U.S.A.", default="DE") == "US"
    assert read_country("Österreich", default="DE") == "AT"
    assert read_country("ch", default="DE") == "CH"
    assert read_country("", default="DE") == "DE"
    with pytest.raises(BadAddress):
        read_country("Narnia", default="DE")


@pytest.mark.parametrize(
    ("cell", "source"),
    [
        ("intake form 2026", "intake form 2026"),
        ("yes", "Consent: yes"),
        ("X", "Consent: X"),
        ("", ""),
        ("n/a", ""),
        ("No", None),
        ("opted-out", None),
        ("Nein", None),
    ],
)
def test_a_cell_about_consent_is_a_source_a_yes_or_a_no(cell: str, source: str | None) -> None:
    """A no is more than nothing: nobody of that number is called."""
    assert read_consent(cell, "Consent") == source
