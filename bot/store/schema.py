"""The schema of the database: what it is at, and bringing it to what this version needs."""

import asyncio
import threading
from functools import cache
from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from loguru import logger
from sqlalchemy import URL, Connection, text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncEngine

from bot.clock import monotonic, utcnow
from bot.store.backups import back_up
from bot.store.engine import is_sqlite, make_engine, read_url
from bot.store.errors import StoreError
from bot.store.faults import is_contention, opening

MIGRATION_SECS = 600.0  # a migration may rewrite a large table, and others wait for it
WAL_PATIENCE_SECS = 30.0
_ADVISORY_LOCK = 0x7472756E6B  # any number of our own, the same in every process

# Alembic keeps its context in module globals: migrations of one process take turns.
_one_at_a_time = threading.Lock()


def migration_config() -> Config:
    """Alembic's configuration; give the connection as `config.attributes["connection"]`."""
    config = Config()
    folder = str(Path(__file__).parent / "migrations")
    config.set_main_option("script_location", folder.replace("%", "%%"))
    config.set_main_option("path_separator", "os")
    return config


@cache
def _revisions() -> tuple[frozenset[str], frozenset[str]]:
    """All the revisions this version knows, and the newest of them; read once, they are files."""
    scripts = ScriptDirectory.from_config(migration_config())
    known = frozenset(script.revision for script in scripts.walk_revisions())
    return known, frozenset(scripts.get_heads())


def is_current(connection: Connection) -> bool:
    """Whether the schema is the one this version needs; `StoreError` when it is a newer one."""
    known, newest = _revisions()
    found = set(MigrationContext.configure(connection).get_current_heads())
    if not found <= known:
        newer = ", ".join(sorted(found - known))
        raise StoreError(
            f"The database is at schema {newer}, which is newer than this version of Trunkline: "
            "install the newer version"
        )
    return found == newest


def require_current(connection: Connection) -> None:
    """Raises `StoreError` unless the schema is the one this version needs."""
    if not is_current(connection):
        raise StoreError(
            "The database does not have the schema this version needs: run `trunkline migrate`"
        )


async def migrate(database_url: str) -> None:
    """Brings the schema to the newest version; does nothing when it is there already.

    Safe from several tasks and processes at once: one migrates, the others wait for it. All
    steps are one transaction. Raises `StoreError`.
    """
    url = read_url(database_url)
    # A thread with a loop of its own: Alembic is synchronous, and calls must go on meanwhile.
    await asyncio.to_thread(_migrate_in_turn, url)


def _migrate_in_turn(url: URL) -> None:
    with _one_at_a_time, opening(url):
        asyncio.run(_migrate(url))


async def _migrate(url: URL) -> None:
    # SQLite changes a table by building a new one, which foreign keys would forbid.
    engine = make_engine(url, wait_secs=MIGRATION_SECS, foreign_keys=False)
    try:
        if is_sqlite(url):
            await _turn_on_wal(engine)
        async with engine.connect() as connection:
            if await connection.run_sync(is_current):
                return
        if is_sqlite(url):
            await asyncio.to_thread(back_up, Path(str(url.database)), utcnow())
        locking = engine.execution_options(sqlite_begin="BEGIN IMMEDIATE")
        async with locking.begin() as connection:
            if not is_sqlite(url):
                lock = text("SELECT pg_advisory_xact_lock(:key)")
                await connection.execute(lock, {"key": _ADVISORY_LOCK})
            await connection.run_sync(_upgrade)
    finally:
        await engine.dispose()


def _upgrade(connection: Connection) -> None:
    if is_current(connection):  # another process was faster
        return
    config = migration_config()
    config.attributes["connection"] = connection
    command.upgrade(config, "head")
    revisions = MigrationContext.configure(connection).get_current_heads()
    logger.info("The database schema is now at {}", ", ".join(revisions), event="schema_migrated")


async def _turn_on_wal(engine: AsyncEngine) -> None:
    """Readers and the writer do not wait for each other; a file that has it keeps it.

    SQLite itself gives up at once here when another writer is in the way.
    """
    give_up_at = monotonic() + WAL_PATIENCE_SECS
    outside_transactions = engine.execution_options(sqlite_begin=None)
    while True:
        try:
            async with outside_transactions.connect() as connection:
                await connection.exec_driver_sql("PRAGMA journal_mode=WAL")
            return
        except DBAPIError as error:
            if not is_contention(error) or monotonic() > give_up_at:
                raise
        await asyncio.sleep(0.05)
