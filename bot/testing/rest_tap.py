"""Between the service and the carrier's REST API: what was asked of it, and replies held back."""

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from urllib.parse import parse_qsl

import httpx
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from bot.simulator.loopback_client import loopback_client
from bot.simulator.loopback_server import LoopbackServer


@dataclass(frozen=True, kw_only=True)
class RestRequest:
    """One request of the service to the carrier's REST API."""

    method: str
    path: str
    form: Mapping[str, str]
    status: int


@dataclass(kw_only=True)
class RestTap:
    """Between the service and the carrier's REST API: notes requests, may hold replies back."""

    carrier_url: str
    requests: list[RestRequest] = field(default_factory=list)
    late_secs: float = 0.0  # a reply is held back this long; the carrier has done its work by then

    def completions(self, call_sid: str) -> list[RestRequest]:
        """Requests to end this call that the carrier carried out."""
        return [r for r in self._updates(call_sid) if "Status" in r.form and r.status == 200]

    def redirects(self, call_sid: str) -> list[RestRequest]:
        """Requests to have this call run other TwiML that the carrier carried out."""
        return [r for r in self._updates(call_sid) if "Twiml" in r.form and r.status == 200]

    def _updates(self, call_sid: str) -> list[RestRequest]:
        return [r for r in self.requests if r.path.endswith(f"/{call_sid}.json")]

    @asynccontextmanager
    async def open(self) -> AsyncIterator[str]:
        """Where the service finds the tapped API."""
        async with loopback_client(base_url=self.carrier_url) as client:

            async def app(scope: Scope, receive: Receive, send: Send) -> None:
                request = Request(scope, receive)
                response = await self._forward(request, client)
                await response(scope, receive, send)

            async with LoopbackServer(app) as server:
                yield server.url

    async def _forward(self, request: Request, client: httpx.AsyncClient) -> Response:
        body = await request.body()
        wanted = ("authorization", "content-type")
        answer = await client.request(
            request.method,
            request.url.path,
            params=request.query_params,
            content=body,
            headers={name: request.headers[name] for name in wanted if name in request.headers},
            timeout=60.0,
        )
        self.requests.append(
            RestRequest(
                method=request.method,
                path=request.url.path,
                form=dict(parse_qsl(body.decode())),
                status=answer.status_code,
            )
        )
        await asyncio.sleep(self.late_secs)
        kind = answer.headers.get("content-type")
        told = {"Date": answer.headers["date"]} if "date" in answer.headers else None
        return Response(answer.content, answer.status_code, headers=told, media_type=kind)
