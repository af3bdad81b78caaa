"""A body has a deadline by its length, whoever sends it and whatever reads it."""

import asyncio

import pytest
from fastapi import HTTPException
from starlette.types import Message, Receive, Scope, Send

from bot.server.entrance import FIRST_SECS, Entrance

UPLOAD = {"content-type": "multipart/form-data; boundary=x"}


class Dripping:
    """A sender who needs so long for each part; a path that reads what comes."""

    def __init__(self, part: bytes, *, every_secs: float, parts: int | None) -> None:
        self._part, self._every_secs, self._left = part, every_secs, parts
        self.taken = 0

    async def receive(self) -> Message:
        await asyncio.sleep(self._every_secs)
        if self._left is not None:
            self._left -= 1
        return {"type": "http.request", "body": self._part, "more_body": self._left != 0}

    async def app(self, scope: Scope, receive: Receive, send: Send) -> None:
        more = True
        while more:
            message = await receive()
            self.taken += len(message["body"])
            more = message["more_body"]
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await send({"type": "http.response.body"})

    async def sent(self, headers: dict[str, str]) -> tuple[int, float]:
        """The answer's status, and when it came."""
        began, said = asyncio.get_running_loop().time(), []

        async def send(message: Message) -> None:
            said.append(message)

        app = Entrance(self.app, has_key=lambda headers: True)
        scope = {
            "type": "http",
            "method": "POST",
            "path": "/batches",
            "headers": [(name.encode(), value.encode()) for name, value in headers.items()],
        }
        try:
            await app(scope, self.receive, send)
        except HTTPException as refused:  # met by the route that reads the form
            return refused.status_code, asyncio.get_running_loop().time() - began
        return said[0]["status"], asyncio.get_running_loop().time() - began


@pytest.mark.parametrize("headers", [{}, UPLOAD], ids=["form", "file"])
@pytest.mark.parametrize("every_secs", [0.5, 5.0, 3600.0])
async def test_a_body_that_drips_is_given_up(headers: dict[str, str], every_secs: float) -> None:
    """After 15 s: 408, however often a byte comes."""
    status, after_secs = await Dripping(b"x", every_secs=every_secs, parts=None).sent(headers)
    assert status == 408
    assert FIRST_SECS <= after_secs <= FIRST_SECS + 0.1


@pytest.mark.parametrize("headers", [{}, UPLOAD], ids=["form", "file"])
async def test_a_long_body_has_its_time(headers: dict[str, str]) -> None:
    """One that comes at 40 KiB a second is taken whole, though it needs longer than a short one."""
    dripping = Dripping(b"x" * 40_960, every_secs=1.0, parts=25)
    status, after_secs = await dripping.sent(headers)
    assert (status, dripping.taken) == (200, 25 * 40_960)
    assert after_secs > FIRST_SECS
