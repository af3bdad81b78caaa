"""Days and times in cells: what has one reading is read, whatever program or person wrote it."""

import datetime as dt
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.batches.reading.cell_times import BadTime, Written, are_serials, order_of, read_when

NEW_YORK = ZoneInfo("America/New_York")
FIRST = dt.date(2026, 12, 1)


def read(cell: str, country: str = "US") -> Written:
    return read_when(
        cell, order=order_of([cell], country), country=country, serials=are_serials([cell])
    )


def refusal(cell: str, country: str = "US") -> str:
    with pytest.raises(BadTime) as told:
        read(cell, country)
    return str(told.value)


@pytest.mark.parametrize(
    "cell",
    [
        "01-Dec-26",  # Excel's own
        "1-Dec-26",
        "Dec-01-2026",
        "Dec-01-26",
        "01DEC2026",
        "1 Dec 26",
        "Dec. 1st '26",
        "1.12.2026",
        "1. 12. 2026",
        "1.12.26",
        "2026-Dec-01",
        "2026. 12. 1",
        "2026年12月1日",
        "2026년 12월 1일",
        "20261201",
        "46357",
        "Tue Dec 1 2026",
        "the 1st of December 2026",
        "1 grudnia 2026",
        "1 de dezembro de 2026",
        "\u2067\u200f2026-12-01\u2069",
        "٢٠٢٦-١٢-٠١",
    ],
)
def test_a_day_is_read_in_whatever_form_it_stands(cell: str) -> None:
    """Each of these can only be the first of December."""
    assert (read(cell).day, read(cell).time) == (FIRST, None)


@pytest.mark.parametrize(
    ("cell", "time"),
    [
        ("9am", "09:00"),
        ("9 a.m.", "09:00"),
        ("9:00 a. m.", "09:00"),
        ("8:20A", "08:20"),
        ("1:20p", "13:20"),
        ("0900", "09:00"),
        ("0900 hrs", "09:00"),
        ("900", "09:00"),  # its zero was lost
        ("930 pm", "21:30"),
        ("noon", "12:00"),
        ("12 noon", "12:00"),
        ("9 Uhr 30", "09:30"),
        ("9h30", "09:30"),
        ("ore 9", "09:00"),
        ("kl. 9.00", "09:00"),
        ("9.00 uur", "09:00"),
        ("9:00 de la mañana", "09:00"),
        ("8 Uhr abends", "20:00"),
        ("0.375", "09:00"),  # a part of a day
        ("0.5", "12:00"),
        ("10:00 - 10:30 AM", "10:00"),
        ("10:00 AM - 10:30 AM", "10:00"),
        ("11:30 - 12:15 PM", "11:30"),
        ("1:00–2:00 PM", "13:00"),
        ("9 to 10 am", "09:00"),
        ("14:30-15:00", "14:30"),
        ("9-10 Uhr", "09:00"),
        ("von 9:00 bis 9:30 Uhr", "09:00"),
        ("1899-12-30 09:00:00", "09:00"),  # a time alone, as programs keep it
        ("12/30/1899 9:00:00 AM", "09:00"),
        ("9:00:00\u202fAM", "09:00"),
    ],
)
def test_a_time_is_read_in_whatever_form_it_stands(cell: str, time: str) -> None:
    """Of a span of time it is the beginning."""
    written = read(cell)
    assert (written.day, f"{written.time:%H:%M}") == (None, time)


@pytest.mark.parametrize(
    "cell",
    [
        "June 1, 2027 9:00 am",
        "June 1, 2027 9:00 AM - 9:30 AM",
        "6/1/2027 9:00 AM - 6/1/2027 9:30 AM",
        "6/1/2027, 9:00:00 AM",
        "9:00 AM on 6/1/2027",
        "2027-06-01T13:00:00Z",
        "2027-06-01T13:00:00.000Z",
        "2027-06-01 13:00:00 UTC",
        "2027-06-01 09:00:00 -0400",
        "2027-06-01T09:00-04:00[America/New_York]",
        "2027-06-01T15:00:00+02",
        "20270601T130000Z",
        "202706010900",
        "20270601090000-0400",
        "01-JUN-27 09.00.00.000000000 AM",
        "Tuesday, June 1, 2027 9:00 AM (GMT-04:00) Eastern Time (US & Canada)",
        "Tue Jun 01 2027 09:00:00 GMT-0400 (Eastern Daylight Time)",
        "Tue, 01 Jun 2027 13:00:00 GMT",
        "Tue Jun  1 09:00:00 EDT 2027",
        "6/1/2027 9:00 AM EST",  # people say it all year
        "6/1/2027 9:00 AM EDT",
        "6/1/2027 9:00 AM ET",
        "6/1/2027 9:00 AM (Eastern)",
        "6/1/2027 9:00 AM Eastern Time (US & Canada)",
        "6/1/2027 8:00 am central",
        "6/1/2027 6:00 AM Pacific Standard Time",
        "46539.375",
    ],
)
def test_a_moment_is_read_with_the_clock_that_it_names(cell: str) -> None:
    """All of these are nine o'clock in New York on the first of June."""
    assert read(cell).moment(NEW_YORK) == dt.datetime(2027, 6, 1, 13, tzinfo=dt.UTC)


def test_a_clock_that_is_two_counts_only_where_both_show_the_same() -> None:
    """MST is Denver's and Phoenix's in winter; in summer nobody knows which of them is meant."""
    winter = read("12/1/2026 9:00 AM MST").moment(None)
    assert winter == dt.datetime(2026, 12, 1, 16, tzinfo=dt.UTC)
    with pytest.raises(BadTime, match="America/Denver or America/Phoenix"):
        read("6/1/2027 9:00 AM MST").moment(None)
    with pytest.raises(BadTime, match="UTC or Europe/London"):
        read("1/6/2027 9:00 GMT", "GB").moment(None)


@pytest.mark.parametrize(
    ("cell", "words"),
    [
        ("26-Dec-01", "2026 or 2001"),
        ("26-12-01", "2026 or 2001"),
        ("Dec 1, 10:30", "no year"),
        ("12/1", "no year"),
        ("9-10", "no year"),
        ("230", "AM or PM"),
        ("2:30 - 3:00", "AM or PM"),
        ("0.25", "a time of day or a part of a day"),
        ("midnight", "neither a day nor a time"),
        ("9:00 PM AM", "no time of day"),
        ("9:00 AM or 10:00 AM", "no time of day"),
        ("9:00 AM, 10:00 AM", "no time of day"),
        ("9:00 AM cancelled", '"cancelled" is not understood'),
        ("2027-06-01 09:00:00 -0400 cancelled", '"cancelled" is not understood'),
        ("12/01/2026 TBD", '"tbd" is not understood'),
        ("10:00-04:00", "ends before it begins"),
        ("10:30 PM - 10:00 PM", "ends before it begins"),
        ("2027-06-01 09:00-10:00", "may end at 10:00, or be on a clock -10:00"),
        ("9:00 AM XYZ", '"xyz" is not understood'),
        ("00/00/0000", "no day"),
        ("Total appointments: 16", "no time of day"),
    ],
)
def test_what_is_not_read_is_quoted_whole(cell: str, words: str) -> None:
    """Somebody has to find it in the file."""
    why = refusal(cell)
    assert why.startswith(f'"{cell}" ')
    assert words in why


def test_inner_numbers_are_days_only_where_a_whole_column_has_them() -> None:
    """A spreadsheet that understood only some cells may have taken months for days in those."""
    assert are_serials(["46357", "", "46358.5"])
    assert not are_serials(["46357", "13/12/2026"])
    assert not are_serials(["", ""])
    with pytest.raises(BadTime, match="other rows hold no such numbers"):
        read_when("46357", order=None, country="US")


# -- properties -----------------------------------------------------------------------------------

DAYS = st.dates(dt.date(2015, 1, 1), dt.date(2099, 12, 31))
MINUTES = st.builds(dt.time, st.integers(0, 23), st.integers(0, 59))
FORMS = [
    "%Y-%m-%d",
    "%Y/%m/%d",
    "%Y.%m.%d",
    "%Y%m%d",
    "%d.%m.%Y",
    "%d.%m.%y",
    "%d-%b-%Y",
    "%d %B %Y",
    "%d%b%Y",
    "%b-%d-%Y",
    "%b %d, %Y",
    "%B %d %Y",
    "%A, %B %d, %Y",
    "%a %d %b %Y",
    "%Y-%b-%d",
    "%Y年%m月%d日",
]
CLOCKS = ["%H:%M", "%H:%M:%S", "%H%M", "%I:%M %p", "%I:%M%p", "%I.%M %p", "%H h %M", "T%H:%M:00"]


@given(DAYS, st.sampled_from(FORMS), st.sampled_from(["US", "GB", "CA", "DE"]))
def test_every_form_of_a_day_comes_back_as_that_day(day: dt.date, form: str, country: str) -> None:
    """Wherever it is read."""
    assert read(f"{day:{form}}", country).day == day


@given(DAYS, MINUTES, st.sampled_from(FORMS), st.sampled_from(CLOCKS))
def test_a_day_and_a_time_in_one_cell_come_back(
    day: dt.date, time: dt.time, form: str, clock: str
) -> None:
    """In whatever forms both are."""
    moment = dt.datetime.combine(day, time)
    written = read(f"{moment:{form}} {moment:{clock}}")
    assert (written.day, written.time) == (day, time)


@given(DAYS, MINUTES, st.sampled_from(["America/New_York", "Europe/Berlin", "Asia/Kolkata"]))
def test_a_moment_with_its_distance_from_utc_comes_back(
    day: dt.date, time: dt.time, zone: str
) -> None:
    """As programs write it, with and without a colon."""
    moment = dt.datetime.combine(day, time, tzinfo=ZoneInfo(zone))
    for form in ("%Y-%m-%dT%H:%M:%S%z", "%Y-%m-%d %H:%M:%S %z"):
        assert read(f"{moment:{form}}").moment(None) == moment.astimezone(dt.UTC)
    assert read(moment.isoformat()).moment(None) == moment.astimezone(dt.UTC)


@given(DAYS, MINUTES, st.integers(1, 11 * 60 + 59))
def test_a_span_of_time_begins_where_it_was_written_to_begin(
    day: dt.date, begin: dt.time, minutes: int
) -> None:
    """With AM and PM on both times, or on the last alone."""
    first = dt.datetime.combine(day, begin)
    last = first + dt.timedelta(minutes=minutes)
    if last.date() != day:
        return
    assert read(f"{first:%I:%M %p} - {last:%I:%M %p}").time == begin
    assert read(f"{first:%I:%M} - {last:%I:%M %p}").time == begin
    assert read(f"{first:%H:%M}-{last:%H:%M}", "DE").time == begin


@given(st.integers(1, 12), st.integers(1, 12), st.integers(2015, 2099), st.sampled_from("/-"))
def test_no_day_that_can_be_read_in_two_ways_is_guessed(
    one: int, two: int, year: int, separator: str
) -> None:
    """Without an order it is read only if both ways are the same day."""
    cell = f"{one:02d}{separator}{two:02d}{separator}{year}"
    if one == two:
        assert read_when(cell, order=None, country="CA").day == dt.date(year, one, two)
        return
    with pytest.raises(BadTime, match="may be"):
        read_when(cell, order=None, country="CA")


@given(st.integers(0, 99), st.integers(1, 12), st.integers(0, 99))
def test_no_year_of_two_digits_is_guessed(one: int, month: int, two: int) -> None:
    """Where the first number can be a year of today and the last is none, it is not read."""
    try:
        read(f"{one:02d}-{month:02d}-{two:02d}", "GB")
    except BadTime:
        return
    assert not (one >= 20 and 0 < two < 15)


@given(st.text(alphabet="0123456789/-.: TZapmAPM+JunestGMT()[]", max_size=24))
def test_near_times_are_read_or_refused(cell: str) -> None:
    """Nothing else is ever raised, also when the moment is asked for."""
    try:
        read(cell).moment(NEW_YORK)
    except BadTime as error:
        assert str(error)
    except OverflowError:  # pragma: no cover
        raise AssertionError(cell) from None


@pytest.mark.parametrize("between", [" ", " to ", "1/"])
def test_a_cell_of_thousands_of_characters_is_no_day(between: str) -> None:
    """It is not looked through: what it would cost is the square of its length."""
    with pytest.raises(BadTime, match="characters are neither a day nor a time"):
        read_when(f"2027-06-01{between * 9000}9:00", order=None, country="US")
