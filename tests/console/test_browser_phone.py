"""The browser phone: a signed-in browser calls an agent over Media Streams."""

import asyncio
import base64
import json
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from datetime import datetime
from typing import Any

import httpx
import pytest
import pytest_asyncio
from console_kit import add_users, user
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed, InvalidStatus

from bot.carriers import CallStatus
from bot.carriers.browser.lines import BrowserLines, WithBrowsers, is_of_browser, new_call_sid
from bot.clock import utcnow
from bot.testing.line import CALLER, HASTY, HUMAN, Line, agent_file
from tests.service.line_kit import open_line

pytestmark = pytest.mark.asyncio(loop_scope="module")

NUMBER = "+15550001001"


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def line(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Line]:
    async with open_line(
        tmp_path_factory.mktemp("phone"),
        manner=HASTY,
        agents={
            "front": agent_file(f'numbers = ["{NUMBER}"]', first_line="Hello there."),
            "bye": agent_file(first_line="Goodbye."),
            "task": agent_file(pipeline="errand").replace("Be brief.", "Tell {{name}} so."),
        },
    ) as line:
        await add_users(line)
        yield line


async def ring(client: httpx.AsyncClient, agent: str) -> dict[str, str]:
    answer = await client.post("/console/phone/calls", data={"agent": agent})
    assert answer.status_code == 200, answer.text
    told: dict[str, str] = answer.json()
    return told


def cookie(client: httpx.AsyncClient) -> str:
    return "; ".join(f"{name}={value}" for name, value in client.cookies.items())


class Phone:
    """What the page does, but for the sound card: what comes counts as played at once."""

    def __init__(self, socket: ClientConnection) -> None:
        self.socket = socket
        self.heard = bytearray()
        self.events: list[dict[str, Any]] = []
        self._number = 0

    async def send(self, **message: Any) -> None:
        self._number += 1
        await self.socket.send(json.dumps({**message, "sequenceNumber": str(self._number)}))

    async def begin(self, told: Mapping[str, str], **changes: str) -> None:
        given = {**told, **changes}
        await self.socket.send(json.dumps({"event": "connected", "protocol": "Call"}))
        start = {
            "accountSid": "console",
            "callSid": given["call_sid"],
            "mediaFormat": {"encoding": "audio/x-mulaw", "sampleRate": 8000, "channels": 1},
            "customParameters": {"call": given["call_id"], "token": given["token"]},
        }
        await self.send(event="start", streamSid="MZ1", start=start)

    async def play(self) -> None:
        """Until the line is gone."""
        try:
            async for text in self.socket:
                message = json.loads(text)
                self.events.append(message)
                if message["event"] == "media":
                    self.heard += base64.b64decode(message["media"]["payload"])
                elif message["event"] == "mark":
                    await self.send(event="mark", mark=message["mark"])
        except ConnectionClosed:
            return


@asynccontextmanager
async def on_line(
    line: Line, told: Mapping[str, str], headers: Mapping[str, str]
) -> AsyncIterator[Phone]:
    url = line.url.replace("http", "ws") + told["stream"]
    async with connect(url, additional_headers=headers, compression=None, proxy=None) as socket:
        yield Phone(socket)


def ours(line: Line, client: httpx.AsyncClient) -> dict[str, str]:
    return {"Origin": line.url, "Cookie": cookie(client)}


async def test_a_browser_calls_an_agent(line: Line) -> None:
    """It hears the agent, presses keys and hangs up; the record is one of a call like any other."""
    async with user(line, "operator") as client:
        page = (await client.get("/console/phone")).text
        assert "<option>front</option>" in page
        told = await ring(client, "front")
        async with on_line(line, told, ours(line, client)) as phone:
            await phone.begin(told)
            playing = asyncio.create_task(phone.play())
            record = await line.until(told["call_id"], lambda record: bool(record["turns"]))
            assert (record["turns"][0]["text"], record["turns"][0]["interrupted"]) == (
                "Hello there.",
                False,
            )
            assert len(phone.heard) > 4000
            panel = (await client.get(f"/console/phone/panel/{told['call_id']}")).text
            assert "Hello there." in panel
            await phone.send(event="dtmf", dtmf={"digit": "5"})
            await line.until(told["call_id"], lambda record: len(record["turns"]) > 1)
            await phone.send(event="stop", stop={})
            await phone.socket.close()
            await playing
        record = await line.ended(told["call_id"])
        assert (record["from"], record["to"], record["agent"], record["direction"]) == (
            "console:operator",
            NUMBER,
            "front",
            "inbound",
        )
        assert record["outcome"]["reason"] == "caller_hung_up"
        assert "5" in record["turns"][1]["text"]
    assert not any(is_of_browser(sid) for sid in line.carrier.calls)


async def test_a_browser_that_goes_without_a_word(line: Line) -> None:
    """Has hung up."""
    async with user(line, "operator") as client:
        told = await ring(client, "front")
        async with on_line(line, told, ours(line, client)) as phone:
            await phone.begin(told)
            playing = asyncio.create_task(phone.play())
            await line.until(told["call_id"], lambda record: bool(record["turns"]))
            phone.socket.transport.abort()
            gone_at = utcnow()
            await playing
        record = await line.ended(told["call_id"])
        assert record["outcome"]["reason"] == "caller_hung_up"
        late = datetime.fromisoformat(record["ended_at"]) - gone_at
        assert late.total_seconds() < 0.5  # it is not waited for: no browser comes back


async def test_the_agent_hangs_up(line: Line) -> None:
    """After its goodbye the line is closed; so it is when an operator ends the call."""
    async with user(line, "operator") as client:
        told = await ring(client, "bye")
        async with on_line(line, told, ours(line, client)) as phone:
            await phone.begin(told)
            await asyncio.wait_for(phone.play(), 20)
        record = await line.ended(told["call_id"])
        assert record["outcome"]["reason"] == "goodbye"
        assert record["to"] == line.settings.twilio_phone_number

        told = await ring(client, "front")
        async with on_line(line, told, ours(line, client)) as phone:
            await phone.begin(told)
            playing = asyncio.create_task(phone.play())
            await line.until(told["call_id"], lambda record: bool(record["turns"]))
            await client.post(f"/console/calls/{told['call_id']}/hang-up")
            await asyncio.wait_for(playing, 10)
        assert (await line.ended(told["call_id"]))["outcome"]["reason"] == "hung_up_by_api"


async def test_putting_a_browser_through(line: Line) -> None:
    """Nobody is dialled: the page says what would be."""
    async with user(line, "operator") as client:
        told = await ring(client, "front")
        async with on_line(line, told, ours(line, client)) as phone:
            await phone.begin(told)
            playing = asyncio.create_task(phone.play())
            await line.until(told["call_id"], lambda record: bool(record["turns"]))
            await client.post(f"/console/calls/{told['call_id']}/put-through")
            await asyncio.wait_for(playing, 10)
        (notice,) = [each["text"] for each in phone.events if each["event"] == "notice"]
        assert HUMAN in notice
        await line.ended(told["call_id"])


async def test_who_may_call(line: Line) -> None:
    """A user who acts on calls, from a page of ours: before anything is read of the stream."""
    async with user(line, "operator") as client, user(line, "viewer") as viewer:
        assert (
            await viewer.post("/console/phone/calls", data={"agent": "front"})
        ).status_code == 403
        assert "Viewers make no calls" in (await viewer.get("/console/phone")).text
        told = await ring(client, "front")
        for headers in (
            {},
            {"Origin": line.url},
            {"Cookie": cookie(client)},
            {"Origin": "https://evil.example", "Cookie": cookie(client)},
            {"Origin": line.url, "Cookie": cookie(viewer)},
            {"Origin": line.url, "Cookie": "trunkline_session=made.up"},
        ):
            with pytest.raises(InvalidStatus):
                async with on_line(line, told, headers):
                    pass
        async with on_line(line, told, ours(line, client)) as phone:  # nothing was used up
            await phone.begin(told)
            playing = asyncio.create_task(phone.play())
            await line.until(told["call_id"], lambda record: bool(record["turns"]))
            await phone.socket.close()
            await playing
        await line.ended(told["call_id"])


async def test_a_token_is_used_once(line: Line) -> None:
    """And by the call that it was given for."""
    async with user(line, "operator") as client:
        told = await ring(client, "front")
        other = await ring(client, "front")
        async with on_line(line, told, ours(line, client)) as phone:
            await phone.begin(told)
            playing = asyncio.create_task(phone.play())
            await line.until(told["call_id"], lambda record: bool(record["turns"]))
            for changes in (
                {},
                {"call_sid": new_call_sid()},
                {"token": other["token"]},
                {"call_sid": "CA" + "1" * 32},
                {"token": ""},
            ):
                async with on_line(line, told, ours(line, client)) as second:
                    await second.begin(told, **changes)
                    await asyncio.wait_for(second.play(), 10)
                    assert not second.heard, changes
            assert not playing.done()
            await phone.socket.close()
            await playing
        await line.ended(told["call_id"])


async def test_agents_that_cannot_answer(line: Line) -> None:
    """There is none of that name, or it needs to be told something first: a sentence says so."""
    async with user(line, "operator") as client:
        for agent, why in (("none", "there is no agent"), ("task", "name"), ("", "no agent")):
            answer = await client.post("/console/phone/calls", data={"agent": agent})
            assert answer.status_code == 409, agent
            assert why in answer.json()["detail"]


async def test_telephones_are_not_its_business(line: Line) -> None:
    """What is asked of the carrier about other calls goes there; a browser that is not on the line
    has hung up."""
    sim = await line.carrier.dial(CALLER, to_number=NUMBER)
    record = await line.until(sim.sid, lambda record: record["status"] == "in-progress")
    await line.api.post(f"/calls/{record['id']}/hangup")
    await line.ended(record["id"])
    asked: list[str] = []

    class Company:
        def __getattr__(self, name: str) -> Any:
            async def ask(call_sid: str, *given: Any) -> None:
                asked.append(f"{name} {call_sid}")

            return ask

    carrier = WithBrowsers(Company(), BrowserLines())  # type: ignore[arg-type]
    for sid in ("CA1", new_call_sid()):
        await carrier.end(sid)
        await carrier.cancel(sid)
    await carrier.fetch("CA1")
    assert asked == ["end CA1", "cancel CA1", "fetch CA1"]
    assert (await carrier.fetch(new_call_sid())).status is CallStatus.COMPLETED
