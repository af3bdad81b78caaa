"""What comes of the model's responses: its words, its sound, the functions it calls. Plain code."""

from collections import deque
from datetime import datetime

from loguru import logger

from bot.brains.openai.memory import Memory
from bot.brains.openai.responses import Response, Responses
from bot.brains.openai.server_events import ServerEvent
from bot.brains.realtime.events import (
    AgentSound,
    AgentSoundEnd,
    AgentWords,
    FunctionCalled,
    LineSpoken,
    ModelEvent,
    ModelFailed,
)
from bot.brains.realtime.function_rounds import FunctionRounds
from bot.brains.realtime.speech import Speech, Utterance

MOST_SOUND_MS = 15 * 60 * 1000  # not heard to its end: nobody listens for longer than that


class AgentTurns:
    """That of one session. Server events go in, what they mean for the call to `happened`.

    Of a response that was cancelled or withdrawn nothing may reach the caller, nor remain in the
    model's memory.
    """

    def __init__(
        self,
        *,
        responses: Responses,
        speech: Speech,
        memory: Memory,
        rounds: FunctionRounds,
        happened: deque[ModelEvent],
    ) -> None:
        self._responses = responses
        self._speech = speech
        self._memory = memory
        self._rounds = rounds
        self._happened = happened

    def forget_unheard(self, response: Response) -> None:
        """Forgets the unheard part of a response that was cancelled."""
        for utterance in self._speech.of_response(response.id):
            if not utterance.received_ms:
                self._speech.end(utterance.id)
                if utterance.in_conversation:
                    self._memory.delete(utterance.id)

    def end_sound(self, response: Response) -> None:
        """No more sound of this response is waited for: what came of it is all there is."""
        for utterance in self._speech.of_response(response.id):
            self._complete(utterance)

    def done(self, response: Response, *, line: str, broken_off: bool) -> None:
        """The response has ended; `line` is what it was given to say, if it came to its end."""
        cancelled = response.is_cancelled
        if not cancelled:
            self.end_sound(response)
        utterances = self._speech.of_response(response.id)
        for utterance in utterances[-1:]:
            utterance.broken_off = broken_off
        for utterance in utterances:
            if line:
                self._happened.append(
                    LineSpoken(text=line, utterance_id=utterance.id, transcript=utterance.text)
                )
            if not utterance.received_ms:
                self._speech.end(utterance.id)  # it has no sound, so it will never be played
                if utterance.in_conversation and not cancelled:
                    self._memory.forget(utterance.id)  # and nobody knows of it but the model

    def break_off(self) -> bool:
        """The session is gone: speech on its way to the caller goes on as far as it has come.
        Returns whether any of it stays unfinished."""
        broken_off = False
        for utterance in self._speech.under_way():
            if not utterance.received_ms:
                self._speech.end(utterance.id)
            elif self._complete(utterance):
                broken_off = True
        return broken_off

    # -- what the server does -----------------------------------------------------------------

    def item_added(self, event: ServerEvent, now: datetime) -> None:
        """`response.output_item.added`"""
        response, item_id = self._responses.of(event["response_id"]), event["item.id"]
        if response.is_withdrawn:
            self._memory.delete(item_id)
            return
        if event["item.type"] != "message":
            return
        if not response.is_cancelled:
            response.has_words = True
            self._utterance(response, item_id)
        elif not response.is_now("aside"):
            self._memory.delete(item_id)  # begun while our cancellation was on its way

    def sound_came(self, event: ServerEvent, now: datetime) -> None:
        """`response.output_audio.delta`"""
        response = self._responses.of(event["response_id"])
        utterance = self._utterance(response, event["item_id"])
        if utterance is not None and self._speech.ahead_ms < MOST_SOUND_MS:
            if utterance.in_conversation and not (response.wish and response.wish.text):
                self._rounds.spoke()
            response.has_sound = True
            payload: str = event["delta"]
            self._happened.append(AgentSound(utterance_id=utterance.id, payload=payload))

    def sound_ended(self, event: ServerEvent, now: datetime) -> None:
        """`response.output_audio.done`"""
        response = self._responses.of(event["response_id"])
        utterance = self._utterance(response, event["item_id"])
        if utterance is not None and self._complete(utterance):
            response.is_fruitful = True

    def words_came(self, event: ServerEvent, now: datetime) -> None:
        """`response.output_audio_transcript.delta`"""
        response = self._responses.of(event["response_id"])
        utterance = self._utterance(response, event["item_id"])
        if utterance is not None:
            words = self._memory.room_for(event["delta"], in_turn=utterance.chars)
            utterance.transcript += [words] if words else []
            if words:
                self._happened.append(AgentWords(key=utterance.id, text=utterance.text))

    def item_done(self, event: ServerEvent, now: datetime) -> None:
        """`response.output_item.done`: of interest is a function call."""
        if event["item.type"] != "function_call":
            return
        response, call_id = self._responses.of(event["response_id"]), event["item.call_id"]
        if response.is_withdrawn:
            return
        if response.is_cancelled:
            self._memory.result(
                call_id, {"error": "Not done: the answer was cut off before it began."}
            )
            return
        response.is_fruitful = True
        self._called(
            FunctionCalled(
                call_id=call_id,
                name=event["item.name"],
                arguments=event["item.arguments"] or "{}",
                wordless=not response.has_words,
            ),
            response,
        )

    def _called(self, call: FunctionCalled, response: Response) -> None:
        """A function is to be run, or refused where there have been too many."""
        if self._responses.put_off_answer():
            self._rounds.put_off()
        refusal = self._rounds.called(
            call.call_id,
            call.name,
            call.arguments,
            response_id=response.id,
            words_only=response.wish is not None and response.wish.words_only,
        )
        if refusal is None:
            self._memory.called(call.call_id, call.name, call.arguments)
            self._happened.append(call)
            return
        logger.warning(
            "a function of the model is not run ({}): {}",
            refusal["error"],
            call.name,
            event="tool_call_refused",
        )
        self._memory.called(call.call_id, call.name, "{}")
        self._memory.result(call.call_id, refusal)
        if self._rounds.is_endless:
            detail = "it goes on calling functions that are refused"
            self._happened.append(ModelFailed(reason="model_failed", detail=detail))

    def _utterance(self, response: Response, item_id: str) -> Utterance | None:
        """The utterance an event belongs to; None when nothing of it may reach the caller."""
        if response.is_cancelled or response.is_now("summary"):
            return None
        known = self._speech.get(item_id)
        if known is not None:
            return known
        in_conversation = self._responses.active is response
        if in_conversation:
            self._memory.begin(item_id)
        return self._speech.begin(
            Utterance(id=item_id, response_id=response.id, in_conversation=in_conversation)
        )

    def _complete(self, utterance: Utterance) -> bool:
        """All of its sound has come; false if that was known."""
        if utterance.complete:
            return False
        utterance.complete = True
        self._happened.append(AgentSoundEnd(utterance_id=utterance.id))
        return True
