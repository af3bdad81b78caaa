"""The carrier's media websocket."""

import contextlib

from fastapi import APIRouter
from loguru import logger
from starlette.websockets import WebSocket, WebSocketDisconnect

from bot.calls import Desk
from bot.media import NotAStream, SocketClosed, read_start
from bot.server.guard import Guard

POLICY_VIOLATION = 1008


class StarletteSocket:
    """A Starlette websocket as the media path sees it (`bot.media.MediaSocket`)."""

    def __init__(self, websocket: WebSocket) -> None:
        self._websocket = websocket

    async def receive(self) -> str | bytes:
        try:
            message = await self._websocket.receive()
        except RuntimeError as error:  # Starlette's word for a socket that is closed already
            raise SocketClosed from error
        if message["type"] == "websocket.disconnect":
            raise SocketClosed
        text: str | None = message.get("text")
        return text if text is not None else message.get("bytes") or b""

    async def send(self, message: str) -> None:
        try:
            await self._websocket.send_text(message)
        except (WebSocketDisconnect, RuntimeError) as error:
            raise SocketClosed from error

    async def close(self, code: int = 1000) -> None:
        with contextlib.suppress(WebSocketDisconnect, RuntimeError):
            await self._websocket.close(code)


def media(desk: Desk, guard: Guard) -> APIRouter:
    """WS /twilio/stream, also with a worker behind it, which has routed the stream to this one.

    A stranger is turned away before anything is built for him.
    """
    router = APIRouter()

    @router.websocket("/twilio/stream")
    @router.websocket("/twilio/stream/{worker:int}")
    async def stream(websocket: WebSocket) -> None:
        if not guard.is_carrier(websocket):
            logger.warning("refused: a stream without the carrier's signature")
            await websocket.close(POLICY_VIOLATION)
            return
        await websocket.accept()
        socket = StarletteSocket(websocket)
        try:
            start = await read_start(socket)
        except NotAStream as error:
            logger.warning("refused: {}", error)
            await socket.close(POLICY_VIOLATION)
            return
        if not await desk.stream(socket, start):
            logger.warning("refused: a stream whose token fits no waiting call")
            await socket.close(POLICY_VIOLATION)

    return router
