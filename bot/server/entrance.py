"""What is settled of every request before a route sees it: who asks, and how much may be sent.

A route need not think of either, and a new one cannot forget them. Whoever has shown neither a key
nor the carrier's signature nor a session of the console gets one answer over a connection.
"""

import asyncio
from collections.abc import Callable, Iterable, MutableMapping
from typing import Any, Protocol

from fastapi import HTTPException, Request, Response
from fastapi.responses import JSONResponse
from loguru import logger
from starlette.datastructures import Headers
from starlette.types import ASGIApp, Message, Receive, Scope, Send

MAX_FORM_BYTES = 64 * 1024  # of the carrier's forms, which are read before their signature
MAX_JSON_BYTES = 1024 * 1024  # many times the longest order
MAX_UPLOAD_BYTES = 20 * 1024 * 1024  # of a form with a file: more than a hundred thousand rows
FIRST_SECS = 15.0  # for a body; the carrier sends its own with the head
SLOWEST_BYTES_PER_SEC = 32 * 1024  # of a long one, after that

WITHOUT_KEY = ("/health/live", "/health/ready")
# Below these every request shows a signature instead: the carrier's, or one of ours in a link.
SIGNED = ("/twilio/", "/acknowledge/")

VISITOR = "trunkline.visitor"  # of the ASGI scope's extensions: the connection it came over
_ASKER = "trunkline.asker"  # of the ASGI scope: the `Asker`
_CLOSE = {"Connection": "close"}  # what is still to come of a body is not read


class Asker:
    """One request, and whether its client has shown a key or a signature."""

    def __init__(self, scope: Scope) -> None:
        self.is_known = False
        visitor = scope.get("extensions", {}).get(VISITOR)
        self._tell: Callable[[], None] = visitor.is_known if visitor else lambda: None

    def known(self) -> None:
        """Notes that the key or the signature was right."""
        self.is_known = True
        self._tell()


def asker_of(scope: MutableMapping[str, Any]) -> Asker:
    """The `Asker` of a request."""
    asker: Asker = scope[_ASKER]
    return asker


class Door(Protocol):
    """A part of the service that lets people in by other means than the key."""

    def keeps(self, path: str) -> bool:
        """Whether a path is behind it."""
        ...

    async def refusal(self, scope: MutableMapping[str, Any], asker: Asker) -> ASGIApp | None:
        """What a request is answered that may not pass, unread. None: it may; the asker is known
        unless what it asks for is open to everybody.
        """
        ...


class Entrance:
    """The outermost of our own: 401, 413 and 408 come from here, and what a door refuses.

    A body is read before the route runs, but for a form with a file: that one the route reads, as
    it comes in, and meets HTTPException where it is too long or too slow.
    """

    def __init__(
        self, app: ASGIApp, *, has_key: Callable[[Headers], bool], door: Door | None = None
    ) -> None:
        self._app = app
        self._has_key = has_key
        self._door = door

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        asker = scope[_ASKER] = Asker(scope)
        path, headers = scope["path"], Headers(scope=scope)
        if self._door is not None and self._door.keeps(path):
            if (refused := await self._door.refusal(scope, asker)) is not None:
                await refused(scope, receive, _last(send))
                return
            needs_key = asker.is_known
        else:
            if self._has_key(headers):
                asker.known()
            needs_key = path not in WITHOUT_KEY and not path.startswith(SIGNED)
        try:
            if needs_key and not asker.is_known:
                raise _no_key()
            is_upload = needs_key and headers.get("content-type", "").startswith("multipart/")
            body = Body(receive, most_bytes=_most_bytes(is_upload, needs_key=needs_key))
            body.check_length(headers, must_be_stated=not needs_key)
            take = body.receive if is_upload else await body.read_ahead()
        except HTTPException as error:
            await _answer(error)(scope, receive, send)
            return
        if take is None:
            logger.warning(
                "{} {}: cut off while it was sent",
                scope["method"],
                _known_part(path),
                event="request_cut_off",
            )
            return

        async def answer(message: Message) -> None:
            if message["type"] == "http.response.start" and not (asker.is_known and body.is_whole):
                message["headers"] = closing(message.get("headers", ()))
            await send(message)

        await self._app(scope, take, answer)


def _last(send: Send) -> Send:
    """Sends an answer after which the connection is closed."""

    async def answer(message: Message) -> None:
        if message["type"] == "http.response.start":
            message["headers"] = closing(message.get("headers", ()))
        await send(message)

    return answer


class Body:
    """The body of a request as it comes in: bounded in length, and in time by its length."""

    def __init__(self, receive: Receive, *, most_bytes: int) -> None:
        self.is_whole = False
        self._receive = receive
        self._most_bytes = most_bytes
        self._got_bytes = 0
        self._began = asyncio.get_running_loop().time()

    def check_length(self, headers: Headers, *, must_be_stated: bool) -> None:
        """Raises HTTPException 413 for a length that is too long, or not told."""
        stated = headers.get("content-length", "0")
        if not stated.isdecimal() or int(stated[:20]) > self._most_bytes:
            raise self._too_long()
        if must_be_stated and "transfer-encoding" in headers:
            raise HTTPException(413, "state the length of what you send", _CLOSE)

    async def receive(self) -> Message:
        """The next part of the body. Raises HTTPException: 413, 408."""
        if self.is_whole:
            return await self._receive()
        due = self._began + FIRST_SECS + self._got_bytes / SLOWEST_BYTES_PER_SEC
        try:
            async with asyncio.timeout_at(due):
                message = await self._receive()
        except TimeoutError:
            raise HTTPException(
                408, "what you send comes too slowly: send it again", _CLOSE
            ) from None
        if message["type"] == "http.request":
            self._got_bytes += len(message.get("body", b""))
            if self._got_bytes > self._most_bytes:
                raise self._too_long()
            self.is_whole = not message.get("more_body", False)
        return message

    async def read_ahead(self) -> Receive | None:
        """Reads all of it, and gives what hands it on. None: it was cut off.

        Raises HTTPException.
        """
        parts: list[bytes] = []
        while not self.is_whole:
            message = await self.receive()
            if message["type"] == "http.disconnect":
                return None
            parts.append(message.get("body", b""))
        left = [{"type": "http.request", "body": b"".join(parts), "more_body": False}]

        async def hand_on() -> Message:
            return left.pop() if left else await self._receive()

        return hand_on

    def _too_long(self) -> HTTPException:
        most = f"{self._most_bytes // 1024} KiB"
        if self._most_bytes >= 1024 * 1024:
            most = f"{self._most_bytes // (1024 * 1024)} MB"
        return HTTPException(413, f"the most that can be sent here is {most}", _CLOSE)


def closing(headers: Iterable[tuple[bytes, bytes]]) -> list[tuple[bytes, bytes]]:
    """The headers of an answer after which its connection is closed."""
    kept = [(name, value) for name, value in headers if name.lower() != b"connection"]
    return [*kept, (b"connection", b"close")]


def _most_bytes(is_upload: bool, *, needs_key: bool) -> int:
    if not needs_key:
        return MAX_FORM_BYTES
    return MAX_UPLOAD_BYTES if is_upload else MAX_JSON_BYTES


def _no_key() -> HTTPException:
    why = "send Authorization: Bearer <TRUNKLINE_API_KEY>"
    return HTTPException(401, why, {"WWW-Authenticate": "Bearer", **_CLOSE})


def _answer(refused: HTTPException) -> JSONResponse:
    said = {"detail": refused.detail}
    return JSONResponse(said, status_code=refused.status_code, headers=refused.headers)


def _known_part(path: str) -> str:
    """The beginning of a path, which holds no phone number."""
    return "/" + path.strip("/").partition("/")[0]


async def cut_off(request: Request, error: Exception) -> Response:
    """Handles an upload whose client went away: logs it; the answer reaches no one."""
    where = _known_part(request.url.path)
    logger.warning(
        "{} {}: cut off while it was sent", request.method, where, event="request_cut_off"
    )
    return Response(status_code=400)
