"""What happens at a number that is called: who answers, when, and for how long."""

import asyncio
from dataclasses import dataclass, field
from typing import Literal

from bot.simulator.caller import CallerScript

Who = Literal["human", "machine", "fax", "unknown"]
GreetingEnd = Literal["beep", "silence", "other"]


@dataclass(frozen=True, kw_only=True)
class Answers:
    """Somebody, or something, picks up."""

    ring_secs: float = 1.0
    waits_for: asyncio.Event | None = None  # picks up after this is set, too, however long it rings
    caller: CallerScript = field(default_factory=CallerScript)  # what the callee does and says
    who: Who = "human"
    greeting_end: GreetingEnd = "beep"  # how a machine's greeting ends
    detection_ms: int = 2000  # how long machine detection takes to decide
    verdict: str = ""  # what it says instead of the truth
    verdict_copies: int = 1  # how often an asynchronous verdict is posted; 0: never
    talk_secs: float = 5.0  # leg of a <Dial>: the callee hangs up after this long

    def answered_by(self, machine_detection: str) -> str:
        """AnsweredBy as machine detection in this mode reports it."""
        if self.verdict:
            return self.verdict
        if self.who != "machine":
            return self.who
        if machine_detection == "DetectMessageEnd":
            return f"machine_end_{self.greeting_end}"
        return "machine_start"


@dataclass(frozen=True, kw_only=True)
class Busy:
    """The line is engaged."""

    ring_secs: float = 0.5


@dataclass(frozen=True, kw_only=True)
class NoAnswer:
    """It rings and nobody comes. None: for as long as the caller's Timeout allows."""

    ring_secs: float | None = None
    waits_for: asyncio.Event | None = None  # rings until this is set, too, however long that is


@dataclass(frozen=True, kw_only=True)
class Fails:
    """The network cannot connect the call."""

    ring_secs: float = 0.5


@dataclass(frozen=True, kw_only=True)
class RefusedByApi:
    """The carrier's API will not place the call: no call comes to be."""

    code: int = 21211  # of Twilio's error dictionary
    ring_secs: float = 0.0  # as a leg of a <Dial>: it fails at once


AnswerPolicy = Answers | Busy | NoAnswer | Fails | RefusedByApi
