"""A database for each test, and the far service beside it."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest
from dialler_kit import Diallers
from far_service import FarService

from bot.store import Store, migrate
from tests.databases import DATABASES, Postgres, empty, postgres_databases, sqlite_copy


@pytest.fixture(scope="session")
def postgres() -> Iterator[Postgres]:
    """A PostgreSQL server; skips without one."""
    with postgres_databases() as databases:
        yield databases


@pytest.fixture(scope="session")
def migrated_postgres(postgres: Postgres) -> str:
    """A database that all tests have in turn."""
    url = postgres.make()
    asyncio.run(migrate(url))
    return url


@pytest.fixture
def postgres_url(migrated_postgres: str) -> str:
    """The URL of a PostgreSQL database in which nothing is; skips without a server."""
    empty(migrated_postgres)
    return migrated_postgres


@pytest.fixture(params=DATABASES)
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    if request.param == "sqlite":
        return sqlite_copy(tmp_path / "trunkline.db")
    url: str = request.getfixturevalue("postgres_url")
    return url


@pytest.fixture
async def store(database_url: str) -> AsyncIterator[Store]:
    store = await Store.open(database_url)
    yield store
    await store.close()


@pytest.fixture
async def far(store: Store) -> AsyncIterator[FarService]:
    async with FarService(store) as far:
        yield far


@pytest.fixture
async def diallers(database_url: str, far: FarService, tmp_path: Path) -> AsyncIterator[Diallers]:
    async with Diallers(database_url=database_url, far_url=far.url, folder=tmp_path) as diallers:
        yield diallers
