"""A conversation driven by hand: what goes in on either side, what comes out."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from bot.brains.gemini.conversation import GeminiConversation
from bot.brains.gemini.resumption import Resumption
from bot.brains.realtime import events as happened
from bot.brains.realtime.function_rounds import FunctionRounds
from tests.brains.gemini.oracle import assert_client_message, assert_server_message

NOW = datetime(2027, 3, 9, 10, tzinfo=UTC)
SOUND = "AQID" * 100


class Talk:
    """One conversation, and all that it has sent and told so far."""

    def __init__(self) -> None:
        self.resumption = Resumption()
        self.it = GeminiConversation(FunctionRounds(), self.resumption)
        self.sent: list[dict[str, Any]] = []
        self.told: list[happened.ModelEvent] = []

    def drain(self) -> None:
        while self.it.to_send or self.it.happened or self.it.catch_up():
            while self.it.to_send:
                message = self.it.to_send.popleft()
                assert_client_message(message)
                self.sent.append(message)
            while self.it.happened:
                self._follow(self.it.happened.popleft())

    def _follow(self, event: happened.ModelEvent) -> None:
        self.told.append(event)
        if isinstance(event, happened.AgentSound):
            self.it.playback.received(event.utterance_id, 1000)

    # -- the server ---------------------------------------------------------------------------

    def server(self, message: dict[str, Any]) -> None:
        assert_server_message(message)
        self.it.server_event(message, NOW)
        self.drain()

    def content(self, **fields: Any) -> None:
        self.server({"serverContent": fields})

    def says(self, words: str = "", *, sound: str = SOUND) -> None:
        blob = {"mimeType": "audio/pcm;rate=24000", "data": sound}
        turn = {"role": "model", "parts": [{"inlineData": blob}]}
        said = {"outputTranscription": {"text": words}} if words else {}
        self.content(modelTurn=turn, **said)

    def calls(self, name: str, call_id: str = "f1", **args: Any) -> None:
        self.server({"toolCall": {"functionCalls": [{"id": call_id, "name": name, "args": args}]}})

    def over(self, **more: Any) -> None:
        self.content(turnComplete=True, **more)

    # -- the shell ----------------------------------------------------------------------------

    def ask(self) -> None:
        self.it.asking.ask()
        self.drain()

    def greets(self) -> None:
        """The model's first words, heard to their end."""
        self.it.asking.opening_asked(None)
        self.says("Hello there.")
        self.content(generationComplete=True)
        self.over()
        self.hears_all()

    def hears_all(self, heard_ms: int = 1000, *, interrupted: bool = False) -> None:
        """The caller hears what is under way."""
        for event in [e for e in self.told if isinstance(e, happened.AgentSound)]:
            self.it.playback.played(event.utterance_id, heard_ms, interrupted=interrupted)
        self.drain()

    def caller(self, words: str = "") -> None:
        """They say something; these words are made out."""
        self.it.restart_turn()
        self.it.commit(NOW, NOW)
        self.drain()
        if words:
            self.content(inputTranscription={"text": words})

    # -- what came of it ----------------------------------------------------------------------

    def of(self, kind: type[Any]) -> list[Any]:
        return [event for event in self.told if isinstance(event, kind)]

    @property
    def last_words(self) -> list[str]:
        """Of the texts in the last message with any."""
        return texts(next(m for m in reversed(self.sent) if texts(m)))

    @property
    def agent_sound(self) -> int:
        return len(self.of(happened.AgentSound))


def texts(message: Mapping[str, Any]) -> list[str]:
    """All that a message of ours says in words."""
    turns = (message.get("clientContent") or {}).get("turns") or []
    said = [part["text"] for turn in turns for part in turn["parts"]]
    realtime = (message.get("realtimeInput") or {}).get("text", "").strip()
    return said + ([realtime] if realtime else [])
