"""What the tests of the server share."""

import os
import uuid
from collections.abc import AsyncIterator, Iterator

import asyncpg
import pytest
import pytest_asyncio
from loguru import logger

from bot.store import migrate
from tests.databases import DATABASES
from tests.prepared_routes import keep_prepared_routes

keep_prepared_routes()

ADMIN_URL = os.environ.get("TEST_POSTGRES_URL", "postgresql://postgres@127.0.0.1:5432/test")


@pytest.fixture
def warnings_logged() -> Iterator[list[str]]:
    """Messages logged as WARNING or worse, as they come."""
    messages: list[str] = []
    sink = logger.add(lambda message: messages.append(message.record["message"]), level="WARNING")
    yield messages
    logger.remove(sink)


async def _execute(statement: str) -> None:
    connection = await asyncpg.connect(ADMIN_URL, timeout=5)
    try:
        await connection.execute(statement)
    finally:
        await connection.close()


@pytest_asyncio.fixture(scope="module", loop_scope="module", params=DATABASES)
async def database_url(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[str]:
    """The URL of a database of the module's own, of either kind; skips without a server."""
    if request.param == "sqlite":
        yield f"sqlite:///{tmp_path_factory.mktemp('database')}/trunkline.db"
        return
    name = f"trunkline_{uuid.uuid4().hex[:12]}"
    try:
        await _execute(f"CREATE DATABASE {name}")
    except (OSError, asyncpg.PostgresError) as error:
        pytest.skip(f"PostgreSQL is not reachable ({error}): set TEST_POSTGRES_URL")
    url = f"{ADMIN_URL.rpartition('/')[0]}/{name}"
    await migrate(url)
    yield url
    await _execute(f"DROP DATABASE {name} WITH (FORCE)")
