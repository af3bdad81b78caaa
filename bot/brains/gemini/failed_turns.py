"""Turns of the model that brought nothing, or were cut: asked for again, within reason.

Plain code.
"""

import re

from bot.brains.gemini import client_messages
from bot.brains.gemini.asking import Asking
from bot.brains.gemini.dialogue import Dialogue
from bot.brains.gemini.server_messages import Told
from bot.brains.gemini.wishes import ModelTurn
from bot.brains.realtime.events import SummaryMade

MOST_BARREN = 2  # turns in a row without anything in them are asked for again
MOST_CUT = 3  # in a row, by the server: each costs the whole conversation again
# Reasons why a turn is over that are no filter's.
_NO_FILTER = re.compile(
    r"|TURN_COMPLETE_REASON_UNSPECIFIED|MALFORMED_FUNCTION_CALL|NEED_MORE_INPUT"
)


class FailedTurns:
    """Those in a row."""

    def __init__(self, dialogue: Dialogue, asking: Asking) -> None:
        self._dialogue = dialogue
        self._asking = asking
        self._barren = 0
        self._cut = 0  # while the caller is silent

    def was_cut(self, turn: ModelTurn) -> None:
        """The server has cut this one before its end."""
        self._cut = 0 if self._dialogue.activity else self._cut + 1
        if self._cut <= MOST_CUT:
            self._asking.cut(turn)

    def is_over(self, turn: ModelTurn, told: Told) -> None:
        """This one has come to its end: it may have brought nothing."""
        if turn.cancelled:
            return
        if turn.wish.kind == "summary":
            if not turn.has_called:
                self._dialogue.happened.append(SummaryMade(text=turn.words.strip()))
            return
        if turn.is_fruitful:
            self._barren = self._cut = 0
            return
        if told.waits or told.reason == "NEED_MORE_INPUT" or self._dialogue.wishes:
            return
        self._barren += 1
        if self._barren <= MOST_BARREN:
            if not _NO_FILTER.fullmatch(told.reason):
                self._dialogue.memory.note(client_messages.FILTERED, about="filtered")
            self._asking.again(turn.wish)
