"""A call on its way: it gets a place, the carrier names it and says how far it is. Plain code."""

from dataclasses import replace
from typing import Any

from bot.calls.actions import Action, Note, OpenSession
from bot.calls.moves import Moved, end
from bot.calls.outcome import Ending, ending_of_status
from bot.calls.state import CallState, Stage, Timer
from bot.calls.timers import clear_timers, set_timer
from bot.carriers.carrier import CallStatus
from bot.carriers.events import StatusUpdate
from bot.clock import Instant


def let_in(state: CallState, now: Instant) -> Moved:
    """Admits the call. A caller already on the line gets a stream to the model."""
    if state.admitted or state.ending is not None:
        return state, ()
    admitted = clear_timers(replace(state, admitted=True), Timer.QUEUE)
    if not admitted.settled:
        return admitted, ()
    return open_session(_await_stream(admitted, now))


def known_as(state: CallState, call_sid: str, now: Instant) -> CallState:
    """The carrier has the call, and calls it so; the first name stands."""
    known = replace(state, call_sid=state.call_sid or call_sid, settled=True, in_doubt=False)
    return known if state.settled else _await_stream(known, now)


def open_session(state: CallState) -> Moved:
    """Unless that was begun, or the call has no place or ends."""
    if state.session_asked or not state.admitted or state.stage >= Stage.ENDING:
        return state, ()
    return replace(state, session_asked=True, opening=True), (OpenSession(),)


def status_reported(state: CallState, update: StatusUpdate, now: Instant) -> Moved:
    """The carrier's word for where the call is; only one that moves the call forward counts."""
    if state.call_sid not in (None, update.call_sid):
        return state, ()
    state = known_as(state, update.call_sid, now)
    log = state.status_log.after(update)
    moved_on = log.status is not state.status_log.status
    state = replace(state, status_log=log)
    if not moved_on:
        return state, ()
    actions: tuple[Action, ...] = ()
    changes: dict[str, Any] = {"call_sid": state.call_sid, "status": update.status.stored}
    if update.status in (CallStatus.RINGING, CallStatus.IN_PROGRESS):
        state, actions = open_session(state)
    if update.status is CallStatus.IN_PROGRESS and state.answered_at is None:
        # The carrier's times are whole seconds.
        answered_at = max(update.timestamp or now.utc, state.began_at)
        state = replace(state, answered_at=answered_at)
        changes["answered_at"] = answered_at
    ending = ending_of_status(update.status.value)
    if ending is not None:
        state, _ = end(state, ending if state.admitted else Ending.AT_CAPACITY, now)
    return state, (Note(changes), *actions)


def _await_stream(state: CallState, now: Instant) -> CallState:
    if not state.admitted or state.talked or state.ending is not None:
        return state
    return set_timer(state, Timer.STREAM, state.stream_within_secs, now)
