"""A simulated voice over a websocket, as Deepgram's Aura: sentences in, sound out.

Source: Deepgram, API reference, `/v1/speak`: `Speak`, `Flush`, `Clear`; `Flushed`, `Cleared`.
"""

import asyncio
import json
from contextlib import suppress

from starlette.websockets import WebSocket, WebSocketDisconnect

from bot.simulator.services.speaking import pieces, serve
from bot.simulator.services.state import State


class AuraVoice:
    """One connection."""

    def __init__(self, socket: WebSocket, state: State) -> None:
        self._socket, self._state = socket, state
        self._wanted: asyncio.Queue[str | None] = asyncio.Queue()  # None: all of it was sent
        self._speaking = asyncio.create_task(self._speak(), name="aura")

    def take(self, message: dict[str, str]) -> bool:
        """A message of the client's; false: it takes its leave."""
        match message.get("type"):
            case "Speak":
                self._wanted.put_nowait(message["text"])
            case "Flush":
                self._wanted.put_nowait(None)
            case "Clear":
                self._state.cleared += 1
                self._speaking.cancel()
                self._wanted = asyncio.Queue()
                self._speaking = asyncio.create_task(self._speak(), name="aura")
            case "Close":
                return False
        return True

    def close(self) -> None:
        """The connection is over."""
        self._speaking.cancel()

    async def _speak(self) -> None:
        with suppress(WebSocketDisconnect, RuntimeError):
            while True:
                text = await self._wanted.get()
                if text is None:
                    await self._socket.send_text(json.dumps({"type": "Flushed", "sequence_id": 0}))
                else:
                    await self._say(text.strip())

    async def _say(self, text: str) -> None:
        async for pcm, _ in pieces(self._socket, self._state, text):
            await self._socket.send_bytes(pcm)


async def speak(socket: WebSocket) -> None:
    """/v1/speak"""
    assert socket.query_params["encoding"] == "linear16"
    assert socket.query_params["sample_rate"] == "8000", "the line's rate needs no resampling"
    await serve(socket, AuraVoice, key_header="authorization", key_prefix="Token ")
