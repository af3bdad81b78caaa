"""Of an agent's file, what keeps nuisance away from its line."""

from typing import Annotated, Literal

from pydantic import ConfigDict, Field
from pydantic.dataclasses import dataclass

MOST_BLOCKED = 1000  # of one file; a longer list is one for `trunkline block`
BLOCKED_PATTERN = r"^(\+[1-9]\d{0,13}\*|\+[1-9]\d{6,14}|sips?:\S+)$"
_STRICT = ConfigDict(extra="forbid")
Blocked = Annotated[str, Field(pattern=BLOCKED_PATTERN)]


@dataclass(frozen=True, kw_only=True, config=_STRICT)
class ShieldRules:
    """Who is not let in, and which inbound calls are cut. Nothing is cut after words of an
    emergency; of a caller who is not let in no word is heard.
    """

    # Numbers (E.164 or sip:), and beginnings of numbers with a star after them: "+1900*".
    blocked: tuple[Blocked, ...] = Field(default=(), max_length=MOST_BLOCKED, repr=False)
    withheld: Literal["answer", "turn_away"] = "answer"  # callers who show no number
    # Of one number, on all lines together, in any hour; 0: no limit. Whoever has no room does not
    # count, nor who is not let in.
    calls_per_hour: int = Field(default=120, ge=0, le=10_000)
    # What a caller hears who is not let in: the busy tone, unanswered, or `lines.turned_away`.
    turned_away: Literal["busy", "line"] = "busy"
    # Somebody who never says anything hears one prompt, then, so long after it, the goodbye;
    # 0: all prompts of `silence`.
    silent_secs: float = Field(default=0.0, ge=0, le=120)
    repeats: int = Field(default=4, ge=0, le=20)  # of the same words, that make a machine; 0: none
    robocalls: bool = True  # recorded messages are cut
    pitches: bool = False  # who sells is asked what else they need, and if nothing, cut
