"""A call's status moves forward once, whatever the order in which updates come."""

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.carriers import CallStatus, StatusLog, StatusUpdate

S = CallStatus
COURSE = [S.INITIATED, S.RINGING, S.IN_PROGRESS, S.COMPLETED]


def update(status: CallStatus) -> StatusUpdate:
    return StatusUpdate(call_sid="CA1", status=status)


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
    assert [log.feed(update(status)) for status in COURSE] == [True] * 4
    assert log.status is S.COMPLETED


def test_late_updates_move_nothing() -> None:
    """`completed` overtakes the others: the call is over."""
    log = StatusLog()
    moved = [log.feed(update(COURSE[n])) for n in (3, 1, 0, 2)]
    assert moved == [True, False, False, False]
    assert log.status is S.COMPLETED


def test_duplicates_are_ignored() -> None:
    """The same update again changes nothing."""
    log = StatusLog()
    assert log.feed(update(S.RINGING))
    assert not log.feed(update(S.RINGING))


def test_the_first_end_stands() -> None:
    """A call ends once: a second final status changes nothing."""
    log = StatusLog()
    assert log.feed(update(S.NO_ANSWER))
    assert not log.feed(update(S.COMPLETED))
    assert log.status is S.NO_ANSWER


def test_steps_may_be_missing() -> None:
    """Delivery is best effort: from queued straight to the end is fine."""
    log = StatusLog()
    assert log.feed(update(S.BUSY))
    assert log.status is S.BUSY


@given(seed=st.randoms(use_true_random=False), repeats=st.integers(1, 3))
def test_any_order_ends_in_the_same_place(seed: random.Random, repeats: int) -> None:
    """However often and in whatever order they arrive: one status, which never moves back."""
    arrivals = [update(status) for status in COURSE] * repeats
    seed.shuffle(arrivals)
    log = StatusLog()
    seen = [log.status]
    for each in arrivals:
        moved = log.feed(each)
        assert moved == (log.status is not seen[-1])
        seen.append(log.status)
    assert log.status is S.COMPLETED
    assert [status.rank for status in seen] == sorted(status.rank for status in seen)
