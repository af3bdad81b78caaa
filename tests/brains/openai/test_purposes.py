"""Which response is whose, where the model's side says so and where it does not."""

import pytest

from bot.brains.openai.purposes import Purposes


def test_what_is_said_is_believed() -> None:
    """And who says so once says so always: without metadata it is an answer of theirs."""
    purposes = Purposes()
    for purpose in ("opening", "answer", "say"):
        purposes.asked(purpose)
    assert purposes.begins("opening") == "opening"
    assert purposes.begins(None) is None
    assert purposes.begins("answer") == "answer"


@pytest.mark.parametrize("asked", [["opening"], ["answer", "aside"], ["aside", "summary", "say"]])
def test_what_is_not_said_goes_by_what_was_asked_for(asked: list[str]) -> None:
    """In that order; what nobody asked for is theirs."""
    purposes = Purposes()
    for purpose in asked:
        purposes.asked(purpose)
    assert [purposes.begins(None) for _ in asked] == asked
    assert purposes.begins(None) is None


def test_a_turn_that_has_ended_is_answered_first() -> None:
    """By them; what was asked for comes next."""
    purposes = Purposes()
    purposes.asked("answer")
    purposes.turn_ended()
    assert purposes.begins(None) is None
    assert purposes.begins(None) == "answer"


def test_a_turn_that_they_will_not_answer_is_none() -> None:
    """Their answer was refused, for ours was under way."""
    purposes = Purposes()
    purposes.turn_ended()
    purposes.turn_goes_unanswered()
    purposes.asked("answer")
    assert purposes.begins(None) == "answer"


def test_what_was_refused_never_begins() -> None:
    """Of those asked for, the first of its kind."""
    purposes = Purposes()
    for purpose in ("aside", "answer", "say"):
        purposes.asked(purpose)
    purposes.refused("opening", "answer", "say")
    purposes.refused("summary")
    assert [purposes.begins(None) for _ in range(3)] == ["aside", "say", None]
