"""Both databases: SQLite in a folder of the test, PostgreSQL in databases of the session's own."""

import asyncio
from collections.abc import AsyncIterator, Callable, Iterator
from pathlib import Path

import pytest

from bot.store import Store, migrate
from tests.databases import DATABASES, empty, postgres_databases, sqlite_copy

MakeDatabase = Callable[[], str]


@pytest.fixture(scope="session")
def make_postgres() -> Iterator[MakeDatabase]:
    """Makes empty PostgreSQL databases, dropped after the session; skips without a server."""
    with postgres_databases() as databases:
        yield databases.make


@pytest.fixture(scope="session")
def migrated_postgres(make_postgres: MakeDatabase) -> str:
    url = make_postgres()
    asyncio.run(migrate(url))
    return url


@pytest.fixture(params=DATABASES)
def empty_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """The URL of a database without any tables."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path / 'empty.db'}"
    make: MakeDatabase = request.getfixturevalue("make_postgres")
    return make()


@pytest.fixture(params=DATABASES)
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """The URL of a database with the newest schema and no calls."""
    if request.param == "sqlite":
        return sqlite_copy(tmp_path / "calls.db")
    url: str = request.getfixturevalue("migrated_postgres")
    empty(url)
    return url


@pytest.fixture
async def store(database_url: str) -> AsyncIterator[Store]:
    store = await Store.open(database_url)
    yield store
    await store.close()
