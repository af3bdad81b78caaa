"""Reaching into a live call from outside: what can be asked for, and when it cannot. Plain code."""

import re
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Literal

from bot.calls import meeting, putting_through
from bot.calls.state import CallState, Stage
from bot.carriers.carrier import KEYS

# What is done with words or keys; then: a person is put in the agent's place, or may listen (asked
# for a place at the call's sound), and gives the call back.
ActKind = Literal[
    "say", "whisper", "context", "keys", "transfer", "listen", "take_over", "give_back"
]
_WORDLESS: tuple[ActKind, ...] = ("transfer", "listen", "take_over", "give_back")

MOST_CHARACTERS: dict[ActKind, int] = {
    "say": 1_000,  # as a first line
    "whisper": 2_000,
    "context": 4_000,
    "keys": 32,
    "transfer": 500,
    "listen": 0,
    "take_over": 64,  # who
    "give_back": 0,
}
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f]")


class Reached(StrEnum):
    """What came of an act: that the call takes it, or why it does not."""

    TAKEN = "taken"
    ELSEWHERE = "elsewhere"  # no process that can be asked has a live call of this id
    OVER = "over"
    NOT_YET = "not_yet"  # it does not talk
    WITH_PERSON = "with_person"  # who is being called for the caller, or takes them just now
    LEAVING = "leaving"  # the agent says its last line
    NO_KEYS_NOW = "no_keys_now"  # others are being pressed, or the stream is away
    TAKEN_OVER = "taken_over"  # somebody else speaks in the agent's place
    NOT_TAKEN_OVER = "not_taken_over"  # nobody does


@dataclass(frozen=True, kw_only=True)
class Act:
    """What somebody wants of a live call."""

    kind: ActKind
    # To say or to tell; keys; why to put through; who takes over.
    text: str = field(default="", repr=False)

    @classmethod
    def of(cls, kind: ActKind, text: str) -> "Act":
        """Of what somebody has written. Raises ValueError, with a sentence for them."""
        text = " ".join(_CONTROL.sub(" ", text).split())
        if kind == "keys":
            text = text.replace(" ", "")
        if not text and kind not in _WORDLESS:
            raise ValueError("write what is to be done: the text is empty")
        if len(text) > MOST_CHARACTERS[kind]:
            raise ValueError(f"that is too long: {MOST_CHARACTERS[kind]} characters at most")
        try:
            text.encode()
        except UnicodeEncodeError:
            raise ValueError("the text has characters that are none") from None
        if kind == "keys" and not KEYS.fullmatch(text):
            raise ValueError("keys are 0-9, * and #; w waits half a second; 32 at most")
        return cls(kind=kind, text=text)


def refusal(state: CallState, kind: ActKind, who: str = "") -> Reached | None:
    """Why a call does not take this act as it stands; None: it does. `who` takes it over."""
    if state.ending is not None or state.stage > Stage.TALKING:
        return Reached.OVER
    if state.stage is not Stage.TALKING:
        return Reached.NOT_YET
    if kind == "listen":
        return None
    if putting_through.is_away(state) or meeting.caller_moves(state):
        return Reached.WITH_PERSON
    if kind == "give_back":
        return None if state.operator else Reached.NOT_TAKEN_OVER
    if state.farewell is not None and kind != "transfer":
        return Reached.LEAVING
    if kind == "take_over" and state.operator and state.operator.who != who:
        return Reached.TAKEN_OVER
    if kind == "keys" and (state.caller.stream is None or state.keys):
        return Reached.NO_KEYS_NOW
    return None
