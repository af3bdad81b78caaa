"""Whether the model still lives behind a socket that does, while it owes something: plain code.

The protocol has no question that is answered at once, so only its silence can tell. It is given
more time than one that can be asked, and another session is opened beside it, not in place of it.
"""

import math

from bot.brains.realtime.conversation import Message
from bot.brains.realtime.socket_liveness import Sign

LATE_SECS = 3.0  # most answers have begun by then: the caller is asked to wait
DEAD_SECS = 5.0


class Liveness:
    """What is known of the model behind one socket. Times are seconds of one steady clock."""

    def __init__(self) -> None:
        self._since = 0.0  # it is silent since then, or something is owed since then
        self._told: set[Sign] = set()

    def opened(self, now: float) -> None:
        """Another session begins."""
        self.owes(now)

    def heard(self, now: float, message: Message) -> None:
        """This message came."""
        self.owes(now)

    def owes(self, now: float) -> None:
        """From now on another answer is expected of it, or the rest of one."""
        self._since, self._told = now, set()

    def excused(self, now: float) -> None:
        """It could not be heard until now: it is waited for from here on."""
        self._since = now

    def look(self, now: float) -> Sign:
        """What to make of it: "late" and "dead" are said once for each silence."""
        if now >= self._since + DEAD_SECS and "dead" not in self._told:
            self._told |= {"late", "dead"}
            return "dead"
        if now >= self._since + LATE_SECS and "late" not in self._told:
            self._told.add("late")
            return "late"
        return "alive"

    def look_again_at(self) -> float:
        """When `look` may have something else to say, if nothing comes."""
        if "dead" in self._told:
            return math.inf
        return self._since + (DEAD_SECS if "late" in self._told else LATE_SECS)

    @staticmethod
    def question() -> Message:
        """`look` never says "ask"."""
        raise NotImplementedError("there is nothing to ask")
