"""What happened in one session, kept for whoever checks it afterwards."""

from dataclasses import dataclass, field

from bot.simulator.model.record import SessionRecord
from bot.simulator.model.refusal import Event


@dataclass(kw_only=True)
class GeminiRecord(SessionRecord):
    """One session as the model saw it. `heard` is by the number of the activity."""

    resumed: bool = False  # it went on from an earlier state
    told: list[str] = field(default_factory=list)  # bracketed texts, in order
    turns: list[tuple[str, str]] = field(default_factory=list)  # the model's memory: (role, text)
    results: list[tuple[str, Event, str]] = field(
        default_factory=list
    )  # of functions: name, response, scheduling
    activities_ms: list[int] = field(default_factory=list)  # how long each was, as sound
    stray_ms: int = 0  # sound outside of any activity

    def sent(self, kind: str) -> list[Event]:
        """What stands under this name in the server's messages, in order;
        "serverContent.interrupted" looks deeper."""
        return _under([moved.event for moved in self.server_events], kind)

    def received(self, kind: str) -> list[Event]:
        """The same of the client's messages."""
        return _under([moved.event for moved in self.client_events], kind)


def _under(messages: list[Event], path: str) -> list[Event]:
    found = []
    for message in messages:
        value = message
        for name in path.split("."):
            value = value.get(name) if isinstance(value, dict) else None  # type: ignore[assignment]
        if value is not None:
            found.append(value)
    return found
