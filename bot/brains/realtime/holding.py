"""What the model's side does about the caller's speech while the agent is held. Plain code."""

from collections import deque
from dataclasses import dataclass, field
from datetime import datetime

from bot.brains.realtime.server_events import Event


@dataclass(kw_only=True)
class Holding:
    """One hold. The answer the model's side begins meanwhile waits for what comes of it."""

    turns: set[str]  # items of the caller's speech that are being made or were made in it
    committed: list[str] = field(default_factory=list)  # those that are in the conversation
    answer: str | None = None  # a response of the model's side; nothing of it may be heard yet
    answer_owed: bool = False  # we would have asked for one
    withheld: deque[tuple[Event, datetime]] = field(default_factory=deque)  # events of `answer`

    def withholds(self, event: Event) -> bool:
        """Whether this server event is of the answer that waits."""
        if self.answer is None:
            return False
        return (event.get("response.id") or event.get("response_id")) == self.answer

    @property
    def answer_is_done(self) -> bool:
        """The answer has been generated to its end."""
        return any(event["type"] == "response.done" for event, _ in self.withheld)
