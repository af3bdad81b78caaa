"""The HTTP client of MCP servers: only where requests may go, and no answer without end."""

from collections.abc import AsyncIterator, Mapping

import httpx
import httpx2

from bot.egress import Egress
from bot.trust import machine_trust

MOST_BYTES = 256 * 1024  # of one answer: the package reads all of it between two pieces of sound
REQUEST_SECS = 12.0
STREAM_SECS = 300.0  # without a word on a stream that waits for events


class GuardedMcpTransport(httpx2.AsyncBaseTransport):
    """As `bot.egress.GuardedTransport`, for the client that the `mcp` package uses."""

    def __init__(self, egress: Egress) -> None:
        self._egress = egress
        self._transport = httpx2.AsyncHTTPTransport(verify=machine_trust())

    async def handle_async_request(self, request: httpx2.Request) -> httpx2.Response:
        url = request.url
        port = url.port or (443 if url.scheme == "https" else 80)
        try:
            addresses = await self._egress.addresses(url.host, port)
        except httpx.ConnectError as error:
            raise httpx2.ConnectError(str(error)) from error
        for last, address in enumerate(addresses, start=1 - len(addresses)):
            guarded = httpx2.Request(
                request.method,
                url.copy_with(host=address),
                headers=request.headers,  # Host among them, as it was
                stream=request.stream,
                extensions={**request.extensions, "sni_hostname": url.host},
            )
            try:
                response = await self._transport.handle_async_request(guarded)
                break
            except (httpx2.ConnectError, httpx2.ConnectTimeout):  # nothing was sent
                if last == 0:
                    raise
        if "json" in response.headers.get("Content-Type", ""):
            response.stream = _Bounded(response.stream)
        return response

    async def aclose(self) -> None:
        await self._transport.aclose()


class _Bounded(httpx2.AsyncByteStream):
    """At most `MOST_BYTES` of a body."""

    def __init__(self, stream: httpx2.SyncByteStream | httpx2.AsyncByteStream) -> None:
        if not isinstance(stream, httpx2.AsyncByteStream):
            raise TypeError("an asynchronous transport gives asynchronous streams")
        self._stream = stream

    async def __aiter__(self) -> AsyncIterator[bytes]:
        came = 0
        async for chunk in self._stream:
            came += len(chunk)
            if came > MOST_BYTES:
                raise httpx2.ReadError(f"the answer is longer than {MOST_BYTES} bytes")
            yield chunk

    async def aclose(self) -> None:
        await self._stream.aclose()


def mcp_client(egress: Egress, headers: Mapping[str, str]) -> httpx2.AsyncClient:
    """One client for one server; it asks no proxy of the environment's."""
    return httpx2.AsyncClient(
        transport=GuardedMcpTransport(egress),
        headers={**headers, "Accept-Encoding": "identity"},
        follow_redirects=False,
        trust_env=False,
        timeout=httpx2.Timeout(REQUEST_SECS, read=STREAM_SECS),
    )
