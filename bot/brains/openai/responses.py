"""The responses of one session, each with its fate, and what is to be asked for next. Plain code.

One response at a time may write to the conversation; asking for a second one is an error. With
server turns the model's side starts responses too, so ours wait their turn.
"""

from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from enum import Enum, auto
from typing import Literal


@dataclass(frozen=True, kw_only=True, slots=True)
class Wish:
    """A response we want: an answer to what is new, or a line word for word."""

    kind: Literal["answer", "say"]
    text: str = ""
    instructions: str = ""
    words_only: bool = False  # no function may be called in it


class State(Enum):
    """What is to become of a response."""

    UNNOTICED = auto()  # something of it has come, and its beginning has not
    UNDER_WAY = auto()  # it is for the caller, or was before it ended
    WAITING = auto()  # begun in a hold: whether it is for the caller is seen later
    CANCELLED = auto()  # nothing more of it may reach the caller
    WITHDRAWN = auto()  # and nothing of it may remain in the model's memory


@dataclass(kw_only=True, eq=False, slots=True)
class Response:
    """One response, from the first that is heard of it on."""

    id: str
    state: State = State.UNNOTICED
    purpose: Literal["conversation", "aside", "summary"] = "conversation"
    wish: Wish | None = None  # what it is; None: nobody knows
    line: str = ""  # that it was given to say, word for word
    is_over: bool = False
    has_words: bool = False  # it has begun a message
    has_sound: bool = False
    is_fruitful: bool = False  # it has said something to its end, or called a function
    text: list[str] = field(default_factory=list)  # of a summary

    @property
    def is_unnoticed(self) -> bool:
        """Its beginning has not come."""
        return self.state is State.UNNOTICED

    @property
    def is_cancelled(self) -> bool:
        """Nothing more of it may reach the caller."""
        return self.state in (State.CANCELLED, State.WITHDRAWN)

    @property
    def is_withdrawn(self) -> bool:
        """Nothing of it may remain."""
        return self.state is State.WITHDRAWN

    def is_now(self, purpose: Literal["aside", "summary"]) -> bool:
        """It is beside the conversation, for this, and under way."""
        return self.purpose == purpose and not self.is_over

    def begin(self) -> None:
        """It has begun; what was cancelled before stays so."""
        if self.state is State.UNNOTICED:
            self.state = State.UNDER_WAY
        if self.is_over:  # another of the same name
            self.is_over = self.has_words = self.has_sound = self.is_fruitful = False

    def wait(self) -> None:
        """It has begun in a hold."""
        self.state = State.WAITING

    def go_on(self) -> None:
        """It waits no longer: it is for the caller."""
        if self.state is State.WAITING:
            self.state = State.UNDER_WAY

    def cancel(self) -> None:
        """It is cancelled, unless more than that has happened to it."""
        if self.state is not State.WITHDRAWN:
            self.state = State.CANCELLED

    def withdraw(self) -> None:
        """It is cancelled, and forgotten by the model."""
        self.state = State.WITHDRAWN


class Responses:
    """Those of one session."""

    def __init__(self) -> None:
        self._known: dict[str, Response] = {}
        self._wishes: deque[Wish] = deque()
        self._asked: Wish | None = None  # sent, its `response.created` not yet seen
        self._active: Response | None = None
        self._drop_asked = False  # called off between asking and `response.created`
        self._held_wishes: int | None = None  # wishes older than the hold there is; None: no hold
        self._held_answered = 0  # wishes older than the answer that waits in it, if that has all

    # -- responses ----------------------------------------------------------------------------

    def of(self, response_id: str) -> Response:
        """The response of this id, from now on at least."""
        return self._known.setdefault(response_id, Response(id=response_id))

    def now(self, purpose: Literal["aside", "summary"]) -> Iterator[Response]:
        """Those under way beside the conversation, for this."""
        return (response for response in self._known.values() if response.is_now(purpose))

    @property
    def busy(self) -> bool:
        """A response is under way or has been asked for."""
        return self._active is not None or self._asked is not None

    @property
    def active(self) -> Response | None:
        """The response writing to the conversation now."""
        return self._active

    def created(self, response_id: str, *, ours: bool, answers_all: bool) -> Wish | None:
        """A response starts: returns what it is. None: nobody waits for it any more, cancel it.

        One that the server started of itself answers what it knows. If that is all that is new,
        an answer of ours that still waits is not needed any more.
        """
        self._active = response = self.of(response_id)
        if not ours:
            if answers_all:
                self._wishes = deque(wish for wish in self._wishes if wish.kind != "answer")
            response.wish = Wish(kind="answer")
            return response.wish
        response.wish, self._asked = self._asked, None
        if self._drop_asked:
            response.wish, self._drop_asked = None, False
        return response.wish

    def created_in_hold(self, response_id: str, *, answers_all: bool) -> Response:
        """The server started a response of itself; whether it is wanted is seen later."""
        self._active = self.of(response_id)
        self._active.wait()
        self._held_answered = len(self._wishes) if answers_all else 0
        return self._active

    def done(self, response_id: str) -> None:
        """A response has ended, in whatever way."""
        self.of(response_id).is_over = True
        if self._active is not None and self._active.id == response_id:
            self._active = None

    # -- wishes -------------------------------------------------------------------------------

    @property
    def waiting(self) -> bool:
        """Something is wanted that has not been asked for yet."""
        return bool(self._wishes)

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

    def line_played(self) -> None:
        """That line went to the caller without the model's help."""
        self._wishes.popleft()

    def put_off_answer(self) -> bool:
        """An answer that was to be asked for is not wanted yet; false if there is none."""
        if self._held_wishes is not None or all(wish.kind != "answer" for wish in self._wishes):
            return False
        self._wishes = deque(wish for wish in self._wishes if wish.kind != "answer")
        return True

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

    # -- the caller ---------------------------------------------------------------------------

    def hold(self) -> None:
        """The caller speaks, perhaps: only what is wanted from here on would outlast that."""
        self._held_wishes, self._held_answered = len(self._wishes), 0

    def resume(self) -> None:
        """They wanted nothing: all that was wanted still is."""
        self._held_wishes = None
        wishes, self._wishes = self._wishes, deque()
        for wish in wishes:
            self.wish(wish)

    def call_off(self, *, keep: Response | None = None) -> Response | None:
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
        active = self._active
        return None if active is keep or active is None or active.is_cancelled else active

    def left(self, *, active: bool, answers: bool) -> "Responses":
        """What is still wanted, for a session that knows nothing of this one's responses.

        `active`: what is under way has brought nothing yet, so it is wanted too. `answers`:
        false where the new session will find by itself that it has to answer.
        """
        wanted = [] if self._asked is None or self._drop_asked else [self._asked]
        now = self._active
        if active and now is not None and now.wish is not None and not now.is_cancelled:
            wanted.append(now.wish)
        left = Responses()
        for wish in (*wanted, *self._wishes):
            if answers or wish.kind != "answer":
                left.wish(wish)
        return left
