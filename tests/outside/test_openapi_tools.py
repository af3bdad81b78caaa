"""Operations of an OpenAPI document are ordinary tools: bounded, guarded, written once."""

import asyncio
import json
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from bot.egress import Egress
from bot.outside.cutting import MOST_BYTES
from bot.outside.openapi import OpenApiTools
from bot.simulator.loopback_server import LoopbackServer
from tests.outside.service_kit import Boxed, Desk, call_of
from tools.signature import signature_of

pytestmark = pytest.mark.realtime


@pytest.fixture
def desk() -> Desk:
    return Desk()


@pytest.fixture
async def served(desk: Desk) -> AsyncIterator[LoopbackServer]:
    async with LoopbackServer(desk.app) as served:
        yield served


@pytest.fixture
async def document(served: LoopbackServer, tmp_path: Path) -> Path:
    """As the service writes it, OpenAPI 3.1."""
    async with httpx.AsyncClient(trust_env=False) as client:
        content = (await client.get(f"{served.url}/openapi.json")).json()
    assert content["openapi"].startswith("3.1")
    path = tmp_path / "desk.json"
    path.write_text(json.dumps(content), encoding="utf-8")
    return path


def source(document: Path, address: str, **more: Any) -> OpenApiTools:
    settings: dict[str, Any] = {
        "only": (),
        "headers": {},
        "query": {},
        "repeatable": False,
        "egress": Egress(["127.0.0.1"]),
    }
    return OpenApiTools(document, address=address, **(settings | more))


def said(answer: Any) -> dict[str, Any]:
    output: dict[str, Any] = answer.output
    return output


async def test_operations_are_tools(document: Path, served: LoopbackServer, boxed: Boxed) -> None:
    """Arguments go into path, query, headers and body; the answer is what the model reads."""
    desk_tools = source(document, served.url)
    assert desk_tools.faults == []
    box = boxed(desk_tools.tools)
    ticket = await box.run("getTicket", '{"number": "a b?c", "x-tenant": "north"}', "c1")
    assert ticket.output == {"number": "a b?c", "tenant": "north"}
    listed = await box.run("listTickets", '{"status": "open", "tag": ["a", "b"], "limit": 1}', "c2")
    assert listed.output["tags"] == ["a", "b"]
    made = await box.run("createTicket", '{"title": "No heat", "urgent": true}', "c3")
    assert (made.ok, made.output) == (True, {"number": 1})
    assert said(await box.run("plain", "{}", "c4")) == {"answer": "all is well"}
    assert said(await box.run("addNote", '{"text": "hm"}', "c5")) == {"done": True}
    await desk_tools.aclose()


async def test_the_model_is_shown_what_the_document_says(
    document: Path, served: LoopbackServer
) -> None:
    """A flat function with the schema of its arguments, references resolved."""
    desk_tools = source(document, served.url, only=["createTicket", "getTicket"])
    created, found = (signature_of(tool) for tool in desk_tools.tools)
    assert created.name == "createTicket"
    assert created.parameters["required"] == ["title"]
    assert created.parameters["properties"]["tags"]["items"] == {"type": "string"}
    assert "idempotency-key" not in created.parameters["properties"]
    assert "$ref" not in json.dumps(created.parameters)
    assert found.description == "Looks up one ticket"
    await desk_tools.aclose()


async def test_what_does_not_fit_is_not_sent(
    document: Path, served: LoopbackServer, desk: Desk, boxed: Boxed
) -> None:
    """The model is told what to mend."""
    box = boxed(source(document, served.url).tools)
    wrong = await box.run("createTicket", '{"urgent": "very"}', "c1")
    assert wrong.output["error"] == "bad_arguments"
    assert "'title' is a required property" in wrong.output["say"]
    assert "urgent: 'very' is not of type 'boolean'" in wrong.output["say"]
    more = await box.run("createTicket", '{"title": "x", "price": 1}', "c2")
    assert "price" in more.output["say"]
    up = await box.run("getTicket", '{"number": ".."}', "c3")
    assert up.output["error"] == "bad_arguments"
    assert desk.tickets == []


async def test_a_key_of_the_operator_goes_along(
    document: Path, served: LoopbackServer, desk: Desk
) -> None:
    """And is nothing that a model sees or says."""
    asked: list[httpx.Request] = []

    async def note(request: httpx.Request) -> None:
        asked.append(request)

    keyed = source(
        document, served.url, headers={"Authorization": "Bearer s3cret"}, query={"api": "7"}
    )
    keyed._client.event_hooks = {"request": [note], "response": []}
    (tool,) = (tool for tool in keyed.tools if tool.__name__ == "getTicket")
    await tool(call_of(), number="1")
    assert asked[0].headers["Authorization"] == "Bearer s3cret"
    assert asked[0].url.query == b"api=7"
    await keyed.aclose()


async def test_a_write_has_a_key_and_is_done_once(
    document: Path, served: LoopbackServer, desk: Desk, boxed: Boxed
) -> None:
    """Asked for twice with the same arguments it is the same write."""
    box = boxed(source(document, served.url).tools)
    for call in ("c1", "c2"):
        assert (await box.run("createTicket", '{"title": "x"}', call)).output["number"] == 1
    assert len(desk.tickets) == 1
    assert desk.keys[0] is not None and len(desk.keys[0]) == 32


async def test_a_write_in_doubt(
    document: Path, served: LoopbackServer, desk: Desk, boxed: Boxed
) -> None:
    """It is repeated under its key where the document knows keys, and never where it does not."""
    box = boxed(source(document, served.url).tools)
    desk.fail_with = 503
    for call in ("c1", "c2"):
        doubt = await box.run("createTicket", '{"title": "x"}', call)
        assert doubt.output["error"] == "unconfirmed"
    assert len(desk.keys) == 2
    assert len(set(desk.keys)) == 1
    for call in ("c3", "c4"):
        doubt = await box.run("addNote", '{"text": "x"}', call)
        assert doubt.output["error"] == "unconfirmed"
    assert desk.tickets == [{"note": "x"}]


@pytest.mark.parametrize(
    ("status", "error", "words"),
    [
        (409, "refused", "The desk is closed on holidays."),
        (422, "refused", "The desk is closed on holidays."),
        (500, "unavailable", "cannot be reached"),
        (401, "unavailable", "cannot be reached"),
        (302, "unavailable", "cannot be reached"),
    ],
)
async def test_failures_are_sentences(
    document: Path,
    served: LoopbackServer,
    desk: Desk,
    boxed: Boxed,
    status: int,
    error: str,
    words: str,
) -> None:
    """In the service's own words where it has some."""
    box = boxed(source(document, served.url).tools)
    desk.fail_with = status
    answer = await box.run("getTicket", '{"number": "1"}', "c1")
    assert answer.output["error"] == error
    assert words in json.dumps(answer.output)
    missing = await box.run("getTicket", '{"number": "404"}', "c2")
    assert missing.output["error"] == ("not_found" if not desk.fail_with else error)


async def test_not_found_too_slow_redirected_and_gone(
    document: Path, served: LoopbackServer, desk: Desk, boxed: Boxed
) -> None:
    """Each has an answer within the deadline of a tool."""
    tools = source(document, served.url).tools
    box, hasty = boxed(tools), boxed(tools, deadline_secs=0.3)
    assert said(await box.run("getTicket", '{"number": "404"}', "c1"))["error"] == "not_found"
    assert said(await box.run("away", "{}", "c2"))["error"] == "unavailable"
    desk.delay_secs = 5
    assert said(await hasty.run("getTicket", '{"number": "1"}', "c3"))["error"] == "too_slow"
    gone = boxed(source(document, "http://127.0.0.1:9").tools)
    assert said(await gone.run("getTicket", '{"number": "1"}', "c4"))["error"] == "unavailable"


async def test_answers_are_cut_to_a_bound(
    document: Path, served: LoopbackServer, boxed: Boxed
) -> None:
    """What a model reads is bounded, and what is taken in at all."""
    box = boxed(source(document, served.url).tools)
    many = await box.run("listTickets", '{"status": "open", "limit": 500}', "c1")
    assert len(json.dumps(many.output)) <= MOST_BYTES
    assert many.output["status"] == "open"
    assert many.output["rows"][-1].endswith("more")
    assert "left_out" in many.output
    assert said(await box.run("huge", "{}", "c2"))["error"] == "unavailable"


async def test_private_targets_are_refused(
    document: Path, boxed: Boxed, served: LoopbackServer
) -> None:
    """At the start where the address says so, and at the call where a name leads there."""
    refused = source(document, served.url, egress=Egress())
    assert refused.tools == ()
    assert all("no public address" in fault for fault in refused.faults)
    assert "operation getTicket" in refused.faults[0]

    async def resolve(*_: Any, **__: Any) -> Any:
        return [(2, 1, 6, "", ("127.0.0.1", served.port))]

    loop = asyncio.get_running_loop()
    original, loop.getaddrinfo = loop.getaddrinfo, resolve  # type: ignore[method-assign]
    try:
        rebound = source(document, f"http://rebound.example:{served.port}", egress=Egress())
        box = boxed(rebound.tools)
        answer = await box.run("getTicket", '{"number": "1"}', "c1")
    finally:
        loop.getaddrinfo = original  # type: ignore[method-assign]
    assert answer.output["error"] == "unavailable"
