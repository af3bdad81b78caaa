"""Signatures that do not fit: a line in the log says what to check."""

from urllib.parse import urlsplit

from loguru import logger
from starlette.requests import HTTPConnection

from bot.clock import monotonic

HINT_EVERY_SECS = 60.0
LONGEST_HOST = 253  # of a name that exists


class Misfits:
    """Requests whose signature does not fit. Anyone can send them, so the line is written once a
    minute at most, for webhooks and streams together.
    """

    def __init__(self, *, public_url: str) -> None:
        self._public_url = public_url
        self._hint_after = 0.0  # monotonic

    def refused(self, request: HTTPConnection) -> None:
        """This one was; where it bears no signature at all there is nothing to check."""
        if not request.headers.get("x-twilio-signature") or monotonic() < self._hint_after:
            return
        self._hint_after = monotonic() + HINT_EVERY_SECS
        logger.warning(
            "signature does not fit {}{}: check TWILIO_AUTH_TOKEN and PUBLIC_URL{}",
            self._public_url,
            request.url.path,
            self._other_host(request),
            event="signature_refused",
        )

    def _other_host(self, request: HTTPConnection) -> str:
        asked = request.headers.get("x-forwarded-host") or request.headers.get("host", "")
        ours = urlsplit(self._public_url)
        if asked in (ours.netloc, ours.hostname) or asked.startswith(("127.0.0.1", "localhost")):
            return ""
        return f" (the request was for the host {asked[:LONGEST_HOST]})"
