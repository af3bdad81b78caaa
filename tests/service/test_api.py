"""The API as the contract has it: what a call looks like, finding calls, hanging up."""

import asyncio
from collections.abc import AsyncIterator
from datetime import datetime, timedelta
from typing import Any

import pytest
import pytest_asyncio

from bot.clock import utcnow
from bot.simulator.caller import CallerScript, Say, StayOn, WaitForAgent
from bot.simulator.carrier import Busy
from bot.simulator.model import ANYTHING, Call, ModelScript, Step
from bot.simulator.voices import Voice
from bot.testing.line import CALLER, HASTY, LINE, Line, agent_file
from tests.service.line_kit import ToneVoice, open_line

pytestmark = pytest.mark.asyncio(loop_scope="module")

FRONT, BYE = "+15550001001", "+15550001002"
CALLEE = "+15554440000"
AGENTS = {
    "front": agent_file(
        f'numbers = ["{FRONT}"]', outcome='{ fields = { topic = "what it was about" } }'
    ),
    "bye": agent_file(f'numbers = ["{BYE}"]', first_line="Goodbye."),
    "task": agent_file(pipeline="errand"),
}
CALL = {
    "id": str,
    "call_sid": str,
    "direction": str,
    "agent": str,
    "agent_version": {"hash": str, "since": datetime},
    "from": str,
    "to": str,
    "started_at": datetime,
    "answered_at": datetime,
    "ended_at": datetime,
    "status": str,
    "outcome": {"result": str, "reason": str, "summary": str, "fields": dict},
    "transfer": None,
    "transfer_steps": list,
    "machine": None,
    "recording": None,
    "agents": None,
    "unproven": None,
    "holds": None,
    "knowledge": None,
    "continues": None,
    "turns": [
        {
            "role": str,
            "text": str,
            "started_at": datetime,
            "ended_at": datetime,
            "interrupted": bool,
        }
    ],
    "tool_calls": [
        {
            "name": str,
            "arguments": dict,
            "result": dict,
            "started_at": datetime,
            "duration_ms": int,
            "ok": bool,
        }
    ],
    "latency": {"first_words_ms": int, "turns_ms": [int]},
    "usage": dict,
    "cost": {"currency": str, "model": float, "carrier": float, "total": float},
}


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def line(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Line]:
    async with open_line(
        tmp_path_factory.mktemp("api"), manner=HASTY, voice=ToneVoice(), agents=AGENTS
    ) as line:
        yield line


def assert_shape(value: Any, shape: Any, where: str = "call") -> None:
    """The value has exactly this shape: these keys, these types, lists of at least one."""
    if isinstance(shape, dict):
        assert value.keys() == shape.keys(), where
        for key, inner in shape.items():
            assert_shape(value[key], inner, f"{where}.{key}")
    elif isinstance(shape, list):
        assert value, f"{where} is empty"
        for item in value:
            assert_shape(item, shape[0], f"{where}[]")
    elif shape is datetime:
        moment = datetime.fromisoformat(value)
        assert moment.utcoffset() == timedelta(0), where
    elif shape is None:
        assert value is None, where
    else:
        assert isinstance(value, shape), f"{where} is {value!r}"


async def test_a_call_is_what_the_contract_says(line: Line, spoken: Voice) -> None:
    """Every field, by our id and by the carrier's, of a call in which everything happens."""
    line.model.script = ModelScript(
        steps=(
            Step(hears=ANYTHING, calls=(Call(name="lookup_hours", arguments={}),)),
            Step(after_tool="lookup_hours", say="Until six. Goodbye."),
        ),
        expects=("When do you close?",),
        summary='{"summary": "Asked for hours.", "topic": "hours", "invented": 1}',
    )
    script = CallerScript(
        voice=spoken,
        actions=(WaitForAgent(silence_ms=100), Say("When do you close?"), StayOn()),
    )
    sim = await line.carrier.dial(CALLER, to_number=FRONT, caller=script)
    record = await line.ended(sim.sid)
    assert_shape(record, CALL)
    assert record["id"].startswith("call_")
    assert await line.call(record["id"]) == await line.call(sim.sid) == record
    assert (record["call_sid"], record["direction"], record["agent"]) == (
        sim.sid,
        "inbound",
        "front",
    )
    assert (record["from"], record["to"]) == (CALLER, FRONT)
    assert record["outcome"] == {
        "result": "completed",
        "reason": "goodbye",
        "summary": "Asked for hours.",
        "fields": {"topic": "hours"},
    }
    assert [(turn["role"], turn["text"]) for turn in record["turns"]] == [
        ("agent", "Hello."),
        ("caller", "When do you close?"),
        ("agent", "Until six. Goodbye."),
    ]
    (tool_call,) = record["tool_calls"]
    assert (tool_call["name"], tool_call["ok"]) == ("lookup_hours", True)
    assert tool_call["result"]
    cost = record["cost"]
    assert cost["currency"] == "USD"
    assert cost["model"] > 0
    assert cost["carrier"] > 0
    assert cost["total"] == pytest.approx(cost["model"] + cost["carrier"])
    moments = [record[name] for name in ("started_at", "answered_at", "ended_at")]
    assert moments == sorted(moments)


async def test_an_answer_to_dialling_is_the_call(line: Line) -> None:
    """POST /calls answers 201 with the call as it stands: nothing of its future is made up."""
    line.carrier.answer(CALLEE, Busy(ring_secs=0.3))
    answer = await line.api.post("/calls", json={"to": "+1 (555) 444-0000", "agent": "task"})
    assert answer.status_code == 201
    record = answer.json()
    assert [each["rule"] for each in record.pop("warnings")] == ["place"]
    assert record.keys() == CALL.keys()
    assert (record["to"], record["from"], record["direction"]) == (CALLEE, LINE, "outbound")
    assert record["call_sid"] in line.carrier.calls
    assert record["status"] in ("queued", "ringing")
    assert record["answered_at"] is record["ended_at"] is record["outcome"] is None
    await line.ended(record["id"])


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"to": CALLEE},
        {"to": CALLEE, "agent": "task", "speed": 2},
        {"to": CALLEE, "agent": "task", "variables": {"a": {"b": 1}}},
        {"to": CALLEE, "agent": "task", "instructions": "x" * 20_000},
        [],
    ],
)
async def test_a_body_that_is_wrong(line: Line, body: Any) -> None:
    """422 and nothing is dialled."""
    known = len(line.carrier.calls)
    assert (await line.api.post("/calls", json=body)).status_code == 422
    assert len(line.carrier.calls) == known


async def find(line: Line, **asked: Any) -> list[str]:
    """Ids of the calls found."""
    answer = await line.api.get("/calls", params=asked)
    assert answer.status_code == 200, answer.text
    return [call["id"] for call in answer.json()["calls"]]


async def test_calls_are_found(line: Line) -> None:
    """By status, agent, direction, number and time, newest first, page by page."""
    since = utcnow().astimezone().isoformat()
    line.carrier.answer(CALLEE, Busy(ring_secs=0))
    sims = [await line.carrier.dial(f"+1555777000{n}", to_number=BYE) for n in range(3)]
    inbound = [(await line.ended(sim.sid))["id"] for sim in sims]
    dialled = await line.api.post("/calls", json={"to": CALLEE, "agent": "task"})
    outbound = (await line.ended(dialled.json()["id"]))["id"]
    until = utcnow().astimezone().isoformat()
    everything = [outbound, *await find(line, since=since, direction="inbound")]
    assert sorted(everything) == sorted([outbound, *inbound])

    assert await find(line, since=since) == everything
    assert await find(line, since=since, until=until) == everything
    assert await find(line, since=until) == []
    assert await find(line, until=since, number="+15557770001") == []
    assert await find(line, since=since, status="busy") == [outbound]
    assert await find(line, since=since, agent="bye") == everything[1:]
    assert await find(line, since=since, direction="outbound") == [outbound]
    assert await find(line, number="+15557770001") == [inbound[1]]
    assert await find(line, since=since, number=CALLEE) == [outbound]

    pages: list[list[str]] = []
    before: dict[str, str] = {}
    while True:
        page = (await line.api.get("/calls", params={"since": since, "limit": 3, **before})).json()
        pages.append([call["id"] for call in page["calls"]])
        if page["next_before"] is None:
            break
        before = {"before": page["next_before"]}
    assert pages == [everything[:3], everything[3:]]


@pytest.mark.parametrize(
    "asked",
    [
        {"limit": 0},
        {"limit": 201},
        {"direction": "sideways"},
        {"since": "yesterday"},
        {"since": "2026-01-01T00:00:00"},
        {"until": "2026-01-01"},
    ],
)
async def test_a_question_that_is_wrong(line: Line, asked: dict[str, Any]) -> None:
    """422 with a reason; a time without a zone could mean anything."""
    answer = await line.api.get("/calls", params=asked)
    assert answer.status_code == 422, answer.text
    assert answer.json()["detail"]


async def test_unknown_ids(line: Line) -> None:
    """404 for a call that never was; no page after a call that never was."""
    assert (await line.api.get("/calls/call_nobody")).status_code == 404
    assert (await line.api.post("/calls/call_nobody/hangup")).status_code == 404
    assert await find(line, before="call_nobody") == []


async def test_hanging_up(line: Line) -> None:
    """202 while the call lives, 409 when it is over; by either id."""
    sim = await line.carrier.dial(CALLER, to_number=FRONT)
    await sim.wait_for("agent_speaks")
    record = await line.until(sim.sid, lambda record: record["status"] == "in-progress")
    assert (record["outcome"], record["ended_at"]) == (None, None)
    answer = await line.api.post(f"/calls/{sim.sid}/hangup")
    assert (answer.status_code, answer.json()) == (202, {"status": "ending"})
    await line.ended(record["id"])
    for call_id in (sim.sid, record["id"]):
        assert (await line.api.post(f"/calls/{call_id}/hangup")).status_code == 409


async def test_turns_are_there_while_the_call_goes_on(line: Line) -> None:
    """The transcript is written as it happens."""
    sim = await line.carrier.dial(CALLER, to_number=FRONT)
    record = await line.until(sim.sid, lambda record: bool(record["turns"]))
    assert (record["turns"][0]["text"], record["ended_at"]) == ("Hello.", None)
    await sim.hang_up()
    await line.ended(sim.sid)


async def test_health(line: Line) -> None:
    """Live and ready need no key; they count live calls for who has it."""
    sim = await line.carrier.dial(CALLER, to_number=FRONT)
    await sim.wait_for("agent_speaks")
    no_key = {"Authorization": ""}
    for path, status in (("/health/live", "alive"), ("/health/ready", "ready")):
        stranger = await line.api.get(path, headers=no_key)
        assert (stranger.status_code, stranger.json()) == (200, {"status": status})
    live, ready = await asyncio.gather(line.api.get("/health/live"), line.api.get("/health/ready"))
    told = live.json()
    assert (live.status_code, told["status"]) == (200, "alive")
    assert (told["live_calls"], told["waiting_calls"], told["sessions_opening"]) == (1, 0, 0)
    assert told["lag_ms"] >= 0 and told["notes_waiting"] >= 0
    assert (ready.status_code, ready.json()) == (200, {"status": "ready", "live_calls": 1})
    await sim.hang_up()
    await line.ended(sim.sid)


async def test_what_was_sent_is_not_sent_back(line: Line) -> None:
    """Neither in the answer nor in a traceback: it may be text that no JSON can hold."""
    body = '{"to": "+15554440000", "agent": "task", "first_line": "a\\ud800b", "secret": "my name"}'
    answer = await line.api.post(
        "/calls", content=body, headers={"Content-Type": "application/json"}
    )
    assert answer.status_code == 422
    assert "my name" not in answer.text
    assert {tuple(sorted(fault)) for fault in answer.json()["detail"]} == {("loc", "msg", "type")}
