"""Who speaks in the agent's place: how they come, are refused, and leave."""

import pytest

from bot.calls import events as happened
from bot.calls.actions import GiveBack, HandOver, TakeOver
from bot.calls.outcome import Ending
from bot.calls.reaching import Reached, refusal
from bot.calls.state import CallState
from tests.calls.test_call_step import PLEASE, Told, inbound, talking

ANNA = happened.OperatorCame("anna", "seat_1")


def taken() -> Told:
    return talking().tell(ANNA)


def who(state: CallState) -> str | None:
    return state.operator.who if state.operator else None


def test_one_comes_and_gives_the_call_back() -> None:
    call = taken()
    assert (who(call.state), call.did[-1]) == ("anna", TakeOver("anna"))
    call.tell(happened.OperatorLeft("seat_1"))
    assert (who(call.state), call.did[-1]) == (None, GiveBack())
    before = len(call.did)
    call.tell(happened.OperatorLeft("seat_1"), happened.OperatorLeft())
    assert len(call.did) == before


def test_one_who_comes_back_is_still_there() -> None:
    """Over another socket; that the first is gone counts no more."""
    call = taken().tell(happened.OperatorCame("anna", "seat_2"), happened.OperatorLeft("seat_1"))
    assert (who(call.state), call.asked.count("TakeOver")) == ("anna", 1)
    call.tell(happened.OperatorLeft())
    assert (who(call.state), call.asked[-1]) == (None, "GiveBack")


def test_a_second_one_is_refused() -> None:
    call = taken()
    assert refusal(call.state, "take_over", "otto") is Reached.TAKEN_OVER
    assert refusal(call.state, "take_over", "anna") is None
    assert refusal(call.state, "listen") is None
    call.tell(happened.OperatorCame("otto", "seat_2"))
    assert who(call.state) == "anna"


@pytest.mark.parametrize(
    ("call", "why"),
    [
        (inbound(), Reached.NOT_YET),
        (talking().tell(PLEASE), Reached.WITH_PERSON),
        (
            talking().tell(happened.HangUpAsked(Ending.HUNG_UP_BY_API, farewell=True)),
            Reached.LEAVING,
        ),
        (talking().tell(happened.EndingDecided(Ending.GOODBYE)), Reached.OVER),
    ],
)
def test_where_nobody_can_take_over(call: Told, why: Reached) -> None:
    assert refusal(call.state, "take_over", "anna") is why
    call.tell(ANNA)
    assert call.state.operator is None
    assert "TakeOver" not in call.asked


def test_where_the_call_leaves_the_agent_it_leaves_the_operator() -> None:
    """They are not there for a caller who comes back; the agent is told."""
    call = taken().tell(PLEASE)
    assert (who(call.state), call.asked[-2:]) == (None, ["PutThrough", "GiveBack"])
    over = taken().tell(happened.EndingDecided(Ending.GOODBYE))
    assert who(over.state) is None
    assert "GiveBack" not in over.asked


def test_a_hand_over_that_was_on_its_way_takes_the_operator_along() -> None:
    """The pipeline that asked for it is over: they would be mute in it."""
    call = taken().tell(happened.HandOverAsked("billing", ""))
    assert (who(call.state), call.did[-1]) == ("anna", HandOver("billing", ""))
