"""A database for several services: SQLite in the test's folder, PostgreSQL on a server."""

import asyncio
from collections.abc import Iterator
from pathlib import Path

import pytest

from bot.store import migrate
from tests.databases import DATABASES, empty, postgres_databases, sqlite_copy


@pytest.fixture(scope="session")
def migrated_postgres() -> Iterator[str]:
    """A database that all tests have in turn; skips without a server."""
    with postgres_databases() as databases:
        url = databases.make()
        asyncio.run(migrate(url))
        yield url


@pytest.fixture
def postgres_url(migrated_postgres: str) -> str:
    empty(migrated_postgres)
    return migrated_postgres


@pytest.fixture(params=DATABASES)
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """The URL of a database with the newest schema and nothing in it."""
    if request.param == "sqlite":
        return sqlite_copy(tmp_path / "trunkline.db")
    url: str = request.getfixturevalue("postgres_url")
    return url
