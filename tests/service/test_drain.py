"""How the service stops: in order, at once, and by force. `trunkline serve` is a real process."""

import asyncio
import signal
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from process_kit import GIVES_UP_SECS, ServiceProcess, trunkline

from bot.simulator.carrier import Answers, EndReason, SimCall
from bot.store import CallRecord, Store
from bot.testing.line import CALLER, HASTY, HUMAN, Line, agent_file
from tests.service.line_kit import ToneVoice, open_line

pytestmark = pytest.mark.realtime

# What a dead process left open is looked at each second, and soon taken for left.
HASTE = """
from datetime import timedelta
from bot.calls import recovery
recovery.FINISHING, recovery.FIRST_PAUSE_SECS = timedelta(seconds=3), 1.0
recovery.LONGEST_PAUSE_SECS = 1.0
"""


@asynccontextmanager
async def running(
    folder: Path, haste: str = "", **settings: float
) -> AsyncIterator[tuple[Line, ServiceProcess]]:
    """A line whose service is a process."""
    service = ServiceProcess(folder, haste=haste)
    async with open_line(
        folder,
        manner=HASTY,
        voice=ToneVoice(),
        agents={"front": agent_file()},
        inbound_agent="front",
        serving=service.serving,
        **settings,
    ) as line:
        line.carrier.answer(HUMAN, Answers(ring_secs=0.1, talk_secs=0.1))
        yield line, service


async def talking(line: Line) -> SimCall:
    """A call in its middle: the greeting was heard and is stored."""
    sim = await line.carrier.dial(CALLER)
    await line.until(sim.sid, lambda record: bool(record["turns"]), within_secs=GIVES_UP_SECS)
    return sim


async def stored(line: Line, sim: SimCall) -> CallRecord:
    """What is left of a call when no service runs any more."""
    store = await Store.open(line.settings.database_url)
    try:
        record = await store.get_call(sim.sid)
    finally:
        await store.close()
    assert record is not None
    return record


async def readiness(line: Line) -> tuple[int, str]:
    answer = await line.api.get("/health/ready")
    return answer.status_code, answer.json()["status"]


async def test_sigterm_lets_calls_end(tmp_path: Path) -> None:
    """A call under way goes on and ends by itself; meanwhile new ones are turned away."""
    async with running(tmp_path) as (line, service):
        sim = await talking(line)
        service.signal(signal.SIGTERM)
        async with asyncio.timeout(GIVES_UP_SECS):
            while await readiness(line) != (503, "draining"):  # noqa: ASYNC110 - over HTTP
                await asyncio.sleep(0.02)
        refused = await line.api.post("/calls", json={"to": CALLER, "agent": "front"})
        assert refused.status_code == 503
        late = await line.carrier.dial("+15557770000")
        assert await late.wait_ended(GIVES_UP_SECS) is EndReason.TWIML_HANGUP
        assert "Busy." in late.documents[0]
        assert sim.end_reason is None
        await sim.hang_up()
        assert await service.exit_code() == 0
        record, turned_away = await stored(line, sim), await stored(line, late)
        assert record.outcome and record.outcome.reason == "caller_hung_up"
        assert turned_away.outcome and turned_away.outcome.reason == "at_capacity"
        assert "Traceback" not in service.log


@pytest.mark.thorough
async def test_sighup_lets_calls_end(tmp_path: Path) -> None:
    """As SIGTERM does, also when a terminal that goes away says so twice."""
    async with running(tmp_path) as (line, service):
        sim = await talking(line)
        service.signal(signal.SIGHUP)
        async with asyncio.timeout(GIVES_UP_SECS):
            while await readiness(line) != (503, "draining"):  # noqa: ASYNC110 - over HTTP
                await asyncio.sleep(0.02)
        service.signal(signal.SIGHUP)
        late = await line.carrier.dial("+15557770000")
        assert await late.wait_ended(GIVES_UP_SECS) is EndReason.TWIML_HANGUP
        assert sim.end_reason is None
        await sim.hang_up()
        assert await service.exit_code() == 0
        record = await stored(line, sim)
        assert record.outcome and record.outcome.reason == "caller_hung_up"
        assert service.log.count("SIGHUP: no new calls") == 1
        assert "Traceback" not in service.log


@pytest.mark.thorough
async def test_calls_that_outlast_the_wait_are_told_goodbye(tmp_path: Path) -> None:
    """The agent says its last line to its end, hangs up after it, and nothing else is heard."""
    async with running(tmp_path, drain_secs=0.5) as (line, service):
        sim = await talking(line)
        service.signal(signal.SIGTERM)
        assert await sim.wait_ended(GIVES_UP_SECS) is EndReason.REST_COMPLETED
        assert await service.exit_code() == 0
        record = await stored(line, sim)
        said = [(turn.text, turn.interrupted) for turn in record.turns]
        assert said == [("Hello.", False), ("Goodbye.", False)]
        assert record.outcome and record.outcome.reason == "shutdown"
        assert (record.status, record.outcome.result) == ("completed", "completed")
        assert sim.legs == []
        assert [event for event in sim.events if event.kind == "say"] == []
        assert "Traceback" not in service.log


@pytest.mark.thorough
async def test_sigint_ends_calls_now(tmp_path: Path) -> None:
    """The caller hears an apology and is connected with the human; the record says why."""
    async with running(tmp_path) as (line, service):
        sim = await talking(line)
        service.signal(signal.SIGINT)
        assert await service.exit_code() == 0
        await sim.wait_ended(GIVES_UP_SECS)
        record = await stored(line, sim)
        assert record.outcome and record.outcome.reason == "shutdown"
        assert record.status == "completed"
        assert [leg.address for leg in sim.legs] == [HUMAN]
        assert "Traceback" not in service.log


@pytest.mark.thorough
async def test_sigint_while_draining(tmp_path: Path) -> None:
    """Who waits no longer for calls to end sends a second signal: they end now, in order."""
    async with running(tmp_path) as (line, service):
        sim = await talking(line)
        service.signal(signal.SIGTERM)
        async with asyncio.timeout(GIVES_UP_SECS):
            while await readiness(line) != (503, "draining"):  # noqa: ASYNC110 - over HTTP
                await asyncio.sleep(0.02)
        service.signal(signal.SIGINT)
        await service.exit_code()
        await sim.wait_ended(GIVES_UP_SECS)
        record = await stored(line, sim)
        assert record.outcome and record.outcome.reason == "shutdown"
        assert [leg.address for leg in sim.legs] == [HUMAN]
        assert "Traceback" not in service.log


@pytest.mark.thorough
async def test_killed_in_the_middle(tmp_path: Path) -> None:
    """What was said so far is there; the next start ends the record as the carrier tells."""
    async with running(tmp_path, HASTE) as (line, service):
        sim = await talking(line)
        service.signal(signal.SIGKILL)
        assert await service.exit_code() == -signal.SIGKILL
        record = await stored(line, sim)
        assert [turn.text for turn in record.turns] == ["Hello."]
        assert record.ended_at is None
        shown = await trunkline("calls", "show", sim.sid, env=service.env, folder=tmp_path)
        assert (shown.code, shown.err) == (0, "")
        assert "Agent   Hello." in shown.out
        await sim.wait_ended(GIVES_UP_SECS)
        await service.start()
        ended = await line.ended(sim.sid, within_secs=GIVES_UP_SECS)
        assert (ended["status"], ended["outcome"]["reason"]) == ("completed", "service_restarted")
        assert [turn["text"] for turn in ended["turns"]] == ["Hello."]
        service.signal(signal.SIGTERM)  # there is no call to wait for
        assert await service.exit_code() == 0
        assert "Traceback" not in service.log
