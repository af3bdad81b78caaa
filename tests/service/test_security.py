"""Who is let in: the carrier by its signature and a call's token, API clients by their key."""

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path
from typing import Any

import httpx
import pytest
import pytest_asyncio
from websockets.asyncio.client import ClientConnection
from websockets.exceptions import ConnectionClosed, InvalidStatus

from bot.simulator.carrier import EndReason, messages
from bot.simulator.carrier.exchange import new_sid
from bot.simulator.loopback_client import loopback_client
from bot.testing.line import (
    ACCOUNT,
    API_KEY,
    AUTH_TOKEN,
    CALLER,
    HASTY,
    PUBLIC,
    STREAM,
    Line,
    agent_file,
    begin_stream,
    sign,
    stream_parameters,
    voice_form,
)
from tests.service.line_kit import ToneVoice, open_line

pytestmark = pytest.mark.asyncio(loop_scope="module")

CHECK = "check TWILIO_AUTH_TOKEN and PUBLIC_URL"
WEBHOOKS = (
    "/twilio/incoming",
    "/twilio/status",
    "/twilio/machine",
    "/twilio/stream-ended",
    "/twilio/dialled",
    "/twilio/picked-up",
    "/twilio/person-status",
    "/twilio/person-machine",
    "/twilio/person-said",
    "/twilio/conference",
)
AGENTS = {"front": agent_file()}


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def line(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Line]:
    async with open_line(
        tmp_path_factory.mktemp("security"),
        manner=HASTY,
        voice=ToneVoice(),
        agents=AGENTS,
        inbound_agent="front",
    ) as line:
        yield line


async def traces(line: Line) -> tuple[int, int, int]:
    """What a call would leave: records, live calls, sessions of the model."""
    records = (await line.api.get("/calls", params={"limit": 200})).json()["calls"]
    live = (await line.api.get("/health/live")).json()["live_calls"]
    return len(records), live, len(line.model.sessions)


async def announced(line: Line, call_sid: str) -> dict[str, str]:
    """The carrier announces a call: the parameters its stream is to bring."""
    answer = await line.webhook("/twilio/incoming", voice_form(call_sid))
    assert answer.status_code == 200
    return stream_parameters(answer.text)


async def end(line: Line, call_sid: str) -> None:
    """The announced call is over."""
    await line.webhook("/twilio/status", voice_form(call_sid, CallStatus="completed"))
    await line.ended(call_sid)


async def close_code(socket: ClientConnection, *, within_secs: float = 2.0) -> int | None:
    """The code with which the service closes; TimeoutError when it does not."""
    async with asyncio.timeout(within_secs):
        try:
            while True:
                await socket.recv()
        except ConnectionClosed:
            return socket.close_code


# -- webhooks ---------------------------------------------------------------------------------


@pytest.mark.parametrize("path", WEBHOOKS)
@pytest.mark.parametrize(
    "signature",
    [
        "",
        "AAAAAAAAAAAAAAAAAAAAAAAAAAA=",
        sign(f"{PUBLIC}/twilio/incoming", voice_form("CAother")),
        sign("https://other.example/twilio/incoming", voice_form("CAx")),
        sign(f"{PUBLIC}/twilio/incoming", voice_form("CAx"), token="wrong"),
        "\u00e4\u00f6",
    ],
    ids=["none", "wrong", "of another form", "of another host", "other token", "not ascii"],
)
async def test_a_webhook_that_the_carrier_has_not_signed(
    line: Line, warnings_logged: list[str], path: str, signature: str
) -> None:
    """403, one log line without anything personal, and no call; what is signed otherwise may leave
    one more, of what to check.
    """
    before = await traces(line)
    headers = {"X-Twilio-Signature": signature.encode()} if signature else {}
    async with loopback_client(base_url=line.url) as client:
        answer = await client.post(path, data=voice_form("CAx"), headers=headers)
    assert answer.status_code == 403
    refused, *hints = warnings_logged
    assert refused == f"refused: {path} without the carrier's signature"
    assert hints in ([], [f"signature does not fit {PUBLIC}{path}: {CHECK}"])
    assert await traces(line) == before


async def test_the_query_is_part_of_what_is_signed(line: Line) -> None:
    """A signed webhook cannot be turned to another call."""
    form = voice_form("CAx", CallStatus="completed")
    signature = sign(f"{PUBLIC}/twilio/status?call=call_one", form)
    path = "/twilio/status?call=call_two"
    assert (await line.webhook(path, form, signature=signature)).status_code == 403


@pytest.mark.parametrize(
    ("tokens", "let_in"),
    [("carrier-secret", True), ("next-secret,carrier-secret", True), ("next-secret", False)],
    ids=["before", "during", "after"],
)
async def test_rotation_of_the_token(
    tmp_path: Path, warnings_logged: list[str], tokens: str, let_in: bool
) -> None:
    """While a token is rotated both are good, for webhooks and streams; afterwards the new one."""
    async with open_line(
        tmp_path, manner=HASTY, voice=ToneVoice(), twilio_auth_token=tokens
    ) as line:
        sim = await line.carrier.dial(CALLER)
        if let_in:
            await sim.wait_for("agent_speaks")
            await sim.hang_up()
            await line.ended(sim.sid)
        else:
            assert await sim.wait_ended(5) is EndReason.APPLICATION_ERROR
            with pytest.raises(InvalidStatus):
                async with line.stream():
                    pass
            assert len(warnings_logged) >= 2
            assert (await line.api.get("/calls")).json()["calls"] == []


async def test_a_replayed_announcement(line: Line, warnings_logged: list[str]) -> None:
    """Asked again before the stream came: the same answer. Afterwards: 403, a line, no call."""
    form = voice_form("CAreplayed")
    parameters = await announced(line, "CAreplayed")
    assert await announced(line, "CAreplayed") == parameters
    async with line.stream() as socket:
        await begin_stream(socket, "CAreplayed", parameters)
        await socket.recv()
        before = await traces(line)
        assert (await line.webhook("/twilio/incoming", form)).status_code == 403
        assert await traces(line) == before
        await end(line, "CAreplayed")
    before = await traces(line)
    assert (await line.webhook("/twilio/incoming", form)).status_code == 403
    assert await traces(line) == before
    assert [message.partition(":")[0] for message in warnings_logged] == ["refused"] * 2


@pytest.mark.parametrize("path", WEBHOOKS)
async def test_a_form_that_is_too_long(line: Line, path: str) -> None:
    """413 for a form above 64 KiB, or of unstated length: nothing of it is read."""
    form = voice_form("CAlong", Junk="x" * 70_000)
    assert (await line.webhook(path, form)).status_code == 413

    async def drip() -> AsyncIterator[bytes]:
        yield b"CallSid=CAdrip"

    async with loopback_client(base_url=line.url) as client:
        assert (await client.post(path, content=drip())).status_code == 413


@pytest.mark.parametrize(
    ("kind", "body"),
    [
        ("application/x-www-form-urlencoded", b"\xff\xfe%zz=%&&&===\x00"),
        ("multipart/form-data; boundary=x", b"--x\r\nbroken"),
        ("multipart/form-data", b"no boundary"),
        ("application/json", b'{"CallSid": "CAx"}'),
        ("application/x-www-form-urlencoded", b"a=b&" * 2000),
    ],
    ids=["garbage", "broken multipart", "no boundary", "json", "many fields"],
)
async def test_a_form_that_cannot_be_read(line: Line, kind: str, body: bytes) -> None:
    """Is refused as a mistake of whoever sent it, never an error of ours."""
    async with loopback_client(base_url=line.url) as client:
        answer = await client.post("/twilio/incoming", content=body, headers={"Content-Type": kind})
    assert answer.status_code in (400, 403)


async def test_a_signed_form_that_names_no_call(line: Line, warnings_logged: list[str]) -> None:
    """400 and one log line."""
    assert (await line.webhook("/twilio/status", {"CallSid": "CAx"})).status_code == 400
    assert (await line.webhook("/twilio/incoming", {"From": CALLER})).status_code == 400
    assert len(warnings_logged) == 2
    assert not any(CALLER in message for message in warnings_logged)


# -- the stream -------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "signature",
    ["", "wrong", sign(STREAM, {}, token="wrong"), sign("wss://other.example/twilio/stream", {})],
    ids=["none", "wrong", "other token", "other host"],
)
async def test_a_stream_that_the_carrier_has_not_signed(
    line: Line, warnings_logged: list[str], signature: str
) -> None:
    """The upgrade itself is refused, before anything is built; one log line, or two."""
    before = await traces(line)
    with pytest.raises(InvalidStatus) as refused:
        async with line.stream(signature=signature):
            pass
    assert refused.value.response.status_code == 403
    *hints, refused = warnings_logged
    assert refused == "refused: a stream without the carrier's signature"
    assert hints in ([], [f"signature does not fit {PUBLIC}/twilio/stream: {CHECK}"])
    assert await traces(line) == before


def _start(**changes: Any) -> str:
    start = messages.start(
        account_sid=ACCOUNT, call_sid="CAx", stream_sid="MZx", parameters={"token": "t"}
    )
    return json.dumps({**start, **changes})


@pytest.mark.parametrize(
    ("sent", "code"),
    [
        (["x" * 70_000], 1008),
        ([b"\x00\xff\xfe" * 100], 1008),
        (["hello"], 1008),
        (["[]"], 1008),
        (["{}"], 1008),
        (['{"event": "media", "media": {"payload": ""}}'], 1008),
        ([json.dumps(messages.connected())] * 2, 1008),
        ([_start(start={})], 1008),
        ([_start(start="CAx")], 1008),
        ([_start(start={"mediaFormat": {"encoding": "audio/opus", "sampleRate": "8000"}})], 1008),
        ([_start()], 1008),
        (["[" * 60_000], 1008),
    ],
    ids=[
        "over 64 KiB",
        "binary",
        "no JSON",
        "no object",
        "no event",
        "media first",
        "no start",
        "empty start",
        "start is text",
        "other encoding",
        "unknown token",
        "deep JSON",
    ],
)
async def test_a_stream_that_speaks_otherwise(
    line: Line, warnings_logged: list[str], sent: list[str | bytes], code: int
) -> None:
    """Is closed with 1008; one line in the log, no call."""
    before = await traces(line)
    async with line.stream() as socket:
        for message in sent:
            await socket.send(message)
        assert await close_code(socket) == code
    assert [message.partition(":")[0] for message in warnings_logged] == ["refused"]
    assert await traces(line) == before


Bring = Callable[[dict[str, str], dict[str, str]], dict[str, str]]


@pytest.mark.parametrize(
    ("named", "bring"),
    [
        ("mine", lambda mine, other: {**mine, "token": "guessed"}),
        ("mine", lambda mine, other: {**mine, "token": ""}),
        ("mine", lambda mine, other: {"call": mine["call"]}),
        ("mine", lambda mine, other: other),
        ("mine", lambda mine, other: {**mine, "token": other["token"]}),
        ("nobody", lambda mine, other: mine),
        ("other", lambda mine, other: mine),
        ("", lambda mine, other: mine),
    ],
    ids=[
        "wrong token",
        "empty token",
        "no token",
        "the other call's parameters",
        "the other call's token",
        "CallSid of no call",
        "CallSid of the other call",
        "no CallSid",
    ],
)
async def test_a_token_belongs_to_its_call(
    line: Line, warnings_logged: list[str], named: str, bring: Bring
) -> None:
    """A wrong pair of token and CallSid is refused, and the right one still works afterwards."""
    sids = {"mine": new_sid("CA"), "other": new_sid("CA"), "nobody": new_sid("CA"), "": ""}
    mine, other = await announced(line, sids["mine"]), await announced(line, sids["other"])
    async with line.stream() as socket:
        await begin_stream(socket, sids[named], bring(mine, other))
        assert await close_code(socket) == 1008
    assert warnings_logged == ["refused: a stream whose token fits no waiting call"]
    async with line.stream() as socket:
        await begin_stream(socket, sids["mine"], mine)
        assert json.loads(await socket.recv())["event"] == "media"
        await end(line, sids["mine"])
    await end(line, sids["other"])


async def test_a_token_is_good_for_one_stream(line: Line, warnings_logged: list[str]) -> None:
    """A second stream with the same token is closed; the first goes on undisturbed."""
    parameters = await announced(line, "CAtwice")
    async with line.stream() as first, line.stream() as second:
        await begin_stream(first, "CAtwice", parameters)
        await first.recv()
        await begin_stream(second, "CAtwice", parameters)
        assert await close_code(second) == 1008
        await first.recv()
        assert (await line.call("CAtwice"))["ended_at"] is None
        await end(line, "CAtwice")
    async with line.stream() as late:
        await begin_stream(late, "CAtwice", parameters)
        assert await close_code(late) == 1008
    assert len(warnings_logged) == 2


# -- the API ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "authorization",
    [None, "", "Bearer", "Bearer wrong", f"Basic {API_KEY}", API_KEY],
)
async def test_the_api_wants_its_key(line: Line, authorization: str | None) -> None:
    """401 on every route without the key, and nothing is told or done."""
    headers = {} if authorization is None else {"Authorization": authorization}
    dialled = len(line.carrier.calls)
    async with loopback_client(base_url=line.url, headers=headers) as client:
        asked: list[Awaitable[httpx.Response]] = [
            client.post("/calls", json={"to": CALLER, "agent": "front"}),
            client.post("/calls", json={"nonsense": True}),
            client.get("/calls"),
            client.get("/calls/CAx"),
            client.post("/calls/CAx/hangup"),
        ]
        for answer in await asyncio.gather(*asked):
            assert answer.status_code == 401
            assert answer.headers["www-authenticate"] == "Bearer"
    assert len(line.carrier.calls) == dialled


async def test_the_carriers_token_is_no_api_key(line: Line) -> None:
    """Each secret opens its own door."""
    headers = {"Authorization": f"Bearer {AUTH_TOKEN}"}
    assert (await line.api.get("/calls", headers=headers)).status_code == 401
