"""The overview: what is counted of calls, its pictures, and its page."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from zoneinfo import ZoneInfo

from console_kit import open_desk, signed_in

from bot.clock import utcnow
from bot.console.day_bars import FOOT, HEIGHT, day_bars
from bot.console.figures import Figures, Spread, since
from bot.store import CallRecord, Cost, Outcome

NOON = datetime(2026, 11, 30, 12, tzinfo=UTC)
CALL = CallRecord(
    id="call_a",
    direction="inbound",
    agent="reception",
    from_number="+15552223333",
    to_number="+15550001111",
    started_at=NOON,
    answered_at=NOON,
    ended_at=NOON + timedelta(seconds=90),
    status="completed",
    outcome=Outcome(result="completed", reason="end_call"),
    first_words_ms=400,
    turn_latencies_ms=(300, 900),
    cost=Cost(
        currency="USD", model=Decimal("0.02"), carrier=Decimal("0.01"), total=Decimal("0.03")
    ),
)
LOST = replace(
    CALL, id="call_b", direction="outbound", outcome=Outcome(result="failed", reason="model_lost")
)


def test_calls_are_counted_by_the_day_of_the_zone() -> None:
    """Noon in UTC is the first of December in Auckland; what began before the days is left out."""
    auckland = ZoneInfo("Pacific/Auckland")
    figures = Figures.empty(date(2026, 12, 2), 2, auckland)
    figures.add([CALL, LOST, replace(CALL, started_at=NOON - timedelta(days=1))])
    assert since(figures) == datetime(2026, 12, 1, tzinfo=auckland)
    first, second = figures.days.values()
    assert (first.calls, first.failed, first.cost) == (2, 1, Decimal("0.06"))
    assert second.calls == 0
    assert (figures.calls, figures.inbound, figures.talked) == (2, 1, timedelta(minutes=3))
    assert figures.results == {"completed": 1, "failed": 1}
    assert figures.cost_of == {"reception": Decimal("0.06")}


def test_median_and_the_slowest() -> None:
    """Of a hundred times the 50th and the 95th; within is what is not above the target."""
    spread = Spread.of(range(10, 1010, 10))
    assert spread is not None
    assert (spread.median, spread.p95, spread.count, spread.within) == (500, 950, 100, 0.5)
    assert Spread.of([]) is None


def test_bars_are_as_high_as_what_they_stand_for() -> None:
    days = {date(2026, 11, 1): 4.0, date(2026, 11, 2): 2.0, date(2026, 11, 3): 0.0}
    picture = day_bars(days, marked={date(2026, 11, 1): 1.0}, unit="$")
    high, half, none = picture.bars
    assert (high.height, high.marked) == (2 * half.height, half.height / 2)
    assert none.height == 0
    assert high.y + high.height == HEIGHT - FOOT
    assert picture.top == "$4.00"


async def test_the_page(tmp_path: Path) -> None:
    """More calls than are read at once are all counted; who looks need only be signed in."""
    async with open_desk(tmp_path, owner_timezone="Etc/UTC") as desk:
        now = utcnow()
        for number in range(150):
            record = replace(
                CALL,
                id=f"call_{number:03}",
                agent="<desk>",
                started_at=now - timedelta(seconds=number),
                first_words_ms=700 if number < 15 else 450,
            )
            await desk.store.add_call(record)
        old = replace(CALL, id="call_old", started_at=now - timedelta(days=20))
        await desk.store.add_call(old)
        async with signed_in(desk, "viewer") as client:
            week = (await client.get("/console/overview")).text
            month = (await client.get("/console/overview?days=30")).text
    assert "<dd>150<span" in week
    assert "<dd>151<span" in month
    assert "<dd>$4.50</dd>" in week
    assert "90 of 100" in week
    assert "&lt;desk&gt;" in week
    assert "0 of " in week  # calls now
