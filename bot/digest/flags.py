"""What of a call an owner should look at. Plain code over its record."""

import re
from collections import Counter
from dataclasses import dataclass
from typing import Literal

from bot.store import CallRecord
from bot.store.announcing import BOOKINGS

DEAD_AIR_MS = 4000  # from the end of the caller's words to the agent's first sound
MOST_INTERRUPTED = 3  # of the agent's turns: more is somebody who is not listened to
_WORDS_REPEATED = 3  # a sentence shorter than this is said twice without any anger

Kind = Literal["broke", "transfer failed", "not done", "dead air", "frustration"]


@dataclass(frozen=True, kw_only=True)
class Flag:
    """One thing to look at."""

    kind: Kind
    detail: str = ""  # never words of the caller

    def __str__(self) -> str:
        return f"{self.kind} ({self.detail})" if self.detail else self.kind


def flags_of(call: CallRecord) -> tuple[Flag, ...]:
    """What is to be looked at in a call that is over, the worst first."""
    found = (_broke(call), _transfer(call), *_not_done(call), _dead_air(call), _frustration(call))
    return tuple(flag for flag in found if flag is not None)


def _broke(call: CallRecord) -> Flag | None:
    if call.outcome is None or call.outcome.result != "failed":
        return None
    return Flag(kind="broke", detail=call.outcome.reason)


def _transfer(call: CallRecord) -> Flag | None:
    if call.dialled is not None and call.dialled.outcome != "answered":
        return Flag(kind="transfer failed", detail=call.dialled.outcome.replace("_", " "))
    asked = [done for done in call.tool_calls if done.name == "transfer_to_human"]
    if asked and not any(done.ok for done in asked):
        return Flag(kind="transfer failed", detail="nobody available")
    return None


def _not_done(call: CallRecord) -> tuple[Flag, ...]:
    """Bookings, messages and texts that were tried and never succeeded."""
    writes = {*BOOKINGS, "take_message", "send_text"}
    tried = dict.fromkeys(done.name for done in call.tool_calls if done.name in writes)
    succeeded = {done.name for done in call.tool_calls if done.ok}
    return tuple(Flag(kind="not done", detail=name) for name in tried if name not in succeeded)


def _dead_air(call: CallRecord) -> Flag | None:
    longest_ms = max(call.turn_latencies_ms, default=0)
    if longest_ms < DEAD_AIR_MS:
        return None
    return Flag(kind="dead air", detail=f"{longest_ms / 1000:.1f} s")


def _frustration(call: CallRecord) -> Flag | None:
    interrupted = sum(turn.role == "agent" and turn.interrupted for turn in call.turns)
    if interrupted > MOST_INTERRUPTED:
        return Flag(kind="frustration", detail=f"spoke over the agent {interrupted} times")
    said = Counter(_bare(turn.text) for turn in call.turns if turn.role == "caller")
    if any(count > 1 and len(words.split()) >= _WORDS_REPEATED for words, count in said.items()):
        return Flag(kind="frustration", detail="said the same again")
    return None


def _bare(text: str) -> str:
    return " ".join(re.findall(r"\w+", text.casefold()))
