"""What the service does when something never comes. All of it waits at the same time."""

import asyncio
from collections.abc import AsyncIterator, Coroutine
from typing import Any

import pytest
import pytest_asyncio
from pipecat.frames.frames import Frame, StartFrame
from pipecat.processors.frame_processor import FrameDirection, FrameProcessor
from websockets.exceptions import ConnectionClosed

from bot.simulator.carrier import Answers, Busy, CallbackFaults, EndReason, Fails, NoAnswer
from bot.simulator.loopback_client import loopback_client
from bot.simulator.model import Faults, ModelScript
from bot.testing.line import (
    ACCOUNT,
    AUTH_TOKEN,
    CALLER,
    HASTY,
    HUMAN,
    LINE,
    Line,
    agent_file,
    voice_form,
)
from pipelines import PIPELINES, PipelineSpec
from pipelines.spec import CallParts
from processors import AutoHangup, CallTimeLimit
from tests.service.line_kit import ToneVoice, open_line

pytestmark = [pytest.mark.asyncio(loop_scope="module"), pytest.mark.timeout(300)]

FRONT, FRESH, STUCK = "+15550001001", "+15550001002", "+15550001003"
BUSY, UNANSWERED, FAILING, RINGING = (f"+1555444000{n}" for n in range(4))
NEVER = CallbackFaults(dropped=frozenset({"initiated", "ringing", "answered", "completed"}))


class Blocked(FrameProcessor):
    """Lets the start through and nothing else, ever."""

    async def process_frame(self, frame: Frame, direction: FrameDirection) -> None:
        await super().process_frame(frame, direction)
        if not isinstance(frame, StartFrame):
            await asyncio.Event().wait()
        await self.push_frame(frame, direction)


def _build_blocked(call: CallParts) -> list[FrameProcessor]:
    last = [AutoHangup.of(call.agent), CallTimeLimit.of(call.agent)]
    return [call.caller_audio, call.model, Blocked(), *last, call.bot_audio]


AGENTS = {
    "front": agent_file(f'numbers = ["{FRONT}"]'),
    "fresh": agent_file(f'numbers = ["{FRESH}"]', first_line=""),
    "stuck": agent_file(f'numbers = ["{STUCK}"]', pipeline="blocked"),
    "task": agent_file("limits = { ring_secs = 5 }", pipeline="errand"),
}
BLOCKED = PipelineSpec(name="blocked", build=_build_blocked, tools=())

Record = dict[str, Any]


async def a_lost_reply(line: Line) -> Record:
    """The carrier dials, and its reply never reaches us: the call is found, and can be ended."""
    line.carrier.answer(RINGING, NoAnswer(ring_secs=60))
    line.carrier.rest_faults.lose_reply_next()
    answer = await line.api.post("/calls", json={"to": RINGING, "agent": "task"}, timeout=20)
    assert answer.status_code == 201, answer.text
    record: Record = answer.json()
    sim = line.carrier.calls[record["call_sid"]]
    assert (await line.api.post(f"/calls/{record['id']}/hangup")).status_code in (202, 409)
    await sim.wait_ended(10)
    return await line.ended(record["id"])


async def unheard_of(line: Line, number: str) -> Record:
    """A call of whose end no callback tells."""
    answer = await line.api.post("/calls", json={"to": number, "agent": "task"})
    assert answer.status_code == 201, answer.text
    return await line.ended(answer.json()["id"], within_secs=40)


async def a_mute_stream(line: Line) -> tuple[int | None, float]:
    """A signed websocket on which nothing is said: its close code, and after how many seconds."""
    loop = asyncio.get_running_loop()
    async with line.stream() as socket:
        began_at = loop.time()
        with pytest.raises(ConnectionClosed):
            await socket.recv()
        return socket.close_code, loop.time() - began_at


async def a_call_of_nobody(line: Line) -> Record:
    """An announced call that the carrier has forgotten and whose stream never comes."""
    form = voice_form("CAnobody", To=FRONT)
    assert (await line.webhook("/twilio/incoming", form)).status_code == 200
    return await line.ended("CAnobody", within_secs=40)


async def a_call_without_a_stream(line: Line) -> Record:
    """A caller who is on the line while their stream never comes."""
    async with loopback_client(base_url=line.carrier.url) as client:
        waiting = await client.post(
            f"/2010-04-01/Accounts/{ACCOUNT}/Calls.json",
            auth=(ACCOUNT, AUTH_TOKEN),
            data={
                "To": CALLER,
                "From": LINE,
                "Twiml": '<Response><Pause length="60"/></Response>',
            },
        )
    call_sid = waiting.json()["sid"]
    form = voice_form(call_sid, To=FRONT)
    assert (await line.webhook("/twilio/incoming", form)).status_code == 200
    record = await line.ended(call_sid, within_secs=40)
    sim = line.carrier.calls[call_sid]
    assert await sim.wait_ended(5) is EndReason.TWIML_HANGUP
    assert [leg.address for leg in sim.legs] == [HUMAN]
    return record


async def a_call_at(line: Line, number: str) -> Record:
    """A call in which the agent never gets to speak."""
    sim = await line.carrier.dial(CALLER, to_number=number)
    record = await line.ended(sim.sid, within_secs=60)
    await sim.wait_ended(5)
    assert [leg.address for leg in sim.legs] == [HUMAN]
    return record


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def line(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Line]:
    async with open_line(
        tmp_path_factory.mktemp("patience"),
        manner=HASTY,
        voice=ToneVoice(),
        script=ModelScript(),
        agents=AGENTS,
        pipelines={**PIPELINES, "blocked": BLOCKED},
    ) as line:
        line.carrier.answer(HUMAN, Answers(ring_secs=0.1, talk_secs=0.1))
        line.carrier.answer(CALLER, Answers(ring_secs=0.1))
        line.carrier.answer(BUSY, Busy(ring_secs=0.1))
        line.carrier.answer(UNANSWERED, NoAnswer(ring_secs=1))
        line.carrier.answer(FAILING, Fails(ring_secs=0.1))
        line.carrier.callback_faults = NEVER
        yield line


Waits = dict[str, asyncio.Task[Any]]


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def waits(line: Line) -> AsyncIterator[Waits]:
    """Everything that waits, begun at once; a test takes its own."""
    tasks: Waits = {}

    def begin(name: str, work: Coroutine[Any, Any, Any]) -> None:
        tasks[name] = asyncio.create_task(work)

    line.model.faults = Faults(never_answers=True)  # of every session: a stalled one is replaced
    begin("model_silent", a_call_at(line, FRESH))
    await line.model.until(lambda: len(line.model.sessions) == 1)
    begin("lost", a_lost_reply(line))
    await line.carrier.wait_for_call(to=RINGING)
    begin("mute", a_mute_stream(line))
    begin("nobody", a_call_of_nobody(line))
    begin("streamless", a_call_without_a_stream(line))
    begin("pipeline_stuck", a_call_at(line, STUCK))
    for number in (BUSY, UNANSWERED, FAILING):
        begin(number, unheard_of(line, number))
    yield tasks
    for task in tasks.values():
        task.cancel()
    await asyncio.gather(*tasks.values(), return_exceptions=True)


async def test_a_stream_without_a_start(waits: Waits) -> None:
    """A stream that says nothing for 5 s is closed."""
    code, after_secs = await waits["mute"]
    assert code == 1008
    assert 4.5 <= after_secs <= 7


async def test_the_carriers_reply_is_lost(waits: Waits) -> None:
    """A call that rings is ours even when nobody told us that it was placed."""
    record = await waits["lost"]
    assert (record["status"], record["outcome"]["reason"]) == ("canceled", "hung_up_by_api")


async def test_a_model_that_never_speaks(waits: Waits) -> None:
    """The caller is not left in silence: apology and human after 10 s."""
    record = await waits["model_silent"]
    assert (record["outcome"]["reason"], record["outcome"]["result"]) == ("model_silent", "failed")


async def test_a_pipeline_that_is_stuck(waits: Waits) -> None:
    """Nor is one whose pipeline passes nothing on; the record is complete all the same."""
    record = await waits["pipeline_stuck"]
    assert record["outcome"] == {
        "result": "failed",
        "reason": "pipeline_stuck",
        "summary": "",
        "fields": {},
    }


async def test_a_caller_whose_stream_never_comes(waits: Waits) -> None:
    """The carrier says they are on the line: they are told and put through."""
    record = await waits["streamless"]
    assert record["outcome"]["reason"] == "stream_never_came"


async def test_an_announced_call_that_is_gone(waits: Waits) -> None:
    """The carrier knows of no such call: it is over."""
    record = await waits["nobody"]
    assert (record["status"], record["outcome"]["reason"]) == ("completed", "caller_hung_up")
    assert record["cost"]["carrier"] == 0


@pytest.mark.parametrize(
    ("number", "status", "reason"),
    [
        (BUSY, "busy", "busy"),
        (UNANSWERED, "no-answer", "no_answer"),
        (FAILING, "failed", "not_placed"),
    ],
    ids=["busy", "no answer", "failed"],
)
async def test_no_callback_ever_comes(waits: Waits, number: str, status: str, reason: str) -> None:
    """After the time it may ring the service asks the carrier how the call ended."""
    record = await waits[number]
    assert (record["status"], record["outcome"]["reason"]) == (status, reason)


async def test_nothing_is_left(line: Line, waits: Waits) -> None:
    """After all of that no call is live."""
    await asyncio.gather(*waits.values(), return_exceptions=True)
    assert (await line.api.get("/health/live")).json()["live_calls"] == 0
