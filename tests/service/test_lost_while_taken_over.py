"""The brain of a call is lost for good while an operator speaks: they speak on, and the other brain
is silent until the call is given back, and knows then what was said.
"""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from operator_kit import place, seated
from talk_kit import QUICK, RULER, stretch_of

from bot.media.g711 import SILENCE
from bot.simulator.caller import CallerScript, Pause, Say, StayOn
from bot.simulator.carrier import SimCall
from bot.simulator.model import (
    ANYTHING,
    Faults,
    Mishap,
    ModelScript,
    RealtimeModelServer,
    Step,
)
from bot.simulator.voices import Voice
from bot.testing.line import CALLER, Line, agent_file
from tests.service.line_kit import open_line

GREETING = "Hello, this is the desk."
MARIA = "Good evening, this is Maria."
ON = "I am still with you, and I look it up for you right now."
ASK, BACK = "When do you close?", "Now it is me again."
NOTE = "has taken the call over"
FILE = """
protocol = "openai-realtime"
models = ["far-1"]
voice = "marin"
quirks = { transcription = { model = "far-hears" } }
"""
OTHER = ModelScript(
    greeting=GREETING,
    steps=(
        Step(nudged=True, told=NOTE, say=BACK),
        Step(opening=True, told=NOTE, say=BACK),
        Step(hears=ANYTHING, told=NOTE, say=BACK, once=False),
        Step(hears=ANYTHING, say="I am not to be heard.", once=False),
        Step(opening=True, say="Nor am I to be heard.", once=False),
        Step(nudged=True, say="Nobody has asked me.", once=False),
    ),
    expects=(ASK,),
)


@asynccontextmanager
async def a_line(folder: Path) -> AsyncIterator[tuple[Line, RealtimeModelServer]]:
    async with RealtimeModelServer(script=OTHER, voice=RULER, key="", manner=QUICK) as far:
        home = folder / "brains"
        home.mkdir()
        (home / "far.toml").write_text(f'{FILE}url = "{far.url}"\n', encoding="utf-8")
        more = 'brain = "openai"\nfallback_brain = "far"'
        async with open_line(
            folder,
            script=ModelScript(greeting=GREETING),
            manner=QUICK,
            voice=RULER,
            agents={"desk": agent_file(more, first_line=GREETING)},
            inbound_agent="desk",
            trunkline_brains=home,
        ) as line:
            yield line, far


async def lose_the_first(line: Line, far: RealtimeModelServer) -> None:
    """For good: no other session of it can be opened. Until the other brain's is there."""
    line.model.faults = Faults(refuse_with=401)
    line.model.suffer(line.model.sessions[-1], Mishap.DROP)
    await far.until(lambda: bool(far.sessions), within_secs=20)


async def test_the_operator_speaks_on_and_the_other_brain_waits(
    tmp_path: Path, spoken: Voice
) -> None:
    """They are heard on the line after the loss as before it; the other brain says nothing until it
    is given the call, and knows then what was said.
    """
    async with a_line(tmp_path) as (line, far):
        asks = CallerScript((Pause(14000), Say(ASK), StayOn()), spoken)
        sim = await line.carrier.dial(CALLER, caller=asks)
        await line.until(sim.sid, lambda record: bool(record["turns"]))
        async with seated(line, await place(line, sim.sid, "take-over")) as ear:
            await ear.until("speaking")
            await ear.speak(RULER.render(MARIA))  # and is lost before its end is told
            await lose_the_first(line, far)
            await ear.speak(bytes([SILENCE]) * 8000)
            await ear.speak(RULER.render(ON))
            microphone = asyncio.create_task(ear.keep_silent())
            await line.until(sim.sid, lambda record: ASK in str(record["turns"]))
            microphone.cancel()
            assert (await line.api.post(f"/calls/{sim.sid}/give-back")).status_code == 202
            await ear.until("given_back")
        await line.until(sim.sid, lambda record: BACK in str(record["turns"]))
        await sim.hang_up()
        record = await line.ended(sim.sid)
    said = [turn["text"] for turn in record["turns"]]
    assert said == [GREETING, "[api speaks]", "[api speaks]", ASK, BACK]
    heard_ms = {line: _heard_ms(sim, line) for line in (MARIA, ON)}
    assert heard_ms[ON] == len(RULER.render(ON)) / 8
    assert heard_ms[MARIA] > len(RULER.render(MARIA)) / 8 - 700  # what was ahead of the ear is lost
    told = str(far.sessions[-1].received("conversation.item.create"))
    assert GREETING in told and NOTE in told
    assert [each["brain"] for each in record["agents"]] == ["openai", "far"]


def _heard_ms(sim: SimCall, said: str) -> float:
    span = stretch_of(sim.heard.agent, RULER.render(said))
    return span.end_ms - span.start_ms if span else 0.0
