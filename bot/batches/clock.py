"""What time it is, for whatever asks when a contact may be called; in a demonstration it leaps."""

import asyncio
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import NoReturn, Protocol

from bot.clock import utcnow
from bot.store import Store

LEAP_EVERY_SECS = 0.2


class Clock(Protocol):
    """A demonstration or a test may let the hours pass faster than they do."""

    def now(self) -> datetime:
        """An aware time."""
        ...


class SystemClock:
    """The time of day."""

    def now(self) -> datetime:
        return utcnow()


class LeapingClock:
    """Goes as fast as time does, from a time of its own, and leaps when it is told to."""

    def __init__(self, begin: datetime) -> None:
        self._ahead: timedelta = begin - utcnow()

    def now(self) -> datetime:
        return utcnow() + self._ahead

    def leap(self, to: datetime) -> None:
        """Never back."""
        self._ahead += max(timedelta(0), to - self.now())


async def leap_when_idle(
    store: Store, clock: LeapingClock, *, tell: Callable[[datetime], None]
) -> NoReturn:
    """Leaps to the next time at which a contact is due, whenever no attempt is open and none is
    due yet; `tell` hears of each leap.
    """
    while True:
        await asyncio.sleep(LEAP_EVERY_SECS)
        to = await _next(store, clock.now())
        if to is not None:
            clock.leap(to)
            tell(to)


async def _next(store: Store, now: datetime) -> datetime | None:
    """When a contact is due; None while there is something to do, or no contact waits."""
    if await store.ledger.open():
        return None
    dues = [
        due_at or now
        for batch in await store.batches.list(state="running")
        for due_at in await store.batches.dues(batch.id)
    ]
    earliest = min(dues, default=now)
    return earliest if earliest > now else None
