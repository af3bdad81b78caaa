"""The carrier's media websocket."""

from fastapi import APIRouter
from loguru import logger
from starlette.websockets import WebSocket

from bot.calls import Desk
from bot.media import NotAStream, read_start
from bot.server.guard import Guard
from bot.server.socket import CarrierSocket

POLICY_VIOLATION = 1008


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
        socket = CarrierSocket(websocket)
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
