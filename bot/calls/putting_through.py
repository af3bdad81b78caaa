"""Putting the caller through to a person, and taking them back when nobody answers. Plain code.

While the person's telephone rings, the caller is off our stream and the conversation waits. Once
somebody answers, the call ends for us as transferred; when nobody does, the caller comes back.
"""

from dataclasses import replace

from bot.calls import events as happened
from bot.calls import meeting
from bot.calls.actions import ComeBack, GoOn, PutThrough
from bot.calls.legs import HumanLeg, TransferOutcome
from bot.calls.moves import Moved, end
from bot.calls.outcome import Ending
from bot.calls.state import CallState, Stage, Timer
from bot.calls.timers import LOST_STREAM_SECS, set_timer
from bot.clock import Instant

MOST_TRANSFERS = 3  # with a way back, in one call; the next one is the last, whatever comes of it
# The hold line, a phone that rings for 25 s, and the 5 s that the carrier may add.
RINGING_SECS = 45.0


def ask(state: CallState, event: happened.TransferAsked, now: Instant) -> Moved:
    """A person is called for the caller; not for one who is on the way to somebody already. Where
    the agent could not go on afterwards, the call ends with that.
    """
    if meeting.caller_moves(state):
        return meeting.without_agent(state, now)
    if state.ending is not None or is_away(state):
        return state, ()
    human = HumanLeg(
        reason=event.reason,
        line=event.line,
        number=event.number,
        name=event.name,
        others=event.others,
        asked_at=now.utc,
    )
    may_return = state.stage is Stage.TALKING and state.farewell is None
    if not may_return or state.caller.stream is None or state.transfers >= MOST_TRANSFERS:
        return end(replace(state, human=human), Ending.TRANSFER, now)
    after = replace(
        state,
        human=replace(human, called=True),
        transfers=state.transfers + 1,
        caller=replace(state.caller.lost(None), token=""),
        keys="",
        timers={},
    )
    return set_timer(after, Timer.RINGING, RINGING_SECS, now), (PutThrough(),)


def is_away(state: CallState) -> bool:
    """A person is being called for the caller, or the caller is on the way back from there."""
    human = state.human
    return state.ending is None and human is not None and (human.rings or human.returns)


def rings(state: CallState) -> bool:
    """A person is being called for the caller."""
    return state.ending is None and state.human is not None and state.human.rings


def told(
    state: CallState, event: happened.TransferEnded | happened.PersonPickedUp, now: Instant
) -> Moved:
    """The carrier says what came of calling the person."""
    if isinstance(event, happened.PersonPickedUp):
        return picked_up(state, now)
    return ended(state, event, now)


def picked_up(state: CallState, now: Instant) -> Moved:
    """The two talk: the agent's part is over."""
    if not rings(state):
        return state, ()
    return _over(state, TransferOutcome.ANSWERED, Ending.TRANSFER, now)


def ended(state: CallState, event: happened.TransferEnded, now: Instant) -> Moved:
    """Nobody answers: the next one is called, or the caller comes back."""
    human, outcome = state.human, event.outcome
    if human is None or human.outcome is not None:
        return state, ()
    if not rings(state):
        return replace(state, human=replace(human, outcome=outcome)), ()
    if outcome is TransferOutcome.ANSWERED:
        return _over(state, outcome, Ending.TRANSFER, now)
    if event.caller_gone or not event.token:
        ending = Ending.CALLER_HUNG_UP if event.caller_gone else Ending.TRANSFER
        return _over(state, outcome, ending, now)
    if human.others:
        target, *others = human.others
        next_one = replace(
            human, name=target.name, number=target.number, others=tuple(others), line=""
        )
        return set_timer(replace(state, human=next_one), Timer.RINGING, RINGING_SECS, now), ()
    back = replace(
        state,
        human=replace(human, outcome=outcome, returns=True),
        caller=replace(state.caller, token=event.token),
        timers={},
    )
    return set_timer(back, Timer.LOST_STREAM, LOST_STREAM_SECS, now), (ComeBack(),)


def connected(before: CallState, moved: Moved) -> Moved:
    """What a stream that has come means for a caller who was on the way back."""
    state, _ = moved
    stream, human = state.caller.stream, state.human
    if human is None or not human.returns or stream is None or before.caller.stream is not None:
        return moved
    return replace(state, human=replace(human, returns=False)), (GoOn(stream),)


def without_agent(state: CallState, now: Instant) -> Moved:
    """What would end the agent's part leaves the caller with the person who is being called."""
    return end(state, Ending.TRANSFER, now)


def _over(state: CallState, outcome: TransferOutcome, ending: Ending, now: Instant) -> Moved:
    if state.human is not None:
        state = replace(state, human=replace(state.human, outcome=outcome))
    return end(state, ending, now)
