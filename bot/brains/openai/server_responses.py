"""The answers that the model's side begins of itself: which are wanted, and which wait. Plain code.

While the agent is held nobody knows yet whether the caller wants the turn. An answer to what they
says then waits, with all events about it: it is taken in later, or withdrawn without a trace.
"""

from collections import deque
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from bot.brains.openai import client_events
from bot.brains.openai.responses import Response, Responses
from bot.brains.openai.server_events import ServerEvent


@dataclass(kw_only=True)
class Holding:
    """One hold. The answer the model's side begins meanwhile waits for what comes of it."""

    turns: set[str]  # items of the caller's speech that are being made or were made in it
    committed: list[str] = field(default_factory=list)  # those that are in the conversation
    answer: Response | None = None  # of the model's side; nothing of it may be heard yet
    answer_owed: bool = False  # we would have asked for one
    withheld: deque[tuple[ServerEvent, datetime]] = field(
        default_factory=deque
    )  # events of `answer`

    def withholds(self, event: ServerEvent) -> bool:
        """Whether this server event is of the answer that waits."""
        if self.answer is None:
            return False
        return (event.get("response.id") or event.get("response_id")) == self.answer.id

    @property
    def answer_is_done(self) -> bool:
        """The answer has been generated to its end."""
        return any(event["type"] == "response.done" for event, _ in self.withheld)


class ServerResponses:
    """Those of one session."""

    def __init__(self, responses: Responses, to_send: deque[dict[str, Any]]) -> None:
        self._responses = responses
        self._to_send = to_send
        self.due = False  # from speech they hear to the response they start for it
        self.unwanted = False  # the one that is due answers what was no turn
        self.holding: Holding | None = None
        self._put_off: deque[tuple[ServerEvent, datetime]] = deque()  # to be taken in, one by one

    # -- events in their order ----------------------------------------------------------------

    def puts_off(self, event: ServerEvent, now: datetime) -> bool:
        """Whether this event is kept: it is of an answer that waits, or others come before it."""
        if self.holding is not None and self.holding.withholds(event):
            self.holding.withheld.append((event, now))
            return True
        if self._put_off:
            self._put_off.append((event, now))
            return True
        return False

    def next_event(self) -> tuple[ServerEvent, datetime] | None:
        """The next of those that were put off and wait no longer, with the time it came."""
        return self._put_off.popleft() if self._put_off else None

    # -- a hold -------------------------------------------------------------------------------

    def hold(self, turns: set[str]) -> None:
        """The caller speaks over the agent, in these turns."""
        self.holding = Holding(turns=turns)

    def end_hold(self) -> Holding | None:
        """It is known what they want: what is made of the hold, if there is one, comes next."""
        holding, self.holding = self.holding, None
        return holding

    def take_in(self, holding: Holding) -> None:
        """They wanted the turn, or have been answered: the answer waits no longer."""
        if holding.answer is not None:
            holding.answer.go_on()
        self._put_off.extend(holding.withheld)

    def give_back(self, holding: Holding) -> None:
        """The caller did not want the turn: nothing that answers it is to be heard."""
        self.unwanted = bool(holding.committed) and self.due
        self.withdraw_waiting(holding)

    def withdraw_waiting(self, holding: Holding) -> None:
        """An answer that waits is not to be heard; what is known of it is taken in as such."""
        if holding.answer is not None:
            self._withdraw(holding.answer, is_done=holding.answer_is_done)
            self._put_off.extend(holding.withheld)
            holding.withheld.clear()
            holding.answer = None

    # -- one answer ---------------------------------------------------------------------------

    def caller_goes_on(self, item_id: str) -> None:
        """They speak: an answer that waits was to half of what they say."""
        self.unwanted = False
        if self.holding is not None:
            self.withdraw_waiting(self.holding)
            self.holding.turns.add(item_id)

    def keep_back(self, response_id: str, *, wanted: bool, answers_all: bool) -> None:
        """A response begins that answers what is no turn, or may be none."""
        response = self._responses.created_in_hold(response_id, answers_all=answers_all)
        if self.holding is not None and wanted and not self.unwanted:
            self.holding.answer = response
        else:
            self.unwanted = False
            self._withdraw(response)

    def _withdraw(self, response: Response, *, is_done: bool = False) -> None:
        response.withdraw()
        if not is_done:
            self._to_send.append(client_events.cancel(response.id))
