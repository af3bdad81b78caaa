"""One worker: the whole service on one event loop, served on sockets that the parent hands over.

Run by the parent as a module, with the number of the channel's file descriptor and, on stdin, a
pickled `WorkerOrders`.
"""

import asyncio
import contextlib
import gc
import pickle
import signal
import socket
import sys
from collections.abc import Callable, Iterator
from dataclasses import asdict

import uvloop
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from bot.app import Service, WorkerContext, open_service
from bot.call_ids import worker_of
from bot.calls import Act
from bot.calls.packing import packed_connection, unpacked_update
from bot.lifecycle import DrainingServer, web_config
from bot.server.entrance import closing
from bot.signals import stop_signals
from bot.store import StoreError
from bot.store.one_host import on_one_host
from bot.tasks import TaskSet, running
from bot.telemetry import configure_logs
from bot.workers import messages
from bot.workers.parent_link import ParentLink
from bot.workers.worker_handle import WorkerOrders
from config import AgentError, SettingsError

REPORT_SECS = 0.25
LAST_ANSWERS_SECS = 2.0  # requests under way when the parent says to leave


def main() -> None:
    """Works until the parent says to leave, or is gone itself."""
    for number in stop_signals():  # sent to the whole group: the parent decides
        signal.signal(number, signal.SIG_IGN)
    orders: WorkerOrders = pickle.load(sys.stdin.buffer)
    configure_logs(
        orders.settings.log_level,
        no_call=f"w{orders.worker}",
        log_format=orders.settings.log_format,
    )
    uvloop.run(_work(orders, socket.socket(fileno=int(sys.argv[1]))))


async def _work(orders: WorkerOrders, end: socket.socket) -> None:
    link = ParentLink(end, worker=orders.worker)
    context = WorkerContext(
        worker=orders.worker,
        admission=orders.admission,
        peers=link,
        standing=link.standing,
        since=orders.since,
        replaced_at=orders.replaced_at,
    )
    try:
        keeping = running(_keep_for(link, orders.settings.database_url))
        async with keeping, open_service(orders.settings, context=context) as service:
            gc.collect()
            gc.freeze()  # as for one process
            await WorkerServer(service, link, worker=orders.worker).serve(sockets=[])
    except (SettingsError, AgentError) as error:
        link.channel.send(messages.Failed(why=str(error)))
    except StoreError as error:
        link.channel.send(messages.Failed(why=f"DATABASE_URL: {error}"))


async def _keep_for(link: ParentLink, database_url: str) -> None:
    """Keeps the database in the place of a parent that is gone, for as long as anything is still
    written.
    """
    await link.channel.closed.wait()
    async with on_one_host(database_url, takes_over=True):
        await asyncio.Event().wait()


class WorkerServer(DrainingServer):
    """Listens nowhere: its connections, its orders and its end come over the link."""

    def __init__(self, service: Service, link: ParentLink, *, worker: int) -> None:
        super().__init__(web_config(_one_request_each(service.web, self._report)), service)
        self._link = link
        self._worker = worker
        self._calls = service.calls
        self._registry = service.registry
        self._reported = messages.Report()
        self._tasks = TaskSet()

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Signals are the parent's."""
        yield

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        self._link.hear = self._hear
        self._link.channel.send(messages.Ready())
        self._tasks.start(self._keep_reporting())
        self._tasks.start(self._outlive_parent())

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        for task in self._tasks:
            task.cancel()
        await super().shutdown(sockets)

    def _hear(self, message: messages.Message, connection: socket.socket | None) -> None:
        match message:
            case messages.Connection() if connection is not None:
                self._link.channel.send(messages.Arrived())
                self._tasks.start(self._serve_connection(connection))
            case messages.Drain(within_secs=within_secs, goodbye=goodbye):
                self._tasks.start(self._drain_and_say_so(within_secs, goodbye=goodbye))
            case messages.Leave():
                self._tasks.start(self._leave())
            case messages.StatusNews(update=update):
                self._calls.callbacks.status_from_peer(unpacked_update(update))
            case messages.HangUpQuestion(
                number=number, asker=asker, call_id=call_id, farewell=farewell
            ):
                done = self._calls.hang_up(call_id, farewell=farewell)
                self._answer(messages.QuestionAnswer(number=number, asker=asker, done=done))
            case messages.ReachQuestion(
                number=number, asker=asker, call_id=call_id, kind=kind, text=text
            ):
                reached = self._calls.reach(call_id, Act(kind=kind, text=text)).value
                self._answer(messages.QuestionAnswer(number=number, asker=asker, reached=reached))
            case messages.ConnectQuestion(number=number, asker=asker, call_sid=call_sid):
                connected = packed_connection(self._calls.inbound.connect_again, call_sid)
                self._answer(
                    messages.QuestionAnswer(number=number, asker=asker, connected=connected)
                )

    def _answer(self, answer: messages.QuestionAnswer) -> None:
        self._link.channel.send(answer)

    async def _serve_connection(self, connection: socket.socket) -> None:
        connection.setblocking(False)
        with contextlib.suppress(OSError):  # the client has left
            await asyncio.get_running_loop().connect_accepted_socket(self._protocol, connection)

    def _protocol(self) -> asyncio.Protocol:
        """As uvicorn makes them for connections that it accepts itself."""
        return self.config.http_protocol_class(  # type: ignore[call-arg]
            config=self.config, server_state=self.server_state, app_state=self.lifespan.state
        )

    async def _keep_reporting(self) -> None:
        while True:
            self._report(always=True)
            await asyncio.sleep(REPORT_SECS)

    def _report(self, *, always: bool = False) -> None:
        """Tells the parent how things stand; at once where an answer follows from it."""
        adopted = [call.id for call in self._registry if worker_of(call.id) != self._worker]
        report = messages.Report(**asdict(self._registry.standing()), adopted=adopted)
        if always or report != self._reported:
            self._reported = report
            self._link.channel.send(report)

    async def _drain_and_say_so(self, within_secs: float, *, goodbye: bool) -> None:
        await self._calls.drain(within_secs=within_secs, goodbye=goodbye)
        self._link.channel.send(messages.Drained())

    async def _outlive_parent(self) -> None:
        """Ends all calls, by REST, once the parent is gone: no webhook can reach this process."""
        await self._link.channel.closed.wait()
        await self._calls.drain(within_secs=0.0)
        self.should_exit = True

    async def _leave(self) -> None:
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(LAST_ANSWERS_SECS):
                while self.server_state.connections:  # noqa: ASYNC110 - uvicorn offers no event
                    await asyncio.sleep(0.02)
        self.should_exit = True


def _one_request_each(app: ASGIApp, before_answer: Callable[[], None]) -> ASGIApp:
    """Connections were given to this worker for their first request: they have no second."""

    async def serve(scope: Scope, receive: Receive, send: Send) -> None:
        async def send_last(message: Message) -> None:
            if message["type"] == "http.response.start":
                before_answer()
                message["headers"] = closing(message.get("headers", ()))
            await send(message)

        await app(scope, receive, send_last if scope["type"] == "http" else send)

    return serve


if __name__ == "__main__":
    main()
