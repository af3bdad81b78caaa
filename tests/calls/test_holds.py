"""How long a call was on hold, over all pipelines and processes that have had it."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from call_kit import AGENTS, a_call

from bot.calls.agent_in_call import agent_in_call
from bot.calls.call_request import CallRequest
from bot.calls.holds import Holds, held_secs
from bot.clock import utcnow
from bot.store import CallRecord, Store

NOON = datetime(2026, 11, 30, 12, tzinfo=UTC)


def a_hold(began: datetime, secs: float | None) -> dict[str, Any]:
    """One without `secs` was going on when its process died."""
    over = {"to": (began + timedelta(seconds=secs)).isoformat(), "secs": secs} if secs else {}
    return {"from": began.isoformat(), "to": None, "by": "model", **over}


def a_record(*holds: dict[str, Any]) -> CallRecord:
    return CallRecord(
        id="call_1",
        direction="outbound",
        agent="errand",
        from_number="+15550001111",
        to_number="+15550002222",
        started_at=NOON,
        status="in-progress",
        holds=list(holds) or None,
    )


def test_holds_of_before_count() -> None:
    """One that goes on counts until now: nobody has answered since."""
    assert held_secs(a_record()) == 0
    assert held_secs(a_record(a_hold(NOON, 40.0), a_hold(NOON, 0.5))) == 40.5
    minute_ago = utcnow() - timedelta(seconds=60)
    assert held_secs(a_record(a_hold(NOON, 40.0), a_hold(minute_ago, None))) == pytest.approx(
        100, abs=2
    )


async def test_a_hold_that_nobody_ended_ends_with_its_process(store: Store) -> None:
    """So it is not counted on for ever; those that follow stand after it."""
    record = a_record(a_hold(utcnow() - timedelta(seconds=60), None))
    call = replace(a_call(store), earlier=record)
    (hold,) = Holds(call).as_record or [{}]
    assert hold["secs"] == pytest.approx(60, abs=2) and hold["to"] is not None
    await call.journal.close()


@pytest.mark.parametrize(
    ("held", "left"), [(0.0, 1800.0), (1700.0, 100.0), (1800.0, 0.001), (5000.0, 0.001)]
)
def test_one_bound_for_all_of_them(held: float, left: float) -> None:
    """Whoever goes on with a call goes on with what is left."""
    agent = agent_in_call(replace(AGENTS["errand"]), CallRequest(), held_secs=held)
    assert agent.hold.max_secs == pytest.approx(left)
