"""Where the workflows are kept: beside the calls, in the words of libpq."""

import pytest

from bot.store import StoreError, workflows_url


@pytest.mark.parametrize(
    ("ours", "theirs"),
    [
        ("sqlite:///var/trunkline.db", "sqlite:///var/trunkline-workflows.db"),
        ("sqlite+aiosqlite:////srv/calls.sqlite3", "sqlite:////srv/calls-workflows.sqlite3"),
        ("postgres://ada:secret@db/line", "postgresql+psycopg://ada:secret@db/line"),
        (
            "postgresql+asyncpg://db:6432/line?ssl=require",
            "postgresql+psycopg://db:6432/line?sslmode=require",
        ),
        (
            "postgresql://db/line?sslmode=verify-full",
            "postgresql+psycopg://db/line?sslmode=verify-full",
        ),
    ],
)
def test_the_same_place_for_another_library(ours: str, theirs: str) -> None:
    """A file of its own beside ours, or the same database; passwords are kept."""
    assert workflows_url(ours) == theirs


def test_what_is_no_database_of_ours_is_refused() -> None:
    with pytest.raises(StoreError):
        workflows_url("mysql://db/line")
