"""Whether the three services keep the caller waiting. Plain code.

Each stage has a deadline of its own, and an answer that failed is asked for again: nothing is given
up here. A caller who waits for longer than a breath is told so ("late"), once for each answer.
"""

import math

from bot.brains.openai import client_events
from bot.brains.openai.client_events import ClientEvent
from bot.brains.openai.server_events import ServerEvent
from bot.brains.realtime.socket_liveness import Sign

LATE_SECS = 2.0  # without a word: the filler is said
_EMPTY = frozenset({"session.updated", "response.created", "conversation.item.added"})


class CascadeLiveness:
    """See `bot.brains.realtime.vendor.Liveness`."""

    def __init__(self) -> None:
        self._late_at = math.inf

    def opened(self, now: float) -> None:
        self.owes(now)

    def heard(self, now: float, message: ServerEvent) -> None:
        if message["type"] not in _EMPTY:
            self._late_at = math.inf

    def owes(self, now: float) -> None:
        self._late_at = now + LATE_SECS

    def excused(self, now: float) -> None:
        if self._late_at < math.inf:
            self.owes(now)

    def look(self, now: float) -> Sign:
        if now < self._late_at:
            return "alive"
        self._late_at = math.inf
        return "late"

    def look_again_at(self) -> float:
        return self._late_at

    @staticmethod
    def question() -> ClientEvent:
        return client_events.are_you_there()
