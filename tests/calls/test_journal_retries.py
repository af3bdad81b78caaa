"""A note the store cannot take now is brought again."""

import pytest

from bot.calls.journal import RETRY_SECS, _kept
from bot.store import StoreError
from tests.virtual_time import virtual_time


class Store:
    """Fails so many times, then takes the note."""

    def __init__(self, failures: int, *, temporary: bool) -> None:
        self.failures = failures
        self.temporary = temporary
        self.tries = 0

    async def note(self) -> None:
        self.tries += 1
        if self.tries <= self.failures:
            raise StoreError("the database is away", temporary=self.temporary)


@virtual_time
async def test_a_database_that_comes_back_gets_the_note() -> None:
    """Half a minute of absence costs nothing."""
    store = Store(len(RETRY_SECS), temporary=True)
    await _kept(store.note)
    assert store.tries == len(RETRY_SECS) + 1


@virtual_time
async def test_a_database_that_stays_away_costs_the_note() -> None:
    """At some time the notes behind it have their turn."""
    with pytest.raises(StoreError):
        await _kept(Store(len(RETRY_SECS) + 1, temporary=True).note)


@virtual_time
async def test_what_will_never_work_is_not_tried_again() -> None:
    """A note the store refuses is refused for good."""
    store = Store(1, temporary=False)
    with pytest.raises(StoreError):
        await _kept(store.note)
    assert store.tries == 1
