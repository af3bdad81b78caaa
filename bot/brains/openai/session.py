"""One session with OpenAI Realtime (GA) over a websocket: opened, configured, then messages.

It is opened before the caller is there: what arrives in the meantime waits in the socket's queue.
"""

import random
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from typing import Any
from urllib.parse import urlencode

import orjson
from loguru import logger
from websockets.exceptions import ConnectionClosed

from bot.brains.config import SoundFormat
from bot.brains.errors import ModelLost, ModelRefused, ModelUnreachable
from bot.brains.openai import client_events
from bot.brains.openai.formats import AS_ASKED, Formats
from bot.brains.openai.key_check import AUTHORIZATION, key_header
from bot.brains.openai.refusals import failure, refusal
from bot.brains.realtime.model_socket import ModelSocket
from bot.brains.realtime.two_tries import OPEN_SECS, in_two_tries
from bot.clock import monotonic


class OpenAISession:
    """An open, configured session."""

    def __init__(self, socket: ModelSocket, *, model: str, formats: Formats) -> None:
        self._socket = socket
        self._model = model
        self._formats = formats
        self.sound: SoundFormat = "ulaw"  # what both directions carry
        self.opened_at = monotonic()
        self._when_over: Callable[[], None] | None = None

    @classmethod
    async def open(
        cls,
        *,
        url: str,
        api_key: str,
        model: str,
        config: Mapping[str, Any],
        formats: Formats,
        header: str = AUTHORIZATION,
        within_secs: float = OPEN_SECS,
        spread: Callable[[], float] = random.random,
    ) -> "OpenAISession":
        """Connects and configures; a failure that may pass is tried once more in the time left.

        Args:
            url: the endpoint, without a query.
            api_key: sent as the bearer, or alone in another `header`.
            model: named in the query.
            config: the `session` of `session.update`, its audio formats left out.
            formats: asked for one after the other, until the answer echoes one.
            within_secs: for all of it.
            spread: gives numbers from 0 to 1, by which second tries are spread out.

        Raises:
            ModelRefused, ModelUnreachable; ModelMute, if nothing came `within_secs`.
        """

        def once() -> Awaitable[OpenAISession]:
            return cls._open(url, api_key, model, config, formats, header)

        return await in_two_tries(once, once, within_secs=within_secs, spread=spread)

    @classmethod
    async def _open(
        cls,
        url: str,
        api_key: str,
        model: str,
        config: Mapping[str, Any],
        formats: Formats,
        header: str,
    ) -> "OpenAISession":
        socket = await ModelSocket.connect(
            f"{url}?{urlencode({'model': model})}",
            key_header(api_key, header),
            refusal=refusal,
            has_sense=lambda event: isinstance(event.get("type"), str),
        )
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
            told = await self._update(config, sound)
            echoed = told.get("type") if told is not None else None
            if told is None and not self._formats.echoed:
                told = AS_ASKED[sound]
            if told is not None and self._formats.is_told(sound, told):
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

    async def _update(
        self, config: Mapping[str, Any], sound: SoundFormat
    ) -> Mapping[str, Any] | None:
        """Sends `session.update`; returns the format of both ways that `session.updated` echoes."""
        audio = config.get("audio", {})
        session = {
            **config,
            "audio": {
                "input": {**audio.get("input", {}), "format": AS_ASKED[sound]},
                "output": {**audio.get("output", {}), "format": AS_ASKED[sound]},
            },
        }
        try:
            self.post({"type": "session.update", "session": session})
            async for event in self._socket.messages():
                if event["type"] == "session.updated":
                    formats = [
                        ((event["session"].get("audio") or {}).get(way) or {}).get("format") or {}
                        for way in ("input", "output")
                    ]
                    kinds = {form.get("type") for form in formats}
                    return formats[1] if len(kinds) == 1 and None not in kinds else None
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
        ModelSocket.prepare(url)

    @property
    def unreadable(self) -> int:
        """Messages that nothing could be made of."""
        return self._socket.unreadable

    def ask_opening(self, first_line: str | None) -> None:
        """Has the model begin to speak: with this line, or in its own words."""
        self.post(client_events.opening_request(first_line))

    def tell(self, text: str) -> None:
        """Tells the model a fact that neither side has said."""
        self.post(client_events.note(text))

    def tell_line_broke_off(self) -> None:
        """Tells the model why it was cut off, and what to do when it speaks next."""
        self.post(client_events.line_broke_off())

    def when_over(self, told: Callable[[], None]) -> None:
        """Has this called once, when it is let go of."""
        self._when_over = told

    def post(self, event: Mapping[str, Any]) -> None:
        """Sends a client event, in order, without waiting."""
        self._socket.send(orjson.dumps(event))

    def append(self, payload: str) -> None:
        """Sends caller sound, base64 in the session's format, without waiting."""
        self._socket.send(b'{"type":"input_audio_buffer.append","audio":"%b"}' % payload.encode())

    def ping(self, answered: Callable[[], None]) -> None:
        """Asks the other side's socket whether it is there, without waiting for its answer."""
        self._socket.ping(answered)

    async def events(self) -> AsyncIterator[dict[str, Any]]:
        """Server events as they come; unreadable messages are counted and skipped.

        Raises:
            ModelLost: the session ended.
            ModelGarbled: hardly anything it sends can be read.
        """
        try:
            async for event in self._socket.messages():
                yield event
        except ConnectionClosed as closed:
            raise ModelLost(f"the model's session ended: {closed}") from closed
        raise ModelLost("the model closed the session")

    def abort(self) -> None:
        """Lets go at once and without a word: nobody waits for one that may not read any more.

        Who takes in its events learns of it as of any loss.
        """
        self._tell_over()
        self._socket.abort()

    async def close(self) -> None:
        """Closes, also when closed already."""
        self._tell_over()
        await self._socket.close()

    def _tell_over(self) -> None:
        told, self._when_over = self._when_over, None
        if told is not None:
            told()
