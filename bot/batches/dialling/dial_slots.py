"""When an attempt may be dialled: by the gate, by the room in its batch, by the pace."""

import asyncio
from datetime import datetime, timedelta
from functools import partial

from loguru import logger

from bot.batches.clock import Clock
from bot.batches.gate.facts import Gate, GateDecision
from bot.store import AttemptRecord, Store
from tools import Unavailable

# A place in the batch, which the queue has counted too, is free within moments. If it is not, the
# calls that are under way wait for whoever has the places in the queue, and are given them.
NO_ROOM_SECS = 0.5
NO_ROOM_TRIES = 4
ROOM_AGAIN = timedelta(seconds=5)
UNDECIDED_SECS = 5.0  # the business does not answer, so nothing can be decided
UNDECIDED_TRIES = 3  # then others may have this place, and it is asked again when they had
ASK_AGAIN = timedelta(minutes=1)

CARRIER = "carrier"  # the pace of all batches together


class DialSlots:
    """Each method waits for one thing that an attempt needs before it is dialled."""

    def __init__(
        self, *, store: Store, gate: Gate, clock: Clock, carrier_calls_per_second: float
    ) -> None:
        self._store = store
        self._gate = gate
        self._clock = clock
        self._carrier_calls_per_second = carrier_calls_per_second

    async def with_room(self, decided: GateDecision) -> GateDecision:
        """The decision once its batch has room for another call, so that no slot is taken in vain;
        or that it waits, and gives its place in the queue to those who are under way already.
        """
        context = decided.context
        most = context.settings.concurrency
        for tries in range(NO_ROOM_TRIES):
            if tries:
                await asyncio.sleep(NO_ROOM_SECS)
            if await self._store.ledger.under_way(context.batch.id) < most:
                return decided
        return decided.waiting(
            rule="concurrency",
            why=f"{most} calls of this batch are under way, as many as may be",
            until=self._clock.now() + ROOM_AGAIN,
        )

    async def decided(self, attempt: AttemptRecord) -> GateDecision:
        """What the gate says; where the business goes on not answering, that the call waits."""
        for tries in range(1, UNDECIDED_TRIES + 1):
            try:
                return await self._gate.ask(attempt)
            except Unavailable as error:
                logger.warning(
                    "attempt {} cannot be decided on: {}",
                    attempt.id,
                    error,
                    event="attempt_undecided",
                )
            if tries < UNDECIDED_TRIES:
                await asyncio.sleep(UNDECIDED_SECS)
        decided = await self._gate.look(attempt)
        if not decided.allows:
            return decided
        return decided.waiting(
            rule="standing",
            why="the business does not answer, so nobody knows if the appointment still stands",
            until=self._clock.now() + ASK_AGAIN,
        )

    async def wait_for_slot(self, decided: GateDecision) -> None:
        """Until the batch takes another call, and then until the carrier does: a slow batch must
        not keep places at the carrier that others could have.
        """
        context = decided.context
        for name, per_second in (
            (context.batch.id, context.settings.calls_per_second),
            (CARRIER, self._carrier_calls_per_second),
        ):
            pick = partial(next_slot, per_second=per_second)
            await asyncio.sleep(await self._store.fleet.reserve(name, pick))


def next_slot(now: datetime, free_at: datetime, per_second: float) -> tuple[datetime, datetime]:
    """When a call may begin that is asked for now, and when the next one may; `free_at` is what
    was said of the next one before.

    The generic cell rate algorithm, without bursts: what was not used is not made up for.
    """
    begin = max(now, free_at)
    return begin, begin + timedelta(seconds=1 / per_second)
