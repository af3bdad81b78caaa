"""Each order is dialled once: repeated, all at once, with answers lost and processes killed."""

import asyncio
import signal
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest
import pytest_asyncio
from process_kit import ServiceProcess

from bot.simulator.caller import CallerScript, HangUp, WaitForAgent
from bot.simulator.carrier import Answers, Busy, CallbackFaults, NoAnswer, SimCall
from bot.testing.line import HASTY, Line, agent_file
from tests.service.line_kit import ToneVoice, open_line

CALLEE = "+15554440000"
POLITE = CallerScript(actions=(WaitForAgent(silence_ms=100), HangUp()))
ALL = frozenset({"initiated", "ringing", "answered", "completed"})
AGENTS = {"task": agent_file("limits = { ring_secs = 20 }", pipeline="errand", first_line="Hi.")}
ORDER = {"to": CALLEE, "agent": "task"}


def dialled(line: Line, to: str = CALLEE) -> list[SimCall]:
    """All calls the carrier has made to this number."""
    return [call for call in line.carrier.calls.values() if call.to_number == to]


async def order(line: Line, key: str, **changes: Any) -> httpx.Response:
    headers = {"Idempotency-Key": key}
    return await line.api.post("/calls", json=ORDER | changes, headers=headers, timeout=20)


# -- one process ----------------------------------------------------------------------------------


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def line(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Line]:
    async with open_line(
        tmp_path_factory.mktemp("once"), manner=HASTY, voice=ToneVoice(), agents=AGENTS
    ) as line:
        yield line


@pytest.mark.asyncio(loop_scope="module")
async def test_orders_at_the_same_time_are_one_call(line: Line) -> None:
    """One 201, the others 200 with that call; also when it is long over."""
    to = "+15554440001"
    line.carrier.answer(to, Answers(ring_secs=0.1, caller=POLITE))
    answers = await asyncio.gather(*(order(line, "same", to=to) for _ in range(6)))
    assert sorted(answer.status_code for answer in answers) == [200] * 5 + [201]
    (call_id,) = {answer.json()["id"] for answer in answers}
    assert (await line.ended(call_id))["outcome"]["reason"] == "caller_hung_up"
    again = await order(line, "same", to=to)
    assert (again.status_code, again.json()["id"]) == (200, call_id)
    assert again.json()["outcome"]["reason"] == "caller_hung_up"
    assert len(dialled(line, to)) == 1


@pytest.mark.asyncio(loop_scope="module")
async def test_each_key_is_a_call_of_its_own(line: Line) -> None:
    """And so is each order without one."""
    to = "+15554440002"
    line.carrier.answer(to, Busy(ring_secs=0.1))
    for key in ("one", "two"):
        assert (await order(line, key, to=to)).status_code == 201
    for _ in range(2):
        assert (await line.api.post("/calls", json=ORDER | {"to": to})).status_code == 201
    assert len(dialled(line, to)) == 4


@pytest.mark.asyncio(loop_scope="module")
async def test_a_key_stands_for_one_number(line: Line) -> None:
    """Another one is refused with a sentence."""
    line.carrier.answer("+15554440003", Busy(ring_secs=0.1))
    assert (await order(line, "mine", to="+15554440003")).status_code == 201
    answer = await order(line, "mine", to="+15554440004")
    assert answer.status_code == 409
    assert answer.json() == {
        "detail": "this Idempotency-Key stands for a call to another number",
        "reason": "key_of_another",
        "fault": "ours",
        "retry": False,
    }
    assert dialled(line, "+15554440004") == []


@pytest.mark.asyncio(loop_scope="module")
@pytest.mark.parametrize("key", ["", "x" * 129, "t\tab"])
async def test_a_key_is_up_to_128_printable_characters(line: Line, key: str) -> None:
    """Anything else would not be stored and found as it came."""
    answer = await order(line, key, to="+15554440005")
    assert answer.status_code == 422
    assert answer.json()["detail"][0]["loc"] == ["header", "Idempotency-Key"]
    assert dialled(line, "+15554440005") == []


@pytest.mark.asyncio(loop_scope="module")
async def test_a_lost_answer_of_the_carrier_dials_once(line: Line) -> None:
    """The call is found there, and talks; who repeats the order meanwhile gets it too."""
    to = "+15554440006"
    line.carrier.answer(to, Answers(ring_secs=6.0, caller=POLITE))
    line.carrier.callback_faults = CallbackFaults(dropped=ALL)
    line.carrier.rest_faults.lose_reply_next()
    try:
        first = asyncio.ensure_future(order(line, "lost", to=to))
        await line.carrier.wait_for_call(to=to)
        again = await order(line, "lost", to=to)
        answer = await first
        assert (again.status_code, answer.status_code) == (200, 201)
        assert again.json()["id"] == answer.json()["id"]
        record = await line.ended(answer.json()["id"])
    finally:
        line.carrier.callback_faults = CallbackFaults()
    (sim,) = dialled(line, to)
    assert record["call_sid"] == sim.sid
    assert [turn["text"] for turn in record["turns"]] == ["Hi."]


async def test_an_answer_that_tells_nothing_leaves_the_call_open(tmp_path: Path) -> None:
    """HTTP 500: there may be a call. The order is taken, and is not carried out again."""
    async with open_line(tmp_path, manner=HASTY, voice=ToneVoice(), agents=AGENTS) as line:
        line.carrier.rest_faults.fail_next(code=20500)
        answer = await order(line, "maybe")
        assert (answer.status_code, answer.json()["status"]) == (201, "queued")
        again = await order(line, "maybe")
        assert (again.status_code, again.json()["call_sid"]) == (200, None)
        assert again.json()["ended_at"] is None
        assert dialled(line) == []


# -- processes that die ---------------------------------------------------------------------------


@asynccontextmanager
async def running(folder: Path, *, workers: int = 1) -> AsyncIterator[tuple[Line, ServiceProcess]]:
    service = ServiceProcess(folder, workers=workers)
    async with open_line(
        folder,
        manner=HASTY,
        voice=ToneVoice(),
        agents=AGENTS,
        serving=service.serving,
    ) as line:
        yield line, service


async def killed(line: Line, service: ServiceProcess, key: str = "once") -> SimCall:
    """The order's call at the carrier, whose answer the service did not live to get."""
    line.rest.late_secs = 5.0
    ordering = asyncio.ensure_future(order(line, key))
    sim = await line.carrier.wait_for_call(to=CALLEE)
    service.signal(signal.SIGKILL)
    await service.exit_code()
    with pytest.raises(httpx.TransportError):
        await ordering
    line.rest.late_secs = 0.0
    return sim


@pytest.mark.realtime
async def test_killed_between_dialling_and_its_answer(tmp_path: Path) -> None:
    """The order repeated is that call; who picks up meanwhile speaks with the new process."""
    async with running(tmp_path) as (line, service):
        there_again = asyncio.Event()
        line.carrier.answer(CALLEE, Answers(caller=POLITE, waits_for=there_again))
        line.carrier.callback_faults = CallbackFaults(dropped=frozenset({"initiated", "ringing"}))
        sim = await killed(line, service)
        await service.start()
        again = await order(line, "once")
        assert again.status_code == 200
        there_again.set()
        record = await line.ended(again.json()["id"])
        assert (record["call_sid"], record["status"]) == (sim.sid, "completed")
        assert [turn["text"] for turn in record["turns"]] == ["Hi."]
        assert dialled(line) == [sim]
        assert "Traceback" not in service.log


@pytest.mark.thorough
@pytest.mark.realtime
async def test_killed_and_no_callback_ever_comes(tmp_path: Path) -> None:
    """The new process finds the call at the carrier, and closes it as it ended there."""
    async with running(tmp_path) as (line, service):
        line.carrier.answer(CALLEE, Busy(ring_secs=0.1))
        line.carrier.callback_faults = CallbackFaults(dropped=ALL)
        sim = await killed(line, service)
        await service.start()
        again = await order(line, "once")
        record = await line.ended(again.json()["id"])
        assert (again.status_code, record["call_sid"]) == (200, sim.sid)
        assert (record["status"], record["outcome"]["reason"]) == ("busy", "busy")
        assert record["cost"] == {"currency": "USD", "model": 0, "carrier": 0, "total": 0}
        assert dialled(line) == [sim]


async def asked(line: Line, method: str) -> None:
    """Returns when the service has asked the carrier something so."""
    async with asyncio.timeout(10):
        while not any(each.method == method for each in line.rest.requests):  # noqa: ASYNC110
            await asyncio.sleep(0.02)


@pytest.mark.thorough
@pytest.mark.realtime
async def test_killed_before_the_carrier_was_asked(tmp_path: Path) -> None:
    """There is no trace of a call yet: it stays open, and the order dials nobody."""
    async with running(tmp_path) as (line, service):
        await asked(line, "GET")  # whether the credentials are taken, at the start
        line.carrier.rest_faults.fail_next(code=20500)
        line.rest.late_secs = 5.0
        ordering = asyncio.ensure_future(order(line, "once"))
        await asked(line, "POST")
        service.signal(signal.SIGKILL)
        await service.exit_code()
        with pytest.raises(httpx.TransportError):
            await ordering
        line.rest.late_secs = 0.0
        await service.start()
        again = await order(line, "once")
        assert (again.status_code, again.json()["call_sid"]) == (200, None)
        await asyncio.sleep(1)
        assert (await line.call(again.json()["id"]))["ended_at"] is None
        assert dialled(line) == []


@pytest.mark.thorough
@pytest.mark.realtime
async def test_a_late_callback_tells_the_new_process(tmp_path: Path) -> None:
    """Which call it was, and that nobody picked up."""
    async with running(tmp_path) as (line, service):
        there_again = asyncio.Event()
        line.carrier.answer(CALLEE, NoAnswer(ring_secs=0.1, waits_for=there_again))
        line.carrier.callback_faults = CallbackFaults(dropped=frozenset({"initiated", "ringing"}))
        sim = await killed(line, service)
        line.carrier.rest_faults.fail_next(100)  # nor does the carrier answer when it is asked
        await service.start()
        again = await order(line, "once")
        there_again.set()
        record = await line.ended(again.json()["id"], within_secs=60)
        assert (record["call_sid"], record["status"]) == (sim.sid, "no-answer")
        assert record["outcome"]["reason"] == "no_answer"
        assert dialled(line) == [sim]


@pytest.mark.thorough
@pytest.mark.realtime
async def test_any_worker_knows_the_order(tmp_path: Path) -> None:
    """Twelve at once over three processes: one call. Also when it is over."""
    async with running(tmp_path, workers=3) as (line, service):
        line.carrier.answer(CALLEE, Answers(ring_secs=0.1))
        answers = await asyncio.gather(*(order(line, "once") for _ in range(12)))
        assert sorted(answer.status_code for answer in answers) == [200] * 11 + [201]
        (call_id,) = {answer.json()["id"] for answer in answers}
        (sim,) = dialled(line)
        await line.until(call_id, lambda record: bool(record["turns"]))
        assert (await order(line, "once")).json()["id"] == call_id
        await sim.hang_up()
        await line.ended(call_id)
        assert (await order(line, "once")).status_code == 200
        assert len(dialled(line)) == 1
        assert "Traceback" not in service.log
