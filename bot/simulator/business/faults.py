"""Faults of a web service, at the wire: it answers late, with an error, or not at all."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass

from starlette.types import ASGIApp, Receive, Scope, Send


@dataclass(kw_only=True)
class BusinessFaults:
    """What goes wrong from now on; may be changed between two requests."""

    delay_secs: float = 0.0  # before a request is worked on
    fail_next: int = 0  # so many requests are not worked on, but answered `fail_status`
    fail_status: int = 503
    drop_next: int = 0  # so many requests are worked on, but their connection breaks


class FaultyService:
    """Stands before an ASGI application. `hang_up(scope)` breaks a request's connection."""

    def __init__(
        self, app: ASGIApp, faults: BusinessFaults, hang_up: Callable[[Scope], None]
    ) -> None:
        self._app = app
        self._faults = faults
        self._hang_up = hang_up

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            return await self._app(scope, receive, send)
        faults = self._faults
        if faults.fail_next > 0:
            faults.fail_next -= 1
            return await _fail(faults.fail_status, send)
        dropped = faults.drop_next > 0
        faults.drop_next -= dropped
        if faults.delay_secs:
            await asyncio.sleep(faults.delay_secs)
        if not dropped:
            return await self._app(scope, receive, send)
        await self._app(scope, receive, _unheard)
        self._hang_up(scope)
        while (await receive())["type"] != "http.disconnect":
            pass


async def _fail(status: int, send: Send) -> None:
    await send({"type": "http.response.start", "status": status, "headers": []})
    await send({"type": "http.response.body", "body": b""})


async def _unheard(message: object) -> None:
    """Takes the place of `send` for an answer that will not arrive."""
