"""Whether a client of our API is allowed: by a key. The carrier shows its signature instead."""

import hmac
from collections.abc import Sequence

from starlette.datastructures import Headers


class Guard:
    """Knows the keys of our API."""

    def __init__(self, *, api_keys: Sequence[str]) -> None:
        self._api_keys = [key.encode() for key in api_keys if key]

    def has_key(self, headers: Headers) -> bool:
        """Whether a request with these headers carries one of our keys as its bearer."""
        scheme, _, key = headers.get("authorization", "").partition(" ")
        given = key.strip().encode()
        fits = [hmac.compare_digest(given, known) for known in self._api_keys]
        return scheme.lower() == "bearer" and any(fits)
