"""What simulated voices with contexts share: answers on one socket, told apart by an id."""

import asyncio
import json
from abc import ABC, abstractmethod
from contextlib import suppress
from typing import Any

from starlette.responses import PlainTextResponse
from starlette.websockets import WebSocket, WebSocketDisconnect

from bot.media.g711 import ulaw_to_pcm
from bot.simulator.services.state import State

PIECE = 1600  # bytes; 100 ms at 8 kHz


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
        state, faults = self._state, self._state.take_speaking()
        pcm = ulaw_to_pcm(await state.render(text))
        await asyncio.sleep(state.pace.sound_after_secs + faults.after_secs)
        if faults.silent:
            await asyncio.sleep(3600)
        if faults.garbage:
            await self._socket.send_text("{")
        words = text.split()
        for at in range(0, len(pcm), PIECE):
            if context in self._called_off:
                return
            if faults.drop and at > len(pcm) / 2:
                await self._socket.close(1011)
            told = words if at == 0 else []
            for message in self.sound(context, pcm[at : at + PIECE], told, len(pcm) / 16000):
                await self._socket.send_text(json.dumps(message))
            await asyncio.sleep(PIECE / 16000 / state.pace.speed)


async def serve(socket: WebSocket, kind: type[ContextVoice], *, key_header: str) -> None:
    """One connection of a client that brings the key in this header."""
    state: State = socket.app.state.services
    state.opened.append(socket.url.path)
    refused = state.faults.speaking.status if state.faults.speaking.times > 0 else 0
    if refused or socket.headers.get(key_header) != state.key:
        state.faults.speaking.times -= bool(refused)
        await socket.send_denial_response(PlainTextResponse("a fault", refused or 401))
        return
    await socket.accept()
    voice = kind(socket, state)
    try:
        while voice.take(json.loads(await socket.receive_text())):
            pass
    except (WebSocketDisconnect, KeyError):
        pass
    finally:
        voice.close()
