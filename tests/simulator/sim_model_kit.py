"""A client for the simulated model, and a voice that needs no engine."""

import asyncio
import base64
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

from websockets.asyncio.client import ClientConnection, connect

from bot.media.g711 import pcm_to_ulaw
from bot.simulator.model import Manner, RealtimeModelServer, assert_valid_server_event
from bot.simulator.voices import PiperVoice
from tests.voices import kept

SILENCE = b"\xff"
BRISK = Manner(first_audio_after_secs=0.0, speed=40.0, transcript_after_secs=0.0)


@dataclass(frozen=True)
class Hum:
    """A voice of a steady tone: 60 ms for each character."""

    ms_per_character: int = 60

    def render(self, text: str) -> bytes:
        wave = [6000 if index % 16 < 8 else -6000 for index in range(8 * self.ms_per_character)]
        once = b"".join(level.to_bytes(2, "little", signed=True) for level in wave)
        return pcm_to_ulaw(once) * len(text)


def speech(text: str) -> bytes:
    """Real words in μ-law."""
    return kept(PiperVoice()).render(text)


def silence(ms: int) -> bytes:
    return SILENCE * 8 * ms


class Client:
    """Speaks the wire by hand; every event it receives must be one the `openai` package knows."""

    def __init__(self, socket: ClientConnection) -> None:
        self.socket = socket
        self.seen: list[dict[str, Any]] = []

    async def send(self, kind: str, **fields: Any) -> None:
        await self.socket.send(json.dumps({"type": kind, **fields}))

    async def receive(self, kind: str | None = None, within_secs: float = 5.0) -> dict[str, Any]:
        """The next event, or the next of this type (what comes before it is in `seen`)."""
        async with asyncio.timeout(within_secs):
            while True:
                event = json.loads(await self.socket.recv())
                assert_valid_server_event(event)
                self.seen.append(event)
                if kind in (None, event["type"]):
                    return event

    def types(self) -> list[str]:
        return [event["type"] for event in self.seen]

    async def update(self, **session: Any) -> dict[str, Any]:
        await self.send("session.update", session={"type": "realtime", **session})
        return (await self.receive("session.updated"))["session"]

    async def telephone(self, turn_detection: Any = None, **session: Any) -> dict[str, Any]:
        """G.711 both ways, with transcripts."""
        ulaw = {"type": "audio/pcmu"}
        listening = {
            "format": ulaw,
            "turn_detection": turn_detection,
            "transcription": {"model": "gpt-transcribe"},
        }
        return await self.update(audio={"input": listening, "output": {"format": ulaw}}, **session)

    async def say(self, ulaw: bytes) -> None:
        """In pieces of 20 ms, as fast as the socket takes them: the audio is the clock."""
        for start in range(0, len(ulaw), 160):
            audio = base64.b64encode(ulaw[start : start + 160]).decode()
            await self.send("input_audio_buffer.append", audio=audio)

    async def error(self) -> dict[str, Any]:
        return (await self.receive("error"))["error"]


@asynccontextmanager
async def client_of(server: RealtimeModelServer, *, greeted: bool = True) -> AsyncIterator[Client]:
    headers = {"Authorization": f"Bearer {server.key}"}
    url = f"{server.url}?model=gpt-realtime-2.1"
    async with connect(url, additional_headers=headers, compression=None) as socket:
        client = Client(socket)
        if greeted:
            await client.receive("session.created")
        yield client


def audio_of(events: list[dict[str, Any]]) -> bytes:
    """The sound in the deltas of these events."""
    kind = "response.output_audio.delta"
    return b"".join(base64.b64decode(e["delta"]) for e in events if e["type"] == kind)
