"""A media stream as a `Leg`: its socket, its messages, and its marks, which say what was heard."""

import asyncio
from collections.abc import Callable, Sequence

from pipecat.frames.frames import Frame, InputDTMFFrame

from bot.carriers.leg import Dropped, Heard, KeyPressed, Point, Reached
from bot.carriers.twilio.marks import Playback
from bot.carriers.twilio.media_socket import MediaSocket, SocketClosed
from bot.carriers.twilio.serializer import MarkReturnedFrame, StreamStoppedFrame, TwilioSerializer
from bot.media.g711 import BYTES_PER_MS
from processors.sound import CallerSound

NORMAL, INTERNAL_ERROR = 1000, 1011  # codes of RFC 6455


class TwilioLeg:
    """One stream of one call."""

    def __init__(self, socket: MediaSocket, *, stream_sid: str) -> None:
        self._socket = socket
        self._serializer = TwilioSerializer(stream_sid=stream_sid)
        self._playback = Playback()
        self._take: Callable[[Heard], None] | None = None
        self._gone = False

    async def hear(self, take: Callable[[Heard], None]) -> None:
        """See `Leg.hear`."""
        self._take = take
        self._socket.listen(self._read)
        try:
            while True:
                self._read(await self._socket.receive())
        except SocketClosed:
            return
        finally:
            self._take = None

    def _read(self, message: str | bytes) -> None:
        if self._take is None:
            return
        came = self._serializer.read(message)
        if came is not None:
            if (heard := _heard(came)) is not None:
                self._take(heard)
        elif self._serializer.broken:
            take, self._take = self._take, None
            take("broken")

    def play(self, ulaw: bytes, *, ends: str | None = None) -> None:
        """See `Leg.play`: a mark follows each piece of sound, and the end of each utterance."""
        if ulaw:
            self._send(self._serializer.media(ulaw))
            self._playback.sent(len(ulaw) / BYTES_PER_MS, _now())
        self._send(self._serializer.mark(self._playback.mark(ends, _now()).name))

    def clear(self, *, tell: bool) -> float:
        """See `Leg.clear`. What Twilio has played to the end needs no message."""
        if tell and not self._playback.idle:
            self._send(self._serializer.clear())
        return self._playback.cleared(_now())

    def reached(self, point: str) -> Sequence[Point]:
        """See `Leg.reached`."""
        return self._playback.mark_returned(point, _now())

    @property
    def sent_ms(self) -> float:
        """See `Leg.sent_ms`."""
        return self._playback.sent_ms

    @property
    def idle(self) -> bool:
        """See `Leg.idle`."""
        return self._playback.idle

    @property
    def unproven_ms(self) -> float:
        """See `Leg.unproven_ms`."""
        return self._playback.unproven_ms

    def position_ms(self) -> float:
        """See `Leg.position_ms`."""
        return self._playback.heard_ms(_now())

    def ahead_ms(self) -> float:
        """See `Leg.ahead_ms`."""
        return self._playback.ahead_ms(_now())

    @property
    def congested(self) -> bool:
        """See `Leg.congested`."""
        return not self._gone and self._socket.congested

    async def drain(self) -> None:
        """See `Leg.drain`."""
        await self._socket.drain()

    @property
    def dropped(self) -> Dropped:
        """See `Leg.dropped`."""
        read = self._serializer
        return Dropped(unreadable=read.unreadable, unknown=read.unknown, repeated=read.repeated)

    async def close(self, *, failed: bool = False) -> None:
        """See `Leg.close`."""
        await self._socket.close(INTERNAL_ERROR if failed else NORMAL)

    def _send(self, message: str) -> None:
        """Sends in order, and at once: the sender never waits for the carrier."""
        try:
            self._socket.send(message)
        except SocketClosed:
            self._gone = True  # whoever hears is told


def _heard(came: CallerSound | Frame) -> Heard | None:
    match came:
        case CallerSound():
            return came
        case MarkReturnedFrame():
            return Reached(point=came.name_of_mark)
        case InputDTMFFrame():
            return KeyPressed(key=came.button.value)
        case StreamStoppedFrame():
            return "stopped"
        case _:
            return None


def _now() -> float:
    return asyncio.get_running_loop().time()
