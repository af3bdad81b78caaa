"""A model that takes nothing any more."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest
from websockets.asyncio.server import ServerConnection, serve

from bot.brains import ModelLost
from bot.brains.openai import OpenAISession
from bot.brains.openai.formats import Formats
from bot.brains.realtime.model_socket import CLOSE_SECS, SEND_SECS
from tests.wire import openai_events


async def _stall(socket: ServerConnection) -> None:
    await socket.send(json.dumps(openai_events.session("created")))
    await socket.recv()
    updated = openai_events.session("updated", audio=openai_events.formats())
    await socket.send(json.dumps(updated))
    socket.transport.pause_reading()
    await socket.wait_closed()


@asynccontextmanager
async def stalled_session() -> AsyncIterator[OpenAISession]:
    """A session whose outgoing messages pile up."""
    async with serve(_stall, "127.0.0.1", 0, compression=None, ping_interval=None) as server:
        port = next(iter(server.sockets)).getsockname()[1]
        session = await OpenAISession.open(
            url=f"ws://127.0.0.1:{port}/",
            api_key="k",
            model="m",
            config={"type": "realtime"},
            formats=Formats(("ulaw",)),
        )
        for _ in range(100):
            session.append("A" * 100_000)
        yield session
        await session.close()
        for connection in server.connections:
            connection.transport.abort()


async def test_a_model_that_takes_nothing_is_lost_after_five_seconds() -> None:
    """The reader hears of it, so the call ends in order; no ping has to find it out first."""
    async with stalled_session() as session:
        began = asyncio.get_running_loop().time()
        with pytest.raises(ModelLost):
            async for _ in session.events():
                pass
        assert SEND_SECS - 1 <= asyncio.get_running_loop().time() - began <= SEND_SECS + 4


async def test_closing_does_not_wait_for_a_model_that_takes_nothing() -> None:
    """A call is let go in seconds, whatever the other side does."""
    async with stalled_session() as session:
        await asyncio.sleep(1)
        began = asyncio.get_running_loop().time()
        await session.close()
        assert asyncio.get_running_loop().time() - began <= CLOSE_SECS + 4
