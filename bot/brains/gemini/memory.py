"""The model's memory of a call, kept as near as may be to what was heard and done. Plain code.

Nothing can be taken out of it: what it has said and nobody heard is told by a note. A note waits
until the model is about to speak, because a message in between stops what it is saying.
"""

from collections.abc import Iterable, Mapping
from typing import Any

import orjson

from bot.brains.gemini import client_messages
from bot.brains.gemini.client_messages import Turn, turn
from bot.brains.gemini.history import History
from bot.brains.realtime.speech import Utterance

LONGEST_TURN = 10_000  # characters: ten minutes of speech without a pause
MOST_WORDS = 500_000  # characters of a call: eight hours of talk
MOST_NOTES = 100  # that wait; older ones are left out


class Memory:
    """What the model knows of the call, whatever session it is in."""

    def __init__(self) -> None:
        self.history = History()
        self._notes: dict[str, str] = {}  # that wait, by what they are about
        self._notes_made = 0
        self._words_left = MOST_WORDS

    # -- notes --------------------------------------------------------------------------------

    def note(self, text: str, *, about: str = "") -> None:
        """Tells it something before it speaks next; of one matter, the last word."""
        self._notes_made += 1
        about = about or f"note {self._notes_made}"
        self._notes.pop(about, None)
        self._notes[about] = text
        while len(self._notes) > MOST_NOTES:
            del self._notes[next(iter(self._notes))]

    def take_notes(self) -> list[str]:
        """Those that wait, oldest first: they are told now."""
        notes, self._notes = list(self._notes.values()), {}
        return notes

    # -- words --------------------------------------------------------------------------------

    def room_for(self, text: str, *, in_turn: int = 0) -> str:
        """As much of these words as the call has room for; so many of the turn have come before."""
        text = text[: min(self._words_left, max(0, LONGEST_TURN - in_turn))]
        self._words_left -= len(text)
        return text

    def begin(self, key: str) -> None:
        """Begins a turn whose words come later."""
        self.history.begin(key)

    def caller_said(self, key: str, text: str) -> None:
        """What the model has heard itself, in words."""
        self.history.said("user", key, text)

    def typed(self, key: str, text: str) -> None:
        """What the caller has typed; the model learns of it by this."""
        self.history.said("user", key, text)
        self.note(text.strip("[]"), about=key)

    def clip_begins(self, utterance_id: str, text: str) -> None:
        """The agent says what the model did not: it is told so."""
        self.history.begin(utterance_id)
        self.note(f'You have said to the caller: "{text}"', about=utterance_id)

    def heard(self, utterance: Utterance, heard_ms: int, *, interrupted: bool) -> str:
        """The agent has said this, as far as it was heard; returns the words."""
        text = utterance.heard_text(heard_ms) if interrupted else utterance.text
        if interrupted and utterance.in_conversation:
            self._told_of_cut(utterance, text)
        if utterance.in_conversation and text:
            self.history.said("model", utterance.id, text)
        else:
            self.history.forget(utterance.id)
        return text

    def _told_of_cut(self, utterance: Utterance, text: str) -> None:
        if text == utterance.text:
            return
        if utterance.id in self._notes and not text:
            del self._notes[utterance.id]  # of a clip that it does not know yet, nor need to
        elif utterance.id in self._notes:
            self.clip_begins(utterance.id, text)
        else:
            self.note(client_messages.heard_only(text), about=utterance.id)

    def unheard(self, words: str) -> None:
        """The model has said this, and the caller has heard nothing of it."""
        said = f' ("{words[:200]}")' if words else ""
        self.note(f"What you answered last{said} was not heard by anybody.", about="unheard")

    def instructed(self, text: str) -> None:
        """What it is told by neither side, and every session of the call has to know."""
        self.note(text, about=self.history.told(text))

    # -- functions ----------------------------------------------------------------------------

    def called(self, call_id: str, name: str, arguments: str) -> None:
        """A function was called."""
        text = client_messages.bracketed(f"You called the function {name} with {arguments}.")
        self.history.said("user", f"call {call_id}", text)

    def answered(
        self, call_id: str, name: str, output: Mapping[str, Any], *, by_note: bool
    ) -> None:
        """It gave its result, which the model learns of elsewhere or `by_note`."""
        text = f"The function {name} that was called gave: {orjson.dumps(output).decode()}"
        key = f"result {call_id}"
        self.history.said("user", key, client_messages.bracketed(text))
        if by_note:
            self.note(text, about=key)

    # -- another session ----------------------------------------------------------------------

    def retell(self, under_way: Iterable[Utterance], *, after: int | None) -> list[Turn]:
        """All that another session must be told, and what the agent is saying just now. `after`:
        it goes on from a state with this stamp; None: it knows nothing."""
        being_said = [each for each in under_way if each.in_conversation and each.text]
        if after is None:
            for utterance in being_said:
                self._notes.pop(utterance.id, None)
        told = self.history.retelling(after=after or 0, but_for=frozenset(self._notes))
        ids = self._notes.keys()
        return [*told, *(turn("model", each.text) for each in being_said if each.id not in ids)]
