"""The legs of a call: when a lost stream is replaced, and what became of a person dialled."""

import pytest

from bot.calls.legs import CallerLeg, TransferOutcome, transfer_outcome
from bot.carriers import CallStatus


def allowed(*at_secs: float) -> list[bool]:
    """Whether a lost stream is replaced at each of these moments."""
    leg, told = CallerLeg(token="first"), []
    for at in at_secs:
        after = leg.awaiting("next", at)
        told.append(after is not None)
        leg = after or leg
    return told


def test_a_stream_is_replaced_three_times_in_a_call() -> None:
    """However long it lasts."""
    assert allowed(0, 100, 200, 300, 4000) == [True, True, True, False, False]


def test_a_stream_is_replaced_twice_within_two_seconds() -> None:
    """A third break at once tells that the line will not hold."""
    assert allowed(0, 0.5, 1.9) == [True, True, False]
    assert allowed(0, 0.5, 2.1) == [True, True, True]
    assert allowed(0, 1.9, 3.8) == [True, True, True]


@pytest.mark.parametrize(
    ("status", "sip_response_code", "outcome"),
    [
        (CallStatus.COMPLETED, 200, TransferOutcome.ANSWERED),
        (CallStatus.IN_PROGRESS, None, TransferOutcome.ANSWERED),
        (CallStatus.BUSY, 486, TransferOutcome.BUSY),
        (CallStatus.BUSY, 603, TransferOutcome.DECLINED),
        (CallStatus.FAILED, 603, TransferOutcome.DECLINED),
        (CallStatus.NO_ANSWER, None, TransferOutcome.NO_ANSWER),
        (CallStatus.CANCELED, 487, TransferOutcome.NO_ANSWER),
        (CallStatus.FAILED, 404, TransferOutcome.FAILED),
        (CallStatus.RINGING, None, None),
        (None, None, None),
    ],
)
def test_what_became_of_a_person_who_was_dialled(
    status: CallStatus | None, sip_response_code: int | None, outcome: TransferOutcome | None
) -> None:
    """By the carrier's word, and by the SIP answer where that says more."""
    assert transfer_outcome(status, sip_response_code) is outcome
