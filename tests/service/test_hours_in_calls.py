"""Calls within and after the hours of a business, over the simulated carrier."""

import datetime as dt
from collections.abc import AsyncIterator
from typing import Any

import pytest
import pytest_asyncio

from bot.clock import utcnow
from bot.simulator.caller import CallerScript, HangUp, Pause, Say, WaitForAgent
from bot.simulator.model import ANYTHING, Call, ModelScript, Step
from bot.testing.line import CALLER, HASTY, Line, agent_file
from processors.hours import WEEKDAYS
from tests.service.line_kit import ToneVoice, open_line
from tests.voices import kept_voice

pytestmark = pytest.mark.asyncio(loop_scope="module")

OPEN, CLOSED = "+15550001001", "+15550001002"
ALWAYS = '[hours]\ntimezone = "UTC"\nweek = { mon-sun = "00:00-24:00" }'
AFTER = '[after_hours]\nfirst_line = "Closed till {next_opening}."\ninstructions = "Write it down."'
ASK = "When are you open?"


def closed_now() -> tuple[str, str]:
    """Hours of one day, three days from now; and how that day is spoken of."""
    day = (utcnow() + dt.timedelta(days=3)).weekday()
    name = WEEKDAYS[day]
    week = f'week = {{ {name[:3].lower()} = "10:00-11:00" }}'
    return f'[hours]\ntimezone = "UTC"\n{week}', f"on {name} at 10:00 AM"


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def line(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Line]:
    agents = {
        "day": agent_file(f'numbers = ["{OPEN}"]', ALWAYS, AFTER),
        "night": agent_file(f'numbers = ["{CLOSED}"]', closed_now()[0], AFTER),
    }
    script = ModelScript(
        steps=(
            Step(hears=ANYTHING, calls=(Call(name="lookup_hours", arguments={}),)),
            Step(after_tool="lookup_hours", say="Those are our hours."),
        ),
        expects=(ASK,),
    )
    folder = tmp_path_factory.mktemp("hours")
    async with open_line(
        folder, manner=HASTY, voice=ToneVoice(), agents=agents, script=script
    ) as line:
        yield line


async def called(line: Line, number: str) -> tuple[dict[str, Any], str]:
    """The record of a call to this number, and the instructions of its session."""
    caller = CallerScript(
        voice=kept_voice("caller"), actions=(WaitForAgent(200), Say(ASK), Pause(1500), HangUp())
    )
    sim = await line.carrier.dial(CALLER, to_number=number, caller=caller)
    record = await line.ended(sim.sid)
    return record, str(line.model.sessions[-1].session["instructions"])


async def test_within_hours_the_greeting_is_as_always(line: Line) -> None:
    """The model knows that the business is open."""
    record, instructions = await called(line, OPEN)
    assert record["turns"][0]["text"] == "Hello."
    assert "The business is open now" in instructions
    assert "Write it down" not in instructions


async def test_after_hours_there_is_another_greeting(line: Line) -> None:
    """With the next opening in it; the model has the instructions of that time."""
    record, instructions = await called(line, CLOSED)
    opens = closed_now()[1]
    assert record["turns"][0]["text"] == f"Closed till {opens}."
    assert f"The business is closed now and opens again {opens}." in instructions
    assert "Write it down." in instructions


async def test_the_model_looks_hours_up_in_the_file(line: Line) -> None:
    """Not at the business, which has others."""
    record, _ = await called(line, CLOSED)
    (looked,) = record["tool_calls"]
    assert looked["ok"]
    assert looked["result"]["open_now"] is False
    spans = [day["open"] for day in looked["result"]["hours"]]
    assert sorted(spans) == [[]] * 6 + [["10:00-11:00"]]
