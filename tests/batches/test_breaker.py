"""What pauses a batch by itself, and what does not."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.batches.dialling.breaker import Sample, sample_of, why_pause
from bot.batches.settings import Breaker
from bot.store import AttemptRecord, CallRecord, Outcome

NOON = datetime(2026, 11, 18, 12, tzinfo=UTC)
BREAKER = Breaker(
    window=20, carrier_errors=0.3, quick_hang_ups=0.4, opt_outs=0.2, wrong_persons=0.3
)
GOOD = Sample(disposition="confirmed", answered=True)
NOBODY = Sample(disposition="no_answer")
FAILED = Sample(disposition="failed")
OPTED_OUT = Sample(disposition="opt_out", answered=True)
WRONG = Sample(disposition="wrong_person", answered=True)
TAKEN_BACK = Sample(disposition="failed", taken_back=True)
HUNG_UP = Sample(disposition="undecided", answered=True, quick_hang_up=True)


@pytest.mark.parametrize(
    ("samples", "slug"),
    [
        ([FAILED] * 5 + [GOOD] * 15, None),
        ([FAILED] * 6 + [GOOD] * 14, "carrier_errors"),
        ([FAILED] * 2, None),
        ([FAILED] * 3, "carrier_errors"),  # three of the first ten would be too many already
        ([TAKEN_BACK] * 20, None),
        ([HUNG_UP] * 7 + [GOOD] * 13, None),
        ([HUNG_UP] * 8 + [GOOD] * 12, "quick_hang_ups"),
        ([HUNG_UP] * 4 + [NOBODY] * 16, "quick_hang_ups"),  # of those who answered
        ([OPTED_OUT] * 1 + [NOBODY] * 19, None),
        ([OPTED_OUT] * 2 + [NOBODY] * 18, "opt_outs"),
        ([WRONG] * 3 + [GOOD] * 7 + [NOBODY] * 10, "wrong_persons"),
        ([NOBODY] * 20, None),
        ([], None),
    ],
)
def test_too_much_of_one_kind_is_why(samples: list[Sample], slug: str | None) -> None:
    """A share of the calls, or of those answered; few calls count as half a window."""
    why = why_pause(samples, BREAKER)
    assert (why and why.partition(":")[0]) == slug


@given(st.lists(st.sampled_from([GOOD, NOBODY]), max_size=20))
def test_what_goes_well_never_pauses(samples: list[Sample]) -> None:
    assert why_pause(samples, BREAKER) is None


def a_call(**changes: Any) -> CallRecord:
    values: dict[str, Any] = {
        "id": "call_a",
        "direction": "outbound",
        "agent": "reminder",
        "from_number": "",
        "to_number": "",
        "started_at": NOON,
        "status": "completed",
        "answered_at": NOON,
        "ended_at": NOON + timedelta(seconds=4.9),
        "outcome": Outcome(result="completed", reason="caller_hung_up"),
    }
    return CallRecord(**(values | changes))


@pytest.mark.parametrize(
    ("call", "sample"),
    [
        (a_call(), HUNG_UP),
        (
            a_call(ended_at=NOON + timedelta(seconds=5)),
            Sample(disposition="undecided", answered=True),
        ),
        (
            a_call(outcome=Outcome(result="completed", reason="goodbye")),
            Sample(disposition="undecided", answered=True),
        ),
        (a_call(answered_at=None), Sample(disposition="undecided")),
        (None, Sample(disposition="undecided")),
    ],
)
def test_who_hangs_up_within_five_seconds_is_counted(
    call: CallRecord | None, sample: Sample
) -> None:
    attempt = AttemptRecord(
        id="a-1",
        batch_id="b",
        contact_id="a",
        number="",
        ordinal=1,
        planned_at=NOON,
        disposition="undecided",
    )
    assert sample_of(attempt, call) == sample
