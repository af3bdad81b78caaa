"""A copy of the SQLite file before it is migrated, for a way back."""

import sqlite3
from contextlib import closing
from datetime import datetime
from pathlib import Path

from loguru import logger

KEPT = 3


def back_up(file: Path, now: datetime) -> Path | None:
    """Copies a database that holds anything beside itself, its log included, and keeps the last
    three such copies. None: it is new.

    Raises OSError, sqlite3.Error: there is no copy, and what is there is untouched.
    """
    with closing(sqlite3.connect(file)) as source:
        if not source.execute("SELECT 1 FROM sqlite_master LIMIT 1").fetchone():
            return None
        copy = file.with_name(f"{file.name}.{now:%Y%m%dT%H%M%SZ}.backup")
        unfinished = copy.with_suffix(".unfinished")
        unfinished.unlink(missing_ok=True)
        with closing(sqlite3.connect(unfinished)) as target:
            source.backup(target)
    unfinished.chmod(file.stat().st_mode & 0o777)
    unfinished.replace(copy)
    logger.info("before its migration it was copied to {}", copy, event="database_copied")
    for old in sorted(file.parent.glob(f"{_literally(file.name)}.*.backup"))[:-KEPT]:
        old.unlink(missing_ok=True)
    return copy


def _literally(name: str) -> str:
    return "".join(f"[{each}]" if each in "*?[" else each for each in name)
