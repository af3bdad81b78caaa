"""Whether the socket to the model still lives, while the model owes something: plain code.

It is asked by ping, as often as need be: a pong tells of the network, and of nothing else.
Nobody is given up here: "dead" says that it is time to open another session beside this one.
"""

from typing import Literal

Sign = Literal["alive", "ask", "late", "dead"]

LATE_SECS = 0.4  # after asking: a healthy network answers sooner
DEAD_SECS = 1.5  # after asking: few networks take longer that one could talk over
PING_AFTER_SECS = 0.15  # after its last sign of life, if none has come since something is owed
PING_AGAIN_SECS = 0.5  # after the last sign of life: one that dies then is late within a second


class SocketLiveness:
    """What is known of one socket. Times are seconds of one steady clock."""

    def __init__(self) -> None:
        self._alive_at = 0.0
        self._owes_since = 0.0
        self._asked_at: float | None = None  # and not answered yet
        self._has_answered = False  # since something is owed
        self._told_late = False

    def opened(self, now: float) -> None:
        """Another session begins."""
        self.lives(now)
        self.owes(now)

    def lives(self, now: float) -> None:
        """Something came: a pong, or an event."""
        self._alive_at, self._told_late = now, False
        if self._asked_at is not None:
            self._asked_at, self._has_answered = None, True

    def owes(self, now: float) -> None:
        """From now on something is expected of the model, or something else than before."""
        self._owes_since = now
        self._has_answered = False

    @property
    def is_late(self) -> bool:
        """It was asked, and its answer is missing."""
        return self._told_late

    def look(self, now: float) -> Sign:
        """What to make of it: "ask" and "late" are said once for each silence."""
        if self._asked_at is None:
            if now < self._ask_at():
                return "alive"
            self._asked_at = now
            return "ask"
        if now >= self._asked_at + DEAD_SECS:
            return "dead"
        if now >= self._asked_at + LATE_SECS and not self._told_late:
            self._told_late = True
            return "late"
        return "alive"

    def look_again_at(self) -> float:
        """When `look` may have something else to say, if nothing comes."""
        if self._asked_at is None:
            return self._ask_at()
        return self._asked_at + (DEAD_SECS if self._told_late else LATE_SECS)

    def _ask_at(self) -> float:
        if self._has_answered:
            return max(self._alive_at, self._owes_since) + PING_AGAIN_SECS
        return max(self._alive_at + PING_AFTER_SECS, self._owes_since)
