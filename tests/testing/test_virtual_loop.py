"""The loop that most tests run on: its clock moves only when nothing at all is under way."""

import asyncio
import sys
import threading
import time
from datetime import UTC, datetime

import aiosqlite
import pytest

from bot.clock import monotonic, utcnow
from bot.testing.virtual_loop import VirtualLoop


async def test_a_message_arrives_before_any_time_passes() -> None:
    """Over a loopback connection of this loop, however much is sent and however it is cut."""
    loop = asyncio.get_running_loop()
    heard: list[float] = []

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while data := await reader.read(1000):
            writer.write(data)
        writer.close()

    async with await asyncio.start_server(serve, "127.0.0.1", 0) as server:
        port = server.sockets[0].getsockname()[1]
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        ticking = asyncio.create_task(ticks())
        for _ in range(20):
            began = loop.time()
            writer.write(bytes(300_000))
            await reader.readexactly(300_000)
            heard.append(loop.time() - began)
            await asyncio.sleep(0.5)
        writer.close()
        await writer.wait_closed()
        ticking.cancel()
    assert max(heard) < 0.001


async def ticks() -> None:
    """A timer that is always set, as those of calls are."""
    while True:  # noqa: ASYNC110 - it stands for timers
        await asyncio.sleep(0.02)


async def test_both_ends_have_the_addresses_of_tcp() -> None:
    """Who serves them sees an address and a port; they differ from connection to connection."""
    met: list[tuple[str, int]] = []

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        met.append(writer.get_extra_info("peername"))
        met.append(writer.get_extra_info("socket").getpeername())
        writer.close()

    async with await asyncio.start_server(serve, "127.0.0.1", 0) as server:
        port = server.sockets[0].getsockname()[1]
        for _ in range(2):
            reader, writer = await asyncio.open_connection("127.0.0.1", port)
            assert writer.get_extra_info("peername") == ("127.0.0.1", port)
            assert await reader.read() == b""
            writer.close()
    assert met[0] == met[1] != met[2] == met[3]


async def test_nobody_listens_where_a_server_was_closed() -> None:
    """As over TCP, the connection is refused."""
    server = await asyncio.start_server(lambda reader, writer: None, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    server.close()
    await server.wait_closed()
    with pytest.raises(OSError, match=str(port)):
        await asyncio.open_connection("127.0.0.1", port)


async def test_the_clock_waits_for_threads() -> None:
    """Of an executor and of a database: a timer that is due meanwhile comes after them."""
    rang: list[str] = []
    asyncio.get_running_loop().call_later(0.001, rang.append, "timer")
    free = threading.Event()
    threading.Timer(0.05, free.set).start()
    await asyncio.to_thread(free.wait)
    assert rang == []
    async with aiosqlite.connect(":memory:") as database:
        rows = "WITH RECURSIVE n(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM n LIMIT 200000)"
        await database.execute_fetchall(f"{rows} SELECT max(x) FROM n")
    assert rang == []
    await asyncio.sleep(0.01)
    assert rang == ["timer"]


async def test_the_clock_waits_for_other_processes() -> None:
    """What they are asked for is there before any time has passed."""
    began = asyncio.get_running_loop().time()
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-c", "print(1)", stdout=asyncio.subprocess.PIPE
    )
    out, _ = await process.communicate()
    assert (out, asyncio.get_running_loop().time() - began < 0.01) == (b"1\n", True)


async def test_every_clock_of_the_service_follows() -> None:
    """Records and deadlines see the hour that passes at once."""
    before, steady = utcnow(), monotonic()
    await asyncio.sleep(3600)
    assert (utcnow() - before).total_seconds() == pytest.approx(3600, abs=0.1)
    assert monotonic() - steady == pytest.approx(3600, abs=0.1)
    assert time.time() == pytest.approx(utcnow().timestamp(), abs=0.1)
    assert datetime.now(UTC) < utcnow()  # the machine's own clock does not
    assert await asyncio.to_thread(utcnow) >= before  # a thread of this loop sees its time


@pytest.mark.realtime
async def test_what_is_about_real_time_has_it() -> None:
    """A marked test runs on an ordinary loop and sees the machine's clocks."""
    assert not isinstance(asyncio.get_running_loop(), VirtualLoop)
    assert abs((utcnow() - datetime.now(UTC)).total_seconds()) < 10
