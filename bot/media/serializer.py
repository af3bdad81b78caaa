"""Twilio Media Streams messages to frames and back.

Source: Twilio, "Media Streams - WebSocket Messages". Nothing here raises on bad input: a message
that cannot be read is counted and dropped, so that one bad frame never ends a call.
"""

import base64
import binascii
from dataclasses import dataclass
from typing import Any

import orjson
from pipecat.audio.dtmf.types import KeypadEntry
from pipecat.frames.frames import Frame, InputDTMFFrame, InterruptionFrame, SystemFrame
from pipecat.serializers.base_serializer import FrameSerializer

from bot.media.g711 import ulaw_to_pcm
from processors.frames import AgentAudioFrame, CallerAudioFrame

SAMPLE_RATE = 8000
MAX_MESSAGE_BYTES = 64 * 1024


@dataclass
class MarkReturnedFrame(SystemFrame):
    """The carrier sent a mark back."""

    name_of_mark: str = ""


@dataclass
class StreamStoppedFrame(SystemFrame):
    """The carrier has stopped the stream: the call ended or moved on to other TwiML."""


class TwilioSerializer(FrameSerializer):
    """Reads and writes the messages of one stream."""

    def __init__(self, *, stream_sid: str) -> None:
        super().__init__()
        sid = orjson.dumps(stream_sid).decode()
        self._media_head = f'{{"event":"media","streamSid":{sid},"media":{{"payload":"'
        self._mark_head = f'{{"event":"mark","streamSid":{sid},"mark":{{"name":"'
        self._clear = f'{{"event":"clear","streamSid":{sid}}}'
        self.dropped = 0  # messages that could not be read

    async def serialize(self, frame: Frame) -> str | bytes | None:
        """Agent sound and interruptions; None for frames the carrier has no message for."""
        if isinstance(frame, AgentAudioFrame):
            return self.media(frame.ulaw)
        if isinstance(frame, InterruptionFrame):
            return self._clear
        return None

    async def deserialize(self, data: str | bytes) -> Frame | None:
        """The frame a message stands for; None when it stands for none or cannot be read."""
        return self.read(data)

    def media(self, ulaw: bytes) -> str:
        """Sound to play: raw μ-law, no file header, any length."""
        return f'{self._media_head}{base64.b64encode(ulaw).decode()}"}}}}'

    def mark(self, name: str) -> str:
        """A mark (its name a plain number of ours), echoed once what precedes it was played."""
        return f'{self._mark_head}{name}"}}}}'

    def clear(self) -> str:
        """Drop what is buffered; every outstanding mark is then echoed."""
        return self._clear

    def read(self, data: str | bytes) -> Frame | None:
        """As `deserialize`, without the coroutine: this runs fifty times a second per call."""
        try:
            return self._frame(orjson.loads(data))
        except (ValueError, KeyError, TypeError, binascii.Error):
            self.dropped += 1
            return None

    def _frame(self, message: Any) -> Frame | None:
        event = message["event"]
        if event == "media":
            payload = message["media"]["payload"]
            ulaw = base64.b64decode(payload, validate=True)
            return CallerAudioFrame(
                audio=ulaw_to_pcm(ulaw),
                sample_rate=SAMPLE_RATE,
                num_channels=1,
                ulaw=ulaw,
                payload=payload,
            )
        if event == "mark":
            return MarkReturnedFrame(name_of_mark=str(message["mark"]["name"]))
        if event == "dtmf":
            return InputDTMFFrame(button=KeypadEntry(message["dtmf"]["digit"]))
        if event == "stop":
            return StreamStoppedFrame()
        if event not in ("connected", "start"):
            self.dropped += 1
        return None
