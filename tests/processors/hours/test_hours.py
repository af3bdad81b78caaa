"""When a business is open, closed, on holiday, and who is on call: a table of moments."""

import datetime as dt
import tomllib
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from pydantic import ValidationError

from processors.hours import Hours

NEW_YORK = """
timezone = "America/New_York"
holidays = "US-NY"
open_on = ["Columbus Day"]
[week]
mon-thu = ["08:30-12:30", "14:00-18:00"]
fri = "08:30-13:00"
sat = "20:00-03:30"
[exceptions]
2026-12-24 = "09:00-12:00"
2026-12-25 = { hours = "10:00-11:00", note = "carols" }
"2026-12-28/2027-01-02" = { note = "winter break" }
2026-12-31 = "09:00-10:00"
2026-12-23 = "closed"
[[on_call]]
who = "Ana"
number = "+12125550100"
week = { mon-fri = "18:00-08:00", sat-sun = "00:00-24:00" }
[[on_call]]
who = "Ben"
number = "+12125550101"
begin = 2026-12-24T18:00:00
end = 2026-12-27T08:00:00
"""


def hours(text: str = NEW_YORK) -> Hours:
    return Hours(**tomllib.loads(text))


def at(text: str, zone: str = "America/New_York", *, fold: int = 0) -> dt.datetime:
    return dt.datetime.fromisoformat(text).replace(tzinfo=ZoneInfo(zone), fold=fold)


OPEN = [  # moment, open, until when that stays so
    ("2026-12-01T08:29", False, "2026-12-01T08:30"),
    ("2026-12-01T08:30", True, "2026-12-01T12:30"),
    ("2026-12-01T12:30", False, "2026-12-01T14:00"),
    ("2026-12-01T18:00", False, "2026-12-02T08:30"),
    ("2026-12-04T13:00", False, "2026-12-05T20:00"),  # Friday afternoon
    ("2026-12-05T23:59", True, "2026-12-06T03:30"),  # over midnight
    ("2026-12-06T03:29", True, "2026-12-06T03:30"),
    ("2026-12-06T03:30", False, "2026-12-07T08:30"),
    ("2026-11-26T09:00", False, "2026-11-27T08:30"),  # Thanksgiving
    ("2026-10-12T09:00", True, "2026-10-12T12:30"),  # Columbus Day, kept open
    ("2026-12-23T09:00", False, "2026-12-24T09:00"),
    ("2026-12-24T11:59", True, "2026-12-24T12:00"),
    ("2026-12-25T10:30", True, "2026-12-25T11:00"),  # an exception comes before a holiday
    ("2026-12-30T09:00", False, "2026-12-31T09:00"),  # a day of its own within a row of days
    ("2026-12-31T10:00", False, "2027-01-04T08:30"),
]


@pytest.mark.parametrize(("now", "is_open", "until"), OPEN)
def test_open_now_and_until_when(now: str, is_open: bool, until: str) -> None:
    """By the week, the exceptions, and the holidays of the region."""
    state = hours().at(at(now))
    assert (state.is_open, state.changes_at) == (is_open, at(until))


def test_a_special_day_says_why() -> None:
    """A holiday by its name, an exception by its note."""
    told = [hours().at(at(day)).note for day in ("2026-11-26T09:00", "2026-12-29T09:00")]
    assert told == ["Thanksgiving Day", "winter break"]
    assert hours().at(at("2026-12-01T09:00")).note == ""


@pytest.mark.parametrize(
    ("now", "opens"),
    [
        ("2026-12-01T08:00", "2026-12-01T08:30"),
        ("2026-12-01T09:00", "2026-12-01T14:00"),  # open now: when next
        ("2026-12-05T21:00", "2026-12-07T08:30"),
        ("2026-11-25T18:00", "2026-11-27T08:30"),
    ],
)
def test_the_next_opening(now: str, opens: str) -> None:
    """The first moment after now at which the door is opened."""
    assert hours().next_opening(at(now)) == at(opens)


CLOCKS = [  # span, moment in UTC, open: New York puts its clocks forward and back at 2:00
    ("sat", "22:00-02:30", "2027-03-14T06:59", True),  # 01:59 EST; 02:30 does not come
    ("sat", "22:00-02:30", "2027-03-14T07:00", False),  # 03:00 EDT
    ("sun", "02:30-09:00", "2027-03-14T06:59", False),
    ("sun", "02:30-09:00", "2027-03-14T07:00", True),
    ("sun", "02:10-02:50", "2027-03-14T07:00", False),  # the whole span does not come
    ("sun", "01:15-01:45", "2026-11-01T05:15", True),  # 01:15 EDT, the first time
    ("sun", "01:15-01:45", "2026-11-01T05:14", False),
    ("sun", "01:15-01:45", "2026-11-01T06:44", True),  # 01:44 EST, the second time
    ("sun", "01:15-01:45", "2026-11-01T06:45", False),
    ("sun", "08:00-09:00", "2026-11-01T13:00", True),  # an hour later by UTC than a day before
    ("sun", "08:00-09:00", "2026-11-01T12:59", False),
    ("sun", "08:00-09:00", "2027-03-14T12:00", True),
    ("sun", "08:00-09:00", "2027-03-14T11:59", False),
]


@pytest.mark.parametrize(("day", "span", "now", "is_open"), CLOCKS)
def test_clocks_that_change(day: str, span: str, now: str, is_open: bool) -> None:
    """Hours are on the wall's clock: what it jumps over is gone, what comes twice counts twice."""
    table = {"timezone": "America/New_York", "week": {day: span}}
    assert Hours(**table).at(at(now, "UTC")).is_open is is_open


def test_the_next_opening_comes_by_the_new_clock() -> None:
    """Asked before the clocks change for a time after it."""
    table: dict[str, Any] = {"timezone": "Europe/Berlin", "week": {"mon": "08:00-09:00"}}
    before = at("2027-03-27T20:00", "Europe/Berlin")
    assert Hours(**table).next_opening(before) == at("2027-03-29T06:00", "UTC")
    before = at("2026-10-24T20:00", "Europe/Berlin")
    assert Hours(**table).next_opening(before) == at("2026-10-26T07:00", "UTC")


def test_what_never_closes_does_not_open_again() -> None:
    """Day and night: there is no end in sight, and midnight is none."""
    table = {"timezone": "UTC", "week": {"mon-sun": "00:00-24:00"}}
    state = Hours(**table).at(at("2026-12-01T12:00", "UTC"))
    assert state == (True, None, "")
    assert Hours(**table).next_opening(at("2026-12-01T12:00", "UTC")) is None


ON_CALL = [
    ("2026-12-01T17:59", None),
    ("2026-12-01T18:00", "Ana"),
    ("2026-12-02T07:59", "Ana"),
    ("2026-12-02T08:00", None),
    ("2026-12-05T07:00", "Ana"),  # Saturday morning: of Friday's night
    ("2026-12-06T23:59", "Ana"),
    ("2026-12-07T07:59", None),  # of Sunday there is no night
    ("2026-12-24T18:00", "Ben"),  # dated: before what is weekly
    ("2026-12-27T07:59", "Ben"),
    ("2026-12-27T08:00", "Ana"),
]


@pytest.mark.parametrize(("now", "who"), ON_CALL)
def test_who_is_on_call(now: str, who: str | None) -> None:
    """Dated turns come first, then the weekly ones; often nobody is."""
    on_call = hours().who_is_on_call(at(now))
    assert (on_call.who if on_call else None) == who


@pytest.mark.parametrize(
    ("change", "complaint"),
    [
        ({"timezone": "America/Nowhere"}, "is no time zone"),
        ({"week": {}}, "at least 1 item"),
        ({"week": {"mon": []}}, "it is never open"),
        ({"week": {"monday": "08:00-09:00"}}, "names no days"),
        ({"week": {"fri-mon": "08:00-09:00"}}, "names no days"),
        ({"week": {"mon-wed": "08:00-09:00", "tue": "closed"}}, "tue is named twice"),
        ({"week": {"mon": "8-9"}}, "is no span"),
        ({"week": {"mon": "08:00-24:30"}}, "a day ends at 24:00"),
        ({"week": {"mon": "08:00-08:00"}}, "is empty"),
        ({"week": {"mon": ["08:00-12:00", "11:00-13:00"]}}, "overlap"),
        (
            {"week": {"mon": "14:00-13:00", "tue": "08:00-12:00"}},
            "mon 14:00-13:00 goes on over midnight into 08:00-12:00 of the next day",
        ),
        ({"week": {"mon": "08:00-12:00", "sun": "20:00-09:00"}}, "sun 20:00-09:00 goes on over"),
        ({"holidays": "US-ZZ"}, "no region with holidays"),
        ({"holidays": "US", "open_on": ["Festivus"]}, "'Festivus' is none of the holidays"),
        ({"open_on": ["Columbus Day"]}, "is none of the holidays"),
        ({"exceptions": {"24.12.2026": "closed"}}, "names no day like 2026-12-24"),
        ({"exceptions": {"2026-12-24/2026-12-23": "closed"}}, "ends before it begins"),
        ({"exceptions": {"2026-12-24": "shut"}}, "is no span"),
        (
            {"on_call": [{"who": "Ana", "number": "12"}]},
            "must be a number like .12125550100, or a sip: address",
        ),
        ({"on_call": [{"who": "Ana", "number": "+12125550100"}]}, "either a week, or begin"),
        (
            {
                "on_call": [
                    {
                        "who": "Ana",
                        "number": "+12125550100",
                        "begin": "2026-12-24T18:00:00",
                        "end": "2026-12-24T18:00:00",
                    }
                ]
            },
            "in this order",
        ),
        ({"opens": "early"}, "Unexpected keyword"),
    ],
)
def test_what_is_wrong_is_said(change: dict[str, Any], complaint: str) -> None:
    """No hours are guessed."""
    table = {"timezone": "UTC", "week": {"mon": "08:00-09:00"}}
    with pytest.raises(ValidationError, match=complaint):
        Hours(**{**table, **change})
