"""A SQLite file is one machine's: a second one that opens it would corrupt it, sooner or later.

Processes that serve or dial, or the parent of those, keep a small file beside the database, which
says on which machine they run and changes every few seconds. A machine is known by the boot of its
kernel, so that containers on it and new names for it make no difference, and whether another one is
alive by whether its file changes, so that neither clocks nor what a dead process has left count.
"""

import asyncio
import contextlib
import json
import platform
import secrets
import uuid
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from loguru import logger

from bot.store.engine import file_of
from bot.store.errors import StoreError
from bot.store.store import Store
from bot.tasks import running

BEAT_SECS = 3.0
WATCH_SECS = 7.0  # in which whoever lives has changed the file twice
_BOOT = Path("/proc/sys/kernel/random/boot_id")


@asynccontextmanager
async def open_store_alone(database_url: str) -> AsyncIterator[Store]:
    """The store; on SQLite this machine has the file for as long as this is entered.

    Raises StoreError, too, when another machine has it.
    """
    async with on_one_host(database_url), open_store(database_url) as store:
        yield store


@asynccontextmanager
async def open_store(database_url: str) -> AsyncIterator[Store]:
    """The store, of a process that another one keeps the file for."""
    store = await Store.open(database_url)
    try:
        yield store
    finally:
        await store.close()


@asynccontextmanager
async def on_one_host(
    database_url: str, *, host: str = "", takes_over: bool = False
) -> AsyncIterator[None]:
    """Keeps a SQLite file for this machine, or for `host`; on PostgreSQL there is nothing to keep.
    Who `takes_over` goes on for a process of this machine that has died.

    Raises StoreError: a process on another machine has it.
    """
    database = file_of(database_url)
    if database is None:
        yield
        return
    sign = Sign(database.with_name(f"{database.name}.host"), host or host_id())
    await (sign.put() if takes_over else sign.claim())
    try:
        async with running(sign.keep()):
            yield
    finally:
        await asyncio.to_thread(sign.take_away)


class Sign:
    """The file that says which machine has the database."""

    def __init__(self, file: Path, host: str) -> None:
        self._file = file
        self._host = host

    async def claim(self) -> None:
        """Puts it up. Raises StoreError when that of another machine is kept up."""
        found = await asyncio.to_thread(self._read)
        if found.get("host", self._host) != self._host:
            name = found.get("name") or "another machine"
            logger.warning(
                "the last process on {} was on {}: looking for {:g} s whether it is still there",
                self._file.with_suffix("").name,
                name,
                WATCH_SECS,
                event="database_host_watched",
            )
            await asyncio.sleep(WATCH_SECS)
            now = await asyncio.to_thread(self._read)
            if now != found and now.get("host", self._host) != self._host:
                raise StoreError(
                    f"The SQLite file {self._file.with_suffix('')} is in use on another machine "
                    f"({name}): two machines on one file would destroy it. Stop the other, or "
                    "give both a PostgreSQL database"
                )
        await self.put()

    async def keep(self) -> None:
        """Changes it again and again."""
        while True:
            await asyncio.sleep(BEAT_SECS)
            found = await asyncio.to_thread(self._read)
            if found.get("host", self._host) != self._host:
                logger.critical(
                    "{} is in use on another machine ({}) too: stop one of them",
                    self._file.with_suffix(""),
                    found.get("name"),
                    event="database_on_two_hosts",
                )
            await self.put()

    def take_away(self) -> None:
        """Nobody has the database, unless others on this machine put theirs up again."""
        with contextlib.suppress(OSError):
            self._file.unlink(missing_ok=True)

    def _read(self) -> dict[str, str]:
        try:
            found = json.loads(self._file.read_text(encoding="utf-8"))
        except (OSError, ValueError):  # none, or one that is just being written
            return {}
        return found if isinstance(found, dict) else {}

    async def put(self) -> None:
        """Writes it anew."""
        try:
            await asyncio.to_thread(self._write)
        except OSError as error:
            logger.warning(
                "{} cannot be written: {}; do not open the database on another machine",
                self._file,
                error,
                event="database_host_not_noted",
            )

    def _write(self) -> None:
        text = json.dumps(
            {"host": self._host, "name": platform.node(), "beat": secrets.token_hex(8)}
        )
        self._file.parent.mkdir(parents=True, exist_ok=True)
        draft = self._file.with_name(f"{self._file.name}.{secrets.token_hex(4)}")
        draft.write_text(text, encoding="utf-8")
        draft.replace(self._file)


def host_id() -> str:
    """One for each boot of a kernel; where none is told, one for each machine."""
    try:
        return _BOOT.read_text(encoding="ascii").strip()
    except OSError:
        return f"{uuid.getnode():x}"
