"""Server events of OpenAI Realtime (GA) in full, as they come over the wire.

A test holds each of them against the types of the `openai` package.
"""

import base64
from collections.abc import Sequence
from typing import Any, Literal

Event = dict[str, Any]
Status = Literal["completed", "cancelled", "failed", "incomplete"]
USAGE: Event = {
    "total_tokens": 470,
    "input_tokens": 400,
    "output_tokens": 70,
    "input_token_details": {
        "text_tokens": 250,
        "audio_tokens": 150,
        "image_tokens": 0,
        "cached_tokens": 300,
        "cached_tokens_details": {"text_tokens": 200, "audio_tokens": 100, "image_tokens": 0},
    },
    "output_token_details": {"text_tokens": 20, "audio_tokens": 50},
}
_count = 0


def _event(kind: str, **fields: Any) -> Event:
    global _count
    _count += 1
    return {"type": kind, "event_id": f"event_{_count}", **fields}


def session(kind: Literal["created", "updated"], **config: Any) -> Event:
    """session.created or session.updated, with the configuration it tells."""
    told = {"type": "realtime", "object": "realtime.session", "id": "sess_C9G", **config}
    return _event(f"session.{kind}", session=told)


def formats(kind: str = "audio/pcmu") -> Event:
    """The `audio` of a session that speaks this format both ways."""
    sound: Event = {"type": kind}
    if kind == "audio/pcm":
        sound["rate"] = 24000
    return {"input": {"format": sound}, "output": {"format": sound, "voice": "marin"}}


def _response(response_id: str, status: str, **fields: Any) -> Event:
    return {
        "object": "realtime.response",
        "id": response_id,
        "status": status,
        "status_details": None,
        "output": [],
        "conversation_id": "conv_C9G",
        "output_modalities": ["audio"],
        "max_output_tokens": "inf",
        "audio": {"output": {"format": {"type": "audio/pcmu"}, "voice": "marin"}},
        "usage": None,
        "metadata": None,
        **fields,
    }


def created(response_id: str, purpose: str | None = None) -> Event:
    """A response starts; `purpose` is the metadata of one that we asked for."""
    metadata = {"purpose": purpose} if purpose else None
    return _event(
        "response.created", response=_response(response_id, "in_progress", metadata=metadata)
    )


def done(
    response_id: str,
    status: Status = "completed",
    *,
    purpose: str | None = None,
    error_code: str = "server_error",
    usage: Event | None = USAGE,
) -> Event:
    details: dict[str, Any] = {
        "completed": None,
        "cancelled": {"type": "cancelled", "reason": "client_cancelled"},
        "incomplete": {"type": "incomplete", "reason": "max_output_tokens"},
        "failed": {"type": "failed", "error": {"type": "server_error", "code": error_code}},
    }
    response = _response(
        response_id,
        status,
        status_details=details[status],
        usage=usage,
        metadata={"purpose": purpose} if purpose else None,
    )
    return _event("response.done", response=response)


def message_added(response_id: str, item_id: str) -> Event:
    item = {
        "id": item_id,
        "object": "realtime.item",
        "type": "message",
        "status": "in_progress",
        "role": "assistant",
        "content": [],
    }
    return _event("response.output_item.added", response_id=response_id, output_index=0, item=item)


def _part(kind: str, response_id: str, item_id: str, **fields: Any) -> Event:
    return _event(
        kind,
        response_id=response_id,
        item_id=item_id,
        output_index=0,
        content_index=0,
        **fields,
    )


def sound(response_id: str, item_id: str, ulaw: bytes) -> Event:
    delta = base64.b64encode(ulaw).decode()
    return _part("response.output_audio.delta", response_id, item_id, delta=delta)


def sound_done(response_id: str, item_id: str) -> Event:
    return _part("response.output_audio.done", response_id, item_id)


def words(response_id: str, item_id: str, text: str) -> Event:
    return _part("response.output_audio_transcript.delta", response_id, item_id, delta=text)


def text(response_id: str, item_id: str, delta: str) -> Event:
    return _part("response.output_text.delta", response_id, item_id, delta=delta)


def message_done(response_id: str, item_id: str, transcript: str) -> Event:
    item = {
        "id": item_id,
        "object": "realtime.item",
        "type": "message",
        "status": "completed",
        "role": "assistant",
        "content": [{"type": "output_audio", "transcript": transcript}],
    }
    return _event("response.output_item.done", response_id=response_id, output_index=0, item=item)


def function_call(
    response_id: str, call_id: str, name: str, arguments: str = "{}", *, added: bool = False
) -> Event:
    """A function call whose arguments are complete, or (`added`) one that begins."""
    item = {
        "id": f"item_{call_id}",
        "object": "realtime.item",
        "type": "function_call",
        "status": "in_progress" if added else "completed",
        "call_id": call_id,
        "name": name,
        "arguments": "" if added else arguments,
    }
    kind = f"response.output_item.{'added' if added else 'done'}"
    return _event(kind, response_id=response_id, output_index=1, item=item)


def spoken(
    response_id: str,
    item_id: str,
    transcript: str,
    *,
    ms: int = 1000,
    pieces: int = 4,
    filled_with: int = 1,
) -> list[Event]:
    """All of one message: its item, its words ahead of its sound, both in pieces."""
    tokens = transcript.split(" ")
    share = -(-len(tokens) // pieces)
    parts = [" ".join(tokens[n : n + share]) for n in range(0, len(tokens), share)]
    events = [message_added(response_id, item_id)]
    for index, part in enumerate(parts):
        events.append(words(response_id, item_id, part if index == 0 else f" {part}"))
    for _ in range(pieces):
        events.append(sound(response_id, item_id, bytes([filled_with]) * (8 * ms // pieces)))
    events.append(sound_done(response_id, item_id))
    events.append(message_done(response_id, item_id, transcript))
    return events


def answer(
    response_id: str,
    item_id: str,
    transcript: str,
    *,
    purpose: str | None = None,
    ms: int = 1000,
    filled_with: int = 1,
) -> list[Event]:
    """A whole response of one message."""
    return [
        created(response_id, purpose),
        *spoken(response_id, item_id, transcript, ms=ms, filled_with=filled_with),
        done(response_id, purpose=purpose),
        rate_limits(),
    ]


def speech_started(item_id: str, audio_start_ms: int = 0) -> Event:
    return _event(
        "input_audio_buffer.speech_started", item_id=item_id, audio_start_ms=audio_start_ms
    )


def speech_stopped(item_id: str, audio_end_ms: int = 0) -> Event:
    return _event("input_audio_buffer.speech_stopped", item_id=item_id, audio_end_ms=audio_end_ms)


def committed(item_id: str, previous: str | None = None) -> Event:
    return _event("input_audio_buffer.committed", item_id=item_id, previous_item_id=previous)


def transcribing(item_id: str, delta: str) -> Event:
    return _event(
        "conversation.item.input_audio_transcription.delta",
        item_id=item_id,
        content_index=0,
        delta=delta,
    )


def transcribed(item_id: str, transcript: str, *, usage: Event | None = None) -> Event:
    return _event(
        "conversation.item.input_audio_transcription.completed",
        item_id=item_id,
        content_index=0,
        transcript=transcript,
        usage=usage or {"type": "duration", "seconds": 2},
    )


def not_transcribed(item_id: str) -> Event:
    return _event(
        "conversation.item.input_audio_transcription.failed",
        item_id=item_id,
        content_index=0,
        error={"type": "transcription_error", "code": "audio_unintelligible", "message": "no"},
    )


def error(
    code: str | None, *, about: str | None = None, kind: str = "invalid_request_error"
) -> Event:
    body = {"type": kind, "code": code, "message": "It says so.", "param": None, "event_id": about}
    return _event("error", error=body)


def rate_limits() -> Event:
    limits = [{"name": "tokens", "limit": 200_000, "remaining": 199_000, "reset_seconds": 0.3}]
    return _event("rate_limits.updated", rate_limits=limits)


def caller_turn(item_id: str, transcript: str, *, start_ms: int = 0, ms: int = 1000) -> list[Event]:
    """What the server tells of one turn of the caller."""
    return [
        speech_started(item_id, start_ms),
        speech_stopped(item_id, start_ms + ms),
        committed(item_id),
        transcribed(item_id, transcript),
    ]


def all_kinds() -> Sequence[Event]:
    """One of each, for the test that holds them against the package's types."""
    return [
        session("created"),
        session("updated", audio=formats()),
        session("updated", audio=formats("audio/pcm")),
        *answer("resp_1", "item_1", "One two three.", purpose="answer"),
        *caller_turn("item_2", "Hello."),
        function_call("resp_1", "call_1", "lookup_hours", added=True),
        function_call("resp_1", "call_1", "lookup_hours"),
        text("resp_1", "item_1", "word"),
        *(done("resp_1", status) for status in ("cancelled", "failed", "incomplete")),
        transcribing("item_2", "Hel"),
        not_transcribed("item_2"),
        error("invalid_value", about="ask_1"),
        error(None),
    ]
