"""The protocol of one conversation with OpenAI Realtime (GA): plain code, no I/O, no clock.

Calls and server events go in; client events to send collect in `to_send` and what they mean for
the call in `happened`. Whoever drives it drains both after each call. What is wanted of the model
is in `asking.py`, how its responses end in `answers.py`, what was heard of them in `playback.py`.
"""

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

import orjson
from loguru import logger

from bot.brains.openai import client_events, server_events
from bot.brains.openai.answers import GO_ON, Answers
from bot.brains.openai.asking import Asking
from bot.brains.openai.dialogue import Dialogue
from bot.brains.openai.playback import Playback
from bot.brains.openai.quirks import Quirks
from bot.brains.openai.server_events import Repeats, ServerEvent
from bot.brains.realtime.events import FunctionCalled, SummaryMade
from bot.brains.realtime.function_rounds import FunctionRounds

QUIRKS = Quirks()  # those of OpenAI's own: none
Handler = Callable[[ServerEvent, datetime], None]


class OpenAIConversation:
    """See `bot.brains.realtime.conversation.Conversation`."""

    def __init__(self, rounds: FunctionRounds | None = None, *, quirks: Quirks = QUIRKS) -> None:
        self._dialogue = Dialogue(rounds or FunctionRounds(), quirks)
        self.to_send, self.happened = self._dialogue.to_send, self._dialogue.happened
        self.asking = Asking(self._dialogue)
        self.playback = Playback(self._dialogue)
        self._answers = Answers(self._dialogue, self.asking)
        self.malformed = 0  # known events that lacked what they must have
        self.unknown = 0  # events of a type nobody knows
        self.repeated = 0  # events that came before
        self.failed = 0  # events that we could not deal with
        self._failed_kinds: set[str] = set()
        self._broken_off = False  # what was being said when the session was lost stays unfinished
        self._meet_session()

    def _meet_session(self) -> None:
        self._repeats = Repeats()
        answers, agent = self._answers, self._dialogue.agent_turns
        caller = self._dialogue.caller_turns
        self._handlers: Mapping[str, Handler] = {
            "response.created": answers.created,
            "response.output_item.added": answers.item_added,
            "conversation.item.added": self._news_seen,
            "response.output_audio.delta": agent.sound_came,
            "response.output_audio.done": agent.sound_ended,
            "response.output_audio_transcript.delta": answers.spoken_words,
            "response.output_text.delta": answers.summary_words,
            "response.output_item.done": agent.item_done,
            "response.done": answers.done,
            "input_audio_buffer.speech_started": caller.speech_started,
            "input_audio_buffer.speech_stopped": caller.speech_stopped,
            "input_audio_buffer.committed": caller.committed,
            "conversation.item.input_audio_transcription.delta": caller.words_came,
            "conversation.item.input_audio_transcription.completed": caller.transcribed,
            "conversation.item.input_audio_transcription.failed": caller.not_transcribed,
            "error": answers.error,
        }

    # -- server events ------------------------------------------------------------------------

    def server_event(self, event: ServerEvent, now: datetime) -> None:
        """Takes in one server event. Those that are unknown or malformed or that came before are
        counted and dropped: they change nothing."""
        kind = event["type"]
        if kind not in server_events.KINDS:
            self.unknown += kind not in server_events.UNUSED
        elif self._repeats.is_repeated(event):
            self.repeated += 1
        elif (known := server_events.read(event)) is None:
            self.malformed += 1
        elif not self._dialogue.server_responses.puts_off(known, now):
            self._take_in(known, now)

    def catch_up(self) -> bool:
        put_off = self._dialogue.server_responses.next_event()
        if put_off is None:
            return False
        self._take_in(*put_off)
        return True

    def _take_in(self, event: ServerEvent, now: datetime) -> None:
        try:
            self._handlers[event["type"]](event, now)
        except Exception as error:
            self.could_not_take(event, error)

    def could_not_take(self, event: ServerEvent, error: Exception) -> None:
        self.failed += 1
        kind = event["type"]
        if kind not in self._failed_kinds:
            self._failed_kinds.add(kind)
            logger.opt(exception=error).error(
                "an event of the model was not dealt with: {}", kind, event="model_event_failed"
            )

    def _news_seen(self, event: ServerEvent, now: datetime) -> None:
        if event["item.type"] == "function_call_output":
            self._dialogue.memory.news_seen(event["item.call_id"])
        elif event["item.id"]:
            self._dialogue.memory.news_seen(event["item.id"])

    # -- how it stands ------------------------------------------------------------------------

    @property
    def owes(self) -> bool:
        dialogue = self._dialogue
        wanted = dialogue.responses.left(active=dialogue.is_barren, answers=True).waiting
        due = dialogue.server_responses.due or dialogue.caller_turns.committing
        return wanted or self._broken_off or due or dialogue.rounds.owed

    @property
    def speaking(self) -> bool:
        active = self._dialogue.responses.active
        under_way = active is not None and not active.is_cancelled
        return under_way or self.playback.under_way

    @property
    def failing(self) -> bool:
        return self._answers.failing

    @property
    def awaits_words(self) -> bool:
        return self._dialogue.caller_turns.any

    @property
    def turn_is_open(self) -> bool:
        return bool(self._dialogue.caller_turns.open)

    @property
    def cancelled_active(self) -> str | None:
        active = self._dialogue.responses.active
        return active.id if active is not None and active.is_cancelled else None

    def presume_over(self, response_id: str | None) -> None:
        self._answers.presume_over(response_id)

    # -- the caller ---------------------------------------------------------------------------

    def appended(self, duration_ms: float) -> None:
        self._dialogue.caller_turns.appended_ms += duration_ms

    def commit(self, started_at: datetime, ended_at: datetime) -> None:
        self._dialogue.caller_turns.commit(started_at, ended_at)
        self.to_send.append(client_events.commit())
        self.asking.answer_turn()

    def restart_turn(self) -> None:
        self.to_send.append(client_events.clear())

    def end_stuck_turn(self, now: datetime, *, heard: bool) -> None:
        began_at = self._dialogue.caller_turns.end_open(now)
        if began_at is None:
            return
        self._dialogue.server_responses.due = False
        if heard:
            self.commit(began_at, now)
        else:
            self.to_send.append(client_events.clear())

    def keys_typed(self, item_id: str, text: str, *, asks: bool) -> None:
        """An answer that the model's side gives to speech that comes with it will do."""
        self._dialogue.memory.typed(item_id, text)
        if asks:
            self.asking.answer()

    def interrupted(self, *, speaking: bool = False) -> bool:
        """What the model's side began to answer in a hold is kept, unless they are `speaking`
        again."""
        dialogue = self._dialogue
        was_busy = dialogue.responses.busy
        self._broken_off = False  # they do not want the rest of it
        self._answers.caller_speaks()
        self.asking.call_off_asides()
        holding = dialogue.server_responses.end_hold()
        if holding is None:
            dialogue.rounds.called_off()
            dialogue.call_off()
            return was_busy
        speaking = speaking or any(item not in holding.committed for item in holding.turns)
        if speaking or dialogue.hushed:
            dialogue.server_responses.withdraw_waiting(holding)
        dialogue.call_off(keep=holding.answer)
        if holding.answer_owed and holding.answer is None and not speaking:
            self.asking.answer()
        dialogue.server_responses.take_in(holding)
        return was_busy

    def hold(self) -> None:
        """Until `interrupted` or `given_back` nothing may be asked for, and what the model's side
        answers to that speech waits."""
        if self._dialogue.server_responses.holding is None:
            self._dialogue.server_responses.hold(self._dialogue.caller_turns.open)
            self._dialogue.responses.hold()

    def given_back(self, *, answers: bool = False) -> None:
        """The model forgets their noise and what it made of it. What `answers` a question that is
        still being asked it keeps, and is asked about later."""
        holding = self._dialogue.server_responses.end_hold()
        if holding is None:
            return
        self._dialogue.responses.resume()
        self._dialogue.server_responses.give_back(holding)
        for item_id in holding.committed if not answers else ():
            self._dialogue.memory.forget(item_id)

    # -- functions ----------------------------------------------------------------------------

    def function_result(
        self, call_id: str, output: Mapping[str, Any], *, speak: bool = False
    ) -> None:
        """Answered once, when no other result is to come."""
        self._dialogue.memory.result(call_id, output)
        self._dialogue.rounds.answered(call_id, speak=speak)
        self.asking.answer_results()

    def call_function(self, name: str, arguments: Mapping[str, Any]) -> FunctionCalled:
        text = orjson.dumps(arguments).decode()
        call_id = self._dialogue.memory.call_in_its_stead(name, text)
        self._dialogue.rounds.called_in_its_stead(call_id)
        return FunctionCalled(call_id=call_id, name=name, arguments=text, wordless=False)

    # -- sessions -----------------------------------------------------------------------------

    def session_lost(self) -> None:
        self._broken_off |= self._dialogue.agent_turns.break_off()
        if self._dialogue.out_of_band.summarising:
            self.happened.append(SummaryMade(text=""))

    def begin_again(self, *, unheard: bool = False) -> bool:
        """Returns whether the caller waits for an answer to words that the new session can only
        learn from their sound; `unheard` says that they do. Answers that were to be asked for are
        not any more then: they would be given before the caller is heard."""
        dialogue = self._dialogue
        dialogue.rounds.session_lost()
        self.asking.answer_results()
        barren = dialogue.is_barren
        owed = dialogue.server_responses.due or barren or dialogue.caller_turns.committing
        unheard = unheard or (owed and dialogue.caller_turns.any)
        goes_on = self._broken_off and barren and not (unheard or dialogue.hushed)
        if dialogue.server_responses.due or goes_on:
            self.asking.answer()
        left = dialogue.responses.left(
            active=barren and not goes_on, answers=not (unheard or dialogue.hushed)
        )
        self._broken_off = False
        self.to_send.clear()
        self.asking.ask_again()
        dialogue.meet_session(left)
        self._meet_session()
        if owed and unheard and dialogue.answers_unasked:
            dialogue.purposes.turn_ended()  # it is to hear them for the second time
        dialogue.memory.retell(dialogue.speech.under_way())
        if goes_on:
            self.asking.note(GO_ON)
        dialogue.note_generating()
        return unheard
