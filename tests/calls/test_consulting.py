"""A person is asked whether they take the caller: what follows from each answer. Plain code."""

import pytest
from asking_kit import ANN, CALLER, PERSON, TOM, Talk, no, rings, status, yes

from bot.calls import events as happened
from bot.calls import person_events as of_person
from bot.calls.actions import (
    AskPerson,
    Close,
    EndPerson,
    MoveCaller,
    NoteStep,
    PutThrough,
    TellConsultation,
)
from bot.calls.consulting import ANSWER_SECS, MOST_ASKED
from bot.calls.legs import TransferOutcome
from bot.calls.outcome import Ending
from bot.calls.person_callbacks import meaning
from bot.calls.state import Timer
from bot.carriers import CallStatus, MachineDetected, PersonAnswer, StatusUpdate


def test_the_next_one_is_asked() -> None:
    """And the agent hears of it; what is still said of the first counts no more."""
    call = Talk()
    call.ask(TOM)
    call.tell(rings())
    noted, called, asked, told = call.tell(no())
    assert (noted, called) == (NoteStep("declined", "ann"), NoteStep("called", "tom"))
    assert isinstance(asked, AskPerson) and asked.consultation.target == TOM
    assert told == TellConsultation(TransferOutcome.DECLINED, ANN, TOM)
    assert call.tell(yes(1)) == []
    assert call.tell(rings(2, "CA3"), no(2))[-1] == TellConsultation(TransferOutcome.DECLINED, TOM)
    assert call.state.consultation is None


def test_what_ends_their_leg_without_an_answer() -> None:
    """Each with its outcome."""
    for word, outcome in (
        ("busy", TransferOutcome.BUSY),
        ("no-answer", TransferOutcome.NO_ANSWER),
        ("failed", TransferOutcome.FAILED),
        ("completed", TransferOutcome.DECLINED),
    ):
        call = Talk()
        call.ask()
        assert call.tell(status(word))[-1] == TellConsultation(outcome, ANN)


def test_a_voicemail_is_hung_up_on() -> None:
    """But not who has taken the call already."""
    heard = MachineDetected(call_sid=PERSON, answered_by="machine_start", after_ms=3000)
    call = Talk()
    call.ask()
    call.tell(rings(), status("in-progress"))
    end, noted, _ = call.tell(of_person.PersonMachine(1, heard))
    assert end == EndPerson(PERSON, apology=False)
    assert noted == NoteStep("voicemail", "ann", outcome=TransferOutcome.VOICEMAIL)
    taken = Talk()
    taken.ask()
    taken.tell(rings(), yes())
    assert taken.tell(of_person.PersonMachine(1, heard)) == []


def test_what_is_not_understood_is_asked_once_more() -> None:
    """Then it counts as a no."""
    call = Talk()
    call.ask()
    call.tell(rings())
    assert call.tell(of_person.PersonSaid(1, "unclear")) == []
    assert call.tell(of_person.PersonSaid(1, "unclear"))[-1] == TellConsultation(
        TransferOutcome.NO_ANSWER, ANN
    )


def test_never_mind_ends_the_persons_leg() -> None:
    """With an apology if they have answered. One that is named later is ended, too."""
    call = Talk()
    call.ask()
    call.tell(rings(), status("in-progress"))
    assert call.tell(of_person.ConsultCalledOff()) == [
        EndPerson(PERSON, apology=True),
        NoteStep("cancelled", "ann", outcome=TransferOutcome.CANCELLED),
        TellConsultation(None, ANN),
    ]
    early = Talk()
    early.ask()
    early.tell(of_person.ConsultCalledOff())
    assert early.tell(rings()) == [EndPerson(PERSON, apology=False)]


def test_a_caller_who_hangs_up_leaves_nobody_ringing() -> None:
    """Before the call is taken down."""
    call = Talk()
    call.ask()
    call.tell(rings())
    over = StatusUpdate(call_sid=CALLER, status=CallStatus.COMPLETED)
    end, noted, *_, close = call.tell(happened.StatusReported(over))
    assert end == EndPerson(PERSON, apology=False)
    in_vain = NoteStep("cancelled", "ann", outcome=TransferOutcome.NO_ANSWER)
    assert (noted, close) == (in_vain, Close())
    assert call.state.ending is Ending.CALLER_HUNG_UP


def test_a_transfer_without_asking_leaves_nobody_ringing() -> None:
    """Such as that of the key 0."""
    call = Talk()
    call.ask()
    call.tell(rings())
    end, noted, then = call.tell(happened.TransferAsked("Pressed 0."))
    assert end == EndPerson(PERSON, apology=False)
    # Before the other transfer is noted, and without an outcome: that is for the other one to have.
    assert (noted, then) == (NoteStep("cancelled", "ann"), PutThrough())
    assert call.state.timers.keys() == {Timer.RINGING}


def test_an_order_whose_answer_was_lost_rings_nobody_else_meanwhile() -> None:
    """The phone may ring: the next one is asked when it has fallen silent for certain."""
    call = Talk()
    call.ask(TOM)
    call.secs = 12.0  # the longest that the carrier is asked for
    assert call.tell(of_person.PersonUnclear(1)) == []
    failed, called, *_ = call.wait()
    assert call.secs - 1 >= 12.0 + 30.0
    assert (failed, called) == (NoteStep("failed", "ann"), NoteStep("called", "tom"))


def test_what_is_told_of_that_leg_settles_it() -> None:
    """They are asked as anybody; the carrier's late word on the order changes nothing."""
    call = Talk()
    call.ask(TOM)
    call.tell(of_person.PersonUnclear(1), status("ringing"))
    assert call.state.consultation is not None and call.state.consultation.call_sid == PERSON
    due = dict(call.state.timers)
    call.tell(of_person.PersonUnclear(1))
    assert call.state.timers == due
    assert isinstance(call.tell(status("in-progress"), yes())[0], MoveCaller)


def test_a_leg_that_turns_up_late_is_ended() -> None:
    """Nobody waits for it any more: not while another is asked, nor after that."""
    call = Talk()
    call.ask(TOM)
    call.tell(of_person.PersonUnclear(1))
    call.wait()
    assert call.tell(status("ringing")) == [EndPerson(PERSON, apology=False)]
    call.tell(of_person.ConsultCalledOff())
    assert call.tell(status("in-progress")) == [EndPerson(PERSON, apology=True)]
    assert call.tell(status("completed")) == []


def test_nobody_answers_for_ever_and_nobody_asks_for_ever() -> None:
    """Each person has so long; in one call, so many are asked."""
    call = Talk()
    for attempt in range(1, MOST_ASKED + 1):
        call.ask()
        call.tell(rings(attempt))
        began = call.secs
        told = call.wait()[-1]
        assert told == TellConsultation(TransferOutcome.NO_ANSWER, ANN)
        assert call.secs - 1 <= began + ANSWER_SECS
    assert call.ask() == [TellConsultation(TransferOutcome.FAILED, ANN)]


@pytest.mark.parametrize(
    ("key", "words", "language", "meant"),
    [
        ("1", "", "en", "yes"),
        ("2", "", "en", "no"),
        ("9", "", "en", "unclear"),
        ("", "", "en", "unclear"),
        ("", "Yes, please.", "en", "yes"),
        ("", "No, I am driving.", "en", "no"),
        ("", "No.", "en", "no"),
        ("", "Ja.", "de", "yes"),
        ("", "Nein, danke.", "de", "no"),
        ("", "Oui.", "fr", "yes"),
        ("", "Non.", "fr", "no"),
        ("", "Yes, you have reached Tom, leave a message after the tone.", "en", "unclear"),
        ("", "Hello? Who is it?", "en", "unclear"),
    ],
)
def test_what_a_person_means(key: str, words: str, language: str, meant: str) -> None:
    """A yes says nothing else; a no may give its reason."""
    assert meaning(PersonAnswer(call_sid=PERSON, key=key, words=words), language) == meant


def test_one_at_a_time() -> None:
    call = Talk()
    call.ask()
    assert call.ask() == []
