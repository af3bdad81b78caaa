"""How calls come and go: a line of the log for each step, and numbers for whoever collects them."""

import asyncio
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from loguru import logger
from prometheus_client.parser import text_string_to_metric_families

from bot.simulator.caller import CallerScript, HangUp, WaitForAgent
from bot.simulator.carrier import Answers
from bot.simulator.loopback_client import loopback_client
from bot.store import StoreError
from bot.testing.line import HASTY, Line, agent_file
from tests.service.line_kit import ToneVoice, open_line

CALLER = "+15552223333"
CALLEE = "+15554440000"
SETUP: dict[str, Any] = {
    "manner": HASTY,
    "voice": ToneVoice(),
    "agents": {"front": agent_file(), "errands": agent_file(pipeline="errand")},
    "inbound_agent": "front",
}
POLITE = CallerScript(actions=(WaitForAgent(silence_ms=100), HangUp()))


@pytest.fixture
def events() -> Iterator[list[dict[str, Any]]]:
    """What is logged of calls with a name of its own, as it comes."""
    found: list[dict[str, Any]] = []

    def take(message: Any) -> None:
        record = message.record
        if record["extra"].get("event", "").startswith("call_"):
            found.append({**record["extra"], "message": record["message"]})

    sink = logger.add(take, level="INFO")
    yield found
    logger.remove(sink)


def names(events: list[dict[str, Any]]) -> list[str]:
    return [event["event"] for event in events]


async def numbers(line: Line) -> dict[str, float]:
    """The samples of /metrics, by name and labels."""
    answer = await line.api.get("/metrics")
    assert answer.status_code == 200
    assert answer.headers["content-type"].startswith("text/plain")
    found = {}
    for family in text_string_to_metric_families(answer.text):
        for sample in family.samples:
            labels = "".join(f",{key}={sample.labels[key]}" for key in sorted(sample.labels))
            found[sample.name + labels] = sample.value
    return found


async def test_a_call_that_comes_in(tmp_path: Path, events: list[dict[str, Any]]) -> None:
    """It came, was answered, is over: how long, whose, how dear; nobody's number."""
    async with open_line(tmp_path, **SETUP) as line:
        before = await numbers(line)
        await line.carrier.dial(CALLER, caller=POLITE)
        async with asyncio.timeout(30):
            while "call_ended" not in names(events):  # noqa: ASYNC110 - a log has no event
                await asyncio.sleep(0.05)
        after = await numbers(line)
    assert names(events) == ["call_came", "call_answered", "call_ended"]
    last = events[-1]
    assert (last["agent"], last["reason"]) == ("front", "caller_hung_up")
    assert last["result"] == "completed"
    assert last["secs"] > 0
    assert last["usd"] > 0
    assert last["call_id"].startswith("call_")
    assert not any("555222" in str(event) for event in events)
    mine = "agent=front,direction=inbound"
    grown = {name for name, value in after.items() if value > before.get(name, 0.0)}
    assert {
        f"trunkline_calls_total,{mine}",
        f"trunkline_calls_answered_total,{mine}",
        f"trunkline_calls_ended_total,{mine},reason=caller_hung_up,result=completed",
        f"trunkline_cost_usd_total,{mine}",
        "trunkline_first_words_seconds_count",
        "trunkline_loop_lag_seconds_count",
    } <= grown
    assert f"trunkline_calls_ended_total,{mine},reason=model_lost,result=failed" in after  # at 0


async def test_a_call_that_is_placed(tmp_path: Path, events: list[dict[str, Any]]) -> None:
    """The same of one that goes out."""
    async with open_line(tmp_path, **SETUP) as line:
        line.carrier.answer(CALLEE, Answers(ring_secs=0.1, caller=POLITE))
        order = {"to": CALLEE, "agent": "errands"}
        placed = (await line.api.post("/calls", json=order)).json()
        await line.ended(placed["id"])
    assert names(events) == ["call_placed", "call_answered", "call_ended"]
    assert {event["call_id"] for event in events} == {placed["id"]}


async def test_who_finds_no_room_is_counted(tmp_path: Path, events: list[dict[str, Any]]) -> None:
    """Callers and orders, by why."""
    async with open_line(tmp_path, max_calls=1, inbound_reserve=0, **SETUP) as line:
        before = await numbers(line)
        first = await line.carrier.dial(CALLER)
        await first.wait_for("agent_speaks")
        second = await line.carrier.dial("+15552224444")
        await line.ended(second.sid)
        refused = await line.api.post("/calls", json={"to": CALLEE, "agent": "errands"})
        assert refused.status_code == 503
        after = await numbers(line)
    for direction in ("inbound", "outbound"):
        name = f"trunkline_calls_refused_total,direction={direction},state=full"
        assert after[name] - before.get(name, 0.0) == 1
    assert "call_turned_away" in names(events)


async def test_how_it_stands(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """At this moment: whether it is ready, its batches, and whether the database answers."""
    async with open_line(tmp_path, **SETUP) as line:
        now = await numbers(line)
        assert (now["trunkline_database_up"], now["trunkline_ready"]) == (1, 1)
        assert now["trunkline_live_calls"] == 0

        async def away(*_: object) -> None:
            raise StoreError("it is away", temporary=True)

        monkeypatch.setattr("bot.store.totals.Totals.count", away)
        now = await numbers(line)
        assert now["trunkline_database_up"] == 0
        assert not any(name.startswith("trunkline_batches") for name in now)


async def test_the_numbers_need_the_key(tmp_path: Path) -> None:
    """As everything else does."""
    async with open_line(tmp_path, **SETUP) as line, loopback_client(base_url=line.url) as nobody:
        assert (await nobody.get("/metrics")).status_code == 401
