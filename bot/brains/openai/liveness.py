"""Whether the model still lives behind a socket that does, while it owes something: plain code.

That no event comes is no proof: it may wait for the end of a turn, or think. So it is asked, once
for each answer it owes, something that should be answered at once whatever it does. Whether it
really is answered at once is not taken for granted: a model that has not shown it yet is given more
time, and one that went on without having answered is not judged by it any more.

Nobody is given up here: "dead" says that it is time to open another session beside this one.
"""

import math

from bot.brains.openai import client_events
from bot.brains.openai.client_events import ClientEvent
from bot.brains.openai.server_events import ServerEvent
from bot.brains.realtime.socket_liveness import DEAD_SECS, LATE_SECS, Sign

ASK_AFTER_SECS = 1.2  # of silence over a socket that lives: most answers have begun by then
UNPROVEN_DEAD_SECS = 4.0  # the same of a model that has not shown that it answers: it may think
ANSWER = "session.updated"


class Liveness:
    """What is known of the model behind one socket. Times are seconds of one steady clock."""

    def __init__(self) -> None:
        self._heard_at = 0.0  # the last event
        self._owes_since = 0.0
        self._asked_at: float | None = None  # and not answered yet
        self._may_ask = True  # it was not yet, for what it owes
        self._told_late = False
        self._generating = False  # a response is under way
        # Whether it answers at once, and whether it does not: by whether it is generating.
        self._proven: set[bool] = set()
        self._doubtful: set[bool] = set()

    def opened(self, now: float) -> None:
        """Another session begins, of the same model."""
        self._asked_at, self._generating = None, False
        self._answered(now, ANSWER)
        self.owes(now)

    def heard(self, now: float, event: ServerEvent) -> None:
        """This event came."""
        self._answered(now, event["type"])

    @staticmethod
    def question() -> ClientEvent:
        """To be sent where `look` says "ask"."""
        return client_events.are_you_there()

    def _answered(self, now: float, kind: str) -> None:
        self._heard_at = now
        if self._asked_at is not None:
            if kind == ANSWER:
                self._proven.add(self._generating)
            elif now >= self._asked_at + LATE_SECS:
                self._doubtful.add(self._generating)
            self._asked_at = None
        self._told_late = False
        if kind in ("response.created", "response.done"):
            self._generating = kind == "response.created"

    def owes(self, now: float) -> None:
        """From now on another answer is expected of it, or the rest of one."""
        self._owes_since = now
        self._may_ask = True

    def excused(self, now: float) -> None:
        """It could not be heard until now: it is waited for from here on."""
        self._owes_since = now
        if self._asked_at is not None:
            self._asked_at = now

    def look(self, now: float) -> Sign:
        """What to make of it: "ask" is said once for each answer it owes, "late" once then."""
        if self._asked_at is None:
            if not self._may_ask or now < self._ask_at():
                return "alive"
            self._asked_at, self._may_ask = now, False
            return "ask"
        if now >= self._asked_at + self._dead_secs():
            return "dead"
        if now >= self._asked_at + LATE_SECS and self._may_be_told_late():
            self._told_late = True
            return "late"
        return "alive"

    def look_again_at(self) -> float:
        """When `look` may have something else to say, if nothing comes."""
        if self._asked_at is None:
            return self._ask_at() if self._may_ask else math.inf
        return self._asked_at + (LATE_SECS if self._may_be_told_late() else self._dead_secs())

    def _ask_at(self) -> float:
        return max(self._heard_at, self._owes_since) + ASK_AFTER_SECS

    def _may_be_told_late(self) -> bool:
        return not self._told_late and self._generating not in self._doubtful

    def _dead_secs(self) -> float:
        proven = self._generating in self._proven - self._doubtful
        return DEAD_SECS if proven else UNPROVEN_DEAD_SECS
