"""One response of the lean model, as the events it is made of: no I/O, no clock.

The order is the service's. Source: OpenAI, Realtime API reference (GA), server events.
"""

from collections.abc import Mapping
from typing import Any, Literal

from tests.benchmarks.load.talk import WORDS

Event = Mapping[str, Any]
Status = Literal["in_progress", "completed", "cancelled"]

USAGE = {
    "total_tokens": 400,
    "input_tokens": 300,
    "output_tokens": 100,
    "input_token_details": {
        "text_tokens": 200,
        "audio_tokens": 100,
        "cached_tokens": 128,
        "cached_tokens_details": {"text_tokens": 128, "audio_tokens": 0},
    },
    "output_token_details": {"text_tokens": 30, "audio_tokens": 70},
}


class Response:
    """A response with one spoken message."""

    def __init__(self, *, response_id: str, item_id: str, metadata: Event | None) -> None:
        self._id = response_id
        self._item_id = item_id
        self._metadata = metadata
        self._words = ""
        self._place = {"response_id": response_id, "output_index": 0}
        self._part = {**self._place, "item_id": item_id, "content_index": 0}

    def opening(self) -> list[Event]:
        """All that comes before the first sound."""
        item = self._item("in_progress")
        spoken = {"type": "audio", "transcript": ""}
        return [
            {"type": "response.created", "response": self._told("in_progress")},
            {**self._place, "type": "response.output_item.added", "item": item},
            {"type": "conversation.item.added", "item": item},
            {**self._part, "type": "response.content_part.added", "part": spoken},
        ]

    def words(self, index: int) -> Event:
        """The words of the sound piece with this index."""
        words = WORDS[index % len(WORDS)]
        self._words += words
        return {**self._part, "type": "response.output_audio_transcript.delta", "delta": words}

    def sound(self, piece: str) -> Event:
        """A piece of sound, base64."""
        return {**self._part, "type": "response.output_audio.delta", "delta": piece}

    def closing(self, status: Status) -> list[Event]:
        """All that comes after the last sound, whether it was said to the end or not."""
        item = self._item(status)
        spoken = {"type": "audio", "transcript": self._words}
        done = {**self._part, "transcript": self._words}
        return [
            {**self._part, "type": "response.output_audio.done"},
            {**done, "type": "response.output_audio_transcript.done"},
            {**self._part, "type": "response.content_part.done", "part": spoken},
            {"type": "conversation.item.done", "item": item},
            {**self._place, "type": "response.output_item.done", "item": item},
            {"type": "response.done", "response": self._told(status)},
        ]

    def _told(self, status: Status) -> Event:
        over = status != "in_progress"
        return {
            "object": "realtime.response",
            "id": self._id,
            "status": status,
            "status_details": {"type": status} if status == "cancelled" else None,
            "output": [self._item(status)] if over else [],
            "output_modalities": ["audio"],
            "metadata": self._metadata,
            "usage": USAGE if over else None,
        }

    def _item(self, status: Status) -> Event:
        content = [{"type": "output_audio", "transcript": self._words}]
        return {
            "id": self._item_id,
            "object": "realtime.item",
            "type": "message",
            "status": "incomplete" if status == "cancelled" else status,
            "role": "assistant",
            "content": content if self._words else [],
        }


def beside(response_id: str, metadata: Event | None) -> list[Event]:
    """A response outside the conversation, which has nothing to say."""
    told: dict[str, Any] = {
        "object": "realtime.response",
        "id": response_id,
        "metadata": metadata,
        "output": [],
    }
    return [
        {"type": "response.created", "response": {**told, "status": "in_progress"}},
        {"type": "response.done", "response": {**told, "status": "completed", "usage": USAGE}},
    ]


def callers_turn(item_id: str, *, ended_ms: int) -> list[Event]:
    """The caller's turn is over, and its words have been made out."""
    item: dict[str, Any] = {
        "id": item_id,
        "object": "realtime.item",
        "type": "message",
        "role": "user",
        "status": "completed",
        "content": [{"type": "input_audio", "transcript": None}],
    }
    about = {"item_id": item_id}
    return [
        {**about, "type": "input_audio_buffer.speech_stopped", "audio_end_ms": ended_ms},
        {**about, "type": "input_audio_buffer.committed"},
        {"type": "conversation.item.added", "item": item},
        {"type": "conversation.item.done", "item": item},
        {
            **about,
            "type": "conversation.item.input_audio_transcription.completed",
            "content_index": 0,
            "transcript": "May I ask something else?",
            "usage": {"type": "duration", "seconds": 2.0},
        },
    ]
