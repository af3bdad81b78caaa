"""Lets the hours in which nothing happens pass at once, for a demonstration."""

import asyncio
from collections.abc import Callable
from datetime import datetime
from typing import NoReturn

from bot.batches.clock import LeapingClock
from bot.store import Store

LOOK_SECS = 0.2


async def leap_when_idle(
    store: Store, clock: LeapingClock, *, tell: Callable[[datetime], None]
) -> NoReturn:
    """Leaps to the next time at which somebody is due, whenever no attempt is open and nobody is
    due yet; `tell` hears of each leap.
    """
    while True:
        await asyncio.sleep(LOOK_SECS)
        to = await _next(store, clock.now())
        if to is not None:
            clock.leap(to)
            tell(to)


async def _next(store: Store, now: datetime) -> datetime | None:
    """When somebody is due; None while there is something to do, or nobody waits."""
    if await store.ledger.open():
        return None
    dues = [
        due_at or now
        for batch in await store.batches.list(state="running")
        for due_at in await store.batches.dues(batch.id)
    ]
    earliest = min(dues, default=now)
    return earliest if earliest > now else None
