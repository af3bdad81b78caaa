"""A recorded call goes from one agent to another: it stays one recording, and one consent."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest

from bot.simulator.caller import CallerScript, HangUp, Pause, Say, WaitForAgent
from bot.simulator.carrier.call import SimCall
from bot.simulator.model import ANYTHING, Call, ModelScript, Step
from bot.simulator.voices import Voice
from bot.testing.line import CALLER, HASTY, Line, OpenLine

pytestmark = pytest.mark.timeout(120)

TOLD = "This call is recorded. If you do not want that, say so or press star."
FIRST, ASK, NO = "Hello, how can I help?", "When are you open?", "I do not want to be recorded."
LEAVING, TAKES_OVER, ANSWER = "I hand you over.", "Billing here, what is it?", "It is paid."
TO_BILLING = Call(name="hand_over", arguments={"agent": "billing", "reason": "An invoice."})
DESK = f"""
pipeline = "reception"
instructions = "You are the DESK."
first_line = "{FIRST}"
outcome = {{ summary = false }}
hand_over_to = {{ billing = "invoices" }}
"""
BILLING = """
pipeline = "reception"
instructions = "You are BILLING."
outcome = { summary = false }
"""
ON = 'recording = { when = "on" }\n'


@asynccontextmanager
async def a_line(
    open_line: OpenLine, desk: str, billing: str, expects: str = ASK
) -> AsyncIterator[Line]:
    def script_for(instructions: str) -> ModelScript:
        if "BILLING" in instructions:
            answers = (Step(hears=ANYTHING, say=TAKES_OVER), Step(hears=ANYTHING, say=ANSWER))
            return ModelScript(steps=answers, expects=(expects,))
        step = Step(hears=ANYTHING, say=LEAVING, calls=(TO_BILLING,))
        return ModelScript(greeting=f"{TOLD} {FIRST}", steps=(step,), expects=(ASK,))

    async with open_line(
        script=script_for,
        manner=HASTY,
        agents={"desk": desk, "billing": billing},
        inbound_agent="desk",
    ) as line:
        yield line


async def call(line: Line, spoken: Voice, *actions: Any) -> tuple[SimCall, dict[str, Any]]:
    """Somebody is handed over and then does this; the call and its record."""
    handed = (WaitForAgent(300), Say(ASK), WaitForAgent(2500))
    script = CallerScript(actions=(*handed, *actions, HangUp()), voice=spoken)
    sim = await line.carrier.dial(CALLER, caller=script)
    record = await line.ended(sim.sid, within_secs=60)
    assert [each["agent"] for each in record["agents"]] == ["desk", "billing"]
    return sim, record


def steps_of(record: dict[str, Any]) -> list[str]:
    return [step["what"] for step in record["recording"]["steps"]]


@pytest.mark.parametrize(
    "billing", [BILLING, pytest.param(ON + BILLING, marks=pytest.mark.thorough)]
)
async def test_it_goes_on_and_is_told_of_once(
    open_line: OpenLine, spoken: Voice, billing: str
) -> None:
    """Whatever the second agent's own file says: one recording, to the end of the call, fetched
    once; the caller who was told is not told again.
    """
    async with a_line(open_line, ON + DESK, billing) as line:
        sim, record = await call(line, spoken, Say(ASK), WaitForAgent(300), Pause(1000))
        assert steps_of(record) == ["announced", "heard", "consented", "started"]
        texts = [turn["text"] for turn in record["turns"]]
        assert sum(TOLD in text for text in texts) == 1
        assert TAKES_OVER in texts
        (recording,) = sim.recordings
        taken_over = next(turn for turn in record["turns"] if turn["text"] == TAKES_OVER)
        assert recording.started_at.isoformat() < taken_over["started_at"]
        assert recording.duration_secs is not None and sim.duration_secs is not None
        assert recording.status == "completed"
        until_end_secs = sim.duration_secs - recording.duration_secs
        assert until_end_secs < 10  # what came before it: the announcement
        await line.until(record["id"], lambda _: bool(recording.downloads))
        assert recording.downloads == 1


async def test_a_refusal_is_heard_by_the_second_agent(open_line: OpenLine, spoken: Voice) -> None:
    """What the first one began is stopped, deleted at the carrier, and never kept."""
    async with a_line(open_line, ON + DESK, ON + BILLING, expects=NO) as line:
        sim, record = await call(line, spoken, Say(NO), WaitForAgent(300), Pause(20_000))
        assert steps_of(record)[-3:] == ["started", "refused", "stopped"]
        (recording,) = sim.recordings
        assert (recording.deleted, recording.downloads) == (True, 0)
        listed = (await line.api.get(f"/calls/{record['id']}/recordings")).json()["recordings"]
        assert [each["state"] for each in listed] == ["deleted"]


async def test_nothing_is_recorded_that_was_not_announced(
    open_line: OpenLine, spoken: Voice
) -> None:
    """The first agent records nothing, so the caller was told of nothing: the second one's file
    begins no recording in the middle of a call.
    """
    async with a_line(open_line, DESK, ON + BILLING) as line:
        sim, record = await call(line, spoken, Say(ASK), WaitForAgent(300))
        assert sim.recordings == []
        assert not any("recorded" in turn["text"] for turn in record["turns"])
