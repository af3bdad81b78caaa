"""Passes to the sound of a live call: given to whoever may have them, good once and for a moment.

A pass bears our seal, so that whichever process gave it, the one that has the call can tell that it
is ours; that process alone sees it used, and sees it once.
"""

import base64
import hashlib
import hmac
import secrets
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from bot.clock import utcnow

GOOD_SECS = 30  # a browser asks for the microphone first
Purpose = Literal["listen", "take_over"]
_PURPOSES: dict[str, Purpose] = {"l": "listen", "t": "take_over"}


@dataclass(frozen=True, kw_only=True)
class Pass:
    """What a pass lets its bearer do."""

    purpose: Purpose
    who: str
    seat: str  # unguessable, and of this pass alone
    session: str  # of the console, by its hash; empty: its bearer has the key of the API


class Passes:
    """Gives passes and takes them. `secret` is one of the whole service."""

    def __init__(self, secret: str) -> None:
        self._key = hashlib.sha256(b"trunkline sound\0" + secret.encode()).digest()
        self._used: dict[str, float] = {}  # seats, with the time from which they would be too old

    def give(self, call_id: str, purpose: Purpose, who: str, *, session: str = "") -> str:
        """A pass to this call, of letters, digits, - _ and dots."""
        name = base64.urlsafe_b64encode(who.encode()).decode().rstrip("=")
        until = int(utcnow().timestamp()) + GOOD_SECS
        text = f"{purpose[0]}.{until}.{secrets.token_urlsafe(16)}.{session}.{name}"
        return f"{text}.{self._seal(call_id, text)}"

    def take(self, call_id: str, token: str) -> Pass | None:
        """What it lets do; None: it is none of ours for this call, too old, or used already."""
        if not token.isascii():  # no letter of a pass is; half a character cannot even be compared
            return None
        text, _, seal = token.rpartition(".")
        if not hmac.compare_digest(self._seal(call_id, text).encode(), seal.encode()):
            return None
        letter, until, seat, session, name = text.split(".")
        now = utcnow()
        if self._is_used(seat, float(until), now):
            return None
        who = base64.urlsafe_b64decode(name + "=" * (-len(name) % 4)).decode()
        return Pass(purpose=_PURPOSES[letter], who=who, seat=seat, session=session)

    def _is_used(self, seat: str, until: float, now: datetime) -> bool:
        """Whether it is, or too old; from here on it is."""
        secs = now.timestamp()
        self._used = {each: at for each, at in self._used.items() if at >= secs}
        if until < secs or seat in self._used:
            return True
        self._used[seat] = until
        return False

    def _seal(self, call_id: str, text: str) -> str:
        return hmac.new(self._key, f"{call_id} {text}".encode(), hashlib.sha256).hexdigest()[:40]
