"""The first two messages of a stream."""

import asyncio
import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.carriers.twilio.handshake import NotAStream, StreamStart, read_start
from tests.media.far_carrier import FarCarrier
from tests.wire import captured


def changed(**fields: Any) -> dict[str, Any]:
    """`start` with these fields of its inner object replaced."""
    message = captured.twilio("start")
    message["start"] |= fields
    return message


async def start_of(*texts: dict[str, Any] | str | bytes) -> StreamStart:
    socket = FarCarrier()
    for text in texts:
        socket.deliver(text)
    socket.drop()
    return await read_start(socket)


async def test_a_stream_begins_with_connected_and_start() -> None:
    """Who it is for stands in `start` and in the parameters of our own TwiML."""
    start = await start_of(captured.twilio("connected"), captured.twilio("start"))
    assert start == StreamStart(
        stream_sid="MZ00000000000000000000000000000000",
        call_sid="CA11111111111111111111111111111111",
        account_sid="AC22222222222222222222222222222222",
        parameters={"call": "call_0123456789abcdef0123", "token": "s3cr3t-t0ken"},
    )


async def test_a_start_without_connected_will_do() -> None:
    """`connected` carries nothing we need."""
    assert (await start_of(captured.twilio("start"))).call_sid.startswith("CA")


async def test_numbers_may_be_strings_and_parameters_missing() -> None:
    """Everywhere else Twilio writes numbers as strings; a <Stream> need not have parameters."""
    media_format = {"encoding": "audio/x-mulaw", "sampleRate": "8000", "channels": "1"}
    for parameters in ({}, None):
        start = await start_of(changed(mediaFormat=media_format, customParameters=parameters))
        assert start.parameters == {}


@pytest.mark.parametrize(
    ("texts", "complaint"),
    [
        ((), "closed before"),
        ((captured.twilio("connected"),), "closed before"),
        (("GET / HTTP/1.1",), "not JSON"),
        ((b"\xff\xfe",), "not JSON"),
        (("[]",), "not a JSON object"),
        ((captured.twilio("media"),), "were not `connected` and `start`"),
        ((captured.twilio("connected"), captured.twilio("stop")), "were not"),
        ((captured.twilio("connected"),) * 2, "did not follow"),
        (({"event": "start"},), "lacks a field"),
        (({"event": "start", "start": None},), "lacks a field"),
        ((changed(mediaFormat={}),), "lacks a field"),
        ((changed(customParameters=["token"]),), "lacks a field"),
        ((changed(mediaFormat={"encoding": "audio/x-mulaw", "sampleRate": "8k"}),), "lacks"),
        ((changed(mediaFormat={"encoding": "audio/x-mulaw", "sampleRate": 16000}),), "8 kHz"),
        ((changed(mediaFormat={"encoding": "audio/x-l16", "sampleRate": 8000}),), "8 kHz"),
    ],
)
async def test_whoever_speaks_otherwise_is_not_a_stream(
    texts: tuple[Any, ...], complaint: str
) -> None:
    """Refused with a sentence that says why."""
    with pytest.raises(NotAStream, match=complaint):
        await start_of(*texts)


async def test_a_silent_client_is_given_five_seconds() -> None:
    """Twilio sends both messages at once; whoever only connects holds no place for long."""
    with pytest.raises(NotAStream, match="within 5 s"):
        await read_start(FarCarrier())
    assert round(asyncio.get_running_loop().time(), 3) == 5.0


async def test_five_seconds_are_for_both_messages() -> None:
    """A trickle of messages does not buy more time."""
    socket = FarCarrier()
    socket.deliver(captured.twilio("connected"))
    loop = asyncio.get_running_loop()
    loop.call_later(4.9, socket.deliver, captured.twilio("connected"))
    loop.call_later(5.1, socket.deliver, captured.twilio("start"))
    with pytest.raises(NotAStream):
        await read_start(socket)
    assert loop.time() == pytest.approx(4.9)


VALUES = st.one_of(
    st.none(), st.integers(), st.text(), st.lists(st.text(), max_size=2), st.booleans()
)


@given(st.dictionaries(st.sampled_from(list(captured.twilio("start")["start"])), VALUES), VALUES)
async def test_no_start_whatever_raises_anything_else(fields: dict[str, Any], sid: Any) -> None:
    """A stranger's `start` is refused or read; it never breaks the handshake."""
    message = json.dumps(changed(**fields) | {"streamSid": sid})
    try:
        start = await start_of(message)
    except NotAStream:
        return
    assert isinstance(start.call_sid, str)
