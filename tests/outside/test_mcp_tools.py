"""Tools of a real MCP server are ordinary tools, and a server that dies is found again."""

import asyncio
import json
import sys
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any

import pytest

from bot.egress import Egress
from bot.outside import mcp_tools
from bot.outside.cutting import MOST_BYTES
from bot.outside.mcp_tools import McpTools
from bot.simulator.loopback_server import LoopbackServer
from tests.outside.mcp_server import clinic
from tests.outside.service_kit import Boxed
from tests.ports import free_port
from tools.signature import signature_of

pytestmark = pytest.mark.realtime

STDIO = f"stdio:{sys.executable} -m tests.outside.mcp_server"


@asynccontextmanager
async def opened(where: str, **more: Any) -> AsyncIterator[McpTools]:
    settings: dict[str, Any] = {
        **{"only": (), "headers": {}, "environment": {}, "repeatable": False},
        "egress": Egress(["127.0.0.1"]),
    }
    tools = McpTools(where, **(settings | more))
    await tools.open()
    try:
        yield tools
    finally:
        await tools.aclose()


async def until(come: Callable[[], bool]) -> None:
    """Waits for what happens beside the calls, 20 s at most."""
    async with asyncio.timeout(20):
        while not come():  # noqa: ASYNC110
            await asyncio.sleep(0.02)


@pytest.fixture
def notes() -> list[str]:
    return []


@pytest.fixture
async def served(notes: list[str]) -> AsyncIterator[LoopbackServer]:
    async with LoopbackServer(clinic(notes).streamable_http_app(), lifespan=True) as served:
        yield served


async def test_what_a_server_lists_are_tools(served: LoopbackServer, boxed: Boxed) -> None:
    """With its schemas; what is structured is read as it stands."""
    async with opened(f"{served.url}/mcp") as clinic_tools:
        names = [tool.__name__ for tool in clinic_tools.tools]
        assert names == ["doctors", "slow", "long_story", "take_note", "die"]
        assert clinic_tools.troubles == []
        shown = signature_of(clinic_tools.tools[0])
        assert shown.description == "Who works here."
        assert shown.parameters["required"] == ["speciality"]
        box = boxed(clinic_tools.tools)
        answer = await box.run("doctors", '{"speciality": "eyes"}', "c1")
        assert answer.output == {"speciality": "eyes", "doctors": ["Dr. Osei"]}


async def test_only_those_that_are_wanted(served: LoopbackServer) -> None:
    """And it is said which of them there is not."""
    async with opened(f"{served.url}/mcp", only=["doctors", "nurses"]) as clinic_tools:
        assert [tool.__name__ for tool in clinic_tools.tools] == ["doctors"]
        assert clinic_tools.troubles == ["it has no tool nurses"]


async def test_failures_are_sentences(served: LoopbackServer, boxed: Boxed) -> None:
    """The server's own words, bad arguments, and one that is too slow."""
    async with opened(f"{served.url}/mcp") as clinic_tools:
        box, hasty = boxed(clinic_tools.tools), boxed(clinic_tools.tools, deadline_secs=0.3)
        refused = await box.run("doctors", '{"speciality": "none"}', "c1")
        assert refused.output["error"] == "refused"
        assert "We have no such doctor." in refused.output["reason"]
        wrong = await box.run("doctors", '{"speciality": 7}', "c2")
        assert wrong.output["error"] == "bad_arguments"
        slow = await hasty.run("slow", '{"secs": 20}', "c3")
        assert slow.output["error"] == "too_slow"
        again = await box.run("doctors", '{"speciality": "ears"}', "c4")
        assert again.ok


async def test_a_write_is_done_once(served: LoopbackServer, notes: list[str], boxed: Boxed) -> None:
    """The same arguments in one call are the same write."""
    async with opened(f"{served.url}/mcp") as clinic_tools:
        box = boxed(clinic_tools.tools)
        for call in ("c1", "c2"):
            assert (await box.run("take_note", '{"text": "x"}', call)).ok
        assert notes == ["x"]


async def test_answers_are_cut_to_a_bound(served: LoopbackServer, boxed: Boxed) -> None:
    """Of what a model reads; what is longer than a server may answer is given up."""
    async with opened(f"{served.url}/mcp") as clinic_tools:
        box = boxed(clinic_tools.tools)
        long = await box.run("long_story", '{"words": 20000}', "c1")
        assert long.ok
        assert len(json.dumps(long.output)) <= MOST_BYTES
        endless = await box.run("long_story", '{"words": 1000000}', "c2")
        assert not endless.ok
        await until(lambda: bool(clinic_tools.troubles))
        await until(lambda: not clinic_tools.troubles)
        assert (await box.run("doctors", '{"speciality": "eyes"}', "c3")).ok


async def test_a_server_that_dies_is_found_again(
    boxed: Boxed, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Meanwhile its tools say that it cannot be reached; a write is in no doubt then."""
    monkeypatch.setattr(mcp_tools, "PAUSES_SECS", (0.05,))
    port = free_port()
    async with LoopbackServer(clinic().streamable_http_app(), lifespan=True, port=port) as served:
        keeping = opened(f"{served.url}/mcp")
        clinic_tools = await keeping.__aenter__()
        box = boxed(clinic_tools.tools)
        assert (await box.run("doctors", '{"speciality": "eyes"}', "c1")).ok
    dead = await box.run("doctors", '{"speciality": "eyes"}', "c2")
    assert dead.output["error"] == "unavailable"
    await until(lambda: bool(clinic_tools.troubles))
    dead = await box.run("take_note", '{"text": "x"}', "c3")
    assert dead.output["error"] == "unavailable"
    async with LoopbackServer(clinic().streamable_http_app(), lifespan=True, port=port):
        await until(lambda: not clinic_tools.troubles)
        assert (await box.run("doctors", '{"speciality": "eyes"}', "c4")).ok
        assert (await box.run("take_note", '{"text": "x"}', "c5")).ok
        await keeping.__aexit__(None, None, None)


async def test_a_program_is_a_server_too(boxed: Boxed) -> None:
    """Started by us, again when it has died, and ended with us."""
    async with opened(STDIO) as clinic_tools:
        await until(lambda: not clinic_tools.troubles)
        box = boxed(clinic_tools.tools)
        assert (await box.run("take_note", '{"text": "x"}', "c1")).output == {"result": "note 1"}
        assert not (await box.run("die", "{}", "c2")).ok
        await until(lambda: bool(clinic_tools.troubles))
        await until(lambda: not clinic_tools.troubles)
        assert (await box.run("take_note", '{"text": "y"}', "c3")).output == {"result": "note 1"}


async def test_a_server_that_is_not_there(boxed: Boxed) -> None:
    """The service goes on without it; it has no tools until it is."""
    async with opened(f"http://127.0.0.1:{free_port()}/mcp") as nobody:
        assert nobody.tools == ()
        assert nobody.troubles != []
    async with opened("stdio:/no/such/program") as nothing:
        assert "No such file" in nothing.troubles[0]


async def test_private_addresses_are_refused(served: LoopbackServer) -> None:
    """As for all that others name."""
    async with opened(f"{served.url}/mcp", egress=Egress()) as refused:
        assert refused.tools == ()
        assert "no public address" in refused.faults[0]
