"""Virtual time over real loopback sockets: an event loop whose clock jumps to the next timer.

Everything that talks in a test lives in one process and one loop: the service, the simulated
carrier, the model, the business. Whenever nothing is readable and no thread works for the loop,
nothing is under way, and the clock may jump to the next timer. A call of a minute takes a fraction
of a second, and a busy machine changes nothing about it.

That holds only if what one end sends is readable at the other at once. Over TCP a busy kernel may
take milliseconds for it, so a connection from this loop to a server of this loop is a pair of Unix
sockets, which deliver within the call that sends. Servers still listen at real TCP ports, for
whoever comes from outside the loop.

`time.time` and `time.monotonic` follow the running loop (`follow_the_loop`), and so does
`bot.clock`. What is about real time (other processes, signals, stalls of the loop, databases that
are servers) runs on a real loop: see the marker `realtime`.
"""

import asyncio
import itertools
import os
import queue
import selectors
import socket
import time
from asyncio import selector_events
from asyncio.trsock import TransportSocket
from collections.abc import Callable, Iterator
from concurrent.futures import Executor
from contextlib import contextmanager
from typing import Any
from urllib.parse import urlsplit

import aiosqlite
from anyio._backends._asyncio import AsyncIOBackend

STEP_SECS = 1e-7  # the clock moves at each look, or code that waits for it to move spins for ever
JUMP_SECS = 1e-6  # and a bit past each timer, which is due then for everybody
PATIENCE_SECS = 10.0  # real time that a loop without any timer waits before it calls it a deadlock
ANSWER_SECS = 1.0  # real time that others' answers are waited for: there may be none, or a lock
POSTGRES_PORT = urlsplit(os.environ.get("TEST_POSTGRES_URL", "")).port or 5432

Address = tuple[str, int]
Connection = tuple[asyncio.Transport, asyncio.BaseProtocol]

_SocketTransport: Any = selector_events._SelectorSocketTransport  # type: ignore[attr-defined]

_real_time = time.time
_real_monotonic = time.monotonic


class JumpingSelector(selectors.DefaultSelector):
    """Where an event loop would wait, this moves the clock instead."""

    def __init__(self) -> None:
        super().__init__()
        self.now_secs = 0.0
        self.working = 0  # threads that have something to do for this loop
        self.asked: set[object] = set()  # what somebody outside this process owes an answer to

    def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
        """What is ready; moves the clock by `timeout` when nothing is and nobody works."""
        self.now_secs += STEP_SECS
        ready = super().select(0)
        if ready or timeout == 0:
            return ready
        began_at = _real_monotonic()
        while True:
            waited_secs = _real_monotonic() - began_at
            if self.working or (self.asked and waited_secs < ANSWER_SECS):
                if ready := super().select(0.002):
                    return ready
            elif timeout is None:
                if ready := super().select(0.01):
                    return ready
                if waited_secs > PATIENCE_SECS:
                    raise RuntimeError(
                        "every task waits and no timer is set: it would last for ever"
                    )
            else:
                self.now_secs += timeout + JUMP_SECS
                return []


class VirtualLoop(asyncio.SelectorEventLoop):
    """An event loop whose time passes only while everything waits, and then at once."""

    _running: "VirtualLoop | None" = None  # for threads, which have no running loop of their own

    def __init__(self) -> None:
        self._jumping = JumpingSelector()
        self._began_at = _real_time()
        self._connected = itertools.count()
        self._listening: dict[int, tuple[Callable[[], asyncio.BaseProtocol], asyncio.Server]] = {}
        super().__init__(self._jumping)

    def time(self) -> float:
        """Seconds since the loop was made."""
        return self._jumping.now_secs

    def wall_secs(self) -> float:
        """Seconds since 1970."""
        return self._began_at + self._jumping.now_secs

    def put_forward(self, secs: float) -> None:
        """Sets the wall clock forward, as somebody sets a machine's: whatever is compared with the
        calendar is older by that much, and no timer is nearer.
        """
        self._began_at += secs

    def run_forever(self) -> None:
        before, VirtualLoop._running = VirtualLoop._running, self
        try:
            super().run_forever()
        finally:
            VirtualLoop._running = before

    async def create_server(
        self, protocol_factory: Callable[[], asyncio.BaseProtocol], *args: Any, **kwargs: Any
    ) -> asyncio.Server:
        """As any loop does; connections of this loop to the server are pairs of sockets."""
        server = await super().create_server(protocol_factory, *args, **kwargs)
        if kwargs.get("ssl") is None:
            for listening in server.sockets:
                self._listening[listening.getsockname()[1]] = (protocol_factory, server)
        return server

    async def create_connection(  # type: ignore[override]
        self,
        protocol_factory: Callable[[], asyncio.BaseProtocol],
        host: str | None = None,
        port: int | None = None,
        **kwargs: Any,
    ) -> Connection:
        """As any loop does, but for a server of this loop that listens at this loopback port."""
        service = ("127.0.0.1", port or 0)
        factory, server = self._listening.get(service[1], (None, None))
        here = host in ("127.0.0.1", "localhost", "::1") and kwargs.get("ssl") is None
        if factory is None or server is None or not here or not server.is_serving():
            asking = object()
            self._jumping.asked.add(asking)
            try:
                plain: Any = super().create_connection
                made: Connection = await plain(protocol_factory, host, port, **kwargs)
                return made
            finally:
                self._jumping.asked.discard(asking)
        ours, theirs = socket.socketpair()
        for end in (ours, theirs):
            end.setblocking(False)
        client = ("127.0.0.1", 49152 + next(self._connected) % 16384)
        self._join(theirs, factory(), server, names=(service, client))
        protocol = protocol_factory()
        transport = self._join(ours, protocol, None, names=(client, service))
        await asyncio.sleep(0)  # both protocols have been told of their connection
        return transport, protocol

    def _join(
        self,
        end: socket.socket,
        protocol: asyncio.BaseProtocol,
        server: asyncio.Server | None,
        *,
        names: tuple[Address, Address],
    ) -> asyncio.Transport:
        """A transport for one end, which is known by the addresses that TCP would give it."""
        transport = self._make_socket_transport(end, protocol, server=server)
        extra = transport._extra  # type: ignore[attr-defined]
        extra["sockname"], extra["peername"] = names
        extra["socket"] = _Named(end, *names)
        return transport

    def _make_socket_transport(
        self, sock: socket.socket, protocol: asyncio.BaseProtocol, *args: Any, **kwargs: Any
    ) -> asyncio.Transport:
        if sock.family != socket.AF_UNIX and sock.getpeername()[1] == POSTGRES_PORT:
            return _PostgresTransport(self, self._jumping, sock, protocol, *args, **kwargs)
        make = super()._make_socket_transport  # type: ignore[misc]
        transport: asyncio.Transport = make(sock, protocol, *args, **kwargs)
        return transport

    async def subprocess_exec(
        self, protocol_factory: Callable[[], asyncio.BaseProtocol], *args: Any, **kwargs: Any
    ) -> tuple[asyncio.SubprocessTransport, Any]:
        """As any loop does; the clock stands still for as long as the process lives."""
        with self.standing_still():
            transport, protocol = await super().subprocess_exec(protocol_factory, *args, **kwargs)
        waiting: Any = transport
        self.stand_still_until(self.create_task(waiting._wait()))
        return transport, protocol

    def run_in_executor(  # type: ignore[override]
        self, executor: Executor | None, func: Callable[..., Any], *args: Any
    ) -> asyncio.Future[Any]:
        """As any loop does; the clock stands still until the function has returned."""
        future = super().run_in_executor(executor, func, *args)
        self.stand_still_until(future)
        return future

    @contextmanager
    def standing_still(self) -> Iterator[None]:
        """Something outside this loop works for it: no time passes meanwhile."""
        self._jumping.working += 1
        try:
            yield
        finally:
            self._jumping.working -= 1

    def stand_still_until(self, future: asyncio.Future[Any]) -> None:
        """Something outside this loop will set this future: no time passes until then."""
        self._jumping.working += 1
        future.add_done_callback(self._go_on)

    def _go_on(self, _done: asyncio.Future[Any]) -> None:
        self._jumping.working -= 1


def follow_the_loop() -> None:
    """From now on `time.time` and `time.monotonic` tell a virtual loop's time where one runs, and
    the threads of aiosqlite and anyio hold the clock still while they work.
    """
    time.time = lambda: _real_time() if (loop := _virtual()) is None else loop.wall_secs()
    time.monotonic = lambda: _real_monotonic() if (loop := _virtual()) is None else loop.time()
    time.monotonic_ns = lambda: round(time.monotonic() * 1e9)  # Pipecat's clock
    plain = aiosqlite.Connection.__init__

    def counting(self: aiosqlite.Connection, *args: Any, **kwargs: Any) -> None:
        plain(self, *args, **kwargs)
        self._tx = _Counted()
        self._thread._args = (self._tx,)  # type: ignore[attr-defined]

    aiosqlite.Connection.__init__ = counting  # type: ignore[method-assign]
    in_thread = AsyncIOBackend.run_sync_in_worker_thread

    async def counted(*args: Any, **kwargs: Any) -> Any:
        loop = asyncio.get_running_loop()
        if not isinstance(loop, VirtualLoop):
            return await in_thread(*args, **kwargs)
        with loop.standing_still():
            return await in_thread(*args, **kwargs)

    AsyncIOBackend.run_sync_in_worker_thread = counted  # type: ignore[method-assign]


class _Named(TransportSocket):
    """An end of a pair, as a TCP socket would present itself."""

    def __init__(self, sock: socket.socket, sockname: Address, peername: Address) -> None:
        super().__init__(sock)
        self._names = sockname, peername

    def getsockname(self) -> Address:
        return self._names[0]

    def getpeername(self) -> Address:
        return self._names[1]


class _PostgresTransport(_SocketTransport):  # type: ignore[misc]
    """A connection to PostgreSQL: the clock stands still from a request to its answer."""

    def __init__(
        self,
        loop: VirtualLoop,
        jumping: JumpingSelector,
        sock: socket.socket,
        *args: Any,
        **kw: Any,
    ) -> None:
        self._jumping = jumping
        super().__init__(loop, sock, *args, **kw)

    def write(self, data: bytes) -> None:
        self._jumping.asked.add(self._sock_fd)
        super().write(data)

    def _read_ready(self) -> None:
        data = self._sock.recv(1 << 20, socket.MSG_PEEK)
        if len(data) < 2 or data[-6:-1] == b"Z\0\0\0\5":  # ReadyForQuery, or "no TLS here"
            self._jumping.asked.discard(self._sock_fd)
        super()._read_ready()

    def _force_close(self, exc: BaseException | None) -> None:
        self._jumping.asked.discard(self._sock_fd)
        super()._force_close(exc)

    def close(self) -> None:
        self._jumping.asked.discard(self._sock_fd)
        super().close()


class _Counted(queue.SimpleQueue[Any]):
    """Work for a thread of aiosqlite: a future to set and a function to call."""

    def put_nowait(self, item: Any) -> None:
        future = item[0]
        if future is not None and isinstance(loop := future.get_loop(), VirtualLoop):
            loop.stand_still_until(future)
        super().put_nowait(item)


def _virtual() -> VirtualLoop | None:
    try:
        running = asyncio.get_running_loop()
    except RuntimeError:
        return VirtualLoop._running
    return running if isinstance(running, VirtualLoop) else None
