"""Turns of a record, told to a new session."""

from datetime import UTC, datetime

from bot.calls.retelling import retelling
from bot.store import TurnRecord
from tests.brains.realtime.client_events import assert_valid

NOON = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)


def test_each_side_says_again_what_it_said() -> None:
    """In order, as valid client events; a turn without words is none."""
    turns = [
        TurnRecord(key="a", role="agent", text="Hello.", started_at=NOON),
        TurnRecord(key="b", role="caller", text="", started_at=NOON),
        TurnRecord(key="c", role="caller", text="Two tickets.", started_at=NOON),
        TurnRecord(key="d", role="agent", text="For which", started_at=NOON, interrupted=True),
    ]
    events = retelling(turns)
    for event in events:
        assert_valid(dict(event))
    assert [(e["item"]["role"], e["item"]["content"][0]["text"]) for e in events] == [
        ("assistant", "Hello."),
        ("user", "Two tickets."),
        ("assistant", "For which"),
    ]
