"""What happened in one session, kept for whoever checks it afterwards."""

from dataclasses import dataclass, field

from bot.clock import monotonic
from bot.simulator.model.conversation import Conversation
from bot.simulator.model.refusal import Event


@dataclass(frozen=True)
class Moved:
    """An event and when it passed, in seconds of `bot.clock.monotonic`."""

    at_secs: float
    event: Event


@dataclass(kw_only=True)
class SessionRecord:
    """One session as the model saw it.

    `heard` is what the model understood of each turn, by item id; `audio_received` is μ-law at
    8 kHz, whatever format it travelled in.
    """

    session_id: str
    model: str
    opened_at_secs: float = field(default_factory=monotonic)
    client_events: list[Moved] = field(default_factory=list)
    server_events: list[Moved] = field(default_factory=list)
    heard: dict[str, str] = field(default_factory=dict)
    audio_received: bytearray = field(default_factory=bytearray)
    audio_received_ms: int = 0
    session: Event = field(default_factory=dict)  # as last told to the client
    close_code: int | None = None  # set once the connection is gone; 1006 without a farewell
    conversation: Conversation = field(default_factory=Conversation)

    @property
    def responses(self) -> list[Event]:
        """The finished responses, as `response.done` told them: status, output, usage."""
        return [event["response"] for event in self.sent("response.done")]

    @property
    def items(self) -> list[Event]:
        """The conversation now, as the wire would show it."""
        return [item.as_wire() for item in self.conversation.items]

    def sent(self, kind: str) -> list[Event]:
        """The server's events of this type, in order."""
        return [moved.event for moved in self.server_events if moved.event.get("type") == kind]

    def received(self, kind: str) -> list[Event]:
        """The client's events of this type, in order."""
        return [moved.event for moved in self.client_events if moved.event.get("type") == kind]
