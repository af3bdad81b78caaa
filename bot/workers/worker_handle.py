"""One worker as its parent sees it: a process, a channel to it, and what it said last."""

import asyncio
import os
import pickle
import socket
import sys
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from bot.calls import Admission, HealthStatus
from bot.clock import monotonic
from bot.metrics import DIRECTORY
from bot.workers.channel import Channel
from bot.workers.messages import Arrived, Connection, Drained, Failed, Message, Ready, Report
from bot.workers.router import Candidate, Route
from config import Settings

MOST_CONNECTIONS = 500  # on their way to one worker: it is stuck, and file descriptors are not many
PROMISE_SECS = 1.0  # within this time a call that was sent to a worker is in its reports
SILENCE_SECS = 2.0  # a worker that reports four times a second and said nothing so long is busy


@dataclass(frozen=True, kw_only=True)
class WorkerOrders:
    """The settings and limits a worker is started with."""

    settings: Settings
    worker: int  # from 0
    admission: Admission
    since: datetime  # when the service began
    replaced_at: datetime | None  # when the worker before it had died; None: there was none
    numbers: str  # the folder where what all of them count is kept


class WorkerHandle:
    """A worker process: whether it may get connections, and how to send them."""

    def __init__(
        self,
        orders: WorkerOrders,
        process: asyncio.subprocess.Process,
        end: socket.socket,
        tell: "Tell",
    ) -> None:
        self.number = orders.worker
        self.ready = asyncio.Event()
        self.failed: str | None = None  # why it could not begin
        self.drained = False
        self.channel = Channel(end, self._hear)
        self.process = process
        self._tell = tell
        self._report = Report(room=orders.admission.max_calls)
        self._heard_at = 0.0
        self._connections: deque[tuple[socket.socket, Route]] = deque()  # sent, not arrived yet
        self._promises: deque[float] = deque()  # when new calls were sent to it

    @classmethod
    async def start(cls, orders: WorkerOrders, tell: "Tell") -> "WorkerHandle":
        """Starts the process; it is `ready` some seconds later. `tell` gets the messages that
        are not about this worker alone.
        """
        ours, theirs = socket.socketpair()
        with theirs:
            process = await asyncio.create_subprocess_exec(
                *(sys.executable, "-P", "-m", "bot.workers.worker", str(theirs.fileno())),
                stdin=asyncio.subprocess.PIPE,
                pass_fds=(theirs.fileno(),),
                env={
                    **os.environ,
                    "PYTHONPATH": os.pathsep.join(sys.path),  # the same code
                    "LOGURU_AUTOINIT": "False",  # it logs as its settings say, not while it loads
                    DIRECTORY: orders.numbers,
                },
            )
        handle = cls(orders, process, ours, tell)
        assert process.stdin is not None
        process.stdin.write(pickle.dumps(orders))
        process.stdin.close()
        return handle

    @property
    def is_up(self) -> bool:
        """Whether connections may be sent to it."""
        return self.ready.is_set() and not self.channel.closed.is_set()

    def candidate(self) -> Candidate:
        """The worker for `choose`: its last report, and what was sent to it since."""
        now = monotonic()
        while self._promises and now - self._promises[0] > PROMISE_SECS:
            self._promises.popleft()
        promised = len(self._promises)
        return Candidate(
            worker=self.number,
            live_calls=self._report.live_calls + promised,
            room=self._report.room - promised,
            is_prompt=now - self._heard_at < SILENCE_SECS,
            adopted=self._report.adopted,
        )

    @property
    def standing(self) -> HealthStatus:
        """The worker's health, as it last reported it."""
        return self._report

    def send_connection(self, connection: socket.socket, route: Route) -> bool:
        """Sends this connection to the worker. False when too many are still on their way."""
        if len(self._connections) >= MOST_CONNECTIONS:
            return False
        if route.begins_call:
            self._promises.append(monotonic())
        self._connections.append((connection, route))
        self.channel.send(Connection(), connection)
        return True

    async def gone(self) -> list[tuple[socket.socket, Route]]:
        """Waits until it cannot be reached. Returns the connections that never got there, still
        unread.
        """
        await self.channel.closed.wait()
        turned_back = [*self._connections]
        self._connections.clear()
        return turned_back

    def _hear(self, message: Message, connection: socket.socket | None) -> None:
        self._heard_at = monotonic()
        match message:
            case Ready():
                self.ready.set()
            case Failed(why=why):
                self.failed = why
            case Report():
                self._report = message
            case Arrived():
                self._connections.popleft()[0].close()
            case Drained():
                self.drained = True
        self._tell(self, message)


Tell = Callable[[WorkerHandle, Message], None]
