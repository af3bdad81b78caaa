"""What simulated voices with contexts share: answers on one socket, told apart by an id."""

import asyncio
import json
from abc import ABC, abstractmethod
from contextlib import suppress
from typing import Any

from starlette.websockets import WebSocket, WebSocketDisconnect

from bot.simulator.services.speaking import pieces
from bot.simulator.services.state import State


class ContextVoice(ABC):
    """One connection: texts of contexts are spoken in the order in which they came."""

    def __init__(self, socket: WebSocket, state: State) -> None:
        self._socket, self._state = socket, state
        self._wanted: asyncio.Queue[tuple[str, str | None]] = asyncio.Queue()
        self._called_off: set[str] = set()
        self._speaking = asyncio.create_task(self._speak(), name=type(self).__name__)

    @abstractmethod
    def take(self, message: dict[str, Any]) -> bool:
        """A message of the client's; false: it takes its leave."""

    @abstractmethod
    def sound(
        self, context: str, pcm: bytes, words: list[str], secs: float
    ) -> list[dict[str, Any]]:
        """The messages with this sound, 16 bit at 8 kHz, and with words that take so long."""

    @abstractmethod
    def over(self, context: str) -> dict[str, Any]:
        """The message after which nothing comes of it."""

    def say(self, context: str, text: str) -> None:
        """This is to be spoken."""
        self._wanted.put_nowait((context, text))

    def end(self, context: str) -> None:
        """Nothing more is to be spoken in it."""
        self._wanted.put_nowait((context, None))

    def call_off(self, context: str) -> None:
        """Nothing of it is to come any more."""
        self._state.cleared += 1
        self._called_off.add(context)

    def close(self) -> None:
        """The connection is over."""
        self._speaking.cancel()

    async def _speak(self) -> None:
        with suppress(WebSocketDisconnect, RuntimeError):
            while True:
                context, text = await self._wanted.get()
                if context in self._called_off:
                    continue
                if text is None:
                    await self._socket.send_text(json.dumps(self.over(context)))
                else:
                    await self._say(context, text.strip())

    async def _say(self, context: str, text: str) -> None:
        words = text.split()
        async for pcm, secs in pieces(self._socket, self._state, text):
            if context in self._called_off:
                return
            for message in self.sound(context, pcm, words, secs):
                await self._socket.send_text(json.dumps(message))
            words = []  # told with the first piece
