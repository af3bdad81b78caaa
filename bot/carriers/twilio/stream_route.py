"""The websocket of Media Streams, from its signature to the call it belongs to."""

from fastapi import APIRouter
from loguru import logger
from starlette.websockets import WebSocket

from bot.calls import CallService
from bot.carriers.twilio.addresses import PREFIX
from bot.carriers.twilio.handshake import NotAStream, read_start
from bot.carriers.twilio.leg import TwilioLeg
from bot.carriers.twilio.signatures import TwilioSignatures
from bot.carriers.twilio.socket import CarrierSocket

POLICY_VIOLATION = 1008


def stream_route(calls: CallService, signatures: TwilioSignatures) -> APIRouter:
    """WS /twilio/stream, also with a worker behind it, which has routed the stream to this one.

    A stranger is turned away before anything is built for them.
    """
    router = APIRouter(prefix=PREFIX)

    @router.websocket("/stream")
    @router.websocket("/stream/{worker:int}")
    async def stream(websocket: WebSocket) -> None:
        if not signatures.upgrade_ok(
            path=websocket.url.path, signature=websocket.headers.get("x-twilio-signature")
        ):
            signatures.misfits.refused(websocket)
            logger.warning(
                "refused: a stream without the carrier's signature", event="stream_unsigned"
            )
            await websocket.close(POLICY_VIOLATION)
            return
        await websocket.accept()
        socket = CarrierSocket(websocket)
        try:
            start = await read_start(socket)
        except NotAStream as error:
            logger.warning("refused: {}", error, event="stream_malformed")
            await socket.close(POLICY_VIOLATION)
            return
        leg = TwilioLeg(socket, stream_sid=start.stream_sid)
        token, call = start.parameters.get("token", ""), start.parameters.get("call", "")
        if not await calls.stream(leg, token=token, call_sid=start.call_sid, call_id=call):
            logger.warning(
                "refused: a stream whose token fits no waiting call", event="stream_unknown"
            )
            await socket.close(POLICY_VIOLATION)

    return router
