"""The websocket of a browser: who is signed in, then Media Streams as with Twilio."""

from collections.abc import Awaitable, Callable, Mapping

from fastapi import APIRouter
from loguru import logger
from starlette.websockets import WebSocket

from bot.calls import CallService
from bot.carriers import CallStatus, StatusUpdate
from bot.carriers.browser.lines import BrowserLines, is_of_browser
from bot.carriers.twilio.handshake import NotAStream, read_start
from bot.carriers.twilio.leg import TwilioLeg
from bot.carriers.twilio.socket import CarrierSocket

POLICY_VIOLATION = 1008
STREAM = "/console/phone/stream"

# Whether a request with these headers comes from a page of ours whose user may make calls.
MayCall = Callable[[Mapping[str, str]], Awaitable[bool]]


def browser_stream_route(calls: CallService, lines: BrowserLines, may_call: MayCall) -> APIRouter:
    """WS /console/phone/stream, also with the worker that has the call."""
    router = APIRouter()

    @router.websocket(STREAM)
    @router.websocket(STREAM + "/{worker:int}")
    async def stream(websocket: WebSocket) -> None:
        if not await may_call(websocket.headers):
            logger.warning("refused: a browser that may not call", event="browser_stream_refused")
            await websocket.close(POLICY_VIOLATION)
            return
        await websocket.accept()
        socket = CarrierSocket(websocket)
        try:
            start = await read_start(socket)
        except NotAStream as error:
            logger.warning("refused: {}", error, event="browser_stream_refused")
            await socket.close(POLICY_VIOLATION)
            return
        call_sid = start.call_sid
        if not is_of_browser(call_sid) or lines.has(call_sid):
            await socket.close(POLICY_VIOLATION)
            return
        lines.connected(call_sid, socket)
        try:
            leg = TwilioLeg(socket, stream_sid=start.stream_sid)
            token = start.parameters.get("token", "")
            if not await calls.stream(leg, token=token, call_sid=call_sid):
                logger.warning(
                    "refused: a browser whose token fits no waiting call",
                    event="browser_stream_refused",
                )
                await socket.close(POLICY_VIOLATION)
                return
        finally:
            lines.gone(call_sid)
            calls.callbacks.status(StatusUpdate(call_sid=call_sid, status=CallStatus.COMPLETED))

    return router
