"""A simulated voice over a websocket, as Deepgram's Aura: sentences in, sound out.

Source: Deepgram, API reference, `/v1/speak`: `Speak`, `Flush`, `Clear`; `Flushed`, `Cleared`.
"""

import asyncio
import json
from contextlib import suppress

from starlette.responses import PlainTextResponse
from starlette.websockets import WebSocket, WebSocketDisconnect

from bot.media.g711 import ulaw_to_pcm
from bot.simulator.services.state import State

PIECE = 1600  # bytes; 100 ms at 8 kHz


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
        state, faults = self._state, self._state.take_speaking()
        pcm = ulaw_to_pcm(await state.render(text))
        await asyncio.sleep(state.pace.sound_after_secs + faults.after_secs)
        if faults.silent:
            await asyncio.sleep(3600)
        if faults.garbage:
            await self._socket.send_text("{")
        for at in range(0, len(pcm), PIECE):
            if faults.drop and at > len(pcm) / 2:
                await self._socket.close(1011)
            await self._socket.send_bytes(pcm[at : at + PIECE])
            await asyncio.sleep(PIECE / 16000 / state.pace.speed)


async def speak(socket: WebSocket) -> None:
    """/v1/speak"""
    state: State = socket.app.state.services
    state.opened.append(socket.url.path)
    refused = state.faults.speaking.status if state.faults.speaking.times > 0 else 0
    if refused or socket.headers.get("authorization") != f"Token {state.key}":
        state.faults.speaking.times -= bool(refused)
        await socket.send_denial_response(PlainTextResponse("a fault", refused or 401))
        return
    assert socket.query_params["encoding"] == "linear16"
    assert socket.query_params["sample_rate"] == "8000", "the line's rate needs no resampling"
    await socket.accept()
    voice = AuraVoice(socket, state)
    try:
        while voice.take(json.loads(await socket.receive_text())):
            pass
    except (WebSocketDisconnect, KeyError):
        pass
    finally:
        voice.close()
