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


def statuses(*updates: CallStatus) -> list[CallStatus]:
    """The status after each of these updates."""
    log, seen = StatusLog(), []
    for each in updates:
        log = log.after(update(each))
        seen.append(log.status)
    return seen


def test_updates_in_order() -> None:
    """Each step moves the call."""
    assert StatusLog().status is S.QUEUED
    assert statuses(*COURSE) == COURSE


def test_late_updates_move_nothing() -> None:
    """`completed` overtakes the others: the call is over."""
    assert statuses(*(COURSE[n] for n in (3, 1, 0, 2))) == [S.COMPLETED] * 4


def test_duplicates_are_ignored() -> None:
    """The same update again changes nothing."""
    log = StatusLog().after(update(S.RINGING))
    assert log.after(update(S.RINGING)) is log


def test_the_first_end_stands() -> None:
    """A call ends once: a second final status changes nothing."""
    assert statuses(S.NO_ANSWER, S.COMPLETED) == [S.NO_ANSWER, S.NO_ANSWER]


def test_steps_may_be_missing() -> None:
    """Delivery is best effort: from queued straight to the end is fine."""
    assert statuses(S.BUSY) == [S.BUSY]


@given(seed=st.randoms(use_true_random=False), repeats=st.integers(1, 3))
def test_any_order_ends_in_the_same_place(seed: random.Random, repeats: int) -> None:
    """However often and in whatever order they arrive: one status, which never moves back."""
    arrivals = COURSE * repeats
    seed.shuffle(arrivals)
    seen = statuses(*arrivals)
    assert seen[-1] is S.COMPLETED
    assert [status.rank for status in seen] == sorted(status.rank for status in seen)
