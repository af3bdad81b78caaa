"""What was said and done in a call so far, as another session must be told it: plain data.

Each entry has a stamp that grows, so that a session which goes on from an earlier state is told
only what came after that.
"""

from dataclasses import dataclass
from typing import Literal

from bot.brains.gemini.client_messages import Turn, bracketed, turn

Role = Literal["user", "model"]


@dataclass(kw_only=True, slots=True)
class _Entry:
    stamp: int
    role: Role = "user"
    text: str = ""  # empty: its words are still to come


class History:
    """The conversation, in the order in which its turns began.

    Words come later than their place: `begin` keeps it, `said` fills it, `forget` gives it up.
    """

    def __init__(self) -> None:
        self._entries: dict[str, _Entry] = {}
        self.stamp = 0  # of the last entry
        self._told = 0

    def begin(self, key: str) -> None:
        """Begins a turn."""
        if key not in self._entries:
            self.stamp += 1
            self._entries[key] = _Entry(stamp=self.stamp)

    def said(self, role: Role, key: str, text: str) -> None:
        """What was said in the turn with this key."""
        self.begin(key)
        entry = self._entries[key]
        entry.role, entry.text = role, text

    def told(self, text: str) -> str:
        """What the model was told by neither side; returns its key."""
        self._told += 1
        key = f"told {self._told}"
        self.said("user", key, bracketed(text))
        return key

    def forget(self, key: str) -> None:
        """Nothing of this turn was heard or understood."""
        self._entries.pop(key, None)

    def retelling(self, *, after: int = 0, but_for: frozenset[str] = frozenset()) -> list[Turn]:
        """All of it that came after this stamp, but for what is told elsewhere."""
        return [
            turn(entry.role, entry.text)
            for key, entry in self._entries.items()
            if entry.text and entry.stamp > after and key not in but_for
        ]
