"""One response of a session, from its beginning to its end, told in the events of any other."""

import asyncio
from collections.abc import AsyncGenerator, Callable, Mapping, Sequence
from contextlib import aclosing
from dataclasses import dataclass
from typing import Any

from pipecat.services.openai.base_llm import BaseOpenAILLMService

from bot.brains.cascade.hearing import Turns
from bot.brains.cascade.items import Item, Items
from bot.brains.cascade.mouth import Mouth, Speaking
from bot.brains.cascade.sentences import Sentences
from bot.brains.cascade.thinking import Called, ThinkingFailed, Thought
from bot.brains.cascade.thoughts import Thoughts
from bot.brains.clips import same_words
from bot.brains.openai import client_events
from bot.brains.realtime.speech import Utterance
from bot.clock import monotonic

Event = dict[str, Any]
_BEFORE_LINE, _AFTER_LINE = client_events.say_exactly("\0").split("\0")
ASK_SUMMARY = "Write it now."


def line_in(instructions: str) -> str:
    """The line that these instructions want said word for word; empty: they want none."""
    exactly = instructions.startswith(_BEFORE_LINE) and instructions.endswith(_AFTER_LINE)
    return instructions[len(_BEFORE_LINE) : -len(_AFTER_LINE)] if exactly else ""


@dataclass(frozen=True, kw_only=True)
class Means:
    """What the responses of one session share."""

    items: Items
    turns: Turns
    mouth: Mouth
    thinker: BaseOpenAILLMService
    tools: Sequence[Mapping[str, Any]]
    language: str
    emit: Callable[[Event], None]
    give_up: Callable[[str], None]  # the session is of no use any more


class Answer:
    """One response. `run` ends with its last event, unless it is cancelled: then `cancelled` is to
    be called."""

    def __init__(self, response_id: str, wishes: Mapping[str, Any], means: Means) -> None:
        self.id = response_id
        self._wishes = wishes
        self._means = means
        self.in_conversation = wishes.get("conversation") != "none"
        self._item: Item | None = None  # what it says
        self._speaking: Speaking | None = None
        self._thoughts: Thoughts | None = None  # whose words it says
        self._thought = Thought()
        self._in_vain = Thought()  # a request that was made too early
        self._broken = ""  # why the model's words ended too early
        self._stages: dict[str, int] = {}
        self.is_over = False  # its end is told
        self.task: asyncio.Task[None] | None = None

    async def run(self) -> None:
        """All of it."""
        self._tell("response.created", response=self._about())
        instructions = self._wishes.get("instructions") or ""
        try:
            if self._wishes.get("output_modalities") == ["text"]:
                await self._write(instructions)
                self._done("completed")
            elif line := line_in(instructions):
                await self._speak(_once(line))
                self._judge()
            else:
                await self._speak(self._sentences(instructions))
                self._judge()
        except ThinkingFailed as failed:
            self._failed(failed.code, str(failed))

    def cancelled(self) -> None:
        """Its task was cancelled."""
        self._end_item()
        self._done("cancelled", details={"type": "cancelled", "reason": "client_cancelled"})

    # -- what it says -------------------------------------------------------------------------

    async def _write(self, instructions: str) -> None:
        chat = self._means.items.chat(instructions=instructions)
        chat.append({"role": "user", "content": ASK_SUMMARY})
        self._thoughts = thoughts = Thoughts(self._means.thinker, chat, ())
        self._thought = thoughts.thought
        async with aclosing(thoughts.words()) as words:
            async for text in words:
                self._tell("response.output_text.delta", delta=text)

    async def _speak(self, sentences: AsyncGenerator[str]) -> None:
        async with aclosing(sentences) as coming:
            first = await anext(coming, None)
            if first is None:
                self._call()
                return
            self._begin_item()
            async with self._means.mouth.speaking(self._sound, self._says) as speaking:
                self._speaking = speaking
                await speaking.say(first)
                try:
                    async for sentence in coming:
                        await speaking.say(sentence)
                    self._call()
                except ThinkingFailed as failed:  # what was said is heard to its end
                    self._broken = str(failed)
                await speaking.finish()
        if speaking.first_sound_ms is not None:
            self._stages["speaking"] = speaking.first_sound_ms
        self._end_item()

    async def _sentences(self, instructions: str) -> AsyncGenerator[str]:
        """The model's words, one sentence after the other."""
        self._thoughts = thoughts = await self._asked(instructions)
        self._thought = thoughts.thought
        sentences, asked_at = Sentences(self._means.language), monotonic()
        async with aclosing(thoughts.words()) as words:
            async for text in words:
                for sentence in sentences.feed(text):
                    self._stages.setdefault("thinking", round((monotonic() - asked_at) * 1000))
                    yield sentence
        for sentence in sentences.rest():
            self._stages.setdefault("thinking", round((monotonic() - asked_at) * 1000))
            yield sentence

    async def _asked(self, instructions: str) -> Thoughts:
        """The request whose answer is said. Where the ear guesses how the turn ends, it is made
        before the words are sure, and once more if they turn out to be others."""
        means, last = self._means, self._means.turns.last
        early, guess = None, ""
        if (only := means.turns.only) is not None:  # of several, which one is guessed is not sure
            await only.known()
            if means.turns.only is only and (guess := only.guess):
                early = self._ask(instructions, guess)
        try:
            await means.turns.all_words()
        except asyncio.CancelledError:
            if early is not None:
                self._give_up(early)
            raise
        if last is not None:
            self._stages["hearing"] = last.words_ms
        if early is None or last is None:
            return self._ask(instructions)
        if same_words(guess, last.text):
            return early
        self._give_up(early)
        return self._ask(instructions)

    def _ask(self, instructions: str, guess: str = "") -> Thoughts:
        may_call = self._wishes.get("tool_choice") != "none"
        chat = self._means.items.chat(instructions=instructions, guess=guess)
        return Thoughts(self._means.thinker, chat, self._means.tools if may_call else ())

    def _give_up(self, early: Thoughts) -> None:
        self._in_vain = early.give_up()

    def _call(self) -> None:
        for call in self._thought.calls:
            self._called(call)

    def _called(self, call: Called) -> None:
        item = self._means.items.new_id("call")
        body = {
            "id": item,
            "type": "function_call",
            "call_id": call.call_id,
            "name": call.name,
            "arguments": call.arguments,
        }
        self._means.items.add(
            Item(id=item, kind="call", call_id=call.call_id, name=call.name, text=call.arguments)
        )
        self._tell("response.output_item.added", item=body)
        self._tell("response.output_item.done", item=body)

    # -- the item -----------------------------------------------------------------------------

    def _begin_item(self) -> None:
        items = self._means.items
        item_id = items.new_id("said")
        utterance = Utterance(id=item_id, response_id=self.id)
        self._item = Item(id=item_id, kind="agent", utterance=utterance)
        if self.in_conversation:
            items.add(self._item)
        self._tell("response.output_item.added", item={"id": item_id, "type": "message"})

    def _says(self, sentence: str) -> None:
        assert self._item is not None and self._item.utterance is not None
        self._item.utterance.transcript.append(f"{sentence} ")
        self._of_item("response.output_audio_transcript.delta", delta=f"{sentence} ")

    def _sound(self, payload: str, duration_ms: float) -> None:
        assert self._item is not None
        if self._item.utterance is not None:  # else it was cut already
            self._item.utterance.sound_came(duration_ms)
        self._of_item("response.output_audio.delta", delta=payload)

    def _end_item(self) -> None:
        if self._item is None:
            return
        if self._item.utterance is not None:
            self._item.utterance.complete = True
        self._of_item("response.output_audio.done")
        done = {"id": self._item.id, "type": "message"}
        self._tell("response.output_item.done", item=done)

    def _of_item(self, kind: str, **fields: Any) -> None:
        assert self._item is not None
        self._tell(kind, item_id=self._item.id, **fields)

    # -- its end ------------------------------------------------------------------------------

    def _judge(self) -> None:
        speaking, cut = self._speaking, self._thought.cut
        if speaking is not None and not speaking.sound_ms:
            self._failed("server_error", speaking.failed or "the voice said nothing")
            if not speaking.failed:
                self._means.give_up("the voice says nothing, and not why")
        elif cut or self._broken or (speaking is not None and speaking.failed):
            why = {"type": "incomplete", "reason": "max_output_tokens"}
            self._done("incomplete", details=why)
        else:
            self._done("completed")

    def _failed(self, code: str, message: str) -> None:
        error = {"code": code, "type": code, "message": message}
        self._done("failed", details={"type": "failed", "error": error})

    def _done(self, status: str, *, details: Event | None = None) -> None:
        self.is_over = True
        if status in ("cancelled", "incomplete") and self._thoughts is not None:
            self._thoughts.give_up()  # what it has cost, where the model did not come to tell it
        about = {**self._about(), "status": status, "status_details": details}
        self._tell("response.done", response={**about, "usage": self._usage()})

    def _usage(self) -> Event:
        thought, speaking = self._thought, self._speaking
        return {
            "thinking": {
                "text_in": thought.text_in + self._in_vain.text_in,
                "text_cached": thought.text_cached + self._in_vain.text_cached,
                "text_out": thought.text_out + self._in_vain.text_out,
            },
            "speaking": {"characters": speaking.characters if speaking else 0},
            "stages_ms": dict(self._stages),
        }

    def _about(self) -> Event:
        return {"id": self.id, "metadata": self._wishes.get("metadata")}

    def _tell(self, kind: str, **fields: Any) -> None:
        named = {} if "response" in fields else {"response_id": self.id}
        self._means.emit({"type": kind, **named, **fields})


async def _once(line: str) -> AsyncGenerator[str]:
    yield line
