"""One at a time writes on a day of a calendar, over all processes and machines.

Who is about to write on a day creates a resource in the calendar that nobody else can create while
it is there (`If-None-Match: *`). It stands there for as long as reading the day, deciding and
writing take, some tenths of a second. One that a dead process left is taken away after
`STALE_SECS`, by a watch of our own: no two machines need agree on the time.
"""

import asyncio
import contextlib
import datetime as dt
import random
import secrets
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

from loguru import logger

from bot.calendars.caldav import CalDav, Conflict, resource_url
from bot.calendars.events import lock_written
from bot.calendars.slots import Busy
from bot.clock import monotonic
from tools import Refused, Unavailable

PATIENCE_SECS = 18.0  # longer than it takes to see that a turn was left by a dead process
WRITE_WITHIN_SECS = 5.0  # of the beginning of a turn; a request takes up to 3 s more
STALE_SECS = 12.0  # more than both: nobody alive writes in a turn as old as this
PASS_ON_SECS = 2.0  # so long it goes from one to the next in this process, and is not read anew


async def keeps_apart(dav: CalDav, url: str, text: str) -> bool:
    """Whether the server refuses to create what is there (RFC 9110, 13.1.2). Some do not."""
    try:
        await dav.create(url, text)
    except Conflict:
        return True
    return False


@dataclass(kw_only=True, eq=False)
class Turn:
    """The right to write on one day."""

    url: str
    etag: str
    since: float = field(default_factory=monotonic)
    busy: list[Busy] | None = None  # what is known of the day; None: it must be read

    def may_write(self) -> None:
        """Raises Unavailable when it is too late for that."""
        if monotonic() - self.since > WRITE_WITHIN_SECS:
            raise Unavailable("the calendar answers too slowly to write", maybe_done=False)


@dataclass(kw_only=True, eq=False)
class _Queue:
    """Those of this process who want to write on a day."""

    lock: asyncio.Lock = field(default_factory=asyncio.Lock)
    waiting: int = 0
    turn: Turn | None = None  # left for the next of them


class Turns:
    """Gives out turns on the days of one calendar."""

    def __init__(self, dav: CalDav, calendar: str, now: Callable[[], dt.datetime]) -> None:
        self._dav = dav
        self._calendar = calendar
        self._now = now
        self._queues: dict[dt.date, _Queue] = {}
        self._seen: dict[str, tuple[str, float]] = {}  # others' turns: etag, and since when
        self._proven = False  # the server keeps two writers apart

    @asynccontextmanager
    async def on(self, day: dt.date) -> AsyncIterator[Turn]:
        """Nobody else writes on this day meanwhile. Raises Unavailable."""
        queue = self._queues.setdefault(day, _Queue())
        queue.waiting += 1
        try:
            async with asyncio.timeout(PATIENCE_SECS):
                await queue.lock.acquire()
        except TimeoutError:
            raise Unavailable("too many write in the calendar", maybe_done=False) from None
        finally:
            queue.waiting -= 1
        turn: Turn | None = None
        try:
            turn = queue.turn or await self._take(day)
            queue.turn = None
            try:
                yield turn
            except Refused:
                raise
            except BaseException:
                turn.busy = None  # what was written, if anything, is not known
                raise
        finally:
            try:
                if turn is not None:
                    await self._leave(queue, turn)
            finally:
                queue.lock.release()
                if not queue.waiting and not queue.lock.locked():
                    self._queues.pop(day, None)

    async def _leave(self, queue: _Queue, turn: Turn) -> None:
        fresh = monotonic() - turn.since < PASS_ON_SECS
        if queue.waiting and fresh and turn.busy is not None:
            queue.turn = turn
            return
        with contextlib.suppress(Conflict, Unavailable):  # it goes stale then
            await self._dav.delete(turn.url, turn.etag)

    async def _take(self, day: dt.date) -> Turn:
        name = f"trunkline-turn-{day:%Y%m%d}"
        url, token = resource_url(self._calendar, name), secrets.token_hex(8)
        text = lock_written(uid=name, token=token, now=self._now())
        deadline = monotonic() + PATIENCE_SECS
        while True:
            began = monotonic()
            etag = ""
            try:
                etag = await self._dav.create(url, text)
            except Conflict:
                pass
            except Unavailable as error:
                if not error.maybe_done:
                    raise
            if etag:
                await self._prove(url, text)
                return Turn(url=url, etag=etag, since=began)
            there = await self._dav.get(url)
            if there is not None and token in there.text:  # the answer was lost, or had no etag
                return Turn(url=url, etag=there.etag, since=began)
            if there is not None:
                await self._look_at(url, there.etag)
            if monotonic() > deadline:
                raise Unavailable("others write in the calendar without end", maybe_done=False)
            await asyncio.sleep(random.uniform(0.03, 0.15))

    async def _prove(self, url: str, text: str) -> None:
        """Once: what is there cannot be created again. Raises Unavailable where it can, for two
        could then have one turn, and one time.
        """
        if self._proven:
            return
        if not await keeps_apart(self._dav, url, text):
            logger.error(
                "the calendar server ignores If-None-Match: nothing can be booked there",
                event="calendar_cannot_book",
            )
            with contextlib.suppress(Conflict, Unavailable):
                await self._dav.delete(url)
            raise Unavailable("the server does not keep two writers apart", maybe_done=False)
        self._proven = True

    async def _look_at(self, url: str, etag: str) -> None:
        """Takes away somebody's turn that has been there for too long."""
        seen, since = self._seen.get(url, ("", 0.0))
        if seen != etag:
            self._seen[url] = (etag, monotonic())
        elif monotonic() - since > STALE_SECS:
            logger.warning(
                "a turn to write that nobody gave back is taken away", event="calendar_turn_expired"
            )
            del self._seen[url]
            with contextlib.suppress(Conflict):
                await self._dav.delete(url, etag)
