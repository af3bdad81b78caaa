"""How long things are kept: once a day, what is older is emptied of what is personal.

Any number of processes may run: the day is a row of the outbox, which one of them takes.
"""

from collections.abc import Callable, Mapping
from datetime import date, datetime, timedelta

from loguru import logger

from bot.clock import utcnow
from bot.store import DeliveryRecord, Kept, Store, Subscription

CHANNEL = "retention"
DAY = "retention.day"
KINDS: tuple[Kept, ...] = ("recordings", "calls", "messages", "texts", "batches")


class DailyRetention:
    """Does the work of each day, as a room beside the outbox."""

    def __init__(self, *, store: Store, days: Mapping[Kept, int]) -> None:
        """`days` says by kind how long it is kept; 0 or nothing: for good."""
        self._store = store
        self._days = days
        self._last: date | None = None
        self.on_due: Callable[[], None] = lambda: None

    async def look(self, now: datetime) -> None:
        """Once a day, by whichever process is first: has the work of the day done."""
        if not any(self._days.values()) or now.date() == self._last:
            return
        to = Subscription(channel=CHANNEL, target="", events=())
        await self._store.outbox.add(DAY, now.date().isoformat(), at=now, also=(to,))
        self._last = now.date()

    async def send(self, delivery: DeliveryRecord) -> None:
        """Does it; what was left by a process that died is done by the next try."""
        done = await carry_out(self._store, self._days, now=utcnow())
        if any(done.values()):
            told = ", ".join(f"{number} {kind}" for kind, number in done.items() if number)
            logger.info("emptied for their age: {}", told, event="retention_done")


def cutoffs(days: Mapping[Kept, int], now: datetime) -> dict[Kept, datetime]:
    """Before which moment things are too old, by kind; those kept for good are left out."""
    return {kind: now - timedelta(days=days[kind]) for kind in KINDS if days.get(kind)}


async def due(store: Store, days: Mapping[Kept, int], *, now: datetime) -> dict[Kept, int]:
    """How many of each kind are too old."""
    before = cutoffs(days, now)
    return {kind: await store.retention.count(kind, before=before[kind]) for kind in before}


async def carry_out(store: Store, days: Mapping[Kept, int], *, now: datetime) -> dict[Kept, int]:
    """Empties what is too old, some at a time; how many of each kind it were."""
    done: dict[Kept, int] = {}
    for kind, before in cutoffs(days, now).items():
        done[kind] = 0
        while number := await store.retention.empty(kind, before=before, at=now):
            done[kind] += number
    return done
