"""Keys that the agent, or somebody outside, wants pressed: from the request to what came of it.
Plain code.

How the carrier is asked for them is in `key_presses`.
"""

from dataclasses import replace

from bot.calls.actions import PressKeys, TellAgent, TellKeys
from bot.calls.events import KeysAnswered, KeysAsked
from bot.calls.moves import Moved
from bot.calls.reaching import refusal
from bot.calls.state import CallState, Stage, Timer
from bot.calls.timers import LOST_STREAM_SECS, clear_timers, set_timer
from bot.clock import Instant

KEY_SECS = 0.5  # that a key may take, a pause of half a second being one


def press(state: CallState, asked: KeysAsked) -> Moved:
    """Keys are pressed on a stream that stands, one request at a time. The stream that may follow
    has a token of its own, and counts as no replacement of a broken one. An agent that did not ask
    for them is told first: its line may go away for as long as that takes.
    """
    keys = asked.keys
    if asked.from_outside and refusal(state, "keys") is not None:
        return state, ()
    if state.stage is not Stage.TALKING:
        return state, ()
    if state.caller.stream is None or state.keys:
        return state, (TellKeys(keys, pressed=False),)
    state = replace(state, keys=keys, caller=replace(state.caller, token=asked.token))
    told = (TellAgent("keys", keys),) if asked.from_outside else ()
    return state, (*told, PressKeys(keys))


def answered(state: CallState, said: KeysAnswered, now: Instant) -> Moved:
    """The carrier has heard of them."""
    if said.how in ("away", "unclear"):
        return underway(state, now), ()
    return settled(state, pressed=said.how == "pressed")


def underway(state: CallState, now: Instant) -> CallState:
    """The stream's end and the next one's beginning tell that they are pressed. One that stands
    all the same tells that they were not.
    """
    if not state.keys or state.caller.stream is None:
        return state
    return set_timer(state, Timer.KEYS, LOST_STREAM_SECS, now)


def settled(state: CallState, *, pressed: bool) -> Moved:
    """The carrier has pressed them with the stream as it was, or has not and will not. Of a stream
    that has gone meanwhile the next one tells.
    """
    if not state.keys or state.caller.stream is None:
        return state, ()
    keys, caller = state.keys, replace(state.caller, token="")
    after = clear_timers(replace(state, keys="", caller=caller), Timer.KEYS)
    return after, (TellKeys(keys, pressed=pressed),)


def secs_to_play(keys: str) -> float:
    """How long these may take to be played, at most."""
    return len(keys) * KEY_SECS
