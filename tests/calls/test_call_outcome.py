"""Every way a call ends, and what each means."""

from typing import get_args

import pytest

from bot.calls.outcome import (
    MEANING,
    CarrierAction,
    Ending,
    Result,
    ending_of_status,
    status_of_ending,
)
from bot.carriers import CallStatus
from bot.store import TERMINAL_STATUSES
from processors.frames import HangUpFrame


@pytest.mark.parametrize("ending", Ending)
def test_every_ending_has_a_meaning(ending: Ending) -> None:
    """A result for the record, and what is done at the carrier."""
    meaning = MEANING[ending]
    assert meaning.result in get_args(Result)
    assert meaning.action in get_args(CarrierAction)


def test_a_broken_call_is_never_left_alone_with_its_caller() -> None:
    """Whatever failed while somebody was on the line, they hear that it did."""
    over_already = {Ending.NOT_PLACED, Ending.SERVICE_RESTARTED}
    for ending in set(Ending) - over_already:
        if MEANING[ending].result == "failed":
            assert MEANING[ending].action == "apologise", ending


@pytest.mark.parametrize(
    "reason",
    [
        *("goodbye", "end_call", "silence", "time_limit", "budget", "model_silent"),
        *("machine", "voicemail"),
    ],
)
def test_reasons_of_the_pipeline_are_endings(reason: str) -> None:
    """The slugs that processors put into HangUpFrame are read as they stand."""
    assert Ending(HangUpFrame(reason=reason).reason).value == reason


@pytest.mark.parametrize("status", CallStatus)
def test_final_statuses_of_the_carrier_are_endings(status: CallStatus) -> None:
    """Those that are not final end nothing."""
    assert (ending_of_status(status.value) is not None) == status.is_final


@pytest.mark.parametrize("ending", Ending)
@pytest.mark.parametrize("answered", [True, False])
def test_every_ending_has_a_status_that_ends_a_call(ending: Ending, answered: bool) -> None:
    """For the record, where the carrier has not said one itself."""
    status = status_of_ending(ending, answered=answered)
    assert status in TERMINAL_STATUSES
    for carriers in ("busy", "no-answer", "failed", "canceled", "completed"):
        if ending_of_status(carriers) is ending:
            assert status == carriers
