"""More callers than places: the busy line, a person, or a queue, as the agent's file says."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from bot.simulator.carrier import Answers, EndReason, SimCall
from bot.testing.line import CALLER, HASTY, HUMAN, Line, agent_file
from tests.service.line_kit import ToneVoice, open_line

SECOND = "+15554445555"
TURNED_AWAY = ("turned_away", "at_capacity")


@asynccontextmanager
async def full_house(folder: Path, then: str) -> AsyncIterator[tuple[Line, SimCall]]:
    """A line with one place, and the call that has it."""
    async with open_line(
        folder,
        manner=HASTY,
        voice=ToneVoice(),
        agents={"desk": agent_file(f"[busy]\nthen = {then}")},
        inbound_agent="desk",
        max_calls=1,
    ) as line:
        line.carrier.answer(HUMAN, Answers(ring_secs=0.1, talk_secs=0.1))
        first = await line.carrier.dial(CALLER)
        await first.wait_for("agent_speaks")
        yield line, first


async def outcome(line: Line, sim: SimCall) -> tuple[str, str]:
    record = await line.ended(sim.sid)
    return record["outcome"]["result"], record["outcome"]["reason"]


async def test_a_caller_for_whom_there_is_no_room_reaches_a_person(tmp_path: Path) -> None:
    """After the busy line; no stream is opened for them."""
    async with full_house(tmp_path, '"human"') as (line, first):
        second = await line.carrier.dial(SECOND)
        await second.wait_ended(10)
        assert [event.detail["text"] for event in second.events if event.kind == "say"] == ["Busy."]
        assert [leg.address for leg in second.legs] == [HUMAN]
        assert await outcome(line, second) == TURNED_AWAY
        assert (second.streams, second.errors, first.end_reason) == ([], [], None)


async def test_a_caller_who_waits_gets_the_next_place(tmp_path: Path) -> None:
    """The caller becomes a call like any other, in the record they began with."""
    async with full_house(tmp_path, '"queue"\nwait_secs = 2') as (line, first):
        second = await line.carrier.dial(SECOND)
        await second.wait_for("say")
        waiting = (await line.api.get("/health/live")).json()
        assert (waiting["live_calls"], waiting["waiting_calls"]) == (2, 1)
        begun = await line.until(second.sid, lambda record: record["outcome"] is None)
        await first.hang_up()
        await second.wait_for("agent_speaks", timeout_secs=15)
        await second.hang_up()
        record = await line.ended(second.sid)
        assert record["id"] == begun["id"]
        assert record["outcome"]["reason"] == "caller_hung_up"
        assert (second.errors, len(second.streams)) == ([], 1)


@pytest.mark.parametrize("patient", [True, False])
async def test_a_caller_who_never_gets_through(tmp_path: Path, patient: bool) -> None:
    """Whether the caller hears "busy" at last or hangs up before: one record, as such."""
    async with full_house(tmp_path, '"queue"\nwait_secs = 1') as (line, first):
        second = await line.carrier.dial(SECOND)
        await second.wait_for("say")
        if patient:
            assert await second.wait_ended(20) is EndReason.TWIML_HANGUP
            assert second.documents[-1].count("Busy.") == 1
        else:
            await second.hang_up()
        async with asyncio.timeout(10):
            assert await outcome(line, second) == TURNED_AWAY
        assert (second.streams, second.errors, first.end_reason) == ([], [], None)
        calls = (await line.api.get("/calls")).json()["calls"]
        assert [call["from"] for call in calls] == [SECOND, CALLER]
