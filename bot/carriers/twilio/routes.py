"""What Twilio asks and tells over HTTP, each request with its signature."""

from typing import Annotated

from fastapi import APIRouter, Depends, HTTPException, Response
from loguru import logger

from bot.calls import CallService, Replayed
from bot.carriers.answers import Answer
from bot.carriers.twilio import webhooks
from bot.carriers.twilio.addresses import PREFIX, Addresses
from bot.carriers.twilio.instructions import document
from bot.carriers.twilio.signatures import TwilioSignatures
from bot.carriers.twilio.signed import read, signed_form_by


def routes(calls: CallService, signatures: TwilioSignatures, addresses: Addresses) -> APIRouter:
    """The routes below /twilio. Each answers 403 to a request not signed by Twilio."""
    router = APIRouter(prefix=PREFIX, include_in_schema=False)
    signed = Depends(signed_form_by(signatures, calls.forward))
    Signed = Annotated[dict[str, str], signed]  # noqa: N806

    def told(answer: Answer) -> Response:
        return Response(document(answer, addresses), media_type="application/xml")

    @router.post("/incoming")
    async def incoming(form: Signed) -> Response:
        """POST /twilio/incoming: a caller arrives, or comes back from the queue."""
        try:
            return told(await calls.inbound.take(read(webhooks.incoming_call, form)))
        except Replayed as replayed:
            logger.warning("refused: {}", replayed, event="webhook_replayed")
            raise HTTPException(403, "this call has been answered") from replayed

    @router.post("/status")
    async def status(form: Signed, call: str = "") -> Response:
        """A call has moved on."""
        calls.callbacks.status(read(webhooks.status_update, form), call)
        return Response(status_code=204)

    @router.post("/machine")
    async def machine(form: Signed, call: str = "") -> Response:
        """Who has answered, as far as Twilio can tell."""
        calls.callbacks.machine_detected(read(webhooks.machine_detected, form), call)
        return Response(status_code=204)

    @router.post("/stream-ended")
    async def stream_ended(form: Signed, call: str = "") -> Response:
        """The stream is over: what comes next?"""
        return told(await calls.callbacks.stream_ended(read(webhooks.stream_ended, form), call))

    @router.post("/dialled")
    async def dialled(form: Signed, call: str = "") -> Response:
        """The attempt to put a caller through is over: what comes next?"""
        return told(await calls.callbacks.dial_ended(read(webhooks.dial_ended, form), call))

    @router.post("/picked-up")
    async def picked_up(form: Signed, call: str = "") -> Response:
        """The person dialled for a caller has answered."""
        calls.callbacks.picked_up(read(webhooks.picked_up, form), call)
        return Response(status_code=204)

    return router
