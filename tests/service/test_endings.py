"""Each way a call ends, seen from outside; and that it ends once."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Mapping
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio
from websockets.asyncio.server import ServerConnection, serve
from websockets.exceptions import ConnectionClosed

from bot.brains.realtime import RealtimeModel
from bot.simulator.caller import Action, CallerScript, HangUp, Say, StayOn, WaitForAgent
from bot.simulator.carrier import Answers, CallbackFaults, EndReason, SimCall
from bot.simulator.model import (
    ANYTHING,
    Call,
    Faults,
    Incident,
    Mishap,
    ModelScript,
    Moment,
    Step,
)
from bot.simulator.voices import Voice
from bot.testing.line import (
    CALLER,
    HASTY,
    HUMAN,
    Line,
    agent_file,
    begin_stream,
    stream_parameters,
    voice_form,
)
from pipelines import ERRAND, PIPELINES, PipelineSpec
from pipelines.spec import CallParts
from tests.service.line_kit import ToneVoice, open_line

pytestmark = pytest.mark.asyncio(loop_scope="module")

BYE, TALK, FRESH, QUIET, SHORT, DEAR, BROKEN, WORDY = (f"+1555000100{n}" for n in range(8))


def _cannot_be_built(call: CallParts) -> list[Any]:
    """What is found out in a call alone, and not when the service starts."""
    if isinstance(call.model, RealtimeModel):
        raise LookupError("an author's mistake")
    return ERRAND.build(call)


AGENTS = {
    "bye": agent_file(f'numbers = ["{BYE}"]', first_line="Goodbye."),
    "talk": agent_file(f'numbers = ["{TALK}"]'),
    "fresh": agent_file(f'numbers = ["{FRESH}"]', first_line=""),  # no clip speaks for the model
    "quiet": agent_file(
        f'numbers = ["{QUIET}"]',
        'silence = { wait_secs = 0.4, prompts = ["Hm?"], goodbye = "Gone." }',
    ),
    "short": agent_file(f'numbers = ["{SHORT}"]', "limits = { secs = 1 }", grace_secs=2),
    "dear": agent_file(
        f'numbers = ["{DEAR}"]',
        "limits = { usd = 0.000001 }",
        first_line="",
        time_limit="No more money. Goodbye.",
        grace_secs=2,
    ),
    "wordy": agent_file(f'numbers = ["{WORDY}"]', first_line="", sorry="Sorry. " * 600),
    "broken": agent_file(f'numbers = ["{BROKEN}"]', pipeline="unbuildable"),
}
UNBUILDABLE = PipelineSpec(name="unbuildable", build=_cannot_be_built, tools=())


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def line(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Line]:
    async with open_line(
        tmp_path_factory.mktemp("endings"),
        manner=HASTY,
        voice=ToneVoice(),
        agents=AGENTS,
        pipelines={**PIPELINES, "unbuildable": UNBUILDABLE},
    ) as line:
        line.carrier.answer(HUMAN, Answers(ring_secs=0.1, talk_secs=0.1))
        yield line


async def call(
    line: Line, number: str, *actions: Action, voice: Voice | None = None, **script: Any
) -> SimCall:
    """Somebody calls the agent at this number, and does this."""
    line.model.script = ModelScript(**script)
    caller = CallerScript(actions=actions or (StayOn(),), **({"voice": voice} if voice else {}))
    return await line.carrier.dial(CALLER, to_number=number, caller=caller)


async def assert_ended(line: Line, sim: SimCall, reason: str, result: str) -> dict[str, Any]:
    """The call ends for this reason, everywhere, once, and nothing that comes later changes it."""
    record = await line.ended(sim.sid)
    assert (record["outcome"]["reason"], record["outcome"]["result"]) == (reason, result)
    await sim.wait_ended(5)
    await line.carrier.settle()
    record = await line.until(record["id"], lambda record: _dialling_is_told(record, sim))
    assert record["status"] == "completed"
    times = [record[name] for name in ("started_at", "answered_at", "ended_at")]
    assert sorted(times, key=datetime.fromisoformat) == times
    assert len(line.rest.completions(sim.sid)) <= 1
    await _pester(line, sim)
    assert await line.call(record["id"]) == record
    return record


def _dialling_is_told(record: Mapping[str, Any], sim: SimCall) -> bool:
    """How dialling the human went is stored after the answer to the carrier, not before it."""
    return not (sim.legs and record["transfer"]) or record["transfer"]["status"] is not None


async def _pester(line: Line, sim: SimCall) -> None:
    form = sim.voice_params()
    for number, status in enumerate(("failed", "completed", "completed", "ringing", "busy")):
        update = form | {"CallStatus": status, "SequenceNumber": str(number)}
        assert (await line.webhook("/twilio/status", update)).status_code == 204
    assert (await line.api.post(f"/calls/{sim.sid}/hangup")).status_code == 409
    assert (await line.webhook("/twilio/incoming", form)).status_code == 403
    assert "<Hangup" in (await line.webhook("/twilio/stream-ended", form)).text


def hung_up_by_us(line: Line, sim: SimCall) -> bool:
    """We ended it, by one REST request."""
    return sim.end_reason is EndReason.REST_COMPLETED and len(line.rest.completions(sim.sid)) == 1


def put_through(sim: SimCall) -> bool:
    """The caller heard an apology and was connected with the human, once."""
    said = [e for e in sim.events if e.kind == "say" and e.detail["text"] == "Sorry."]
    return len(said) == 1 and [leg.address for leg in sim.legs] == [HUMAN]


async def test_the_caller_hangs_up(line: Line) -> None:
    """A caller who hangs up ends the call; we ask nothing more of the carrier."""
    sim = await call(line, TALK, WaitForAgent(silence_ms=100), HangUp())
    record = await assert_ended(line, sim, "caller_hung_up", "completed")
    assert not line.rest.completions(sim.sid)
    assert [turn["text"] for turn in record["turns"]] == ["Hello."]


async def test_the_caller_hangs_up_during_the_greeting(line: Line) -> None:
    """What the caller did not stay for is not in the transcript as if it had been heard."""
    sim = await call(line, TALK)
    await sim.wait_for("agent_speaks")
    await sim.hang_up()
    record = await assert_ended(line, sim, "caller_hung_up", "completed")
    assert all(turn["interrupted"] for turn in record["turns"])


async def test_a_goodbye_that_was_heard(line: Line) -> None:
    """After the agent's farewell and its grace we hang up."""
    sim = await call(line, BYE)
    await assert_ended(line, sim, "goodbye", "completed")
    assert hung_up_by_us(line, sim)


async def test_the_model_asks_to_end_the_call(line: Line, spoken: Voice) -> None:
    """end_call without a word: the agent's farewell is spoken first; the summary is kept."""
    ask = Step(hears=ANYTHING, calls=(Call(name="end_call", arguments={"summary": "All done."}),))
    words = (WaitForAgent(silence_ms=100), Say("That is all."), StayOn())
    sim = await call(line, TALK, *words, voice=spoken, steps=(ask,), expects=("That is all.",))
    record = await assert_ended(line, sim, "end_call", "completed")
    assert hung_up_by_us(line, sim)
    assert record["outcome"]["summary"] == "All done."
    assert [turn["role"] for turn in record["turns"]] == ["agent", "caller", "agent"]


async def test_nobody_speaks(line: Line) -> None:
    """The ladder: a prompt, a goodbye, the end."""
    sim = await call(line, QUIET)
    record = await assert_ended(line, sim, "silence", "completed")
    assert hung_up_by_us(line, sim)
    assert [turn["text"] for turn in record["turns"]] == ["Hello.", "Hm?", "Gone."]


async def test_the_call_takes_too_long(line: Line) -> None:
    """The cap on duration says its line and ends the call."""
    sim = await call(line, SHORT)
    record = await assert_ended(line, sim, "time_limit", "completed")
    assert hung_up_by_us(line, sim)
    assert record["turns"][-1]["text"] == "Time is up. Goodbye."


async def test_the_call_costs_too_much(line: Line) -> None:
    """So does the cap on money."""
    sim = await call(line, DEAR)
    await assert_ended(line, sim, "budget", "completed")
    assert hung_up_by_us(line, sim)


async def test_the_call_costs_too_much_and_the_last_line_is_a_clip(line: Line) -> None:
    """The reason is the same when the last line is there already, as a clip."""
    for _ in range(2):
        sim = await call(line, DEAR)
        await assert_ended(line, sim, "budget", "completed")


async def test_the_caller_is_put_through(line: Line, spoken: Voice) -> None:
    """A transfer is one redirect: hold line, then the human; reason and time are stored."""
    ask = Step(
        hears=ANYTHING,
        say="Of course.",
        calls=(Call(name="transfer_to_human", arguments={"reason": "wants a person"}),),
    )
    words = (WaitForAgent(silence_ms=100), Say("Accounting please."), StayOn())
    sim = await call(line, TALK, *words, voice=spoken, steps=(ask,), expects=("Accounting.",))
    record = await assert_ended(line, sim, "transfer", "transferred")
    assert record["transfer"]["reason"] == "wants a person"
    assert record["transfer"]["target"] == HUMAN
    assert len(line.rest.redirects(sim.sid)) == 1
    assert [leg.address for leg in sim.legs] == [HUMAN]
    assert [e.detail["text"] for e in sim.events if e.kind == "say"] == ["Hold."]


async def test_hang_up_by_api(line: Line) -> None:
    """Two requests to hang up are one ending and one completion at the carrier."""
    sim = await call(line, TALK)
    await sim.wait_for("agent_speaks")
    twice = [line.api.post(f"/calls/{sim.sid}/hangup") for _ in range(2)]
    assert {answer.status_code for answer in await asyncio.gather(*twice)} <= {202, 409}
    await assert_ended(line, sim, "hung_up_by_api", "completed")
    assert hung_up_by_us(line, sim)


async def test_hang_up_after_a_last_line(line: Line) -> None:
    """Who asks for it has the agent say its farewell first, and the other side hears it all."""
    sim = await call(line, TALK)
    await sim.wait_for("agent_speaks")
    for _ in range(2):
        answer = await line.api.post(f"/calls/{sim.sid}/hangup", json={"farewell": True})
        assert answer.status_code == 202
    record = await assert_ended(line, sim, "hung_up_by_api", "completed")
    last = record["turns"][-1]
    assert (last["role"], last["text"], last["interrupted"]) == ("agent", "Goodbye.", False)


TRIES = 8  # to open a session; after the last the call ends
GONE = Faults(refuse_with=401)  # and there is no other session to be had


@pytest.mark.parametrize(
    ("faults", "reason"),
    [
        ((Faults(refuse_with=401),), "model_refused"),
        ((Faults(refuse_with=503),) * TRIES, "model_unreachable"),
        ((Faults(fails_with="server_error"),), "model_failed"),
        (
            (Faults(incidents=(Incident(moment=Moment.GREETING, mishap=Mishap.DROP),)), GONE),
            "model_lost",
        ),
        (
            (Faults(incidents=(Incident(moment=Moment.UPDATED, mishap=Mishap.CLOSE),)), GONE),
            "model_lost",
        ),
    ],
    ids=["refused", "unreachable", "failed", "dropped", "closed"],
)
async def test_the_model_fails(line: Line, faults: tuple[Faults, ...], reason: str) -> None:
    """Without a model the caller hears one apology and is connected with the human."""
    line.model.next_faults(*faults)
    sim = await call(line, FRESH)
    await assert_ended(line, sim, reason, "failed")
    assert put_through(sim)
    assert len(line.rest.redirects(sim.sid)) == 1


async def test_the_stream_breaks_again_and_again(line: Line) -> None:
    """A line that breaks as soon as it is back is given up: one apology, then the human."""
    sim = await call(line, TALK)
    await sim.wait_for("agent_speaks")
    for count in (1, 2, 3):
        await sim.wait_for("stream_started", count=count)
        sim.cut_stream()
    await assert_ended(line, sim, "stream_lost", "failed")
    assert put_through(sim)
    assert len(sim.streams) == 3


async def test_a_pipeline_that_cannot_be_built(line: Line) -> None:
    """A mistake in a pipeline costs its call, in order: apology, human, record."""
    sim = await call(line, BROKEN)
    await assert_ended(line, sim, "pipeline_failed", "failed")
    assert put_through(sim)


async def test_a_hang_up_the_carrier_refuses(line: Line) -> None:
    """When the carrier will not take the redirect, the stream is closed, and it asks."""
    line.model.next_faults(Faults(refuse_with=401))
    line.carrier.rest_faults.fail_next(code=20003)
    sim = await call(line, TALK)
    await assert_ended(line, sim, "model_refused", "failed")
    assert not line.rest.redirects(sim.sid)
    assert put_through(sim)


async def test_an_apology_too_long_for_a_request(line: Line) -> None:
    """TwiML that does not fit into a REST request is fetched by the carrier instead."""
    line.model.next_faults(Faults(refuse_with=401))
    sim = await call(line, WORDY)
    await sim.wait_for("twiml", count=2)
    assert HUMAN in sim.documents[1]
    await sim.hang_up()
    await assert_ended(line, sim, "model_refused", "failed")
    assert not line.rest.redirects(sim.sid)


async def test_a_model_that_speaks_nonsense(tmp_path: Path) -> None:
    """A far side that keeps no protocol costs the conversation, not the order of things."""

    async def babble(connection: ServerConnection) -> None:
        async for _ in connection:
            await connection.send('{"type": "session.updated", "session": 7}')

    async with serve(babble, "127.0.0.1", 0) as server:
        port = next(iter(server.sockets)).getsockname()[1]
        async with open_line(
            tmp_path,
            voice=ToneVoice(),
            agents=AGENTS,
            pipelines={**PIPELINES, "unbuildable": UNBUILDABLE},
            openai_realtime_url=f"ws://127.0.0.1:{port}/v1/realtime",
        ) as line:
            line.carrier.answer(HUMAN, Answers(ring_secs=0.1, talk_secs=0.1))
            sim = await line.carrier.dial(CALLER, to_number=FRESH)
            record = await line.ended(sim.sid)
            assert record["outcome"]["result"] == "failed"
            await sim.wait_ended(5)
            assert put_through(sim)
            assert (await line.api.get("/health/live")).json()["live_calls"] == 0


async def test_a_question_after_a_refused_hang_up_may_take_its_time(line: Line) -> None:
    """The carrier's question what follows the stream is answered when it comes a moment later."""
    line.model.next_faults(Faults(refuse_with=401))
    line.carrier.rest_faults.fail_next(code=20003)
    form = voice_form("CAlate", To=FRESH)
    twiml = (await line.webhook("/twilio/incoming", form)).text
    async with line.stream() as socket:
        await begin_stream(socket, "CAlate", stream_parameters(twiml))
        with contextlib.suppress(ConnectionClosed):
            while True:
                await socket.recv()
    await asyncio.sleep(0.3)  # on its way
    call_id = stream_parameters(twiml)["call"]
    question = form | {"CallStatus": "in-progress"}
    answer = await line.webhook(f"/twilio/stream-ended?call={call_id}", question)
    assert HUMAN in answer.text
    assert (await line.ended(call_id))["outcome"]["reason"] == "model_refused"


async def test_hang_up_by_api_before_the_stream_comes(line: Line) -> None:
    """A call may be ended while the carrier is still on its way to our stream."""
    sim = await call(line, TALK)
    await line.until(sim.sid, lambda record: True)
    await line.api.post(f"/calls/{sim.sid}/hangup")
    record = await line.ended(sim.sid)
    assert record["outcome"]["reason"] == "hung_up_by_api"
    await sim.wait_ended(5)
    assert len(line.rest.completions(sim.sid)) == 1


@pytest.mark.parametrize(
    "faults",
    [
        CallbackFaults(duplicated=frozenset({"completed"})),
        CallbackFaults(dropped=frozenset({"completed"})),
        CallbackFaults(delay_secs={"completed": 0.3}),
    ],
    ids=["twice", "never", "late"],
)
async def test_the_carrier_reports_the_end(line: Line, faults: CallbackFaults) -> None:
    """The end is stored once, whether its callback comes twice, never or late."""
    line.carrier.callback_faults = faults
    try:
        sim = await call(line, BYE)
        await assert_ended(line, sim, "goodbye", "completed")
        assert hung_up_by_us(line, sim)
    finally:
        line.carrier.callback_faults = CallbackFaults()


async def test_both_hang_up_in_the_same_instant(line: Line) -> None:
    """The caller hangs up around the moment the goodbye's grace ends: one ending, any of both."""

    async def one(after_secs: float) -> Mapping[str, Any]:
        sim = await call(line, BYE)
        await sim.wait_for("agent_speaks")
        await asyncio.sleep(after_secs)
        await sim.hang_up()
        record = await line.ended(sim.sid)
        reason = record["outcome"]["reason"]
        assert reason in ("goodbye", "caller_hung_up")
        return await assert_ended(line, sim, reason, "completed")

    # 240 ms of sound and 300 ms of grace, and a moment on the way
    records = await asyncio.gather(*(one(ms / 1000) for ms in range(480, 660, 20)))
    assert len({record["id"] for record in records}) == len(records)
