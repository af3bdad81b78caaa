"""Requests of the carrier to the service: signed, form-encoded, with Twilio's deadlines.

The signature covers the public URL; the request goes to where the service really listens.
Source: Twilio, Webhook security and Webhook connection overrides: 15 s in all, 5 s to connect,
and one retry, for failures to connect only.
"""

import secrets
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from http.cookiejar import CookieJar, DefaultCookiePolicy
from urllib.parse import urlencode, urlsplit, urlunsplit

import httpx
from twilio.request_validator import RequestValidator

from bot.simulator.carrier.errors import ApplicationError
from bot.trust import machine_trust

CONNECT_SECS = 5.0
TOTAL_SECS = 15.0
MAX_REDIRECTS = 10
HTTP_TO_WS = {"https": "wss", "http": "ws"}


@dataclass(frozen=True, kw_only=True)
class Reply:
    """What the service answered."""

    status: int
    content_type: str  # without parameters, lower case
    text: str


def signed_form(url: str) -> str:
    """The form of a URL that Twilio signs: without fragment, https without port and userinfo."""
    parts = urlsplit(url)
    netloc = parts.netloc
    if parts.scheme == "https":
        netloc = netloc.rpartition("@")[2].rpartition(":")[0] or netloc.rpartition("@")[2]
    return urlunsplit((parts.scheme, netloc, parts.path, parts.query, ""))


def local_form(url: str, webhook_base: str | None) -> str:
    """Where a public URL is really served: scheme and host of `webhook_base`, the rest kept."""
    if webhook_base is None:
        return url
    parts, base = urlsplit(url), urlsplit(webhook_base)
    scheme = HTTP_TO_WS[base.scheme] if parts.scheme in ("ws", "wss") else base.scheme
    return urlunsplit((scheme, base.netloc, parts.path, parts.query, ""))


class Webhooks:
    """The carrier's HTTP client. One for all calls; keeps no cookies."""

    def __init__(self, *, auth_token: str, webhook_base: str | None) -> None:
        self.webhook_base = webhook_base
        # Of each public URL, in place of `webhook_base`: several processes behind one address.
        self.balancer: Callable[[str], str] | None = None
        self._validator = RequestValidator(auth_token)
        self._client = httpx.AsyncClient(
            timeout=httpx.Timeout(TOTAL_SECS, connect=CONNECT_SECS),
            cookies=CookieJar(DefaultCookiePolicy(allowed_domains=[])),
            headers={"User-Agent": "TwilioProxy/1.1", "Accept": "*/*"},
            follow_redirects=True,
            max_redirects=MAX_REDIRECTS,
            verify=machine_trust(),
            trust_env=False,
        )

    def signature(self, url: str, params: Mapping[str, str]) -> str:
        """X-Twilio-Signature for this URL and these POST parameters."""
        signature: str = self._validator.compute_signature(signed_form(url), dict(params))
        return signature

    def local(self, url: str) -> str:
        """Where to connect for this public URL."""
        base = self.balancer(url) if self.balancer is not None else self.webhook_base
        return local_form(url, base)

    async def request(self, url: str, params: Mapping[str, str], method: str = "POST") -> Reply:
        """Ask the service; raises `ApplicationError` 11200, 11205 or 11215 unless it says 2xx."""
        if method == "GET":
            url = _with_query(url, params)
        headers = {
            "X-Twilio-Signature": self.signature(url, {} if method == "GET" else params),
            "I-Twilio-Idempotency-Token": secrets.token_hex(16),
        }
        form = None if method == "GET" else dict(params)
        response = await self._send(method, url, form, headers)
        if not response.is_success:
            raise ApplicationError(11200, f"the service answered {response.status_code}", url)
        content_type = response.headers.get("content-type", "").partition(";")[0]
        return Reply(
            status=response.status_code,
            content_type=content_type.strip().lower(),
            text=response.text,
        )

    async def _send(
        self, method: str, url: str, form: dict[str, str] | None, headers: dict[str, str]
    ) -> httpx.Response:
        local = self.local(url)
        for attempt in (1, 2):
            try:
                return await self._client.request(method, local, data=form, headers=headers)
            except (httpx.ConnectError, httpx.ConnectTimeout) as error:
                if attempt == 2:
                    raise ApplicationError(11205, f"could not connect: {error}", url) from error
            except httpx.TooManyRedirects as error:
                raise ApplicationError(11215, "too many redirects", url) from error
            except httpx.TimeoutException as error:
                raise ApplicationError(11200, "no answer in time", url) from error
            except (httpx.HTTPError, httpx.InvalidURL) as error:
                raise ApplicationError(11200, f"{type(error).__name__}: {error}", url) from error
        raise AssertionError("the loop returns or raises")

    async def close(self) -> None:
        """Close the pooled connections."""
        await self._client.aclose()


def _with_query(url: str, params: Mapping[str, str]) -> str:
    parts = urlsplit(url)
    query = "&".join(piece for piece in (parts.query, urlencode(params)) if piece)
    return urlunsplit((parts.scheme, parts.netloc, parts.path, query, parts.fragment))
