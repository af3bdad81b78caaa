"""From a database URL to connections that behave the same on both databases."""

import sqlite3
from pathlib import Path
from typing import Any

from sqlalchemy import URL, Connection, event, make_url
from sqlalchemy.exc import ArgumentError
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine

from bot.store.errors import StoreError
from bot.store.sqlite_driver import SqliteDriver

_SHAPES = "sqlite:///path/to/file.db or postgresql://user:password@host:5432/name"
_DRIVERS = {
    "sqlite": "sqlite+aiosqlite",
    "sqlite+aiosqlite": "sqlite+aiosqlite",
    "postgres": "postgresql+asyncpg",
    "postgresql": "postgresql+asyncpg",
    "postgresql+asyncpg": "postgresql+asyncpg",
}

CONNECT_SECS = 5.0  # a server that is there accepts within milliseconds
SQLITE_CONNECTIONS = 5  # one writes, the others read: each is a thread, and waits for its turn
POOL_WAIT_SECS = 10.0  # our transactions take milliseconds: a longer queue is a dead database


def read_url(database_url: str) -> URL:
    """The URL with our driver in it; `StoreError` when it is none that we can open."""
    try:
        url = make_url(database_url.strip())
    except (ArgumentError, ValueError):
        raise StoreError(f"The database URL cannot be read: write it like {_SHAPES}") from None
    if url.drivername not in _DRIVERS:
        raise StoreError(f"Databases of kind {url.drivername} are not supported: use {_SHAPES}")
    url = url.set(drivername=_DRIVERS[url.drivername])
    if not url.database or url.database == ":memory:":
        missing = "a file" if is_sqlite(url) else "a database"
        raise StoreError(f"The database URL does not name {missing}: write it like {_SHAPES}")
    if "sslmode" in url.query:  # libpq's word, in the URLs that hosting services hand out
        url = url.update_query_dict({"ssl": url.query["sslmode"]})
        url = url.difference_update_query(["sslmode"])
    return url


def workflows_url(database_url: str) -> str:
    """Where the workflows of batches are kept, for another library that knows libpq's words: on
    SQLite a file of its own beside ours, on PostgreSQL the same database (in its own schema).
    """
    url = read_url(database_url)
    if is_sqlite(url):
        beside = Path(str(url.database))
        name = f"{beside.stem}-workflows{beside.suffix}"
        return f"sqlite:///{beside.with_name(name)}"
    url = url.set(drivername="postgresql+psycopg")
    if "ssl" in url.query:
        url = url.update_query_dict({"sslmode": url.query["ssl"]})
        url = url.difference_update_query(["ssl"])
    return url.render_as_string(hide_password=False)


def is_sqlite(url: URL) -> bool:
    return url.get_backend_name() == "sqlite"


def file_of(database_url: str) -> Path | None:
    """The file of a SQLite database; None: it is on a server. `StoreError` when it is none that we
    can open.
    """
    url = read_url(database_url)
    return Path(str(url.database)) if is_sqlite(url) else None


def place(url: URL) -> str:
    """The database's address without its password, for people to read."""
    if is_sqlite(url):
        return f"the SQLite file {url.database}"
    return f"the PostgreSQL database {url.database} at {url.host or 'localhost'}:{url.port or 5432}"


def place_of(database_url: str) -> str:
    """`place` of a URL as settings have it; `StoreError` when it is none that we can open."""
    return place(read_url(database_url))


def make_engine(url: URL, *, wait_secs: float, foreign_keys: bool = True) -> AsyncEngine:
    """An engine that has not connected yet; creates the folder of a SQLite file.

    `wait_secs` is how long a statement may wait: on SQLite for another writer (a `timeout` in
    the URL overrides it), on PostgreSQL for its answer. On SQLite a transaction takes the
    write lock at its start when the execution option `sqlite_begin` says `BEGIN IMMEDIATE`.
    """
    if not is_sqlite(url):
        return create_async_engine(
            url,
            hide_parameters=True,
            pool_pre_ping=True,
            pool_size=5,
            max_overflow=10,
            pool_timeout=POOL_WAIT_SECS,
            connect_args={"timeout": CONNECT_SECS, "command_timeout": wait_secs},
        )
    Path(str(url.database)).parent.mkdir(parents=True, exist_ok=True)
    # aiosqlite leaves a thread behind when it cannot open a file: find that out without it.
    sqlite3.connect(str(url.database)).close()
    # isolation_level None keeps the driver from opening transactions of its own.
    arguments: dict[str, Any] = {"isolation_level": None}
    if "timeout" not in url.query:
        arguments["timeout"] = wait_secs
    engine = create_async_engine(
        url,
        module=SqliteDriver(),
        hide_parameters=True,
        pool_size=SQLITE_CONNECTIONS,
        max_overflow=0,  # one more would be a thread, made and thrown away in the busiest moment
        pool_timeout=POOL_WAIT_SECS,
        connect_args=arguments,
    )
    pragmas = (
        f"PRAGMA foreign_keys={'ON' if foreign_keys else 'OFF'}",
        "PRAGMA synchronous=NORMAL",  # with WAL: nothing lost when the process dies
        "PRAGMA secure_delete=ON",  # what is erased is overwritten in the file too
    )

    def set_up(connection: sqlite3.Connection, record: object) -> None:
        try:
            for pragma in pragmas:
                connection.execute(pragma)
        except BaseException:
            connection.close()  # the pool does not know it yet, and its thread would stay
            raise

    event.listen(engine.sync_engine, "connect", set_up)
    event.listen(engine.sync_engine, "begin", _begin)
    return engine


def _begin(connection: Connection) -> None:
    statement = connection.get_execution_options().get("sqlite_begin", "BEGIN")
    if statement is not None:
        connection.exec_driver_sql(statement)
