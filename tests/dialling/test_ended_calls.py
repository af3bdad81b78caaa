"""Learning that calls are over."""

import asyncio
from contextlib import suppress
from datetime import timedelta
from pathlib import Path

from bot.batches.dialling.ended_calls import EndedCallWatcher
from bot.clock import utcnow
from bot.store import CallRecord, Dialled, Outcome, Transfer
from tests.databases import open_store


async def test_a_call_is_over_when_all_of_it_is_stored(tmp_path: Path) -> None:
    """Its tools may still work after its end, and what they do decides what it came to."""
    store = await open_store(tmp_path / "calls.db")
    await store.add_call(
        CallRecord(
            id="call_1",
            direction="outbound",
            agent="table",
            from_number="+15550001111",
            to_number="+15552223333",
            started_at=utcnow(),
            status="in-progress",
        )
    )
    watcher = EndedCallWatcher(store, look_every_secs=0.1)
    looking = asyncio.create_task(watcher.look())
    untold = Outcome(result="completed", reason="goodbye", summary=None)
    await store.end_call("call_1", status="completed", outcome=untold, ended_at=utcnow())
    assert await watcher.of("call_1", within_secs=2) is None
    await store.sum_up_call("call_1", summary="Booked.", fields={})
    record = await watcher.of("call_1", within_secs=2)
    assert record is not None and record.outcome is not None
    assert record.outcome.summary == "Booked."
    looking.cancel()
    with suppress(asyncio.CancelledError):
        await looking
    await store.close()


async def test_a_call_that_nobody_will_sum_up_is_over_in_the_end(tmp_path: Path) -> None:
    """The process that had it has died after its end."""
    store = await open_store(tmp_path / "calls.db")
    ended_at = utcnow() - timedelta(seconds=31)
    await store.add_call(
        CallRecord(
            id="call_1",
            direction="outbound",
            agent="table",
            from_number="+15550001111",
            to_number="+15552223333",
            started_at=ended_at - timedelta(seconds=60),
            status="completed",
            outcome=Outcome(result="completed", reason="goodbye", summary=None),
            ended_at=ended_at,
        )
    )
    watcher = EndedCallWatcher(store, look_every_secs=0.1)
    looking = asyncio.create_task(watcher.look())
    assert await watcher.of("call_1", within_secs=2) is not None
    looking.cancel()
    with suppress(asyncio.CancelledError):
        await looking
    await store.close()


async def test_a_transfer_is_over_when_it_is_known_who_came_to_the_phone(tmp_path: Path) -> None:
    """What the carrier never tells is not waited for."""
    store = await open_store(tmp_path / "calls.db")
    now = utcnow()
    for call_id, ended_at in (("new", now), ("old", now - timedelta(minutes=4))):
        await store.add_call(
            CallRecord(
                id=call_id,
                direction="outbound",
                agent="table",
                from_number="+15550001111",
                to_number="+15552223333",
                started_at=ended_at - timedelta(seconds=60),
                status="completed",
                transfer=Transfer(reason="Pressed 0.", at=ended_at, target="+15559998888"),
                outcome=Outcome(result="transferred", reason="transfer", summary="Asked."),
                ended_at=ended_at,
            )
        )
    watcher = EndedCallWatcher(store, look_every_secs=0.1)
    looking = asyncio.create_task(watcher.look())
    assert await watcher.of("old", within_secs=2) is not None
    assert await watcher.of("new", within_secs=2) is None
    await store.end_transfer("new", Dialled(outcome="no_answer", status="no-answer"))
    record = await watcher.of("new", within_secs=2)
    assert record is not None and record.dialled is not None
    looking.cancel()
    with suppress(asyncio.CancelledError):
        await looking
    await store.close()
