"""Much work on the event loop, in pieces too short to delay a call."""

import asyncio
from collections.abc import AsyncIterator, Iterable
from typing import TypeVar

from bot.clock import monotonic

T = TypeVar("T")

SLICE_SECS = 0.005  # what it takes to make the items of one slice; sound has 20


async def slices(items: Iterable[T], *, most: int) -> AsyncIterator[list[T]]:
    """The items in lists of at most so many; others have their turn after each."""
    some: list[T] = []
    began = monotonic()
    for item in items:
        some.append(item)
        if len(some) == most or monotonic() - began > SLICE_SECS:
            yield some
            await asyncio.sleep(0)
            some, began = [], monotonic()
    if some:
        yield some
