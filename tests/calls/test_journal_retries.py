"""A note the store cannot take now is brought again."""

import pytest

from bot.calls.note_writer import KEPT_SECS, RETRY_SECS, _kept
from bot.clock import monotonic
from bot.store import StoreError


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


@pytest.mark.parametrize("away_secs", [1, 31, 300, 590])
async def test_a_database_that_comes_back_gets_the_note(away_secs: int) -> None:
    """Ten minutes of absence cost nothing."""
    begun = monotonic()
    written: list[float] = []

    async def note() -> None:
        if monotonic() < begun + away_secs:
            raise StoreError("the database is away", temporary=True)
        written.append(monotonic() - begun)

    await _kept(note, until=begun + KEPT_SECS)
    (after,) = written
    assert away_secs <= after < away_secs + RETRY_SECS[-1] + 1


async def test_a_database_that_stays_away_costs_the_note() -> None:
    """At some time the notes after it have their turn; one that is old gets one try."""
    store, begun = Store(10**6, temporary=True), monotonic()
    with pytest.raises(StoreError):
        await _kept(store.note, until=begun + KEPT_SECS)
    assert monotonic() - begun == pytest.approx(KEPT_SECS, abs=1)
    tries = store.tries
    with pytest.raises(StoreError):
        await _kept(store.note, until=begun)
    assert store.tries == tries + 1


async def test_what_will_never_work_is_not_tried_again() -> None:
    """A note the store refuses is refused for good."""
    store = Store(1, temporary=False)
    with pytest.raises(StoreError):
        await _kept(store.note, until=monotonic() + KEPT_SECS)
    assert store.tries == 1
