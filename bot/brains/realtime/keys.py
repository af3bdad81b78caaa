"""What the caller types on the keypad, for the record and for the model's memory."""

from datetime import datetime

from bot.brains.brain import CallLog
from bot.clock import utcnow


class TypedKeys:
    """The keys of one call, a number at a time."""

    def __init__(self) -> None:
        self._keys = ""
        self._began_at: datetime | None = None
        self._typed = 0  # numbers so far

    def goes_on(self, keys: str) -> None:
        """These are all the keys of this number so far."""
        self._keys = keys
        self._began_at = self._began_at or utcnow()

    def end(self, log: CallLog) -> tuple[str, str]:
        """No more of them come: notes what was typed, if anything was. Returns the turn's key and
        its words."""
        if self._began_at is None:
            return "", ""
        self._typed += 1
        key, text = f"keys_{self._typed}", f"[The caller typed {self._keys} on the keypad.]"
        log.caller_said(key=key, text=text, started_at=self._began_at, ended_at=utcnow())
        self._keys, self._began_at = "", None
        return key, text
