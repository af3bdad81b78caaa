"""The public address: accepts connections and reads who they want to see, without taking a byte.

Each visitor is waited for on his own, so that a slow one delays nobody.
"""

import asyncio
import contextlib
import socket
from collections.abc import Callable, Sequence
from http import HTTPStatus

from loguru import logger

from bot.server.connections import most_unfinished, refusal
from bot.workers.router import HEAD_BYTES, BadHead, Route, route_of

HEAD_SECS = 5.0  # a head is one packet; who needs longer is not the carrier
BACKLOG = 1024
UNREAD_BYTES = 256 * 1024  # as much as a socket holds
_PAUSES_SECS = (0.005, 0.01, 0.02, 0.05, 0.1)  # between looks at a head that is not complete

Admit = Callable[[socket.socket, Route], None]


def bind(host: str, port: int) -> list[socket.socket]:
    """Sockets on all addresses of the host, not listening yet. Raises OSError."""
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


class Door:
    """Hands each visitor and his route to `admit`, which then owns the socket."""

    def __init__(self, listeners: Sequence[socket.socket], admit: Admit) -> None:
        self._listeners = listeners
        self._admit = admit
        self._most_waiting = most_unfinished()  # who have not said what they want
        self._accepting: list[asyncio.Task[None]] = []
        self._waiting: dict[asyncio.Task[None], None] = {}  # in the order they came

    def open(self) -> None:
        """Begins to listen."""
        for listener in self._listeners:
            listener.listen(BACKLOG)
            self._accepting.append(asyncio.create_task(self._accept(listener)))

    async def close(self) -> None:
        """Listens no more; who has not said what he wants is sent away."""
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
                visitor, _ = await loop.sock_accept(listener)
            except OSError as error:  # he is gone again, or we have no file descriptors left
                logger.warning(
                    "a connection was not accepted: {}", error, event="connection_not_accepted"
                )
                await asyncio.sleep(0.1)
                continue
            if len(self._waiting) >= self._most_waiting:
                next(iter(self._waiting)).cancel()  # the oldest
            task = asyncio.create_task(self._usher(visitor))
            self._waiting[task] = None
            task.add_done_callback(lambda done: self._waiting.pop(done, None))

    async def _usher(self, visitor: socket.socket) -> None:
        try:
            async with asyncio.timeout(HEAD_SECS):
                route = await _wanted(visitor)
        except BadHead as bad:
            refuse(visitor, bad.status)
        except TimeoutError:
            refuse(visitor, HTTPStatus.REQUEST_TIMEOUT)
        except OSError:  # he is gone
            visitor.close()
        except asyncio.CancelledError:
            visitor.close()
            raise
        else:
            self._admit(visitor, route)


async def _wanted(visitor: socket.socket) -> Route:
    """The route of a visitor, whose words stay unread. Raises BadHead, OSError."""
    looks = 0
    while True:
        try:
            head = visitor.recv(HEAD_BYTES, socket.MSG_PEEK)
        except BlockingIOError:
            await _readable(visitor)
            continue
        if not head:
            raise ConnectionAbortedError
        if (route := route_of(head)) is not None:
            return route
        # What was seen stays readable: the socket cannot tell when more has come.
        await asyncio.sleep(_PAUSES_SECS[min(looks, len(_PAUSES_SECS) - 1)])
        looks += 1


async def _readable(visitor: socket.socket) -> None:
    loop = asyncio.get_running_loop()
    readable = asyncio.Event()
    loop.add_reader(visitor, readable.set)
    try:
        await readable.wait()
    finally:
        loop.remove_reader(visitor)


def refuse(visitor: socket.socket, status: int) -> None:
    """Says no, if he listens, and closes."""
    with contextlib.suppress(OSError):
        visitor.recv(UNREAD_BYTES)  # closing with something unread would take our answer back
    with contextlib.suppress(OSError):
        visitor.send(refusal(status))
    visitor.close()
