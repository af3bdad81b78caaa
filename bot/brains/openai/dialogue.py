"""What is known of one conversation: of the call, and of the session it is in. Plain code."""

from collections import deque
from typing import Any

from bot.brains.openai import client_events
from bot.brains.openai.agent_turns import AgentTurns
from bot.brains.openai.caller_turns import CallerTurns
from bot.brains.openai.memory import Memory
from bot.brains.openai.out_of_band import OutOfBandResponses
from bot.brains.openai.purposes import Purposes
from bot.brains.openai.quirks import Quirks
from bot.brains.openai.responses import Response, Responses
from bot.brains.openai.server_responses import ServerResponses
from bot.brains.realtime.events import Generating, ModelEvent
from bot.brains.realtime.function_rounds import FunctionRounds
from bot.brains.realtime.speech import Speech


class Dialogue:
    """What the parts of a conversation share."""

    def __init__(self, rounds: FunctionRounds, quirks: Quirks) -> None:
        self._quirks = quirks
        self.answers_unasked = quirks.turn_detection != "none"  # where turns end there
        self.to_send: deque[dict[str, Any]] = deque()
        self.happened: deque[ModelEvent] = deque()
        self.rounds = rounds
        self.speech = Speech()
        self.memory = Memory(self.to_send, cut=quirks.memory_is_cut)
        self.hushed = False  # nobody listens: only lines asked for by `say` are wanted
        self._generating = False
        self.meet_session(Responses())

    def meet_session(self, responses: Responses) -> None:
        """There is nothing yet between us and the session that comes but what is wanted of it."""
        self.responses = responses
        self.purposes = Purposes()
        self.server_responses = ServerResponses(responses, self.to_send)
        self.out_of_band = OutOfBandResponses(
            responses, self.to_send, possible=self._quirks.out_of_band
        )
        self.caller_turns = CallerTurns(
            server_responses=self.server_responses,
            purposes=self.purposes,
            memory=self.memory,
            happened=self.happened,
        )
        self.agent_turns = AgentTurns(
            responses=responses,
            speech=self.speech,
            memory=self.memory,
            rounds=self.rounds,
            happened=self.happened,
        )

    @property
    def is_barren(self) -> bool:
        """A response is under way that has brought nothing whole yet."""
        active = self.responses.active
        return active is not None and not active.is_fruitful

    def cancel(self, response: Response) -> None:
        """Cancels a response and forgets what was generated but not heard."""
        response.cancel()
        self.to_send.append(client_events.cancel(response.id))
        self.agent_turns.forget_unheard(response)

    def call_off(self, *, keep: Response | None = None) -> None:
        """What was wanted of the model is wanted no more, and what is under way is stopped, but
        for the response to `keep`."""
        response = self.responses.call_off(keep=keep)
        if response is not None:
            self.cancel(response)

    def note_generating(self) -> None:
        """Tells of it where a response is under way now, or none any more."""
        if self.responses.busy != self._generating:
            self._generating = self.responses.busy
            self.happened.append(Generating(under_way=self._generating))
