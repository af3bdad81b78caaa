"""What senders of single calls are told: the law of the place, not the hours of their batches."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from batch_kit import opened_store

from bot.batches.single_calls import SingleCallRules
from bot.store import CallRecord, Store
from config.calling_rules import load_rules

NEW_YORK, FLORIDA, OREGON, ALABAMA = "+12125550101", "+13055550101", "+15035550101", "+12055550101"
BERLIN = "+493012345678"


@pytest.fixture
async def store(tmp_path: Path) -> AsyncIterator[Store]:
    async with opened_store(tmp_path) as store:
        yield store


async def told(store: Store, number: str, now: datetime) -> list[str]:
    """The rules that speak against a call at that moment."""
    rules = SingleCallRules(store=store, rules=load_rules(), now=lambda: now)
    return [each.rule for each in await rules.against(number)]


@pytest.mark.parametrize(
    ("number", "hour", "rules"),
    [
        (NEW_YORK, 12, ["window"]),  # 7:00
        (NEW_YORK, 13, []),  # 8:00, before the hours that a batch has unless it says otherwise
        (NEW_YORK, 25, []),  # 20:00
        (NEW_YORK, 26, ["window"]),  # 21:00
        (FLORIDA, 24, []),  # 19:00
        (FLORIDA, 25, ["window"]),  # 20:00
        ("+18005550101", 15, ["place"]),
        ("+15554440000", 15, ["place"]),
        ("sip:desk@example.com", 3, []),
        (BERLIN, 3, ["window"]),
        (BERLIN, 10, []),
    ],
)
async def test_hours_of_the_place_are_told_of(
    store: Store, number: str, hour: int, rules: list[str]
) -> None:
    """On a Tuesday, whatever hours the sender's batches have."""
    day = datetime(2026, 12, 1, tzinfo=UTC)
    assert await told(store, number, day + timedelta(hours=hour)) == rules


async def test_holidays_of_a_state_are_told_of(store: Store) -> None:
    """Alabama has none on Christmas; New York does not care."""
    christmas = datetime(2026, 12, 25, 18, tzinfo=UTC)
    assert "holiday" in await told(store, ALABAMA, christmas)
    assert await told(store, NEW_YORK, christmas) == []


@pytest.mark.parametrize("number", [FLORIDA, OREGON])
async def test_the_cap_of_a_state_counts_single_calls(store: Store, number: str) -> None:
    """The fourth within a day is told of, and one that is under way."""
    noon = datetime(2026, 12, 1, 18, tzinfo=UTC)
    for at in range(3):
        assert "cap_by_law" not in await told(store, number, noon)
        began = noon - timedelta(hours=3 - at)
        await store.add_call(
            CallRecord(
                id=f"call_{at}",
                direction="outbound",
                agent="table",
                from_number="+15559990000",
                to_number=number,
                started_at=began,
                status="completed",
                ended_at=began + timedelta(minutes=1),
            )
        )
    assert await told(store, number, noon) == ["cap_by_law"]
    assert await told(store, number, noon + timedelta(hours=22)) == []
