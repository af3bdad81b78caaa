"""Hours in the words of each language."""

import datetime as dt
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from processors.hours import Hours, facts, facts_of_days, next_opening
from processors.words.languages import LANGUAGES, language_of

TABLE: dict[str, Any] = {
    "timezone": "Europe/Berlin",
    "week": {"tue": "08:30-12:00"},
    "exceptions": {"2026-12-08/2027-01-04": {"note": "Urlaub"}},
    "on_call": [{"who": "Dr. Voss", "number": "+4930123456", "week": {"mon": "18:00-20:00"}}],
}
HOURS = Hours(**TABLE)
ENGLISH = language_of("en").hours


def at(text: str) -> dt.datetime:
    return dt.datetime.fromisoformat(text).replace(tzinfo=ZoneInfo("Europe/Berlin"))


@pytest.mark.parametrize(
    ("now", "said"),
    [
        ("2026-12-01T07:00", "today at 8:30 AM"),
        ("2026-11-30T23:59", "tomorrow at 8:30 AM"),
        ("2026-11-29T12:00", "on Tuesday at 8:30 AM"),
        ("2026-12-02T12:00", "on Tuesday, January 5, at 8:30 AM"),
        ("2026-12-01T09:00", "on Tuesday, January 5, at 8:30 AM"),  # open now
    ],
)
def test_the_next_opening_is_said_as_people_do(now: str, said: str) -> None:
    """By today, tomorrow, the day of the week, or the date."""
    assert next_opening(HOURS, at(now), ENGLISH) == said


@pytest.mark.parametrize(
    ("now", "said"),
    [
        ("2026-12-01T09:00", "The business is open now and closes today at 12:00 PM."),
        (
            "2026-11-30T19:00",
            "The business is closed now and opens again tomorrow at 8:30 AM. "
            "Dr. Voss is on call now.",
        ),
        (
            "2027-01-04T09:00",
            "The business is closed now and opens again tomorrow at 8:30 AM. "
            "Special about today: Urlaub.",
        ),
    ],
)
def test_facts_are_sentences(now: str, said: str) -> None:
    """Open or closed, until when, what is special, who is on call; no telephone number."""
    assert facts(HOURS, at(now), ENGLISH) == said


@pytest.mark.parametrize("code", LANGUAGES)
def test_facts_are_in_the_language(code: str) -> None:
    """Every form of every language is filled in, and none is left in English."""
    words = LANGUAGES[code].hours
    assert (len(words.weekdays), len(words.months)) == (7, 12)
    moments = ("2026-12-01T07:00", "2026-11-30T19:00", "2026-11-28T12:00", "2027-01-04T09:00")
    told = {facts(HOURS, at(now), words) for now in (*moments, "2026-12-02T12:00")}
    assert len(told) == 5
    assert not [text for text in told if "{" in text]
    if code != "en":
        assert told.isdisjoint({facts(HOURS, at(now), ENGLISH) for now in moments})


def test_a_tool_is_told_the_week_or_a_day() -> None:
    """Seven days from today, or the one asked about."""
    week = facts_of_days(HOURS, at("2026-12-01T13:00"), None)
    assert (week["open_now"], week["next_opening"]) == (False, "2027-01-05 08:30")
    assert [day["day"] for day in week["hours"]][::6] == ["2026-12-01", "2026-12-07"]
    assert week["hours"][0] == {
        "day": "2026-12-01",
        "weekday": "Tuesday",
        "open": ["08:30-12:00"],
    }
    day = facts_of_days(HOURS, at("2026-12-01T13:00"), dt.date(2026, 12, 8))
    assert day["hours"] == [
        {"day": "2026-12-08", "weekday": "Tuesday", "open": [], "note": "Urlaub"}
    ]
