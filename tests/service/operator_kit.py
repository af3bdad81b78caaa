"""Somebody at a desk: they listen to a live call, or speak in it, over a websocket."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from typing import Any

from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed

from bot.media.g711 import SILENCE
from bot.testing.line import Line


@dataclass
class Ear:
    """What one listener hears of both sides, and is told."""

    socket: ClientConnection
    caller: bytearray = field(default_factory=bytearray)
    agent: bytearray = field(default_factory=bytearray)
    told: list[dict[str, Any]] = field(default_factory=list)
    came: asyncio.Event = field(default_factory=asyncio.Event)

    async def follow(self) -> None:
        with suppress(ConnectionClosed):
            while True:
                message = await self.socket.recv()
                if isinstance(message, str):
                    self.told.append(json.loads(message))
                else:
                    side = self.agent if message[0] else self.caller
                    side += message[3:]
                self.came.set()

    async def until(self, event: str) -> dict[str, Any]:
        async with asyncio.timeout(20):
            while not (found := [each for each in self.told if each["event"] == event]):
                self.came.clear()
                await self.came.wait()
        return found[0]

    async def speak(self, ulaw: bytes) -> None:
        """As a microphone does: at the pace of the clock."""
        for at in range(0, len(ulaw), 160):
            await self.socket.send(ulaw[at : at + 160])
            await asyncio.sleep(0.02)

    async def keep_silent(self) -> None:
        """A microphone sends all the time; some of it is enough for a test."""
        while True:
            await self.socket.send(bytes([SILENCE]) * 800)
            await asyncio.sleep(0.5)


async def place(line: Line, call_id: str, how: str) -> dict[str, Any]:
    answer = await line.api.post(f"/calls/{call_id}/{how}")
    assert answer.status_code == 200, answer.text
    told: dict[str, Any] = answer.json()
    return told


@asynccontextmanager
async def seated(line: Line, told: dict[str, Any]) -> AsyncIterator[Ear]:
    url = line.url.replace("http", "ws") + told["sound"]
    async with connect(url, compression=None, proxy=None) as socket:
        await socket.send(json.dumps({"token": told["token"]}))
        ear = Ear(socket)
        following = asyncio.create_task(ear.follow())
        try:
            yield ear
        finally:
            await socket.close()
            await following
