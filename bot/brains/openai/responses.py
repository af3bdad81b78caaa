"""Which response is under way, and what is to be asked for next. Plain code.

One response at a time may write to the conversation; asking for a second one is an error. With
server turns the model's side starts responses too, so ours wait their turn.
"""

from collections import deque
from dataclasses import dataclass, replace
from typing import Literal


@dataclass(frozen=True, kw_only=True, slots=True)
class Wish:
    """A response we want: an answer to what is new, or a line word for word."""

    kind: Literal["answer", "say"]
    text: str = ""
    instructions: str = ""
    words_only: bool = False  # no function may be called in it


class Responses:
    """The state of one session's responses."""

    def __init__(self) -> None:
        self._wishes: deque[Wish] = deque()
        self._asked: Wish | None = None  # sent, its `response.created` not yet seen
        self._active: str | None = None
        self._active_wish: Wish | None = None  # what the active one is
        self._cancelled: set[str] = set()
        self._drop_asked = False  # called off between asking and `response.created`
        self._held_wishes: int | None = None  # wishes older than the hold there is; None: no hold
        self._held_answered = 0  # wishes older than the answer that waits in it, if that has all

    @property
    def busy(self) -> bool:
        """A response is under way or has been asked for."""
        return self._active is not None or self._asked is not None

    @property
    def waiting(self) -> bool:
        """Something is wanted that has not been asked for yet."""
        return bool(self._wishes)

    @property
    def active(self) -> str | None:
        """The response writing to the conversation now."""
        return self._active

    def wish(self, wish: Wish) -> None:
        """Wants a response; two answers waiting are one."""
        waiting = list(self._wishes)[self._held_wishes or 0 :]
        if wish.kind == "answer" and any(w.kind == "answer" for w in waiting):
            return
        self._wishes.append(wish)

    def asked(self, wish: Wish) -> None:
        """This was asked for elsewhere: its `response.created` is on its way."""
        self._asked = wish

    def next_line(self) -> str:
        """The line that is to be said now, if that is what comes next; else empty."""
        return "" if self.busy or not self._wishes else self._wishes[0].text

    def put_off_answer(self) -> bool:
        """An answer that was to be asked for is not wanted yet; false if there is none."""
        if self._held_wishes is not None or all(wish.kind != "answer" for wish in self._wishes):
            return False
        self._wishes = deque(wish for wish in self._wishes if wish.kind != "answer")
        return True

    def line_played(self) -> None:
        """That line went to the caller without the model's help."""
        self._wishes.popleft()

    @property
    def says_line(self) -> bool:
        """The active response says a line word for word: these are not the model's own words."""
        return self._active_wish is not None and bool(self._active_wish.text)

    @property
    def words_only(self) -> bool:
        """The active response was asked for without functions."""
        return self._active_wish is not None and self._active_wish.words_only

    def next_to_ask(self, *, words_only: bool = False) -> Wish | None:
        """The wish to send now, if any: it then counts as asked. An answer may have to be words."""
        if self.busy or not self._wishes:
            return None
        self._asked = self._wishes.popleft()
        if words_only and self._asked.kind == "answer":
            self._asked = replace(self._asked, words_only=True)
        return self._asked

    @property
    def asked_for(self) -> Wish | None:
        """What was asked for and has not begun, if it is wanted still."""
        return None if self._drop_asked else self._asked

    def refused(self, *, for_good: bool) -> None:
        """The server would not start what we asked for: while another runs it waits again."""
        if self._asked is not None and not for_good and not self._drop_asked:
            self._wishes.appendleft(self._asked)
            if self._held_wishes is not None:
                self._held_wishes += 1
                self._held_answered += bool(self._held_answered)
        self._asked = None
        self._drop_asked = False

    def created(self, response_id: str, *, ours: bool, answers_all: bool) -> Wish | None:
        """A response starts: returns what it is. None: nobody waits for it any more, cancel it.

        One that the server started of itself answers what it knows. If that is all that is new,
        an answer of ours that still waits is not needed any more.
        """
        self._active = response_id
        if not ours:
            if answers_all:
                self._wishes = deque(wish for wish in self._wishes if wish.kind != "answer")
            self._active_wish = Wish(kind="answer")
            return self._active_wish
        wish, self._asked = self._asked, None
        if self._drop_asked:
            wish, self._drop_asked = None, False
        self._active_wish = wish
        return wish

    def hold(self) -> None:
        """The caller speaks, perhaps: only what is wanted from here on would outlast that."""
        self._held_wishes, self._held_answered = len(self._wishes), 0

    def created_in_hold(self, response_id: str, *, answers_all: bool) -> None:
        """The server started a response of itself; whether it is wanted is seen later."""
        self._active = response_id
        self._held_answered = len(self._wishes) if answers_all else 0

    def resume(self) -> None:
        """He wanted nothing: all that was wanted still is."""
        self._held_wishes = None
        wishes, self._wishes = self._wishes, deque()
        for wish in wishes:
            self.wish(wish)

    def cancel(self, *, keep: str | None = None) -> str | None:
        """The caller speaks: forgets what was wanted; returns the response to cancel, if any.

        What was wanted since a `hold` is not forgotten, unless the response to `keep` answers it.
        """
        wishes = list(self._wishes)
        since = len(wishes) if self._held_wishes is None else self._held_wishes
        answered = self._held_answered if keep is not None else 0
        self._wishes = deque(
            wish
            for place, wish in enumerate(wishes)
            if place >= since and (place >= answered or wish.kind != "answer")
        )
        self._held_wishes = None
        self._drop_asked = self._asked is not None
        if self._active == keep or self._active in self._cancelled:
            return None
        return self._active

    def cancelled(self, response_id: str) -> None:
        """It was cancelled, in the conversation or beside it."""
        self._cancelled.add(response_id)

    def is_cancelled(self, response_id: str) -> bool:
        """Nothing of this response may reach the caller any more."""
        return response_id in self._cancelled

    def done(self, response_id: str) -> None:
        """A response has ended, in whatever way."""
        if self._active == response_id:
            self._active = self._active_wish = None

    def left(self, *, active: bool, answers: bool) -> "Responses":
        """What is still wanted, for a session that knows nothing of this one's responses.

        `active`: what is under way has brought nothing yet, so it is wanted too. `answers`:
        false where the new session will find by itself that it has to answer.
        """
        wanted = [] if self._asked is None or self._drop_asked else [self._asked]
        if active and self._active_wish is not None and self._active not in self._cancelled:
            wanted.append(self._active_wish)
        left = Responses()
        for wish in (*wanted, *self._wishes):
            if answers or wish.kind != "answer":
                left.wish(wish)
        return left
