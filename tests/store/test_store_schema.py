"""The schema: migrations and tables say the same, and migrating is safe to ask for."""

import asyncio
import sys
from collections.abc import Callable
from typing import Any

import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from sqlalchemy import Connection, inspect, text
from store_samples import a_call

from bot.store import Store, StoreError, migrate
from bot.store.batch_tables import batches
from bot.store.engine import make_engine, read_url
from bot.store.schema import migration_config


async def on_connection(url: str, work: Callable[[Connection], Any]) -> Any:
    engine = make_engine(read_url(url), wait_secs=5)
    try:
        async with engine.begin() as connection:
            return await connection.run_sync(work)
    finally:
        await engine.dispose()


async def test_migrations_build_the_tables(empty_url: str) -> None:
    """What the migrations build is what tables.py says, in every column and index."""
    await migrate(empty_url)

    def differences(connection: Connection) -> Any:
        options = {
            "compare_type": True,
            "compare_server_default": True,
            # Full text, which the database makes and fills itself: see knowledge_tables.py.
            "include_name": lambda name, *_: not (name or "").startswith("knowledge_words"),
        }
        return compare_metadata(
            MigrationContext.configure(connection, opts=options), batches.metadata
        )

    assert await on_connection(empty_url, differences) == []


async def test_migrations_can_be_taken_back(empty_url: str) -> None:
    """Down to nothing and up again, nothing is left over."""
    await migrate(empty_url)

    def down(connection: Connection) -> list[str]:
        config = migration_config()
        config.attributes["connection"] = connection
        command.downgrade(config, "base")
        return inspect(connection).get_table_names()

    assert await on_connection(empty_url, down) == ["alembic_version"]
    await migrate(empty_url)
    store = await Store.open(empty_url)
    await store.add_call(a_call())
    await store.close()


async def test_migrating_again_changes_nothing(database_url: str) -> None:
    """A database at the newest schema keeps its calls, however many tasks ask at once."""
    await migrate(database_url)
    store = await Store.open(database_url)
    await store.add_call(a_call())
    await asyncio.gather(*(migrate(database_url) for _ in range(3)))
    assert await store.get_call("call_a") == a_call()
    await store.close()


async def test_several_processes_migrate_at_once(empty_url: str) -> None:
    """Processes that start together all find the newest schema; none of them fails."""
    script = (
        "import asyncio, sys; from bot.store import Store, migrate\n"
        "async def main():\n"
        "    print('ready', flush=True); sys.stdin.readline()\n"
        "    await migrate(sys.argv[1])\n"
        "    await (await Store.open(sys.argv[1])).close()\n"
        "asyncio.run(main())"
    )
    pipe = asyncio.subprocess.PIPE
    processes = [
        await asyncio.create_subprocess_exec(
            sys.executable, "-c", script, empty_url, stdin=pipe, stdout=pipe, stderr=pipe
        )
        for _ in range(4)
    ]
    for process in processes:
        assert process.stdout is not None
        assert await process.stdout.readline() == b"ready\n"
    results = await asyncio.gather(*(process.communicate(b"go\n") for process in processes))
    errors = b"".join(stderr for _, stderr in results).decode()
    assert [process.returncode for process in processes] == [0, 0, 0, 0], errors
    assert errors.count("schema is now at") == 1  # one of them did it


async def test_postgresql_is_not_migrated_by_opening_it(make_postgres: Callable[[], str]) -> None:
    """Opening an old PostgreSQL schema says what to run, and changes nothing."""
    url = await asyncio.to_thread(make_postgres)
    with pytest.raises(StoreError, match="run `trunkline migrate`"):
        await Store.open(url)
    assert await on_connection(url, lambda found: inspect(found).get_table_names()) == []


async def test_a_newer_schema_is_left_alone(empty_url: str) -> None:
    """An old version of the service refuses a database it does not know."""
    await migrate(empty_url)
    newer = text("UPDATE alembic_version SET version_num = '9999'")
    await on_connection(empty_url, lambda connection: connection.execute(newer))
    for open_it in (Store.open, migrate):
        with pytest.raises(StoreError, match="schema 9999, which is newer"):
            await open_it(empty_url)
