"""What is known of one conversation: of the call, and of the session it is in. Plain code."""

from collections import deque
from typing import Any

from bot.brains.gemini.caller_turns import CallerTurns
from bot.brains.gemini.functions import Functions
from bot.brains.gemini.memory import Memory
from bot.brains.gemini.wishes import ModelTurn, Wish
from bot.brains.realtime.events import Generating, ModelEvent
from bot.brains.realtime.function_rounds import FunctionRounds
from bot.brains.realtime.speech import Speech


class Dialogue:
    """What the parts of a conversation share."""

    def __init__(self, rounds: FunctionRounds) -> None:
        self.to_send: deque[dict[str, Any]] = deque()
        self.happened: deque[ModelEvent] = deque()
        self.rounds = rounds
        self.speech = Speech()
        self.memory = Memory()
        self.functions = Functions(self.memory, self.to_send)
        self.caller = CallerTurns(self.memory, self.happened)
        self.hushed = False  # nobody listens: only lines asked for by `say` are wanted
        self.summing_up = False  # the call is over: only a summary is wanted
        self.wishes: deque[Wish] = deque()
        self._generating = False
        self.meet_session()

    def meet_session(self) -> None:
        """There is nothing yet between us and the session that comes."""
        self.activity = False  # the caller's speech is marked as going on
        self.asked: Wish | None = None  # and nothing has come of it yet
        self.active: ModelTurn | None = None
        # Something was asked for that has not begun and is not wanted: it will come all the same.
        self.unwanted = False
        # Something was cut before it began, or after it: the end of a turn that may come is of
        # that.
        self.closing = False

    @property
    def busy(self) -> bool:
        """A turn of the model is under way or has been asked for."""
        return self.asked is not None or (self.active is not None and not self.active.generated)

    def cuts_in(self) -> None:
        """Something is sent that stops whatever the model is saying, or was about to say."""
        if self.unwanted:
            self.unwanted, self.closing = False, True

    def call_off(self, *, but_last: int = 0, keep_asked: bool = False) -> None:
        """What was wanted of the model is wanted no more, and nothing more of what is under way may
        be heard; but for the last wishes, and for what was asked for where that is to be kept."""
        while len(self.wishes) > but_last:
            self.wishes.popleft()
        if self.asked is not None and not keep_asked:
            self.asked = None
            if self.activity:
                self.closing = True
            else:
                self.unwanted = True
        if self.active is not None and not self.active.cancelled:
            self.cancel(self.active)

    def cancel(self, turn: ModelTurn) -> None:
        """Nothing more of it may reach the caller."""
        turn.cancelled = True
        for utterance in self.speech.of_response(turn.id):
            if not utterance.received_ms:
                self.speech.end(utterance.id)
                self.memory.history.forget(utterance.id)

    def note_generating(self) -> None:
        """Tells of it where a turn is under way now, or none any more."""
        if self.busy != self._generating:
            self._generating = self.busy
            self.happened.append(Generating(under_way=self._generating))
