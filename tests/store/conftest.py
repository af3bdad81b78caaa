"""Both databases: SQLite in a folder of the test, PostgreSQL in databases of the session's own."""

import asyncio
import os
import uuid
from collections.abc import AsyncIterator, Callable, Iterator
from pathlib import Path

import asyncpg
import pytest
from store_samples import POSTGRES_URL_VARIABLE

from bot.store import Store, migrate

ADMIN_URL = os.environ.get(POSTGRES_URL_VARIABLE, "postgresql://postgres@127.0.0.1:5432/test")
MakeDatabase = Callable[[], str]


async def _execute(url: str, statement: str) -> None:
    connection = await asyncpg.connect(url, timeout=5)
    try:
        await connection.execute(statement)
    finally:
        await connection.close()


@pytest.fixture(scope="session")
def make_postgres() -> Iterator[MakeDatabase]:
    """Makes empty PostgreSQL databases, dropped after the session; skips without a server."""
    try:
        asyncio.run(_execute(ADMIN_URL, "SELECT 1"))
    except (OSError, asyncpg.PostgresError) as error:
        pytest.skip(f"PostgreSQL is not reachable ({error}): set {POSTGRES_URL_VARIABLE}")
    made: list[str] = []

    def make() -> str:
        name = f"trunkline_{uuid.uuid4().hex[:12]}"
        asyncio.run(_execute(ADMIN_URL, f"CREATE DATABASE {name}"))
        made.append(name)
        return f"{ADMIN_URL.rpartition('/')[0]}/{name}"

    yield make
    for name in made:
        asyncio.run(_execute(ADMIN_URL, f"DROP DATABASE {name} WITH (FORCE)"))


@pytest.fixture(scope="session")
def migrated_postgres(make_postgres: MakeDatabase) -> str:
    url = make_postgres()
    asyncio.run(migrate(url))
    return url


@pytest.fixture(params=["sqlite", "postgresql"])
def empty_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """The URL of a database without any tables."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path / 'empty.db'}"
    make: MakeDatabase = request.getfixturevalue("make_postgres")
    return make()


@pytest.fixture(params=["sqlite", "postgresql"])
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """The URL of a database with the newest schema and no calls."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path / 'calls.db'}"
    url: str = request.getfixturevalue("migrated_postgres")
    tables = "calls, batches, suppressions, taken_back, column_maps, pace, workers, notices"
    asyncio.run(_execute(url, f"TRUNCATE {tables} CASCADE"))
    return url


@pytest.fixture
async def store(database_url: str) -> AsyncIterator[Store]:
    store = await Store.open(database_url)
    yield store
    await store.close()
