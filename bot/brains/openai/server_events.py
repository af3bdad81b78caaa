"""Server events of OpenAI Realtime (GA), read before anything follows from them. Plain code.

An event is read whole or not at all: what a call needs of it is looked at first, field by field.
What was read is flat: `response.id` is the `id` of the event's `response`, and a field that an
event may do without is None where it is not there or not what it should be.
"""

from collections import deque
from collections.abc import Callable, Mapping
from typing import Any

ServerEvent = Mapping[str, Any]
Check = Callable[[Any], bool]

LONGEST_ID = 512  # theirs have some twenty characters, ours up to fifty
LONGEST_TEXT = 200_000  # an hour of speech; a document in a function's arguments
LONGEST_MS = 24 * 3600 * 1000  # no session lasts longer
MOST_USED = 10**9  # tokens or seconds of one response
REMEMBERED = 512  # ids of events: one that is sent twice comes soon after


def _is_object(value: Any) -> bool:
    return isinstance(value, dict)


def _is_id(value: Any) -> bool:
    return isinstance(value, str) and 0 < len(value) <= LONGEST_ID


def _is_text(value: Any) -> bool:
    return isinstance(value, str) and len(value) <= LONGEST_TEXT


def _is_text_or_nothing(value: Any) -> bool:
    return value is None or _is_text(value)


def _is_sound(value: Any) -> bool:
    """Whether it is base64 is seen when it is decoded; how long, by the socket's limit."""
    return isinstance(value, str)


def _is_position(value: Any) -> bool:
    return _is_number(value, LONGEST_MS)


def _is_usage(value: Any) -> bool:
    """Numbers of a believable size, by name, a few levels deep."""
    return isinstance(value, dict) and bool(value) and _counts(value, depth=3)


def _counts(value: Any, *, depth: int) -> bool:
    if isinstance(value, dict):
        return depth > 0 and all(_counts(part, depth=depth - 1) for part in value.values())
    return value is None or _is_text(value) or _is_number(value, MOST_USED)


def _is_number(value: Any, most: float) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and 0 <= value <= most


_ITEM_OF_A_RESPONSE = {"response_id": _is_id, "item_id": _is_id}
_NEEDED: Mapping[str, Mapping[str, Check]] = {
    "response.created": {"response.id": _is_id},
    "response.output_item.added": {
        "response_id": _is_id,
        "item.id": _is_id,
        "item.type": _is_id,
    },
    "conversation.item.added": {"item.type": _is_id},
    "response.output_audio.delta": {**_ITEM_OF_A_RESPONSE, "delta": _is_sound},
    "response.output_audio.done": _ITEM_OF_A_RESPONSE,
    "response.output_audio_transcript.delta": {**_ITEM_OF_A_RESPONSE, "delta": _is_text},
    "response.output_text.delta": {"response_id": _is_id, "delta": _is_text},
    "response.output_item.done": {"response_id": _is_id, "item.type": _is_id},
    "response.done": {"response.id": _is_id},
    "input_audio_buffer.speech_started": {"item_id": _is_id, "audio_start_ms": _is_position},
    "input_audio_buffer.speech_stopped": {"item_id": _is_id, "audio_end_ms": _is_position},
    "input_audio_buffer.committed": {"item_id": _is_id},
    "conversation.item.input_audio_transcription.delta": {"item_id": _is_id, "delta": _is_text},
    "conversation.item.input_audio_transcription.completed": {
        "item_id": _is_id,
        "transcript": _is_text_or_nothing,
    },
    "conversation.item.input_audio_transcription.failed": {"item_id": _is_id},
    "error": {"error": _is_object},
}
_OF_AN_ITEM: Mapping[tuple[str, str], Mapping[str, Check]] = {
    ("response.output_item.done", "function_call"): {
        "item.call_id": _is_id,
        "item.name": _is_id,
        "item.arguments": _is_text_or_nothing,
    },
    ("conversation.item.added", "function_call_output"): {"item.call_id": _is_id},
}
_WELCOME: Mapping[str, Mapping[str, Check]] = {
    "response.created": {"response.metadata.purpose": _is_id},
    "conversation.item.added": {"item.id": _is_id},
    "response.done": {
        "response.metadata.purpose": _is_id,
        "response.status": _is_id,
        "response.usage": _is_usage,
        "response.status_details.reason": _is_id,
        "response.status_details.error.code": _is_id,
        "response.status_details.error.type": _is_id,
        "response.status_details.error.message": _is_text,
    },
    "conversation.item.input_audio_transcription.completed": {"usage": _is_usage},
    "error": {
        "error.code": _is_id,
        "error.type": _is_id,
        "error.event_id": _is_id,
        "error.message": _is_text,
    },
}
KINDS = frozenset(_NEEDED)  # what a call has a use for
# What says nothing that a call needs.
UNUSED = frozenset(
    {
        "conversation.created",
        "conversation.item.created",
        "conversation.item.deleted",
        "conversation.item.done",
        "conversation.item.input_audio_transcription.segment",
        "conversation.item.input_audio_transcription.updated",  # of xAI: all words so far
        "conversation.item.retrieved",
        "conversation.item.truncated",
        "input_audio_buffer.cleared",
        "input_audio_buffer.dtmf_event_received",
        "input_audio_buffer.timeout_triggered",
        "output_audio_buffer.cleared",
        "output_audio_buffer.started",
        "output_audio_buffer.stopped",
        "ping",  # of xAI
        "rate_limits.updated",
        "response.content_part.added",
        "response.content_part.done",
        "response.function_call_arguments.delta",
        "response.function_call_arguments.done",
        "response.output_audio_transcript.done",
        "response.output_text.done",
        "session.created",
        "session.updated",
    }
)


def read(event: ServerEvent) -> ServerEvent | None:
    """What a call needs of an event of one of the `KINDS`; None when that cannot be read."""
    kind = event["type"]
    found = {"type": kind}
    if not _take(event, _NEEDED[kind], found):
        return None
    if not _take(event, _OF_AN_ITEM.get((kind, found.get("item.type", "")), {}), found):
        return None
    for path, is_right in _WELCOME.get(kind, {}).items():
        value = _at(event, path)
        found[path] = value if is_right(value) else None
    return found


def _take(event: ServerEvent, needed: Mapping[str, Check], found: dict[str, Any]) -> bool:
    for path, is_right in needed.items():
        found[path] = _at(event, path)
        if not is_right(found[path]):
            return False
    return True


def _at(event: Any, path: str) -> Any:
    for name in path.split("."):
        event = event.get(name) if isinstance(event, dict) else None
    return event


class Repeats:
    """The events of one session, told apart by their ids."""

    def __init__(self) -> None:
        self._known: set[str] = set()
        self._order: deque[str] = deque()

    def is_repeated(self, event: ServerEvent) -> bool:
        """Whether this one came before. One without an id is taken for another each time."""
        event_id = event.get("event_id")
        if not isinstance(event_id, str) or not _is_id(event_id):
            return False
        if event_id in self._known:
            return True
        self._known.add(event_id)
        self._order.append(event_id)
        if len(self._order) > REMEMBERED:
            self._known.discard(self._order.popleft())
        return False
