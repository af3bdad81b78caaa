"""Before a SQLite file is migrated it is copied; the last three copies stay."""

import sqlite3
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from alembic import command
from sqlalchemy import create_engine

from bot.store import migrate
from bot.store.backups import KEPT, back_up
from bot.store.schema import migration_config

NOW = datetime(2026, 11, 29, 12, 0, tzinfo=UTC)


def with_rows(file: Path, text: str) -> None:
    with closing(sqlite3.connect(file)) as database, database:
        database.execute("PRAGMA journal_mode=WAL")
        database.execute("CREATE TABLE IF NOT EXISTS kept (said TEXT)")
        database.execute("INSERT INTO kept VALUES (?)", (text,))


def rows(file: Path) -> list[str]:
    with closing(sqlite3.connect(file)) as database:
        return [said for (said,) in database.execute("SELECT said FROM kept ORDER BY rowid")]


def test_what_is_written_ahead_is_in_the_copy(tmp_path: Path) -> None:
    """Also while somebody has it open and nothing has reached the first file yet."""
    file = tmp_path / "calls.db"
    with closing(sqlite3.connect(file)) as other:
        with_rows(file, "one")
        other.execute("SELECT * FROM kept").fetchall()
        with_rows(file, "two")
        copy = back_up(file, NOW)
    assert copy == tmp_path / "calls.db.20261129T120000Z.backup"
    assert rows(copy) == ["one", "two"]


def test_the_last_three_stay(tmp_path: Path) -> None:
    """And nothing else in the folder is touched."""
    file = tmp_path / "calls[1].db"
    with_rows(file, "one")
    (tmp_path / "other.db.20200101T000000Z.backup").write_text("not ours")
    copies = [back_up(file, NOW + timedelta(days=day)) for day in range(KEPT + 2)]
    left = sorted(path.name for path in tmp_path.glob("*.backup"))
    kept = [copy.name for copy in copies[-KEPT:] if copy]
    assert left == sorted([*kept, "other.db.20200101T000000Z.backup"])
    assert not list(tmp_path.glob("*.unfinished"))


def test_a_new_file_is_not_copied(tmp_path: Path) -> None:
    """There is nothing in it."""
    (tmp_path / "calls.db").touch()
    assert back_up(tmp_path / "calls.db", NOW) is None
    assert [path.name for path in tmp_path.iterdir()] == ["calls.db"]


@pytest.mark.realtime
async def test_only_a_migration_copies(tmp_path: Path) -> None:
    """From the first schema on: once; what is at the newest already, never."""
    file = tmp_path / "calls.db"
    config = migration_config()
    engine = create_engine(f"sqlite:///{file}")
    with engine.begin() as connection:
        config.attributes["connection"] = connection
        command.upgrade(config, "0001")
    engine.dispose()
    for _ in range(2):
        await migrate(f"sqlite:///{file}")
        assert len(list(tmp_path.glob("*.backup"))) == 1
