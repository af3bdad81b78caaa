"""Asking a person whether they take the caller, who stays with the agent meanwhile. Plain code.

The person is called on a leg of their own and hears what it is about. Once they take it, the two
are brought together (`meeting.py`). Nobody takes it: the next one is asked, then the agent is told.
"""

from dataclasses import replace
from typing import assert_never

from bot.calls import meeting
from bot.calls import person_events as happened
from bot.calls.actions import (
    Action,
    AskPerson,
    EndPerson,
    MoveCaller,
    NoteStep,
    TellConsultation,
)
from bot.calls.legs import Consultation, TransferOutcome, transfer_outcome
from bot.calls.meeting import hang_up, not_met, over
from bot.calls.moves import Moved
from bot.calls.outcome import MEANING, Ending
from bot.calls.state import CallState, Stage, Timer
from bot.calls.timers import set_timer
from bot.carriers.carrier import CallStatus
from bot.clock import Instant

MOST_ASKED = 6  # in one call
MOST_QUESTIONS = 2  # to one person: who understands neither does not take the call
ANSWER_SECS = 40.0  # to place the call, for 25 s of ringing and the 5 s that the carrier may add
RINGS_SECS = 35.0  # the same once it is placed, if it is
DECIDE_SECS = 60.0  # twice the brief and the pause after it
JOIN_SECS = 10.0  # for both legs, once the carrier was told


def follow(state: CallState, event: happened.AboutPerson, now: Instant) -> Moved:
    """Where the call stands after this, and what is to be done."""
    match event:
        case happened.ConsultAsked():
            return ask(state, event, now)
        case happened.ConsultCalledOff():
            return called_off(state)
        case happened.PersonPlaced():
            return placed(state, event)
        case happened.PersonNotPlaced():
            return not_placed(state, event, now)
        case happened.PersonUnclear():
            return unclear(state, event, now)
        case happened.PersonStatus():
            return status(state, event, now)
        case happened.PersonMachine():
            return machine(state, event, now)
        case happened.PersonSaid():
            return said(state, event, now)
        case happened.Joined():
            return meeting.joined(state, event, now)
        case happened.CallerNotMoved():
            return meeting.not_moved(state, now)
    assert_never(event)


def ask(state: CallState, event: happened.ConsultAsked, now: Instant) -> Moved:
    """One at a time; after so many in one call, nobody."""
    talks = state.stage is Stage.TALKING and state.farewell is None
    if not talks or state.consultation is not None or (state.human and state.human.rings):
        return state, ()
    if state.people_asked >= MOST_ASKED:
        return state, (TellConsultation(TransferOutcome.FAILED, event.target),)
    asked = Consultation(
        reason=event.reason,
        brief=event.brief,
        target=event.target,
        others=event.others,
        asked_at=now.utc,
        attempt=state.people_asked + 1,
    )
    return _call(state, asked, now)


def _call(state: CallState, asked: Consultation, now: Instant) -> Moved:
    calling = replace(state, consultation=asked, people_asked=asked.attempt)
    return set_timer(calling, Timer.PERSON, ANSWER_SECS, now), (
        NoteStep("called", asked.target.name),
        AskPerson(asked),
    )


def called_off(state: CallState) -> Moved:
    """The caller wants nobody any more. Who has taken the call already has it."""
    asked = state.consultation
    if asked is None or asked.taken or state.ending is not None:
        return state, ()
    let_go = _let_go(asked, TransferOutcome.CANCELLED)
    return over(state), (*let_go, TellConsultation(None, asked.target))


def placed(state: CallState, event: happened.PersonPlaced) -> Moved:
    """A call that nobody waits for any more is ended."""
    asked = _current(state, event.attempt)
    if asked is None:
        return state, (EndPerson(event.call_sid, apology=False),)
    known = replace(asked, call_sid=asked.call_sid or event.call_sid)
    return replace(state, consultation=known), ()


def not_placed(state: CallState, event: happened.PersonNotPlaced, now: Instant) -> Moved:
    """The next one is asked."""
    asked = _current(state, event.attempt)
    return (state, ()) if asked is None else _next(state, asked, TransferOutcome.FAILED, now)


def unclear(state: CallState, event: happened.PersonUnclear, now: Instant) -> Moved:
    """Their phone may ring or not: nobody else's does before it has fallen silent for certain. What
    the carrier tells of that leg meanwhile, or is asked of it (`lost_legs.py`), settles it.
    """
    asked = _current(state, event.attempt)
    if asked is None or asked.call_sid is not None:
        return state, ()
    return set_timer(state, Timer.PERSON, RINGS_SECS, now), ()


def status(state: CallState, event: happened.PersonStatus, now: Instant) -> Moved:
    """They have answered, or it is over: busy, nobody there, hung up. A leg of which the carrier
    tells for the first time when nobody waits for it any more is ended.
    """
    asked, update = _current(state, event.attempt), event.update
    if asked is None:
        return state, _too_late(state, event)
    if asked.call_sid not in (None, update.call_sid):
        return state, ()
    asked = replace(asked, call_sid=update.call_sid)
    state = replace(state, consultation=asked)
    if update.status is CallStatus.IN_PROGRESS and not asked.answered:
        answered = replace(state, consultation=replace(asked, answered=True))
        return set_timer(answered, Timer.PERSON, DECIDE_SECS, now), ()
    if not update.status.is_final:
        return state, ()
    if asked.taken:
        return not_met(state, asked, now)
    outcome = transfer_outcome(update.status, None) or TransferOutcome.FAILED
    if outcome is TransferOutcome.ANSWERED:  # they have hung up without an answer
        outcome = TransferOutcome.DECLINED
    return _next(state, asked, outcome, now)


def machine(state: CallState, event: happened.PersonMachine, now: Instant) -> Moved:
    """A voicemail takes no callers. Whoever has pressed the key is none."""
    asked, heard = _current(state, event.attempt), event.report.answered_by
    if asked is None or asked.taken or not (heard.startswith("machine") or heard == "fax"):
        return state, ()
    after, actions = _next(state, asked, TransferOutcome.VOICEMAIL, now)
    return after, (*hang_up(asked, apology=False), *actions)


def said(state: CallState, event: happened.PersonSaid, now: Instant) -> Moved:
    """Yes and no are clear; anything else is asked once more, and then counts as a no."""
    asked = _current(state, event.attempt)
    if asked is None or asked.taken:
        return state, ()
    asked = replace(asked, answered=True)
    if event.answer == "yes":
        taken = replace(state, consultation=replace(asked, taken=True))
        return set_timer(taken, Timer.PERSON, JOIN_SECS, now), (MoveCaller(),)
    if event.answer == "no":
        return _next(state, asked, TransferOutcome.DECLINED, now)
    asked = replace(asked, questions=asked.questions + 1)
    if asked.questions >= MOST_QUESTIONS:
        return _next(state, asked, TransferOutcome.NO_ANSWER, now)
    return replace(state, consultation=asked), ()


def due(state: CallState, now: Instant) -> Moved:
    """Nobody answers, decides or comes."""
    asked = state.consultation
    if asked is None or state.ending is not None:
        return state, ()
    if asked.taken:
        return meeting.due(state, asked, now)
    unknown = asked.call_sid is None  # where it is not known whether their phone rang
    outcome = TransferOutcome.FAILED if unknown else TransferOutcome.NO_ANSWER
    after, actions = _next(state, asked, outcome, now)
    return after, (*hang_up(asked, apology=False), *actions)


def dropped(before: CallState, after: CallState) -> Moved:
    """What a call that ends, or a transfer without asking, means for the person who is asked."""
    asked = after.consultation
    leaves = after.ending is not None or (after.human is not None and after.human.rings)
    if asked is None or before.consultation is None or not leaves:
        return after, ()
    if len(asked.present) == 2 or (asked.taken and after.ending is Ending.TRANSFER):
        return after, ()
    ends = after.ending is not None and MEANING[after.ending].action in ("leave", "hang_up")
    return over(after), _let_go(asked, TransferOutcome.NO_ANSWER if ends else None)


def _current(state: CallState, attempt: int) -> Consultation | None:
    asked = state.consultation
    if asked is None or asked.attempt != attempt or state.ending is not None:
        return None
    return asked


def _too_late(state: CallState, event: happened.PersonStatus) -> tuple[Action, ...]:
    update, asked = event.update, state.consultation
    if update.status.is_final or (asked is not None and asked.attempt == event.attempt):
        return ()
    answered = update.status is CallStatus.IN_PROGRESS
    return (EndPerson(update.call_sid, apology=answered),)


def _next(state: CallState, asked: Consultation, outcome: TransferOutcome, now: Instant) -> Moved:
    if asked.others and state.people_asked < MOST_ASKED:
        target, *others = asked.others
        following = Consultation(
            reason=asked.reason,
            brief=asked.brief,
            target=target,
            others=tuple(others),
            asked_at=now.utc,
            attempt=state.people_asked + 1,
        )
        after, actions = _call(state, following, now)
        noted = NoteStep(outcome.value, asked.target.name)
        return after, (noted, *actions, TellConsultation(outcome, asked.target, target))
    return over(state), (
        NoteStep(outcome.value, asked.target.name, outcome=outcome),
        TellConsultation(outcome, asked.target),
    )


def _let_go(asked: Consultation, outcome: TransferOutcome | None) -> tuple[Action, ...]:
    """The `outcome` of the whole transfer; None: somebody else is dialled for the caller."""
    return (
        *hang_up(asked, apology=asked.answered),
        NoteStep("cancelled", asked.target.name, outcome=outcome),
    )
