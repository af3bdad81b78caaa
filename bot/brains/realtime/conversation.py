"""What the shell needs of a conversation in the vendor's protocol: plain code, no I/O, no clock."""

from collections import deque
from collections.abc import Mapping
from datetime import datetime
from typing import Any, Protocol

from bot.brains.realtime.events import FunctionCalled, ModelEvent

Message = Mapping[str, Any]  # of the vendor's protocol, in either direction


class Asking(Protocol):
    """What is wanted of the model, and when it is asked for."""

    @property
    def busy(self) -> bool:
        """A response is under way or has been asked for."""
        ...

    @property
    def waiting(self) -> bool:
        """Something is to be said that has not been asked for yet."""
        ...

    @property
    def hushed(self) -> bool:
        """Whether the agent is hushed: only lines asked for by `say` are spoken."""
        ...

    def opening_asked(self, first_line: str | None) -> None:
        """The first words were asked for when the session was opened."""
        ...

    def say(self, line: str) -> None:
        """Wants this line spoken, word for word, when nothing else is being said."""
        ...

    def say_instead(self, line: str) -> bool:
        """Wants this line said in place of the answer that is due or under way. False: some of
        that is on its way to the caller already."""
        ...

    def answer(self, instructions: str = "") -> None:
        """Asks for an answer to what is new in the conversation, unless hushed."""
        ...

    def answer_now(self) -> None:
        """Wants an answer from a model that owes one, and waits for it no longer."""
        ...

    def answer_unwanted(self) -> None:
        """What the model's side will answer to what it hears now is not to be heard."""
        ...

    def note(self, text: str) -> None:
        """Tells the model a fact that neither side has said."""
        ...

    def instruct(self, text: str) -> None:
        """Tells the model what holds for the whole conversation, whatever session it is in."""
        ...

    def pick_up_thread(self) -> None:
        """The line is back: wants the agent to say so and to go on."""
        ...

    def hush(self) -> None:
        """Hushes the agent: until `greet` only lines asked for by `say` are spoken."""
        ...

    def speak_again(self) -> None:
        """The agent is hushed no more, and answers what is said from here on."""
        ...

    def greet(self, first_line: str | None) -> None:
        """A person listens now: the agent begins the call, with this line or in its own words."""
        ...

    def say_aside(self, line: str) -> None:
        """Wants a line spoken at once beside the conversation, which goes on unaware of it."""
        ...

    def call_off_asides(self) -> None:
        """The caller speaks: a line beside the conversation is not generated any further."""
        ...

    def summarise(self, instructions: str) -> None:
        """Wants a text about the conversation so far, beside it: a `SummaryMade` will follow."""
        ...

    def next_line(self) -> str:
        """The line that `ask` would ask for now, word for word; empty if it is something else."""
        ...

    def ask(self) -> None:
        """Asks for what is wanted, if nothing is under way."""
        ...

    def ask_again(self) -> None:
        """The moment after a failure is over."""
        ...


class Playback(Protocol):
    """What the caller hears of the agent, and how much of it was heard."""

    @property
    def under_way(self) -> bool:
        """Whether speech is on its way of which it is unknown how much was heard."""
        ...

    def clip_played(self, utterance_id: str, text: str, duration_ms: float, *, first: bool) -> None:
        """A prepared line goes to the caller, its `first` words or what `next_line` said."""
        ...

    def aside_played(self, utterance_id: str, text: str, duration_ms: float) -> None:
        """A prepared filler goes to the caller: no part of the conversation."""
        ...

    def received(self, utterance_id: str, duration_ms: float) -> None:
        """How long the sound of an `AgentSound` was, once decoded."""
        ...

    def played(
        self,
        utterance_id: str,
        heard_ms: int,
        *,
        interrupted: bool,
        held_ms: int = 0,
        began_secs_ago: float | None = None,
        silent_secs_ago: float = 0.0,
    ) -> None:
        """The carrier has played an utterance, or it was cut: what was heard becomes history."""
        ...

    def may_be_heard(self, utterance_id: str) -> bool:
        """It has neither ended nor been cut, and its response was not cancelled."""
        ...

    def ends_in_question(self, utterance_id: str) -> bool:
        """Whether the last thing said in it is a question."""
        ...

    def is_asking(self, unheard_ms: float) -> bool:
        """The caller is being asked something, and has so much still to hear."""
        ...

    def is_saying(self, text: str) -> bool:
        """These words are of what the agent says now."""
        ...


class Conversation(Protocol):
    """The conversation of one call, whatever session it is in: plain code, no I/O, no clock.

    Calls and the vendor's messages go in; messages to send collect in `to_send`, and what they
    mean for the call in `happened`. The shell drains both after each call.
    """

    to_send: deque[dict[str, Any]]
    happened: deque[ModelEvent]
    malformed: int  # known messages that lacked what they must have
    unknown: int  # messages of a kind nobody knows
    repeated: int  # messages that came before

    @property
    def asking(self) -> Asking:
        """What is wanted of the model."""
        ...

    @property
    def playback(self) -> Playback:
        """What the caller hears."""
        ...

    # -- messages -----------------------------------------------------------------------------

    def server_event(self, message: Message, now: datetime) -> None:
        """Takes in one message of the vendor. Never raises."""
        ...

    def could_not_take(self, message: Message, error: Exception) -> None:
        """A fault of ours with one message costs what that message says, and not the call."""
        ...

    def catch_up(self) -> bool:
        """Takes in one message that was withheld in a hold; false if there is none."""
        ...

    # -- how it stands ------------------------------------------------------------------------

    @property
    def owes(self) -> bool:
        """More of the model is due than has come: an answer, a line, the rest of a sentence."""
        ...

    @property
    def speaking(self) -> bool:
        """A response is under way, or waits to be heard, that may still reach the caller."""
        ...

    @property
    def failing(self) -> bool:
        """The last answer failed."""
        ...

    @property
    def awaits_words(self) -> bool:
        """A turn of the caller has not been transcribed yet."""
        ...

    @property
    def turn_is_open(self) -> bool:
        """The model's side hears the caller speak."""
        ...

    @property
    def cancelled_active(self) -> str | None:
        """The response under way, if it was cancelled: the model's side is to say that it ended."""
        ...

    # -- responses ----------------------------------------------------------------------------

    def presume_over(self, response_id: str | None) -> None:
        """Treats a cancelled response as ended though its end was never announced."""
        ...

    # -- the caller ---------------------------------------------------------------------------

    def appended(self, duration_ms: float) -> None:
        """This much caller sound has been sent."""
        ...

    def commit(self, started_at: datetime, ended_at: datetime) -> None:
        """Local turns: the caller has finished; an answer is wanted."""
        ...

    def restart_turn(self) -> None:
        """Local turns: the caller begins; what was sent since the last turn is forgotten."""
        ...

    def end_stuck_turn(self, now: datetime, *, heard: bool) -> None:
        """The model's ear hears the caller speak, and they do not; `heard`: our ear did hear some
        of it, which is put before the model."""
        ...

    def keys_typed(self, item_id: str, text: str, *, asks: bool) -> None:
        """The caller has typed something, which is put before the model; if it `asks`, an answer
        is wanted."""
        ...

    def interrupted(self, *, speaking: bool = False) -> bool:
        """The caller has the turn, and is `speaking` still. Returns whether a response was cut."""
        ...

    def hold(self) -> None:
        """The caller speaks over the agent: whether they want the turn is seen later."""
        ...

    def given_back(self, *, answers: bool = False) -> None:
        """The caller did not want the turn; `answers`: they answered a question before its end."""
        ...

    # -- functions ----------------------------------------------------------------------------

    def call_function(self, name: str, arguments: Mapping[str, Any]) -> FunctionCalled:
        """Has a function called in the model's stead; it will find the call and its result."""
        ...

    def function_result(
        self, call_id: str, output: Mapping[str, Any], *, speak: bool = False
    ) -> None:
        """Hands the model the result of a function it called; it is to `speak` about it."""
        ...

    # -- sessions -----------------------------------------------------------------------------

    def session_lost(self) -> None:
        """The session is gone: speech on its way to the caller goes on as far as it has come."""
        ...

    def begin_again(self, *, unheard: bool = False) -> bool:
        """Another session takes the place of the one lost, with an empty memory: tells it all.
        Returns whether the caller waits for an answer to words that are to be heard again."""
        ...
