"""A call's status moves forward once, whatever the order in which updates come."""

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.carriers import CallStatus, StatusLog, StatusUpdate

S = CallStatus
COURSE = [S.INITIATED, S.RINGING, S.IN_PROGRESS, S.COMPLETED]


def update(status: CallStatus, sequence: int | None = None) -> StatusUpdate:
    return StatusUpdate(call_sid="CA1", status=status, sequence=sequence)


def test_final_statuses() -> None:
    """Five statuses end a call, four do not."""
    assert [status for status in S if not status.is_final] == [
        S.QUEUED,
        S.INITIATED,
        S.RINGING,
        S.IN_PROGRESS,
    ]


@pytest.mark.parametrize("one", S)
@pytest.mark.parametrize("other", S)
def test_a_status_only_moves_forward(one: CallStatus, other: CallStatus) -> None:
    """Forward is later in the call's life; nothing follows a final status."""
    members = list(S)
    expected = not one.is_final and members.index(one) < members.index(other)
    assert one.comes_before(other) is expected


def test_updates_in_order() -> None:
    """Each step moves the call."""
    log = StatusLog()
    assert log.status is S.QUEUED
    assert [log.feed(update(status, n)) for n, status in enumerate(COURSE)] == [True] * 4
    assert log.status is S.COMPLETED


def test_late_updates_are_kept_but_move_nothing() -> None:
    """`completed` overtakes the others: the call is over, the rest only fills the history."""
    log = StatusLog()
    moved = [log.feed(update(COURSE[n], n)) for n in (3, 1, 0, 2)]
    assert moved == [True, False, False, False]
    assert log.status is S.COMPLETED
    assert [each.status for each in log.updates] == COURSE


def test_duplicates_are_ignored() -> None:
    """The same update again, by its number or without numbers by its status, changes nothing."""
    log = StatusLog()
    assert log.feed(update(S.RINGING, 1))
    assert not log.feed(update(S.RINGING, 1))
    assert not log.feed(update(S.RINGING))
    assert len(log.updates) == 1


def test_the_first_end_stands() -> None:
    """A call ends once: a second final status is remembered and changes nothing."""
    log = StatusLog()
    assert log.feed(update(S.NO_ANSWER, 2))
    assert not log.feed(update(S.COMPLETED, 3))
    assert log.status is S.NO_ANSWER


def test_steps_may_be_missing() -> None:
    """Delivery is best effort: from queued straight to the end is fine."""
    log = StatusLog()
    assert log.feed(update(S.BUSY))
    assert log.status is S.BUSY


@given(seed=st.randoms(use_true_random=False), numbered=st.booleans(), repeats=st.integers(1, 3))
def test_any_order_ends_in_the_same_place(
    seed: random.Random, numbered: bool, repeats: int
) -> None:
    """However often and in whatever order they arrive: one status, one history."""
    arrivals = [
        update(status, n if numbered else None) for n, status in enumerate(COURSE)
    ] * repeats
    seed.shuffle(arrivals)
    log = StatusLog()
    seen = [log.status]
    for each in arrivals:
        moved = log.feed(each)
        assert moved == (log.status is not seen[-1])
        seen.append(log.status)
    assert log.status is S.COMPLETED
    assert [each.status for each in log.updates] == COURSE
    assert [status.rank for status in seen] == sorted(status.rank for status in seen)
