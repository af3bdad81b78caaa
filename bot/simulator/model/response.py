"""One response, as the sequence of events it is made of.

The order is the service's: output_item.added, conversation.item.added, content_part.added, the
deltas, then the ...done events from the innermost outwards, and `response.done`.
"""

import base64
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any, Literal

from bot.simulator.model.conversation import Conversation, Item
from bot.simulator.model.refusal import Event
from bot.simulator.model.script import Call
from bot.simulator.model.sound import ULAW_BYTES_PER_MS, bytes_per_ms, encode
from bot.simulator.model.state import new_id
from bot.simulator.model.usage import ASSISTANT_MS_PER_TOKEN

Status = Literal["completed", "cancelled", "failed", "incomplete"]


@dataclass(kw_only=True)
class Response:
    """`conversation` is None out of band. `emit` sends an event, `bill` is the usage so far."""

    emit: Callable[[Event], None]
    bill: Callable[["Response"], Event]
    conversation: Conversation | None
    modality: Literal["audio", "text"]
    sound_format: Event
    sent_as: Event  # the format of what is really sent
    voice: str
    max_output_tokens: int | Literal["inf"]
    metadata: dict[str, str] | None
    wishes: Event
    created_at_secs: float
    conversation_id: str | None
    id: str = field(default_factory=lambda: new_id("resp"))
    context: list[Item] = field(default_factory=list)
    answers: list[Item] = field(default_factory=list)  # what it takes into account as new
    output: list[Item] = field(default_factory=list)
    status: Status | None = None
    _close_part: Callable[[], None] | None = None  # while a message is being spoken or written

    def as_wire(self, *, usage: Event | None = None, details: Event | None = None) -> Event:
        return {
            "object": "realtime.response",
            "id": self.id,
            "status": self.status or "in_progress",
            "status_details": details,
            "output": [item.as_wire() for item in self.output],
            "conversation_id": self.conversation_id,
            "output_modalities": [self.modality],
            "max_output_tokens": self.max_output_tokens,
            "audio": {"output": {"format": self.sound_format, "voice": self.voice}},
            "usage": usage,
            "metadata": self.metadata,
        }

    def open(self) -> None:
        self.emit({"type": "response.created", "response": self.as_wire()})

    def speak(self, text: str, ulaw: bytes, *, delta_ms: int, speed: float) -> Iterator[float]:
        """Says a line. Yields the seconds to wait between two deltas.

        A line longer than `max_output_tokens` allows ends the response as incomplete.
        """
        limit = self.max_output_tokens
        cut = len(ulaw)
        if limit != "inf":
            cut = min(cut, limit * ASSISTANT_MS_PER_TOKEN * ULAW_BYTES_PER_MS)
        sound = encode(ulaw, self.sent_as)
        step, wide_step = delta_ms * ULAW_BYTES_PER_MS, delta_ms * bytes_per_ms(self.sent_as)
        count = max(1, -(-len(ulaw) // step))
        item, place = self._open_message("output_audio", "transcript")
        part = item.body["content"][0]
        for index, words in enumerate(_spread(text, count)):
            if index * step >= cut and index:
                break
            part["transcript"] += words
            if words:
                self.emit(
                    {**place, "type": "response.output_audio_transcript.delta", "delta": words}
                )
            item.ulaw += ulaw[index * step : min(cut, (index + 1) * step)]
            wide_cut = cut * len(sound) // max(1, len(ulaw))
            piece = sound[index * wide_step : min(wide_cut, (index + 1) * wide_step)]
            if piece:
                delta = base64.b64encode(piece).decode()
                self.emit({**place, "type": "response.output_audio.delta", "delta": delta})
            yield delta_ms / 1000 / speed
        if cut < len(ulaw):
            self.close("incomplete", reason="max_output_tokens")
        else:
            self._close_message("completed")

    def write(self, text: str) -> None:
        """Answers in text."""
        item, place = self._open_message("output_text", "text")
        for piece in _spread(text, 4):
            item.body["content"][0]["text"] += piece
            if piece:
                self.emit({**place, "type": "response.output_text.delta", "delta": piece})
        self._close_message("completed")

    def call(self, call: Call, arguments: str) -> None:
        """Calls a function with these arguments, as JSON text."""
        call_id = new_id("call")
        body = {"type": "function_call", "name": call.name, "call_id": call_id, "arguments": ""}
        item, place = self._open_item(body)
        place["call_id"] = call_id
        for piece in _spread(arguments, 3):
            item.body["arguments"] += piece
            if piece:
                kind = "response.function_call_arguments.delta"
                self.emit({**place, "type": kind, "delta": piece})
        kind = "response.function_call_arguments.done"
        self.emit({**place, "type": kind, "name": call.name, "arguments": arguments})
        self._close_item(item, "completed")

    def close(
        self,
        status: Status,
        *,
        reason: str | None = None,
        code: str | None = None,
        message: str | None = None,
    ) -> None:
        """Ends the response, wherever it is: what was begun is closed as incomplete."""
        if self._close_part is not None:
            self._close_message("incomplete")
        self.status = status
        details: Event | None = None
        if status != "completed":
            details = {"type": status}
        if details is not None and reason is not None:
            details["reason"] = reason
        if details is not None and code is not None:
            message = message or f"The response failed: {code}."
            details["error"] = {"type": "server_error", "code": code, "message": message}
        done = self.as_wire(usage=self.bill(self), details=details)
        self.emit({"type": "response.done", "response": done})

    def _open_item(self, body: Event) -> tuple[Item, Event]:
        common = {"id": new_id("item"), "object": "realtime.item", "status": "in_progress"}
        item = Item(body={**common, **body}, answered=True)
        at = {"response_id": self.id, "output_index": len(self.output)}
        self.output.append(item)
        self.emit({**at, "type": "response.output_item.added", "item": item.as_wire()})
        if self.conversation is not None:
            previous = self.conversation.append(item)
            self._tell_conversation("added", item, previous)
        return item, {**at, "item_id": item.id}

    def _close_item(self, item: Item, status: str) -> None:
        item.body["status"] = status
        if self.conversation is not None and item in self.conversation.items:
            place = self.conversation.items.index(item)
            previous = self.conversation.items[place - 1].id if place else None
            self._tell_conversation("done", item, previous)
        at = {"response_id": self.id, "output_index": self.output.index(item)}
        self.emit({**at, "type": "response.output_item.done", "item": item.as_wire()})

    def _tell_conversation(self, step: str, item: Item, previous: str | None) -> None:
        kind = f"conversation.item.{step}"
        self.emit({"type": kind, "previous_item_id": previous, "item": item.as_wire()})

    def _open_message(self, content_type: str, words: str) -> tuple[Item, Event]:
        item, place = self._open_item({"type": "message", "role": "assistant", "content": []})
        place["content_index"] = 0
        part_type = content_type.removeprefix("output_")
        self.emit(
            {
                **place,
                "type": "response.content_part.added",
                "part": {"type": part_type, words: ""},
            }
        )
        part: dict[str, Any] = {"type": content_type, words: ""}
        item.body["content"] = [part]

        def close_part() -> None:
            done = {**place, words: part[words]}
            if part_type == "audio":
                self.emit({**place, "type": "response.output_audio.done"})
                self.emit({**done, "type": "response.output_audio_transcript.done"})
            else:
                self.emit({**done, "type": "response.output_text.done"})
            spoken = {"type": part_type, words: part[words]}
            self.emit({**place, "type": "response.content_part.done", "part": spoken})

        self._close_part = close_part
        return item, place

    def _close_message(self, status: str) -> None:
        assert self._close_part is not None
        self._close_part()
        self._close_part = None
        self._close_item(self.output[-1], status)


def _spread(text: str, count: int) -> list[str]:
    """The words of a text over this many pieces, in order and complete."""
    words = re.findall(r"\s*\S+\s*?(?=\s|$)", text) or [text]
    edges = [round(len(words) * index / count) for index in range(count + 1)]
    return ["".join(words[a:b]) for a, b in zip(edges, edges[1:], strict=False)]
