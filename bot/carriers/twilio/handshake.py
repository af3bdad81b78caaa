"""The first two messages of a stream: `connected`, then `start`, within a deadline."""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import orjson

from bot.carriers.twilio.media_socket import MediaSocket, SocketClosed

FIRST_MESSAGE_SECS = 5.0  # Twilio sends both at once; a silent client is not Twilio


class NotAStream(Exception):
    """The client that connected does not speak Media Streams."""


@dataclass(frozen=True, kw_only=True)
class StreamStart:
    """What `start` says about the stream."""

    stream_sid: str
    call_sid: str
    account_sid: str
    parameters: Mapping[str, str]


async def read_start(
    socket: MediaSocket, *, within_secs: float = FIRST_MESSAGE_SECS
) -> StreamStart:
    """Waits for `start`.

    Raises:
        NotAStream: nothing came in time, the socket closed, or the messages are not those of a
            μ-law stream at 8 kHz.
    """
    try:
        async with asyncio.timeout(within_secs):
            for _ in range(2):
                message = _load(await socket.receive())
                if message.get("event") == "start":
                    return _start(message)
                if message.get("event") != "connected":
                    raise NotAStream("the first messages were not `connected` and `start`")
    except TimeoutError:
        raise NotAStream(f"no `start` message within {within_secs:g} s") from None
    except SocketClosed:
        raise NotAStream("the socket closed before `start`") from None
    raise NotAStream("`start` did not follow `connected`")


def _load(data: str | bytes) -> dict[str, Any]:
    try:
        message = orjson.loads(data)
    except ValueError:
        raise NotAStream("the first message is not JSON") from None
    if not isinstance(message, dict):
        raise NotAStream("the first message is not a JSON object")
    return message


def _start(message: dict[str, Any]) -> StreamStart:
    try:
        start = message["start"]
        encoding = start["mediaFormat"]["encoding"]
        if encoding != "audio/x-mulaw" or int(start["mediaFormat"]["sampleRate"]) != 8000:
            raise NotAStream(f"the stream carries {encoding}, not μ-law at 8 kHz")
        parameters = start.get("customParameters") or {}
        return StreamStart(
            stream_sid=str(message["streamSid"]),
            call_sid=str(start["callSid"]),
            account_sid=str(start["accountSid"]),
            parameters={str(name): str(value) for name, value in parameters.items()},
        )
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise NotAStream(f"`start` lacks a field: {error!r}") from error
