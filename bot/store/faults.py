"""What went wrong in the database, in our words.

A driver's message may quote rows and its traceback parameters, so neither is passed on,
save for failures to open, where no row is involved.
"""

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager

from asyncpg import (  # type: ignore[import-untyped]
    InterfaceError as AsyncpgInterfaceError,
)
from asyncpg import PostgresError
from sqlalchemy import URL
from sqlalchemy.exc import (
    DBAPIError,
    IntegrityError,
    InterfaceError,
    OperationalError,
    SQLAlchemyError,
    StatementError,
)
from sqlalchemy.exc import TimeoutError as PoolTimeout

from bot.store.engine import place
from bot.store.errors import StoreError

DRIVER_ERRORS = (SQLAlchemyError, PostgresError, AsyncpgInterfaceError, OSError)

_SQLITE_CONTENTION = {sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED}
_SQLITE_NO_ROOM = {sqlite3.SQLITE_FULL}
_POSTGRES_NO_ROOM = {"53100"}  # disk_full
_POSTGRES_CONTENTION = {"40001", "40P01", "55P03"}  # serialization, deadlock, lock not available


def is_contention(error: BaseException) -> bool:
    """Whether another writer was in the way, and the transaction is worth another try."""
    cause = getattr(error, "orig", None)
    # SQLite's extended codes carry the primary one in their low byte.
    if getattr(cause, "sqlite_errorcode", 0) & 0xFF in _SQLITE_CONTENTION:
        return True
    return getattr(cause, "sqlstate", None) in _POSTGRES_CONTENTION


def is_out_of_room(error: BaseException) -> bool:
    """Whether the database's disk is full: it goes on by itself once there is room."""
    cause = getattr(error, "orig", None)
    if getattr(cause, "sqlite_errorcode", 0) & 0xFF in _SQLITE_NO_ROOM:
        return True
    return getattr(cause, "sqlstate", None) in _POSTGRES_NO_ROOM


def store_error(error: BaseException, doing: str) -> StoreError:
    """The `StoreError` for a driver's error; `doing` is what was tried, as in "add a call"."""
    if is_contention(error):
        return StoreError(f"Could not {doing}: the database stayed busy", temporary=True)
    if is_out_of_room(error):
        return StoreError(f"Could not {doing}: the database's disk is full", temporary=True)
    if isinstance(error, IntegrityError):
        return StoreError(f"Could not {doing}: {_broken_rule(error)}")
    if isinstance(error, StatementError) and not isinstance(error, DBAPIError):
        return StoreError(f"Could not {doing}: {error.orig}")
    away = isinstance(error, OSError | PoolTimeout | OperationalError | InterfaceError)
    if away or getattr(error, "connection_invalidated", False):
        return StoreError(f"Could not {doing}: the database does not answer", temporary=True)
    cause = getattr(error, "orig", None) or error
    return StoreError(f"Could not {doing}: the database refused ({type(cause).__name__})")


@contextmanager
def opening(url: URL) -> Iterator[None]:
    """Turns whatever goes wrong while a database is being opened into a `StoreError`."""
    try:
        yield
    except StoreError:
        raise
    except Exception as error:
        cause = str(getattr(error, "orig", None) or error).strip()
        lines = cause.splitlines() or [type(error).__name__]
        said = lines[0].removeprefix(f"{type(error)}: ")
        secrets = (url.password, url.query.get("password"))
        if any(secret and str(secret) in said for secret in secrets):
            said = type(error).__name__
        temporary = is_contention(error) or isinstance(error, OSError | PoolTimeout)
        raise StoreError(f"Cannot open {place(url)}: {said}", temporary=temporary) from None


def _broken_rule(error: IntegrityError) -> str:
    named = getattr(error.orig, "sqlite_errorname", None) or getattr(error.orig, "sqlstate", None)
    if named in ("SQLITE_CONSTRAINT_FOREIGNKEY", "23503"):
        return "what it belongs to is not stored"
    if named in ("SQLITE_CONSTRAINT_UNIQUE", "SQLITE_CONSTRAINT_PRIMARYKEY", "23505"):
        return "its id, or what else must be its own, is taken"
    return f"the tables do not take these values ({named})"
