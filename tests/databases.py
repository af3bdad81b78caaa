"""Databases at the newest schema: each process of tests migrates once, and each test has a copy."""

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

_URL_VARIABLE = "TEST_POSTGRES_URL"
_ADMIN_URL = os.environ.get(_URL_VARIABLE, "postgresql://postgres@127.0.0.1:5432/test")


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

    def make(self, *, template: str = "template1") -> str:
        """The URL of a new database: an empty one, or a copy of the database of this name."""
        name = f"trunkline_{uuid.uuid4().hex[:12]}"
        execute(f"CREATE DATABASE {name} TEMPLATE {template}")
        self._made.append(name)
        return f"{_ADMIN_URL.rpartition('/')[0]}/{name}"

    def copy(self, url: str) -> str:
        """The URL of a copy of this database, which nobody may be connected to."""
        return self.make(template=_name(url))

    def drop(self, url: str) -> None:
        execute(f"DROP DATABASE {_name(url)} WITH (FORCE)")
        self._made.remove(_name(url))

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


def execute(statement: str, url: str = _ADMIN_URL) -> None:
    """Executes it in the database of this URL, outside of any transaction."""

    async def on_connection() -> None:
        connection = await asyncpg.connect(url, timeout=5)
        try:
            await connection.execute(statement)
        finally:
            await connection.close()

    asyncio.run(on_connection())


def _name(url: str) -> str:
    return url.rpartition("/")[2]
