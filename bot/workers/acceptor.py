"""The public address: accepts connections and finds the route of each without taking a byte off it.

Each connection is read in its own task, so that a slow client blocks no other.
"""

import asyncio
import contextlib
import socket
from collections.abc import Callable, Sequence
from http import HTTPStatus

from loguru import logger

from bot.server.connections import most_unfinished, refusal
from bot.workers.router import HEAD_BYTES, BadHead, Route, route_of
from config import SettingsError

HEAD_SECS = 5.0  # a head is one packet; a client that needs longer is not the carrier
BACKLOG = 1024
UNREAD_BYTES = 256 * 1024  # as much as a socket holds
_PAUSES_SECS = (0.005, 0.01, 0.02, 0.05, 0.1)  # between looks at a head that is not complete

Admit = Callable[[socket.socket, Route], None]


def listeners_at(host: str, port: int) -> list[socket.socket]:
    """Sockets on all addresses of the host, not listening yet. Raises SettingsError: they are not
    to be had, mostly because another process listens there.
    """
    try:
        return bind(host, port)
    except OSError as error:
        raise SettingsError(f"--host {host} --port {port}: {error}") from error


def bind(host: str, port: int) -> list[socket.socket]:
    """The same. Raises OSError."""
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)
    bound: list[socket.socket] = []
    try:
        for family, kind, protocol, _, address in dict.fromkeys(found):
            each = socket.socket(family, kind, protocol)
            bound.append(each)
            each.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            if family == socket.AF_INET6:
                each.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
            each.setblocking(False)
            each.bind(address)
    except OSError:
        for each in bound:
            each.close()
        raise
    return bound


class Acceptor:
    """Passes each connection with its route to `admit`, which then owns the socket."""

    def __init__(self, listeners: Sequence[socket.socket], admit: Admit) -> None:
        self._listeners = listeners
        self._admit = admit
        self._most_waiting = most_unfinished()  # connections whose head is not complete
        self._accepting: list[asyncio.Task[None]] = []
        self._waiting: dict[asyncio.Task[None], None] = {}  # in the order they came

    def open(self) -> None:
        """Begins to listen."""
        for listener in self._listeners:
            listener.listen(BACKLOG)
            self._accepting.append(asyncio.create_task(self._accept(listener)))

    async def close(self) -> None:
        """Stops listening; connections without a complete head are closed."""
        tasks = [*self._accepting, *self._waiting]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        for listener in self._listeners:
            listener.close()

    async def _accept(self, listener: socket.socket) -> None:
        loop = asyncio.get_running_loop()
        while True:
            try:
                connection, _ = await loop.sock_accept(listener)
            except OSError as error:  # the client has left, or we have no file descriptors left
                logger.warning(
                    "a connection was not accepted: {}", error, event="connection_not_accepted"
                )
                await asyncio.sleep(0.1)
                continue
            if len(self._waiting) >= self._most_waiting:
                next(iter(self._waiting)).cancel()  # the oldest
            task = asyncio.create_task(self._route(connection))
            self._waiting[task] = None
            task.add_done_callback(lambda done: self._waiting.pop(done, None))

    async def _route(self, connection: socket.socket) -> None:
        try:
            async with asyncio.timeout(HEAD_SECS):
                route = await _wanted(connection)
        except BadHead as bad:
            refuse(connection, bad.status)
        except TimeoutError:
            refuse(connection, HTTPStatus.REQUEST_TIMEOUT)
        except OSError:  # the client has left
            connection.close()
        except asyncio.CancelledError:
            connection.close()
            raise
        else:
            self._admit(connection, route)


async def _wanted(connection: socket.socket) -> Route:
    """The route of a connection, which stays unread. Raises BadHead, OSError."""
    looks = 0
    while True:
        try:
            head = connection.recv(HEAD_BYTES, socket.MSG_PEEK)
        except BlockingIOError:
            await _readable(connection)
            continue
        if not head:
            raise ConnectionAbortedError
        if (route := route_of(head)) is not None:
            return route
        # What was seen stays readable: the socket cannot tell when more has come.
        await asyncio.sleep(_PAUSES_SECS[min(looks, len(_PAUSES_SECS) - 1)])
        looks += 1


async def _readable(connection: socket.socket) -> None:
    loop = asyncio.get_running_loop()
    readable = asyncio.Event()
    loop.add_reader(connection, readable.set)
    try:
        await readable.wait()
    finally:
        loop.remove_reader(connection)


def refuse(connection: socket.socket, status: int) -> None:
    """Answers with this status if the client still listens, and closes."""
    with contextlib.suppress(OSError):
        connection.recv(UNREAD_BYTES)  # closing with something unread would take our answer back
    with contextlib.suppress(OSError):
        connection.send(refusal(status))
    connection.close()
