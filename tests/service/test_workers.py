"""`trunkline serve --workers N`: several processes, one address, real sockets throughout."""

import asyncio
import os
import signal
import socket
from pathlib import Path

import pytest
from process_kit import GIVES_UP_SECS, environment, trunkline
from workers_kit import CALLEE, by_worker, dialled, running

from bot.call_ids import worker_of
from bot.simulator.carrier import EndReason
from bot.store.one_host import BEAT_SECS
from bot.testing.line import HUMAN, voice_form
from tests.service.line_kit import ToneVoice, open_line

pytestmark = pytest.mark.realtime


@pytest.mark.thorough
async def test_it_says_once_that_it_is_ready(tmp_path: Path) -> None:
    """When all workers are; and nothing that no level of the log asked for."""
    async with running(tmp_path, log_level="WARNING") as (_, service):
        first, *facts = service.log.splitlines()
        assert first == f"trunkline: ready at {service.url}"
        assert [fact.split(":")[0] for fact in facts] == ["  webhooks", "  agents", "  database"]


async def test_calls_are_spread_and_end_properly(tmp_path: Path) -> None:
    """Twelve at once over three workers: four each, every one seen to its end by its own."""
    async with running(tmp_path, workers=3, max_calls=12) as (line, service):
        calls = await dialled(line, 12)
        assert by_worker(calls) == {0: 4, 1: 4, 2: 4}
        live, ready = await asyncio.gather(
            line.api.get("/health/live"), line.api.get("/health/ready")
        )
        assert live.json() | {"lag_ms": 0.0, "notes_waiting": 0, "stalls": []} == {
            "status": "alive",
            "live_calls": 12,
            "waiting_calls": 0,
            "lag_ms": 0.0,
            "notes_waiting": 0,
            "sessions_opening": 0,
            "stalls": [],
            "refused_files": [],
        }
        assert (ready.status_code, ready.json()["status"]) == (503, "full")
        assert "4 is the most" in ready.json()["why"]
        late = await line.carrier.dial("+15557770000")
        assert await late.wait_ended(GIVES_UP_SECS) is EndReason.TWIML_HANGUP
        assert "Busy." in late.documents[0]
        for call_id, sim in calls.items():
            assert f"/twilio/stream/{worker_of(call_id)}" in sim.documents[0]
            await sim.hang_up()
        for call_id in calls:
            ended = await line.ended(call_id)
            assert (ended["status"], ended["outcome"]["reason"]) == ("completed", "caller_hung_up")
            assert [turn["text"] for turn in ended["turns"]] == ["Hello."]
        assert line.carrier.errors == []
        assert "Traceback" not in service.log


@pytest.mark.thorough
async def test_the_parent_keeps_the_database_for_all(tmp_path: Path) -> None:
    """It says on which machine a SQLite file is used, as long as it lives: no worker does."""
    sign = tmp_path / "trunkline.db.host"
    async with running(tmp_path) as (_, service):
        service.signal(signal.SIGSTOP)
        stopped = sign.read_text()
        await asyncio.sleep(1.5 * BEAT_SECS)
        assert sign.read_text() == stopped
        service.signal(signal.SIGCONT)
        async with asyncio.timeout(GIVES_UP_SECS):
            while sign.read_text() == stopped:  # noqa: ASYNC110 - a file
                await asyncio.sleep(0.05)
        service.signal(signal.SIGTERM)
        assert await service.exit_code() == 0
        assert not sign.exists()


@pytest.mark.thorough
async def test_a_worker_is_killed(tmp_path: Path) -> None:
    """Its calls go on with the other one, as do that one's own; another worker comes."""
    async with running(tmp_path) as (line, service):
        calls = await dialled(line, 6)
        assert by_worker(calls) == {0: 3, 1: 3}
        victim = service.worker_pid(1)
        assert victim is not None
        os.kill(victim, signal.SIGKILL)
        left = {call_id: sim for call_id, sim in calls.items() if worker_of(call_id) == 1}
        for call_id, sim in left.items():
            await line.until(call_id, lambda record: len(record["turns"]) == 2)
            assert "/twilio/stream/0" in sim.documents[-1]
        async with asyncio.timeout(GIVES_UP_SECS):
            while service.worker_pid(1, life=2) is None:  # noqa: ASYNC110 - a log
                await asyncio.sleep(0.05)
        fresh = await dialled(line, 6)
        assert by_worker(fresh) == {1: 6}  # the other one has six
        for sim in left.values():
            sim.cut_stream()  # asked is who has the call, not who has taken the place
        for call_id in left:
            await line.until(call_id, lambda record: len(record["turns"]) == 3)
        by_api, *by_caller = left.items()
        assert (await line.api.post(f"/calls/{by_api[0]}/hangup")).status_code == 202
        assert (await line.ended(by_api[0]))["outcome"]["reason"] == "hung_up_by_api"
        kept = {call_id: sim for call_id, sim in calls.items() if worker_of(call_id) == 0}
        for call_id, sim in (kept | fresh | dict(by_caller)).items():
            assert sim.end_reason is None
            assert not sim.legs
            await sim.hang_up()
            assert (await line.ended(call_id))["outcome"]["reason"] == "caller_hung_up"
        assert service.log.count("is taken over") == 3
        assert "Traceback" not in service.log


@pytest.mark.thorough
async def test_a_killed_worker_leaves_no_record_open(tmp_path: Path) -> None:
    """Calls of which the carrier asks nothing more are closed by the worker that comes after."""
    async with running(tmp_path) as (line, service):
        form = voice_form("CA" + "7" * 32)
        await line.webhook("/twilio/incoming", form)
        call_id = (await line.until(form["CallSid"], lambda record: True))["id"]
        victim = service.worker_pid(worker_of(call_id) or 0)
        assert victim is not None
        os.kill(victim, signal.SIGKILL)
        ended = await line.ended(call_id)
        assert (ended["status"], ended["outcome"]["reason"]) == ("failed", "service_restarted")


@pytest.mark.thorough
async def test_sigterm_lets_calls_end(tmp_path: Path) -> None:
    """No new calls; those under way go on, and may ask until the last one is over."""
    async with running(tmp_path) as (line, service):
        first, second = (await dialled(line, 2)).items()
        service.signal(signal.SIGTERM)
        async with asyncio.timeout(GIVES_UP_SECS):
            while True:
                ready = await line.api.get("/health/ready")
                if (ready.status_code, ready.json()["status"]) == (503, "draining"):
                    break
                await asyncio.sleep(0.02)
        refused = await line.api.post("/calls", json={"to": CALLEE, "agent": "task"})
        assert refused.status_code == 503
        late = await line.carrier.dial("+15557770000")
        assert await late.wait_ended(GIVES_UP_SECS) is EndReason.TWIML_HANGUP
        assert "Busy." in late.documents[0]
        await first[1].hang_up()
        await line.ended(first[0])  # its worker still answers
        assert second[1].end_reason is None
        second[1].cut_stream()  # the carrier asks what comes next: it goes on
        await line.until(second[0], lambda record: len(record["turns"]) == 2)
        await second[1].hang_up()
        assert await service.exit_code() == 0
        assert service.log.count("call ends: caller_hung_up") == 2
        assert "Traceback" not in service.log


@pytest.mark.thorough
async def test_sighup_of_the_whole_group(tmp_path: Path) -> None:
    """A terminal that goes away tells parent and workers, twice: calls come to their end."""
    async with running(tmp_path) as (line, service):
        first, second = (await dialled(line, 2)).items()
        workers = [service.worker_pid(0), service.worker_pid(1)]
        for _ in range(2):
            service.signal(signal.SIGHUP)
            for pid in workers:
                assert pid is not None
                os.kill(pid, signal.SIGHUP)
        await first[1].hang_up()
        await line.ended(first[0])
        assert second[1].end_reason is None
        await second[1].hang_up()
        assert await service.exit_code() == 0
        assert service.log.count("call ends: caller_hung_up") == 2
        assert service.log.count("SIGHUP: no new calls") == 1
        assert "Traceback" not in service.log


@pytest.mark.thorough
async def test_calls_that_outlast_the_wait_are_told_goodbye(tmp_path: Path) -> None:
    """By the worker that has them; the wait is the same for all."""
    async with running(tmp_path, drain_secs=0.5) as (line, service):
        calls = await dialled(line, 2)
        service.signal(signal.SIGTERM)
        for sim in calls.values():
            assert await sim.wait_ended(GIVES_UP_SECS) is EndReason.REST_COMPLETED
            assert sim.legs == []
        assert await service.exit_code() == 0
        assert service.log.count("call ends: shutdown") == 2
        assert "Traceback" not in service.log


@pytest.mark.thorough
async def test_sigint_ends_calls_now(tmp_path: Path) -> None:
    """Also when draining had begun: callers hear an apology and are connected with the human."""
    async with running(tmp_path) as (line, service):
        calls = await dialled(line, 2)
        service.signal(signal.SIGTERM)
        await asyncio.sleep(0.2)
        service.signal(signal.SIGINT)
        assert await service.exit_code() == 0
        for sim in calls.values():
            await sim.wait_ended(GIVES_UP_SECS)
            assert [leg.address for leg in sim.legs] == [HUMAN]
        assert service.log.count("call ends: shutdown") == 2
        assert "Traceback" not in service.log


@pytest.mark.thorough
async def test_workers_outlive_their_parent_by_a_moment(tmp_path: Path) -> None:
    """Nobody can reach them any more: they end their calls in order, and themselves."""
    async with running(tmp_path) as (line, service):
        calls = await dialled(line, 2)
        workers = [service.worker_pid(0), service.worker_pid(1)]
        service.signal(signal.SIGKILL)
        await service.exit_code()
        for sim in calls.values():
            await sim.wait_ended(GIVES_UP_SECS)
            assert [leg.address for leg in sim.legs] == [HUMAN]
        async with asyncio.timeout(GIVES_UP_SECS):
            while any(pid and Path(f"/proc/{pid}").exists() for pid in workers):  # noqa: ASYNC110
                await asyncio.sleep(0.05)


@pytest.mark.thorough
async def test_what_an_operator_can_mend(tmp_path: Path) -> None:
    """One line and exit code 2: too few calls to share, a port that is taken, a bad agent."""
    async with open_line(tmp_path, voice=ToneVoice()) as line:
        env = environment(line.settings)
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        for changes, options, complaint in (
            ({"MAX_CALLS": "1"}, (), "MAX_CALLS"),
            ({}, ("--port", port), "--port"),
            ({"INBOUND_AGENT": "nobody"}, ("--port", "0"), "INBOUND_AGENT"),
        ):
            ran = await trunkline(
                "serve", "--workers", "2", *options, env={**env, **changes}, folder=tmp_path
            )
            assert ran.code == 2, ran.err
            assert complaint in ran.err.splitlines()[-1]
            assert "Traceback" not in ran.err


@pytest.mark.thorough
async def test_any_worker_tells_the_numbers_of_all(tmp_path: Path) -> None:
    """Each sample once, whoever is asked: counted by all together."""
    async with running(tmp_path, workers=2, max_calls=4) as (line, _):
        await dialled(line, 2)
        for _ in range(4):
            told = (await line.api.get("/metrics")).text.splitlines()
            samples = [each.rpartition(" ") for each in told if not each.startswith("#")]
            assert len({name for name, _, _ in samples}) == len(samples)
            found = {name: float(value) for name, _, value in samples}
            calls = [value for name, value in found.items() if "_calls_answered_total" in name]
            assert sum(calls) == 2
            assert found["trunkline_live_calls"] == 2
            assert not any("pid=" in name for name in found)
