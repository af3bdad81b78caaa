"""Running batches are moved on: held, paused, done; and the business hears of everybody."""

from collections.abc import AsyncIterator, Callable
from decimal import Decimal
from pathlib import Path

import pytest
from dialler_kit import NOON, add_batch
from engine_kit import Bench, open_bench
from far_service import FarService

from bot.batches.dialling.outcome_reporter import AWAY_AFTER, LONGEST_SECS, OutcomeReporter
from bot.batches.settings import Breaker
from bot.store import Store, Unheard
from tests.databases import sqlite_copy
from tools import Unavailable


@pytest.fixture
def database_url(tmp_path: Path) -> str:
    return sqlite_copy(tmp_path / "trunkline.db")


@pytest.fixture
async def bench(store: Store, far: FarService) -> AsyncIterator[Bench]:
    async with open_bench(store, far) as bench:
        yield bench


async def test_a_batch_is_done_when_nobody_is_left(bench: Bench) -> None:
    await add_batch(bench.store, 3)
    assert await bench.oversee() == ("running", "")
    await bench.run(backlog=2)
    assert await bench.oversee() == ("running", "")
    await bench.run()
    assert await bench.oversee() == ("done", "")


async def test_after_its_first_calls_a_batch_is_held(bench: Bench) -> None:
    """A canary of two: no third call is planned, and the sender is asked; then all are called."""
    await add_batch(bench.store, 5, canary=2)
    assert len(await bench.run(most_calls=2)) == 2
    assert await bench.run(most_calls=2) == []
    assert await bench.oversee() == ("held", "canary")
    batch = await bench.store.batches.get("batch_a")
    assert batch is not None
    await bench.store.batches.set_settings("batch_a", {**batch.settings, "canary": 0})
    await bench.store.batches.set_state("batch_a", "running", expect=["held"], at=NOON)
    assert len(await bench.run()) == 3
    assert await bench.oversee() == ("done", "")


async def test_a_batch_of_which_nobody_is_left_is_not_held(bench: Bench) -> None:
    """Its first calls were all there were to make: there is nothing to approve."""
    await add_batch(bench.store, 2, canary=2)
    await bench.run(most_calls=2)
    assert await bench.oversee() == ("done", "")


async def test_calls_that_fail_pause_the_batch(bench: Bench) -> None:
    """Whoever resumes it has seen them: only what fails since then counts."""
    await add_batch(bench.store, 30, breaker=Breaker(window=10, carrier_errors=0.3))
    bench.far.manners.refuses = "blocked"
    await bench.run(backlog=1)
    assert await bench.oversee() == ("running", "")
    await bench.run(backlog=1)
    assert await bench.oversee() == ("paused", "carrier_errors")
    bench.clock.time = NOON.replace(minute=5)
    await bench.store.batches.set_state(
        "batch_a", "running", expect=["paused"], at=bench.clock.now()
    )
    assert await bench.oversee() == ("running", "")


async def test_people_who_hang_up_at_once_pause_the_batch(bench: Bench) -> None:
    await add_batch(bench.store, 30, breaker=Breaker(window=10, quick_hang_ups=0.4))
    bench.far.manners.hangs_up = True
    await bench.run(backlog=2)
    assert await bench.oversee() == ("paused", "quick_hang_ups")


async def test_a_batch_without_money_left_is_paused(bench: Bench) -> None:
    await add_batch(bench.store, 5, budget_usd=Decimal("0.25"))
    bench.far.manners.costs = Decimal("0.10")
    await bench.run(backlog=2)
    assert await bench.oversee() == ("running", "")
    await bench.run(backlog=1)
    assert await bench.oversee() == ("paused", "budget")


async def test_the_business_is_told_until_it_has_heard(bench: Bench) -> None:
    """Away: later. Told: once, with the key of the attempt. Refused: the others are told."""
    await add_batch(bench.store, 3)
    await bench.run()
    bench.far.manners.business = 503
    with pytest.raises(Unavailable):
        await bench.outcome_reporter.tell()
    assert len(await bench.store.batches.untold(limit=10)) == 3
    bench.far.manners.business = 201
    assert await bench.outcome_reporter.tell() == 3
    assert await bench.outcome_reporter.tell() == 0
    assert sorted(each["appointments"] for each in bench.far.told) == [
        ["apt_0"],
        ["apt_1"],
        ["apt_2"],
    ]
    assert {each["disposition"] for each in bench.far.told} == {"confirmed"}


async def test_what_the_business_refuses_keeps_nobody_else_waiting(bench: Bench) -> None:
    await add_batch(bench.store, 2)
    await bench.run()
    bench.far.manners.business = 422
    assert await bench.outcome_reporter.tell() == 0
    assert await bench.store.batches.unheard("batch_a") == Unheard(untold=2, refused=2)
    assert {(await bench.contact(n)).business for n in range(2)} == {"refused"}
    bench.far.manners.business = 201
    await add_batch(bench.store, 1, batch_id="batch_b", first_number=50)
    await bench.run("batch_b")
    assert await bench.outcome_reporter.tell() == 1
    assert len(await bench.store.batches.untold(limit=10)) == 2
    assert await a_reporter(bench, lambda: 0.0).tell() == 2
    assert await bench.store.batches.unheard("batch_a") == Unheard(untold=0, refused=0)


async def test_what_the_business_fails_at_keeps_nobody_else_waiting(bench: Bench) -> None:
    """The first one is tried again later and later, and its day comes; the others are told."""
    now = 0.0
    outcome_reporter = a_reporter(bench, lambda: now)
    await add_batch(bench.store, 5)
    await bench.run()
    bench.far.manners.fails_at = {"apt_0"}
    assert await outcome_reporter.tell() == 4
    for secs, asked in ((59.0, 0), (1.0, 1), (119.0, 0), (1.0, 1)):
        now += secs
        before = bench.far.asked_to_record
        assert await outcome_reporter.tell() == 0
        assert bool(bench.far.asked_to_record - before) == bool(asked)
    bench.far.manners.fails_at = set()
    now += LONGEST_SECS
    assert await outcome_reporter.tell() == 1


async def test_several_that_fail_in_a_row_are_not_the_first_again(bench: Bench) -> None:
    """As many as make the business look away: the round is given up, the next begins after."""
    outcome_reporter = a_reporter(bench, lambda: 0.0)
    await add_batch(bench.store, AWAY_AFTER + 3)
    await bench.run()
    bench.far.manners.fails_at = {f"apt_{n}" for n in range(AWAY_AFTER)}
    with pytest.raises(Unavailable):
        await outcome_reporter.tell()
    assert bench.far.told == []
    with pytest.raises(Unavailable):
        await outcome_reporter.tell()
    assert len(bench.far.told) == 3
    assert len(await bench.store.batches.untold(limit=10)) == AWAY_AFTER
    bench.far.manners.fails_at = set()
    assert await outcome_reporter.tell() == AWAY_AFTER


def a_reporter(bench: Bench, now: Callable[[], float]) -> OutcomeReporter:
    return OutcomeReporter(store=bench.store, business=bench.business, now=now)
