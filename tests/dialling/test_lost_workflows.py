"""What was planned and has no workflow, for whatever reason, gets one."""

import asyncio
import sqlite3
from contextlib import closing
from datetime import timedelta
from pathlib import Path
from typing import Any

import dbos._queue
import pytest
from dialler_kit import NOON, Diallers, add_batch, is_over, until
from far_service import FarService

from bot.batches.dialling.durable import CLAIM_EVERY_SECS, Durable
from bot.simulator.loopback_client import loopback_client
from bot.store import Store, workflows_url
from tests.databases import sqlite_copy

pytestmark = [pytest.mark.realtime, pytest.mark.thorough, pytest.mark.timeout(900)]


@pytest.fixture
def database_url(tmp_path: Path) -> str:
    return sqlite_copy(tmp_path / "trunkline.db")


async def test_calls_outlive_the_loss_of_the_workflows(
    store: Store, far: FarService, diallers: Diallers, database_url: str
) -> None:
    """The file that DBOS keeps is deleted with calls under way and others planned: the ledger
    tells what was under way, and everybody is called once.
    """
    await add_batch(store, 12, concurrency=4)
    far.manners.call_secs = 2
    dialler = await diallers.start()
    await until(lambda: len(far.dials) >= 3, within_secs=20)
    await dialler.kill()
    for file in Path(workflows_url(database_url).removeprefix("sqlite:///")).parent.glob(
        "*-workflows.db*"
    ):
        file.unlink()
    assert {attempt.state for attempt in await store.ledger.open()} >= {"planned", "placed"}
    await diallers.start()
    await until(lambda: is_over(store), within_secs=50)
    assert set(far.dials_to().values()) == {1}
    assert len(far.dials) == 12


async def test_a_workflow_that_was_given_up_is_begun_again(
    store: Store, far: FarService, diallers: Diallers, database_url: str
) -> None:
    """DBOS has it that the attempt is made, and the ledger that it is not: it is made."""
    await add_batch(store, 1)
    [attempt] = await store.ledger.plan("batch_a", now=NOON - timedelta(minutes=1), backlog=1)
    given_up: list[str] = []

    async def give_up(attempt_id: str) -> None:
        given_up.append(attempt_id)

    durable = await Durable.open(database_url=database_url, dialler_id="careless", reach=give_up)
    await durable.set_queue("batch_a", concurrency=1)
    await durable.enqueue("batch_a", attempt.id)
    await until(lambda: given_up == [attempt.id], within_secs=10)
    await durable.close(within_secs=2)
    await diallers.start()
    await until(lambda: is_over(store), within_secs=40)
    assert [dial.key for dial in far.dials] == [attempt.id]


async def test_a_workflow_that_was_given_to_a_worker_and_never_begun_is_begun(
    database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """DBOS notes who has it, and fails before it begins: its place in the queue is free again, and
    it is done by the dialler that has been alive all the time. What runs there is not begun twice.
    """
    begun: list[str] = []
    may_end = asyncio.Event()

    async def reach(attempt_id: str) -> None:
        begun.append(attempt_id)
        await may_end.wait()

    begin = dbos._queue.execute_dequeued_workflow
    failures = ["database or disk is full"]

    def begin_or_fail(*arguments: Any, **options: Any) -> Any:
        if failures:
            raise RuntimeError(failures.pop())
        return begin(*arguments, **options)

    monkeypatch.setattr(dbos._queue, "execute_dequeued_workflow", begin_or_fail)
    durable = await Durable.open(database_url=database_url, dialler_id="steady", reach=reach)
    try:
        await durable.set_queue("batch_a", concurrency=2)
        for attempt_id in ("attempt_1", "attempt_2"):
            await durable.enqueue("batch_a", attempt_id)
        await until(lambda: len(begun) == 1 and not failures, within_secs=10)
        await durable.resume_stranded()
        assert len(begun) == 1
        await durable.resume_stranded()
        await until(lambda: len(begun) == 2, within_secs=10)
        for _ in range(3):
            await durable.resume_stranded()
        assert sorted(begun) == ["attempt_1", "attempt_2"]
    finally:
        may_end.set()
        await durable.close(within_secs=5)


async def test_a_dialler_takes_its_share_and_leaves_the_others_theirs(database_url: str) -> None:
    """Of a batch with four places, a dialler that is one of two takes two, however often it looks;
    when it is alone it takes the rest.
    """
    begun: list[str] = []
    may_end = asyncio.Event()

    async def reach(attempt_id: str) -> None:
        begun.append(attempt_id)
        await may_end.wait()

    durable = await Durable.open(database_url=database_url, dialler_id="fair", reach=reach)
    try:
        await durable.set_queue("batch_a", concurrency=4, diallers=2)
        for number in range(6):
            await durable.enqueue("batch_a", f"attempt_{number}")
        await until(lambda: len(begun) == 2, within_secs=20)
        await asyncio.sleep(4 * CLAIM_EVERY_SECS)
        assert len(begun) == 2
        await durable.set_queue("batch_a", concurrency=4, diallers=1)
        await until(lambda: len(begun) == 4, within_secs=20)
    finally:
        may_end.set()
        await durable.close(within_secs=5)


async def test_calls_under_way_are_followed_before_others_are_made(
    store: Store, far: FarService, diallers: Diallers
) -> None:
    """The concurrency was lowered, and the only dialler died: a new one gives the one place in the
    queue to somebody who is planned. They give it to the calls that are under way, and no slot of
    the pace is taken for somebody for whom there is no room.
    """
    await add_batch(store, 3, concurrency=1)
    planned = await store.ledger.plan("batch_a", now=NOON - timedelta(minutes=1), backlog=3)
    far.manners.ends_calls = False
    dialled = []
    async with loopback_client() as client:
        for attempt in planned[1:]:
            decision = {"word": "allow", "at": NOON.isoformat()}
            await store.ledger.placing(
                attempt.id, number=attempt.number, at=NOON, decision=decision, concurrency=3
            )
            body = {"to": attempt.number, "agent": "reminder"}
            key = {"Idempotency-Key": attempt.id}
            answer = await client.post(f"{far.url}/calls", json=body, headers=key)
            dialled.append(answer.json()["id"])
            await store.ledger.placed(
                attempt.id, at=NOON, call_id=dialled[-1], call_sid=answer.json()["call_sid"]
            )
    await diallers.start()
    await until(lambda: held_back(store, planned[0].id), within_secs=40)
    assert len(far.dials) == 2
    far.manners.ends_calls = True
    for call_id in dialled:
        await far.end(call_id)
    await until(lambda: is_over(store), within_secs=60)
    assert set(far.dials_to().values()) == {1}
    assert len(far.dials) == 3


async def held_back(store: Store, attempt_id: str) -> bool:
    attempt = await store.ledger.get(attempt_id)
    assert attempt is not None
    return attempt.state == "ended"


async def test_a_batch_that_is_over_leaves_no_queue(
    store: Store, far: FarService, diallers: Diallers, database_url: str
) -> None:
    """Nor records of its workflows: DBOS's tables do not grow for ever."""
    await add_batch(store, 3)
    dialler = await diallers.start()
    await until(lambda: is_over(store), within_secs=20)
    path = workflows_url(database_url).removeprefix("sqlite:///")

    def rows_left() -> int:
        with closing(sqlite3.connect(path)) as connection:
            tables = ("queues", "workflow_status", "operation_outputs")
            counts = [connection.execute(f"SELECT count(*) FROM {name}") for name in tables]
            return sum(count.fetchone()[0] for count in counts)

    assert rows_left() > 0
    await until(lambda: rows_left() == 0, within_secs=40)
    assert await dialler.terminate() == 0
