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
from bot.store import Store
from bot.tasks import first_of, growing_pauses
from bot.workers.door import Door, bind, refuse
from bot.workers.hand import Hand, WorkerOrders
from bot.workers.messages import (
    ConnectQuestion,
    Drain,
    Drained,
    HangUpQuestion,
    Leave,
    Message,
    Question,
    QuestionAnswer,
    StatusNews,
    Whole,
)
from bot.workers.router import Route, choose, keeper
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
    `when_ready` is called once all workers are ready for visitors.

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
    await (await Store.open(settings.database_url)).close()  # brings a SQLite file up to date
    try:
        listeners = bind(host, port)
    except OSError as error:
        raise SettingsError(f"--host {host} --port {port}: {error}") from error
    with tempfile.TemporaryDirectory(prefix="trunkline-numbers-") as numbers:
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
        self._door = Door(listeners, self._admit)
        self._hands: dict[int, Hand] = {}
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
            await self._door.close()
            await self._dismiss()
            for task in keeping:
                task.cancel()
            await asyncio.gather(*keeping, return_exceptions=True)
        if self._failed is not None:
            raise SettingsError(self._failed)

    # -- visitors -----------------------------------------------------------------------------

    def _admit(self, visitor: socket.socket, route: Route) -> None:
        up = [hand for hand in self._hands.values() if hand.is_up]
        chosen = choose(route, [hand.candidate() for hand in up], self._turn)
        self._turn += 1
        if chosen is None:
            refuse(visitor, HTTPStatus.SERVICE_UNAVAILABLE)
            return
        hand = self._hands[chosen]
        if route.about_all:
            whole = HealthStatus.merge([each.standing for each in up])
            hand.channel.send(Whole(**asdict(whole)))
        if not hand.send_visitor(visitor, route):
            refuse(visitor, HTTPStatus.SERVICE_UNAVAILABLE)

    # -- what workers say ---------------------------------------------------------------------

    def _told(self, teller: Hand, message: Message) -> None:
        match message:
            case HangUpQuestion() | ConnectQuestion():
                self._ask(message)
            case QuestionAnswer(asker=asker):
                if (hand := self._up(asker)) is not None:
                    hand.channel.send(message)
            case StatusNews():
                for hand in self._hands.values():
                    if hand is not teller and hand.is_up:
                        hand.channel.send(message)
            case Drained():
                self._see_whether_it_is_over()

    def _ask(self, question: Question) -> None:
        up = [hand.candidate() for hand in self._hands.values() if hand.is_up]
        asked = self._up(keeper(Route(call_id=question.call_id), up))
        asker = self._up(question.asker)
        if asked is not None and asked is not asker:
            asked.channel.send(question)
        elif asker is not None:
            asker.channel.send(QuestionAnswer(number=question.number, asker=question.asker))

    def _up(self, worker: int | None) -> Hand | None:
        hand = None if worker is None else self._hands.get(worker)
        return hand if hand is not None and hand.is_up else None

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
            hand = await Hand.start(self._orders(worker, replaced_at), self._told)
        except OSError as error:
            return f"no process could be started: {error}"
        self._hands[worker] = hand
        await self._see_ready(hand)
        for visitor, route in await hand.gone():
            self._admit(visitor, route)
        code = await hand.process.wait()
        return hand.failed or f"exit code {code}; its log says more"

    def _orders(self, worker: int, replaced_at: datetime | None) -> WorkerOrders:
        return WorkerOrders(
            settings=self._settings,
            worker=worker,
            admission=self._admission.share(worker, self._count),
            since=self._since,
            replaced_at=replaced_at,
            numbers=self._numbers,
        )

    async def _see_ready(self, hand: Hand) -> None:
        """Returns when it is ready, or never will be; opens the door when all are."""
        await first_of(hand.ready.wait(), hand.channel.closed.wait())
        if not hand.is_up:
            return
        logger.info(
            "worker {} is ready (process {})", hand.number, hand.process.pid, event="worker_ready"
        )
        if self._draining:
            hand.channel.send(Drain(within_secs=0.0))
        elif not self._started and sum(each.is_up for each in self._hands.values()) == self._count:
            self._started = True
            self._door.open()
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
        for hand in self._hands.values():
            if hand.is_up:
                hand.channel.send(Drain(within_secs=within_secs, goodbye=goodbye))
        self._see_whether_it_is_over()

    def _see_whether_it_is_over(self) -> None:
        """Workers without calls stay until all are: the carrier's last questions find somebody."""
        if self._draining and all(hand.drained for hand in self._hands.values() if hand.is_up):
            self._over.set()

    async def _dismiss(self) -> None:
        self._stopping = True
        for hand in self._hands.values():
            hand.channel.send(Leave())
        ending = [asyncio.create_task(hand.process.wait()) for hand in self._hands.values()]
        if ending:
            await asyncio.wait(ending, timeout=LEAVE_SECS if self._started else 0.0)
        for hand in self._hands.values():
            if hand.process.returncode is None:
                with contextlib.suppress(ProcessLookupError):
                    hand.process.kill()
        await asyncio.gather(*ending)
