"""Runs the sample business: for good from the command line, or for a while within a program."""

import asyncio
import datetime as dt
import socket
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from types import TracebackType
from typing import Any

import uvicorn
from starlette.types import ASGIApp, Scope

from bot.simulator.business.app import create_business, local_time
from bot.simulator.business.diary import Diary
from bot.simulator.business.faults import BusinessFaults, FaultyService


async def serve_business(host: str, port: int, db_path: str | Path) -> None:
    """Serves until SIGTERM or SIGINT."""
    await uvicorn.Server(_config(create_business(db_path), host=host, port=port)).serve()


class BusinessServer:
    """The sample business on a socket of its own, as an asynchronous context manager.

    `port` 0 takes a free one; `url` is known once it is entered. `faults` may be changed at any
    time. `now` is the business's own clock. Signals are left alone.
    """

    def __init__(
        self,
        db_path: str | Path,
        *,
        host: str = "127.0.0.1",
        port: int = 0,
        faults: BusinessFaults | None = None,
        now: Callable[[], dt.datetime] = local_time,
    ) -> None:
        self.faults = faults or BusinessFaults()
        self.url = ""
        self._address = (host, port)
        self._app = create_business(db_path, now=now)
        self._server = _Server(_config(FaultyService(self._app, self.faults, self._hang_up)))
        self._serving: asyncio.Task[None] | None = None

    async def __aenter__(self) -> "BusinessServer":
        listener = socket.create_server(self._address)
        host, port = listener.getsockname()[:2]
        self.url = f"http://{host}:{port}"
        self._serving = asyncio.create_task(self._server.serve([listener]), name="business")
        await self._server.ready.wait()
        return self

    async def __aexit__(
        self,
        exc_type: type[BaseException] | None,
        exc: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._server.should_exit = True
        if self._serving is not None:
            await self._serving

    async def appointments(self) -> list[dict[str, Any]]:
        """Every appointment made: id, desk, day, time, name, party, phone, notes, state."""
        diary: Diary = self._app.state.diary
        return await diary.appointments()

    async def dispositions(self) -> list[dict[str, Any]]:
        """What became of calls, oldest first: appointments, disposition, detail."""
        diary: Diary = self._app.state.diary
        return await diary.dispositions()

    def _hang_up(self, scope: Scope) -> None:
        for connection in self._server.server_state.connections:
            transport = getattr(connection, "transport", None)
            if transport and transport.get_extra_info("peername") == tuple(scope["client"]):
                transport.abort()


class _Server(uvicorn.Server):
    def __init__(self, config: uvicorn.Config) -> None:
        super().__init__(config)
        self.ready = asyncio.Event()

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        self.ready.set()

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield  # the program this runs within has its own


def _config(app: ASGIApp, **where: Any) -> uvicorn.Config:
    return uvicorn.Config(
        app,
        **where,
        log_config=None,
        access_log=False,  # addresses of requests hold e-mail addresses
        ws="none",
        lifespan="on",
        timeout_graceful_shutdown=2,
    )
