"""A call whose stream has come to another process: it is left as it stands, without an end."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.calls import events as happened
from bot.calls.outcome import Ending
from bot.calls.state import Stage
from bot.carriers import CallStatus
from tests.calls.test_call_step import LOST, Told, inbound, outbound, status, talking

TAKEN = happened.TakenElsewhere()
LATER = (
    status("completed"),
    LOST,
    happened.LetIn(),
    happened.Placed("CA9"),
    happened.NotPlaced(),
    happened.HangUpAsked(Ending.HUNG_UP_BY_API),
    happened.EndingDecided(Ending.PIPELINE_FAILED),
    happened.CarrierAnswered(None),
    happened.FollowUpAsked(CallStatus.IN_PROGRESS, "t"),
    happened.TransferAsked("why"),
    happened.LetGo(),
    TAKEN,
)


@pytest.mark.parametrize(
    "begun",
    [
        lambda: inbound().tell(happened.LetIn()),
        lambda: outbound().tell(happened.LetIn()),
        lambda: outbound().tell(happened.PlacingUnclear()),
        lambda: talking().tell(LOST),
    ],
    ids=["announced", "dialled", "dialled perhaps", "between two streams"],
)
def test_it_is_left_at_once(begun: object) -> None:
    """No ending, no timer, no stream awaited, no place taken; the runner is told, once."""
    call: Told = begun()  # type: ignore[operator]
    call.tell(TAKEN)
    state = call.state
    assert (state.ending, state.stage, state.timers) == (None, Stage.ENDED, {})
    assert (state.caller.token, state.may_talk, state.settled) == ("", False, True)
    assert call.asked[-1] == "Leave"
    assert "Close" not in call.asked


@given(st.lists(st.sampled_from(LATER)))
def test_nothing_that_happens_later_counts(later: list[happened.Event]) -> None:
    """Until all that was noted is stored."""
    call = talking().tell(LOST, TAKEN)
    left, asked = call.state, list(call.asked)
    call.tell(*later)
    assert (call.state, call.asked) == (left, asked)
    assert call.tell(happened.Stored()).state.stored


def test_a_call_whose_stream_is_here_is_kept() -> None:
    """What has come elsewhere is a copy."""
    call = talking()
    before = call.state
    assert call.tell(TAKEN).state is before


def test_a_call_that_ends_here_ends() -> None:
    """Its ending is decided."""
    call = inbound().tell(happened.LetIn(), happened.HangUpAsked(Ending.HUNG_UP_BY_API), TAKEN)
    assert (call.state.ending, call.asked[-1]) == (Ending.HUNG_UP_BY_API, "Close")
    assert not call.state.elsewhere
