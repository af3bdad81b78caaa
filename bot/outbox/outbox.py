"""Sends what is due, and again with growing pauses until it has arrived or is given up.

Any number of processes may do so side by side: each delivery is claimed by one of them, and what a
process claimed that died is claimed anew a minute later. So each arrives at least once, in no
order, or is given up after about two days and can be replayed.
"""

import asyncio
import contextlib
from collections.abc import Awaitable, Callable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import NoReturn, Protocol

from loguru import logger

from bot.clock import utcnow
from bot.store import CallRecord, DeliveryRecord, Store, StoreError

LOOK_SECS = 2.0
CLAIM_SECS = 60.0  # more than one that sends may take: then another process may
SEND_SECS = 45.0  # for one delivery, whatever its channel does
AT_ONCE = 8
KEPT_DAYS = 30  # of what arrived or was given up
FORGET_EVERY_SECS = 3600.0

# Seconds from one try to the next; after the last it is given up. About two days in all.
PAUSES_SECS = (5, 30, 120, 600, 1800, 3600, 7200, 14_400, 28_800, 43_200, 86_400)
TOLD_AFTER_TRIES = 2  # in vain: mail servers put strangers off once, and networks have moments

Chore = Callable[[datetime], Awaitable[object]]  # work that is done at each look, given the time


class NotDelivered(Exception):
    """A delivery did not arrive; the message says why, for the operator."""

    def __init__(self, problem: str, *, final: bool = False) -> None:
        super().__init__(problem)
        self.final = final  # to try again is of no use


class NotYet(NotDelivered):
    """What is to be told is not complete; nothing has failed."""


def wait_for_the_rest(call: CallRecord, now: datetime) -> None:
    """What is told of an ended call is told with its summary, which takes some seconds more.

    Raises NotYet.
    """
    if not call.is_whole(now):
        raise NotYet("the call is still being summed up")


class Sender(Protocol):
    """Sends deliveries over one channel."""

    async def send(self, delivery: DeliveryRecord) -> None:
        """Returns when the receiver has it, or there is nothing to tell any more.

        Raises NotDelivered.
        """
        ...


class Outbox:
    """Sends over the channels for which it has senders, and does the chores of their rooms."""

    def __init__(
        self,
        *,
        store: Store,
        senders: Mapping[str, Sender],
        chores: Sequence[Chore] = (),
        now: Callable[[], datetime] = utcnow,
    ) -> None:
        self._store = store
        self._senders = senders
        self._chores = chores
        self._now = now
        self._wanted = asyncio.Event()
        self._forgot_at: datetime | None = None
        self._told: set[str] = set()  # deliveries that wait, and are told of in the log

    def nudge(self) -> None:
        """Something is due now: it is sent at once, not at the next look."""
        self._wanted.set()

    async def run(self) -> NoReturn:
        """Sends until it is cancelled."""
        waits = False
        while True:
            try:
                await self.look()
                waits = False
            except StoreError as error:
                if not waits:  # and no line more until the database has been back
                    logger.warning("nothing is sent for now: {}", error, event="outbox_waits")
                waits = True
            except Exception:
                logger.exception("nothing is sent for now", event="outbox_failed")
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._wanted.wait(), LOOK_SECS)
            self._wanted.clear()

    async def look(self) -> int:
        """Does the chores, then sends what is due; returns how much arrived."""
        for chore in self._chores:
            await chore(self._now())
        await self._forget()
        arrived = 0
        while due := await self._store.outbox.due(
            channels=list(self._senders), now=self._now(), limit=AT_ONCE
        ):
            arrived += sum(await asyncio.gather(*map(self._send, due)))
        return arrived

    async def _send(self, delivery: DeliveryRecord) -> bool:
        """One try; true when it arrived."""
        until = self._now() + timedelta(seconds=CLAIM_SECS)
        if not await self._store.outbox.claim(delivery, until=until):
            return False
        try:
            async with asyncio.timeout(SEND_SECS):
                await self._senders[delivery.channel].send(delivery)
        except NotDelivered as error:
            await self._failed(
                delivery, str(error), final=error.final, told=not isinstance(error, NotYet)
            )
            return False
        except TimeoutError:
            await self._failed(delivery, f"no answer within {SEND_SECS:g} s")
            return False
        except StoreError:
            raise
        except Exception as error:
            logger.exception(
                "a delivery over {} failed",
                delivery.channel,
                delivery=delivery.id,
                event="delivery_failed",
            )
            await self._failed(delivery, type(error).__name__)
            return False
        await self._store.outbox.arrived(delivery.id, at=self._now())
        self._told.discard(delivery.id)
        return True

    async def _failed(
        self, delivery: DeliveryRecord, problem: str, *, final: bool = False, told: bool = True
    ) -> None:
        now = self._now()
        if final or delivery.tries >= len(PAUSES_SECS):
            logger.error(
                "giving up on {} of {} over {}: {}",
                delivery.event,
                delivery.subject,
                delivery.channel,
                problem,
                delivery=delivery.id,
                event="delivery_given_up",
            )
            await self._store.outbox.give_up(delivery.id, at=now, problem=problem)
            self._told.discard(delivery.id)
            return
        if told and delivery.tries >= TOLD_AFTER_TRIES and delivery.id not in self._told:
            self._told.add(delivery.id)
            logger.warning(
                "{} of {} over {} is not delivered yet, trying again for two days: {}",
                delivery.event,
                delivery.subject,
                delivery.channel,
                problem,
                delivery=delivery.id,
                event="delivery_waits",
            )
        again_at = now + timedelta(seconds=PAUSES_SECS[delivery.tries])
        await self._store.outbox.again(delivery.id, at=again_at, problem=problem)

    async def _forget(self) -> None:
        now = self._now()
        due = timedelta(seconds=FORGET_EVERY_SECS)
        if self._forgot_at is None or now - self._forgot_at >= due:
            self._forgot_at = now
            await self._store.outbox.forget(before=now - timedelta(days=KEPT_DAYS))
