"""The wire under the twilio package: its REST requests over one shared httpx pool."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from urllib.parse import urlsplit

import httpx
from twilio.http.response import Response

from bot.carriers import errors
from bot.carriers.twilio import refusals
from bot.carriers.twilio.loopback import is_loopback
from bot.trust import machine_trust

PIECE_BYTES = 64 * 1024  # of a file that is downloaded: each is handled in far under 20 ms


class TwilioHttp:
    """What `twilio.rest.Client` asks of an `http_client`, with another address and a deadline.

    Every request goes to `api_url` instead of the host the package wrote, so that a regional
    or compatible backend, or a simulator, can stand in. Redirects are not followed.
    """

    is_async = True

    def __init__(self, *, api_url: str, timeout_secs: float) -> None:
        base = urlsplit(api_url)
        if base.scheme not in ("http", "https") or not base.hostname:
            raise ValueError("The carrier's API address must look like https://api.twilio.com")
        self._base = f"{base.scheme}://{base.netloc}{base.path.rstrip('/')}"
        self._timeout_secs = timeout_secs
        self._pool = httpx.AsyncClient(
            # Half of the time for connecting: a ConnectTimeout must come before the deadline
            # of the whole request, because it proves that nothing was sent.
            timeout=httpx.Timeout(timeout_secs, connect=timeout_secs / 2, pool=timeout_secs / 2),
            limits=httpx.Limits(max_connections=50, max_keepalive_connections=10),
            verify=machine_trust(),
            trust_env=not is_loopback(base.hostname),  # a proxy cannot reach our own machine
        )

    async def request(
        self,
        method: str,
        uri: str,
        params: Mapping[str, str] | None = None,
        data: Mapping[str, str | list[str]] | None = None,
        headers: Mapping[str, str] | None = None,
        auth: tuple[str, str] | None = None,
        timeout: float | None = None,
        allow_redirects: bool = False,
    ) -> Response:
        """One request, one answer of any status.

        Raises TimeoutError when no answer is complete in time, else what httpx raises.
        """
        path = urlsplit(uri)._replace(scheme="", netloc="").geturl()
        async with asyncio.timeout(timeout or self._timeout_secs):
            answer = await self._pool.request(
                method,
                self._base + path,
                params=params or None,
                data=data or None,
                headers=headers,
                auth=auth,
                follow_redirects=allow_redirects,
            )
        return Response(answer.status_code, answer.text, answer.headers)

    async def download(
        self,
        path: str,
        take: Callable[[bytes], Awaitable[None]],
        *,
        params: Mapping[str, str],
        auth: tuple[str, str],
    ) -> None:
        """The body of a GET, piece by piece, each taken before more is read. To another host, where
        files may lie, a redirect is followed without our credentials.

        Raises CarrierError: there is no such file (`gone`), or it did not come whole.
        """
        try:
            async with self._pool.stream(
                "GET", self._base + path, params=params, auth=auth, follow_redirects=True
            ) as answer:
                if answer.status_code != httpx.codes.OK:
                    raise refusals.refusal(
                        http_status=answer.status_code, code=None, detail="a file"
                    )
                async for piece in answer.aiter_bytes(PIECE_BYTES):
                    await take(piece)
        except httpx.HTTPError as error:
            raise errors.connection_lost() from error

    async def aclose(self) -> None:
        """Close the pool's connections."""
        await self._pool.aclose()
