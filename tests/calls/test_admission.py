"""Whether one more call may come: by number, and earlier when the process cannot keep up."""

import asyncio
from typing import Any

import pytest

from bot.calls import Admission, LoopLag, admission
from bot.calls.admission import (
    MAX_BACKLOG,
    MAX_LAG_MS,
    MAX_OPENING,
    MEASURED_CALLS_PER_CORE,
    Load,
    default_reserve,
    usable_cores,
)
from bot.calls.loop_lag import BEAT_SECS, HICCUPS, MEMORY_SECS
from bot.testing.virtual_loop import VirtualLoop

RULE = Admission(max_calls=10, inbound_reserve=2)


@pytest.mark.parametrize("workers", [1, 2, 3, 7])
@pytest.mark.parametrize(("places", "reserve"), [(7, 1), (10, 2), (10, 9), (40, 0)])
def test_workers_share_a_rule(places: int, reserve: int, workers: int) -> None:
    """All places are shared, as evenly as can be; each keeps its part and one for outbound."""
    shares = [
        Admission(max_calls=places, inbound_reserve=reserve).share(worker, workers)
        for worker in range(workers)
    ]
    assert sum(share.max_calls for share in shares) == places
    assert max(s.max_calls for s in shares) - min(s.max_calls for s in shares) <= 1
    for share in shares:
        assert share.inbound_reserve < share.max_calls
        assert share.inbound_reserve <= -(-reserve // workers)
    if reserve + workers <= places // 2:
        assert sum(share.inbound_reserve for share in shares) == reserve


def state(direction: Any, **load: Any) -> str | None:
    refusal = RULE.refusal(direction, Load(**{"calls": 0, **load}))
    return refusal.state if refusal else None


@pytest.mark.parametrize(
    ("calls", "inbound", "outbound"),
    [(0, None, None), (7, None, None), (8, None, "full"), (9, None, "full"), (10, "full", "full")],
)
def test_outbound_calls_leave_places_free(
    calls: int, inbound: str | None, outbound: str | None
) -> None:
    """The phone must be answered: the last places are for callers."""
    assert (state("inbound", calls=calls), state("outbound", calls=calls)) == (inbound, outbound)


@pytest.mark.parametrize(
    ("load", "expected"),
    [
        ({"lag_ms": MAX_LAG_MS}, None),
        ({"lag_ms": MAX_LAG_MS + 1}, "overloaded"),
        ({"backlog": MAX_BACKLOG}, None),
        ({"backlog": MAX_BACKLOG + 1}, "overloaded"),
        ({"opening": MAX_OPENING - 1}, None),
        ({"opening": MAX_OPENING}, "overloaded"),
    ],
)
def test_a_process_that_cannot_keep_up_closes_the_door(
    load: dict[str, Any], expected: str | None
) -> None:
    """A late loop, a slow database, a slow model: for calls in both directions."""
    assert state("inbound", **load) == state("outbound", **load) == expected


def test_a_refusal_says_why() -> None:
    """In a sentence for the log, for clients and for /health/ready."""
    refusal = RULE.refusal("outbound", Load(calls=9))
    assert refusal
    assert refusal.why == "9 calls are under way, 8 is the most for outbound calls"


@pytest.mark.parametrize(
    ("places", "reserve"), [(1, 0), (2, 1), (3, 1), (5, 1), (10, 2), (200, 40)]
)
def test_a_fifth_is_kept_for_callers(places: int, reserve: int) -> None:
    """One place at least, and never all of them."""
    assert default_reserve(places) == reserve
    assert admission(places) == Admission(max_calls=places, inbound_reserve=reserve)


def test_without_a_number_it_is_the_measured_one() -> None:
    """For each worker that has a core to itself: one process is one event loop."""
    assert usable_cores() >= 1
    assert admission().max_calls == MEASURED_CALLS_PER_CORE
    assert admission(workers=1000).max_calls == MEASURED_CALLS_PER_CORE * usable_cores()
    assert admission(50, 0) == Admission(max_calls=50, inbound_reserve=0)


@pytest.mark.parametrize("reserve", [5, 6, -1])
def test_a_reserve_of_all_places_is_a_mistake(reserve: int) -> None:
    """No outbound call could ever be placed."""
    with pytest.raises(ValueError, match="keep fewer"):
        admission(5, reserve)


async def stall(loop: VirtualLoop, secs: float) -> None:
    """Something takes the loop for so long, while the next beat is due."""
    loop.call_later(BEAT_SECS / 2, lambda: setattr(loop._jumping, "now_secs", loop.time() + secs))
    await asyncio.sleep(BEAT_SECS * 2 + secs)


async def test_the_pulse_tells_how_late_the_loop_is() -> None:
    """A few hiccups close no door, a loop that is late again and again does, until it is not."""
    loop = asyncio.get_running_loop()
    assert isinstance(loop, VirtualLoop)
    loop_lag = LoopLag()
    beating = asyncio.create_task(loop_lag.beat())
    assert loop_lag.lag_ms == 0.0
    await asyncio.sleep(1.0)
    for _ in range(HICCUPS):
        await stall(loop, 0.3)
    assert loop_lag.lag_ms == pytest.approx(0.0, abs=1)
    await stall(loop, 0.3)
    assert loop_lag.lag_ms == pytest.approx(250, abs=60)
    await asyncio.sleep(MEMORY_SECS + 1)
    assert loop_lag.lag_ms == pytest.approx(0.0, abs=1)
    beating.cancel()
