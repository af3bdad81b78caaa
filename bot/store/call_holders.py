"""Which process has a call, and the stream that the call awaits: one process takes it, ever.

What is awaited is kept as a digest of the stream's token, so that nobody who reads the database can
make a stream of it.
"""

import hashlib

from sqlalchemy import select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.store.database import Database
from bot.store.tables import calls


def digest_of(token: str) -> str | None:
    """What is stored of a stream's token; None: no stream is awaited."""
    return hashlib.sha256(token.encode()).hexdigest() if token else None


class CallHolders:
    """Each method is one transaction that is on disk when the method returns."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def of(self, id_or_sid: str) -> str | None:
        """Who has this call, by our id or the carrier's; None: there is no such call, it is over,
        or a process of a version that did not say so has it.
        """
        named = (calls.c.id == id_or_sid) | (calls.c.call_sid == id_or_sid)
        query = select(calls.c.holder).where(named, calls.c.ended_at.is_(None))

        async def find(connection: AsyncConnection) -> str | None:
            return (await connection.execute(query)).scalars().first()

        return await self._database.read("look who has a call", find)

    async def claim(self, call_id: str, *, stream_digest: str, by: str) -> bool:
        """Takes an open call by the stream that it awaits, which is awaited no more. Of two who do
        so one is told true.
        """
        statement = (
            update(calls)
            .where(
                calls.c.id == call_id,
                calls.c.stream_digest == stream_digest,
                calls.c.ended_at.is_(None),
            )
            .values(holder=by, stream_digest=None)
        )
        return await self._database.change("take a call by its stream", statement) == 1

    async def take(self, call_id: str, *, before: str | None, by: str) -> bool:
        """Takes an open call of a process that is gone, or gives one back, if `before` still has
        it. Of two who do so one is told true.
        """
        held_so = calls.c.holder.is_(None) if before is None else calls.c.holder == before
        statement = (
            update(calls)
            .where(calls.c.id == call_id, held_so, calls.c.ended_at.is_(None))
            .values(holder=by)
        )
        return await self._database.change("take a call", statement) == 1
