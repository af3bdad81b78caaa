"""Who may speak to us: the carrier by its signature, API clients by their key."""

import hmac
from collections.abc import Sequence
from urllib.parse import urlsplit

from fastapi import HTTPException, Request, WebSocket
from loguru import logger
from starlette.datastructures import FormData, Headers
from starlette.requests import HTTPConnection

from bot.carriers import TwilioSignatures
from bot.clock import monotonic
from bot.server.entrance import visit_of

HINT_EVERY_SECS = 60.0
LONGEST_HOST = 253  # of a name that exists


class Guard:
    """Checks requests. What is refused of the carrier's leaves one line in the log."""

    def __init__(
        self, *, signatures: TwilioSignatures, public_url: str, api_keys: Sequence[str]
    ) -> None:
        self._signatures = signatures
        self._public_url = public_url
        self._hint_after = 0.0  # monotonic
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
            self._hint(request)
            raise HTTPException(403, "this address is for the carrier")
        visit_of(request.scope).known()
        return _texts(form)

    def is_carrier(self, websocket: WebSocket) -> bool:
        """Whether the carrier has signed this websocket upgrade."""
        fits = self._signatures.upgrade_ok(
            path=websocket.url.path, signature=websocket.headers.get("x-twilio-signature")
        )
        if not fits:
            self._hint(websocket)
        return fits

    def _hint(self, refused: HTTPConnection) -> None:
        """What may be wrong here, where something was signed: anybody can cause it, so it is said
        once a minute at most.
        """
        if not refused.headers.get("x-twilio-signature") or monotonic() < self._hint_after:
            return
        self._hint_after = monotonic() + HINT_EVERY_SECS
        logger.bind(event="signature_refused").warning(
            "signature does not fit {}{}: check TWILIO_AUTH_TOKEN and PUBLIC_URL{}",
            self._public_url,
            refused.url.path,
            self._other_host(refused),
        )

    def _other_host(self, refused: HTTPConnection) -> str:
        asked = refused.headers.get("x-forwarded-host") or refused.headers.get("host", "")
        ours = urlsplit(self._public_url)
        if asked in (ours.netloc, ours.hostname) or asked.startswith(("127.0.0.1", "localhost")):
            return ""
        return f" (the request was for the host {asked[:LONGEST_HOST]})"

    def has_key(self, headers: Headers) -> bool:
        """Whether a request with these headers carries one of our keys as its bearer."""
        scheme, _, key = headers.get("authorization", "").partition(" ")
        given = key.strip().encode()
        fits = [hmac.compare_digest(given, known) for known in self._api_keys]
        return scheme.lower() == "bearer" and any(fits)


def _texts(form: FormData) -> dict[str, str]:
    return {name: value for name, value in form.items() if isinstance(value, str)}
