"""The processes that serve on one database, and whether one of them is still there."""

import os
import sys
import uuid
from datetime import timedelta

from sqlalchemy import select, text
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.store.colleague_tables import processes
from bot.store.database import Database
from bot.store.roster import Roster

_IS_CONNECTED = text("SELECT EXISTS (SELECT FROM pg_stat_activity WHERE application_name = :name)")


def new_process_id() -> str:
    """An id of this process, of letters, digits and _."""
    return f"proc_{os.getpid()}_{_numbering()}_{uuid.uuid4().hex[:20]}"


class Processes(Roster):
    """Each method is one transaction that is on disk when the method returns."""

    def __init__(self, database: Database) -> None:
        super().__init__(database, processes, kind="a process that serves")

    async def is_there(self, process_id: str, *, for_secs: float) -> bool:
        """Whether it lives, as far as can be told at once: it has been heard of within so long, and
        PostgreSQL has the connection over which it listens, if it does; on SQLite, whose processes
        are all on one machine, it is there.
        """
        own = processes.c

        async def look(connection: AsyncConnection) -> bool:
            since = await self._database.now(connection) - timedelta(seconds=for_secs)
            query = select(own.listens).where(own.id == process_id, own.seen_at >= since)
            listens = (await connection.execute(query)).scalar_one_or_none()
            if listens is None:
                return False
            if self._database.sqlite:
                return _runs(process_id)
            if not listens:
                return True
            name = {"name": process_id}
            return bool((await connection.execute(_IS_CONNECTED, name)).scalar_one())

        return await self._database.read("look for a process", look)


def _numbering() -> str:
    """Within what processes are numbered here: a container has numbers of its own."""
    try:
        return str(os.stat("/proc/self/ns/pid").st_ino)
    except OSError:
        return "0"


def _runs(process_id: str) -> bool:
    """Whether this machine has a process of that number; true where that cannot be asked, as of
    one in another container.
    """
    if sys.platform == "win32":
        return True
    try:
        _, number, numbering, *_ = process_id.split("_")
        if numbering != _numbering():
            return True
        os.kill(int(number), 0)
    except ProcessLookupError:
        return False
    except (IndexError, ValueError, OverflowError, OSError):  # of another user, or of no number
        return True
    return True
