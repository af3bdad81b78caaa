"""Runs the sample business: for good from the command line, or for a while within a program."""

import datetime as dt
from collections.abc import Callable
from pathlib import Path
from types import TracebackType
from typing import Any

import uvicorn
from starlette.types import Scope

from bot.simulator.business.app import create_business, local_time
from bot.simulator.business.diary import Diary
from bot.simulator.business.faults import BusinessFaults, FaultyService
from bot.simulator.loopback_server import LoopbackServer


async def serve_business(host: str, port: int, db_path: str | Path) -> None:
    """Serves until SIGTERM or SIGINT."""
    config = uvicorn.Config(
        create_business(db_path),
        host=host,
        port=port,
        log_config=None,
        access_log=False,  # addresses of requests hold e-mail addresses
        ws="none",
        lifespan="on",
        timeout_graceful_shutdown=2,
    )
    await uvicorn.Server(config).serve()


class BusinessServer:
    """The sample business on a free port of loopback, as an asynchronous context manager.

    `faults` may be changed at any time. `now` is the business's own clock. Signals are left alone.
    """

    def __init__(
        self,
        db_path: str | Path,
        *,
        faults: BusinessFaults | None = None,
        now: Callable[[], dt.datetime] = local_time,
    ) -> None:
        self.faults = faults or BusinessFaults()
        self._app = create_business(db_path, now=now)
        faulty = FaultyService(self._app, self.faults, self._hang_up)
        self._server = LoopbackServer(faulty, lifespan=True)

    async def __aenter__(self) -> "BusinessServer":
        await self._server.start()
        return self

    async def __aexit__(
        self,
        exc_type: type[BaseException] | None,
        exc: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        await self._server.stop()

    @property
    def url(self) -> str:
        """http://127.0.0.1:PORT"""
        return self._server.url

    async def appointments(self) -> list[dict[str, Any]]:
        """Every appointment made: id, desk, day, time, name, party, phone, notes, state."""
        diary: Diary = self._app.state.diary
        return await diary.appointments()

    async def dispositions(self) -> list[dict[str, Any]]:
        """What became of calls, oldest first: appointments, disposition, detail."""
        diary: Diary = self._app.state.diary
        return await diary.dispositions()

    def numbers(self) -> list[dict[str, str]]:
        """What callers typed and nobody heard, oldest first: kind, number."""
        return list(self._app.state.numbers.values())

    def _hang_up(self, scope: Scope) -> None:
        host, port = scope["client"]
        self._server.hang_up((host, port))
