"""A database is looked at, and left as it is."""

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from bot.doctor.database import database
from bot.store import look_at
from tests.databases import sqlite_copy


async def test_a_current_one(tmp_path: Path) -> None:
    url = sqlite_copy(tmp_path / "line.db")
    assert (await look_at(url)).schema == "current"
    assert [each.state for each in await database(url)] == ["ok"]


async def test_an_old_one_is_not_migrated(tmp_path: Path) -> None:
    """That is done when the service starts, or when it is asked for."""
    file = tmp_path / "line.db"
    url = sqlite_copy(file)
    with closing(sqlite3.connect(file)) as connection, connection:
        connection.execute("UPDATE alembic_version SET version_num = '0001'")
    (found,) = await database(url)
    assert (found.state, "trunkline migrate" in found.do) == ("warning", True)
    with closing(sqlite3.connect(file)) as connection:
        [(revision,)] = connection.execute("SELECT version_num FROM alembic_version")
    assert revision == "0001"


async def test_a_newer_one(tmp_path: Path) -> None:
    file = tmp_path / "line.db"
    url = sqlite_copy(file)
    with closing(sqlite3.connect(file)) as connection, connection:
        connection.execute("UPDATE alembic_version SET version_num = '9999'")
    (found,) = await database(url)
    assert (found.state, "newer" in found.seen) == ("wrong", True)


async def test_one_that_may_not_be_written_to(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """By the rights of its file: whoever runs the tests may have all of them."""
    url = sqlite_copy(tmp_path / "line.db")
    monkeypatch.setattr("os.access", lambda path, mode: Path(path).is_dir())
    (found,) = await database(url)
    assert (found.state, "cannot be written to" in found.seen) == ("wrong", True)


async def test_none_is_made(tmp_path: Path) -> None:
    (found,) = await database(f"sqlite:///{tmp_path}/new/line.db")
    assert found.state == "ok"
    assert list(tmp_path.iterdir()) == []


async def test_a_folder_in_its_place(tmp_path: Path) -> None:
    (tmp_path / "line.db").mkdir()
    (found,) = await database(f"sqlite:///{tmp_path}/line.db")
    assert (found.state, "is no file" in found.seen) == ("wrong", True)


async def test_no_server_there() -> None:
    """The password is not told."""
    (found,) = await database("postgresql://me:hidden-word@127.0.0.1:9/line")
    assert found.state == "wrong"
    assert "hidden-word" not in found.seen
