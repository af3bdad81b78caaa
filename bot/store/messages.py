"""Messages from callers, and whether a person has them by now."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import ColumnElement, and_, or_, select, true, update
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.same_number import spellings
from bot.store.database import Database
from bot.store.desk_records import MessageRecord
from bot.store.desk_tables import messages
from bot.store.outbox import OutboxStore, Subscription

_OPEN = messages.c.acknowledged_at.is_(None)


class MessageStore:
    """Messages. Each method is one short transaction; what is to be told is told from it."""

    def __init__(self, database: Database, outbox: OutboxStore) -> None:
        self._database = database
        self._outbox = outbox

    async def add(self, message: MessageRecord, *, to: Sequence[Subscription]) -> None:
        """Keeps a message and has it delivered; once, if one with its id is there already."""
        statement = self._database.insert_if_new(messages)

        async def add(connection: AsyncConnection) -> None:
            if (await connection.execute(statement, vars(message))).rowcount:
                await self._outbox.announce(
                    connection, "message.taken", message.id, at=message.taken_at, also=to
                )

        await self._database.write("keep a message", add)

    async def get(self, message_id: str) -> MessageRecord | None:
        found = await self._find(messages.c.id == message_id, limit=1)
        return found[0] if found else None

    async def find(
        self,
        *,
        open_only: bool = False,
        since: datetime | None = None,
        until: datetime | None = None,
        number: str | None = None,
        limit: int = 100,
    ) -> Sequence[MessageRecord]:
        """Messages, the newest first; `number` is one to call back or that called."""
        conditions: list[ColumnElement[bool]] = [_OPEN] if open_only else []
        if number is not None:
            written = spellings(number)
            theirs = or_(messages.c.number.in_(written), messages.c.caller_number.in_(written))
            conditions.append(theirs)
        if since is not None:
            conditions.append(messages.c.taken_at >= since)
        if until is not None:
            conditions.append(messages.c.taken_at < until)
        return await self._find(and_(true(), *conditions), limit=limit)

    async def of_call(self, call_id: str) -> Sequence[MessageRecord]:
        """Those of one call."""
        return await self._find(messages.c.call_id == call_id, limit=100)

    async def due(self, *, now: datetime, limit: int = 20) -> Sequence[MessageRecord]:
        """Unacknowledged messages whose recipients are to be reminded now."""
        return await self._find(and_(_OPEN, messages.c.next_at <= now), limit=limit)

    async def follow_up(
        self,
        message: MessageRecord,
        moved: MessageRecord,
        event: str,
        *,
        at: datetime,
        to: Sequence[Subscription],
    ) -> bool:
        """Announces a reminder or an escalation (`event`), after which the message is as `moved`;
        false when it has moved on meanwhile by another hand.
        """
        unchanged = messages.c.escalated_at.is_(None) if message.escalated_at is None else true()
        changed = update(messages).where(
            messages.c.id == message.id, _OPEN, messages.c.reminders == message.reminders, unchanged
        )
        values = {
            "next_at": moved.next_at,
            "reminders": moved.reminders,
            "escalated_at": moved.escalated_at,
        }

        async def tell(connection: AsyncConnection) -> bool:
            if (await connection.execute(changed.values(values))).rowcount == 0:
                return False
            await self._outbox.announce(
                connection, event, message.id, at=at, also=to, occasion=f".{message.reminders}"
            )
            return True

        return await self._database.write("follow up on a message", tell)

    async def put_off(self, message_id: str, *, until: datetime | None) -> None:
        """Sends no reminder before this moment; None: none ever."""
        statement = update(messages).where(messages.c.id == message_id).values(next_at=until)
        await self._database.change("put a message off", statement)

    async def acknowledge(self, message_id: str, *, at: datetime, by: str) -> bool:
        """Marks a message as acknowledged. False when it was before, or there is none."""
        changed = update(messages).where(messages.c.id == message_id, _OPEN)
        values = {"acknowledged_at": at, "acknowledged_by": by, "next_at": None}

        async def acknowledge(connection: AsyncConnection) -> bool:
            if (await connection.execute(changed.values(values))).rowcount == 0:
                return False
            await self._outbox.announce(connection, "message.acknowledged", message_id, at=at)
            return True

        return await self._database.write("acknowledge a message", acknowledge)

    async def send_again(
        self, message: MessageRecord, *, at: datetime, to: Sequence[Subscription]
    ) -> None:
        """Delivers a message once more, now."""

        async def tell(connection: AsyncConnection) -> None:
            await self._outbox.announce(
                connection,
                "message.reminder",
                message.id,
                at=at,
                also=to,
                occasion=f".{at.timestamp():.0f}",
            )

        await self._database.write("deliver a message again", tell)

    async def _find(self, which: ColumnElement[bool], *, limit: int) -> Sequence[MessageRecord]:
        order = (messages.c.taken_at.desc(), messages.c.id)
        query = select(messages).where(which).order_by(*order).limit(limit)

        async def find(connection: AsyncConnection) -> list[MessageRecord]:
            rows = (await connection.execute(query)).mappings().all()
            return [MessageRecord(**row) for row in rows]

        return await self._database.read("look for messages", find)
