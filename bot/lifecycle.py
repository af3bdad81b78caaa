"""Serving until told to stop: SIGTERM and SIGHUP drain, SIGINT or a second signal stops at once."""

import asyncio
import contextlib
import functools
import signal
import socket
import threading
from collections.abc import Awaitable, Callable, Iterator
from types import FrameType
from typing import Any

import uvicorn
from loguru import logger
from starlette.types import ASGIApp

from bot.app import Service
from bot.carriers.twilio.serializer import MAX_MESSAGE_BYTES
from bot.carriers.twilio.socket import LONGEST_CONTROL_BYTES, ShortWayProtocol
from bot.server.connections import BoundedHttp, Unfinished, most_unfinished
from bot.signals import is_hangup, is_patient, stop_signals


class DrainingServer(uvicorn.Server):
    """Uvicorn closes every websocket as soon as it shuts down; this one lets calls end first."""

    def __init__(
        self,
        config: uvicorn.Config,
        service: Service,
        *,
        when_ready: Callable[[], None] | None = None,
    ) -> None:
        super().__init__(config)
        self._service = service
        self._when_ready = when_ready
        self._draining: asyncio.Task[None] | None = None
        self._stopping: asyncio.Task[None] | None = None
        self._beside: set[asyncio.Task[None]] = set()

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        """SIGHUP too, beside those that uvicorn captures."""
        with super().capture_signals():
            before = {
                number: signal.signal(number, self.handle_exit)
                for number in stop_signals()
                if is_hangup(number) and threading.current_thread() is threading.main_thread()
            }
            try:
                yield
            finally:
                for number, handler in before.items():
                    signal.signal(number, handler)

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        if is_patient(sig) and self._draining is self._stopping is None:
            name = signal.Signals(sig).name
            logger.info(
                "{}: no new calls; stopping when those under way are over",
                name,
                event="service_draining",
            )
            self._draining = asyncio.get_running_loop().create_task(
                self._drain(self._service.drain_secs, goodbye=True)
            )
        elif is_hangup(sig):
            return
        elif self._stopping is None:
            logger.info("stopping now: calls under way are ended", event="service_stopping")
            self._stopping = asyncio.get_running_loop().create_task(self._drain(0.0, goodbye=False))
        else:
            super().handle_exit(sig, frame)

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        if self._when_ready is not None:
            self._when_ready()
        for work, name in (
            (self._service.settle_in, "settling in"),
            (self._service.watch, "watch"),
            (self._service.outbox, "outbox"),
            (self._service.colleagues, "colleagues"),
        ):
            self._beside.add(asyncio.create_task(self._do_beside(work, name), name=name))

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        for task in self._beside:
            task.cancel()
        await asyncio.gather(*self._beside, return_exceptions=True)
        await super().shutdown(sockets)

    async def _do_beside(self, work: Callable[[], Awaitable[None]], name: str) -> None:
        try:
            await work()
        except Exception:
            logger.exception(
                "{} failed; calls are taken all the same", name, event="startup_work_failed"
            )

    async def _drain(self, within_secs: float, *, goodbye: bool) -> None:
        try:
            await self._service.calls.drain(within_secs=within_secs, goodbye=goodbye)
        finally:
            self.should_exit = True


def server_for(
    service: Service, *, host: str, port: int, when_ready: Callable[[], None] | None = None
) -> DrainingServer:
    """A server that can `serve()`; `when_ready` is called once it listens."""
    return DrainingServer(
        web_config(service.web, host=host, port=port), service, when_ready=when_ready
    )


def web_config(web: ASGIApp, **where: Any) -> uvicorn.Config:
    """How uvicorn serves us; `where` it listens, if it does."""
    return uvicorn.Config(
        web,
        **where,
        http=functools.partial(  # type: ignore[arg-type]
            BoundedHttp, unfinished=Unfinished(most_unfinished())
        ),
        ws=ShortWayProtocol,
        ws_max_size=MAX_MESSAGE_BYTES + LONGEST_CONTROL_BYTES,  # a ping counts to the rest of it
        ws_per_message_deflate=False,  # sound does not shrink, and each frame would wait for zlib
        log_config=None,
        access_log=False,
        server_header=False,
        proxy_headers=False,  # addresses are built from PUBLIC_URL, never from a request
        timeout_graceful_shutdown=5,
    )
