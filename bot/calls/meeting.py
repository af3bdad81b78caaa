"""Bringing the caller and the person who takes them together. Plain code.

Both legs go into a conference. Once the two are there, or as far as can be told, the call ends for
us as transferred.
"""

from dataclasses import replace

from bot.calls import person_events as happened
from bot.calls.actions import Action, Detach, EndPerson, NoteStep, TellConsultation
from bot.calls.legs import Consultation, HumanLeg, TransferOutcome
from bot.calls.moves import Moved, end
from bot.calls.outcome import Ending
from bot.calls.state import CallState, Timer
from bot.calls.timers import clear_timers
from bot.clock import Instant


def joined(state: CallState, event: happened.Joined, now: Instant) -> Moved:
    """When both are there, the agent's part is over."""
    asked = state.consultation
    if asked is None or not asked.taken or event.call_sid not in (state.call_sid, asked.call_sid):
        return state, ()
    present = asked.present | {event.call_sid}
    state = replace(state, consultation=replace(asked, present=present))
    return _met(state, asked, now) if len(present) == 2 else (state, ())


def caller_moves(state: CallState) -> bool:
    """The caller's stream ends because they go into the conference."""
    return state.ending is None and state.consultation is not None and state.consultation.taken


def is_for_both(state: CallState) -> bool:
    """The conference is where the caller belongs, though our part may be over."""
    asked = state.consultation
    return asked is not None and asked.taken and state.ending in (None, Ending.TRANSFER)


def stream_ended(state: CallState) -> Moved:
    """No accident: the conversation waits for what follows."""
    if state.caller.stream is None:
        return state, ()
    return replace(state, caller=state.caller.lost(None)), (Detach(),)


def not_moved(state: CallState, now: Instant) -> Moved:
    """The caller is still with the agent."""
    asked = state.consultation
    if asked is None or not asked.taken or state.ending is not None:
        return state, ()
    return not_met(state, asked, now)


def without_agent(state: CallState, now: Instant) -> Moved:
    """What would end the agent's part, once somebody has said yes, leaves the two together."""
    asked = state.consultation
    return (state, ()) if asked is None else _met(state, asked, now)


def due(state: CallState, asked: Consultation, now: Instant) -> Moved:
    """They have not come. A caller who has left our stream is in the conference, so far as we can
    tell.
    """
    if state.caller.stream is None:
        return _met(state, asked, now)
    return not_met(state, asked, now)


def not_met(state: CallState, asked: Consultation, now: Instant) -> Moved:
    """They were to meet and have not. A caller who has left the agent already is put through to
    that person without asking.
    """
    if state.caller.stream is None:
        human = HumanLeg(
            reason=asked.reason,
            name=asked.target.name,
            number=asked.target.number,
            asked_at=asked.asked_at,
        )
        ended, _ = end(replace(over(state), human=human), Ending.TRANSFER, now)
        return ended, hang_up(asked, apology=False)
    failed = TransferOutcome.FAILED
    return over(state), (
        *hang_up(asked, apology=True),
        NoteStep(failed.value, asked.target.name, outcome=failed),
        TellConsultation(failed, asked.target),
    )


def hang_up(asked: Consultation, *, apology: bool) -> tuple[Action, ...]:
    """Ends the person's leg. One that the carrier has not named yet is ended when it does."""
    return (EndPerson(asked.call_sid, apology),) if asked.call_sid else ()


def over(state: CallState) -> CallState:
    """Nobody is being asked any more."""
    return clear_timers(replace(state, consultation=None), Timer.PERSON)


def _met(state: CallState, asked: Consultation, now: Instant) -> Moved:
    human = HumanLeg(
        reason=asked.reason,
        name=asked.target.name,
        number=asked.target.number,
        asked_at=asked.asked_at,
        called=True,
        outcome=TransferOutcome.ANSWERED,
    )
    after, _ = end(replace(state, human=human), Ending.TRANSFER, now)
    return after, (NoteStep("answered", asked.target.name),)
