"""How a database stands, looked at without changing anything in it."""

import os
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from sqlalchemy import URL, delete
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.store.engine import is_sqlite, make_engine, read_url
from bot.store.faults import DRIVER_ERRORS, opening, store_error
from bot.store.schema import is_current
from bot.store.tables import calls

LOOK_SECS = 5.0  # for one statement

# absent: a SQLite file that the service makes at its start; old: without what this version needs.
Schema = Literal["absent", "old", "current"]


@dataclass(frozen=True, kw_only=True)
class DatabaseLook:
    """What was seen."""

    schema: Schema
    migrates_itself: bool  # the service does so at its start


async def look_at(database_url: str) -> DatabaseLook:
    """Whether it can be reached and written to, and whether its schema is this version's.

    Raises StoreError: it cannot be reached or not be written to, or its schema is a newer one.
    """
    url = read_url(database_url)
    if is_sqlite(url):
        with opening(url):
            has_file = _has_file(Path(str(url.database)))
        if not has_file:
            return DatabaseLook(schema="absent", migrates_itself=True)
    current = await _look(url)
    return DatabaseLook(schema="current" if current else "old", migrates_itself=is_sqlite(url))


async def _look(url: URL) -> bool:
    with opening(url):
        engine = make_engine(url, wait_secs=LOOK_SECS)
    writing = engine.execution_options(sqlite_begin="BEGIN IMMEDIATE")
    try:
        with opening(url):
            async with engine.connect() as connection:
                current = await connection.run_sync(is_current)
        try:
            async with writing.connect() as connection:
                await (_try_to_write(connection) if current else _begin(connection))
        except DRIVER_ERRORS as error:
            raise store_error(error, "write to the database") from None
        return current
    finally:
        await engine.dispose()


async def _try_to_write(connection: AsyncConnection) -> None:
    """A statement that writes, and changes nothing."""
    await connection.execute(delete(calls).where(calls.c.id == ""))
    await connection.rollback()


async def _begin(connection: AsyncConnection) -> None:
    """Of tables that may not be there: on SQLite the lock of a writer is taken."""
    await connection.exec_driver_sql("SELECT 1")
    await connection.rollback()


def _has_file(file: Path) -> bool:
    """Whether the file holds anything. Raises OSError: it cannot be written to, nor be made."""
    folder = nearest_folder(file)
    if not folder.is_dir():
        raise NotADirectoryError(f"{folder} is no folder")
    if file.exists() and not file.is_file():
        raise IsADirectoryError(f"{file} is no file")
    for each in (folder, file):
        if each.exists() and not os.access(each, os.W_OK):
            raise PermissionError(f"{each} cannot be written to")
    return file.exists() and file.stat().st_size > 0


def nearest_folder(file: Path) -> Path:
    """The folder that holds a file, or the nearest above it that is there."""
    above = [folder for folder in file.absolute().parents if folder.exists()]
    return above[0]
