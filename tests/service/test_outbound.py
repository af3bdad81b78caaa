"""Calls that the line makes: placed, answered, not answered, refused; and when it is full."""

import asyncio
from collections.abc import AsyncIterator
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio

from bot.simulator.caller import CallerScript, HangUp, StayOn, WaitForAgent
from bot.simulator.carrier import (
    AnswerPolicy,
    Answers,
    Busy,
    CallbackFaults,
    EndReason,
    Fails,
    NoAnswer,
    SimCall,
)
from bot.testing.line import CALLER, HASTY, LINE, Line, agent_file
from tests.service.line_kit import ToneVoice, open_line

pytestmark = pytest.mark.asyncio(loop_scope="module")

CALLEE = "+15554440000"
POLITE = CallerScript(actions=(WaitForAgent(silence_ms=100), HangUp()))
PATIENT = CallerScript(actions=(StayOn(),))
AGENTS = {
    "task": agent_file("limits = { ring_secs = 5 }", pipeline="errand", first_line="Hi."),
    "needy": agent_file(pipeline="errand", first_line="Hi, {name}."),
    "wordy": agent_file(pipeline="errand", sorry="Sorry. " * 1000),
}


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def line(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Line]:
    async with open_line(
        tmp_path_factory.mktemp("outbound"), manner=HASTY, voice=ToneVoice(), agents=AGENTS
    ) as line:
        yield line


async def place(line: Line, policy: AnswerPolicy, agent: str = "task") -> tuple[str, SimCall]:
    """Have a call made to a number of this kind: our id, and the call at the carrier."""
    line.carrier.answer(CALLEE, policy)
    known = set(line.carrier.calls)
    answer = await line.api.post("/calls", json={"to": CALLEE, "agent": agent})
    assert answer.status_code == 201, answer.text
    (sid,) = set(line.carrier.calls) - known
    return answer.json()["id"], line.carrier.calls[sid]


async def test_what_the_law_says_against_a_call_is_told(line: Line) -> None:
    """And it is dialled. Nobody knows where the area code 555 is."""
    line.carrier.answer(CALLEE, Busy())
    answer = await line.api.post("/calls", json={"to": CALLEE, "agent": "task"})
    (warning,) = answer.json()["warnings"]
    assert warning["rule"] == "place"
    assert "no hour is known to be allowed" in warning["why"]
    assert (await line.ended(answer.json()["id"]))["outcome"]["reason"] == "busy"


async def live_calls(line: Line) -> int:
    """How many calls the service says it holds."""
    count: int = (await line.api.get("/health/live")).json()["live_calls"]
    return count


def said(record: dict[str, Any]) -> list[str]:
    return [turn["text"] for turn in record["turns"]]


async def test_an_answered_call(line: Line) -> None:
    """The agent speaks first, at once, with its first line; the callee's hang-up ends the call."""
    call_id, sim = await place(line, Answers(ring_secs=0.2, caller=POLITE))
    record = await line.ended(call_id)
    assert (record["direction"], record["agent"]) == ("outbound", "task")
    assert (record["from"], record["to"], record["call_sid"]) == (LINE, CALLEE, sim.sid)
    assert record["status"] == "completed"
    assert record["outcome"]["reason"] == "caller_hung_up"
    assert said(record) == ["Hi."]
    assert record["latency"]["first_words_ms"] <= 500
    heard_ms = (await sim.wait_for("agent_speaks")).detail["at_ms"]
    assert isinstance(heard_ms, float) and heard_ms <= 500
    assert not line.rest.completions(sim.sid)


async def test_the_model_is_there_before_the_answer(line: Line) -> None:
    """The model's session is opened while the phone rings."""
    known = len(line.model.sessions)
    call_id, sim = await place(line, Answers(ring_secs=0.6, caller=POLITE))
    await line.model.until(lambda: len(line.model.sessions) > known, within_secs=0.5)
    assert sim.line is None
    await line.ended(call_id)
    assert len(line.model.sessions) == known + 1


@pytest.mark.parametrize(
    ("policy", "status", "reason", "result"),
    [
        (Busy(ring_secs=0.1), "busy", "busy", "unreached"),
        (NoAnswer(ring_secs=0.1), "no-answer", "no_answer", "unreached"),
        (Fails(ring_secs=0.1), "failed", "not_placed", "failed"),
        (Busy(ring_secs=0.0), "busy", "busy", "unreached"),
    ],
    ids=["busy", "no answer", "failed", "busy at once"],
)
async def test_nobody_is_reached(
    line: Line, policy: AnswerPolicy, status: str, reason: str, result: str
) -> None:
    """The carrier's word for a call that was not answered is its status; we do nothing there."""
    call_id, sim = await place(line, policy)
    record = await line.ended(call_id)
    assert record["status"] == status
    assert (record["outcome"]["reason"], record["outcome"]["result"]) == (reason, result)
    assert record["answered_at"] is None
    assert record["turns"] == []
    assert record["cost"]["carrier"] == 0
    assert not line.rest.completions(sim.sid)


async def test_a_call_taken_back_while_it_rings(line: Line) -> None:
    """Hanging up a ringing call cancels it at the carrier, once."""
    call_id, sim = await place(line, NoAnswer())
    await line.until(call_id, lambda record: record["status"] == "ringing")
    assert (await line.api.post(f"/calls/{call_id}/hangup")).status_code == 202
    record = await line.ended(call_id)
    assert await sim.wait_ended(5) is EndReason.REST_CANCELED
    assert (record["status"], record["outcome"]["reason"]) == ("canceled", "hung_up_by_api")
    assert len(line.rest.completions(sim.sid)) == 1


async def test_a_call_canceled_at_the_carrier(line: Line) -> None:
    """Somebody else may cancel the call, in the carrier's console for instance."""
    call_id, sim = await place(line, NoAnswer())
    await sim.wait_for("callback")
    await sim.hang_up()
    record = await line.ended(call_id)
    assert (record["status"], record["outcome"]["reason"]) == ("canceled", "canceled")


@pytest.mark.parametrize(
    ("code", "status", "told"),
    [(21211, 422, "cannot be dialled"), (20003, 502, "credentials")],
)
async def test_the_carrier_refuses(line: Line, code: int, status: int, told: str) -> None:
    """A refusal is an answer of the API that says why, and a record."""
    known = set(line.carrier.calls)
    line.carrier.rest_faults.fail_next(code=code)
    answer = await line.api.post("/calls", json={"to": CALLEE, "agent": "task"})
    assert answer.status_code == status
    assert told in answer.json()["detail"]
    fault = "callee" if status == 422 else "ours"
    assert (answer.json()["fault"], answer.json()["retry"]) == (fault, False)
    newest = (await line.api.get("/calls", params={"limit": 1})).json()["calls"][0]
    record = await line.ended(newest["id"])
    assert (record["status"], record["outcome"]["reason"]) == ("failed", "not_placed")
    assert set(line.carrier.calls) == known
    async with asyncio.timeout(5):  # a call is let go of a moment after its record is whole
        while await live_calls(line):  # noqa: ASYNC110 - asked over HTTP
            await asyncio.sleep(0.05)


async def test_too_many_requests(line: Line) -> None:
    """429 means that nothing was done: the call is asked for again, and placed once."""
    known = len(line.carrier.calls)
    line.carrier.rest_faults.fail_next(2, code=20429)
    call_id, _ = await place(line, Busy(ring_secs=0))
    assert (await line.ended(call_id))["outcome"]["reason"] == "busy"
    assert len(line.carrier.calls) == known + 1


async def test_an_answer_later_than_the_call(line: Line) -> None:
    """The call may be over when the carrier's answer to our request for it comes."""
    line.rest.late_secs = 1.5
    try:
        call_id, sim = await place(line, Answers(ring_secs=0.0, caller=POLITE))
    finally:
        line.rest.late_secs = 0.0
    record = await line.ended(call_id)
    assert record["outcome"]["reason"] == "caller_hung_up"
    assert record["call_sid"] == sim.sid
    assert said(record) == ["Hi."]


async def test_busy_before_the_answer_to_our_request(line: Line) -> None:
    """So may a call that nobody answered."""
    line.rest.late_secs = 0.5
    try:
        call_id, sim = await place(line, Busy(ring_secs=0.0))
    finally:
        line.rest.late_secs = 0.0
    record = await line.ended(call_id)
    assert (record["outcome"]["reason"], record["call_sid"]) == ("busy", sim.sid)


async def test_hang_up_while_the_call_is_being_placed(line: Line) -> None:
    """A call hung up before the carrier has told its id does not go on ringing."""
    line.carrier.callback_faults = CallbackFaults(
        dropped=frozenset({"initiated", "ringing", "answered", "completed"})
    )
    line.rest.late_secs = 0.6
    try:
        placing = asyncio.create_task(place(line, NoAnswer()))
        await line.carrier.wait_for_call(to=CALLEE)
        await asyncio.sleep(0.1)
        newest = (await line.api.get("/calls", params={"limit": 1})).json()["calls"][0]
        assert (await line.api.post(f"/calls/{newest['id']}/hangup")).status_code == 202
        call_id, sim = await placing
        assert await sim.wait_ended(3) is EndReason.REST_CANCELED
    finally:
        line.rest.late_secs = 0.0
        line.carrier.callback_faults = CallbackFaults()
    record = await line.ended(call_id)
    assert (record["status"], record["outcome"]["reason"]) == ("canceled", "hung_up_by_api")
    assert record["call_sid"] == sim.sid


ALL = frozenset({"initiated", "ringing", "answered", "completed"})


@pytest.mark.parametrize(
    "faults",
    [
        CallbackFaults(duplicated=ALL),
        CallbackFaults(after={"initiated": "completed", "ringing": "answered"}),
        CallbackFaults(after={"answered": "completed"}, duplicated=ALL),
        CallbackFaults(dropped=ALL),
        CallbackFaults(delay_secs=dict.fromkeys(ALL, 0.5)),
    ],
    ids=["twice", "out of order", "answered last", "never", "late"],
)
async def test_callbacks_in_any_order(line: Line, faults: CallbackFaults) -> None:
    """An answered call is the same call, however its callbacks come."""
    line.carrier.callback_faults = faults
    try:
        call_id, _ = await place(line, Answers(ring_secs=0.1, caller=POLITE))
        record = await line.ended(call_id)
        await line.carrier.settle(2)
        assert await line.call(call_id) == record
    finally:
        line.carrier.callback_faults = CallbackFaults()
    assert (record["status"], record["outcome"]["reason"]) == ("completed", "caller_hung_up")
    times = [record[name] for name in ("started_at", "answered_at", "ended_at")]
    assert sorted(times, key=datetime.fromisoformat) == times
    assert said(record) == ["Hi."]


@pytest.mark.parametrize(
    ("order", "told"),
    [
        ({"to": CALLEE, "agent": "needy"}, '"name"'),
        ({"to": CALLEE, "agent": "nobody"}, "choose one of: "),
        ({"to": "911", "agent": "task"}, "to: "),
        ({"to": CALLEE, "agent": "wordy"}, "4000 characters"),
    ],
    ids=["missing variable", "unknown agent", "bad number", "too long TwiML"],
)
async def test_an_order_that_cannot_be_carried_out(
    line: Line, order: dict[str, str], told: str
) -> None:
    """422, with a sentence that names what is wrong; nothing is dialled, nothing is left over."""
    known = set(line.carrier.calls)
    answer = await line.api.post("/calls", json=order)
    assert answer.status_code == 422
    assert told in answer.json()["detail"]
    assert set(line.carrier.calls) == known
    async with asyncio.timeout(2):
        while await live_calls(line):  # noqa: ASYNC110 - asked over HTTP
            await asyncio.sleep(0.02)


async def test_a_variable_that_is_given(line: Line) -> None:
    """Variables of the order fill the agent's first line."""
    line.carrier.answer(CALLEE, Answers(ring_secs=0.1, caller=POLITE))
    order = {"to": CALLEE, "agent": "needy", "variables": {"name": "Ann"}}
    answer = await line.api.post("/calls", json=order)
    assert said(await line.ended(answer.json()["id"])) == ["Hi, Ann."]


async def test_a_full_house(tmp_path: Path) -> None:
    """At MAX_CALLS: outbound 503, inbound the busy line and a record; after a hang-up, room."""
    async with open_line(
        tmp_path, manner=HASTY, voice=ToneVoice(), agents=AGENTS, max_calls=1, inbound_agent="task"
    ) as line:
        first = await line.carrier.dial(CALLER)
        await first.wait_for("agent_speaks")
        ready = await line.api.get("/health/ready")
        assert (ready.status_code, ready.json()) == (
            503,
            {
                "status": "full",
                "why": "1 calls are under way, 1 is the most for inbound calls",
                "live_calls": 1,
            },
        )
        answer = await line.api.post("/calls", json={"to": CALLEE, "agent": "task"})
        assert (answer.status_code, answer.headers["retry-after"]) == (503, "10")
        second = await line.carrier.dial(CALLER)
        assert await second.wait_ended(5) is EndReason.TWIML_HANGUP
        assert "Busy." in second.documents[0]
        record = await line.ended(second.sid)
        assert (record["outcome"]["reason"], record["outcome"]["result"]) == (
            "at_capacity",
            "turned_away",
        )
        assert second.streams == []
        await first.hang_up()
        await line.ended(first.sid)
        call_id, _ = await place(line, Busy(ring_secs=0))
        assert (await line.ended(call_id))["outcome"]["reason"] == "busy"
