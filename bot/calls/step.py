"""Every way a call goes on or ends. Plain code: no I/O, no clock, nothing waits.

`step` takes where the call stands and what has happened; it gives where the call stands then, and
what is to be done about it. How a call ends is decided once, by the first event that decides it.
"""

from dataclasses import replace
from typing import assert_never

from bot.calls import (
    caller_stream,
    consulting,
    meeting,
    operators,
    putting_through,
    reaching,
    requested_keys,
)
from bot.calls import events as happened
from bot.calls import person_events as of_person
from bot.calls.actions import (
    AskCarrier,
    Close,
    FailOver,
    HandOver,
    Note,
    PassOnReport,
    SayFarewell,
    TellAgent,
)
from bot.calls.call_setup import known_as, let_in, status_reported
from bot.calls.events import Event
from bot.calls.moves import Moved, end
from bot.calls.outcome import Ending
from bot.calls.state import CallState, Stage, Timer
from bot.calls.timers import (
    FAREWELL_SECS,
    NEW_STREAM_SECS,
    QUEUE_SILENT_SECS,
    clear_timers,
    set_timer,
)
from bot.clock import Instant


def step(state: CallState, event: Event, now: Instant) -> Moved:
    """Where the call stands after this event, and what is to be done, in order."""
    if state.elsewhere:
        return (replace(state, stored=True) if isinstance(event, happened.Stored) else state), ()
    after, actions = _follow(state, event, now)
    after, dropped = consulting.dropped(state, after)
    after, left = operators.dropped(after)
    actions = (*dropped, *actions, *left)
    if after.ending is not None and after.settled and not after.closing:
        return replace(after, closing=True), (*actions, Close())
    return after, actions


def _follow(state: CallState, event: Event, now: Instant) -> Moved:  # noqa: C901, PLR0915 - all in one list
    match event:
        # -- on the way ---------------------------------------------------------------------------
        case happened.CameBack():
            waits = not state.admitted and state.ending is None
            came = replace(state, visits=state.visits + 1)
            return (set_timer(came, Timer.QUEUE, QUEUE_SILENT_SECS, now) if waits else came), ()
        case happened.LetIn():
            return let_in(state, now)
        case happened.TurnedAway(ending):
            return end(state, ending, now)
        case happened.Placed(call_sid):
            return known_as(state, call_sid, now), (Note({"call_sid": state.call_sid or call_sid}),)
        case happened.NotPlaced():
            after, _ = end(state, Ending.NOT_PLACED, now)
            return replace(after, settled=True, in_doubt=False), ()
        case happened.PlacingUnclear():
            given_up = state.ending is Ending.SHUTDOWN
            return replace(state, in_doubt=not state.settled, settled=state.settled or given_up), ()
        # -- the carrier --------------------------------------------------------------------------
        case happened.StatusReported(update):
            return status_reported(state, update, now)
        case happened.MachineReported(report):
            if state.call_sid not in (None, report.call_sid) or state.stage > Stage.TALKING:
                return state, ()
            if state.talked:
                return state, (PassOnReport(report),)
            return replace(state, machine_reports=(*state.machine_reports, report)), ()
        case happened.FollowUpAsked(call_status) if putting_through.rings(state):
            gone = call_status is not None and call_status.is_final
            return end(state, Ending.CALLER_HUNG_UP, now) if gone else (state, ())
        case happened.FollowUpAsked(call_status) if meeting.caller_moves(state) and not (
            call_status and call_status.is_final
        ):
            return meeting.stream_ended(state)
        case happened.FollowUpAsked(call_status, token):
            return caller_stream.follow_up(state, call_status, token, now)
        case happened.CarrierAnswered(None) if (
            putting_through.is_away(state) and not state.asked_carrier
        ):
            return state, ()  # asked before that
        case happened.CarrierAnswered(ending):
            if state.caller.stream is not None:  # it has come meanwhile
                return end(state, ending, now) if ending else (state, ())
            return end(state, ending or caller_stream.ending_without_word(state), now)
        case happened.TransferEnded() | happened.PersonPickedUp():
            return putting_through.told(state, event, now)
        # -- a person who is asked, while the caller stays ----------------------------------------
        case (
            of_person.ConsultAsked()
            | of_person.ConsultCalledOff()
            | of_person.PersonPlaced()
            | of_person.PersonNotPlaced()
            | of_person.PersonUnclear()
            | of_person.PersonStatus()
            | of_person.PersonMachine()
            | of_person.PersonSaid()
            | of_person.Joined()
            | of_person.CallerNotMoved()
        ):
            return consulting.follow(state, event, now)
        # -- the caller's leg ---------------------------------------------------------------------
        case happened.LegConnected():
            moved = caller_stream.connected(state, event, now)
            return putting_through.connected(state, moved)
        case happened.LegEnded() if meeting.caller_moves(state):
            return meeting.stream_ended(state)
        case happened.LegEnded("broken") if not putting_through.is_away(state):
            return end(state, Ending.PROTOCOL_BROKEN, now)
        case happened.LegEnded(how):
            return caller_stream.lost(state, now, stopped=how == "stopped")
        # -- decisions ----------------------------------------------------------------------------
        case happened.EndingDecided() | happened.HangUpAsked(Ending.SHUTDOWN) if (
            putting_through.rings(state) or meeting.caller_moves(state)
        ):
            return _left_to_person(state, now)
        case happened.HangUpAsked(ending, farewell=True) if (
            state.stage is Stage.TALKING and not putting_through.is_away(state)
        ):
            if state.farewell is not None:
                return state, ()
            parting = replace(state, farewell=ending)
            return set_timer(parting, Timer.FAREWELL, FAREWELL_SECS, now), (SayFarewell(),)
        case happened.HangUpAsked(ending):
            given_up = ending is Ending.SHUTDOWN and state.in_doubt  # not to be found out any more
            return end(replace(state, settled=state.settled or given_up), ending, now)
        case happened.BrainLost():
            return _brain_lost(state, event, now)
        case happened.EndingDecided(ending, own_reason):
            if state.ending is not None:
                return state, ()
            said = state.said_farewell or ending is state.farewell
            return end(replace(state, said_farewell=said, own_reason=own_reason), ending, now)
        case happened.HandOverAsked(agent, reason):
            # Its pipeline is over by now, also for an operator who has come since: they speak on
            # over the next.
            goes_on = state.stage is Stage.TALKING and not state.farewell
            return state, (HandOver(agent, reason),) if goes_on else ()
        case happened.HandedOver(fallback):
            return replace(state, fallback=fallback and not state.failed_over), ()
        case happened.TransferAsked():
            return putting_through.ask(state, event, now)
        case happened.KeysAsked():
            return requested_keys.press(state, event)
        case happened.WordsSent(how, text):
            return state, () if reaching.refusal(state, how) else (TellAgent(how, text),)
        case happened.OperatorCame() | happened.OperatorLeft():
            return operators.follow(state, event)
        case happened.KeysAnswered():
            return requested_keys.answered(state, event, now)
        case happened.TakenElsewhere():
            return caller_stream.taken_elsewhere(state)
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


def _brain_lost(state: CallState, event: happened.BrainLost, now: Instant) -> Moved:
    """Another brain goes on where there is one and its agent is with the caller."""
    away = putting_through.is_away(state) or meeting.caller_moves(state)
    if state.stage is Stage.TALKING and state.fallback and not away:
        again = (SayFarewell(),) if state.farewell is not None else ()
        lost = replace(state, fallback=False, failed_over=True)
        return lost, (FailOver(event.ending), *again)
    return _follow(state, happened.EndingDecided(event.ending), now)


def _left_to_person(state: CallState, now: Instant) -> Moved:
    """What would end the agent's part leaves the caller with the person who has been called."""
    if meeting.caller_moves(state):
        return meeting.without_agent(state, now)
    return putting_through.without_agent(state, now)


def _due(state: CallState, timer: Timer, due_secs: float, now: Instant) -> Moved:
    if state.timers.get(timer) != due_secs:
        return state, ()
    state = clear_timers(state, timer)
    match timer:
        case Timer.QUEUE:
            return end(state, Ending.AT_CAPACITY, now)
        case Timer.FAREWELL:
            return end(state, state.farewell or Ending.HUNG_UP_BY_API, now)
        case Timer.PERSON:
            return consulting.due(state, now)
        case Timer.RINGING:
            return putting_through.without_agent(state, now)
        case Timer.KEYS:
            return requested_keys.settled(state, pressed=False)
        case Timer.LOST_STREAM if state.caller.token:  # the carrier was told to bring another
            return set_timer(state, Timer.NEW_STREAM, NEW_STREAM_SECS, now), ()
        case Timer.STREAM | Timer.LOST_STREAM | Timer.NEW_STREAM:
            return replace(state, asked_carrier=True), (AskCarrier(),)
    assert_never(timer)
