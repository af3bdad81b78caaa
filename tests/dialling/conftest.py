"""A database for each test, and the far service beside it."""

import os
import uuid
from collections.abc import AsyncIterator
from pathlib import Path

import asyncpg
import pytest
from far_service import FarService
from worker_kit import Workers

from bot.store import Store, migrate

ADMIN_URL = os.environ.get("TEST_POSTGRES_URL", "postgresql://postgres@127.0.0.1:5432/test")


async def _execute(statement: str) -> None:
    connection = await asyncpg.connect(ADMIN_URL, timeout=5)
    try:
        await connection.execute(statement)
    finally:
        await connection.close()


@pytest.fixture
async def postgres_url() -> AsyncIterator[str]:
    """The URL of a PostgreSQL database of the test's own; skips without a server."""
    name = f"trunkline_{uuid.uuid4().hex[:12]}"
    try:
        await _execute(f"CREATE DATABASE {name}")
    except (OSError, asyncpg.PostgresError) as error:
        pytest.skip(f"PostgreSQL is not reachable ({error}): set TEST_POSTGRES_URL")
    url = f"{ADMIN_URL.rpartition('/')[0]}/{name}"
    await migrate(url)
    yield url
    await _execute(f"DROP DATABASE {name} WITH (FORCE)")


@pytest.fixture(params=["sqlite", "postgresql"])
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path / 'trunkline.db'}"
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
async def workers(database_url: str, far: FarService, tmp_path: Path) -> AsyncIterator[Workers]:
    async with Workers(database_url=database_url, far_url=far.url, folder=tmp_path) as workers:
        yield workers
