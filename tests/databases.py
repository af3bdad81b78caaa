"""Databases at the newest schema: each process migrates once, and each test finds one empty."""

import asyncio
import os
import tempfile
import uuid
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from functools import cache
from pathlib import Path

import asyncpg
import pytest

from bot.store import Store, migrate
from bot.store.engine import is_sqlite, read_url

# What a fixture that offers each of them takes as its `params`: `make test-all` tries both.
DATABASES = ["sqlite", pytest.param("postgresql", marks=pytest.mark.postgresql)]

_URL_VARIABLE = "TEST_POSTGRES_URL"
_ADMIN_URL = os.environ.get(_URL_VARIABLE, "postgresql://postgres@127.0.0.1:5432/test")

# Deletes all that the tables of a migrated database hold, whoever is still connected to it: to
# truncate them, or to make a copy of the database and drop it, takes hundreds of times as long.
_EMPTY = """
SELECT pg_terminate_backend(pid, 10000) FROM pg_stat_activity
  WHERE datname = current_database() AND pid <> pg_backend_pid();
SET session_replication_role = replica;
DO $$
DECLARE it record;
BEGIN
  FOR it IN SELECT schemaname, tablename FROM pg_tables
    WHERE schemaname NOT IN ('pg_catalog', 'information_schema')
    AND tablename NOT IN ('alembic_version', 'dbos_migrations')
  LOOP
    EXECUTE format('DELETE FROM %I.%I', it.schemaname, it.tablename);
  END LOOP;
END $$
"""


async def open_store(file: Path) -> Store:
    """The store in this file, which begins as a copy unless it is there already."""
    return await Store.open(sqlite_copy(file))


def sqlite_copy(file: Path) -> str:
    """The URL of this file, which begins as a copy unless it is there already."""
    place_copy(url := f"sqlite:///{file}")
    return url


def place_copy(database_url: str) -> None:
    """Puts a copy where this URL points to, if that is a SQLite file that is not there yet."""
    url = read_url(database_url)
    if is_sqlite(url) and not (file := Path(str(url.database))).exists():
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(_migrated())


@cache
def _migrated() -> bytes:
    """The whole file: its write-ahead log went into it when its last connection was closed."""
    with tempfile.TemporaryDirectory() as folder, ThreadPoolExecutor(1) as beside:
        file = Path(folder) / "migrated.db"
        # In a thread, because the test that asks first may be running a loop in this one.
        beside.submit(asyncio.run, migrate(f"sqlite:///{file}")).result()
        assert list(Path(folder).iterdir()) == [file]
        return file.read_bytes()


class Postgres:
    """Databases of this session's own on a PostgreSQL server; not for use inside a loop.

    Their names are new ones each time, so sessions may run beside each other.
    """

    def __init__(self) -> None:
        self._made: list[str] = []

    def make(self) -> str:
        """The URL of a new, empty database."""
        name = f"trunkline_{uuid.uuid4().hex[:12]}"
        execute(f"CREATE DATABASE {name}")
        self._made.append(name)
        return f"{_ADMIN_URL.rpartition('/')[0]}/{name}"

    def drop_all(self) -> None:
        while self._made:
            execute(f"DROP DATABASE {self._made.pop()} WITH (FORCE)")


@contextmanager
def postgres_databases() -> Iterator[Postgres]:
    """Drops in the end what was made; skips the test without a server."""
    try:
        execute("SELECT 1")
    except (OSError, asyncpg.PostgresError) as error:
        pytest.skip(f"PostgreSQL is not reachable ({error}): set {_URL_VARIABLE}")
    databases = Postgres()
    try:
        yield databases
    finally:
        databases.drop_all()


def empty(url: str) -> None:
    """Leaves nothing in this database but its tables."""
    execute(_EMPTY, url)


def execute(statement: str, url: str = _ADMIN_URL) -> None:
    """Executes it in the database of this URL, outside of any transaction."""

    async def on_connection() -> None:
        connection = await asyncpg.connect(url, timeout=5)
        try:
            await connection.execute(statement)
        finally:
            await connection.close()

    asyncio.run(on_connection())
