"""The caller and the person who takes them are brought together: what follows. Plain code."""

import pytest
from asking_kit import ANN, CALLER, PERSON, Talk, rings, status, yes

from bot.calls import events as happened
from bot.calls import person_events as of_person
from bot.calls.actions import (
    AskPerson,
    Close,
    EndPerson,
    HandOver,
    MoveCaller,
    NoteStep,
    TellConsultation,
)
from bot.calls.consulting import JOIN_SECS
from bot.calls.legs import TransferOutcome
from bot.calls.meeting import is_for_both
from bot.calls.outcome import Ending
from bot.calls.state import Timer


def test_who_takes_it_meets_the_caller() -> None:
    """The end of the caller's stream is no accident; with both there, the agent's part is over."""
    call = Talk()
    (called, asked) = call.ask()
    assert called == NoteStep("called", "ann")
    assert isinstance(asked, AskPerson)
    call.tell(rings(), status("in-progress"))
    assert isinstance(call.tell(yes())[0], MoveCaller)
    call.tell(of_person.Joined(PERSON), happened.LegEnded("stopped"))
    assert call.state.timers.keys() == {Timer.PERSON}
    assert call.tell(of_person.Joined("CA9")) == []
    assert call.tell(of_person.Joined(CALLER)) == [NoteStep("answered", "ann"), Close()]
    assert call.state.ending is Ending.TRANSFER
    assert not any(isinstance(action, EndPerson) for action in call.did)


def test_two_who_have_left_are_together_as_far_as_we_can_tell() -> None:
    """Where the carrier says nothing more."""
    call = Talk()
    call.ask()
    call.tell(rings(), yes(), happened.LegEnded("stopped"))
    began = call.secs
    call.wait()
    assert call.secs - 1 <= began + JOIN_SECS
    assert call.state.ending is Ending.TRANSFER
    assert call.state.human is not None and call.state.human.called


def test_a_caller_who_cannot_be_moved_stays_with_the_agent() -> None:
    """The person is told, and so is the agent."""
    call = Talk()
    call.ask()
    call.tell(rings(), yes())
    end, failed, told = call.tell(of_person.CallerNotMoved())
    assert end == EndPerson(PERSON, apology=True)
    assert failed == NoteStep("failed", "ann", outcome=TransferOutcome.FAILED)
    assert told == TellConsultation(TransferOutcome.FAILED, ANN)
    assert call.state.ending is None and call.state.timers == {}


def test_a_caller_who_was_moved_and_met_nobody_is_put_through() -> None:
    """To that person, without asking."""
    call = Talk()
    call.ask()
    call.tell(rings(), yes(), happened.LegEnded("stopped"), status("completed"))
    assert call.state.ending is Ending.TRANSFER
    assert call.state.human is not None and not call.state.human.called
    assert call.state.human.number == ANN.number


@pytest.mark.parametrize(
    "event",
    [
        happened.EndingDecided(Ending.MODEL_LOST),
        happened.EndingDecided(Ending.TIME_LIMIT),
        happened.HangUpAsked(Ending.SHUTDOWN),
        happened.HangUpAsked(Ending.SHUTDOWN, farewell=True),
        happened.TransferAsked("Pressed 0."),
    ],
)
def test_after_a_yes_the_two_are_left_together(event: happened.Event) -> None:
    """What would end the agent's part then is no reason to send the person away."""
    call = Talk()
    call.ask()
    call.tell(rings(), status("in-progress"), yes(), of_person.Joined(PERSON))
    assert call.tell(event) == [NoteStep("answered", "ann"), Close()]
    assert call.state.ending is Ending.TRANSFER
    assert call.state.human is not None and call.state.human.called
    assert not any(isinstance(action, EndPerson) for action in call.did)
    assert call.tell(status("in-progress")) == []
    assert is_for_both(call.state)  # should the caller's stream be asked about


def test_who_hangs_up_on_both_of_them_does() -> None:
    """As asked for from outside; and before a yes nobody is kept waiting for nothing."""
    taken, asked = Talk(), Talk()
    for call in (taken, asked):
        call.ask()
        call.tell(rings(), status("in-progress"))
    taken.tell(yes())
    for call, event in (
        (taken, happened.HangUpAsked(Ending.HUNG_UP_BY_API)),
        (asked, happened.EndingDecided(Ending.MODEL_LOST)),
    ):
        assert EndPerson(PERSON, apology=True) in call.tell(event)
        assert call.state.ending is not Ending.TRANSFER


def test_another_agent_may_go_on_meanwhile() -> None:
    """The person is asked all the same, also by whoever has said yes already."""
    for before in ((), (yes(),)):
        call = Talk()
        call.ask()
        call.tell(rings(), *before)
        asked = call.state.consultation
        assert call.tell(happened.HandOverAsked("billing", "A bill.")) == [
            HandOver("billing", "A bill.")
        ]
        assert call.state.consultation == asked
