"""How a simulated caller reaches the server under load."""

import asyncio
import xml.etree.ElementTree as ET
from collections.abc import Mapping
from typing import Protocol
from urllib.parse import urlencode, urlsplit

from picows import WSError, ws_connect
from twilio.request_validator import RequestValidator

from tests.benchmarks.load.caller import LoadCaller

ANSWER_SECS = 20.0  # a service that needs longer has lost the caller


class NotConnected(Exception):
    """The call did not come to a stream: one sentence says why."""


class Dialer(Protocol):
    """One way to begin a call."""

    async def dial(self, caller: LoadCaller) -> None:
        """From the first request until the stream is open. Raises NotConnected."""
        ...


class StreamDialer:
    """Opens the stream, and nothing else: for a server that asks for no more."""

    def __init__(self, url: str) -> None:
        self._url = url

    async def dial(self, caller: LoadCaller) -> None:
        caller.begin()
        await _connect(caller, self._url, {})


class CarrierDialer:
    """As Twilio does: a signed webhook, then the stream that its answer names, signed too."""

    def __init__(
        self, *, server_url: str, public_url: str, auth_token: str, account_sid: str, to: str
    ) -> None:
        """`server_url` is where the server listens, `public_url` what it believes it is."""
        self._server = urlsplit(server_url)
        self._public_url = public_url
        self._validator = RequestValidator(auth_token)
        self._account_sid = account_sid
        self._to = to

    async def dial(self, caller: LoadCaller) -> None:
        form = {
            "AccountSid": self._account_sid,
            "ApiVersion": "2010-04-01",
            "CallSid": caller.call_sid,
            "CallStatus": "ringing",
            "Direction": "inbound",
            "From": f"+1555{2_000_000 + caller.number}",
            "To": self._to,
        }
        path = "/twilio/incoming"
        signature = self._signature(f"{self._public_url}{path}", form)
        caller.begin()
        url, caller.parameters = _stream_of(await self._post(path, form, signature))
        parts = urlsplit(url)
        upgrade = {"X-Twilio-Signature": self._signature(url, {})}
        await _connect(caller, f"ws://{self._server.netloc}{parts.path}", upgrade)

    def _signature(self, url: str, form: Mapping[str, str]) -> str:
        signature: str = self._validator.compute_signature(url, dict(form))
        return signature

    async def _post(self, path: str, form: Mapping[str, str], signature: str) -> str:
        """One HTTP/1.1 request on a connection of its own: an HTTP library would cost the
        generator more than the call does. Returns the body of the answer.
        """
        body = urlencode(form)
        request = (
            f"POST {path} HTTP/1.1\r\nHost: {urlsplit(self._public_url).netloc}\r\n"
            f"Content-Type: application/x-www-form-urlencoded\r\nContent-Length: {len(body)}\r\n"
            f"X-Twilio-Signature: {signature}\r\nConnection: close\r\n\r\n{body}"
        )
        try:
            async with asyncio.timeout(ANSWER_SECS):
                reader, writer = await asyncio.open_connection(
                    self._server.hostname, self._server.port
                )
                try:
                    writer.write(request.encode())
                    answer = (await reader.read()).decode()
                finally:
                    writer.close()
        except (OSError, TimeoutError) as error:
            raise NotConnected(f"the webhook was not answered ({error!r})") from error
        head, _, document = answer.partition("\r\n\r\n")
        status = head.partition("\r\n")[0]
        if " 200 " not in f"{status} ":
            raise NotConnected(f"the webhook was answered {status!r}")
        return document


def _stream_of(twiml: str) -> tuple[str, dict[str, str]]:
    """URL and parameters of the `<Stream>` in this TwiML. Raises NotConnected."""
    try:
        stream = ET.fromstring(twiml).find("Connect/Stream")
    except ET.ParseError as error:
        raise NotConnected(f"the webhook's answer is not TwiML: {error}") from error
    if stream is None:
        raise NotConnected("the service did not put the call on a stream")
    parameters = {p.get("name", ""): p.get("value", "") for p in stream.findall("Parameter")}
    return stream.get("url", ""), parameters


async def _connect(caller: LoadCaller, url: str, headers: Mapping[str, str]) -> None:
    try:
        await ws_connect(
            lambda: caller,
            url,
            extra_headers=dict(headers),
            websocket_handshake_timeout=ANSWER_SECS,
        )
    except (WSError, OSError, TimeoutError) as error:
        raise NotConnected(f"the stream was not accepted ({error!r})") from error
