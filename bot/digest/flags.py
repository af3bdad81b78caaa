"""What of a call an owner should look at. Plain code over its record."""

import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import groupby, pairwise
from typing import Literal

from bot.calls.outcome import CUT
from bot.store import CallRecord, TurnRecord
from bot.store.announcing import BOOKINGS
from config import LANGUAGES
from processors.words.phrases import compiled, plain
from processors.words.pleas import DANGER

DEAD_AIR_MS = 4000  # from the end of the caller's words to the agent's first sound
MOST_INTERRUPTED = 3  # of the agent's turns: more is somebody who is not listened to
MOST_COMPLAINTS = 1  # "you don't understand me", in any language
MOST_REPEATED = 2  # times in a row that the agent says the same: once more if misunderstood
_WORDS_REPEATED = 3  # a sentence shorter than this is said twice without any anger

Kind = Literal[
    "danger",
    "broke",
    "transfer failed",
    "said not done",
    "not done",
    "dead air",
    "frustration",
    "loop",
    "nuisance",
]


@dataclass(frozen=True, kw_only=True)
class Flag:
    """One thing to look at."""

    kind: Kind
    detail: str = ""  # never words of the caller

    def __str__(self) -> str:
        return f"{self.kind} ({self.detail})" if self.detail else self.kind


def flags_of(call: CallRecord) -> tuple[Flag, ...]:
    """What is to be looked at in a call that is over, the worst first."""
    return tuple(flag for look in _LOOKS for flag in look(call))


def _danger(call: CallRecord) -> Iterator[Flag]:
    """Somebody was in danger, by the caller's words: who was put through, or told whom to call."""
    ended = call.outcome is not None and call.outcome.reason == "emergency"
    put_through = call.transfer is not None and call.transfer.reason == DANGER
    if ended or put_through or any(turn.text in _DANGER_LINES for turn in call.turns):
        yield Flag(kind="danger")


_DANGER_LINES = frozenset(language.lines["emergency"] for language in LANGUAGES.values())


def _broke(call: CallRecord) -> Iterator[Flag]:
    if call.outcome is not None and call.outcome.result == "failed":
        yield Flag(kind="broke", detail=call.outcome.reason)


def _transfer(call: CallRecord) -> Iterator[Flag]:
    asked = [done for done in call.tool_calls if done.name == "transfer_to_human"]
    if call.dialled is not None and call.dialled.outcome not in ("answered", "cancelled"):
        yield Flag(kind="transfer failed", detail=call.dialled.outcome.replace("_", " "))
    elif asked and not any(done.ok for done in asked):
        yield Flag(kind="transfer failed", detail="nobody available")


def _said_not_done(call: CallRecord) -> Iterator[Flag]:
    """What the agent said that it had done, that nothing had, and that it did not take back."""
    for claim, told in (call.unproven or {}).items():
        if not told.get("taken_back"):
            yield Flag(kind="said not done", detail=claim)


def _not_done(call: CallRecord) -> Iterator[Flag]:
    """Bookings, messages and texts that were tried and never succeeded."""
    writes = {*BOOKINGS, "take_message", "send_text"}
    tried = dict.fromkeys(done.name for done in call.tool_calls if done.name in writes)
    succeeded = {done.name for done in call.tool_calls if done.ok}
    for name in tried:
        if name not in succeeded:
            yield Flag(kind="not done", detail=name)


def _dead_air(call: CallRecord) -> Iterator[Flag]:
    """The longest wait for an answer, also for one that never came: then the caller spoke again."""
    waits = [*call.turn_latencies_ms, *(_gap_ms(*pair) for pair in pairwise(call.turns))]
    longest_ms = max(waits, default=0)
    if longest_ms >= DEAD_AIR_MS:
        yield Flag(kind="dead air", detail=f"{longest_ms / 1000:.1f} s")


def _gap_ms(turn: TurnRecord, following: TurnRecord) -> float:
    if (turn.role, following.role) != ("caller", "caller") or turn.ended_at is None:
        return 0.0
    return (following.started_at - turn.ended_at).total_seconds() * 1000


def _frustration(call: CallRecord) -> Iterator[Flag]:
    interrupted = sum(turn.role == "agent" and turn.interrupted for turn in call.turns)
    said = [turn.text for turn in call.turns if turn.role == "caller"]
    repeated = Counter(map(_bare, said))
    if interrupted > MOST_INTERRUPTED:
        yield Flag(kind="frustration", detail=f"spoke over the agent {interrupted} times")
    elif (complaints := sum(map(_complains, said))) > MOST_COMPLAINTS:
        yield Flag(kind="frustration", detail=f"complained {complaints} times")
    elif any(n > 1 and len(words.split()) >= _WORDS_REPEATED for words, n in repeated.items()):
        yield Flag(kind="frustration", detail="said the same again")


def _loop(call: CallRecord) -> Iterator[Flag]:
    """The agent goes round in circles."""
    said = (_bare(turn.text) for turn in call.turns if turn.role == "agent")
    runs = ((words, len(list(same))) for words, same in groupby(said))
    most = max((n for words, n in runs if len(words.split()) >= _WORDS_REPEATED), default=0)
    if most > MOST_REPEATED:
        yield Flag(kind="loop", detail=f"said the same {most} times")


def _cut(call: CallRecord) -> Iterator[Flag]:
    """Taken for nuisance while a call went on: somebody may want to see whether it was."""
    if call.outcome is not None and call.outcome.reason in CUT:
        yield Flag(kind="nuisance", detail=call.outcome.reason.replace("_", " "))


# Made when the service starts: it takes longer than calls may wait.
_COMPLAINTS = tuple(
    pattern
    for language in LANGUAGES.values()
    for pattern in compiled(language.pleas.complaints, kind="complaint")
)


def _complains(text: str) -> bool:
    """In whatever language: the record does not say which was spoken."""
    words = " ".join(plain(text).lower().split())
    return any(pattern.search(words) for pattern in _COMPLAINTS)


def _bare(text: str) -> str:
    return " ".join(re.findall(r"\w+", text.casefold()))


_LOOKS = (
    *(_danger, _broke, _transfer, _said_not_done, _not_done),
    *(_dead_air, _frustration, _loop, _cut),
)
