"""Text messages, in both directions: what was asked for, what became of it, what came in."""

from collections.abc import Callable, Sequence
from datetime import datetime

from sqlalchemy import ColumnElement, and_, select, true, update
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.same_number import canonical, spellings
from bot.store.batch_tables import suppressions
from bot.store.database import Database
from bot.store.desk_records import TextDirection, TextRecord, TextStatus
from bot.store.desk_tables import texts
from bot.store.outbox import OutboxStore, Subscription

# Earlier texts to the number, oldest first, and whether it is suppressed: why not, or "".
Decide = Callable[[Sequence[TextRecord], bool], str]

TO_CARRIER = Subscription(channel="text", target="", events=())

_RANKS: dict[str, int] = {"waiting": 0, "queued": 1, "sent": 2}  # final ones are further than all
_FINAL = 3
_EVENTS = {
    "sent": "sms.sent",
    "delivered": "sms.delivered",
    "undelivered": "sms.failed",
    "failed": "sms.failed",
}


class TextStore:
    """Texts. Each method is one short transaction."""

    def __init__(self, database: Database, outbox: OutboxStore) -> None:
        self._database = database
        self._outbox = outbox

    async def order(
        self, text: TextRecord, *, since: datetime, decide: Decide, deliver: bool = True
    ) -> TextRecord:
        """Keeps a text that is to be sent, and has it sent unless `decide` says why not.

        Texts to one number are decided on one after the other, so that no two of them both find
        room for one. A text whose id is there already is not sent again; the one that is kept is
        returned. Without `deliver` the asker sends it.
        """
        insert = self._database.insert_if_new(texts)
        written = spellings(text.number)
        earlier = (
            select(texts)
            .where(texts.c.number.in_(written), texts.c.direction == "out")
            .where(texts.c.made_at >= since, texts.c.status != "refused", texts.c.id != text.id)
            .order_by(texts.c.made_at, texts.c.id)
        )
        listed = select(suppressions.c.number).where(suppressions.c.number.in_(written))

        async def order(connection: AsyncConnection) -> TextRecord:
            await self._database.lock(connection, f"text {canonical(text.number)}")
            rows = (await connection.execute(earlier)).mappings().all()
            suppressed = (await connection.execute(listed)).first() is not None
            refusal = decide([TextRecord(**row) for row in rows], suppressed)
            values = vars(text) | ({"status": "refused", "problem": refusal} if refusal else {})
            if (await connection.execute(insert, values)).rowcount == 0:
                kept = await connection.execute(select(texts).where(texts.c.id == text.id))
                return TextRecord(**kept.mappings().one())
            if deliver and not refusal:
                await self._outbox.announce(
                    connection, "sms.ordered", text.id, at=text.made_at, also=(TO_CARRIER,)
                )
            return TextRecord(**values)

        return await self._database.write("order a text", order)

    async def receive(self, text: TextRecord) -> bool:
        """Keeps a text that came in; false when the carrier told of it before."""
        statement = self._database.insert_if_new(texts, unique=texts.c.sid)

        async def receive(connection: AsyncConnection) -> bool:
            if (await connection.execute(statement, vars(text))).rowcount == 0:
                return False
            await self._outbox.announce(connection, "sms.received", text.id, at=text.made_at)
            return True

        return await self._database.write("keep a text", receive)

    async def move(
        self,
        text_id: str,
        status: TextStatus,
        *,
        at: datetime,
        sid: str | None = None,
        problem: str = "",
    ) -> bool:
        """A text has come this far; false when it was there before, or is over."""
        before = [name for name, rank in _RANKS.items() if rank < _RANKS.get(status, _FINAL)]
        changed = update(texts).where(texts.c.id == text_id, texts.c.status.in_(before))
        values: dict[str, str] = {"status": status, "problem": problem}
        if sid is not None:
            values["sid"] = sid

        async def move(connection: AsyncConnection) -> bool:
            if (await connection.execute(changed.values(values))).rowcount == 0:
                return False
            if event := _EVENTS.get(status):
                await self._outbox.announce(connection, event, text_id, at=at)
            return True

        return await self._database.write("note how a text went", move)

    async def get(self, text_id: str) -> TextRecord | None:
        return await self._one(texts.c.id == text_id)

    async def find(
        self,
        *,
        number: str | None = None,
        call_id: str | None = None,
        direction: TextDirection | None = None,
        since: datetime | None = None,
        limit: int = 100,
    ) -> Sequence[TextRecord]:
        """Texts, the newest first."""
        conditions: list[ColumnElement[bool]] = []
        if number is not None:
            conditions.append(texts.c.number.in_(spellings(number)))
        if call_id is not None:
            conditions.append(texts.c.call_id == call_id)
        if direction is not None:
            conditions.append(texts.c.direction == direction)
        if since is not None:
            conditions.append(texts.c.made_at >= since)
        return await self._find(and_(true(), *conditions), limit)

    async def _one(self, which: ColumnElement[bool]) -> TextRecord | None:
        found = await self._find(which, 1)
        return found[0] if found else None

    async def _find(self, which: ColumnElement[bool], limit: int) -> Sequence[TextRecord]:
        order = (texts.c.made_at.desc(), texts.c.id)
        query = select(texts).where(which).order_by(*order).limit(limit)

        async def find(connection: AsyncConnection) -> list[TextRecord]:
            rows = (await connection.execute(query)).mappings().all()
            return [TextRecord(**row) for row in rows]

        return await self._database.read("look for texts", find)
