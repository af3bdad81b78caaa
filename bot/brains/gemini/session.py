"""One session with the Gemini Live API over a websocket: opened, set up, then messages.

It is opened before the caller is there: what arrives in the meantime waits in the socket's queue.
"""

import random
from collections.abc import AsyncIterator, Callable, Mapping
from typing import Any

import orjson
from websockets.exceptions import ConnectionClosed

from bot.brains.config import SoundFormat
from bot.brains.errors import ModelLost, ModelRefused, ModelUnreachable
from bot.brains.gemini import client_messages
from bot.brains.gemini.client_messages import ACTIVITY_END, ACTIVITY_START
from bot.brains.gemini.refusals import closing, refusal
from bot.brains.realtime.model_socket import ModelSocket
from bot.brains.realtime.two_tries import OPEN_SECS, in_two_tries

_SOUND = b'{"realtimeInput":{"audio":{"mimeType":"audio/pcm;rate=16000","data":"%b"}}}'

MakeSetup = Callable[[str], Mapping[str, Any]]  # of a handle; empty: a session that begins anew


class GeminiSession:
    """An open session that is set up."""

    sound: SoundFormat = "pcm_16_24"

    def __init__(self, socket: ModelSocket, *, resumed: bool) -> None:
        self._socket = socket
        self.resumed = resumed  # it goes on from the state of an earlier one
        self._history_open = False  # history was begun, and not ended
        self._activity = False  # the caller's speech is marked as going on

    @classmethod
    async def open(
        cls,
        *,
        url: str,
        api_key: str,
        setup: MakeSetup,
        handle: str = "",
        within_secs: float = OPEN_SECS,
        spread: Callable[[], float] = random.random,
    ) -> "GeminiSession":
        """Connects and sets up. A `handle` that is refused is left out; a failure that may pass is
        tried once more in the time left.

        Raises:
            ModelRefused, ModelUnreachable; ModelMute, if nothing came `within_secs`.
        """
        return await in_two_tries(
            lambda: cls._open(url, api_key, setup, handle),
            lambda: cls._open(url, api_key, setup, ""),
            within_secs=within_secs,
            spread=spread,
            differs=" without its earlier state" if handle else "",
        )

    @classmethod
    async def _open(cls, url: str, api_key: str, setup: MakeSetup, handle: str) -> "GeminiSession":
        socket = await ModelSocket.connect(url, {"x-goog-api-key": api_key}, refusal=refusal)
        session = cls(socket, resumed=bool(handle))
        try:
            await session._set_up(setup(handle))
        except BaseException:
            session.abort()
            raise
        return session

    async def _set_up(self, setup: Mapping[str, Any]) -> None:
        self.post(setup)
        try:
            async for message in self._socket.messages():
                if "setupComplete" in message:
                    return
                if isinstance(message.get("error"), dict):
                    raise ModelRefused(f"the model's side refuses: {message['error']}")
        except ConnectionClosed as closed:
            frame = closed.rcvd
            raise closing(frame.code if frame else None, frame.reason if frame else "") from closed
        raise ModelUnreachable("the model closed the connection")

    @property
    def unreadable(self) -> int:
        """Messages that nothing could be made of."""
        return self._socket.unreadable

    def disbelieve(self) -> bool:
        """What it sends is not in the one format that there is."""
        return False

    def ask_opening(self, first_line: str | None) -> None:
        """Has the model begin to speak: with this line, or in its own words."""
        for message in client_messages.opening(first_line):
            self.post(message)

    def tell(self, text: str) -> None:
        """Tells the model a fact that neither side has said."""
        self.tell_turns([client_messages.turn("user", client_messages.bracketed(text))])

    def tell_line_broke_off(self) -> None:
        """Tells the model why it was cut off, and what to do when it speaks next."""
        self.tell(client_messages.LINE_BROKE_OFF)

    def tell_turns(self, turns: list[client_messages.Turn]) -> None:
        """Tells it what was said before it was opened; more may follow."""
        if turns:
            self.post(client_messages.content(turns, complete=False))

    def post(self, message: Mapping[str, Any]) -> None:
        """Sends a message, in order, without waiting. Marks of speech that say nothing new are left
        out, and a history that was begun is ended before anything in real time."""
        if "clientContent" in message:
            self._history_open = not message["clientContent"]["turnComplete"]
        elif "realtimeInput" in message:
            self._end_history()
        if message in (ACTIVITY_START, ACTIVITY_END):
            begins = message == ACTIVITY_START
            if begins == self._activity:
                return
            self._activity = begins
        self._socket.send(orjson.dumps(message))

    def append(self, payload: str) -> None:
        """Sends caller sound, 16-bit at 16 kHz in base64, without waiting."""
        if not self._activity:
            self.post(ACTIVITY_START)
        self._socket.send(_SOUND % payload.encode())

    def _end_history(self) -> None:
        if self._history_open:
            self._history_open = False
            self._socket.send(orjson.dumps(client_messages.content([], complete=True)))

    def ping(self, answered: Callable[[], None]) -> None:
        """Asks the other side's socket whether it is there, without waiting for its answer."""
        self._socket.ping(answered)

    async def events(self) -> AsyncIterator[dict[str, Any]]:
        """The server's messages as they come. Raises ModelLost, ModelGarbled."""
        try:
            async for message in self._socket.messages():
                yield message
        except ConnectionClosed as closed:
            raise ModelLost(f"the model's session ended: {closed}") from closed
        raise ModelLost("the model closed the session")

    def abort(self) -> None:
        """Lets go at once and without a word."""
        self._socket.abort()

    async def close(self) -> None:
        """Closes, also when closed already."""
        await self._socket.close()
