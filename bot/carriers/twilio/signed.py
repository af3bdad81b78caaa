"""Forms that Twilio has signed, and what they say."""

from collections.abc import Awaitable, Callable
from typing import TypeVar
from urllib.parse import urlencode

from fastapi import HTTPException, Request, Response
from loguru import logger
from starlette.datastructures import FormData

from bot.calls import Webhook, WebhookAnswer
from bot.calls.colleagues import FORWARDED
from bot.carriers.twilio.signatures import TwilioSignatures
from bot.carriers.twilio.webhooks import BadWebhook, Form
from bot.server.entrance import asker_of

Event = TypeVar("Event")


# The answer of the process that has the call; None: it is to be answered here.
Forward = Callable[[str, Webhook], Awaitable[WebhookAnswer | None]]


class AnsweredElsewhere(Exception):
    """The process that has the call has answered the webhook."""

    def __init__(self, answer: WebhookAnswer) -> None:
        super().__init__("answered by another process")
        self.answer = answer


async def answered_elsewhere(request: Request, error: Exception) -> Response:
    """Passes on what the other process has answered."""
    assert isinstance(error, AnsweredElsewhere)
    answer = error.answer
    return Response(answer.body, status_code=answer.status, media_type=answer.media_type or None)


def signed_form_by(
    signatures: TwilioSignatures, forward: Forward | None = None
) -> Callable[[Request], Awaitable[dict[str, str]]]:
    """What a route depends on to be given such a form. One about a call of another process is
    forwarded to that, and answered by it.
    """

    async def signed_form(request: Request) -> dict[str, str]:
        """The form of a webhook that Twilio has signed; the entrance bounds it.

        Raises:
            HTTPException: 403 when Twilio has not signed it.
            AnsweredElsewhere: by the process that has the call.
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
        call_id = request.query_params.get("call", "")
        if forward is not None and call_id and not hasattr(request.state, FORWARDED):
            answer = await forward(call_id, _webhook(request, pairs))
            if answer is not None:
                raise AnsweredElsewhere(answer)
        return _texts(form)

    return signed_form


def read(reader: Callable[[Form], Event], form: dict[str, str]) -> Event:
    """What a form says. Raises HTTPException: 400 when it cannot be understood."""
    try:
        return reader(form)
    except BadWebhook as bad:
        logger.warning("a webhook cannot be read: {}", bad, event="webhook_unreadable")
        raise HTTPException(400, str(bad)) from bad


def _webhook(request: Request, pairs: list[tuple[str, str]]) -> Webhook:
    return Webhook(
        path=request.url.path,
        query=request.url.query,
        headers={
            "content-type": "application/x-www-form-urlencoded",
            "x-twilio-signature": request.headers.get("x-twilio-signature", ""),
        },
        body=urlencode(pairs),
    )


def _texts(form: FormData) -> dict[str, str]:
    return {name: value for name, value in form.items() if isinstance(value, str)}
