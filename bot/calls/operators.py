"""An operator who speaks in the agent's place: how they come and leave. Plain code."""

from dataclasses import replace

from bot.calls import meeting, putting_through
from bot.calls.actions import Action, GiveBack, TakeOver
from bot.calls.events import OperatorCame, OperatorLeft
from bot.calls.moves import Moved
from bot.calls.reaching import refusal
from bot.calls.state import CallState, Operator


def follow(state: CallState, event: OperatorCame | OperatorLeft) -> Moved:
    """They come, or come again over another seat; or leave."""
    match event:
        case OperatorCame(who, seat):
            if refusal(state, "take_over", who):
                return state, ()
            taken = replace(state, operator=Operator(who=who, seat=seat))
            return taken, () if state.operator else (TakeOver(who),)
        case OperatorLeft(seat):
            if state.operator is None or seat not in ("", state.operator.seat):
                return state, ()
            return replace(state, operator=None), (GiveBack(),)


def dropped(state: CallState) -> tuple[CallState, tuple[Action, ...]]:
    """Where the call leaves the agent, it leaves the operator too."""
    if state.operator is None:
        return state, ()
    if state.ending is not None:
        return replace(state, operator=None), ()
    if putting_through.is_away(state) or meeting.caller_moves(state):
        return replace(state, operator=None), (GiveBack(),)
    return state, ()
