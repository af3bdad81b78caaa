"""What Twilio asks and tells over HTTP, each request with its signature."""

from collections.abc import Awaitable, Callable
from typing import Annotated, TypeVar

from fastapi import APIRouter, Depends, HTTPException, Request, Response
from loguru import logger
from starlette.datastructures import FormData

from bot.calls import CallService, Replayed
from bot.carriers.answers import Answer
from bot.carriers.twilio import webhooks
from bot.carriers.twilio.addresses import PREFIX, Addresses
from bot.carriers.twilio.instructions import document
from bot.carriers.twilio.signatures import TwilioSignatures
from bot.carriers.twilio.webhooks import BadWebhook, Form
from bot.server.entrance import asker_of

Event = TypeVar("Event")


def routes(calls: CallService, signatures: TwilioSignatures, addresses: Addresses) -> APIRouter:
    """The routes below /twilio. Each answers 403 to a request not signed by Twilio."""
    router = APIRouter(prefix=PREFIX, include_in_schema=False)
    signed = Depends(_signed_form(signatures))
    Signed = Annotated[dict[str, str], signed]  # noqa: N806

    def told(answer: Answer) -> Response:
        return Response(document(answer, addresses), media_type="application/xml")

    @router.post("/incoming")
    async def incoming(form: Signed) -> Response:
        """POST /twilio/incoming: a caller arrives, or comes back from the queue."""
        try:
            return told(await calls.inbound.take(_read(webhooks.incoming_call, form)))
        except Replayed as replayed:
            logger.warning("refused: {}", replayed, event="webhook_replayed")
            raise HTTPException(403, "this call has been answered") from replayed

    @router.post("/status")
    async def status(form: Signed, call: str = "") -> Response:
        """A call has moved on."""
        calls.callbacks.status(_read(webhooks.status_update, form), call)
        return Response(status_code=204)

    @router.post("/machine")
    async def machine(form: Signed, call: str = "") -> Response:
        """Who has answered, as far as Twilio can tell."""
        calls.callbacks.machine_detected(_read(webhooks.machine_detected, form), call)
        return Response(status_code=204)

    @router.post("/stream-ended")
    async def stream_ended(form: Signed, call: str = "") -> Response:
        """The stream is over: what comes next?"""
        return told(await calls.callbacks.stream_ended(_read(webhooks.stream_ended, form), call))

    @router.post("/dialled")
    async def dialled(form: Signed, call: str = "") -> Response:
        """The attempt to put a caller through is over: what comes next?"""
        return told(await calls.callbacks.dial_ended(_read(webhooks.dial_ended, form), call))

    return router


def _signed_form(signatures: TwilioSignatures) -> Callable[[Request], Awaitable[dict[str, str]]]:
    async def signed_form(request: Request) -> dict[str, str]:
        """The form of a webhook that Twilio has signed; the entrance bounds it.

        Raises:
            HTTPException: 403 when Twilio has not signed it.
        """
        form = await request.form()
        pairs = [(name, value) for name, value in form.multi_items() if isinstance(value, str)]
        if not signatures.webhook_ok(
            path=request.url.path,
            query=request.url.query,
            params=pairs,
            signature=request.headers.get("x-twilio-signature"),
        ):
            logger.warning(
                "refused: {} without the carrier's signature",
                request.url.path,
                event="webhook_unsigned",
            )
            signatures.misfits.refused(request)
            raise HTTPException(403, "this address is for the carrier")
        asker_of(request.scope).known()
        return _texts(form)

    return signed_form


def _read(read: Callable[[Form], Event], form: dict[str, str]) -> Event:
    try:
        return read(form)
    except BadWebhook as bad:
        logger.warning("a webhook cannot be read: {}", bad, event="webhook_unreadable")
        raise HTTPException(400, str(bad)) from bad


def _texts(form: FormData) -> dict[str, str]:
    return {name: value for name, value in form.items() if isinstance(value, str)}
