"""What is told to the outside, and how far the telling is.

A write that others want to hear of makes its deliveries in the same transaction (`announce`), so a
process may die at any moment: either both are there, or neither. Whose time has come is claimed by
one process and sent; one that dies while it sends leaves its claim to run out.
"""

import hashlib
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from sqlalchemy import ColumnElement, and_, delete, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.store.database import Database
from bot.store.desk_records import DeliveryRecord
from bot.store.desk_tables import UNDELIVERED, deliveries

Wanted = Literal["dead", "waiting", "arrived", "all"]


@dataclass(frozen=True, kw_only=True)
class Subscription:
    """An address that wants to hear of some events."""

    channel: str
    target: str
    events: Collection[str]  # names, or groups like "call.*"; "*" is all of them

    def wants(self, event: str) -> bool:
        group = event.partition(".")[0] + ".*"
        return any(name in self.events for name in (event, group, "*"))


class OutboxStore:
    """Deliveries. Each public method is one short transaction, but for `announce`."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._subscriptions: tuple[Subscription, ...] = ()

    def subscribe(self, *subscriptions: Subscription) -> None:
        """From now on, in this process, events are delivered to these too."""
        self._subscriptions += subscriptions

    async def announce(
        self,
        connection: AsyncConnection,
        event: str,
        subject: str,
        *,
        at: datetime,
        also: Sequence[Subscription] = (),
        occasion: str = "",
    ) -> None:
        """Makes the deliveries of an event, within the transaction of what it is about; once,
        however often it is announced. `also` hears of this one event only. `occasion` tells apart
        events of one kind about one subject.
        """
        of = f"{subject}.{event}{occasion}"
        statement = self._database.insert_if_new(deliveries)
        wanting = [each for each in self._subscriptions if each.wants(event)]
        for to in (*wanting, *also):
            where = hashlib.sha256(f"{to.channel}\n{to.target}".encode()).hexdigest()[:8]
            record = DeliveryRecord(
                id=f"{of}.{where}",
                event=event,
                subject=subject,
                channel=to.channel,
                target=to.target,
                made_at=at,
                due_at=at,
            )
            await connection.execute(statement, vars(record))

    async def add(
        self, event: str, subject: str, *, at: datetime, also: Sequence[Subscription] = ()
    ) -> None:
        """`announce` in a transaction of its own."""

        async def announce(connection: AsyncConnection) -> None:
            await self.announce(connection, event, subject, at=at, also=also)

        await self._database.write("note what is to be told", announce)

    async def due(
        self, *, channels: Collection[str], now: datetime, limit: int = 20
    ) -> Sequence[DeliveryRecord]:
        """Deliveries over these channels whose time has come, the oldest first."""
        which = and_(UNDELIVERED, deliveries.c.due_at <= now, deliveries.c.channel.in_(channels))
        return await self._find(which, limit)

    async def find(
        self,
        wanted: Wanted = "all",
        *,
        channel: str | None = None,
        subject: str | None = None,
        limit: int = 100,
    ) -> Sequence[DeliveryRecord]:
        """Deliveries, the newest first; `dead` are those that were given up."""
        conditions: list[ColumnElement[bool]] = []
        if wanted == "dead":
            conditions.append(deliveries.c.gave_up_at.is_not(None))
        elif wanted == "waiting":
            conditions.append(UNDELIVERED)
        elif wanted == "arrived":
            conditions.append(deliveries.c.arrived_at.is_not(None))
        if channel is not None:
            conditions.append(deliveries.c.channel == channel)
        if subject is not None:
            conditions.append(deliveries.c.subject == subject)
        return await self._find(and_(True, *conditions), limit, newest_first=True)

    async def claim(self, delivery: DeliveryRecord, *, until: datetime) -> bool:
        """Takes a delivery in hand: no other process sends it before `until`. False: one has it."""
        unchanged = and_(UNDELIVERED, deliveries.c.tries == delivery.tries)
        taken = {"due_at": until, "tries": delivery.tries + 1}
        statement = update(deliveries).where(deliveries.c.id == delivery.id, unchanged)
        return await self._database.change("claim a delivery", statement.values(taken)) == 1

    async def arrived(self, delivery_id: str, *, at: datetime) -> None:
        """The receiver has it."""
        await self._set(delivery_id, arrived_at=at, problem="")

    async def again(self, delivery_id: str, *, at: datetime, problem: str) -> None:
        """It did not arrive, and is sent again then."""
        await self._set(delivery_id, due_at=at, problem=problem)

    async def give_up(self, delivery_id: str, *, at: datetime, problem: str) -> None:
        """It did not arrive and is not sent again, unless it is replayed."""
        await self._set(delivery_id, gave_up_at=at, problem=problem)

    async def replay(self, delivery_id: str, *, at: datetime) -> bool:
        """Sends a delivery once more, with all its tries; false when there is none of this id."""
        anew = {"arrived_at": None, "gave_up_at": None, "due_at": at, "tries": 0}
        statement = update(deliveries).where(deliveries.c.id == delivery_id).values(anew)
        return await self._database.change("replay a delivery", statement) == 1

    async def replay_dead(self, *, channel: str, at: datetime) -> int:
        """`replay` of all over this channel that were given up; how many they are."""
        dead = and_(deliveries.c.gave_up_at.is_not(None), deliveries.c.channel == channel)
        anew = {"gave_up_at": None, "due_at": at, "tries": 0}
        statement = update(deliveries).where(dead).values(anew)
        return await self._database.change("replay deliveries", statement)

    async def forget(self, *, before: datetime) -> int:
        """Drops what arrived, or was given up, before this moment; how much that was."""
        old = (deliveries.c.arrived_at < before) | (deliveries.c.gave_up_at < before)
        return await self._database.change("forget deliveries", delete(deliveries).where(old))

    async def _set(self, delivery_id: str, **changes: datetime | str) -> None:
        statement = update(deliveries).where(deliveries.c.id == delivery_id).values(changes)
        await self._database.change("note how a delivery went", statement)

    async def _find(
        self, which: ColumnElement[bool], limit: int, *, newest_first: bool = False
    ) -> Sequence[DeliveryRecord]:
        moment = deliveries.c.made_at.desc() if newest_first else deliveries.c.due_at
        query = select(deliveries).where(which).order_by(moment, deliveries.c.id).limit(limit)

        async def find(connection: AsyncConnection) -> list[DeliveryRecord]:
            rows = (await connection.execute(query)).mappings().all()
            return [DeliveryRecord(**row) for row in rows]

        return await self._database.read("look for deliveries", find)
