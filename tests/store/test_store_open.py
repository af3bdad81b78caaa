"""Opening: which URLs are understood, and what is said when it cannot be done."""

import asyncio
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest
from alembic.script import ScriptDirectory
from store_samples import a_call

from bot.store import Store, StoreError, migrate
from tests.ports import free_port

PASSWORD = "hunter2secret"  # noqa: S105


@pytest.mark.parametrize("scheme", ["sqlite", "sqlite+aiosqlite"])
async def test_a_sqlite_file_is_made_with_its_folder(tmp_path: Path, scheme: str) -> None:
    """A first start needs nothing prepared; a second one finds what the first one stored."""
    file = tmp_path / "var" / "deep" / "calls.db"
    for expected in (None, a_call()):
        store = await Store.open(f"{scheme}:///{file}")
        assert await store.get_call("call_a") == expected
        if expected is None:
            await store.add_call(a_call())
        await store.close()


async def test_sqlite_writes_a_log_ahead(tmp_path: Path) -> None:
    """The file is in WAL mode, so that readers and the writer do not wait for each other."""
    file = tmp_path / "calls.db"
    await (await Store.open(f"sqlite:///{file}")).close()
    connection = sqlite3.connect(file)
    assert connection.execute("PRAGMA journal_mode").fetchone() == ("wal",)
    connection.close()


async def test_the_migrations_are_read_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Which of them is the newest does not change: opening later databases reads no scripts."""
    await (await Store.open(f"sqlite:///{tmp_path / 'calls.db'}")).close()

    def reading(*arguments: object) -> None:
        raise AssertionError("read again")

    monkeypatch.setattr(ScriptDirectory, "from_config", reading)
    await (await Store.open(f"sqlite:///{tmp_path / 'calls.db'}")).close()


@pytest.mark.realtime
async def test_a_busy_file_is_opened_when_it_is_free(tmp_path: Path) -> None:
    """A new file that another program writes to is waited for."""
    file = tmp_path / "calls.db"
    with closing(sqlite3.connect(file, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        opening = asyncio.create_task(Store.open(f"sqlite:///{file}"))
        done, _ = await asyncio.wait({opening}, timeout=0.3)
        assert not done
        other.execute("ROLLBACK")
        await (await opening).close()


async def test_stores_may_open_at_once(tmp_path: Path) -> None:
    """Several files can be made and migrated by the tasks of one process."""
    urls = [f"sqlite:///{tmp_path / f'calls_{n}.db'}" for n in range(4)]
    stores = await asyncio.gather(*(Store.open(url) for url in urls))
    for store in stores:
        await store.add_call(a_call())
        await store.close()


@pytest.mark.parametrize("scheme", ["postgres", "postgresql", "postgresql+asyncpg"])
async def test_each_way_to_write_postgresql(migrated_postgres: str, scheme: str) -> None:
    """Hosting services write the scheme in different ways, and add libpq's sslmode."""
    rest = migrated_postgres.partition("://")[2]
    store = await Store.open(f"{scheme}://{rest}?sslmode=prefer")
    assert await store.get_call("call_nobody") is None
    await store.close()


@pytest.mark.parametrize(
    ("url", "said"),
    [
        ("", "cannot be read"),
        (f"user:{PASSWORD}@host/name", "cannot be read"),
        (f"postgresql://user:{PASSWORD}@host:port/name", "cannot be read"),
        (f"mysql://user:{PASSWORD}@host/name", "kind mysql are not supported"),
        (f"postgresql+psycopg://user:{PASSWORD}@host/name", "postgresql.psycopg are not supported"),
        (f"postgresql://user:{PASSWORD}@host", "does not name a database"),
        ("sqlite://", "does not name a file"),
        ("sqlite:///:memory:", "does not name a file"),
    ],
)
async def test_a_url_that_is_none_is_explained(url: str, said: str) -> None:
    """The sentence shows how a URL is written, and never the password."""
    for open_it in (Store.open, migrate):
        with pytest.raises(StoreError, match=said) as caught:
            await open_it(url)
        assert "sqlite:///path/to/file.db" in str(caught.value)
        assert PASSWORD not in str(caught.value)
        assert not caught.value.temporary


async def test_a_server_that_is_not_there() -> None:
    """The sentence names the database and where it should be, and says it may come back."""
    port = free_port()
    url = f"postgresql://user:{PASSWORD}@127.0.0.1:{port}/calls"
    for open_it in (Store.open, migrate):
        with pytest.raises(StoreError) as caught:
            await open_it(url)
        assert f"database calls at 127.0.0.1:{port}" in str(caught.value)
        assert PASSWORD not in str(caught.value)
        assert caught.value.temporary


async def test_a_database_that_is_not_there(migrated_postgres: str) -> None:
    """A wrong name is the server's answer, in one line."""
    url = migrated_postgres.rpartition("/")[0] + "/no_such_database"
    with pytest.raises(StoreError, match=r'database "no_such_database" does not exist') as caught:
        await Store.open(url)
    assert "\n" not in str(caught.value)
    assert not caught.value.temporary


async def test_an_option_that_is_not_known(migrated_postgres: str) -> None:
    """A wrong option of the URL is named."""
    with pytest.raises(StoreError, match="colour"):
        await Store.open(f"{migrated_postgres}?colour=blue")


@pytest.mark.parametrize(
    "login", [f"//u:{PASSWORD}@127.0.0.1/calls?", f"//h/c?password={PASSWORD}&"]
)
async def test_a_password_the_driver_repeats_stays_unsaid(login: str) -> None:
    """Wherever the URL holds the password, a driver's message that quotes it is not passed on."""
    with pytest.raises(StoreError, match="TypeError") as caught:
        await Store.open(f"postgresql:{login}{PASSWORD}=yes")
    assert PASSWORD not in str(caught.value)


async def test_a_path_that_is_no_file(tmp_path: Path) -> None:
    """A folder in the place of the file, or a file in the place of the folder, is named."""
    blocker = tmp_path / "blocker"
    blocker.write_text("in the way")
    for path in (tmp_path, blocker / "calls.db"):
        with pytest.raises(StoreError, match=f"Cannot open the SQLite file {path}"):
            await Store.open(f"sqlite:///{path}")


async def test_a_file_that_is_no_database(tmp_path: Path) -> None:
    """Some other file is left as it is."""
    other = tmp_path / "notes.txt"
    other.write_text("not a database, but somebody's notes\n" * 100)
    with pytest.raises(StoreError, match="not a database"):
        await Store.open(f"sqlite:///{other}")
    assert other.read_text().startswith("not a database, but")
