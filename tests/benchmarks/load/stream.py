"""Messages of one media stream as Twilio sends them, from templates: fifty a second per caller.

Source: Twilio, "Media Streams - WebSocket Messages". All messages but `connected` are counted.
"""

from collections.abc import Mapping

import orjson

from tests.benchmarks.load.sound import FRAME_MS

CONNECTED = b'{"event":"connected","protocol":"Call","version":"1.0.0"}'


class StreamMessages:
    """The carrier's side of one stream."""

    def __init__(self, *, account_sid: str, call_sid: str, stream_sid: str) -> None:
        self._account_sid = account_sid
        self._call_sid = call_sid
        self._stream_sid = stream_sid
        self._sequence = 0
        self._chunk = 0

    def start(self, parameters: Mapping[str, str]) -> bytes:
        return self._message(
            "start",
            {
                "accountSid": self._account_sid,
                "streamSid": self._stream_sid,
                "callSid": self._call_sid,
                "tracks": ["inbound"],
                "mediaFormat": {"encoding": "audio/x-mulaw", "sampleRate": 8000, "channels": 1},
                "customParameters": dict(parameters),
            },
        )

    def media(self, payload: str) -> bytes:
        """One frame of the caller's sound; `payload` is base64."""
        self._sequence += 1
        self._chunk += 1
        return (
            f'{{"event":"media","sequenceNumber":"{self._sequence}","media":{{"track":"inbound",'
            f'"chunk":"{self._chunk}","timestamp":"{(self._chunk - 1) * FRAME_MS}",'
            f'"payload":"{payload}"}},"streamSid":"{self._stream_sid}"}}'
        ).encode()

    def mark(self, name: str) -> bytes:
        return self._message("mark", {"name": name})

    def stop(self) -> bytes:
        return self._message("stop", {"accountSid": self._account_sid, "callSid": self._call_sid})

    def _message(self, event: str, body: Mapping[str, object]) -> bytes:
        self._sequence += 1
        return orjson.dumps(
            {
                "event": event,
                "sequenceNumber": str(self._sequence),
                event: body,
                "streamSid": self._stream_sid,
            }
        )
