"""A tiny real service for the carrier to talk to: webhooks, and a websocket, on loopback."""

import asyncio
import base64
import json
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any, NamedTuple
from urllib.parse import parse_qsl

import numpy as np
from fastapi import FastAPI, Request, Response, WebSocket, WebSocketDisconnect
from twilio.request_validator import RequestValidator

from bot.media.g711 import pcm_to_ulaw
from bot.simulator.carrier import Carrier
from bot.simulator.loopback_server import LoopbackServer

ACCOUNT = "AC" + "1" * 32
TOKEN = "not-a-real-token"
LINE = "+15550001111"
PUBLIC = "https://line.example"
STREAM_URL = "wss://line.example/stream"
CONNECT = f'<Connect><Stream url="{STREAM_URL}"/></Connect>'


def tone(ms: int, hz: float = 440.0) -> bytes:
    """A clearly audible tone as μ-law."""
    t = np.arange(ms * 8) / 8000
    return pcm_to_ulaw((np.sin(2 * np.pi * hz * t) * 12000).astype("<i2").tobytes())


class ToneVoice:
    """Speaks every text as 20 ms of tone a character."""

    def render(self, text: str) -> bytes:
        return tone(20 * len(text), 300)


class Received(NamedTuple):
    path: str
    params: dict[str, str]
    signed: bool
    t: float


class Stream:
    """The service's end of one media stream."""

    def __init__(self, socket: WebSocket) -> None:
        self.socket = socket
        self.headers = dict(socket.headers)
        self.messages: list[tuple[float, dict[str, Any]]] = []
        self.sid = ""
        self.close_code: int | None = None
        self.closed = asyncio.Event()
        self._news = asyncio.Condition()

    async def read(self) -> None:
        loop = asyncio.get_running_loop()
        try:
            while True:
                message = json.loads(await self.socket.receive_text())
                self.sid = message.get("streamSid", self.sid)
                async with self._news:
                    self.messages.append((loop.time(), message))
                    self._news.notify_all()
        except WebSocketDisconnect as closed:
            self.close_code = closed.code
        self.closed.set()

    def of(self, event: str) -> list[dict[str, Any]]:
        return [message for _, message in self.messages if message["event"] == event]

    def times(self, event: str) -> list[float]:
        return [t for t, message in self.messages if message["event"] == event]

    async def wait(self, event: str, count: int = 1, timeout_secs: float = 5.0) -> dict[str, Any]:
        async with asyncio.timeout(timeout_secs), self._news:
            await self._news.wait_for(lambda: len(self.of(event)) >= count)
        return self.of(event)[count - 1]

    async def send(self, message: dict[str, Any]) -> float:
        await self.socket.send_text(json.dumps(message))
        return asyncio.get_running_loop().time()

    async def media(self, ulaw: bytes) -> float:
        payload = base64.b64encode(ulaw).decode()
        return await self.send(
            {"event": "media", "streamSid": self.sid, "media": {"payload": payload}}
        )

    async def mark(self, name: str) -> float:
        return await self.send({"event": "mark", "streamSid": self.sid, "mark": {"name": name}})

    async def clear(self) -> float:
        return await self.send({"event": "clear", "streamSid": self.sid})


class Service:
    """Answers every POST with the document of its path; keeps what it received."""

    def __init__(self) -> None:
        self.documents: dict[str, str | Response] = {}
        self.received: list[Received] = []
        self.streams: list[Stream] = []
        self.talk: Callable[[Stream], Awaitable[None]] | None = None
        self.refuse_streams = False
        self._news = asyncio.Condition()
        self._app = FastAPI()
        self._app.add_api_websocket_route("/stream", self._on_stream)
        self._app.add_api_route("/{path:path}", self._on_post, methods=["POST", "GET"])
        self.server = LoopbackServer(self._app, ws=True)

    def answer(self, verbs: str, path: str = "voice") -> None:
        self.documents[path] = f"<Response>{verbs}</Response>"

    def of(self, path: str) -> list[Received]:
        return [request for request in self.received if request.path == path]

    async def wait(self, path: str, count: int = 1, timeout_secs: float = 5.0) -> Received:
        async with asyncio.timeout(timeout_secs), self._news:
            await self._news.wait_for(lambda: len(self.of(path)) >= count)
        return self.of(path)[count - 1]

    async def wait_stream(self, count: int = 1) -> Stream:
        async with asyncio.timeout(5), self._news:
            await self._news.wait_for(lambda: len(self.streams) >= count)
        stream = self.streams[count - 1]
        await stream.wait("start")
        return stream

    async def _on_post(self, request: Request, path: str) -> Response:
        params = dict(parse_qsl((await request.body()).decode(), keep_blank_values=True))
        query = f"?{request.url.query}" if request.url.query else ""
        signed = RequestValidator(TOKEN).validate(
            f"{PUBLIC}/{path}{query}", params, request.headers["x-twilio-signature"]
        )
        async with self._news:
            now = asyncio.get_running_loop().time()
            self.received.append(Received(path, params, signed, now))
            self._news.notify_all()
        document = self.documents.get(path)
        if document is None:
            return Response(status_code=204)
        if isinstance(document, Response):
            return document
        return Response(document, media_type="text/xml")

    async def _on_stream(self, socket: WebSocket) -> None:
        if self.refuse_streams:
            await socket.close()
            return
        await socket.accept()
        stream = Stream(socket)
        async with self._news:
            self.streams.append(stream)
            self._news.notify_all()
        reader = asyncio.create_task(stream.read())
        if self.talk:
            await stream.wait("start")
            await self.talk(stream)
        await reader


class Wire(NamedTuple):
    carrier: Carrier
    service: Service


@asynccontextmanager
async def wire(**options: Any) -> AsyncIterator[Wire]:
    """A carrier and a service that know each other."""
    service = Service()
    await service.server.start()
    settings: dict[str, Any] = {
        "account_sid": ACCOUNT,
        "auth_token": TOKEN,
        "phone_number": LINE,
        "voice_url": f"{PUBLIC}/voice",
        "webhook_base": service.server.url,
        "say_ms_per_char": 1.0,
    }
    carrier = Carrier(**(settings | options))

    async def stop_service() -> None:
        await carrier.closing.wait()
        await carrier.settle()
        await service.server.stop()

    stopping = asyncio.create_task(stop_service())  # beside the carrier: each takes a moment
    try:
        async with carrier:
            yield Wire(carrier, service)
    finally:
        await stopping
