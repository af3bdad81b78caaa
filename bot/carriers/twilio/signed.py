"""Forms that Twilio has signed, and what they say."""

from collections.abc import Awaitable, Callable
from typing import TypeVar

from fastapi import HTTPException, Request
from loguru import logger
from starlette.datastructures import FormData

from bot.carriers.twilio.signatures import TwilioSignatures
from bot.carriers.twilio.webhooks import BadWebhook, Form
from bot.server.entrance import asker_of

Event = TypeVar("Event")


def signed_form_by(signatures: TwilioSignatures) -> Callable[[Request], Awaitable[dict[str, str]]]:
    """What a route depends on to be given such a form."""

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


def read(reader: Callable[[Form], Event], form: dict[str, str]) -> Event:
    """What a form says. Raises HTTPException: 400 when it cannot be understood."""
    try:
        return reader(form)
    except BadWebhook as bad:
        logger.warning("a webhook cannot be read: {}", bad, event="webhook_unreadable")
        raise HTTPException(400, str(bad)) from bad


def _texts(form: FormData) -> dict[str, str]:
    return {name: value for name, value in form.items() if isinstance(value, str)}
