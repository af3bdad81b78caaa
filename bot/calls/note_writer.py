"""Brings the notes of one call to the store, in order, however long the store is away."""

import asyncio
import itertools
from collections.abc import Awaitable, Callable
from typing import Any

from loguru import logger

from bot.clock import monotonic
from bot.store import StoreError

Note = Callable[[], Awaitable[Any]]
# Of one call, not written yet: an hour of talk has fewer. What it is and how it ended counts for
# none of them and is never lost.
MOST_WAITING = 1000
MOST_COUNTED = 50  # of one call: it takes twenty of them to turn a new call away
RETRY_SECS = (0.5, 1.0, 2.0, 4.0, 8.0, 15.0)  # then the last of them, again and again
KEPT_SECS = 600.0  # a note that the database does not take, from when it was taken


class NoteWriter:
    """Takes notes without waiting; a task of its own writes them."""

    def __init__(self, call_id: str) -> None:
        self._call_id = call_id
        self._notes: asyncio.Queue[tuple[Note, float] | None] = asyncio.Queue()  # taken when
        self._writer = asyncio.create_task(self._write(), name=f"journal::{call_id}")
        self._closed = False
        self._lost = 0  # notes that there was no room for

    def take(self, note: Note) -> bool:
        """Has this written after all that was taken before. False: it is closed."""
        if not self._closed:
            self._notes.put_nowait((note, monotonic()))
        return not self._closed

    def take_of_talk(self, note: Note) -> None:
        """One of many; a call whose model runs wild must not take the memory of all."""
        if self._notes.qsize() < MOST_WAITING:
            self.take(note)
            return
        if not self._lost:
            logger.error(
                "{} notes of this call wait for the database: more are lost",
                MOST_WAITING,
                call_id=self._call_id,
                event="note_queue_full",
            )
        self._lost += 1

    async def close(self) -> None:
        """Takes no more; returns when all are in the store, or lost."""
        self._closed = True
        self._notes.put_nowait(None)
        await asyncio.shield(self._writer)

    @property
    def backlog(self) -> int:
        """Notes taken that the store has not begun to write, as many as count for one call."""
        return min(self._notes.qsize(), MOST_COUNTED)

    async def written(self) -> None:
        """Waits until all notes taken so far are in the store, or lost."""
        await self._notes.join()

    async def _write(self) -> None:
        while (taken := await self._notes.get()) is not None:
            note, at = taken
            try:
                await _kept(note, until=at + KEPT_SECS)
            except StoreError as error:
                logger.error("a note was lost: {}", error, call_id=self._call_id, event="note_lost")
            except Exception:
                logger.exception("a note was lost", call_id=self._call_id, event="note_lost")
            finally:
                self._notes.task_done()
        self._notes.task_done()


async def _kept(note: Note, *, until: float) -> None:
    """Brings a note to the store, again and again while the store says that this may help, but not
    after this moment of `monotonic`; once in any case. Later notes wait for it, in order.
    """
    for attempt in itertools.count(1):
        try:
            await note()
        except StoreError as error:
            left_secs = until - monotonic()
            if not error.temporary or left_secs <= 0:
                raise
            wait_secs = min(RETRY_SECS[min(attempt, len(RETRY_SECS)) - 1], left_secs)
            if attempt == 1:
                logger.warning(
                    "the database does not take a note, trying again: {}", error, event="note_waits"
                )
            await asyncio.sleep(wait_secs)
        else:
            if attempt > 1:
                logger.info("a note was written by attempt {}", attempt, event="note_written")
            return
