"""Proof that a request comes from Twilio: the X-Twilio-Signature header.

Source: twilio.com/docs/usage/security. The signature is base64(HMAC-SHA1(Auth Token, URL +
sorted form parameters)). The URL is always built from our public address, never from what the
request says about itself: behind a proxy that would be wrong, and a caller could choose it.
"""

from __future__ import annotations

import hmac
from collections.abc import Iterable, Iterator, Sequence
from urllib.parse import urlsplit

from twilio.request_validator import RequestValidator

from bot.carriers.twilio.misfits import Misfits


class TwilioSignatures:
    """Checks signatures made with any of our Auth Tokens (two of them while one is rotated).

    Only HMAC-SHA1 with a configured token passes. The header with which an account may announce
    another key or algorithm is not read at all: a caller must not choose how it is checked.
    """

    def __init__(self, *, auth_tokens: Sequence[str], public_url: str) -> None:
        """`public_url` is the http(s) base that Twilio sees, with or without a path prefix."""
        if isinstance(auth_tokens, str):
            raise ValueError("auth_tokens must be a list of tokens, not one text")
        tokens = [token.strip() for token in auth_tokens]
        if not tokens or not all(tokens):
            raise ValueError("At least one Auth Token is needed to check signatures, none empty")
        base = urlsplit(public_url.strip())
        if base.scheme not in ("http", "https") or not base.hostname:
            raise ValueError("The public URL must look like https://example.com")
        self.misfits = Misfits(public_url=public_url)
        self._validators = tuple(RequestValidator(token) for token in tokens)
        self._secure = base.scheme == "https"
        self._prefix = base.path.rstrip("/")
        self._hosts = _forms_of_host(
            base.hostname, base.port or (443 if self._secure else 80), base.netloc
        )

    def webhook_ok(
        self,
        *,
        path: str,
        query: str,
        params: Iterable[tuple[str, str]],
        signature: str | None,
    ) -> bool:
        """True when Twilio signed this webhook. Never raises.

        `path` and `query` (without "?") as they came over the wire; `params` are the decoded
        form fields of a POST, repeated ones as often as they came, and empty for a GET.
        """
        try:
            urls = self._urls("https" if self._secure else "http", path, query)
            return self._matches(urls, _Form(params), signature)
        except (AttributeError, TypeError, ValueError):
            return False

    def upgrade_ok(self, *, path: str, signature: str | None) -> bool:
        """True when Twilio signed this websocket upgrade. Never raises.

        Twilio signs the `<Stream>` URL without parameters, in some cases with a "/" after it;
        ws and http forms of the scheme are both accepted. The signature is the same for every
        call: who the call is must be shown by a token of its own in the `start` message.
        """
        try:
            bare = path.rstrip("/")
            schemes = ("wss", "https") if self._secure else ("ws", "http")
            urls = (
                url
                for scheme in schemes
                for form in (bare, f"{bare}/")
                for url in self._urls(scheme, form, "")
            )
            return self._matches(urls, _Form(()), signature)
        except (AttributeError, TypeError, ValueError):
            return False

    def _urls(self, scheme: str, path: str, query: str) -> Iterator[str]:
        target = f"{self._prefix}{path}?{query}" if query else f"{self._prefix}{path}"
        return (f"{scheme}://{host}{target}" for host in self._hosts)

    def _matches(self, urls: Iterable[str], form: _Form, signature: str | None) -> bool:
        if not signature:
            return False
        claimed = signature.encode()
        return any(
            hmac.compare_digest(validator.compute_signature(url, form).encode(), claimed)
            for url in urls
            for validator in self._validators
        )


class _Form(dict[str, list[str]]):
    """Form fields in the shape in which the twilio package signs all values of a name."""

    def __init__(self, pairs: Iterable[tuple[str, str]]) -> None:
        super().__init__()
        for name, value in pairs:
            self.setdefault(name, []).append(value)

    def getlist(self, name: str) -> list[str]:
        return self[name]


def _forms_of_host(hostname: str, port: int, netloc: str) -> tuple[str, ...]:
    """The host without and with its port, and as written in the public URL.

    Twilio leaves out port and user for https and keeps the port for http, not always
    consistently; the twilio package's own way to drop a port fails on a user or on IPv6.
    """
    host = f"[{hostname}]" if ":" in hostname else hostname
    return tuple(dict.fromkeys((host, f"{host}:{port}", netloc)))
