"""The file of a business on a calendar: what it says, and what is wrong with it, by its line."""

import datetime as dt
from pathlib import Path

import pytest

from config import Settings, SettingsError
from config.practice import read_practice

GOOD = """
calendar = "https://cloud.example.com/dav/ann/practice/"
user = "ann"
timezone = "Europe/Berlin"
minutes = 45

[hours]
monday = ["14:00-18:00", "09:00-12:30"]
saturday = "20:00-24:00"

[exceptions]
2026-12-24 = ["09:00-12:00"]
2026-12-25 = "We are closed for Christmas."
2026-12-31 = { hours = ["09:00-11:00"], note = "We close at eleven." }
"""


def read(folder: Path, text: str) -> object:
    path = folder / "practice.toml"
    path.write_text(text, encoding="utf-8")
    return read_practice(path)


def test_what_the_file_says(tmp_path: Path) -> None:
    """Hours in order, days that are otherwise, the rest by default."""
    practice = read_practice_of(tmp_path)
    assert practice.hours.week[0] == (
        (dt.time(9), dt.time(12, 30)),
        (dt.time(14), dt.time(18)),
    )
    assert practice.hours.week[5] == ((dt.time(20), dt.time(23, 59)),)
    assert practice.hours.week[6] == ()
    days = practice.exceptions
    assert days[dt.date(2026, 12, 24)].hours == ((dt.time(9), dt.time(12)),)
    assert days[dt.date(2026, 12, 25)].note == "We are closed for Christmas."
    assert days[dt.date(2026, 12, 31)].note == "We close at eleven."
    assert (practice.minutes, practice.every, practice.places) == (45, None, 1)


def read_practice_of(folder: Path):  # type: ignore[no-untyped-def]
    return read(folder, GOOD)


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ('"14:00-18:00"', '"18:00-14:00"', r":8: hours\.monday: .*ends before it begins"),
        ('"14:00-18:00"', '"2 to 6"', r":8: hours\.monday: .*must be like"),
        ('"14:00-18:00"', '"12:00-18:00"', r":8: hours\.monday: two of these hours overlap"),
        ("monday", "mondays", r"hours\.mondays: Extra inputs"),
        ("Europe/Berlin", "Berlin", ":4: timezone: 'Berlin' is no time zone"),
        ("https://cloud", "https://ann:pw@cloud", ":2: calendar: must hold no password"),
        ("https://cloud", "cloud", ":2: calendar: must be the https address"),
        ("minutes = 45", "minutes = 0", ":5: minutes: .*greater than or equal to 5"),
        ("[hours]", "[hours", "practice.toml: "),
    ],
)
def test_what_is_wrong_is_named_with_its_line(
    tmp_path: Path, old: str, new: str, said: str
) -> None:
    """One sentence, before anything is served."""
    with pytest.raises(SettingsError, match=said):
        read(tmp_path, GOOD.replace(old, new))


def test_a_file_that_is_not_there(tmp_path: Path) -> None:
    """Named as well."""
    with pytest.raises(SettingsError, match=r"BUSINESS: .*nowhere\.toml"):
        read_practice(tmp_path / "nowhere.toml")


@pytest.mark.parametrize("value", ["caldav:", "practice.toml", "ical:x"])
def test_the_setting_says_what_it_must_look_like(value: str) -> None:
    """Only calendars are known so far."""
    with pytest.raises(ValueError, match=r"must be like caldav:practice\.toml"):
        Settings(_env_file=None, business=value)
