"""What comes of the model's turns: its words, its sound, the functions it calls, its end. Plain
code.

They have no names on the wire. What comes belongs to the one turn under way, until the server says
that it is over; the next thing that comes begins another.
"""

import orjson
from loguru import logger

from bot.brains.gemini.asking import Asking
from bot.brains.gemini.config import SUMMARY
from bot.brains.gemini.dialogue import Dialogue
from bot.brains.gemini.failed_turns import FailedTurns
from bot.brains.gemini.server_messages import Call, Told
from bot.brains.gemini.wishes import ModelTurn, Wish
from bot.brains.realtime.events import (
    AgentSound,
    AgentSoundEnd,
    AgentWords,
    FunctionCalled,
    LineSpoken,
    ModelFailed,
    SummaryMade,
)
from bot.brains.realtime.speech import Utterance

MOST_SOUND_MS = 15 * 60 * 1000  # not heard to its end: nobody listens for longer than that
LONGEST_SUMMARY = 20_000  # characters
_OWED = Wish(kind="answer")  # to a function's result, where it is asked for within a turn
_NOT_DONE = {"error": "Not done: the answer was cut off before it began."}


class ModelTurns:
    """Those of one call, over all its sessions."""

    def __init__(self, dialogue: Dialogue, asking: Asking) -> None:
        self._dialogue = dialogue
        self._asking = asking
        self._made = 0
        self._failed = FailedTurns(dialogue, asking)
        self._last: Utterance | None = None  # words of it may still come

    def take(self, told: Told) -> None:
        """Takes in what a message says of the model's turn."""
        dialogue = self._dialogue
        if told.begins and not self._is_of_the_last(told):
            turn = self._turn(told)
            for sound in told.sound:
                self._sound_came(turn, sound)
            if told.said:
                self._words_came(turn, told.said)
            for call in told.calls:
                self._called(turn, call)
        elif told.said:
            self._last_words_came(told.said)
        for call_id in told.cancelled:
            dialogue.functions.called_off(call_id)
        if told.generated and dialogue.active is not None:
            self._generated(dialogue.active)
        if told.interrupted:
            self._interrupted()
        if told.complete:
            self._complete(told)
        dialogue.note_generating()

    def presume_over(self, turn_id: str | None) -> None:
        """Treats a cancelled turn as ended though its end was never announced; more of it may come
        all the same."""
        active = self._dialogue.active
        if active is not None and active.id == turn_id and active.cancelled:
            self._dialogue.active = None
            self._dialogue.unwanted = self._dialogue.closing = True
            self._dialogue.note_generating()

    def break_off(self) -> bool:
        """The session is gone: speech on its way to the caller goes on as far as it has come.
        Returns whether any of it stays unfinished."""
        broken_off = False
        for utterance in self._dialogue.speech.under_way():
            if not utterance.received_ms:
                self._dialogue.speech.end(utterance.id)
            elif self._end_sound(utterance):
                broken_off = True
        return broken_off

    # -- beginnings ---------------------------------------------------------------------------

    def _is_of_the_last(self, told: Told) -> bool:
        """Words alone may come after the sound that says them, until the turn is over."""
        dialogue, active = self._dialogue, self._dialogue.active
        another = dialogue.asked is not None or dialogue.unwanted
        generated = not another if active is None else active.generated
        return generated and self._last is not None and not (told.sound or told.calls)

    def _turn(self, told: Told) -> ModelTurn:
        dialogue, active = self._dialogue, self._dialogue.active
        if active is not None and active.generated and told.sound:
            self._over(active)
            active = None
        if active is not None:
            return active
        self._made += 1
        wish = Wish(kind="answer") if dialogue.asked is None else dialogue.asked
        turn = ModelTurn(id=f"turn_{self._made}", wish=wish)
        turn.cancelled = (
            dialogue.unwanted or dialogue.activity or (dialogue.hushed and wish.kind == "answer")
        )
        if not dialogue.unwanted:
            dialogue.asked = None
        dialogue.unwanted = dialogue.closing = False
        dialogue.active, self._last = turn, None
        if wish.of_caller:
            dialogue.caller.close_if_worded()
        return turn

    # -- what it says and does ----------------------------------------------------------------

    def _sound_came(self, turn: ModelTurn, payload: str) -> None:
        dialogue = self._dialogue
        if (
            turn.cancelled
            or turn.wish.kind == "summary"
            or dialogue.speech.ahead_ms > MOST_SOUND_MS
        ):
            return
        utterance = self._utterance(turn)
        audible = bool(payload.strip("A="))  # samples of zero are no sound
        turn.has_sound |= audible
        turn.gave_owed |= audible and dialogue.asked == _OWED
        if not turn.wish.text:
            dialogue.rounds.spoke()
        dialogue.happened.append(AgentSound(utterance_id=utterance.id, payload=payload))

    def _words_came(self, turn: ModelTurn, words: str) -> None:
        if turn.cancelled or turn.wish.kind == "summary":
            turn.words += words if len(turn.words) + len(words) <= LONGEST_SUMMARY else ""
            return
        self._add_words(self._utterance(turn), words)

    def _last_words_came(self, words: str) -> None:
        if self._last is not None and self._dialogue.speech.get(self._last.id) is not None:
            self._add_words(self._last, words)

    def _add_words(self, utterance: Utterance, words: str) -> None:
        words = self._dialogue.memory.room_for(words, in_turn=utterance.chars)
        if words:
            utterance.transcript.append(words)
            self._dialogue.happened.append(AgentWords(key=utterance.id, text=utterance.text))

    def _utterance(self, turn: ModelTurn) -> Utterance:
        self._dialogue.memory.begin(turn.utterance_id)
        return self._dialogue.speech.begin(Utterance(id=turn.utterance_id, response_id=turn.id))

    def _called(self, turn: ModelTurn, call: Call) -> None:
        dialogue = self._dialogue
        turn.has_called = True
        if call.name == SUMMARY:
            self._summary_came(turn, call)
            return
        if turn.cancelled:
            dialogue.functions.refused(call.id, call.name, _NOT_DONE)
            return
        refusal = dialogue.rounds.called(
            call.id, call.name, call.arguments, response_id=turn.id, words_only=False
        )
        if refusal is None:
            dialogue.functions.called(call.id, call.name, call.arguments)
            dialogue.happened.append(
                FunctionCalled(
                    call_id=call.id,
                    name=call.name,
                    arguments=call.arguments,
                    wordless=not turn.has_sound,
                )
            )
            return
        logger.warning(
            "a function of the model is not run ({}): {}",
            refusal["error"],
            call.name,
            event="tool_call_refused",
        )
        speak = dialogue.rounds.take_owed(under_way=None)
        dialogue.functions.refused(call.id, call.name, refusal, speak=speak)
        if speak:
            self._asking.answer_is_owed()
        if dialogue.rounds.is_endless:
            detail = "it goes on calling functions that are refused"
            dialogue.happened.append(ModelFailed(reason="model_failed", detail=detail))

    def _summary_came(self, turn: ModelTurn, call: Call) -> None:
        text = orjson.loads(call.arguments).get("text")
        if turn.wish.kind != "summary" or not isinstance(text, str):
            self._dialogue.functions.refused(call.id, call.name, _NOT_DONE)
            return
        self._dialogue.functions.refused(call.id, call.name, {"result": "taken"})
        self._dialogue.happened.append(SummaryMade(text=text[:LONGEST_SUMMARY]))

    # -- ends ---------------------------------------------------------------------------------

    def _generated(self, turn: ModelTurn) -> None:
        """All of its sound has come; words of it may still come, and whether it was cut."""
        if turn.has_sound:
            turn.generated = True
        self._end_sounds(turn)

    def _interrupted(self) -> None:
        """The server has cut it, mostly because the caller speaks or we ask for something else."""
        dialogue, turn = self._dialogue, self._dialogue.active
        dialogue.closing = True
        if turn is None:
            return
        was_whole = turn.generated
        self._end_sounds(turn)
        self._over(turn)
        if turn.cancelled or was_whole or turn.has_called:
            return
        for utterance in dialogue.speech.of_response(turn.id)[-1:]:
            utterance.broken_off = True
        self._failed.was_cut(turn)

    def _complete(self, told: Told) -> None:
        dialogue, turn = self._dialogue, self._dialogue.active
        if turn is not None:
            self._end_sounds(turn)
            if told.goes_on:
                turn.chunks, turn.generated = turn.chunks + 1, False
                return
            self._over(turn)
            if turn.gave_owed and dialogue.asked == _OWED:
                dialogue.asked = None  # what follows from a result may come in the turn of the call
            self._failed.is_over(turn, told)
        elif dialogue.closing:
            dialogue.closing = False
        elif dialogue.unwanted:
            dialogue.unwanted = False
        elif dialogue.asked is not None:
            turn = ModelTurn(id="", wish=dialogue.asked)
            dialogue.asked = None
            dialogue.caller.close()
            self._failed.is_over(turn, told)

    def _over(self, turn: ModelTurn) -> None:
        dialogue = self._dialogue
        dialogue.active = None
        if turn.wish.of_caller:
            dialogue.caller.close()
        if turn.cancelled:
            if turn.words:
                dialogue.memory.unheard(turn.words)
            return
        for utterance in dialogue.speech.of_response(turn.id):
            if turn.wish.kind == "say":
                dialogue.happened.append(
                    LineSpoken(
                        text=turn.wish.text, utterance_id=utterance.id, transcript=utterance.text
                    )
                )
            if not utterance.received_ms:
                dialogue.speech.end(utterance.id)  # it has no sound: nobody will hear it
                dialogue.memory.history.forget(utterance.id)

    def _end_sounds(self, turn: ModelTurn) -> None:
        for utterance in self._dialogue.speech.of_response(turn.id):
            if utterance.received_ms or turn.has_sound:
                self._end_sound(utterance)

    def _end_sound(self, utterance: Utterance) -> bool:
        """All of its sound has come; false if that was known."""
        if utterance.complete:
            return False
        utterance.complete, self._last = True, utterance
        self._dialogue.happened.append(AgentSoundEnd(utterance_id=utterance.id))
        return True
