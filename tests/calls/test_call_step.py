"""Every way a call goes on or ends: the table, and what holds whatever happens."""

from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.calls import actions as act
from bot.calls import events as happened
from bot.calls.actions import Action
from bot.calls.events import Event
from bot.calls.legs import CallerLeg, Stream, Target, TransferOutcome
from bot.calls.outcome import BRAIN_IS_LOST, Ending
from bot.calls.putting_through import MOST_TRANSFERS
from bot.calls.requested_keys import KEY_SECS
from bot.calls.state import CallState, Stage, Timer
from bot.calls.step import step
from bot.calls.timers import (
    FAREWELL_SECS,
    LOST_STREAM_SECS,
    NEW_STREAM_SECS,
    QUEUE_SILENT_SECS,
    STOPPED_SECS,
)
from bot.carriers import CallStatus, MachineDetected, StatusUpdate
from bot.clock import Instant
from bot.store import Direction
from tests.media.far_carrier import FarCarrier

NOON = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)
SID, OTHER = "CA1", "CA2"
STREAM_SECS = 15.0
STREAM = Stream(leg=FarCarrier().leg(), let_go=lambda: None)
AGAIN = Stream(leg=FarCarrier().leg(), let_go=lambda: None)


def at(secs: float) -> Instant:
    return Instant(NOON + timedelta(seconds=secs), secs)


@dataclass
class Told:
    """A call to which things happen, one each second unless told otherwise."""

    state: CallState
    secs: float = 0.0
    did: list[Action] = field(default_factory=list)  # all it asked for

    def tell(self, *events: Event) -> "Told":
        for event in events:
            self.state, actions = step(self.state, event, at(self.secs))
            self.did += actions
            self.secs += 1
        return self

    def wait(self) -> Timer | None:
        """Lets its next timer run out; None: it waits for none."""
        due = self.state.next_timer
        if due is not None:
            self.secs = max(self.secs, due[1])
            self.tell(happened.TimerDue(*due))
        return due and due[0]

    @property
    def asked(self) -> list[str]:
        """What it asked for, by name."""
        return [type(action).__name__ for action in self.did]

    @property
    def noted(self) -> dict[str, Any]:
        """What its record knows by now."""
        notes = [action.changes for action in self.did if isinstance(action, act.Note)]
        return {name: value for changes in notes for name, value in changes.items()}


def inbound(**changes: Any) -> Told:
    return Told(a_state("inbound", call_sid=SID, settled=True, **changes))


def outbound(**changes: Any) -> Told:
    return Told(a_state("outbound", **changes)).tell(happened.LetIn())


def a_state(direction: Direction, **changes: Any) -> CallState:
    return CallState(
        direction=direction,
        began_at=NOON,
        stream_within_secs=STREAM_SECS,
        caller=CallerLeg(token="first"),
        **changes,
    )


PLEASE = happened.TransferAsked("A person, please.")
CONNECTED = happened.LegConnected(STREAM, SID, "first")
LOST, STOPPED = happened.LegEnded("lost"), happened.LegEnded("stopped")


def talking() -> Told:
    return inbound().tell(happened.CameBack(), happened.LetIn(), CONNECTED)


def status(word: str, call_sid: str = SID) -> Event:
    return happened.StatusReported(StatusUpdate(call_sid=call_sid, status=CallStatus(word)))


# -- how a call comes to talk ---------------------------------------------------------------------


def test_a_caller_who_is_let_in_talks() -> None:
    """The session opens while the carrier connects; with the stream the conversation begins."""
    call = inbound().tell(happened.CameBack(), happened.LetIn())
    assert (call.asked, call.state.timers) == (["OpenSession"], {Timer.STREAM: 1 + STREAM_SECS})
    call.tell(CONNECTED)
    assert call.asked == ["OpenSession", "Note", "Converse"]
    assert (call.state.stage, call.state.timers) == (Stage.TALKING, {})
    assert call.noted["answered_at"] == at(2).utc


def test_a_call_of_ours_opens_its_session_when_it_rings() -> None:
    """Not while the carrier's answer is awaited, nor before the phone rings."""
    call = outbound()
    assert (call.asked, call.state.timers) == ([], {})
    call.tell(happened.Placed(SID))
    assert (call.asked, call.state.timers) == (["Note"], {Timer.STREAM: 1 + STREAM_SECS})
    call.tell(status("ringing"))
    assert call.asked == ["Note", "Note", "OpenSession"]
    call.tell(status("in-progress"), CONNECTED)
    assert call.asked.count("OpenSession") == 1
    assert call.asked[-1] == "Converse"
    assert call.noted["answered_at"] == at(3).utc


@pytest.mark.parametrize(
    "event",
    [
        happened.LegConnected(STREAM, SID, "guess"),
        happened.LegConnected(STREAM, SID, ""),
        happened.LegConnected(STREAM, OTHER, "first"),
    ],
)
def test_a_stream_that_is_not_this_calls_changes_nothing(event: Event) -> None:
    """Its token is wrong, or it is of another call of the carrier's."""
    call = inbound().tell(happened.LetIn())
    before = call.state
    assert call.tell(event).state is before


def test_what_is_said_of_who_answered_waits_for_the_conversation() -> None:
    """And goes into it at once later on; of another call nothing is taken."""
    report = MachineDetected(call_sid=SID, answered_by="human", after_ms=900)
    call = outbound().tell(happened.Placed(SID), happened.MachineReported(report))
    call.tell(happened.MachineReported(replace(report, call_sid=OTHER)), CONNECTED)
    assert call.did[-1] == act.Converse(STREAM, (report,))
    call.tell(happened.MachineReported(report))
    assert call.did[-1] == act.PassOnReport(report)


# -- how a call ends ------------------------------------------------------------------------------

GONE, ON_THE_LINE = CallStatus.COMPLETED, CallStatus.IN_PROGRESS
ENDS: dict[str, tuple[Told, list[Event], Ending]] = {
    "turned away": (inbound(), [happened.CameBack(), happened.TurnedAway()], Ending.AT_CAPACITY),
    "hung up in the queue": (
        inbound(),
        [happened.CameBack(), status("completed")],
        Ending.AT_CAPACITY,
    ),
    "hung up before the stream": (
        inbound(),
        [happened.LetIn(), status("completed")],
        Ending.CALLER_HUNG_UP,
    ),
    "busy": (outbound(), [happened.Placed(SID), status("busy")], Ending.BUSY),
    "rang in vain": (outbound(), [happened.Placed(SID), status("no-answer")], Ending.NO_ANSWER),
    "canceled": (outbound(), [happened.Placed(SID), status("canceled")], Ending.CANCELED),
    "failed": (outbound(), [happened.Placed(SID), status("failed")], Ending.NOT_PLACED),
    "refused by the carrier": (outbound(), [happened.NotPlaced()], Ending.NOT_PLACED),
    "no trace of it": (
        outbound(),
        [happened.PlacingUnclear(), happened.NotPlaced()],
        Ending.NOT_PLACED,
    ),
    "in doubt when the service stops": (
        outbound(),
        [happened.PlacingUnclear(), happened.HangUpAsked(Ending.SHUTDOWN)],
        Ending.SHUTDOWN,
    ),
    "stopping before it is in doubt": (
        outbound(),
        [happened.HangUpAsked(Ending.SHUTDOWN), happened.PlacingUnclear()],
        Ending.SHUTDOWN,
    ),
    "hung up while it was being dialled": (
        outbound(),
        [happened.HangUpAsked(Ending.HUNG_UP_BY_API, farewell=True), happened.Placed(SID)],
        Ending.HUNG_UP_BY_API,
    ),
    "hung up by the API": (
        talking(),
        [happened.HangUpAsked(Ending.HUNG_UP_BY_API)],
        Ending.HUNG_UP_BY_API,
    ),
    "goodbye": (talking(), [happened.EndingDecided(Ending.GOODBYE)], Ending.GOODBYE),
    "put through": (talking(), [PLEASE, happened.PersonPickedUp()], Ending.TRANSFER),
    "put through, and nobody says more": (
        talking(),
        [PLEASE, happened.TransferEnded(TransferOutcome.ANSWERED, "t")],
        Ending.TRANSFER,
    ),
    "hung up while a person was called": (
        talking(),
        [PLEASE, happened.TransferEnded(TransferOutcome.NO_ANSWER, "t", caller_gone=True)],
        Ending.CALLER_HUNG_UP,
    ),
    "the agent's part fails while a person is called": (
        talking(),
        [PLEASE, happened.EndingDecided(Ending.PIPELINE_FAILED)],
        Ending.TRANSFER,
    ),
    "unreadable": (talking(), [happened.LegEnded("broken")], Ending.PROTOCOL_BROKEN),
    "hung up by the caller": (talking(), [STOPPED, status("completed")], Ending.CALLER_HUNG_UP),
    "hung up, asked first": (
        talking(),
        [STOPPED, happened.FollowUpAsked(GONE, "")],
        Ending.CALLER_HUNG_UP,
    ),
    "a carrier that says it is over": (
        talking(),
        [LOST, happened.CarrierAnswered(Ending.CALLER_HUNG_UP)],
        Ending.CALLER_HUNG_UP,
    ),
    "a carrier that cannot tell, stopped": (
        talking(),
        [STOPPED, happened.CarrierAnswered(None)],
        Ending.CALLER_HUNG_UP,
    ),
    "a carrier that cannot tell, lost": (
        talking(),
        [LOST, happened.CarrierAnswered(None)],
        Ending.STREAM_LOST,
    ),
    "a stream that never came": (
        inbound(),
        [happened.LetIn(), happened.CarrierAnswered(None)],
        Ending.STREAM_NEVER_CAME,
    ),
    "nobody can go on with it": (
        inbound(),
        [
            happened.EndingDecided(Ending.STREAM_LOST),
            happened.FollowUpAsked(ON_THE_LINE, "t"),
        ],
        Ending.STREAM_LOST,
    ),
}


@pytest.mark.parametrize("name", ENDS)
def test_every_way_a_call_ends(name: str) -> None:
    """With its ending, no timer left, and the order to take it down, once and last."""
    begun, told, ending = ENDS[name]
    call = Told(begun.state, begun.secs).tell(*told)
    assert (call.state.ending, call.state.stage) == (ending, Stage.ENDING)
    assert call.asked.count("Close") == 1
    assert call.asked[-1] == "Close"
    assert call.state.timers == {}


def test_what_is_being_dialled_is_taken_down_when_its_id_is_known() -> None:
    """Or never will be."""
    call = outbound().tell(happened.HangUpAsked(Ending.HUNG_UP_BY_API))
    assert (call.state.ending, call.asked) == (Ending.HUNG_UP_BY_API, [])
    assert call.tell(happened.Placed(SID)).asked == ["Note", "Close"]


def test_a_call_in_doubt_that_the_api_hangs_up_is_found_out_first() -> None:
    """It may ring."""
    call = outbound().tell(happened.PlacingUnclear(), happened.HangUpAsked(Ending.HUNG_UP_BY_API))
    assert (call.state.in_doubt, call.asked) == (True, [])
    call.tell(status("ringing"))
    assert (call.state.in_doubt, call.asked[-1]) == (False, "Close")


def test_a_call_that_the_caller_ended_ends_when_the_stream_stopped() -> None:
    """Not when that was found out."""
    call = talking().tell(STOPPED, status("completed"))
    assert call.state.ended_at == at(3).utc


def test_an_authors_own_word_for_an_ending_is_kept_with_the_first_decision() -> None:
    """A later one adds none."""
    call = talking().tell(
        happened.EndingDecided(Ending.END_CALL, "booked_out"),
        happened.EndingDecided(Ending.END_CALL, "another"),
    )
    assert call.state.own_reason == "booked_out"


# -- the last line --------------------------------------------------------------------------------


def test_a_call_may_end_after_a_last_line() -> None:
    """The pipeline says when it was said; the first who asked decides how the call ends."""
    call = talking().tell(
        happened.HangUpAsked(Ending.HUNG_UP_BY_API, farewell=True),
        happened.HangUpAsked(Ending.SHUTDOWN, farewell=True),
    )
    assert call.asked.count("SayFarewell") == 1
    call.tell(happened.EndingDecided(Ending.HUNG_UP_BY_API))
    assert (call.state.ending, call.state.said_farewell) == (Ending.HUNG_UP_BY_API, True)


def test_another_brain_goes_on_once() -> None:
    """Then the loss ends the call; in a last line, that line is said by the other."""
    lost = happened.BrainLost(Ending.MODEL_LOST)
    call = inbound(fallback=True).tell(happened.CameBack(), happened.LetIn(), CONNECTED, lost)
    assert call.asked[-1] == "FailOver" and call.state.ending is None
    call.tell(lost)
    assert call.state.ending is Ending.MODEL_LOST
    parting = inbound(fallback=True).tell(happened.CameBack(), happened.LetIn(), CONNECTED)
    parting.tell(happened.HangUpAsked(Ending.HUNG_UP_BY_API, farewell=True), lost)
    assert parting.asked[-2:] == ["FailOver", "SayFarewell"]


def test_who_has_the_call_now_has_another_brain_or_not() -> None:
    """Whatever the agent it began with has; one that was needed already is not had again."""
    lost = happened.BrainLost(Ending.MODEL_LOST)
    for first, second in ((False, True), (True, False)):
        call = inbound(fallback=first).tell(happened.CameBack(), happened.LetIn(), CONNECTED)
        call.tell(happened.HandedOver(fallback=second), lost)
        assert (call.asked[-1] == "FailOver") is second
        assert call.state.ending is (None if second else Ending.MODEL_LOST)
    call = inbound(fallback=True).tell(happened.CameBack(), happened.LetIn(), CONNECTED, lost)
    assert call.tell(happened.HandedOver(fallback=True), lost).state.ending is Ending.MODEL_LOST


def test_without_another_brain_its_loss_ends_the_call() -> None:
    """And so it does before the conversation, and while a person is being called."""
    lost = happened.BrainLost(Ending.MODEL_SILENT)
    assert talking().tell(lost).state.ending is Ending.MODEL_SILENT
    assert inbound(fallback=True).tell(lost).state.ending is Ending.MODEL_SILENT
    called = inbound(fallback=True).tell(happened.CameBack(), happened.LetIn(), CONNECTED, PLEASE)
    assert "FailOver" not in called.tell(lost).asked


def test_a_last_line_that_never_ends_is_cut() -> None:
    """After as long as any line takes."""
    call = talking().tell(happened.HangUpAsked(Ending.SHUTDOWN, farewell=True))
    began = call.secs - 1
    assert call.wait() is Timer.FAREWELL
    assert call.secs - 1 == began + FAREWELL_SECS
    assert (call.state.ending, call.state.said_farewell) == (Ending.SHUTDOWN, False)


# -- a lost stream --------------------------------------------------------------------------------


def test_a_lost_stream_is_replaced_by_the_one_that_follows() -> None:
    """By the new token; the old one stays used. The conversation goes on."""
    call = talking().tell(LOST)
    assert call.asked[-1] == "Detach"
    call.tell(happened.FollowUpAsked(ON_THE_LINE, "second"))
    assert call.state.caller.token == "second"
    call.tell(CONNECTED)
    assert call.state.caller.is_lost
    call.tell(happened.LegConnected(AGAIN, SID, "second"))
    assert call.did[-1] == act.Attach(AGAIN)
    assert (call.state.timers, call.state.ending) == ({}, None)


def test_the_carrier_may_ask_before_the_socket_is_known_to_be_gone() -> None:
    """Its question tells."""
    call = talking().tell(happened.FollowUpAsked(ON_THE_LINE, "second"), LOST)
    assert call.asked.count("Detach") == 1
    assert (call.state.caller.token, call.state.ending) == ("second", None)


@pytest.mark.parametrize(("how", "secs"), [(LOST, LOST_STREAM_SECS), (STOPPED, STOPPED_SECS)])
def test_a_stream_that_nothing_follows(how: Event, secs: float) -> None:
    """The carrier is asked: soon where it stopped the stream, for then they have mostly gone."""
    call = talking().tell(how)
    began = call.secs - 1
    assert call.wait() is Timer.LOST_STREAM
    assert (call.secs - 1, call.asked[-1]) == (began + secs, "AskCarrier")


def test_a_new_stream_that_does_not_come() -> None:
    """It gets some more time; then the carrier is asked."""
    call = talking().tell(LOST, happened.FollowUpAsked(ON_THE_LINE, "second"))
    assert call.wait() is Timer.LOST_STREAM
    began = call.secs - 1
    assert call.wait() is Timer.NEW_STREAM
    assert (call.secs - 1, call.asked[-1]) == (began + NEW_STREAM_SECS, "AskCarrier")


def test_a_stream_that_comes_while_the_carrier_is_asked_is_taken() -> None:
    """That it cannot tell ends nothing then."""
    call = talking().tell(LOST, happened.FollowUpAsked(ON_THE_LINE, "second"))
    call.wait()
    call.wait()
    call.tell(happened.LegConnected(AGAIN, SID, "second"), happened.CarrierAnswered(None))
    assert (call.state.ending, call.did[-1]) == (None, act.Attach(AGAIN))


def test_a_line_that_breaks_again_and_again_ends_the_call() -> None:
    """The fourth time nothing follows."""
    call = talking()
    for number in range(3):
        call.secs += 100
        token = f"token{number}"
        call.tell(LOST, happened.FollowUpAsked(ON_THE_LINE, token))
        call.tell(happened.LegConnected(AGAIN, SID, token))
    call.tell(LOST, happened.FollowUpAsked(ON_THE_LINE, "one more"))
    assert (call.state.ending, call.state.follow_up_asked) == (Ending.STREAM_LOST, True)


def test_a_timer_that_was_set_anew_is_not_due() -> None:
    """Word of the old one comes late, and counts for nothing; nor does one of a call that ended."""
    call = inbound().tell(happened.CameBack())
    old = call.state.next_timer
    assert old is not None
    call.tell(happened.CameBack())
    before = call.state
    assert call.tell(happened.TimerDue(*old)).state is before
    call.tell(happened.TurnedAway())
    assert call.tell(happened.TimerDue(*old)).state.ending is Ending.AT_CAPACITY


def test_a_used_token_is_no_token() -> None:
    """Nor is none: a stream without one belongs to no call, though the call expects none."""
    call = talking().tell(LOST)
    before = call.state
    for token in ("first", ""):
        assert call.tell(happened.LegConnected(AGAIN, SID, token)).state is before


# -- keys -----------------------------------------------------------------------------------------

ONE = happened.KeysAsked("1w2", "keys")
AWAY, UNCLEAR = happened.KeysAnswered("away"), happened.KeysAnswered("unclear")
REFUSED, PRESSED = happened.KeysAnswered("refused"), happened.KeysAnswered("pressed")
AFTER_KEYS = happened.LegConnected(AGAIN, SID, "keys")
TOLD_NOT, TOLD_SO = act.TellKeys("1w2", pressed=False), act.TellKeys("1w2", pressed=True)


@pytest.mark.parametrize(
    "events",
    [
        (AWAY, STOPPED, AFTER_KEYS),
        (STOPPED, AWAY, AFTER_KEYS),
        (STOPPED, AFTER_KEYS, AWAY),
        (STOPPED, REFUSED, AFTER_KEYS),  # it did all the same
        (UNCLEAR, STOPPED, AFTER_KEYS),
        (LOST, AFTER_KEYS),
    ],
)
def test_keys_take_the_stream_away_and_bring_another(events: tuple[Event, ...]) -> None:
    """In whatever order the carrier's answer and the streams are heard of. It is no broken line."""
    call = talking().tell(ONE)
    assert call.did[-1] == act.PressKeys("1w2")
    call.tell(*events)
    assert [d for d in call.did if isinstance(d, act.Attach)] == [act.Attach(AGAIN, "1w2")]
    assert call.asked.count("Detach") == 1
    assert (call.state.keys, call.state.caller.token, call.state.timers) == ("", "", {})
    assert (call.state.caller.replaced_at, call.state.ending) == ((), None)


def test_the_stream_after_keys_may_come_before_the_end_of_the_last_is_known() -> None:
    """That one is let go first."""
    call = talking().tell(ONE, AFTER_KEYS)
    assert call.asked[-2:] == ["Detach", "Attach"]


@pytest.mark.parametrize(("answer", "told"), [(REFUSED, TOLD_NOT), (PRESSED, TOLD_SO)])
def test_keys_with_which_the_stream_goes_on(answer: Event, told: Action) -> None:
    """Refused, or pressed beside it: the conversation is told, and others may be asked for."""
    call = talking().tell(ONE, answer)
    assert (call.did[-1], call.state.keys, call.state.caller.token) == (told, "", "")
    assert call.tell(answer).did.count(told) == 1
    assert call.tell(ONE).asked[-1] == "PressKeys"


@pytest.mark.parametrize("answer", [AWAY, UNCLEAR])
def test_a_stream_that_stands_tells_that_no_keys_were_pressed(answer: Event) -> None:
    """It would have ended at once."""
    call = talking().tell(ONE, answer)
    began = call.secs - 1
    assert call.wait() is Timer.KEYS
    assert (call.secs - 1, call.did[-1]) == (began + LOST_STREAM_SECS, TOLD_NOT)


def test_keys_are_waited_for_as_long_as_they_take() -> None:
    """Then the carrier is asked; who is gone by then has hung up."""
    call = talking().tell(ONE, AWAY, STOPPED)
    began = call.secs - 1
    assert call.wait() is Timer.LOST_STREAM
    assert call.secs - 1 == began + LOST_STREAM_SECS + 3 * KEY_SECS
    assert call.wait() is Timer.NEW_STREAM
    assert call.asked[-1] == "AskCarrier"
    assert call.tell(status("completed")).state.ending is Ending.CALLER_HUNG_UP


def test_keys_on_a_line_that_breaks_of_itself_were_not_pressed() -> None:
    """The carrier asks what follows, which it does not after keys."""
    call = talking().tell(ONE, LOST, happened.FollowUpAsked(ON_THE_LINE, "second"))
    assert call.did[-1] == TOLD_NOT
    call.tell(happened.LegConnected(AGAIN, SID, "second"))
    assert call.did[-1] == act.Attach(AGAIN)


def test_keys_that_cannot_be_pressed_now() -> None:
    """While others are, or without a stream; of a call that is over nothing is told."""
    call = talking().tell(ONE, happened.KeysAsked("9", "other"))
    assert call.did[-1] == act.TellKeys("9", pressed=False)
    assert (call.state.keys, call.state.caller.token) == ("1w2", "keys")
    assert talking().tell(LOST, ONE).did[-1] == TOLD_NOT
    over = talking().tell(happened.EndingDecided(Ending.GOODBYE), ONE)
    assert over.asked[-1] == "Close"


# -- the queue, transfers, words of the carrier ---------------------------------------------------


def test_who_does_not_come_back_from_the_queue_is_gone() -> None:
    """As long as they come, they wait."""
    call = inbound().tell(happened.CameBack())
    call.secs += QUEUE_SILENT_SECS - 2
    call.tell(happened.CameBack())
    began = call.secs - 1
    assert call.wait() is Timer.QUEUE
    assert call.secs - 1 == began + QUEUE_SILENT_SECS
    assert call.state.ending is Ending.AT_CAPACITY


def test_a_transfer_has_an_outcome_of_its_own() -> None:
    """The first that the carrier tells; it changes nothing of how the call ended."""
    call = talking().tell(
        happened.TransferEnded(TransferOutcome.BUSY),  # of nothing
        happened.HangUpAsked(Ending.SHUTDOWN, farewell=True),  # the agent will not be there
        PLEASE,
    )
    assert call.state.human is not None
    assert (call.state.human.reason, call.state.human.outcome) == ("A person, please.", None)
    call.tell(
        happened.TransferEnded(TransferOutcome.NO_ANSWER),
        happened.TransferEnded(TransferOutcome.ANSWERED),
    )
    assert call.state.human.outcome is TransferOutcome.NO_ANSWER
    assert call.state.ending is Ending.TRANSFER


def test_who_is_put_through_and_not_taken_comes_back() -> None:
    """The call goes on over the next stream, with a conversation that begins anew. Meanwhile
    nothing ends it, and the end of its stream is no accident.
    """
    call = talking().tell(PLEASE, STOPPED, happened.FollowUpAsked(ON_THE_LINE, "other"))
    assert call.asked[-1] == "PutThrough"
    assert call.state.timers.keys() == {Timer.RINGING}
    assert not call.state.caller.token
    call.tell(happened.CarrierAnswered(None), happened.LegEnded("broken"))
    call.tell(happened.TransferEnded(TransferOutcome.BUSY, "back"))
    assert call.asked[-1] == "ComeBack"
    call.tell(happened.LegConnected(AGAIN, SID, "back"))
    assert call.did[-1] == act.GoOn(AGAIN)
    assert (call.state.stage, call.state.timers) == (Stage.TALKING, {})
    assert call.tell(LOST).asked[-1] == "Detach"


def test_a_caller_who_never_comes_back_is_gone() -> None:
    """Their stream is waited for, then the carrier is asked; where it cannot tell, the call ends:
    nothing else would end it.
    """
    call = talking().tell(PLEASE, happened.TransferEnded(TransferOutcome.BUSY, "back"))
    while call.asked[-1] != "AskCarrier":
        assert call.wait() is not None
    assert call.tell(happened.CarrierAnswered(None)).state.ending is not None


def test_the_next_person_is_called_before_the_caller_comes_back() -> None:
    """In turn."""
    second = Target("ann", "+15551110000")
    call = talking().tell(
        happened.TransferAsked("A bill.", number="+15551119999", others=(second,))
    )
    call.tell(happened.TransferEnded(TransferOutcome.NO_ANSWER, "t"))
    assert call.state.human is not None and call.state.human.number == second.number
    assert call.asked[-1] == "PutThrough"
    call.tell(happened.TransferEnded(TransferOutcome.NO_ANSWER, "t"))
    assert call.asked[-1] == "ComeBack"


def test_nobody_is_called_for_ever() -> None:
    """After so many times, the next transfer is the last, whatever comes of it."""
    call = talking()
    for number in range(MOST_TRANSFERS):
        call.tell(PLEASE, happened.TransferEnded(TransferOutcome.BUSY, f"t{number}"))
        call.tell(happened.LegConnected(AGAIN, SID, f"t{number}"))
    assert call.state.ending is None
    assert call.tell(PLEASE).state.ending is Ending.TRANSFER


def test_a_carrier_that_says_nothing_of_the_person_has_put_them_through() -> None:
    """So far as we can tell, the two talk."""
    call = talking().tell(PLEASE)
    assert call.wait() is Timer.RINGING
    assert call.state.ending is Ending.TRANSFER


def test_a_status_of_another_call_changes_nothing() -> None:
    """Nor one that was told before."""
    call = inbound().tell(happened.LetIn(), status("ringing"))
    before = call.state
    assert call.tell(status("completed", OTHER)).state is before
    call.tell(status("ringing"))
    assert call.state == before


# -- whatever happens -----------------------------------------------------------------------------

TOKENS = st.sampled_from(["first", "second", "third", ""])
SIDS = st.sampled_from([SID, SID, SID, OTHER])
STATUSES = st.sampled_from(CallStatus)
EVENTS: st.SearchStrategy[Event] = st.one_of(
    st.sampled_from(
        [
            happened.CameBack(),
            happened.LetIn(),
            happened.LetIn(),
            happened.TurnedAway(),
            happened.NotPlaced(),
            happened.PlacingUnclear(),
            happened.SessionSettled(),
            LOST,
            STOPPED,
            happened.LegEnded("broken"),
            PLEASE,
            PLEASE,
            happened.PersonPickedUp(),
        ]
    ),
    st.builds(happened.Placed, SIDS),
    st.builds(
        happened.StatusReported,
        st.builds(
            StatusUpdate,
            call_sid=SIDS,
            status=STATUSES,
        ),
    ),
    st.builds(happened.FollowUpAsked, st.none() | STATUSES, TOKENS),
    st.builds(happened.LegConnected, st.sampled_from([STREAM, AGAIN]), SIDS, TOKENS),
    st.builds(happened.CarrierAnswered, st.none() | st.sampled_from(Ending)),
    st.builds(happened.TransferEnded, st.sampled_from(TransferOutcome), TOKENS, st.booleans()),
    st.builds(happened.HangUpAsked, st.sampled_from(Ending), st.booleans()),
    st.builds(happened.EndingDecided, st.sampled_from(Ending)),
    st.builds(happened.BrainLost, st.sampled_from(sorted(BRAIN_IS_LOST))),
    st.builds(happened.HandedOver, st.booleans()),
)
DIRECTIONS = st.sampled_from(["inbound", "outbound"])
ON_A_LEG = (act.Converse, act.Attach)


def begun(direction: Direction) -> Told:
    return inbound().tell(happened.CameBack()) if direction == "inbound" else outbound()


@given(direction=DIRECTIONS, told=st.lists(EVENTS, max_size=25), waits=st.data())
def test_what_holds_whatever_happens(
    direction: Direction, told: list[Event], waits: st.DataObject
) -> None:
    """A stage is never left backwards. How a call ends, when, and in whose words is decided once.
    It is taken down once, and nothing is asked for after that but to write down. Nothing is
    done on a leg that is gone. Whoever is not connected is waited for.
    """
    call = begun(direction)
    for event in told:
        before, done = call.state, len(call.did)
        call.tell(event)
        if waits.draw(st.booleans(), label="a timer runs out"):
            call.wait()
        after, did = call.state, call.did[done:]
        assert after.stage >= before.stage
        if before.ending is not None:
            assert (after.ending, after.ended_at, after.own_reason, after.said_farewell) == (
                before.ending,
                before.ended_at,
                before.own_reason,
                before.said_farewell,
            )
            assert after.timers == {}
        if before.closing:
            assert {type(action) for action in did} <= {act.Note}
        for action in did:
            if isinstance(action, act.Attach | act.Converse | act.GoOn):
                assert before.caller.stream is None
            if isinstance(action, act.Detach):
                assert before.caller.stream is not None
        if after.ending is None and after.caller.stream is None and after.settled:
            waiting = after.timers or after.asked_carrier or not after.admitted
            assert waiting, "nothing would ever end this call"
        assert (after.ending is None) == (after.ended_at is None)
        assert after.closing == (after.ending is not None and after.settled)
    assert sum(isinstance(action, act.Close) for action in call.did) == call.state.closing
    assert sum(isinstance(action, act.Converse) for action in call.did) == call.state.talked
    assert sum(isinstance(action, act.OpenSession) for action in call.did) <= 1


@given(direction=DIRECTIONS, told=st.lists(EVENTS, max_size=15))
def test_every_call_ends_after_its_timers(direction: Direction, told: list[Event]) -> None:
    """Once its stream is gone and its dialling settled, though nobody says a word more."""
    call = begun(direction).tell(*told, happened.Placed(SID), happened.LetIn(), LOST)
    for _ in range(10):
        if call.state.ending is not None:
            break
        timer = call.wait()
        if timer is None:
            assert call.asked[-1] == "AskCarrier" or call.state.asked_carrier
            call.tell(happened.CarrierAnswered(None))
    assert call.state.ending is not None
    assert call.state.closing


# -- people who reach in --------------------------------------------------------------------------

SAY = happened.WordsSent("say", "Your table is ready.")
OUTSIDE = happened.KeysAsked("1w2", "keys", from_outside=True)
REACHES: list[Event] = [SAY, OUTSIDE]


def test_words_from_outside_are_for_an_agent_that_talks() -> None:
    """They change nothing of the call; where nobody would say or follow them nothing is done."""
    call = talking()
    before = call.state
    assert call.tell(SAY).did[-1] == act.TellAgent("say", "Your table is ready.")
    assert call.state == before
    bye = happened.HangUpAsked(Ending.HUNG_UP_BY_API, farewell=True)
    for events in ((bye,), (PLEASE,), (happened.EndingDecided(Ending.GOODBYE),)):
        for reach in REACHES:
            told = talking().tell(*events)
            did, state = list(told.did), told.state
            told.tell(reach)
            assert (told.did, told.state) == (did, state), (events, reach)
    assert not inbound().tell(SAY).did


def test_words_wait_for_a_line_that_is_lost_and_keys_do_not() -> None:
    call = talking().tell(LOST)
    assert call.tell(SAY).asked[-1] == "TellAgent"
    assert call.tell(OUTSIDE).asked[-1] == "TellAgent"
    assert call.state.keys == ""


def test_keys_from_outside_are_told_to_the_agent_first() -> None:
    """Its stream goes away for them on purpose."""
    call = talking().tell(OUTSIDE)
    assert call.did[-2:] == [act.TellAgent("keys", "1w2"), act.PressKeys("1w2")]
    assert (call.state.keys, call.state.caller.token) == ("1w2", "keys")
    assert call.tell(AWAY, AFTER_KEYS).did[-1] == act.Attach(AGAIN, "1w2")
