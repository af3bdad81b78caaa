"""Twilio Media Streams messages, read and written.

Source: Twilio, "Media Streams - WebSocket Messages". Nothing here raises on bad input: a message
that cannot be read is counted and dropped, so that one bad frame never ends a call.
"""

import base64
import binascii
from dataclasses import dataclass
from typing import Any

import orjson
from pipecat.audio.dtmf.types import KeypadEntry
from pipecat.frames.frames import Frame, InputDTMFFrame, SystemFrame

from bot.clock import monotonic
from bot.media.g711 import ulaw_to_pcm
from bot.media.sequence import Sequence
from bot.media.tolerance import Tolerance
from processors.sound import CallerSound

MAX_MESSAGE_BYTES = 64 * 1024


@dataclass
class MarkReturnedFrame(SystemFrame):
    """The carrier sent a mark back."""

    name_of_mark: str = ""


@dataclass
class StreamStoppedFrame(SystemFrame):
    """The carrier has stopped the stream: the call ended or moved on to other TwiML."""


class TwilioSerializer:
    """Reads and writes the messages of one stream."""

    def __init__(self, *, stream_sid: str) -> None:
        sid = orjson.dumps(stream_sid).decode()
        self._media_head = f'{{"event":"media","streamSid":{sid},"media":{{"payload":"'
        self._mark_head = f'{{"event":"mark","streamSid":{sid},"mark":{{"name":"'
        self._clear = f'{{"event":"clear","streamSid":{sid}}}'
        self._tolerance = Tolerance()
        self._sequence = Sequence()
        self.unreadable = 0  # messages that were not what the protocol says
        self.unknown = 0  # well-formed, of a kind nobody knows
        self.repeated = 0  # sound and keys that came twice or too late

    @property
    def dropped(self) -> int:
        """Messages that nothing came of."""
        return self.unreadable + self.unknown + self.repeated

    @property
    def broken(self) -> bool:
        """Whether so little can be read that the stream is of no use any more."""
        return self._tolerance.broken

    def media(self, ulaw: bytes) -> str:
        """Sound to play: raw μ-law, no file header, any length."""
        return f'{self._media_head}{base64.b64encode(ulaw).decode()}"}}}}'

    def mark(self, name: str) -> str:
        """A mark (its name a plain number of ours), echoed once what precedes it was played."""
        return f'{self._mark_head}{name}"}}}}'

    def clear(self) -> str:
        """Drop what is buffered; every outstanding mark is then echoed."""
        return self._clear

    def read(self, data: str | bytes) -> CallerSound | Frame | None:
        """What a message brings: sound, or the frame that it stands for; None when it stands for
        none or cannot be read."""
        try:
            frame = self._frame(orjson.loads(data))
        except (ValueError, KeyError, TypeError, binascii.Error):
            self.unreadable += 1
            self._tolerance.unreadable(monotonic())
            return None
        self._tolerance.readable()
        return frame

    def _frame(self, message: Any) -> CallerSound | Frame | None:
        event = message["event"]
        if event == "media":
            payload = message["media"]["payload"]
            ulaw = binascii.a2b_base64(payload, strict_mode=True)
            if not self._is_new(message.get("sequenceNumber")):
                return None
            return CallerSound(ulaw, payload, ulaw_to_pcm(ulaw))
        if event == "mark":
            return MarkReturnedFrame(name_of_mark=str(message["mark"]["name"]))
        if event == "dtmf":
            button = KeypadEntry(message["dtmf"]["digit"])
            return (
                InputDTMFFrame(button=button)
                if self._is_new(message.get("sequenceNumber"))
                else None
            )
        if event == "stop":
            return StreamStoppedFrame()
        if event not in ("connected", "start"):
            self.unknown += 1
        return None

    def _is_new(self, number: Any) -> bool:
        """False for a message that came before or is overtaken: Twilio numbers them as strings."""
        if number is None:
            return True
        if not isinstance(number, (str, int)):
            raise TypeError("a sequenceNumber is a number")
        if self._sequence.is_new(int(number)):
            return True
        self.repeated += 1
        return False
