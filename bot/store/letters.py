"""What processes on one database tell each other: short letters, gone as soon as they are read.

PostgreSQL wakes the one that a letter is for (`Database.listen`); on SQLite it looks.
"""

from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from sqlalchemy import delete, func, insert, select
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.store.colleague_tables import letters
from bot.store.database import Database


@dataclass(frozen=True, kw_only=True)
class Letter:
    """A question of one process to another, or the answer to it."""

    receiver: str
    sender: str
    number: int  # of the question, as the asker counts
    is_answer: bool
    body: dict[str, Any] = field(repr=False)  # of JSON


class Letters:
    """Each method is one transaction that is on disk when the method returns."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def send(self, letter: Letter) -> None:
        """Puts it where its receiver finds it."""

        async def send(connection: AsyncConnection) -> None:
            now = await self._database.now(connection)
            await connection.execute(insert(letters), {**vars(letter), "written_at": now})
            if not self._database.sqlite:
                await connection.execute(select(func.pg_notify(letter.receiver, "")))

        await self._database.write("tell another process", send)

    async def take(self, receiver: str) -> list[Letter]:
        """All that has come for this process, in order; they are nobody's after that."""
        which = select(letters.c.id).where(letters.c.receiver == receiver)

        async def look(connection: AsyncConnection) -> list[int]:
            return list((await connection.execute(which)).scalars())

        if not (found := await self._database.read("look for letters", look)):
            return []
        taking = delete(letters).where(letters.c.id.in_(found)).returning(*letters.c)

        async def take(connection: AsyncConnection) -> list[Letter]:
            rows = (await connection.execute(taking)).mappings().all()
            return [_letter(row) for row in sorted(rows, key=lambda row: row["id"])]

        return await self._database.write("read letters", take)

    async def forget(self, older_secs: float) -> None:
        """Throws away what nobody has read: its receiver is gone."""

        async def forget(connection: AsyncConnection) -> None:
            before = await self._database.now(connection) - timedelta(seconds=older_secs)
            await connection.execute(delete(letters).where(letters.c.written_at < before))

        await self._database.write("throw letters away", forget)


def _letter(row: Any) -> Letter:
    return Letter(
        receiver=row["receiver"],
        sender=row["sender"],
        number=row["number"],
        is_answer=row["is_answer"],
        body=row["body"],
    )
