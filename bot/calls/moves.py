"""What a step of a call comes to: where it stands then, and what is to be done. Plain code."""

from dataclasses import replace

from bot.calls.actions import Action
from bot.calls.outcome import Ending
from bot.calls.state import CallState, Stage
from bot.clock import Instant

Moved = tuple[CallState, tuple[Action, ...]]


def end(state: CallState, ending: Ending, now: Instant) -> Moved:
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
