"""Three processes of the service on one PostgreSQL; one is killed in the middle of calls."""

import asyncio
import signal
from contextlib import AsyncExitStack
from dataclasses import replace
from pathlib import Path

import pytest
from services_kit import Services, client_of

from bot.simulator.model import ModelScript, Step
from bot.testing.line import CALLER, HASTY, agent_file
from tests.service.line_kit import ToneVoice, open_line
from tests.service.process_kit import ServiceProcess

pytestmark = [pytest.mark.realtime, pytest.mark.thorough]

CALLS = 6
GOES_ON = ModelScript(steps=(Step(opening=True, say="Where were we?"),))
PATIENT = "silence = { wait_secs = 120 }"


@pytest.mark.timeout(600)
async def test_one_of_three_is_killed(tmp_path: Path, postgres_url: str) -> None:
    """All calls are answered wherever their requests come; those of the dead process go on in the
    others, and every call has one record, which ends when its caller hangs up.
    """
    processes = []
    for number in range(3):
        (folder := tmp_path / str(number)).mkdir()
        processes.append(ServiceProcess(folder))
    async with AsyncExitStack() as stack:
        first = await stack.enter_async_context(
            open_line(
                tmp_path,
                script=GOES_ON,
                manner=HASTY,
                voice=ToneVoice(),
                agents={"front": agent_file(PATIENT)},
                inbound_agent="front",
                database_url=postgres_url,
                log_level="DEBUG",
                serving=processes[0].serving,
            )
        )
        lines = [first]
        for process in processes[1:]:
            url = await stack.enter_async_context(process.serving(first.settings))
            api = await stack.enter_async_context(client_of(url))
            lines.append(replace(first, url=url, api=api))
        Services(lines=lines).go_round()
        sims = [await first.carrier.dial(CALLER) for _ in range(CALLS)]
        for sim in sims:
            await first.until(sim.sid, lambda record: bool(record["turns"]), within_secs=60)
        left = Services(lines=lines[:2])
        before = await Services(lines=lines).live()
        assert sum(before) == CALLS
        assert before[2] > 0
        processes[2].signal(signal.SIGKILL)
        left.go_round()
        async with asyncio.timeout(60):
            while sum(await left.live()) < CALLS:  # noqa: ASYNC110 - processes of their own
                await asyncio.sleep(0.1)

        async def gone_on() -> int:
            records = [await first.call(sim.sid) for sim in sims]
            return sum(len(record["turns"]) > 1 for record in records)

        async with asyncio.timeout(60):
            while await gone_on() < before[2]:  # noqa: ASYNC110 - processes of their own
                await asyncio.sleep(0.1)
        records = []
        for sim in sims:
            await sim.hang_up()
            records.append(await first.ended(sim.sid, within_secs=60))
        assert [record["outcome"]["reason"] for record in records] == ["caller_hung_up"] * CALLS
        assert [record["turns"][0]["text"] for record in records] == ["Hello."] * CALLS
        stored = (await first.api.get("/calls")).json()["calls"]
        assert len(stored) == CALLS
        assert not [event for sim in sims for event in sim.events if event.kind == "say"]
