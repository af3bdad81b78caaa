"""The protocol of one conversation with the Gemini Live API: plain code, no I/O, no clock.

Calls and the server's messages go in; messages to send collect in `to_send` and what they mean for
the call in `happened`. Whoever drives it drains both after each call. The caller's speech is marked
by us, and the model answers each marked stretch of it without being asked.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

import orjson
from loguru import logger

from bot.brains.gemini import server_messages
from bot.brains.gemini.asking import Asking
from bot.brains.gemini.client_messages import ACTIVITY_END, ACTIVITY_START
from bot.brains.gemini.dialogue import Dialogue
from bot.brains.gemini.holding import Holds
from bot.brains.gemini.model_turns import ModelTurns
from bot.brains.gemini.playback import Playback
from bot.brains.gemini.resumption import Resumption
from bot.brains.gemini.server_messages import Malformed, Told
from bot.brains.gemini.session_change import SessionChange
from bot.brains.gemini.usage import sound_ms
from bot.brains.gemini.wishes import Wish
from bot.brains.realtime.conversation import Message
from bot.brains.realtime.events import FunctionCalled, SessionEnds, Used
from bot.brains.realtime.function_rounds import FunctionRounds


class GeminiConversation:
    """See `bot.brains.realtime.conversation.Conversation`."""

    def __init__(
        self, rounds: FunctionRounds | None = None, resumption: Resumption | None = None
    ) -> None:
        self._dialogue = Dialogue(rounds or FunctionRounds())
        self._resumption = resumption or Resumption()
        self.to_send, self.happened = self._dialogue.to_send, self._dialogue.happened
        self._asking = Asking(self._dialogue)
        self._playback = Playback(self._dialogue, self._asking)
        self._turns = ModelTurns(self._dialogue, self._asking)
        self._holds = Holds(self._dialogue, self._asking)
        self._session_change = SessionChange(
            self._dialogue, self._asking, self._turns, self._resumption
        )
        self.malformed = 0  # known messages that lacked what they must have
        self.unknown = 0  # messages of a kind nobody knows
        self.repeated = 0  # messages have no ids by which that could be known
        self.failed = 0  # messages that we could not deal with

    @property
    def asking(self) -> Asking:
        return self._asking

    @property
    def playback(self) -> Playback:
        return self._playback

    # -- messages -----------------------------------------------------------------------------

    def server_event(self, message: Message, now: datetime) -> None:
        """Takes in one message. Those that are unknown or malformed are counted and dropped."""
        if not server_messages.is_known(message):
            self.unknown += 1
            return
        try:
            told = server_messages.read(message)
        except Malformed:
            self.malformed += 1
            return
        try:
            self._take_in(told, now)
        except Exception as error:
            self.could_not_take(message, error)

    def could_not_take(self, message: Message, error: Exception) -> None:
        self.failed += 1
        if self.failed == 1:
            logger.opt(exception=error).error(
                "a message of the model was not dealt with: {}",
                ", ".join(message),
                event="model_event_failed",
            )

    def catch_up(self) -> bool:
        if (told := self._holds.next_due()) is None:
            return False
        self._of_the_model(told)
        return True

    def _take_in(self, told: Told, now: datetime) -> None:
        if told.resumable is not None:
            stamp = self._dialogue.memory.history.stamp
            self._resumption.told(told.handle, told.resumable, stamp)
        if told.ends_in_secs is not None:
            self.happened.append(SessionEnds(in_secs=told.ends_in_secs))
        if told.usage:
            self.happened.append(Used(usage=told.usage, sound_ms=sound_ms(told.usage)))
        self._of_the_caller(told, now)
        if told.is_of_an_answer and not self._holds.keep(told):
            self._of_the_model(told)

    def _of_the_caller(self, told: Told, now: datetime) -> None:
        caller = self._dialogue.caller
        if told.interim:
            caller.goes_on(told.interim)
        if told.heard:
            caller.words_came(told.heard, now)
        if told.heard_all:
            caller.close()

    def _of_the_model(self, told: Told) -> None:
        was_active = self._dialogue.active
        self._turns.take(told)
        if told.interrupted:
            self._holds.server_cut(was_active)

    # -- how it stands ------------------------------------------------------------------------

    @property
    def owes(self) -> bool:
        dialogue, active = self._dialogue, self._dialogue.active
        barren = active is not None and not active.is_fruitful and not active.cancelled
        asked = dialogue.asked is not None
        return (
            asked
            or barren
            or bool(dialogue.wishes)
            or self._session_change.broken_off
            or dialogue.rounds.owed
        )

    @property
    def speaking(self) -> bool:
        active = self._dialogue.active
        under_way = active is not None and not (active.cancelled or active.generated)
        return under_way or self._playback.under_way

    @property
    def failing(self) -> bool:
        """An answer that fails ends the session."""
        return False

    @property
    def awaits_words(self) -> bool:
        return self._dialogue.caller.awaits_words

    @property
    def turn_is_open(self) -> bool:
        """The model's side has no ear of its own."""
        return False

    @property
    def cancelled_active(self) -> str | None:
        active = self._dialogue.active
        return active.id if active is not None and active.cancelled else None

    def presume_over(self, response_id: str | None) -> None:
        self._turns.presume_over(response_id)

    # -- the caller ---------------------------------------------------------------------------

    def appended(self, duration_ms: float) -> None:
        """The session marks sound that it gets without a mark. Sound of a turn that was over before
        there was a session comes before the mark of its end."""
        if not self._dialogue.activity and ACTIVITY_END not in self.to_send:
            self._begin_activity()

    def restart_turn(self) -> None:
        """They begin to speak: the mark stops what the model is saying, wherever it is."""
        dialogue = self._dialogue
        if dialogue.summing_up:
            return
        self._holds.speech_restarts()
        self.to_send.append(ACTIVITY_START)
        self._begin_activity()
        self._asking.tell_speaker()
        dialogue.cuts_in()
        asked, dialogue.asked = dialogue.asked, None
        if asked is None:
            return
        dialogue.closing = True
        if not asked.of_caller:
            dialogue.wishes.appendleft(asked)
        dialogue.note_generating()

    def _begin_activity(self) -> None:
        self._dialogue.activity = True
        self._dialogue.caller.begins()
        self._holds.speech_begins()

    def commit(self, started_at: datetime, ended_at: datetime) -> None:
        dialogue = self._dialogue
        if dialogue.summing_up:
            return
        dialogue.caller.ends(started_at, ended_at)
        self.to_send.append(ACTIVITY_END)
        dialogue.activity = False
        if not self._holds.speech_ends():
            # It answers all that it was told by now.
            plain = [wish for wish in dialogue.wishes if wish != Wish(kind="answer")]
            dialogue.wishes.clear()
            dialogue.wishes.extend(plain)
        dialogue.asked = Wish(kind="answer", of_caller=True)
        dialogue.note_generating()

    def end_stuck_turn(self, now: datetime, *, heard: bool) -> None:
        """There is no ear that could be stuck."""

    def keys_typed(self, item_id: str, text: str, *, asks: bool) -> None:
        self._dialogue.memory.typed(item_id, text)
        self._asking.tell_speaker()
        if asks:
            self._asking.answer()

    def interrupted(self, *, speaking: bool = False) -> bool:
        """What the model began to answer in a hold is kept, unless they are `speaking` again."""
        dialogue = self._dialogue
        if dialogue.summing_up:
            return False
        was_busy = dialogue.busy
        self._session_change.broken_off = False  # they do not want the rest of it
        if not self._holds.interrupt(speaking=speaking):
            dialogue.rounds.called_off()
            dialogue.call_off()
        dialogue.note_generating()
        return was_busy

    def hold(self) -> None:
        self._holds.begin()

    def given_back(self, *, answers: bool = False) -> None:
        self._holds.give_back()

    # -- functions ----------------------------------------------------------------------------

    def function_result(
        self, call_id: str, output: Mapping[str, Any], *, speak: bool = False
    ) -> None:
        """A call that the model has called off is done all the same: it learns of it silently."""
        dialogue = self._dialogue
        awaited = dialogue.functions.is_awaited(call_id)
        ours_or_lost = not awaited and not dialogue.functions.was_called_off(call_id)
        speak = speak and (awaited or ours_or_lost)
        dialogue.rounds.answered(call_id, speak=speak)
        owed = dialogue.rounds.take_owed(under_way=None) and not dialogue.hushed
        at_once = owed and awaited and not (dialogue.activity or self._asking.holding)
        dialogue.functions.answered(call_id, output, speak=at_once)
        self._asking.tell_speaker()
        if at_once:
            self._asking.answer_is_owed()
        elif owed and not dialogue.activity:
            self._asking.answer()
        dialogue.note_generating()

    def call_function(self, name: str, arguments: Mapping[str, Any]) -> FunctionCalled:
        text = orjson.dumps(arguments).decode()
        call_id = self._dialogue.functions.call_in_its_stead(name, text)
        self._dialogue.rounds.called_in_its_stead(call_id)
        return FunctionCalled(call_id=call_id, name=name, arguments=text, wordless=False)

    # -- sessions -----------------------------------------------------------------------------

    def session_lost(self) -> None:
        self._session_change.lost()

    def begin_again(self, *, unheard: bool = False) -> bool:
        """Tells another session what it does not know. Returns whether the caller waits for an
        answer to words that it can only learn from their sound; `unheard` says that they do."""
        self._holds.session_lost()
        return self._session_change.begin_again(unheard=unheard)
