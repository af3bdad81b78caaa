"""A websocket to a model that keeps the bounds a call needs: what is sent waits for nobody, and
what comes is read on.
"""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable, Mapping
from functools import cache
from typing import Any

from loguru import logger
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed, InvalidHandshake, InvalidStatus, InvalidURI
from websockets.protocol import State
from websockets.proxy import get_proxy
from websockets.uri import parse_uri

from bot.brains.errors import ModelError, ModelGarbled, ModelUnreachable
from bot.brains.realtime.messages import read_message
from bot.clock import monotonic
from bot.media.tolerance import Tolerance
from bot.media.websocket import masked_text_frame
from bot.trust import machine_trust

SEND_SECS = 5.0  # a model that takes nothing for this long is lost
CLOSE_SECS = 2.0  # a polite end may take this long: the other side may not read any more
BACKLOG_MESSAGES = 1024  # ten seconds of caller sound and more; read on, so pings are answered
MAX_MESSAGE_BYTES = 8 * 1024 * 1024  # ten minutes of speech in one go, and some more
TURN_SECS = 0.005  # of work on what one model sends; then all other calls have their turn


class ModelSocket:
    """An open one."""

    def __init__(
        self, socket: ClientConnection, has_sense: Callable[[dict[str, Any]], bool]
    ) -> None:
        self._socket = socket
        self._has_sense = has_sense
        self._waiting: asyncio.Task[None] | None = None  # for a model that is congested
        self._pinging: asyncio.Task[None] | None = None
        self._tolerance = Tolerance()
        self.unreadable = 0  # messages that nothing could be made of

    @classmethod
    async def connect(
        cls,
        url: str,
        headers: Mapping[str, str],
        *,
        refusal: Callable[[int], type[ModelError]],
        has_sense: Callable[[dict[str, Any]], bool] = lambda message: True,
    ) -> "ModelSocket":
        """`refusal` is the error that an HTTP status means; `has_sense`, whether an object may be a
        message at all. Raises ModelUnreachable, and those errors."""
        try:
            socket = await connect(
                url,
                additional_headers=headers,
                compression=None,
                max_size=MAX_MESSAGE_BYTES,
                max_queue=BACKLOG_MESSAGES,
                close_timeout=1,
                ssl=machine_trust() if url.startswith("wss:") else None,
                proxy=_proxy(url),
            )
        except InvalidStatus as error:
            status = error.response.status_code
            raise refusal(status)(f"the model's side answered HTTP {status}") from error
        except (InvalidHandshake, InvalidURI, OSError) as error:
            raise ModelUnreachable(f"no connection to the model: {error}") from error
        return cls(socket, has_sense)

    @staticmethod
    def prepare(url: str) -> None:
        """What takes long and serves all sockets to this endpoint. Raises InvalidURI."""
        _proxy(url)
        if url.startswith("wss:"):
            machine_trust()

    def send(self, message: bytes) -> None:
        """Writes a frame itself: the library's way waits, and costs as much as all the rest."""
        socket = self._socket
        if socket.protocol.state is not State.OPEN:
            return  # the reader reports it
        socket.transport.write(masked_text_frame(message))
        if socket.paused and self._waiting is None:
            self._waiting = asyncio.create_task(self._wait_for_model(), name="model-congested")

    def ping(self, answered: Callable[[], None]) -> None:
        """Asks whether the other side is there, without waiting for its answer."""
        if self._pinging is not None:
            self._pinging.cancel()
        self._pinging = asyncio.create_task(self._ping(answered), name="model-ping")

    async def messages(self) -> AsyncIterator[dict[str, Any]]:
        """JSON objects as they come, in text frames or binary ones; what is none, or has no sense,
        is counted and skipped. Raises ConnectionClosed, ModelGarbled."""
        since = monotonic()
        async for message in self._socket:
            if monotonic() - since > TURN_SECS:
                await asyncio.sleep(0)  # what waits in the queue comes without any pause
                since = monotonic()
            try:
                read = read_message(message)
            except ValueError:
                read = None
            if isinstance(read, dict) and self._has_sense(read):
                self._tolerance.readable()
                yield read
                continue
            self.unreadable += 1
            self._tolerance.unreadable(monotonic())
            if self._tolerance.broken:
                raise ModelGarbled(f"{self.unreadable} messages of the model cannot be read")

    def abort(self) -> None:
        """Lets go at once and without a word."""
        self._let_go()
        self._socket.transport.abort()

    async def close(self) -> None:
        """Closes, also when closed already."""
        self._let_go()
        if self._waiting is not None:
            with contextlib.suppress(asyncio.CancelledError):
                await self._waiting
        try:
            async with asyncio.timeout(CLOSE_SECS):
                await self._socket.close()
        except TimeoutError:
            self._socket.transport.abort()

    def _let_go(self) -> None:
        for task in (self._waiting, self._pinging):
            if task is not None:
                task.cancel()

    async def _ping(self, answered: Callable[[], None]) -> None:
        with contextlib.suppress(ConnectionClosed, OSError):  # the reader reports it
            await (await self._socket.ping())
            answered()

    async def _wait_for_model(self) -> None:
        try:
            async with asyncio.timeout(SEND_SECS):
                await self._socket.drain()
        except TimeoutError:
            logger.warning(
                "the model takes no more messages: closing its session", event="model_socket_stuck"
            )
            self._socket.transport.abort()  # a closing frame would have to wait as well
        except OSError:
            pass  # the reader reports it
        self._waiting = None


@cache
def _proxy(url: str) -> str | None:
    """The proxy of the environment for this endpoint. Raises InvalidURI."""
    return get_proxy(parse_uri(url))
