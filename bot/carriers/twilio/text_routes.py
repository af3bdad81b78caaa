"""What Twilio tells of text messages over HTTP, each request with its signature."""

from typing import Annotated, Protocol

from fastapi import APIRouter, Depends, HTTPException, Response

from bot.carriers.texts import TextMoved, TextReceived
from bot.carriers.twilio.addresses import PREFIX
from bot.carriers.twilio.signatures import TwilioSignatures
from bot.carriers.twilio.signed import read, signed_form_by
from bot.carriers.twilio.text_webhooks import text_moved, text_received
from tools import Unavailable

NO_REPLY = "<?xml version='1.0' encoding='UTF-8'?><Response/>"


class Texts(Protocol):
    """Who is told of texts."""

    async def received(self, text: TextReceived) -> None:
        """Raises Unavailable: it is not kept, and may be told again."""
        ...

    async def moved(self, moved: TextMoved, text_id: str) -> None: ...


def text_routes(texts: Texts, signatures: TwilioSignatures) -> APIRouter:
    """The routes of texts below /twilio. Each answers 403 to a request not signed by Twilio."""
    router = APIRouter(prefix=PREFIX, include_in_schema=False)
    signed = Depends(signed_form_by(signatures))
    Signed = Annotated[dict[str, str], signed]  # noqa: N806

    @router.post("/text")
    async def incoming(form: Signed) -> Response:
        """An inbound text. What we reply, if anything, is a text of its own."""
        try:
            await texts.received(read(text_received, form))
        except Unavailable as away:
            raise HTTPException(503, "the database does not take it yet") from away
        return Response(NO_REPLY, media_type="application/xml")

    @router.post("/text-status")
    async def status(form: Signed, text: str = "") -> Response:
        """A text of ours has come further."""
        await texts.moved(read(text_moved, form), text)
        return Response(status_code=204)

    return router
