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


def statuses(log: StatusLog, *updates: StatusUpdate) -> tuple[StatusLog, list[CallStatus]]:
    """The log after these updates, and the status after each."""
    seen = []
    for each in updates:
        log = log.after(each)
        seen.append(log.status)
    return log, seen


def test_updates_in_order() -> None:
    """Each step moves the call."""
    assert StatusLog().status is S.QUEUED
    _, seen = statuses(StatusLog(), *(update(status, n) for n, status in enumerate(COURSE)))
    assert seen == COURSE


def test_late_updates_are_kept_but_move_nothing() -> None:
    """`completed` overtakes the others: the call is over, the rest only fills the history."""
    log, seen = statuses(StatusLog(), *(update(COURSE[n], n) for n in (3, 1, 0, 2)))
    assert seen == [S.COMPLETED] * 4
    assert [each.status for each in log.updates] == COURSE


def test_duplicates_are_ignored() -> None:
    """The same update again, by its number or without numbers by its status, changes nothing."""
    log = StatusLog().after(update(S.RINGING, 1))
    assert log.after(update(S.RINGING, 1)) is log
    assert log.after(update(S.RINGING)) is log
    assert len(log.updates) == 1


def test_the_first_end_stands() -> None:
    """A call ends once: a second final status is remembered and changes nothing."""
    log, seen = statuses(StatusLog(), update(S.NO_ANSWER, 2), update(S.COMPLETED, 3))
    assert seen == [S.NO_ANSWER, S.NO_ANSWER]
    assert len(log.updates) == 2


def test_steps_may_be_missing() -> None:
    """Delivery is best effort: from queued straight to the end is fine."""
    assert StatusLog().after(update(S.BUSY)).status is S.BUSY


@given(seed=st.randoms(use_true_random=False), numbered=st.booleans(), repeats=st.integers(1, 3))
def test_any_order_ends_in_the_same_place(
    seed: random.Random, numbered: bool, repeats: int
) -> None:
    """However often and in whatever order they arrive: one status, one history."""
    arrivals = [
        update(status, n if numbered else None) for n, status in enumerate(COURSE)
    ] * repeats
    seed.shuffle(arrivals)
    log, seen = statuses(StatusLog(), *arrivals)
    assert log.status is S.COMPLETED
    assert [each.status for each in log.updates] == COURSE
    assert [status.rank for status in seen] == sorted(status.rank for status in seen)
