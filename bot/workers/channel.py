"""One end of the channel between parent and worker: lines, and open sockets along with them.

Neither side ever waits for the other: what the socket does not take is sent when it does.
"""

import asyncio
import contextlib
import socket
from collections import deque
from collections.abc import Callable

from bot.workers.messages import Connection, Message, decode, encode

_READ_BYTES = 64 * 1024
_MOST_SOCKETS = 64  # with one read; the kernel gives those of one line at a time

Hear = Callable[[Message, socket.socket | None], None]  # the socket that comes with a Connection


class Channel:
    """Reads as soon as it is made; `closed` is set when the other side is gone."""

    def __init__(self, end: socket.socket, hear: Hear) -> None:
        end.setblocking(False)
        self.closed = asyncio.Event()
        self._end = end
        self._hear = hear
        self._loop = asyncio.get_running_loop()
        self._outgoing: deque[tuple[bytes, socket.socket | None]] = deque()
        self._connections: deque[socket.socket] = deque()  # in the order of their lines
        self._unread = b""
        self._loop.add_reader(end, self._read)

    def send(self, message: Message, connection: socket.socket | None = None) -> None:
        """Sends a message. The connection's socket must stay open here at least until `Arrived`.

        Once the other side is gone nothing is sent.
        """
        if self.closed.is_set():
            return
        self._outgoing.append((encode(message), connection))
        if len(self._outgoing) == 1:
            self._write()

    def close(self) -> None:
        """Lets go of everything. Closing twice is fine."""
        if self._end.fileno() < 0:
            return
        self._loop.remove_reader(self._end)
        self._loop.remove_writer(self._end)
        self._end.close()
        self._outgoing.clear()
        for connection in self._connections:
            connection.close()
        self.closed.set()

    def _write(self) -> None:
        while self._outgoing:
            line, connection = self._outgoing[0]
            try:
                sent = self._send(line, connection)
            except BlockingIOError:
                self._loop.add_writer(self._end, self._write)
                return
            except OSError:  # the other side is gone, which reading tells
                sent = len(line)
            if sent < len(line):
                self._outgoing[0] = (line[sent:], None)
            else:
                self._outgoing.popleft()
        self._loop.remove_writer(self._end)

    def _send(self, line: bytes, connection: socket.socket | None) -> int:
        if connection is None:
            return self._end.send(line)
        return socket.send_fds(self._end, [line], [connection.fileno()])

    def _read(self) -> None:
        try:
            read, sockets, _, _ = socket.recv_fds(self._end, _READ_BYTES, _MOST_SOCKETS)
        except BlockingIOError:
            return
        except OSError:
            read, sockets = b"", []
        self._connections.extend(socket.socket(fileno=each) for each in sockets)
        if not read:
            self.close()
            return
        *lines, self._unread = (self._unread + read).split(b"\n")
        for line in lines:
            message = decode(line)
            connection = None
            if isinstance(message, Connection):
                with contextlib.suppress(IndexError):
                    connection = self._connections.popleft()
            self._hear(message, connection)
