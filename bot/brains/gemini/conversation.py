"""The protocol of one conversation with the Gemini Live API: plain code, no I/O, no clock.

Calls and the server's messages go in; messages to send collect in `to_send` and what they mean for
the call in `happened`. Whoever drives it drains both after each call. The caller's speech is marked
by us, and the model answers each marked stretch of it without being asked.
"""

from collections import deque
from collections.abc import Mapping
from datetime import datetime
from typing import Any

import orjson
from loguru import logger

from bot.brains.gemini import client_messages, server_messages
from bot.brains.gemini.asking import Asking
from bot.brains.gemini.client_messages import ACTIVITY_END, ACTIVITY_START, GO_ON
from bot.brains.gemini.dialogue import Dialogue
from bot.brains.gemini.holding import Holding
from bot.brains.gemini.model_turns import ModelTurns
from bot.brains.gemini.playback import Playback
from bot.brains.gemini.resumption import Resumption
from bot.brains.gemini.server_messages import Malformed, Told
from bot.brains.gemini.usage import sound_ms
from bot.brains.gemini.wishes import Wish
from bot.brains.realtime.conversation import Message
from bot.brains.realtime.events import FunctionCalled, SessionEnds, SummaryMade, Used
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
        self._holding: Holding | None = None
        self._put_off: deque[Told] = deque()  # to be taken in, one by one
        self._broken_off = False  # what was being said when the session was lost stays unfinished
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
        if not self._put_off:
            return False
        self._of_the_model(self._put_off.popleft())
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
        if not told.is_of_an_answer:
            return
        holding = None if self._dialogue.summing_up else self._holding
        active = self._dialogue.active
        over = active is None or active.generated
        if holding is not None and holding.owed and over:
            self._withhold(holding, told)
        elif self._put_off:
            self._put_off.append(told)
        else:
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
        if self._holding is not None and told.interrupted and was_active is not None:
            self._holding.cut |= not (was_active.cancelled or was_active.generated)

    def _withhold(self, holding: Holding, told: Told) -> None:
        """It is of an answer to what the caller said in a hold; or still of the end of what they
        have cut."""
        of_the_last = self._dialogue.closing or self._dialogue.active is not None
        if of_the_last and not told.begins and not holding.withheld:
            self._of_the_model(told)
            return
        if not holding.withheld:
            self._dialogue.caller.close_if_worded()
        if told.complete:
            self._dialogue.caller.close()
        holding.withheld.append(told)

    # -- how it stands ------------------------------------------------------------------------

    @property
    def owes(self) -> bool:
        dialogue, active = self._dialogue, self._dialogue.active
        barren = active is not None and not active.is_fruitful and not active.cancelled
        asked = dialogue.asked is not None
        return asked or barren or bool(dialogue.wishes) or self._broken_off or dialogue.rounds.owed

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
        dialogue, holding = self._dialogue, self._holding
        if dialogue.summing_up:
            return
        if holding is not None and (holding.owed or holding.withheld):
            self._withdraw(holding)  # it answers half of what they say
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
        if self._holding is not None:
            self._dialogue.caller.hold()

    def commit(self, started_at: datetime, ended_at: datetime) -> None:
        dialogue = self._dialogue
        if dialogue.summing_up:
            return
        dialogue.caller.ends(started_at, ended_at)
        self.to_send.append(ACTIVITY_END)
        dialogue.activity = False
        if self._holding is None:
            # It answers all that it was told by now.
            plain = [wish for wish in dialogue.wishes if wish != Wish(kind="answer")]
            dialogue.wishes.clear()
            dialogue.wishes.extend(plain)
        else:
            self._holding.owed = True
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
        self._broken_off = False  # they do not want the rest of it
        holding = self._end_hold()
        if holding is None:
            dialogue.rounds.called_off()
            dialogue.call_off()
        elif speaking or dialogue.activity or dialogue.hushed:
            self._withdraw(holding)
            dialogue.call_off(but_last=max(0, len(dialogue.wishes) - holding.older_wishes))
        else:
            younger = max(0, len(dialogue.wishes) - holding.older_wishes)
            dialogue.call_off(but_last=younger, keep_asked=holding.owed)
            self._put_off.extend(holding.withheld)
        dialogue.note_generating()
        return was_busy

    def hold(self) -> None:
        if self._holding is None and not self._dialogue.summing_up:
            self._holding = Holding(older_wishes=len(self._dialogue.wishes))
            self._asking.holding = True
            if self._dialogue.activity:
                self._dialogue.caller.hold()

    def given_back(self, *, answers: bool = False) -> None:
        """The model forgets nothing: it is told that nobody has heard its answer to a nod."""
        holding = self._end_hold()
        if holding is None or self._dialogue.summing_up:
            return
        if holding.owed:
            self._withdraw(holding)
        if holding.cut:
            self._asking.go_on()

    def _end_hold(self) -> Holding | None:
        holding, self._holding = self._holding, None
        self._asking.holding = False
        return holding

    def _withdraw(self, holding: Holding) -> None:
        """An answer that waits is not to be heard; what is known of it is taken in as such."""
        withheld, holding.withheld = holding.withheld, deque()
        owed, holding.owed = holding.owed, False
        if owed and self._dialogue.active is None and self._dialogue.asked is not None:
            self._dialogue.asked, self._dialogue.unwanted = None, True
        self._put_off.extend(withheld)
        self._dialogue.note_generating()

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
        self._broken_off |= self._turns.break_off()
        active, asked = self._dialogue.active, self._dialogue.asked
        wish = active.wish if active is not None else asked
        if wish is not None and wish.kind == "summary":
            self.happened.append(SummaryMade(text=""))

    def begin_again(self, *, unheard: bool = False) -> bool:
        """Tells another session what it does not know. Returns whether the caller waits for an
        answer to words that it can only learn from their sound; `unheard` says that they do."""
        dialogue, memory = self._dialogue, self._dialogue.memory
        dialogue.rounds.session_lost()
        dialogue.functions.session_lost()
        active = dialogue.active
        barren = active is not None and not (active.is_fruitful or active.cancelled)
        lost = active.wish if active is not None and barren else dialogue.asked
        owed = lost is not None and lost.of_caller
        unheard = unheard or (owed and dialogue.caller.awaits_words)
        wanted = [] if lost is None or lost.kind == "summary" else [lost]
        wishes = [*wanted, *dialogue.wishes]
        cut = active is not None and not (active.cancelled or active.generated or barren)
        goes_on = self._broken_off and cut and not (unheard or dialogue.hushed)
        self._broken_off = False
        self.to_send.clear()
        self._put_off.clear()
        if self._holding is not None:
            self._holding.withheld.clear()  # of an answer that another session gives anew
        dialogue.meet_session()
        dialogue.wishes.clear()
        for wish in wishes:
            if wish.kind == "say":
                dialogue.wishes.append(wish)
            elif not unheard:
                self._asking.answer(wish.instructions)
        if unheard:
            dialogue.caller.again()
        if goes_on:
            memory.note(GO_ON, about="go on")
            self._asking.answer()
        after, self._resumption.goes_on_from = self._resumption.goes_on_from, None
        if turns := memory.retell(dialogue.speech.under_way(), after=after):
            self.to_send.append(client_messages.content(turns, complete=after is None))
        self._resumption.handle = self._resumption.handle if after is not None else ""
        dialogue.note_generating()
        return unheard
