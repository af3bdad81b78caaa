"""The model's memory of a call, kept to what was heard and done. Plain code.

What changes it goes to `to_send`, as client events. The same is kept here as `History`, for a
session that begins with an empty memory.
"""

from collections import deque
from collections.abc import Iterable, Mapping
from typing import Any

import orjson

from bot.brains.openai import client_events
from bot.brains.openai.history import History
from bot.brains.openai.quirks import Cut
from bot.brains.realtime.speech import Utterance

LONGEST_TURN = 10_000  # characters: ten minutes of speech without a pause
MOST_WORDS = 500_000  # characters of a call: eight hours of talk


class Memory:
    """What the model knows of the call, whatever session it is in."""

    def __init__(self, to_send: deque[dict[str, Any]], *, cut: Cut = "truncate") -> None:
        """`cut`: how it is cut to what was heard."""
        self._to_send = to_send
        self._cut = cut
        self._history = History()
        self._clip_items: dict[str, str] = {}  # clip utterance -> item that tells the model of it
        # What it may not have yet: results, by their function calls, and keys, by their items.
        self._unseen: set[str] = set()
        self._words_left = MOST_WORDS
        self._items_made = 0
        self._calls_made = 0

    # -- words --------------------------------------------------------------------------------

    def room_for(self, text: str, *, in_turn: int = 0) -> str:
        """As much of these words as the call has room for; so many of the turn have come before.

        Whoever sends megabytes of words is no model, and all that is said of a call is looked at
        again and again: for a farewell, for its record, by a session that takes over.
        """
        text = text[: min(self._words_left, max(0, LONGEST_TURN - in_turn))]
        self._words_left -= len(text)
        return text

    def begin(self, item_id: str) -> None:
        """Begins a turn whose words come later."""
        self._history.begin(item_id)

    def caller_said(self, item_id: str, text: str) -> None:
        """What the model has heard itself, in words."""
        self._history.said("user", item_id, text)

    def typed(self, item_id: str, text: str) -> None:
        """What the caller has typed; the model learns of it by this."""
        self._history.said("user", item_id, text)
        self._unseen.add(item_id)
        self._to_send.append(client_events.typed(item_id, text))

    def clip_begins(self, utterance_id: str, text: str, *, first: bool) -> None:
        """The agent says what the model did not: it is told so."""
        self._history.begin(utterance_id)
        self._clip_items[utterance_id] = self._tell(text, first=first)

    def heard(self, utterance: Utterance, heard_ms: int, *, interrupted: bool) -> str:
        """The agent has said this, as far as it was heard; returns the words."""
        text = utterance.heard_text(heard_ms) if interrupted else utterance.text
        if interrupted and utterance.in_conversation:
            self._forget_unheard(utterance, heard_ms, text)
        self._clip_items.pop(utterance.id, None)
        if utterance.in_conversation and text:
            self._history.said("assistant", utterance.id, text)
        else:
            self._history.forget(utterance.id)
        return text

    def _forget_unheard(self, utterance: Utterance, heard_ms: int, text: str) -> None:
        """Cuts the model's memory to what was heard. The server refuses a cut beyond the sound."""
        clip_item = self._clip_items.get(utterance.id)
        if self._cut == "tell":
            self._to_send.append(client_events.heard_only(text))
        elif clip_item is not None or heard_ms <= 0 or self._cut == "replace":
            self.delete(clip_item or utterance.id)
            if text:
                self._tell(text, first=False)
        else:
            heard_ms = min(heard_ms, int(utterance.received_ms))
            self._to_send.append(client_events.truncate(utterance.id, heard_ms))

    def _tell(self, text: str, *, first: bool) -> str:
        """Adds what the agent said to the conversation, as text; returns the item's id."""
        self._items_made += 1
        item_id = f"said_{self._items_made}"
        self._to_send.append(client_events.told(item_id, text, first=first))
        return item_id

    def forget(self, item_id: str) -> None:
        """This was no turn."""
        self._history.forget(item_id)
        self.delete(item_id)

    def delete(self, item_id: str) -> None:
        """The session is not to have this item any more; one that takes none back keeps it."""
        if self._cut != "tell":
            self._to_send.append(client_events.delete(item_id))

    def instructed(self, text: str) -> None:
        """What it is told by neither side, and every session of the call has to know."""
        note = client_events.note(text)
        self._history.told(note["item"])
        self._to_send.append(note)

    # -- functions ----------------------------------------------------------------------------

    @property
    def has_all_news(self) -> bool:
        """The model knows what came of every function that was called, and what was typed."""
        return not self._unseen

    def called(self, call_id: str, name: str, arguments: str) -> None:
        """The model has called a function."""
        self._history.called(call_id, name, arguments)

    def call_in_its_stead(self, name: str, arguments: str) -> str:
        """It will find that it has called a function; returns the call's id."""
        self._calls_made += 1
        call_id = f"ours_{self._calls_made}"
        self._history.called(call_id, name, arguments)
        self._to_send.append(client_events.function_call(call_id, name, arguments))
        return call_id

    def result(self, call_id: str, output: Mapping[str, Any]) -> None:
        """A function has its result."""
        self._unseen.add(call_id)
        self._history.answered(call_id, orjson.dumps(output).decode())
        self._to_send.append(client_events.function_output(call_id, output))

    def news_seen(self, known_as: str) -> None:
        """The session has taken in the result of this function call, or this item."""
        self._unseen.discard(known_as)

    # -- another session ----------------------------------------------------------------------

    def retell(self, under_way: Iterable[Utterance]) -> None:
        """Tells another session all of it, and what the agent is saying just now."""
        self._clip_items.clear()
        self._unseen.clear()
        self._to_send.extend(self._history.retelling())
        for utterance in under_way:
            if utterance.in_conversation and utterance.text:
                self._clip_items[utterance.id] = self._tell(utterance.text, first=False)
