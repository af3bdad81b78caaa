"""Watching calls: one or all, as fast as one can, while the call never waits."""

import asyncio

import pytest

from bot.calls import Admission
from bot.calls.call import Call
from bot.calls.events import EndingDecided, LetIn, Stored
from bot.calls.feed import Feed, Interrupted, Item, Lost, Moved, Over, Said, Watcher
from bot.calls.outcome import Ending
from bot.calls.registry import Registry
from bot.calls.state import Stage
from bot.clock import utcnow
from bot.store import Store
from tests.calls.call_kit import SID, a_call, claims


def said(text: str, call_id: str = "call_1") -> Said:
    now = utcnow()
    return Said(call_id=call_id, who="agent", key=text, text=text, started_at=now, ended_at=now)


async def taken(watcher: Watcher, count: int) -> list[Item | Lost]:
    async with asyncio.timeout(1):
        return [await anext(watcher) for _ in range(count)]


async def test_all_calls_or_one_are_watched() -> None:
    """From the moment one begins to watch."""
    feed = Feed()
    feed.publish(said("before"))
    with feed.watch() as everything, feed.watch("call_2") as second:
        feed.publish(said("one"))
        feed.publish(said("two", "call_2"))
        texts = [getattr(item, "text", None) for item in await taken(everything, 2)]
        assert texts == ["one", "two"]
        (item,) = await taken(second, 1)
        assert isinstance(item, Said)
        assert (item.call_id, item.text) == ("call_2", "two")


async def test_a_slow_watcher_loses_the_oldest_and_is_told_how_many() -> None:
    """Those who take what comes lose nothing beside it."""
    feed = Feed()
    with feed.watch(most_waiting=3) as slow, feed.watch() as fast:
        for number in range(10):
            feed.publish(said(str(number)))
            (item,) = await taken(fast, 1)
            assert isinstance(item, Said)
        lost, *rest = await taken(slow, 4)
        assert lost == Lost(count=7)
        assert [item.text for item in rest if isinstance(item, Said)] == ["7", "8", "9"]
        feed.publish(said("after"))
        (item,) = await taken(slow, 1)
        assert isinstance(item, Said)


async def test_who_watches_one_call_is_done_when_it_is_over() -> None:
    """Who watches all goes on."""
    feed = Feed()
    with feed.watch("call_1") as one:
        feed.publish(said("Goodbye."))
        feed.publish(Over(call_id="call_1"))
        async with asyncio.timeout(1):
            kinds = [type(item).__name__ async for item in one]
    assert kinds == ["Said", "Over"]


async def test_a_reader_that_fails_harms_nobody() -> None:
    """Neither the call nor other readers."""
    feed, read = Feed(), []

    def fail(item: Item) -> None:
        raise RuntimeError("a reader's mistake")

    with feed.read(fail), feed.read(read.append), feed.watch() as watcher:
        feed.publish(said("one"))
        assert len(await taken(watcher, 1)) == 1
    feed.publish(said("later"))
    assert [item.text for item in read if isinstance(item, Said)] == ["one"]


@pytest.fixture
def feed() -> Feed:
    return Feed()


async def test_a_call_tells_where_it_stands(store: Store, feed: Feed) -> None:
    """Each step of its way once; nothing secret or personal is in it."""
    call: Call = a_call(store, feed=feed)
    registry = Registry(admission=Admission(max_calls=2, inbound_reserve=0))
    registry.add(call)
    with feed.watch(call.id) as watcher:
        call.post(LetIn())
        token = call.state.caller.token
        assert claims(registry, token, SID)
        call.post(EndingDecided(Ending.GOODBYE))
        call.post(EndingDecided(Ending.SILENCE))
        call.post(Stored())
        items = [item async for item in watcher]
    moves = [(item.stage, item.connected, item.ending) for item in items if isinstance(item, Moved)]
    assert moves == [
        (Stage.TALKING, True, None),
        (Stage.ENDING, True, Ending.GOODBYE),
    ]
    assert isinstance(items[-1], Over)
    assert token not in repr(items)
    await call.journal.close()


async def test_the_journal_loses_nothing(store: Store, feed: Feed) -> None:
    """However slow those are who watch."""
    call = a_call(store, feed=feed)
    with feed.watch(call.id, most_waiting=1) as watcher:
        for number in range(20):
            call.feed.tool_started(key=f"tool_{number}", name="lookup_hours", arguments={"n": 1})
        call.feed.interrupted()
        assert call.journal.backlog == 20
        lost, last = await taken(watcher, 2)
        assert lost == Lost(count=20)
        assert isinstance(last, Interrupted)
    await call.journal.close()
