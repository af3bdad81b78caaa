"""The caller's turns, as our marks make them, and the words the model's side makes out. Plain code.

Words come in pieces, in no fixed order with the answer, and mostly nobody says which is the last: a
turn is closed when its answer begins. What comes later is told as words of the same turn of their
own.
"""

from collections import deque
from datetime import datetime

from bot.brains.gemini.memory import Memory
from bot.brains.realtime.events import CallerSaid, CallerWords, HeldWords, ModelEvent

LONGEST_WORDS = 10_000  # of one turn while it goes on


class CallerTurns:
    """Those of one call."""

    def __init__(self, memory: Memory, happened: deque[ModelEvent]) -> None:
        self._memory = memory
        self._happened = happened
        self._made = 0
        self._key = ""  # of the last one
        self._words = ""  # of it, that are not told yet
        self._all = ""  # its words, told or not
        self._span: tuple[datetime, datetime] | None = None  # None: it goes on, or there is none
        self._closed = True
        self._held = False  # the agent is held for it
        self._late = 0

    @property
    def awaits_words(self) -> bool:
        """The last one has ended, and is not transcribed yet."""
        return not self._closed and self._span is not None

    def begins(self) -> None:
        """They begin to speak."""
        self.close()
        self._made += 1
        self._key, self._words, self._all = f"heard_{self._made}", "", ""
        self._span, self._closed, self._held, self._late = None, False, False, 0
        self._memory.begin(self._key)

    def hold(self) -> None:
        """The agent is held for what they say now."""
        self._held = True

    def ends(self, started_at: datetime, ended_at: datetime) -> None:
        """They have ended their turn, which lasted so long."""
        if self._closed:
            self.begins()
        self._span = started_at, ended_at

    def words_came(self, words: str, now: datetime) -> None:
        """More of the last one was made out."""
        if not self._key:
            return
        if self._closed:
            self._told_late(words, now)
            return
        self._words += self._memory.room_for(words, in_turn=len(self._words))
        self.goes_on(self._words)

    def goes_on(self, words: str) -> None:
        """All that was made out of it so far, for those who watch."""
        if not self._closed and len(words) <= LONGEST_WORDS:
            self._happened.append(CallerWords(key=self._key, text=words.strip()))

    def close(self) -> None:
        """No more words of it are waited for."""
        if self._closed or self._span is None:
            return
        self._closed, text = True, self._words.strip()
        if text:
            self._say(self._key, text, self._span)
        else:
            self._memory.history.forget(self._key)
        if self._held:
            self._happened.append(HeldWords(text=text))

    def close_if_worded(self) -> None:
        """Its answer begins: the words that there are by now are those of the turn."""
        if self._words.strip():
            self.close()

    def again(self) -> None:
        """It is heard for the second time: by another session."""
        self._words = ""

    def _told_late(self, words: str, now: datetime) -> None:
        text = self._memory.room_for(words).strip()
        if text:
            self._late += 1
            self._say(f"{self._key}_{self._late}", text, self._span or (now, now))

    def _say(self, key: str, text: str, span: tuple[datetime, datetime]) -> None:
        self._all = f"{self._all} {text}".strip()
        self._memory.caller_said(self._key, self._all)
        self._happened.append(CallerSaid(key=key, text=text, started_at=span[0], ended_at=span[1]))
