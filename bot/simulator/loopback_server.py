"""An ASGI app on a loopback port of the running loop, without signals or logs."""

import asyncio
import contextlib
import socket
from collections.abc import Iterator
from types import TracebackType
from typing import Any, Self

import uvicorn

GRACE_SECS = 2  # requests still running at the end get this long


class LoopbackServer:
    """Serves `app` on 127.0.0.1; the port is known, and open, from construction on.

    `port` 0 takes a free one. With `lifespan` the app is told when it begins and ends.
    """

    def __init__(
        self, app: Any, *, ws: bool = False, lifespan: bool = False, port: int = 0
    ) -> None:
        self._socket = socket.create_server(("127.0.0.1", port))
        self.port: int = self._socket.getsockname()[1]
        self._server = _Server(
            uvicorn.Config(
                app,
                ws="websockets-sansio" if ws else "none",
                lifespan="on" if lifespan else "off",
                log_config=None,
                access_log=False,
                date_header=False,
                server_header=False,
                timeout_graceful_shutdown=GRACE_SECS,
            )
        )
        self._task: asyncio.Task[None] | None = None

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    async def __aenter__(self) -> Self:
        await self.start()
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        await self.stop()

    async def start(self) -> None:
        """Returns when requests are served."""
        self._task = asyncio.create_task(self._server.serve(sockets=[self._socket]))
        await self._server.ready.wait()

    async def stop(self) -> None:
        """Returns when the last request is done and the port is closed."""
        self._server.closing.set()
        if self._task:
            await self._task
        self._socket.close()

    def hang_up(self, client: tuple[str, int]) -> None:
        """Breaks the connection that comes from this address and port."""
        for connection in self._server.server_state.connections:
            transport = getattr(connection, "transport", None)
            if transport and transport.get_extra_info("peername") == client:
                transport.abort()


class _Server(uvicorn.Server):
    def __init__(self, config: uvicorn.Config) -> None:
        super().__init__(config)
        self.ready = asyncio.Event()
        self.closing = asyncio.Event()

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets=sockets)
        self.ready.set()

    async def main_loop(self) -> None:
        """Wait to be stopped; uvicorn's own loop would look ten times a second."""
        await self.closing.wait()

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Signals belong to the process that hosts us."""
        yield
