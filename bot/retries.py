"""What is said when a request is tried again: which, how often by now, and why."""

import re
from urllib.parse import urlsplit

from loguru import logger
from stamina.instrumentation import RetryDetails

_ACCOUNT = re.compile(r".*/Accounts/[^/]+")  # what all addresses of the carrier begin with


def retried(details: RetryDetails) -> None:
    """For `stamina`, which calls it before each pause."""
    logger.warning(
        "attempt {} of {} failed and is repeated in {:.1f} s: {}",
        details.retry_num,
        _request(details.caused_by) or "a request",
        details.wait_for,
        details.caused_by,
        attempt=details.retry_num,
        event="request_retried",
    )


def _request(error: BaseException | None) -> str:
    """Method and path, as far as the error or what caused it tells. Never a query: it may name
    people.
    """
    while error is not None:
        # httpx keeps the request itself, and raises where there is none; twilio its method and URI.
        try:
            request = getattr(error, "request", None)
        except RuntimeError:
            request = None
        method = getattr(request, "method", "") or getattr(error, "method", "")
        address = str(getattr(request, "url", "") or getattr(error, "uri", "") or "")
        if address:
            path = urlsplit(address).path
            return f"{method} {_ACCOUNT.sub('', path) or path}".strip()
        error = error.__cause__ or error.__context__
    return ""
