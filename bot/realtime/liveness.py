"""Whether the model's side still lives, while it owes something: plain code.

That nothing comes is no proof: it may wait for the end of a turn, or think. So it is asked
something it answers at once whatever it does, and judged by that answer.
"""

from typing import Literal

ASK_AFTER_SECS = 0.15  # behind its last word, if nothing has come since something is owed
LATE_SECS = 0.4  # after asking: a healthy network answers sooner
DEAD_SECS = 1.5  # after asking: no network takes longer that one could talk over
ASK_AGAIN_SECS = 0.5  # after the last sign of life: one that dies then is late within a second

Sign = Literal["alive", "ask", "late", "dead"]


class Liveness:
    """What is known of one session. Times are seconds of one steady clock."""

    def __init__(self) -> None:
        self.heard_at = 0.0  # the last event
        self._owes_since = 0.0
        self._asked_at: float | None = None  # and not answered yet
        self._has_answered = False  # since something is owed
        self._told_late = False

    def opened(self, now: float) -> None:
        """Another session begins."""
        self.heard(now)
        self.owes(now)

    def heard(self, now: float) -> None:
        """An event came."""
        self.heard_at = now
        if self._asked_at is not None:
            self._asked_at, self._has_answered = None, True
        self._told_late = False

    def owes(self, now: float) -> None:
        """From now on something is expected of it, or something else than before."""
        self._owes_since = now
        self._has_answered = False

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
            return max(self.heard_at, self._owes_since) + ASK_AGAIN_SECS
        return max(self.heard_at + ASK_AFTER_SECS, self._owes_since)
