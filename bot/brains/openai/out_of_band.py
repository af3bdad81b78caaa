"""What the model is asked for beside the conversation, which goes on unaware of it. Plain code."""

from collections import deque
from typing import Any

from bot.brains.openai import client_events
from bot.brains.openai.responses import Response, Responses

LONGEST_SUMMARY = 20_000  # characters; what is beyond makes it unreadable, and it is left out


class OutOfBandResponses:
    """The asides, lines said at once, and the summaries of one session."""

    def __init__(
        self, responses: Responses, to_send: deque[dict[str, Any]], *, possible: bool = True
    ) -> None:
        """`possible`: the model's side has such a thing."""
        self.possible = possible
        self._responses = responses
        self._to_send = to_send
        self._asked: deque[str | None] = deque()  # lines; None: called off meanwhile

    def say(self, line: str) -> None:
        """Asks for an aside."""
        self._asked.append(line)
        self._to_send.append(client_events.aside(line))

    def call_off(self) -> list[Response]:
        """No aside is wanted any more: returns those under way that are to be cancelled."""
        self._asked = deque(None for _ in self._asked)
        return [each for each in self._responses.now("aside") if not each.is_cancelled]

    def aside_begins(self, response: Response) -> bool:
        """Whether it is still wanted; if not, cancel it."""
        line = self._asked.popleft() if self._asked else None
        response.purpose, response.line = "aside", line or ""
        return line is not None

    def aside_refused(self) -> None:
        """The server would not start one."""
        if self._asked:
            self._asked.popleft()

    def summarise(self, instructions: str) -> None:
        """Asks for a text about the conversation so far."""
        asked = client_events.summary if self.possible else client_events.closing_summary
        self._to_send.append(asked(instructions))

    @property
    def summarising(self) -> bool:
        """A summary is being made."""
        return any(self._responses.now("summary"))

    @staticmethod
    def summary_goes_on(response: Response, words: str) -> None:
        """More of a summary's text has come."""
        if sum(map(len, response.text)) + len(words) <= LONGEST_SUMMARY:
            response.text.append(words)
