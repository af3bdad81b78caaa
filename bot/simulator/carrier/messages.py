"""The messages of a media stream, both ways, as Twilio defines them.

Outside `start.mediaFormat` every number travels as a string. What the server may send is exactly
`media`, `mark` and `clear`, with exactly their fields; anything else is refused with 31950
(binary) or 31951 (everything else) and ignored.
"""

import base64
import binascii
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

PROTOCOL_VERSION = "1.0.0"


class BadMessage(Exception):
    """A message the carrier ignores, with the code it complains under."""

    def __init__(self, code: int, reason: str) -> None:
        super().__init__(reason)
        self.code = code


@dataclass(frozen=True, kw_only=True)
class Media:
    ulaw: bytes


@dataclass(frozen=True, kw_only=True)
class MarkMessage:
    name: str


@dataclass(frozen=True, kw_only=True)
class Clear:
    pass


Command = Media | MarkMessage | Clear


def parse(raw: str | bytes, stream_sid: str) -> Command:
    """Read one message of the server, or raise `BadMessage`."""
    if isinstance(raw, bytes):
        raise BadMessage(31950, "a binary frame; the protocol is JSON in text frames")
    try:
        message = json.loads(raw)
    except ValueError:
        raise BadMessage(31951, "not JSON") from None
    if not isinstance(message, dict):
        raise BadMessage(31951, "not a JSON object")
    event = message.get("event")
    if event not in ("media", "mark", "clear"):
        raise BadMessage(31951, f"unknown event {event!r}")
    if message.get("streamSid") != stream_sid:
        raise BadMessage(31951, f"streamSid of {event!r} is not that of this stream")
    if event == "clear":
        _exact_fields(message, {"event", "streamSid"})
        return Clear()
    _exact_fields(message, {"event", "streamSid", event})
    inner = message[event]
    if event == "mark":
        return MarkMessage(name=_only_string(inner, "mark", "name"))
    return Media(ulaw=_decode(_only_string(inner, "media", "payload")))


def _exact_fields(message: Mapping[str, Any], wanted: set[str]) -> None:
    if extra := sorted(set(message) - wanted):
        raise BadMessage(31951, f"unknown fields {', '.join(extra)}")
    if missing := sorted(wanted - set(message)):
        raise BadMessage(31951, f"missing fields {', '.join(missing)}")


def _only_string(inner: object, event: str, field: str) -> str:
    if not isinstance(inner, dict):
        raise BadMessage(31951, f"{event!r} is not an object")
    _exact_fields(inner, {field})
    value = inner[field]
    if not isinstance(value, str):
        raise BadMessage(31951, f"{event}.{field} is not a string")
    return value


def _decode(payload: str) -> bytes:
    try:
        return base64.b64decode(payload, validate=True)
    except (binascii.Error, ValueError):
        raise BadMessage(31951, "media.payload is not base64") from None


def connected() -> dict[str, Any]:
    return {"event": "connected", "protocol": "Call", "version": PROTOCOL_VERSION}


def start(
    *, account_sid: str, call_sid: str, stream_sid: str, parameters: Mapping[str, str]
) -> dict[str, Any]:
    return {
        "event": "start",
        "start": {
            "accountSid": account_sid,
            "streamSid": stream_sid,
            "callSid": call_sid,
            "tracks": ["inbound"],
            "mediaFormat": {"encoding": "audio/x-mulaw", "sampleRate": 8000, "channels": 1},
            "customParameters": dict(parameters),
        },
        "streamSid": stream_sid,
    }


def media(*, stream_sid: str, chunk: int, timestamp_ms: int, ulaw: bytes) -> dict[str, Any]:
    return {
        "event": "media",
        "media": {
            "track": "inbound",
            "chunk": str(chunk),
            "timestamp": str(timestamp_ms),
            "payload": base64.b64encode(ulaw).decode("ascii"),
        },
        "streamSid": stream_sid,
    }


def dtmf(*, stream_sid: str, digit: str) -> dict[str, Any]:
    return {
        "event": "dtmf",
        "streamSid": stream_sid,
        "dtmf": {"track": "inbound_track", "digit": digit},
    }


def mark(*, stream_sid: str, name: str) -> dict[str, Any]:
    return {"event": "mark", "streamSid": stream_sid, "mark": {"name": name}}


def stop(*, account_sid: str, call_sid: str, stream_sid: str) -> dict[str, Any]:
    return {
        "event": "stop",
        "stop": {"accountSid": account_sid, "callSid": call_sid},
        "streamSid": stream_sid,
    }
