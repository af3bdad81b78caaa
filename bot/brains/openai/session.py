"""One session with OpenAI Realtime (GA) over a websocket: opened, configured, then messages.

It is opened before the caller is there: what arrives in the meantime waits in the socket's queue.
"""

import asyncio
import contextlib
import random
from collections.abc import AsyncIterator, Callable, Mapping
from functools import cache
from typing import Any
from urllib.parse import urlencode

import orjson
from loguru import logger
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed, InvalidHandshake, InvalidStatus, InvalidURI
from websockets.protocol import State
from websockets.proxy import get_proxy
from websockets.uri import parse_uri

from bot.brains.config import SoundFormat
from bot.brains.errors import (
    ModelError,
    ModelGarbled,
    ModelLost,
    ModelMute,
    ModelRefused,
    ModelUnreachable,
)
from bot.brains.openai import client_events
from bot.brains.openai.formats import AS_ASKED, Formats
from bot.brains.openai.refusals import failure, refusal
from bot.brains.openai.server_events import read_message
from bot.clock import monotonic
from bot.media.tolerance import Tolerance
from bot.media.websocket import masked_text_frame
from bot.trust import machine_trust

OPEN_SECS = 4.0  # a caller waits no longer than this for a voice before being told
AGAIN_SECS = (0.1, 0.3)  # before the second try, from and to: many calls do not come back at once
SEND_SECS = 5.0  # a model that takes nothing for this long is lost
CLOSE_SECS = 2.0  # a polite end may take this long: the other side may not read any more
BACKLOG_MESSAGES = 1024  # ten seconds of caller sound and more; read on, so pings are answered
MAX_MESSAGE_BYTES = 8 * 1024 * 1024  # ten minutes of speech in one go, and some more
TURN_SECS = 0.005  # of work on what one model sends; then all other calls have their turn


class OpenAISession:
    """An open, configured session."""

    def __init__(self, socket: ClientConnection, *, model: str, formats: Formats) -> None:
        self._socket = socket
        self._model = model
        self._formats = formats
        self._waiting: asyncio.Task[None] | None = None  # for a model that is congested
        self._pinging: asyncio.Task[None] | None = None
        self.sound: SoundFormat = "ulaw"  # what both directions carry
        self._tolerance = Tolerance()
        self.unreadable = 0  # messages that were not JSON objects

    @classmethod
    async def open(
        cls,
        *,
        url: str,
        api_key: str,
        model: str,
        config: Mapping[str, Any],
        formats: Formats,
        within_secs: float = OPEN_SECS,
        spread: Callable[[], float] = random.random,
    ) -> "OpenAISession":
        """Connects and configures; a failure that may pass is tried once more in the time left.

        Args:
            url: the endpoint, without a query.
            api_key: sent as the bearer.
            model: named in the query.
            config: the `session` of `session.update`, its audio formats left out.
            formats: asked for one after the other, until the answer echoes one.
            within_secs: for all of it.
            spread: gives numbers from 0 to 1, by which second tries are spread out.

        Raises:
            ModelRefused, ModelUnreachable; ModelMute, if nothing came `within_secs`.
        """
        least_secs, most_secs = AGAIN_SECS
        try:
            async with asyncio.timeout(within_secs):
                try:
                    return await cls._open(url, api_key, model, config, formats)
                except ModelError as error:
                    if not error.retry:
                        raise
                    logger.warning(
                        "opening the model's session failed, trying again: {}",
                        error,
                        event="model_session_not_opened",
                    )
                    await asyncio.sleep(least_secs + (most_secs - least_secs) * spread())
                    return await cls._open(url, api_key, model, config, formats)
        except TimeoutError:
            raise ModelMute(f"no session within {within_secs:g} s") from None

    @classmethod
    async def _open(
        cls, url: str, api_key: str, model: str, config: Mapping[str, Any], formats: Formats
    ) -> "OpenAISession":
        try:
            socket = await connect(
                f"{url}?{urlencode({'model': model})}",
                additional_headers={"Authorization": f"Bearer {api_key}"},
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
        session = cls(socket, model=model, formats=formats)
        try:
            await session._configure(config)
        except (KeyError, TypeError, AttributeError) as error:
            session.abort()
            raise ModelRefused(f"the model's answer lacks a field: {error!r}") from error
        except BaseException:
            session.abort()
            raise
        return session

    async def _configure(self, config: Mapping[str, Any]) -> None:
        for sound in self._formats.of_model(self._model):
            echoed = await self._update(config, sound)
            if echoed == AS_ASKED[sound]["type"]:
                self.sound = sound
                return
            logger.warning(
                "the model does not speak {} (it says {})",
                sound,
                echoed,
                event="sound_format_refused",
            )
        raise ModelRefused("the model accepts none of the formats that may be used with it")

    def disbelieve(self) -> bool:
        """What it sends is not in the format that it has agreed to. Returns whether sessions opened
        from here on use another."""
        return self._formats.disbelieve(self._model, self.sound)

    async def _update(self, config: Mapping[str, Any], sound: SoundFormat) -> str | None:
        """Sends `session.update`; returns the output format that `session.updated` echoes."""
        audio = config.get("audio", {})
        session = {
            **config,
            "audio": {
                "input": {**audio.get("input", {}), "format": AS_ASKED[sound]},
                "output": {**audio.get("output", {}), "format": AS_ASKED[sound]},
            },
        }
        try:
            update = orjson.dumps({"type": "session.update", "session": session})
            await self._socket.send(update, text=True)
            async for event in self._events():
                if event["type"] == "session.updated":
                    formats = [
                        ((event["session"].get("audio") or {}).get(way) or {}).get("format") or {}
                        for way in ("input", "output")
                    ]
                    kinds = {form.get("type") for form in formats}
                    return kinds.pop() if len(kinds) == 1 else None
                if event["type"] == "error" and isinstance(event.get("error"), dict):
                    raise failure(event["error"])
        except ConnectionClosed as closed:
            raise ModelUnreachable(f"the model closed the connection: {closed}") from closed
        raise ModelUnreachable("the model closed the connection")

    @staticmethod
    def prepare(url: str) -> None:
        """What takes long and serves all sessions with this endpoint: do it before there is one.
        Raises InvalidURI.
        """
        _proxy(url)
        if url.startswith("wss:"):
            machine_trust()

    def ask_opening(self, first_line: str | None) -> None:
        """Has the model begin to speak: with this line, or in its own words."""
        self.post(client_events.opening_request(first_line))

    def tell_line_broke_off(self) -> None:
        """Tells the model why it was cut off, and what to do when it speaks next."""
        self.post(client_events.line_broke_off())

    def post(self, event: Mapping[str, Any]) -> None:
        """Sends a client event, in order, without waiting."""
        self._send(orjson.dumps(event))

    def append(self, payload: str) -> None:
        """Sends caller sound, base64 in the session's format, without waiting."""
        self._send(b'{"type":"input_audio_buffer.append","audio":"%b"}' % payload.encode())

    def ping(self, answered: Callable[[], None]) -> None:
        """Asks the other side's socket whether it is there, without waiting for its answer."""
        if self._pinging is not None:
            self._pinging.cancel()
        self._pinging = asyncio.create_task(self._ping(answered), name="model-ping")

    async def _ping(self, answered: Callable[[], None]) -> None:
        with contextlib.suppress(ConnectionClosed, OSError):  # the reader reports it
            await (await self._socket.ping())
            answered()

    async def events(self) -> AsyncIterator[dict[str, Any]]:
        """Server events as they come; unreadable messages are counted and skipped.

        Raises:
            ModelLost: the session ended.
            ModelGarbled: hardly anything it sends can be read.
        """
        try:
            async for event in self._events():
                yield event
        except ConnectionClosed as closed:
            raise ModelLost(f"the model's session ended: {closed}") from closed
        raise ModelLost("the model closed the session")

    def abort(self) -> None:
        """Lets go at once and without a word: nobody waits for one that may not read any more.

        Who takes in its events learns of it as of any loss.
        """
        self._let_go()
        self._socket.transport.abort()

    def _let_go(self) -> None:
        for task in (self._waiting, self._pinging):
            if task is not None:
                task.cancel()

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

    async def _events(self) -> AsyncIterator[dict[str, Any]]:
        since = monotonic()
        async for message in self._socket:
            if monotonic() - since > TURN_SECS:
                await asyncio.sleep(0)  # what waits in the queue comes without any pause
                since = monotonic()
            try:
                event = read_message(message)
                readable = isinstance(event["type"], str)
            except (ValueError, TypeError, KeyError):
                readable = False
            if readable:
                self._tolerance.readable()
                yield event
                continue
            self.unreadable += 1
            self._tolerance.unreadable(monotonic())
            if self._tolerance.broken:
                raise ModelGarbled(f"{self.unreadable} messages of the model cannot be read")

    def _send(self, message: bytes) -> None:
        """Writes the frame itself: the library's way waits, and costs as much as all the rest."""
        socket = self._socket
        if socket.protocol.state is not State.OPEN:
            return  # the reader reports it
        socket.transport.write(masked_text_frame(message))
        if socket.paused and self._waiting is None:
            self._waiting = asyncio.create_task(self._wait_for_model(), name="model-congested")

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
