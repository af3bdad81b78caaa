"""The picture of a dry run: a row a day, a bar an hour."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from bot.console.timeline import MOST_DAYS, timeline

NOON = datetime(2026, 11, 30, 12, tzinfo=UTC)


def test_days_and_hours_are_those_of_the_zone() -> None:
    """Noon in UTC is the next day in Auckland; the highest bar is that of the fullest hour."""
    picture = timeline([(NOON, 4), (NOON + timedelta(hours=1), 2)], ZoneInfo("Pacific/Auckland"))
    assert [day.name for day in picture.days] == ["Tue 01 Dec"]
    first, second = picture.bars
    assert (first.calls, second.calls) == (4, 2)
    assert first.height == 2 * second.height
    assert first.x < second.x
    assert "1:00 to 2:00: 4" in first.says


def test_days_without_calls_stand_between_and_late_ones_are_counted() -> None:
    picture = timeline([(NOON, 1), (NOON + timedelta(days=MOST_DAYS), 3)], UTC)
    assert len(picture.days) == MOST_DAYS
    assert (len(picture.bars), picture.later) == (1, 3)


def test_no_calls_are_no_picture() -> None:
    picture = timeline([], None)
    assert (picture.days, picture.bars, picture.later) == ([], [], 0)
