"""What the shell needs of a vendor: sessions, the protocol spoken in them, and how they die.

What travels between a session and the conversation is the vendor's own, and the shell carries it
without a look.
"""

from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from typing import Any, Protocol

from bot.brains.brain import Session
from bot.brains.config import SoundFormat
from bot.brains.realtime.conversation import Conversation, Message
from bot.brains.realtime.function_rounds import FunctionRounds
from bot.brains.realtime.socket_liveness import Sign


class RealtimeSession(Session, Protocol):
    """An open session, as messages."""

    sound: SoundFormat  # what both directions carry

    @property
    def unreadable(self) -> int:
        """Messages that nothing could be made of."""
        ...

    def post(self, message: Message) -> None:
        """Sends a message, in order, without waiting."""
        ...

    def append(self, payload: str) -> None:
        """Sends caller sound, base64 in the session's format, without waiting."""
        ...

    def ping(self, answered: Callable[[], None]) -> None:
        """Asks the other side's socket whether it is there, without waiting for its answer."""
        ...

    def disbelieve(self) -> bool:
        """What it sends is not in the format that it has agreed to. Returns whether sessions opened
        from here on use another."""
        ...

    def events(self) -> AsyncIterator[dict[str, Any]]:
        """The vendor's messages as they come. Raises ModelLost, ModelGarbled: it has ended."""
        ...

    def abort(self) -> None:
        """Lets go at once and without a word. `events` ends as after any loss."""
        ...


class Liveness(Protocol):
    """Whether the model still lives behind a socket that does. Times are seconds of one steady
    clock; what comes of a sign is decided by the `SessionKeeper`."""

    def opened(self, now: float) -> None:
        """Another session begins, of the same model."""
        ...

    def heard(self, now: float, message: Message) -> None:
        """This message came."""
        ...

    def owes(self, now: float) -> None:
        """From now on another answer is expected of it, or the rest of one."""
        ...

    def excused(self, now: float) -> None:
        """It could not be heard until now: it is waited for from here on."""
        ...

    def look(self, now: float) -> Sign:
        """What to make of it. "ask": send it `question`."""
        ...

    def look_again_at(self) -> float:
        """When `look` may have something else to say, if nothing comes."""
        ...

    def question(self) -> Message:
        """A message that changes nothing and is answered at once."""
        ...


@dataclass(frozen=True, kw_only=True)
class Vendor:
    """One vendor's realtime protocol."""

    conversation: Callable[[FunctionRounds], Conversation]
    liveness: Callable[[], Liveness]
    renew_after_secs: float  # a session this old is replaced in a quiet moment, before it expires
    voices: tuple[str, ...]  # in which a line may have been prepared
