"""Every way a call goes on or ends. Plain code: no I/O, no clock, nothing waits.

`step` takes where the call stands and what has happened; it gives where the call stands then, and
what is to be done about it. How a call ends is decided once, by the first event that decides it.
"""

from dataclasses import replace
from typing import Any, assert_never

from bot.calls import events as happened
from bot.calls.actions import (
    Action,
    AskCarrier,
    Attach,
    Close,
    Converse,
    Detach,
    Note,
    OpenSession,
    PassOnReport,
    SayFarewell,
)
from bot.calls.events import Event
from bot.calls.legs import HumanLeg
from bot.calls.outcome import Ending, ending_of_status
from bot.calls.state import CallState, Stage, Timer
from bot.carriers.carrier import CallStatus
from bot.carriers.events import StatusUpdate
from bot.clock import Instant

# A caller in the queue comes back after a line, a pause of 10 s and a webhook that may take 15;
# one who has not come back for this long is gone.
QUEUE_SILENT_SECS = 45.0
LOST_STREAM_SECS = 4.0  # the carrier says within this time why a stream went away
STOPPED_SECS = 1.0  # the same of a stream that it has stopped itself: mostly the caller has gone
NEW_STREAM_SECS = 2.0  # and, told to bring another, needs no longer: the caller hears nothing yet
FAREWELL_SECS = 20.0  # for a last line: a slow model, a long sentence and a cut one fit in

Moved = tuple[CallState, tuple[Action, ...]]


def step(state: CallState, event: Event, now: Instant) -> Moved:
    """Where the call stands after this event, and what is to be done, in order."""
    after, actions = _follow(state, event, now)
    if after.ending is not None and after.settled and not after.closing:
        return replace(after, closing=True), (*actions, Close())
    return after, actions


def _follow(state: CallState, event: Event, now: Instant) -> Moved:  # noqa: C901 - all in one list
    match event:
        # -- on the way ---------------------------------------------------------------------------
        case happened.CameBack():
            waits = not state.admitted and state.ending is None
            came = replace(state, visits=state.visits + 1)
            return (_set(came, Timer.QUEUE, QUEUE_SILENT_SECS, now) if waits else came), ()
        case happened.LetIn():
            return _let_in(state, now)
        case happened.TurnedAway():
            return _end(state, Ending.AT_CAPACITY, now)
        case happened.Placed(call_sid):
            return _known_as(state, call_sid, now), (
                Note({"call_sid": state.call_sid or call_sid}),
            )
        case happened.NotPlaced():
            after, _ = _end(state, Ending.NOT_PLACED, now)
            return replace(after, settled=True, in_doubt=False), ()
        case happened.PlacingUnclear():
            given_up = state.ending is Ending.SHUTDOWN
            return replace(state, in_doubt=not state.settled, settled=state.settled or given_up), ()
        # -- the carrier --------------------------------------------------------------------------
        case happened.StatusReported(update):
            return _status(state, update, now)
        case happened.MachineReported(report):
            if state.call_sid not in (None, report.call_sid) or state.stage > Stage.TALKING:
                return state, ()
            if state.talked:
                return state, (PassOnReport(report),)
            return replace(state, machine_reports=(*state.machine_reports, report)), ()
        case happened.FollowUpAsked(call_status, token):
            return _follow_up(state, call_status, token, now)
        case happened.CarrierAnswered(ending):
            if state.caller.stream is not None:  # it has come meanwhile
                return _end(state, ending, now) if ending else (state, ())
            return _end(state, ending or _without_word(state), now)
        case happened.TransferEnded(outcome):
            if state.human is None or state.human.outcome is not None:
                return state, ()
            return replace(state, human=replace(state.human, outcome=outcome)), ()
        # -- the caller's leg ---------------------------------------------------------------------
        case happened.LegConnected():
            return _connected(state, event, now)
        case happened.LegEnded("broken"):
            return _end(state, Ending.PROTOCOL_BROKEN, now)
        case happened.LegEnded(how):
            return _lost(state, now, stopped=how == "stopped")
        # -- decisions ----------------------------------------------------------------------------
        case happened.HangUpAsked(ending, farewell=True) if state.stage is Stage.TALKING:
            if state.farewell is not None:
                return state, ()
            parting = replace(state, farewell=ending)
            return _set(parting, Timer.FAREWELL, FAREWELL_SECS, now), (SayFarewell(),)
        case happened.HangUpAsked(ending):
            given_up = ending is Ending.SHUTDOWN and state.in_doubt  # not to be found out any more
            return _end(replace(state, settled=state.settled or given_up), ending, now)
        case happened.EndingDecided(ending, own_reason):
            if state.ending is not None:
                return state, ()
            said = state.said_farewell or ending is state.farewell
            return _end(replace(state, said_farewell=said, own_reason=own_reason), ending, now)
        case happened.TransferAsked(reason, line):
            if state.ending is not None:
                return state, ()
            human = HumanLeg(reason=reason, line=line, asked_at=now.utc)
            return _end(replace(state, human=human), Ending.TRANSFER, now)
        # -- time, and what the runner has done ---------------------------------------------------
        case happened.TimerDue(timer, due_secs):
            return _due(state, timer, due_secs, now)
        case happened.SessionSettled():
            return replace(state, opening=False), ()
        case happened.LetGo():
            if state.stage is not Stage.ENDING:
                return state, ()
            return replace(state, stage=Stage.ENDED), ()
        case happened.Stored():
            return replace(state, stored=True), ()
    assert_never(event)


# -- on the way -----------------------------------------------------------------------------------


def _let_in(state: CallState, now: Instant) -> Moved:
    """Admits the call. A caller already on the line gets a stream to the model."""
    if state.admitted or state.ending is not None:
        return state, ()
    admitted = _clear(replace(state, admitted=True), Timer.QUEUE)
    if not admitted.settled:
        return admitted, ()
    return _open_session(_await_stream(admitted, now))


def _await_stream(state: CallState, now: Instant) -> CallState:
    if not state.admitted or state.talked or state.ending is not None:
        return state
    return _set(state, Timer.STREAM, state.stream_within_secs, now)


def _known_as(state: CallState, call_sid: str, now: Instant) -> CallState:
    """The carrier has the call, and calls it so; the first name stands."""
    known = replace(state, call_sid=state.call_sid or call_sid, settled=True, in_doubt=False)
    return known if state.settled else _await_stream(known, now)


def _open_session(state: CallState) -> Moved:
    """Unless that was begun, or the call has no place or ends."""
    if state.session_asked or not state.admitted or state.stage >= Stage.ENDING:
        return state, ()
    return replace(state, session_asked=True, opening=True), (OpenSession(),)


def _status(state: CallState, update: StatusUpdate, now: Instant) -> Moved:
    """The carrier's word for where the call is; only one that moves the call forward counts."""
    if state.call_sid not in (None, update.call_sid):
        return state, ()
    state = _known_as(state, update.call_sid, now)
    log = state.status_log.after(update)
    moved_on = log.status is not state.status_log.status
    state = replace(state, status_log=log)
    if not moved_on:
        return state, ()
    actions: tuple[Action, ...] = ()
    changes: dict[str, Any] = {"call_sid": state.call_sid, "status": update.status.stored}
    if update.status in (CallStatus.RINGING, CallStatus.IN_PROGRESS):
        state, actions = _open_session(state)
    if update.status is CallStatus.IN_PROGRESS and state.answered_at is None:
        # The carrier's times are whole seconds.
        answered_at = max(update.timestamp or now.utc, state.began_at)
        state = replace(state, answered_at=answered_at)
        changes["answered_at"] = answered_at
    ending = ending_of_status(update.status.value)
    if ending is not None:
        state, _ = _end(state, ending if state.admitted else Ending.AT_CAPACITY, now)
    return state, (Note(changes), *actions)


# -- the caller's leg -----------------------------------------------------------------------------


def _connected(state: CallState, event: happened.LegConnected, now: Instant) -> Moved:
    """A stream is the call's if its token fits, is used for the first time, and comes from the
    carrier's call of that name."""
    fits = bool(state.caller.token) and event.token == state.caller.token
    same_call = state.call_sid in (None, event.call_sid)
    if not (fits and same_call and state.admitted and state.stage <= Stage.TALKING):
        return state, ()
    again = state.caller.came
    state = replace(
        _known_as(state, event.call_sid, now),
        stage=Stage.TALKING,
        caller=state.caller.connected(event.stream),
        answered_at=state.answered_at or now.utc,
        asked_carrier=False,
    )
    state = _clear(state, Timer.STREAM, Timer.LOST_STREAM, Timer.NEW_STREAM)
    if again:
        return state, (Attach(event.stream),)
    known = {
        "call_sid": state.call_sid,
        "status": CallStatus.IN_PROGRESS.stored,
        "answered_at": state.answered_at,
    }
    state, opening = _open_session(state)
    reports = state.machine_reports
    state = replace(state, machine_reports=())
    return state, (Note(known), *opening, Converse(event.stream, reports))


def _lost(state: CallState, now: Instant, *, stopped: bool) -> Moved:
    """The stream is gone; the carrier may bring another. Known already: nothing happens."""
    if state.stage is not Stage.TALKING or state.caller.stream is None:
        return state, ()
    state = replace(state, caller=state.caller.lost(now.utc if stopped else None))
    patience = STOPPED_SECS if stopped else LOST_STREAM_SECS
    return _set(state, Timer.LOST_STREAM, patience, now), (Detach(),)


def _follow_up(state: CallState, status: CallStatus | None, token: str, now: Instant) -> Moved:
    """A caller who is still on the line, in a call that is not to end, gets another stream."""
    caller_is_gone = status is not None and status.is_final
    actions: tuple[Action, ...] = ()
    if not caller_is_gone:
        state, actions = _lost(state, now, stopped=False)
        if state.stage is Stage.TALKING and state.caller.is_lost:
            caller = state.caller.awaiting(token, now.secs)
            if caller is not None:
                return replace(state, caller=caller), actions
    state, _ = _end(state, Ending.CALLER_HUNG_UP if caller_is_gone else Ending.STREAM_LOST, now)
    return replace(state, follow_up_asked=True), actions


def _without_word(state: CallState) -> Ending:
    """How a call ends whose stream is missing, where the carrier cannot tell."""
    if not state.talked:
        return Ending.STREAM_NEVER_CAME
    return Ending.CALLER_HUNG_UP if state.caller.stopped_at else Ending.STREAM_LOST


# -- time -----------------------------------------------------------------------------------------


def _due(state: CallState, timer: Timer, due_secs: float, now: Instant) -> Moved:
    if state.timers.get(timer) != due_secs:
        return state, ()
    state = _clear(state, timer)
    match timer:
        case Timer.QUEUE:
            return _end(state, Ending.AT_CAPACITY, now)
        case Timer.FAREWELL:
            return _end(state, state.farewell or Ending.HUNG_UP_BY_API, now)
        case Timer.LOST_STREAM if state.caller.token:  # the carrier was told to bring another
            return _set(state, Timer.NEW_STREAM, NEW_STREAM_SECS, now), ()
        case Timer.STREAM | Timer.LOST_STREAM | Timer.NEW_STREAM:
            return replace(state, asked_carrier=True), (AskCarrier(),)
    assert_never(timer)


def _set(state: CallState, timer: Timer, secs: float, now: Instant) -> CallState:
    return replace(state, timers={**state.timers, timer: now.secs + secs})


def _clear(state: CallState, *timers: Timer) -> CallState:
    left = {timer: due for timer, due in state.timers.items() if timer not in timers}
    return replace(state, timers=left)


# -- the end --------------------------------------------------------------------------------------


def _end(state: CallState, ending: Ending, now: Instant) -> Moved:
    """Decides how the call ends; the first decision stands."""
    if state.ending is not None:
        return state, ()
    ended = replace(
        state,
        stage=Stage.ENDING,
        ending=ending,
        ended_at=state.caller.stopped_at or now.utc,
        timers={},
    )
    return ended, ()
