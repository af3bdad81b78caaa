"""The caller known before hello: by the number, from earlier calls, and after a call that broke."""

import contextlib
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from talk_kit import BOOKED, CALLER

from bot.simulator.caller import CallerScript, Pause, Say, StayOn, WaitForAgent, render_words
from bot.simulator.carrier import SimCall
from bot.simulator.loopback_client import loopback_client
from bot.simulator.model import ANYTHING, ModelScript, Step
from bot.simulator.voices import Voice
from bot.store import MessageRecord, Store
from bot.testing.line import HASTY, Line
from tests.service.line_kit import open_line, put_forward

ASK, ANSWER = "When are you open?", "We open at nine tomorrow."
OTHER = "+15552229999"
SUMMARY = '{"summary": "Asked for the hours of Tuesday."}'


@asynccontextmanager
async def a_line(folder: Path, caller: str, **more: Any) -> AsyncIterator[Line]:
    agent = (
        f'pipeline = "reception"\ninstructions = "Be brief."\nfirst_line = "Hello."\n'
        f"outcome = {{ summary = true }}\n{caller}\n"
    )
    script = ModelScript(steps=(Step(hears=ANYTHING, say=ANSWER),), expects=(ASK,), summary=SUMMARY)
    async with open_line(
        folder,
        script=script,
        manner=HASTY,
        agents={"desk": agent},
        inbound_agent="desk",
        **more,
    ) as line:
        yield line


@asynccontextmanager
async def store_of(line: Line) -> AsyncIterator[Store]:
    store = await Store.open(line.settings.database_url)
    try:
        yield store
    finally:
        await store.close()


async def book(line: Line, *, phone: str) -> None:
    async with loopback_client(base_url=line.business.url) as business:
        wish = {"name": "Maria Diaz", "day": BOOKED, "time": "10:00", "phone": phone}
        answer = await business.post("/appointments", json=wish, headers={"Idempotency-Key": "1"})
        assert answer.status_code == 201, answer.text


async def call(line: Line, spoken: Voice, *, number: str = CALLER) -> Mapping[str, Any]:
    """A caller asks, hears the answer and hangs up; the record."""
    script = CallerScript((WaitForAgent(300), Say(ASK), WaitForAgent(400), Pause(300)), spoken)
    await render_words(script)
    sim = await line.carrier.dial(number, caller=script)
    await sim.wait_ended()
    return await line.ended(sim.sid)


async def break_off(line: Line, spoken: Voice) -> SimCall:
    """A caller asks and hears the answer; then their line breaks for good."""
    script = CallerScript((WaitForAgent(300), Say(ASK), WaitForAgent(400), StayOn()), spoken)
    await render_words(script)
    sim = await line.carrier.dial(CALLER, caller=script)
    heard = lambda record: any(ANSWER in turn["text"] for turn in record["turns"])  # noqa: E731
    await line.until(sim.sid, heard)
    for count in range(2, 8):
        with contextlib.suppress(ValueError, ConnectionError):
            sim.cut_stream()
        with contextlib.suppress(TimeoutError):
            await sim.wait_for("stream_started", count=count, timeout_secs=5)
            continue
        break
    await sim.wait_ended()
    return sim


def instructions(line: Line) -> str:
    """What the last session was opened with."""
    (update, *_) = line.model.sessions[-1].received("session.update")
    return str(update["session"]["instructions"])


def told(line: Line) -> list[str]:
    """What the model of the last call was told and what it was reminded of, as texts."""
    items = [e["item"] for e in line.model.sessions[-1].received("conversation.item.create")]
    return [part.get("text", "") for item in items for part in item.get("content", ())]


async def test_who_calls_is_known_before_the_greeting(tmp_path: Path, spoken: Voice) -> None:
    """With the next appointment; and that the number proves nothing."""
    async with a_line(tmp_path, "caller = { look_up = true }") as line:
        await book(line, phone=CALLER)
        await call(line, spoken)
        text = instructions(line)
        assert "that of Maria Diaz" in text and f"{BOOKED} at 10:00" in text
        assert "this proves nothing" in text
        await call(line, spoken, number=OTHER)
        assert "Maria" not in instructions(line)


@pytest.mark.parametrize(
    "caller", ["", pytest.param("caller = { memory_days = 3 }", marks=pytest.mark.thorough)]
)
async def test_nobody_is_looked_up_unasked(tmp_path: Path, spoken: Voice, caller: str) -> None:
    """By default the number is not passed on to the business."""
    async with a_line(tmp_path, caller) as line:
        await book(line, phone=CALLER)
        await call(line, spoken)
        assert "Maria" not in instructions(line)


@pytest.mark.parametrize(
    "number", [pytest.param("anonymous", marks=pytest.mark.thorough), "+266696687"]
)
async def test_a_withheld_number_is_never_looked_up(
    tmp_path: Path, spoken: Voice, number: str
) -> None:
    """Whoever booked with it."""
    async with a_line(tmp_path, "caller = { look_up = true, memory_days = 9 }") as line:
        await book(line, phone=number)
        await call(line, spoken, number=number)
        await call(line, spoken, number=number)
        assert "Maria" not in instructions(line)
        assert "Earlier calls" not in instructions(line)


async def test_a_business_that_is_slow_does_not_hold_up_the_greeting(
    tmp_path: Path, spoken: Voice
) -> None:
    """What it says later is told to the model in the call."""
    async with a_line(tmp_path, "caller = { look_up = true }") as line:
        await book(line, phone=CALLER)
        line.business.faults.delay_secs = 1.2
        record = await call(line, spoken)
        assert "Maria" not in instructions(line)
        assert any("that of Maria Diaz" in text for text in told(line))
        assert record["latency"]["first_words_ms"] < 500


async def test_a_business_that_fails_changes_nothing(tmp_path: Path, spoken: Voice) -> None:
    """The phone is answered."""
    async with a_line(tmp_path, "caller = { look_up = true }") as line:
        line.business.faults.fail_next = 5
        record = await call(line, spoken)
        assert record["outcome"]["reason"] == "caller_hung_up"


async def test_what_earlier_calls_were_about_is_remembered(tmp_path: Path, spoken: Voice) -> None:
    """For as long as the file says, until it is erased; open messages too."""
    async with a_line(tmp_path, "caller = { memory_days = 30 }") as line:
        first = await call(line, spoken)
        async with store_of(line) as store:
            await store.messages.add(a_message(first), to=())
        await call(line, spoken)
        text = instructions(line)
        assert "Asked for the hours of Tuesday." in text
        assert "Wants the doctor to ring back" in text
        assert "this proves nothing" in text
        async with store_of(line) as store:
            await store.erase_number(CALLER)
        await call(line, spoken)
        assert "Asked for the hours" not in instructions(line)
        assert "ring back" not in instructions(line)


async def test_a_memory_expires(tmp_path: Path, spoken: Voice) -> None:
    """After the days of the file."""
    async with a_line(tmp_path, "caller = { memory_days = 0.01 }") as line:
        first = await call(line, spoken)
        async with store_of(line) as store:
            await store.messages.add(a_message(first), to=())
        put_forward(900)
        await call(line, spoken)
        assert "Earlier calls" not in instructions(line)


async def test_a_call_that_broke_is_gone_on_with(tmp_path: Path, spoken: Voice) -> None:
    """The agent says so first, and knows what was said; the records are linked."""
    async with a_line(tmp_path, "caller = { resume_mins = 5 }") as line:
        broken = await break_off(line, spoken)
        first = await line.ended(broken.sid)
        assert first["outcome"]["reason"] == "stream_lost"
        second = await call(line, spoken)
        assert second["continues"] == first["id"]
        assert second["turns"][0]["text"].startswith("Hello again, we were")
        assert "broke off a moment ago" in instructions(line)
        assert ANSWER in told(line)
        third = await call(line, spoken)
        assert third["continues"] is None  # the second ended as calls do
        assert third["turns"][0]["text"] == "Hello."


async def test_another_or_a_late_caller_begins_anew(tmp_path: Path, spoken: Voice) -> None:
    """What was said is told to no other number, and to none once the time is over."""
    async with a_line(tmp_path, "caller = { resume_mins = 5 }") as line:
        await break_off(line, spoken)
        assert (await call(line, spoken, number=OTHER))["continues"] is None
        put_forward(301)
        assert (await call(line, spoken))["continues"] is None
    (tmp_path / "off").mkdir()
    async with a_line(tmp_path / "off", "") as line:
        await break_off(line, spoken)
        assert (await call(line, spoken))["continues"] is None


def a_message(record: Mapping[str, Any]) -> MessageRecord:
    return MessageRecord(
        id="msg_1",
        call_id=record["id"],
        agent="desk",
        name="Maria",
        number=CALLER,
        caller_number=CALLER,
        reason="Wants the doctor to ring back",
        urgency="normal",
        taken_at=datetime.fromisoformat(record["started_at"]),
    )
