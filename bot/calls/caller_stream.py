"""The stream of the caller's leg: it comes, is lost, and another takes its place. Plain code."""

from dataclasses import replace

from bot.calls import requested_keys
from bot.calls.actions import Action, Attach, Converse, Detach, Leave, Note, TellKeys
from bot.calls.call_setup import known_as, open_session
from bot.calls.events import LegConnected
from bot.calls.moves import Moved, end
from bot.calls.outcome import Ending
from bot.calls.state import CallState, Stage, Timer
from bot.calls.timers import LOST_STREAM_SECS, STOPPED_SECS, clear_timers, set_timer
from bot.carriers.carrier import CallStatus
from bot.clock import Instant


def connected(state: CallState, event: LegConnected, now: Instant) -> Moved:
    """A stream is the call's if its token fits, is used for the first time, and comes from the
    carrier's call of that name."""
    fits = bool(state.caller.token) and event.token == state.caller.token
    same_call = state.call_sid in (None, event.call_sid)
    if not (fits and same_call and state.admitted and state.stage <= Stage.TALKING):
        return state, ()
    again, was_lost = state.caller.came, state.caller.is_lost
    state = replace(
        known_as(state, event.call_sid, now),
        stage=Stage.TALKING,
        caller=state.caller.connected(event.stream),
        answered_at=state.answered_at or now.utc,
        asked_carrier=False,
    )
    state = clear_timers(state, Timer.STREAM, Timer.LOST_STREAM, Timer.NEW_STREAM, Timer.KEYS)
    if again:
        keys, lost_unseen = state.keys, () if was_lost else (Detach(),)
        return replace(state, keys=""), (*lost_unseen, Attach(event.stream, keys))
    known = {
        "call_sid": state.call_sid,
        "status": CallStatus.IN_PROGRESS.stored,
        "answered_at": state.answered_at,
    }
    state, opening = open_session(state)
    reports = state.machine_reports
    state = replace(state, machine_reports=())
    return state, (Note(known), *opening, Converse(event.stream, reports))


def lost(state: CallState, now: Instant, *, stopped: bool) -> Moved:
    """The stream is gone; the carrier may bring another. Known already: nothing happens."""
    if state.stage is not Stage.TALKING or state.caller.stream is None:
        return state, ()
    state = replace(state, caller=state.caller.lost(now.utc if stopped else None))
    patience = STOPPED_SECS if stopped else LOST_STREAM_SECS
    if state.keys:
        state = clear_timers(state, Timer.KEYS)
        patience = LOST_STREAM_SECS + requested_keys.secs_to_play(state.keys)
    return set_timer(state, Timer.LOST_STREAM, patience, now), (Detach(),)


def follow_up(state: CallState, status: CallStatus | None, token: str, now: Instant) -> Moved:
    """A caller who is still on the line, in a call that is not to end, gets another stream."""
    caller_is_gone = status is not None and status.is_final
    actions: tuple[Action, ...] = ()
    if not caller_is_gone:
        state, actions = lost(state, now, stopped=False)
        if state.stage is Stage.TALKING and state.caller.is_lost:
            caller = state.caller.awaiting(token, now.secs)
            if caller is not None:
                if state.keys:  # the stream has broken of itself: they were not pressed
                    actions = (*actions, TellKeys(state.keys, pressed=False))
                    state = replace(state, keys="")
                return replace(state, caller=caller), actions
    state, _ = end(state, Ending.CALLER_HUNG_UP if caller_is_gone else Ending.STREAM_LOST, now)
    return replace(state, follow_up_asked=True), actions


def taken_elsewhere(state: CallState) -> Moved:
    """Another process goes on with the call, unless it ends here or its stream is here."""
    if state.ending is not None or state.caller.stream is not None:
        return state, ()
    left = replace(
        state,
        stage=Stage.ENDED,
        elsewhere=True,
        settled=True,
        in_doubt=False,
        opening=False,
        closing=True,
        timers={},
        caller=replace(state.caller, token=""),
        consultation=None,
        operator=None,
    )
    return left, (Leave(),)


def ending_without_word(state: CallState) -> Ending:
    """How a call ends whose stream is missing, where the carrier cannot tell."""
    if not state.talked:
        return Ending.STREAM_NEVER_CAME
    return Ending.CALLER_HUNG_UP if state.caller.stopped_at else Ending.STREAM_LOST
