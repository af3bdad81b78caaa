"""A process that dials: what it does all the time, and how it stops."""

import asyncio
import math
from collections import defaultdict
from collections.abc import Awaitable, Callable, Sequence
from datetime import timedelta

from loguru import logger

from bot.batches.clock import Clock
from bot.batches.dialling.batch_monitor import BatchMonitor
from bot.batches.dialling.durable import Durable
from bot.batches.dialling.ended_calls import EndedCallWatcher
from bot.batches.dialling.engine import Checkpoint, no_checkpoint
from bot.batches.dialling.heartbeats import BEAT_EVERY_SECS, Heartbeats
from bot.batches.dialling.outcome_reporter import OutcomeReporter
from bot.batches.settings import BatchSettings
from bot.store import OVER, BatchRecord, Store
from tools import Unavailable

PLAN_EVERY_SECS = 1.0
OVERSEE_EVERY_SECS = 2.0
TAKE_OVER_EVERY_SECS = 3.0
TELL_EVERY_SECS = 2.0
TELL_AGAIN_SECS = 60.0  # a business that is away
TIDY_EVERY_SECS = 15.0
BACKLOG_SECS = 5.0  # so much of the pace is planned ahead: a pause or another pace is felt by then
SETTLED = timedelta(seconds=10)  # whoever planned an attempt has enqueued it by then, or is dead
FINISH_SECS = 30.0  # for what is under way, when told to stop; what is not done goes on elsewhere


class Dialler:
    """Plans attempts and has them made; beside others that do the same, or alone."""

    def __init__(
        self,
        *,
        id: str,
        store: Store,
        durable: Durable,
        heartbeats: Heartbeats,
        ends: EndedCallWatcher,
        batch_monitor: BatchMonitor,
        outcome_reporter: OutcomeReporter,
        clock: Clock,
        carrier_calls_per_second: float,
        checkpoint: Checkpoint = no_checkpoint,
    ) -> None:
        self.id = id
        self._store = store
        self._durable = durable
        self._heartbeats = heartbeats
        self._ends = ends
        self._batch_monitor = batch_monitor
        self._outcome_reporter = outcome_reporter
        self._clock = clock
        self._carrier_calls_per_second = carrier_calls_per_second
        self._checkpoint = checkpoint

    async def run(self, stop: asyncio.Event, *, finish_secs: float = FINISH_SECS) -> None:
        """Works until told to stop; then takes nothing new, and gives what is under way so long
        to come to its end.
        """
        beating = asyncio.create_task(_every(BEAT_EVERY_SECS, self._heartbeats.beat))
        looking = asyncio.create_task(self._ends.look())
        working = [
            asyncio.create_task(_every(secs, work))
            for secs, work in (
                (PLAN_EVERY_SECS, self._plan),
                (TAKE_OVER_EVERY_SECS, self._heartbeats.take_over),
                (OVERSEE_EVERY_SECS, self._first_only(self._oversee)),
                (TELL_EVERY_SECS, self._first_only(self._tell)),
                (TIDY_EVERY_SECS, self._first_only(self._tidy)),
            )
        ]
        await stop.wait()
        await _cancel(*working)
        await self._durable.close(within_secs=finish_secs)
        await _cancel(beating, looking)

    def _first_only(self, work: Callable[[], Awaitable[None]]) -> Callable[[], Awaitable[None]]:
        async def if_first() -> None:
            if self._heartbeats.is_first:
                await work()

        return if_first

    async def _plan(self) -> None:
        """Plans attempts for who is due, and has them made."""
        await _each(await self._running(), self._plan_for)

    async def _plan_for(self, batch: BatchRecord) -> None:
        settings = await self._open_queue(batch)
        planned = await self._store.ledger.plan(
            batch.id,
            now=self._clock.now(),
            backlog=self._backlog(settings),
            most_calls=settings.canary or None,
        )
        for attempt in planned:
            self._checkpoint("planned")
            await self._durable.enqueue(batch.id, attempt.id)
            self._checkpoint("enqueued")

    async def _running(self) -> Sequence[BatchRecord]:
        return await self._store.batches.list(state="running", limit=1000)

    async def _open_queue(self, batch: BatchRecord) -> BatchSettings:
        settings = BatchSettings.model_validate(batch.settings)
        await self._durable.set_queue(
            batch.id, concurrency=settings.concurrency, diallers=self._heartbeats.count
        )
        return settings

    def _backlog(self, settings: BatchSettings) -> int:
        pace = min(settings.calls_per_second, self._carrier_calls_per_second)
        return 1 + math.ceil(BACKLOG_SECS * pace)

    async def _oversee(self) -> None:
        await _each(await self._running(), self._batch_monitor.look)

    async def _tell(self) -> None:
        try:
            await self._outcome_reporter.tell()
        except Unavailable as error:
            logger.warning("the business is told later: {}", error, event="outcome_report_put_off")
            await asyncio.sleep(TELL_AGAIN_SECS)

    async def _tidy(self) -> None:
        """Whatever was planned is made, and what is over needs no queue."""
        settled = self._clock.now() - SETTLED
        for batch_id in await self._durable.queues():
            batch = await self._store.batches.get(batch_id)
            is_over = batch is None or batch.state in OVER
            if is_over and not await self._store.ledger.open(batch_id):
                await self._durable.drop_queue(batch_id)
        lost: defaultdict[str, list[str]] = defaultdict(list)
        for attempt in await self._store.ledger.open():
            if attempt.planned_at <= settled:
                lost[attempt.batch_id].append(attempt.id)

        async def find(batch: BatchRecord) -> None:
            await self._open_queue(batch)
            await self._durable.enqueue_lost(batch.id, lost[batch.id])

        found = [await self._store.batches.get(batch_id) for batch_id in lost]
        await _each([batch for batch in found if batch is not None], find)


async def _each(
    batches: Sequence[BatchRecord], work: Callable[[BatchRecord], Awaitable[None]]
) -> None:
    """Does it for each batch. One that it fails for, as for settings of another release, does not
    hold up the others; the log names all of them in one line.
    """
    failed: dict[str, Exception] = {}
    for batch in batches:
        try:
            await work(batch)
        except Exception as error:
            failed[batch.id] = error
    if failed:
        log = logger.opt(exception=next(iter(failed.values())))
        log.error(
            "left out in this round of {}: {}",
            work.__qualname__,
            ", ".join(failed),
            event="batches_left_out",
        )


async def _every(secs: float, work: Callable[[], Awaitable[None]]) -> None:
    """Does it every so often, whatever becomes of it."""
    while True:
        try:
            await work()
        except Exception:
            logger.exception(
                "a round of {} failed, and is tried again",
                work.__qualname__,
                event="dialler_round_failed",
            )
        await asyncio.sleep(secs)


async def _cancel(*tasks: asyncio.Task[None]) -> None:
    for task in tasks:
        task.cancel()
    await asyncio.wait(tasks)
