"""Opens our own media stream as Twilio would: signed, over a websocket, with its first messages.

Source: twilio.com/docs/voice/media-streams/websocket-messages; the signature is that of
`bot/carriers/twilio/signatures.py`. The stream belongs to no call: we must close it with 1008.
"""

from __future__ import annotations

import asyncio
import json
from urllib.parse import urlsplit

from twilio.request_validator import RequestValidator
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed, InvalidHandshake, InvalidStatus

from bot.carriers.our_number import StreamTrial
from bot.carriers.twilio.addresses import Addresses
from bot.carriers.twilio.handshake import FIRST_MESSAGE_SECS
from bot.carriers.twilio.loopback import is_loopback
from bot.trust import machine_trust

_POLICY_VIOLATION = 1008  # how a stream that belongs to no call is closed
_STREAM_SID = "MZ" + "0" * 32
_CALL_SID = "CA" + "0" * 32


async def try_stream(
    *,
    public_url: str,
    auth_token: str,
    account_sid: str,
    sent_to: str,
    within_secs: float,
) -> StreamTrial:
    """What comes of it. `sent_to` is the base that takes the place of `public_url` for the
    connection alone: the signature is always that of the public address.
    """
    address = Addresses(public_url=public_url).stream(None)
    below = address.removeprefix("wss" + public_url.removeprefix("https"))
    target = f"ws{sent_to.removeprefix('http')}{below}"
    signature = RequestValidator(auth_token).compute_signature(address, {})
    try:
        async with (
            asyncio.timeout(within_secs),
            connect(
                target,
                additional_headers={"X-Twilio-Signature": signature},
                compression=None,
                ssl=machine_trust() if target.startswith("wss:") else None,
                proxy=None if is_loopback(urlsplit(target).hostname) else True,
                open_timeout=None,  # the deadline of the whole counts
                close_timeout=1,
            ) as socket,
        ):
            return await _begin(socket, account_sid)
    except InvalidStatus as error:
        status = error.response.status_code
        return StreamTrial(
            verdict="refused" if status == 403 else "no_upgrade", detail=f"HTTP {status}"
        )
    except InvalidHandshake as error:
        return StreamTrial(verdict="no_upgrade", detail=str(error))
    except TimeoutError:
        return StreamTrial(verdict="silent", detail=f"nothing came within {within_secs:g} s")
    except OSError as error:
        return StreamTrial(verdict="unreachable", detail=str(error))


async def _begin(socket: ClientConnection, account_sid: str) -> StreamTrial:
    """Says who we are; whoever reads it closes the stream, for it belongs to no call."""
    try:
        for message in (
            {"event": "connected", "protocol": "Call", "version": "1.0.0"},
            _start(account_sid),
        ):
            await socket.send(json.dumps(message))
        # Sooner than the service gives up on a stream that says nothing, for it closes that alike.
        async with asyncio.timeout(FIRST_MESSAGE_SECS - 1):
            await socket.recv()
    except TimeoutError:
        return StreamTrial(verdict="silent", detail="no answer comes to the first messages")
    except ConnectionClosed:
        if socket.close_code == _POLICY_VIOLATION:
            return StreamTrial(verdict="passes")
        return StreamTrial(verdict="silent", detail=f"it was closed with {socket.close_code}")
    return StreamTrial(verdict="silent", detail="somebody else answers on it")


def _start(account_sid: str) -> dict[str, object]:
    return {
        "event": "start",
        "sequenceNumber": "1",
        "start": {
            "accountSid": account_sid,
            "streamSid": _STREAM_SID,
            "callSid": _CALL_SID,
            "tracks": ["inbound"],
            "mediaFormat": {"encoding": "audio/x-mulaw", "sampleRate": 8000, "channels": 1},
            "customParameters": {},
        },
        "streamSid": _STREAM_SID,
    }
