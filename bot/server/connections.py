"""Connections of the public address: uvicorn's protocol, with bounds on what a stranger may hold.

A head has a length and a deadline; so many connections may owe us the rest of a request, and the
oldest of them makes room for the newest. What an answer leaves unread is thrown away for a moment,
so that a sender in the middle of a long body reads our answer. Deadlines of bodies are kept by
`Entrance`; sockets that have become websockets are none of ours any more.
"""

import asyncio
import sys
from http import HTTPStatus
from typing import Any

from loguru import logger
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from bot.server.entrance import VISITOR

HEAD_BYTES = 32 * 1024  # request line and headers; the carrier's have about 1 KiB
HEAD_SECS = 5.0  # a head is one packet or two
MOST_HEADERS = 100
MOST_PIPELINED = 8  # requests ahead of their answers: no client of ours sends a second one
PARTING_SECS = 5.0
PARTING_BYTES = 32 * 1024 * 1024
_AT_ONCE_BYTES = 64 * 1024
_TOLD_EVERY_SECS = 10.0


def most_unfinished() -> int:
    """A quarter of the file descriptors that we may have; calls and the database need the rest."""
    if sys.platform == "win32":
        return 250
    import resource

    soft, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    return 1000 if soft == resource.RLIM_INFINITY else max(16, min(1000, soft // 4))


def refusal(status: int) -> bytes:
    """The whole HTTP answer to a connection without a complete request."""
    phrase = HTTPStatus(status).phrase
    return f"HTTP/1.1 {status} {phrase}\r\nConnection: close\r\nContent-Length: 0\r\n\r\n".encode()


class Unfinished:
    """The connections that owe us the rest of a request, or are idle; not those that have shown
    who they are.
    """

    def __init__(self, most: int) -> None:
        self._most = most
        self._waiting: dict[BoundedHttp, None] = {}  # in the order they came
        self._told_at = -_TOLD_EVERY_SECS
        self._untold = 0

    def __len__(self) -> int:
        return len(self._waiting)

    def add(self, connection: "BoundedHttp") -> None:
        """Adds a connection; the oldest is closed if there are too many."""
        self._waiting.pop(connection, None)
        self._waiting[connection] = None
        if len(self._waiting) > self._most:
            oldest = next(iter(self._waiting))
            del self._waiting[oldest]
            oldest.transport.abort()
            self._tell(connection.loop.time())

    def remove(self, connection: "BoundedHttp") -> None:
        """Removes a connection: its request is complete, or it has gone."""
        self._waiting.pop(connection, None)

    def _tell(self, now: float) -> None:
        self._untold += 1
        if now - self._told_at >= _TOLD_EVERY_SECS:
            logger.warning(
                "{} connections without a whole request, the most is {}: {} of the oldest closed",
                len(self._waiting),
                self._most,
                self._untold,
                event="connections_closed",
            )
            self._told_at, self._untold = now, 0


class BoundedHttp(HttpToolsProtocol):
    """Uvicorn's HTTP/1.1 over one connection."""

    def __init__(self, *args: Any, unfinished: Unfinished, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._unfinished = unfinished
        self._in_head = True  # also between requests
        self._head_bytes = 0
        self._deadline: asyncio.TimerHandle | None = None
        self._is_websocket = False
        self._left_over_bytes: int | None = None  # thrown away after the last answer

    def is_known(self) -> None:
        """Removes a connection: its client has shown a key or a signature."""
        self._unfinished.remove(self)

    # -- the connection -----------------------------------------------------------------------

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        self._unfinished.add(self)
        self._set_deadline(HEAD_SECS)

    def connection_lost(self, exc: Exception | None) -> None:
        self._let_go()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        while data and not self.transport.is_closing():
            if self._left_over_bytes is not None:
                self._throw_away(data)
                return
            if self._in_head and self._deadline is None:
                self._set_deadline(HEAD_SECS)
            room = HEAD_BYTES - self._head_bytes if self._in_head else _AT_ONCE_BYTES
            now, data = data[:room], data[room:]
            if self._in_head:
                self._head_bytes += len(now)
            super().data_received(now)
            if self._is_websocket:
                return
            if self._in_head and self._head_bytes >= HEAD_BYTES:
                self._refuse(HTTPStatus.REQUEST_HEADER_FIELDS_TOO_LARGE)
                self._leave_the_rest()

    def handle_websocket_upgrade(self) -> None:
        self._is_websocket = True
        self._let_go()
        super().handle_websocket_upgrade()

    def _let_go(self) -> None:
        self._unfinished.remove(self)
        self._clear_deadline()

    # -- one request --------------------------------------------------------------------------

    def on_message_begin(self) -> None:
        super().on_message_begin()
        extensions: dict[str, Any] = {VISITOR: self}
        self.scope["extensions"] = extensions

    def on_headers_complete(self) -> None:
        self._in_head = False
        self._clear_deadline()
        if len(self.headers) > MOST_HEADERS or len(self.pipeline) >= MOST_PIPELINED:
            raise ValueError("more than anybody sends")  # uvicorn answers 400 and closes
        super().on_headers_complete()
        if self.cycle is not None:
            self.cycle.transport = _Parting(self)  # type: ignore[assignment]

    def on_message_complete(self) -> None:
        super().on_message_complete()
        self._unfinished.remove(self)
        self._in_head = True
        self._head_bytes = 0

    def on_response_complete(self) -> None:
        if self._left_over_bytes is None:
            super().on_response_complete()
            if not self.transport.is_closing() and not self.pipeline:
                self._unfinished.add(self)

    # -- ends ---------------------------------------------------------------------------------

    def part(self) -> None:
        """The last answer is written. Closing with something unread would take it back."""
        if self.cycle is None or not self.cycle.more_body or self.transport.is_closing():
            self.transport.close()
        else:
            self._leave_the_rest()

    def _leave_the_rest(self) -> None:
        self._left_over_bytes = 0
        self._unfinished.add(self)
        self._set_deadline(PARTING_SECS)
        self.transport.write_eof()
        self.flow.resume_reading()

    def _throw_away(self, data: bytes) -> None:
        assert self._left_over_bytes is not None
        self._left_over_bytes += len(data)
        if self._left_over_bytes > PARTING_BYTES:
            self.transport.abort()

    def _set_deadline(self, secs: float) -> None:
        self._clear_deadline()
        self._deadline = self.loop.call_later(secs, self._too_late)

    def _clear_deadline(self) -> None:
        if self._deadline is not None:
            self._deadline.cancel()
            self._deadline = None

    def _too_late(self) -> None:
        self._deadline = None
        if self._left_over_bytes is None and self._head_bytes:
            self._refuse(HTTPStatus.REQUEST_TIMEOUT)
            self.transport.close()
        else:
            self.transport.abort()

    def _refuse(self, status: int) -> None:
        if self.cycle is None or self.cycle.response_complete:
            self.transport.write(refusal(status))


class _Parting:
    """The transport as a cycle of request and answer sees it: closing it is parting."""

    def __init__(self, connection: BoundedHttp) -> None:
        self._connection = connection
        self.write = connection.transport.write
        self.is_closing = connection.transport.is_closing

    def close(self) -> None:
        self._connection.part()
