"""The pace: slots one after the other, and no bursts."""

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from bot.batches.dialling.dial_slots import next_slot

NOW = datetime(2026, 11, 18, 12, tzinfo=UTC)
TINY = timedelta(microseconds=2)


def at(secs: float) -> datetime:
    return NOW + timedelta(seconds=secs)


def test_what_is_free_is_taken_at_once() -> None:
    """The next one waits, whenever this one could have been."""
    assert next_slot(NOW, at(-60), 2) == (NOW, at(0.5))
    assert next_slot(NOW, at(3), 2) == (at(3), at(3.5))


@given(
    asked_at=st.lists(st.floats(0, 30), min_size=2, max_size=60).map(sorted),
    pace=st.floats(0.1, 50),
)
def test_no_two_slots_are_closer_than_the_pace(asked_at: list[float], pace: float) -> None:
    """Whenever they are asked for: also after a long silence there is no burst."""
    free_at, begins = NOW, []
    for secs in asked_at:
        begin, free_at = next_slot(at(secs), free_at, pace)
        assert begin >= at(secs)
        begins.append(begin)
    apart = timedelta(seconds=1 / pace) - TINY
    assert all(after - before >= apart for before, after in zip(begins, begins[1:], strict=False))


@given(pace=st.floats(0.1, 50), count=st.integers(2, 100))
def test_a_queue_is_let_through_at_exactly_the_pace(pace: float, count: int) -> None:
    """Who asks before their slot comes loses nothing of it."""
    free_at, begins = NOW, []
    for _ in range(count):
        begin, free_at = next_slot(NOW, free_at, pace)
        begins.append(begin)
    assert abs(begins[-1] - at((count - 1) / pace)) < count * TINY
