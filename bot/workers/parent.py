"""The parent: one address, several workers, each kept alive; it starts and stops them in order."""

import asyncio
import contextlib
import signal
import socket
import sys
import tempfile
from collections.abc import Callable, Sequence
from dataclasses import asdict
from datetime import datetime
from http import HTTPStatus

from loguru import logger

from bot.app import admission_of
from bot.calls import Admission, HealthStatus
from bot.clock import monotonic, utcnow
from bot.signals import is_hangup, is_patient, stop_signals
from bot.store.one_host import on_one_host, open_store
from bot.tasks import first_of, growing_pauses
from bot.workers.acceptor import Acceptor, listeners_at, refuse
from bot.workers.messages import (
    ConnectQuestion,
    Drain,
    Drained,
    HangUpQuestion,
    Leave,
    Message,
    Question,
    QuestionAnswer,
    ReachQuestion,
    StatusNews,
    Whole,
)
from bot.workers.router import Route, choose, keeper
from bot.workers.worker_handle import WorkerHandle, WorkerOrders
from config import Settings, SettingsError

LEAVE_SECS = 10.0  # a worker without calls ends in less than one
FIRST_PAUSE_SECS = 0.5  # before a worker that died is started anew
LONGEST_PAUSE_SECS = 30.0
STEADY_SECS = 60.0  # who lived this long died of something else than the one before it


async def serve_with_workers(
    settings: Settings,
    *,
    host: str,
    port: int,
    workers: int,
    when_ready: Callable[[], None] = lambda: None,
    platform: str = sys.platform,
) -> None:
    """Serves until told to stop: SIGTERM drains, SIGINT or a second signal ends calls now.
    `when_ready` is called once all workers are ready for connections.

    Raises:
        SettingsError, StoreError: before anything is served.
    """
    if platform == "win32":
        raise SettingsError("--workers above 1 does not work on Windows: run one worker")
    admission = admission_of(settings, workers=workers)
    if admission.max_calls < workers:
        raise SettingsError(
            "MAX_CALLS is divided among the workers: "
            f"{admission.max_calls} is too few for {workers}"
        )
    listeners = listeners_at(host, port)
    with tempfile.TemporaryDirectory(prefix="trunkline-numbers-") as numbers:
        async with on_one_host(settings.database_url):  # for all workers
            async with open_store(settings.database_url):  # brings a SQLite file up to date
                pass
            parent = Parent(
                settings,
                admission=admission,
                workers=workers,
                listeners=listeners,
                when_ready=when_ready,
                numbers=numbers,
            )
            await parent.run()


class Parent:
    """Runs the service once."""

    def __init__(
        self,
        settings: Settings,
        *,
        admission: Admission,  # of all workers together
        workers: int,
        listeners: Sequence[socket.socket],
        when_ready: Callable[[], None],
        numbers: str,
    ) -> None:
        self._numbers = numbers
        self._settings = settings
        self._admission = admission
        self._count = workers
        self._when_ready = when_ready
        self._since = utcnow()
        self._acceptor = Acceptor(listeners, self._admit)
        self._handles: dict[int, WorkerHandle] = {}
        self._started = False
        self._draining = False
        self._stopping = False
        self._over = asyncio.Event()
        self._failed: str | None = None  # why the service cannot begin
        self._turn = 0

    async def run(self) -> None:
        """From the first worker's start to the last one's end. Raises SettingsError."""
        loop = asyncio.get_running_loop()
        for number in stop_signals():
            loop.add_signal_handler(number, self._signalled, number)
        keeping = [asyncio.create_task(self._keep(worker)) for worker in range(self._count)]
        try:
            await self._over.wait()
        finally:
            await self._acceptor.close()
            await self._dismiss()
            for task in keeping:
                task.cancel()
            await asyncio.gather(*keeping, return_exceptions=True)
        if self._failed is not None:
            raise SettingsError(self._failed)

    # -- connections --------------------------------------------------------------------------

    def _admit(self, connection: socket.socket, route: Route) -> None:
        up = [handle for handle in self._handles.values() if handle.is_up]
        chosen = choose(route, [handle.candidate() for handle in up], self._turn)
        self._turn += 1
        if chosen is None:
            refuse(connection, HTTPStatus.SERVICE_UNAVAILABLE)
            return
        handle = self._handles[chosen]
        if route.about_all:
            whole = HealthStatus.merge([each.standing for each in up])
            handle.channel.send(Whole(**asdict(whole)))
        if not handle.send_connection(connection, route):
            refuse(connection, HTTPStatus.SERVICE_UNAVAILABLE)

    # -- what workers say ---------------------------------------------------------------------

    def _told(self, teller: WorkerHandle, message: Message) -> None:
        match message:
            case HangUpQuestion() | ReachQuestion() | ConnectQuestion():
                self._ask(message)
            case QuestionAnswer(asker=asker):
                if (handle := self._up(asker)) is not None:
                    handle.channel.send(message)
            case StatusNews():
                for handle in self._handles.values():
                    if handle is not teller and handle.is_up:
                        handle.channel.send(message)
            case Drained():
                self._see_whether_it_is_over()

    def _ask(self, question: Question) -> None:
        up = [handle.candidate() for handle in self._handles.values() if handle.is_up]
        asked = self._up(keeper(Route(call_id=question.call_id), up))
        asker = self._up(question.asker)
        if asked is not None and asked is not asker:
            asked.channel.send(question)
        elif asker is not None:
            asker.channel.send(QuestionAnswer(number=question.number, asker=question.asker))

    def _up(self, worker: int | None) -> WorkerHandle | None:
        handle = None if worker is None else self._handles.get(worker)
        return handle if handle is not None and handle.is_up else None

    # -- workers come and go ------------------------------------------------------------------

    async def _keep(self, worker: int) -> None:
        """Starts a worker, and another one whenever it dies."""
        pauses, replaced_at = growing_pauses(FIRST_PAUSE_SECS, LONGEST_PAUSE_SECS), None
        while True:
            began = monotonic()
            why = await self._live(worker, replaced_at)
            if self._over.is_set():
                return
            if not self._started:
                self._failed = f"worker {worker} did not begin: {why}"
                self._over.set()
                return
            if self._draining:
                self._see_whether_it_is_over()
                return
            if monotonic() - began > STEADY_SECS:
                pauses = growing_pauses(FIRST_PAUSE_SECS, LONGEST_PAUSE_SECS)
            pause_secs = next(pauses)
            logger.error(
                "worker {} is gone ({}); another one comes in {:g} s",
                worker,
                why,
                pause_secs,
                event="worker_lost",
            )
            replaced_at = utcnow()
            await asyncio.sleep(pause_secs)
            if self._draining:
                return

    async def _live(self, worker: int, replaced_at: datetime | None) -> str:
        """One life of a worker, from its start to its end; what it died of."""
        try:
            handle = await WorkerHandle.start(self._orders(worker, replaced_at), self._told)
        except OSError as error:
            return f"no process could be started: {error}"
        self._handles[worker] = handle
        await self._see_ready(handle)
        for connection, route in await handle.gone():
            self._admit(connection, route)
        code = await handle.process.wait()
        return handle.failed or f"exit code {code}; its log says more"

    def _orders(self, worker: int, replaced_at: datetime | None) -> WorkerOrders:
        return WorkerOrders(
            settings=self._settings,
            worker=worker,
            admission=self._admission.share(worker, self._count),
            since=self._since,
            replaced_at=replaced_at,
            numbers=self._numbers,
        )

    async def _see_ready(self, handle: WorkerHandle) -> None:
        """Returns when it is ready, or never will be; begins to accept connections when all are."""
        await first_of(handle.ready.wait(), handle.channel.closed.wait())
        if not handle.is_up:
            return
        logger.info(
            "worker {} is ready (process {})",
            handle.number,
            handle.process.pid,
            event="worker_ready",
        )
        if self._draining:
            handle.channel.send(Drain(within_secs=0.0))
        elif (
            not self._started and sum(each.is_up for each in self._handles.values()) == self._count
        ):
            self._started = True
            self._acceptor.open()
            self._when_ready()

    # -- stopping -----------------------------------------------------------------------------

    def _signalled(self, number: signal.Signals) -> None:
        if is_hangup(number) and self._draining:
            return
        if not self._started or self._stopping:
            self._over.set()
        elif is_patient(number) and not self._draining:
            logger.info(
                "{}: no new calls; stopping when those under way are over",
                number.name,
                event="service_draining",
            )
            self._drain(self._settings.drain_secs, goodbye=True)
        else:
            logger.info("stopping now: calls under way are ended", event="service_stopping")
            self._drain(0.0, goodbye=False)
            self._stopping = True

    def _drain(self, within_secs: float, *, goodbye: bool) -> None:
        self._draining = True
        for handle in self._handles.values():
            if handle.is_up:
                handle.channel.send(Drain(within_secs=within_secs, goodbye=goodbye))
        self._see_whether_it_is_over()

    def _see_whether_it_is_over(self) -> None:
        """Workers without calls stay until all have none: the carrier's last webhooks need one."""
        if self._draining and all(
            handle.drained for handle in self._handles.values() if handle.is_up
        ):
            self._over.set()

    async def _dismiss(self) -> None:
        self._stopping = True
        for handle in self._handles.values():
            handle.channel.send(Leave())
        ending = [asyncio.create_task(handle.process.wait()) for handle in self._handles.values()]
        if ending:
            await asyncio.wait(ending, timeout=LEAVE_SECS if self._started else 0.0)
        for handle in self._handles.values():
            if handle.process.returncode is None:
                with contextlib.suppress(ProcessLookupError):
                    handle.process.kill()
        await asyncio.gather(*ending)
