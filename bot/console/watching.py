"""One call, told to a page as it happens: pieces of HTML, each a message of an event stream."""

import asyncio
from collections.abc import AsyncIterator

from bot.calls import CallService
from bot.calls.feed import Item, Lost, Moved, Over, Said, Watcher
from bot.clock import utcnow
from bot.console.call_page import CallPage
from bot.console.streams import OVER
from bot.console.transcript import Transcript
from bot.store import CallRecord, Store

TOGETHER_SECS = 0.1  # what happens so soon after each other is one message
LOOK_SECS = 1.0
MOST_MISSING = 10  # looks for a call whose record is still to be written
FACTS_EVERY = 3  # looks: what a call costs so far is told by nobody


async def watch_call(
    call_id: str, calls: CallService, store: Store, page: CallPage
) -> AsyncIterator[str]:
    """First all there is, then what changes, until the call is over; "" while nothing does. A call
    of this process is followed by the feed, one of another by its record.
    """
    call = calls.registry.find(call_id)
    if call is not None:
        with calls.feed.watch(call.id) as watcher:
            await call.journal.written()
            async for piece in _by_feed(call.id, watcher, store, page):
                yield piece
    async for piece in _by_record(call_id, store, page):
        yield piece


async def _by_feed(
    call_id: str, watcher: Watcher, store: Store, page: CallPage
) -> AsyncIterator[str]:
    """Until the feed says that it is over."""
    record = await store.get_call(call_id)
    if record is None:  # the database has not written it yet: `_by_record` waits for it
        return
    transcript = Transcript(record)
    yield page.whole(record, transcript)
    idle = 0
    while True:
        items = await _taken(watcher)
        if any(isinstance(item, Over) for item in items):
            return
        if lost := sum(item.count for item in items if isinstance(item, Lost)):
            record = await store.get_call(call_id) or record
            transcript = Transcript(record)
            yield page.whole(record, transcript, lost=lost)
            continue
        for item in items:
            if isinstance(item, Item):
                transcript.take(item)
        idle = 0 if items else idle + 1
        facts = None
        if any(isinstance(item, Moved | Said) for item in items) or idle % FACTS_EVERY == 1:
            (facts,) = await store.calls_with_ids([call_id]) or (record,)
        yield page.changes(transcript, facts=facts)


async def _taken(watcher: Watcher) -> list[Item | Lost]:
    """What has happened, with what follows at once; nothing after a look's time."""
    try:
        async with asyncio.timeout(LOOK_SECS):
            items = [await anext(watcher)]
    except TimeoutError:
        return []
    if not isinstance(items[0], Over):
        await asyncio.sleep(TOGETHER_SECS)
    while watcher.has_more and not isinstance(items[-1], Over):
        items.append(await anext(watcher))
    return items


async def _by_record(call_id: str, store: Store, page: CallPage) -> AsyncIterator[str]:
    """Until all of the call is in the store."""
    shown: CallRecord | None = None
    looks = 0
    while not (shown is not None and shown.is_whole(utcnow())):
        record = await store.get_call(call_id)
        looks += 1
        if record is None and looks > MOST_MISSING:
            break
        if record is not None and record != shown:
            yield page.whole(record, Transcript(record))
        elif record is not None and looks % FACTS_EVERY == 0:
            yield page.facts(record)
        shown = record
        yield ""
        await asyncio.sleep(LOOK_SECS)
    yield OVER
