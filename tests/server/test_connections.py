"""What a stranger may hold of us: the head's length and time, and how many connections."""

import asyncio
import contextlib
import functools
import socket
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest
import uvicorn
from service_kit import KEY, opened
from starlette.types import ASGIApp, Receive, Scope, Send
from uvicorn.server import ServerState
from websockets.asyncio.client import connect

from bot.lifecycle import web_config
from bot.server import connections
from bot.server.connections import (
    HEAD_BYTES,
    HEAD_SECS,
    MOST_HEADERS,
    PARTING_BYTES,
    PARTING_SECS,
    BoundedHttp,
    Unfinished,
    most_unfinished,
)
from bot.server.entrance import MAX_UPLOAD_BYTES, VISITOR

REQUEST = b"GET /health/live HTTP/1.1\r\nHost: a\r\n"


class FarEnd(asyncio.Transport):
    """A transport that keeps what is written, and knows when it was closed."""

    def __init__(self) -> None:
        super().__init__()
        self.written = b""
        self.closed_after: float | None = None
        self.reading = True
        self.ended = False

    def write(self, data: Any) -> None:
        self.written += bytes(data)

    def write_eof(self) -> None:
        self.ended = True

    def close(self) -> None:
        if self.closed_after is None:
            self.closed_after = asyncio.get_running_loop().time()

    abort = close

    def is_closing(self) -> bool:
        return self.closed_after is not None

    def pause_reading(self) -> None:
        self.reading = False

    def resume_reading(self) -> None:
        self.reading = True

    @property
    def status(self) -> str:
        """Of the first answer; empty when there is none."""
        return self.written.partition(b"\r\n")[0].decode().partition(" ")[2]


async def fine(scope: Scope, receive: Receive, send: Send) -> None:
    """Answers at once, whatever is asked, and reads nothing."""
    close = [(b"connection", b"close")] if scope["method"] == "POST" else []
    headers = [(b"content-length", b"2"), *close]
    await send({"type": "http.response.start", "status": 200, "headers": headers})
    await send({"type": "http.response.body", "body": b"ok"})


async def knows(scope: Scope, receive: Receive, send: Send) -> None:
    """Knows who asks, and takes its time."""
    scope["extensions"][VISITOR].is_known()
    await asyncio.sleep(3600)


def arrive(unfinished: Unfinished | None = None, app: ASGIApp = fine) -> tuple[BoundedHttp, FarEnd]:
    """A connection that has just been made, and its far end."""
    protocol = BoundedHttp(
        config=uvicorn.Config(app, log_config=None, http="httptools"),
        server_state=ServerState(),
        app_state={},
        unfinished=Unfinished(100) if unfinished is None else unfinished,
    )
    far = FarEnd()
    protocol.connection_made(far)
    return protocol, far


# -- the head ---------------------------------------------------------------------------------


async def test_a_silent_connection() -> None:
    """Is closed after 5 s, without a word."""
    _, far = arrive()
    await asyncio.sleep(60)
    assert (far.closed_after, far.written) == (pytest.approx(HEAD_SECS), b"")


@pytest.mark.parametrize("every_secs", [0.1, 1.0, 4.9])
@pytest.mark.parametrize("beginning", [b"GET /", b"\r\n", b"GET / HTTP/1.1\r\nX: "])
async def test_a_head_that_drips(every_secs: float, beginning: bytes) -> None:
    """Has 5 s in all, however often a byte comes: 408."""
    protocol, far = arrive()
    piece = beginning
    while not far.is_closing():
        protocol.data_received(piece)
        piece = b"\r\n" if beginning == b"\r\n" else b"x"
        await asyncio.sleep(every_secs)
    assert far.closed_after == pytest.approx(HEAD_SECS)
    assert far.status == "408 Request Timeout"


async def test_the_next_head_has_its_deadline_too() -> None:
    """On a connection that is kept, from its first byte on."""
    protocol, far = arrive()
    protocol.data_received(REQUEST + b"\r\n")
    await asyncio.sleep(2)
    assert (far.status, far.closed_after) == ("200 OK", None)
    far.written = b""
    for _ in range(100):
        protocol.data_received(b"\r\n")
        await asyncio.sleep(1)
        if far.is_closing():
            break
    assert far.closed_after == pytest.approx(2 + HEAD_SECS)
    assert far.status == "408 Request Timeout"


def heads_without_an_end() -> Iterator[tuple[str, bytes, bytes]]:
    yield "request line", b"GET /", b"x" * 1_000
    yield "query", b"GET /?", b"x" * 65_536
    yield "header", b"GET / HTTP/1.1\r\nX: ", b"x" * 1_000
    yield "name of a header", b"GET / HTTP/1.1\r\n", b"x" * 1_000
    yield "headers", b"GET / HTTP/1.1\r\n", b"a: b\r\n" * 100
    yield "empty lines", b"\r\n", b"\r\n" * 500
    yield "byte by byte", b"GET /", b"x"


@pytest.mark.parametrize(
    ("beginning", "piece"), [pytest.param(b, p, id=name) for name, b, p in heads_without_an_end()]
)
async def test_a_head_without_an_end(beginning: bytes, piece: bytes) -> None:
    """431 at 32 KiB, however it is cut; no more of it is kept."""
    protocol, far = arrive()
    sent = len(beginning)
    protocol.data_received(beginning)
    while not far.written and sent < 4 * HEAD_BYTES:
        protocol.data_received(piece)
        sent += len(piece)
    assert sent <= HEAD_BYTES + len(piece)
    assert (far.status, far.ended) == ("431 Request Header Fields Too Large", True)
    await asyncio.sleep(60)
    assert far.closed_after == pytest.approx(PARTING_SECS)


async def test_a_long_head_in_one_piece() -> None:
    """One byte less than 32 KiB is served; 32 KiB is not."""
    for size, status in (
        (HEAD_BYTES - 1, "200 OK"),
        (HEAD_BYTES + 1, "431 Request Header Fields Too Large"),
        (20 * HEAD_BYTES, "431 Request Header Fields Too Large"),
    ):
        protocol, far = arrive()
        head = REQUEST + b"X: "
        protocol.data_received(head + b"x" * (size - len(head) - 4) + b"\r\n\r\n")
        await asyncio.sleep(0.1)
        assert far.status == status, size


async def test_many_headers() -> None:
    """A hundred are served, more are refused."""
    for count, status in ((MOST_HEADERS, "200 OK"), (MOST_HEADERS + 1, "400 Bad Request")):
        protocol, far = arrive()
        protocol.data_received(b"GET / HTTP/1.1\r\n" + b"a: b\r\n" * count + b"\r\n")
        await asyncio.sleep(0.1)
        assert far.status == status


async def test_requests_ahead_of_their_answers() -> None:
    """Only a few are kept; who sends thousands in one piece is sent away."""
    protocol, far = arrive(app=knows)
    protocol.data_received((REQUEST + b"\r\n") * 5_000)
    assert far.is_closing()
    assert len(protocol.pipeline) <= connections.MOST_PIPELINED


# -- how many ---------------------------------------------------------------------------------


async def test_the_oldest_makes_room(warnings_logged: list[str]) -> None:
    """Of those who owe us the rest of a request; one line in the log tells of many."""
    unfinished = Unfinished(10)
    slow = []
    for _ in range(30):
        protocol, far = arrive(unfinished)
        protocol.data_received(b"POST /x HTTP/1.1\r\nContent-Length: 60000\r\n\r\n")
        slow.append(far)
    assert [far.is_closing() for far in slow] == [True] * 20 + [False] * 10
    assert len(unfinished) == 10
    assert len(warnings_logged) == 1
    protocol, far = arrive(unfinished)
    protocol.data_received(REQUEST + b"\r\n")
    await asyncio.sleep(0.1)
    assert far.status == "200 OK"


async def test_who_is_known_stays() -> None:
    """Whoever has shown a key may take the time that bodies have, however many others come."""
    unfinished = Unfinished(10)
    client, far = arrive(unfinished, app=knows)
    client.data_received(b"POST /batches HTTP/1.1\r\nContent-Length: 60000\r\n\r\n")
    await asyncio.sleep(0)
    strangers = [arrive(unfinished)[1] for _ in range(30)]
    assert sum(stranger.is_closing() for stranger in strangers) == 20
    assert not far.is_closing()


async def test_nobody_is_kept_who_has_gone() -> None:
    """Neither by the count nor by a timer."""
    unfinished = Unfinished(10)
    for ahead in (b"", b"GET /", REQUEST + b"\r\n"):
        protocol, far = arrive(unfinished)
        protocol.data_received(ahead)
        protocol.connection_lost(None)
        await asyncio.sleep(0)
        assert len(unfinished) == 0
        assert protocol._deadline is None


def test_how_many_that_is(monkeypatch: pytest.MonkeyPatch) -> None:
    """A quarter of what this process may open: 256 of the usual 1,024."""
    import resource

    for soft, most in ((1024, 256), (20, 16), (1_000_000, 1000), (resource.RLIM_INFINITY, 1000)):
        monkeypatch.setattr(resource, "getrlimit", lambda what, soft=soft: (soft, soft))
        assert most_unfinished() == most


# -- parting ----------------------------------------------------------------------------------

ENDLESS = b"POST /x HTTP/1.1\r\nContent-Length: 99999999999\r\n\r\n"


async def test_what_an_answer_leaves_unread_is_thrown_away_for_a_moment() -> None:
    """5 s, from the answer on; then the connection is gone, whoever still sends."""
    protocol, far = arrive()
    protocol.data_received(ENDLESS)
    await asyncio.sleep(0.1)
    assert (far.status, far.ended, far.reading) == ("200 OK", True, True)
    answered = asyncio.get_running_loop().time() - 0.1
    while not far.is_closing():
        protocol.data_received(b"x" * 1000)
        assert len(protocol.cycle.body) == 0
        await asyncio.sleep(1)
    assert far.closed_after == pytest.approx(answered + PARTING_SECS)


async def test_nor_is_it_thrown_away_without_end() -> None:
    """32 MiB, and the connection is gone."""
    protocol, far = arrive()
    protocol.data_received(ENDLESS)
    await asyncio.sleep(0.1)
    sent = 0
    while not far.is_closing():
        protocol.data_received(b"x" * 262_144)
        sent += 262_144
    assert PARTING_BYTES < sent <= PARTING_BYTES + 262_144


# -- on real sockets --------------------------------------------------------------------------


@asynccontextmanager
async def served(app: ASGIApp, *, most: int | None = None) -> AsyncIterator[tuple[str, int]]:
    """The application as it is served, for so many who owe us something."""
    config = web_config(app)
    if most is not None:
        config.http = functools.partial(BoundedHttp, unfinished=Unfinished(most))  # type: ignore[assignment]
    server = uvicorn.Server(config)
    server.capture_signals = contextlib.nullcontext  # type: ignore[method-assign]
    listening = socket.create_server(("127.0.0.1", 0), backlog=200)
    serving = asyncio.create_task(server.serve([listening]))
    while not server.started:  # noqa: ASYNC110 - uvicorn offers no event
        await asyncio.sleep(0.005)
    try:
        yield listening.getsockname()
    finally:
        server.should_exit = True
        await serving


async def test_slow_strangers_shut_nobody_out(tmp_path: Path) -> None:
    """Two hundred forms that never come, where 50 may: the next one is answered, and a websocket
    that was there stays."""
    async with opened(tmp_path) as service, served(service.web, most=50) as (host, port):
        slow = []
        for _ in range(200):
            reader, writer = await asyncio.open_connection(host, port)
            writer.write(b"POST /twilio/incoming HTTP/1.1\r\nContent-Length: 60000\r\n\r\nx")
            slow.append((reader, writer))
        async with httpx.AsyncClient(trust_env=False) as client:
            answer = await client.get(f"http://{host}:{port}/health/live")
        assert answer.status_code == 200
        for reader, _ in slow[:140]:
            with contextlib.suppress(ConnectionError):
                assert await asyncio.wait_for(reader.read(), 5) == b""
        for _, writer in slow:
            writer.close()


async def test_a_websocket_is_no_connection_of_ours() -> None:
    """It counts for nothing here, and no deadline of a head ends it."""

    async def echo(scope: Scope, receive: Receive, send: Send) -> None:
        await receive()
        await send({"type": "websocket.accept"})
        while (message := await receive())["type"] == "websocket.receive":
            await send({"type": "websocket.send", "text": message["text"]})

    async with served(echo, most=2) as (host, port), a_socket(host, port) as line:
        others = [await asyncio.open_connection(host, port) for _ in range(20)]
        for reader, _ in others[:18]:
            with contextlib.suppress(ConnectionError):
                assert await asyncio.wait_for(reader.read(), 5) == b""
        await line.send("still there?")
        assert await line.recv() == "still there?"
        for _, writer in others:
            writer.close()


def a_socket(host: str, port: int) -> connect:
    return connect(f"ws://{host}:{port}/", compression=None, proxy=None)


@pytest.mark.parametrize(
    ("key", "size", "status"),
    [("wrong", MAX_UPLOAD_BYTES, 401), (KEY, MAX_UPLOAD_BYTES + 1, 413), (KEY, 20, 422)],
)
async def test_who_sends_a_long_file_reads_our_answer(
    tmp_path: Path, key: str, size: int, status: int
) -> None:
    """Though nothing of the file was wanted: the connection is not torn down over it."""
    async with opened(tmp_path) as service, served(service.web) as (host, port):
        url, headers = f"http://{host}:{port}/batches", {"Authorization": f"Bearer {key}"}
        async with httpx.AsyncClient(trust_env=False) as client:
            answer = await client.post(url, headers=headers, files={"file": ("a", b"x" * size)})
        assert answer.status_code == status


# -- uvicorn ----------------------------------------------------------------------------------
