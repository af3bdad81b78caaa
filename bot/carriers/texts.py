"""Text messages: what the service asks of a carrier that sends them, and what it tells of them."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal, Protocol

from bot.carriers.carrier import CALL_SID
from bot.carriers.numbers import is_dialable, is_sip

TEXT_SID = CALL_SID  # names of texts are of the same letters
LONGEST_BODY = 1600  # characters that carriers take

TextMove = Literal["queued", "sent", "delivered", "undelivered", "failed"]
OptOutWish = Literal["", "stop", "start", "help"]


@dataclass(frozen=True, kw_only=True)
class SendText:
    """A text to send. Raises ValueError when no carrier could send it as written."""

    to: str = field(repr=False)  # E.164
    from_: str = field(repr=False)  # a number of the account, E.164
    body: str = field(repr=False)
    text_id: str  # ours: the carrier tells how the text stands, and says this with it

    def __post_init__(self) -> None:
        if is_sip(self.to) or not is_dialable(self.to):
            raise ValueError("A text goes to a number like +15551234567")
        if not 1 <= len(self.body) <= LONGEST_BODY:
            raise ValueError(f"A text has from 1 to {LONGEST_BODY} characters")


@dataclass(frozen=True, kw_only=True)
class SentText:
    """A text that the carrier has; it may still wait in its queue."""

    sid: str
    status: TextMove


@dataclass(frozen=True, kw_only=True)
class TextReceived:
    """An inbound text message."""

    sid: str
    from_: str = field(repr=False)
    to: str = field(repr=False)
    body: str = field(repr=False)
    wish: OptOutWish  # what the carrier itself took it for, where it says so


@dataclass(frozen=True, kw_only=True)
class TextMoved:
    """A text of ours has come further. Such news may come late, twice or out of order."""

    sid: str
    status: TextMove
    error_code: int | None = None


class TextCarrier(Protocol):
    """Sends texts. Every method raises CarrierError when it could not do its work."""

    @property
    def answered_words(self) -> frozenset[str]:
        """Words, in lower case, to which the carrier answers by itself when a text is one of them:
        it must not be answered twice.
        """

    async def send_text(self, text: SendText) -> SentText:
        """Send. An error that is not `settled`: it may be on its way; `find_text` tells."""

    async def find_text(self, text: SendText, *, since: datetime) -> SentText | None:
        """The text that was sent with these words between these numbers since then, if any."""
