"""What the model is asked for beside the conversation, which goes on unaware of it. Plain code."""

from collections import deque
from typing import Any

from bot.brains.openai import client_events

LONGEST_SUMMARY = 20_000  # characters; what is beyond makes it unreadable, and it is left out


class OutOfBandResponses:
    """The asides, lines said at once, and the summaries of one session."""

    def __init__(self, to_send: deque[dict[str, Any]]) -> None:
        self._to_send = to_send
        self._asked: deque[str | None] = deque()  # lines; None: called off meanwhile
        self._asides: set[str] = set()  # responses under way
        self._summaries: dict[str, list[str]] = {}  # response under way -> its text

    def say(self, line: str) -> None:
        """Asks for an aside."""
        self._asked.append(line)
        self._to_send.append(client_events.aside(line))

    def call_off(self) -> set[str]:
        """No aside is wanted any more: returns the responses under way, to be cancelled."""
        self._asked = deque(None for _ in self._asked)
        return self._asides

    def aside_begins(self, response_id: str) -> str | None:
        """Returns the line it says. None: it was called off, cancel it."""
        self._asides.add(response_id)
        return self._asked.popleft() if self._asked else None

    def aside_refused(self) -> None:
        """The server would not start one."""
        if self._asked:
            self._asked.popleft()

    def is_aside(self, response_id: str) -> bool:
        """Whether this response is an aside under way."""
        return response_id in self._asides

    def aside_done(self, response_id: str) -> None:
        """It has ended, in whatever way."""
        self._asides.discard(response_id)

    def summarise(self, instructions: str) -> None:
        """Asks for a text about the conversation so far."""
        self._to_send.append(client_events.summary(instructions))

    @property
    def summarising(self) -> bool:
        """A summary is being made."""
        return bool(self._summaries)

    def summary_begins(self, response_id: str) -> None:
        """This response is a summary."""
        self._summaries[response_id] = []

    def is_summary(self, response_id: str) -> bool:
        """Whether this response is a summary under way."""
        return response_id in self._summaries

    def summary_goes_on(self, response_id: str, words: str) -> None:
        """More of its text has come."""
        written = self._summaries[response_id]
        if sum(map(len, written)) + len(words) <= LONGEST_SUMMARY:
            written.append(words)

    def summary_done(self, response_id: str) -> str:
        """It has ended: returns its text."""
        return "".join(self._summaries.pop(response_id))
