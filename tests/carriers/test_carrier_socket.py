"""The carrier's websocket as it is served: messages arrive however they are cut on the wire."""

import asyncio
import contextlib
import socket
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field
from typing import Any

import pytest
import pytest_asyncio
import uvicorn
from fastapi import FastAPI, WebSocket
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed
from websockets.frames import Frame, Opcode

from bot.carriers.twilio.media_socket import SocketClosed
from bot.carriers.twilio.serializer import MAX_MESSAGE_BYTES
from bot.carriers.twilio.socket import MOST_LEFT_OUT_BYTES, CarrierSocket
from bot.lifecycle import web_config

Message = str | bytes


@dataclass(kw_only=True)
class Far:
    """A client, the socket that serves it, and what the service has got."""

    client: ClientConnection
    served: CarrierSocket
    got: list[Message] = field(default_factory=list)

    def listen(self) -> None:
        self.served.listen(self.got.append)

    def write(self, *pieces: bytes) -> None:
        """Bytes as they are."""
        for piece in pieces:
            self.client.transport.write(piece)

    async def until(self, holds: Callable[[], Any]) -> None:
        async with asyncio.timeout(5):
            while not holds():  # noqa: ASYNC110 - nothing tells of it
                await asyncio.sleep(0.005)


@pytest_asyncio.fixture
async def far() -> AsyncIterator[Far]:
    app, accepted, over = FastAPI(), asyncio.Queue[CarrierSocket](), asyncio.Event()

    @app.websocket("/")
    async def route(websocket: WebSocket) -> None:
        await websocket.accept()
        await accepted.put(CarrierSocket(websocket))
        await over.wait()

    listening = socket.create_server(("127.0.0.1", 0))
    server = uvicorn.Server(web_config(app))
    server.capture_signals = contextlib.nullcontext  # type: ignore[method-assign]
    serving = asyncio.create_task(server.serve([listening]))
    port = listening.getsockname()[1]
    while not server.started:  # noqa: ASYNC110 - uvicorn offers no event
        await asyncio.sleep(0.005)
    async with connect(f"ws://127.0.0.1:{port}/", compression=None, proxy=None) as client:
        yield Far(client=client, served=await accepted.get())
    over.set()
    server.should_exit = True
    await serving


def text(message: str) -> bytes:
    return Frame(Opcode.TEXT, message.encode()).serialize(mask=True)


async def test_messages_are_fetched_until_somebody_listens(far: Far) -> None:
    """Those that came before are still fetched; none is lost, none comes twice."""
    await far.client.send("one")
    await far.client.send("two")
    assert await far.served.receive() == "one"
    await asyncio.sleep(0.05)
    far.listen()
    assert await far.served.receive() == "two"
    await far.client.send("three")
    await far.until(lambda: far.got)
    assert far.got == [b"three"]


async def test_messages_arrive_however_they_are_cut(far: Far) -> None:
    """Several at once, byte by byte, and with the end of one before the beginning of another."""
    far.listen()
    messages = ["a", "b" * 125, "c" * 126, "d" * 3000, "", "e"]
    wire = b"".join(map(text, messages))
    for size in (len(wire), 1, 7, 131):
        far.got.clear()
        for start in range(0, len(wire), size):
            far.write(wire[start : start + size])
            if size < 100 and start % 5 == 0:
                await asyncio.sleep(0)
        await far.until(lambda: len(far.got) == len(messages))
        assert far.got == [message.encode() for message in messages]


async def test_what_is_no_whole_text_goes_the_librarys_way(far: Far) -> None:
    """Fragments, binary messages and pings, in the middle of all the rest."""
    far.listen()
    parts = (
        Frame(Opcode.TEXT, b"in ", fin=False).serialize(mask=True),
        Frame(Opcode.PING, b"there?").serialize(mask=True),
        Frame(Opcode.CONT, b"two", fin=True).serialize(mask=True),
    )
    far.write(text("first") + b"".join(parts) + text("then"))
    assert await far.served.receive() == "in two"
    await far.client.send(b"\x00\xff")
    assert await far.served.receive() == b"\x00\xff"
    assert await (await far.client.ping()) >= 0
    assert far.got == [b"first", b"then"]


LONG = "x" * (MAX_MESSAGE_BYTES + 1000)


@pytest.mark.parametrize("size", [1_000_000, 1400, 131])
async def test_a_message_that_is_too_long_is_left_out(far: Far, size: int) -> None:
    """However it is cut, an empty one arrives in its place, and all others as they are."""
    far.listen()
    wire = b"".join(map(text, ("first", LONG, "then", LONG, LONG, "last")))
    for start in range(0, len(wire), size):
        far.write(wire[start : start + size])
        if start % 9 == 0:
            await asyncio.sleep(0)
    await far.until(lambda: len(far.got) == 6)
    assert far.got == [b"first", b"", b"then", b"", b"", b"last"]


async def test_no_more_is_kept_of_a_message_than_may_be_read(far: Far) -> None:
    """Sixteen megabytes stream in and are dropped as they come."""
    far.listen()
    protocol = far.served._protocol
    head = Frame(Opcode.TEXT, b"").serialize(mask=True)[:1] + b"\xff"
    far.write(head + MOST_LEFT_OUT_BYTES.to_bytes(8) + bytes(4))
    kept = []
    for _ in range(MOST_LEFT_OUT_BYTES // 2**20):
        far.write(bytes(2**20))
        await asyncio.sleep(0.005)
        kept.append(len(protocol._rest))
    far.write(text("then"))
    await far.until(lambda: len(far.got) == 2)
    assert far.got == [b"", b"then"]
    assert max(kept) <= MAX_MESSAGE_BYTES


async def test_a_message_in_pieces_is_left_out_from_where_it_is_too_long(far: Far) -> None:
    """What arrives of it is no longer than may be; a ping in its middle is answered."""
    far.listen()
    piece = b"x" * (MAX_MESSAGE_BYTES // 2)
    far.write(
        Frame(Opcode.TEXT, piece, fin=False).serialize(mask=True),
        Frame(Opcode.CONT, piece, fin=False).serialize(mask=True),
        Frame(Opcode.PING, b"there?").serialize(mask=True),
        Frame(Opcode.CONT, b"y", fin=False).serialize(mask=True),
        Frame(Opcode.CONT, piece).serialize(mask=True),
        text("then"),
    )
    assert await far.served.receive() == (piece + piece).decode()
    await far.until(lambda: far.got)
    assert far.got == [b"then"]
    assert await (await far.client.ping()) >= 0


async def test_before_somebody_listens_it_is_fetched_as_an_empty_one(far: Far) -> None:
    """Nothing closes the socket but whoever reads."""
    far.write(text(LONG), text("then"))
    assert await far.served.receive() == ""
    assert await far.served.receive() == "then"


@pytest.mark.parametrize("listens", [True, False])
async def test_a_frame_longer_than_can_be_left_out_closes_the_socket(
    far: Far, listens: bool
) -> None:
    """With the code for it, before it has come."""
    if listens:
        far.listen()
    head = Frame(Opcode.TEXT, b"").serialize(mask=True)[:1] + b"\xff"
    far.write(head + (MOST_LEFT_OUT_BYTES + 1).to_bytes(8) + bytes(1000))
    with pytest.raises(ConnectionClosed) as closed:
        await far.client.recv()
    assert closed.value.rcvd is not None and closed.value.rcvd.code == 1009
    with pytest.raises(SocketClosed):
        await far.served.receive()
    assert far.got == []


async def test_a_control_frame_that_is_too_long_is_not_waited_for(far: Far) -> None:
    """The protocol allows it 125 bytes: the socket is closed."""
    far.listen()
    head = Frame(Opcode.PING, b"").serialize(mask=True)[:1] + b"\xff"
    far.write(head + (2**20).to_bytes(8) + bytes(1000))
    with pytest.raises(ConnectionClosed) as closed:
        await far.client.recv()
    assert closed.value.rcvd is not None and closed.value.rcvd.code == 1009


async def test_a_message_of_the_longest_kind_is_read(far: Far) -> None:
    """The limit itself is no error."""
    far.listen()
    await far.client.send("x" * (MAX_MESSAGE_BYTES - 1))
    await far.until(lambda: far.got)
    await far.client.send("y" * MAX_MESSAGE_BYTES)
    assert await far.served.receive() == "y" * MAX_MESSAGE_BYTES
    assert far.got == [b"x" * (MAX_MESSAGE_BYTES - 1)]


async def test_what_is_sent_arrives_in_order(far: Far) -> None:
    """Messages of any length, without waiting."""
    messages = ["a", "ä" * 100, "b" * 70_000]
    for message in messages:
        far.served.send(message)
    assert [await far.client.recv() for _ in messages] == messages


async def test_after_the_end_nothing_is_sent_or_heard(far: Far) -> None:
    """Whoever ended it: sending says so at once, and so does receiving."""
    far.listen()
    await far.served.close(1011)
    with pytest.raises(SocketClosed):
        far.served.send("too late")
    far.write(text("too late as well"))
    with pytest.raises(ConnectionClosed) as closed:
        await far.client.recv()
    assert closed.value.rcvd is not None and closed.value.rcvd.code == 1011
    with pytest.raises(SocketClosed):
        await far.served.receive()
    assert far.got == []
    await far.served.close()


async def test_a_client_that_goes_away_is_told_of(far: Far) -> None:
    """By a closing frame or without a word."""
    far.listen()
    far.client.transport.abort()
    with pytest.raises(SocketClosed):
        await far.served.receive()
    with pytest.raises(SocketClosed):
        far.served.send("anybody?")


async def test_a_client_that_takes_nothing_holds_nobody_up(far: Far) -> None:
    """It is congested; closing it does not wait for what it will not read."""
    far.client.transport.pause_reading()
    while not far.served.congested:
        far.served.send("x" * 60_000)
        await asyncio.sleep(0)
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(0.05):
            await far.served.drain()
    async with asyncio.timeout(1):
        await far.served.close(1011)
    with pytest.raises(SocketClosed):
        await far.served.receive()
    far.client.transport.abort()
