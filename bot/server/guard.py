"""Who may speak to us: the carrier by its signature, API clients by their key."""

import hmac
from collections.abc import Sequence

from fastapi import HTTPException, Request, WebSocket
from loguru import logger
from starlette.datastructures import FormData, Headers

from bot.carriers import TwilioSignatures
from bot.server.entrance import visit_of


class Guard:
    """Checks requests. What is refused of the carrier's leaves one line in the log."""

    def __init__(self, *, signatures: TwilioSignatures, api_keys: Sequence[str]) -> None:
        self._signatures = signatures
        self._api_keys = [key.encode() for key in api_keys if key]

    async def carrier_form(self, request: Request) -> dict[str, str]:
        """The form of a webhook that the carrier has signed; the entrance bounds it.

        Raises:
            HTTPException: 403 when it is not signed by the carrier.
        """
        form = await request.form()
        pairs = [(name, value) for name, value in form.multi_items() if isinstance(value, str)]
        if not self._signatures.webhook_ok(
            path=request.url.path,
            query=request.url.query,
            params=pairs,
            signature=request.headers.get("x-twilio-signature"),
        ):
            logger.warning("refused: {} without the carrier's signature", request.url.path)
            raise HTTPException(403, "this address is for the carrier")
        visit_of(request.scope).known()
        return _texts(form)

    def is_carrier(self, websocket: WebSocket) -> bool:
        """Whether the carrier has signed this websocket upgrade."""
        return self._signatures.upgrade_ok(
            path=websocket.url.path, signature=websocket.headers.get("x-twilio-signature")
        )

    def has_key(self, headers: Headers) -> bool:
        """Whether a request with these headers carries one of our keys as its bearer."""
        scheme, _, key = headers.get("authorization", "").partition(" ")
        given = key.strip().encode()
        fits = [hmac.compare_digest(given, known) for known in self._api_keys]
        return scheme.lower() == "bearer" and any(fits)


def _texts(form: FormData) -> dict[str, str]:
    return {name: value for name, value in form.items() if isinstance(value, str)}
