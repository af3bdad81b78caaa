"""Live calls in the console: the list, one call word by word, hanging up and putting through."""

import asyncio
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import httpx
import pytest
import pytest_asyncio
from console_kit import add_user, add_users, browser, sign_in, user

from bot.app import open_service
from bot.calls import CallService
from bot.calls.feed import MOST_WAITING, Words
from bot.clock import utcnow
from bot.console.streams import LOOK_SECS, MOST
from bot.simulator.caller import CallerScript, Say, StayOn, WaitForAgent
from bot.simulator.model import ANYTHING, Call, ModelScript, Step
from bot.simulator.voices import Voice
from bot.store import Store
from bot.testing.line import CALLER, HASTY, HUMAN, Line, agent_file, serving
from config import Settings
from tests.service.line_kit import open_line

pytestmark = pytest.mark.asyncio(loop_scope="module")

FRONT = "+15550001001"
ASK, ANSWER = "When do you close?", "Until <six>. Shall I book?"


services: list[CallService] = []


@asynccontextmanager
async def kept(settings: Settings) -> AsyncIterator[str]:
    async with open_service(settings) as service, serving(service) as url:
        services.append(service.calls)
        yield url


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def line(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Line]:
    folder = tmp_path_factory.mktemp("live")
    async with open_line(
        folder,
        manner=HASTY,
        agents={"front": agent_file(f'numbers = ["{FRONT}"]')},
        serving=kept,
        script=ModelScript(
            steps=(
                Step(hears=ANYTHING, calls=(Call(name="lookup_hours", arguments={}),)),
                Step(after_tool="lookup_hours", say=ANSWER),
            ),
            expects=(ASK,),
        ),
    ) as line:
        await add_users(line)
        yield line


class Page:
    """What a page has been told over its event stream."""

    def __init__(self) -> None:
        self.messages: list[str] = []
        self.over = False

    async def follow(self, client: httpx.AsyncClient, path: str) -> None:
        async with client.stream("GET", path) as answer:
            assert answer.status_code == 200, answer.status_code
            assert answer.headers["content-type"].startswith("text/event-stream")
            data: list[str] = []
            async for text in answer.aiter_lines():
                if text.startswith("data: "):
                    data.append(text.removeprefix("data: "))
                elif text == "event: over":
                    self.over = True
                elif not text and data:
                    self.messages.append("\n".join(data))
                    data = []

    def told(self, words: str) -> int:
        """Which message held these words; -1: none."""
        return next((n for n, text in enumerate(self.messages) if words in text), -1)


async def until(holds, within_secs: float = 20.0) -> None:  # type: ignore[no-untyped-def]
    async with asyncio.timeout(within_secs):
        while not holds():  # noqa: ASYNC110
            await asyncio.sleep(0.05)


def caller(voice: Voice) -> CallerScript:
    return CallerScript(voice=voice, actions=(WaitForAgent(silence_ms=100), Say(ASK), StayOn()))


async def test_a_call_is_seen_as_it_happens(line: Line, spoken: Voice) -> None:
    """What both sides say while they say it, the tool with its result, waits, and the end; then
    the stream is over. The record of the call says the same."""
    async with user(line, "viewer") as client:
        sim = await line.carrier.dial(CALLER, to_number=FRONT, caller=caller(spoken))
        record = await line.until(sim.sid, lambda record: record["status"] == "in-progress")
        page, path = Page(), f"/console/calls/{record['id']}"
        following = asyncio.create_task(page.follow(client, f"{path}/events"))
        await until(lambda: page.told("Until &lt;six&gt;. Shall I book?") >= 0)
        growing = [text for text in page.messages if 'class="turn agent growing"' in text]
        assert growing
        await until(lambda: page.told("after") >= 0)
        await sim.hang_up()
        record = await line.ended(sim.sid)
        await asyncio.wait_for(following, 10)
        assert page.over
        assert 0 <= page.told(ASK) <= page.told("<strong>lookup_hours</strong>")
        assert page.told("running") < page.told("done in")
        last = page.messages[-2] if page.messages[-1] == "over" else page.messages[-1]
        for turn in record["turns"]:
            assert turn["text"].replace("<", "&lt;").replace(">", "&gt;") in last
        assert "caller hung up" in last
        whole = (await client.get(path)).text
        assert "<six>" not in whole
        assert "hx-sse:connect" not in whole
        assert "Hang up" not in whole


async def test_the_list_follows_the_calls(line: Line) -> None:
    """It shows who is on the line, with which agent; and nobody once they have hung up."""
    async with user(line, "viewer") as client:
        page = Page()
        following = asyncio.create_task(page.follow(client, "/console/live/events"))
        await until(lambda: page.told("Nobody is on the line.") >= 0)
        sim = await line.carrier.dial("+15551110001", to_number=FRONT)
        await until(lambda: page.told("+15551110001") >= 0)
        await until(lambda: page.told("talking") >= 0)
        row = page.messages[page.told("talking")]
        assert "front" in row
        assert re.search(r"\$0\.0\d\d", row)
        assert "+15551110001" in (await client.get("/console/live")).text
        await sim.hang_up()
        await until(lambda: "Nobody is on the line." in page.messages[-1])
        await line.ended(sim.sid)
        following.cancel()


async def test_hanging_up(line: Line) -> None:
    """An operator may, a viewer may not; it is written down who did. A call that is over stays."""
    sim = await line.carrier.dial(CALLER, to_number=FRONT)
    record = await line.until(sim.sid, lambda record: record["status"] == "in-progress")
    path = f"/console/calls/{record['id']}"
    async with user(line, "viewer") as viewer, user(line, "operator") as operator:
        assert "Hang up" not in (await viewer.get(path)).text
        assert (await viewer.post(f"{path}/hang-up")).status_code == 403
        assert "Hang up" in (await operator.get(path)).text
        answer = await operator.post(f"{path}/hang-up")
        assert (answer.status_code, answer.headers["location"]) == (303, path)
        ended = await line.ended(sim.sid)
        assert ended["outcome"]["reason"] == "hung_up_by_api"
        assert (await operator.post(f"{path}/hang-up")).status_code == 409
        assert (await operator.post("/console/calls/call_none/hang-up")).status_code == 404
    store = await Store.open(line.settings.database_url)
    (entry,) = await store.audit.find(subject=record["id"])
    await store.close()
    assert (entry.who, entry.act) == ("operator", "hung_up")


async def test_putting_through(line: Line) -> None:
    """The caller gets the person of the settings."""
    sim = await line.carrier.dial(CALLER, to_number=FRONT)
    record = await line.until(sim.sid, lambda record: record["status"] == "in-progress")
    async with user(line, "operator") as operator:
        path = f"/console/calls/{record['id']}"
        assert "Putting through" not in (await operator.get(path)).text
        page = Page()
        following = asyncio.create_task(page.follow(operator, f"{path}/events"))
        await until(lambda: bool(page.messages))
        assert (await operator.post(f"{path}/put-through")).status_code == 303
        ended = await line.ended(sim.sid)
        assert ended["transfer"]["target"] == HUMAN
        await until(lambda: page.told("The human of the line is called") >= 0)
        await following
        assert "The human of the line is called" in (await operator.get(path)).text
        assert (await operator.post(f"{path}/put-through")).status_code == 409


async def test_a_page_that_nobody_may_see_any_more(line: Line) -> None:
    """Its stream ends soon after its session."""
    async with user(line, "operator") as client:
        page = Page()
        following = asyncio.create_task(page.follow(client, "/console/live/events"))
        await until(lambda: bool(page.messages))
        await client.post("/console/sign-out")
        await asyncio.wait_for(following, LOOK_SECS + 3)
        assert not page.over
        assert (await client.get("/console/live/events")).status_code == 303


async def test_only_so_many_pages_are_told(line: Line) -> None:
    """Those beyond are told why; when one goes there is room again."""
    async with user(line, "viewer") as client, asyncio.TaskGroup() as tasks:
        pages = [Page() for _ in range(MOST)]
        following = [
            tasks.create_task(page.follow(client, "/console/live/events")) for page in pages
        ]
        await until(lambda: all(page.messages for page in pages))
        async with user(line, "viewer") as another:
            refused = await another.get("/console/live/events")
            assert (refused.status_code, "Too many pages" in refused.text) == (503, True)
            for task in following:
                task.cancel()
            await asyncio.sleep(2)
            page = Page()
            task = tasks.create_task(page.follow(another, "/console/live/events"))
            await until(lambda: bool(page.messages))
            task.cancel()


async def test_a_page_that_is_too_slow_is_told_so(line: Line) -> None:
    """What it missed is read anew from the record, and the call notices nothing."""
    sim = await line.carrier.dial(CALLER, to_number=FRONT)
    record = await line.until(sim.sid, lambda record: bool(record["turns"]))
    async with user(line, "viewer") as client:
        page = Page()
        following = asyncio.create_task(
            page.follow(client, f"/console/calls/{record['id']}/events")
        )
        await until(lambda: bool(page.messages))
        for number in range(MOST_WAITING + 100):
            key, text = f"k{number}", f"word {number}"
            services[0].feed.publish(Words(call_id=record["id"], who="agent", key=key, text=text))
        await until(lambda: page.told("missed 100 things") >= 0)
        message = page.messages[page.told("missed 100 things")]
        assert record["turns"][0]["text"] in message
        await sim.hang_up()
        await line.ended(sim.sid)
        await asyncio.wait_for(following, 10)


async def test_unknown_calls(line: Line) -> None:
    async with user(line, "viewer") as client:
        for path in ("/console/calls/call_none", "/console/calls/call_none/events"):
            answer = await client.get(path)
            assert (answer.status_code, "No call has this id" in answer.text) == (404, True)


async def test_a_page_does_not_hold_up_the_end(tmp_path: Path) -> None:
    """The service stops while pages are open, in about a second."""
    async with open_line(tmp_path) as line:
        store = await Store.open(line.settings.database_url)
        await add_user(store, "viewer", "viewer")
        await store.close()
        client = await browser(line.url).__aenter__()
        await sign_in(client, "viewer")
        page = Page()
        following = asyncio.create_task(page.follow(client, "/console/live/events"))
        await until(lambda: bool(page.messages))
        before = utcnow()
    await asyncio.wait_for(following, 1)
    assert (utcnow() - before).total_seconds() < 3
    await client.aclose()
