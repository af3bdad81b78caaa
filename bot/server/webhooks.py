"""What the carrier asks and tells over HTTP."""

from typing import Annotated, TypeVar

from fastapi import APIRouter, Depends, HTTPException, Response
from loguru import logger

from bot.calls import Desk, Replayed
from bot.carriers import (
    BadWebhook,
    DialEnded,
    IncomingCall,
    MachineDetected,
    StatusUpdate,
    StreamEnded,
)
from bot.server.guard import Guard

Parsed = TypeVar("Parsed", IncomingCall, StatusUpdate, MachineDetected, StreamEnded, DialEnded)


def webhooks(desk: Desk, guard: Guard) -> APIRouter:
    """The routes below /twilio. Each answers 403 to whoever is not the carrier."""
    router = APIRouter(prefix="/twilio", include_in_schema=False)
    Form = Annotated[dict[str, str], Depends(guard.carrier_form)]  # noqa: N806

    @router.post("/incoming")
    async def incoming(form: Form) -> Response:
        """Somebody calls, or comes back from the queue."""
        try:
            return _twiml(await desk.incoming(_parsed(IncomingCall, form)))
        except Replayed as replayed:
            logger.warning("refused: {}", replayed)
            raise HTTPException(403, "this call has been answered") from replayed

    @router.post("/status")
    async def status(form: Form, call: str = "") -> Response:
        """A call has moved on."""
        desk.status(_parsed(StatusUpdate, form), call)
        return Response(status_code=204)

    @router.post("/machine")
    async def machine(form: Form, call: str = "") -> Response:
        """Who has answered, as far as the carrier can tell."""
        desk.machine_detected(_parsed(MachineDetected, form), call)
        return Response(status_code=204)

    @router.post("/stream-ended")
    async def stream_ended(form: Form, call: str = "") -> Response:
        """The stream is over: what comes next?"""
        return _twiml(await desk.stream_ended(_parsed(StreamEnded, form), call))

    @router.post("/dialled")
    async def dialled(form: Form, call: str = "") -> Response:
        """The attempt to put a caller through is over: what comes next?"""
        return _twiml(await desk.dial_ended(_parsed(DialEnded, form), call))

    return router


def _parsed(kind: type[Parsed], form: dict[str, str]) -> Parsed:
    try:
        return kind.parse(form)
    except BadWebhook as bad:
        logger.warning("a webhook cannot be read: {}", bad)
        raise HTTPException(400, str(bad)) from bad


def _twiml(document: str) -> Response:
    return Response(document, media_type="application/xml")
