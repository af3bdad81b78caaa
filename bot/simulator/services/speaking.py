"""What all simulated voices share: a connection that is let in by its key, and sound in pieces."""

import asyncio
import json
from collections.abc import AsyncIterator, Callable
from typing import Any, Protocol

from starlette.responses import PlainTextResponse
from starlette.websockets import WebSocket, WebSocketDisconnect

from bot.media.g711 import ulaw_to_pcm
from bot.simulator.services.state import State

_PIECE = 1600  # bytes; 100 ms at 8 kHz


class SimulatedVoice(Protocol):
    """One connection."""

    def take(self, message: dict[str, Any]) -> bool:
        """A message of the client's; false: it takes its leave."""
        ...

    def close(self) -> None:
        """The connection is over."""
        ...


async def serve(
    socket: WebSocket,
    kind: Callable[[WebSocket, State], SimulatedVoice],
    *,
    key_header: str,
    key_prefix: str = "",
) -> None:
    """One connection of a client that brings the key in this header, after this prefix."""
    state: State = socket.app.state.services
    state.opened.append(socket.url.path)
    refused = state.faults.speaking.status if state.faults.speaking.times > 0 else 0
    if refused or socket.headers.get(key_header) != f"{key_prefix}{state.key}":
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


async def pieces(socket: WebSocket, state: State, text: str) -> AsyncIterator[tuple[bytes, float]]:
    """The sound of a text, 16 bit at 8 kHz, at the voice's pace and with its faults: each piece,
    and how many seconds the whole of it takes.
    """
    faults = state.take_speaking()
    pcm = ulaw_to_pcm(await state.render(text))
    await asyncio.sleep(state.pace.sound_after_secs + faults.after_secs)
    if faults.silent:
        await asyncio.sleep(3600)
    if faults.garbage:
        await socket.send_text("{")
    for at in range(0, len(pcm), _PIECE):
        if faults.drop and at > len(pcm) / 2:
            await socket.close(1011)
        yield pcm[at : at + _PIECE], len(pcm) / 16000
        await asyncio.sleep(_PIECE / 16000 / state.pace.speed)
