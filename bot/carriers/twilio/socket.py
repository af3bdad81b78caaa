"""The carrier's end of the media websocket: uvicorn's protocol, with a short way for messages."""

import contextlib
from collections.abc import Callable

from starlette.websockets import WebSocket, WebSocketDisconnect
from uvicorn.protocols.websockets.websockets_sansio_impl import WebSocketsSansIOProtocol
from websockets.http11 import Request

from bot.carriers.twilio.media_socket import SocketClosed
from bot.carriers.twilio.serializer import MAX_MESSAGE_BYTES
from bot.media.websocket import (
    begins_message,
    client_text,
    frame_end,
    head_length,
    hollow,
    is_data,
    text_frame,
)

MOST_LEFT_OUT_BYTES = 16 * 1024 * 1024  # of one frame: nobody who speaks to a phone sends more
LONGEST_CONTROL_BYTES = 125  # RFC 6455
_EXTENSION = "trunkline.socket"  # of the ASGI scope: the protocol that serves it


class ShortWayProtocol(WebSocketsSansIOProtocol):
    """Uvicorn's websocket, which hands messages to its listener as they arrive.

    Uvicorn's own way pauses the socket after each message until a task has fetched it. All that
    is not a whole text message, and everything before there is a listener, still goes that way.

    What is beyond `MAX_MESSAGE_BYTES` of a message is left out as it comes in, frame by frame: an
    empty or a cut message arrives in its place, which its reader counts as unreadable.
    """

    take: Callable[[bytes], None] | None = None
    _rest = b""  # the beginning of a frame
    _message_bytes = 0  # of the message that is coming in, as far as its frames have begun
    _to_leave_out = 0  # bytes of the frame that is coming in
    _refused = False  # a frame is longer than can be left out: the library closes the socket

    def handle_connect(self, event: Request) -> None:
        super().handle_connect(event)
        if (scope := getattr(self, "scope", None)) is not None:
            scope["extensions"][_EXTENSION] = self

    def data_received(self, data: bytes) -> None:
        """Nearly always exactly one message."""
        if self._to_leave_out:
            left_out = min(self._to_leave_out, len(data))
            self._to_leave_out -= left_out
            if not (data := data[left_out:]):
                return
        if not self._rest and self._took(data):
            return
        if self.handshake_initiated:
            self._sort_out(self._rest + data)
        else:
            super().data_received(data)

    def _took(self, data: bytes) -> bool:
        """Takes a whole text message if there is a listener; whether it did."""
        if self.take is None or self.frames or self.close_sent:
            return False
        text = client_text(data)
        if text is None:
            return False
        self.take(text)
        return True

    def _sort_out(self, data: bytes) -> None:
        """Frame by frame; what is not whole yet waits, unless it is longer than may be."""
        start = 0
        while end := frame_end(data, start):
            length = end - start - head_length(data, start)
            message_bytes = self._message_with(data, start, length)
            most = MOST_LEFT_OUT_BYTES if is_data(data, start) else LONGEST_CONTROL_BYTES
            if self._refused or length > most:
                self._refused = True  # with it all that follows
                frame, end = data[start:], len(data)
            elif message_bytes > MAX_MESSAGE_BYTES:
                frame = hollow(data, start)
                self._to_leave_out = max(0, end - len(data))
            elif end > len(data):
                break
            else:
                frame = data[start:end]
            self._message_bytes = message_bytes
            if not self._took(frame):
                super().data_received(frame)
            start = end
        self._rest = data[start:]

    def _message_with(self, data: bytes, start: int, length: int) -> int:
        """How long the message under way is with this frame; a control frame adds nothing."""
        if not is_data(data, start):
            return self._message_bytes
        return length if begins_message(data, start) else self._message_bytes + length

    def send_text(self, text: bytes) -> None:
        """Hands a message to the transport. Raises SocketClosed."""
        if self.disconnected or self.close_sent or self.transport.is_closing():
            raise SocketClosed
        self.transport.write(text_frame(text))


class CarrierSocket:
    """A websocket of a route as the media path sees it (`MediaSocket`)."""

    def __init__(self, websocket: WebSocket) -> None:
        self._websocket = websocket
        self._protocol: ShortWayProtocol = websocket.scope["extensions"][_EXTENSION]

    async def receive(self) -> str | bytes:
        try:
            message = await self._websocket.receive()
        except RuntimeError as error:  # Starlette's word for a socket that is closed already
            raise SocketClosed from error
        if message["type"] == "websocket.disconnect":
            raise SocketClosed
        text: str | None = message.get("text")
        return text if text is not None else message.get("bytes") or b""

    def listen(self, take: Callable[[str | bytes], None]) -> None:
        self._protocol.take = take

    def send(self, message: str) -> None:
        self._protocol.send_text(message.encode())

    @property
    def congested(self) -> bool:
        return not self._protocol.writable.is_set()

    async def drain(self) -> None:
        await self._protocol.writable.wait()

    async def close(self, code: int = 1000) -> None:
        self._protocol.take = None
        if self.congested:  # a closing frame would have to wait as well
            self._protocol.transport.abort()
        with contextlib.suppress(WebSocketDisconnect, RuntimeError):
            await self._websocket.close(code)
