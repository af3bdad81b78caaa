"""A line whose agent asks people whether they take its caller."""

from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from talk_kit import QUICK, RULER

from bot.simulator.caller import CallerScript, HangUp, Pause, Press, Say, WaitForAgent, render_words
from bot.simulator.carrier import AnswerPolicy, Answers, SimCall
from bot.simulator.model import Call, ModelScript, Step
from bot.simulator.voices import Voice
from bot.testing.line import CALLER, LINE, Line, Serving
from tests.service.line_kit import open_line

ASK, MORE, NEVER_MIND = "Maria, please.", "Are you open tomorrow?", "Oh, never mind."
MOMENT, OPEN, OFFER = "One moment.", "Yes, from nine.", "Nobody is there, may I take a message?"
MARIA, TOM = "+15558880001", "+15558880002"
BRIEF = "Maria Diaz, about moving tomorrow's appointment"
QUESTION = (
    f"You have a caller: {BRIEF}. To take the call, press 1 or say yes. "
    "To decline, press 2 or say no."
)
GONE = "I am sorry, the caller is no longer on the line."
AGENT = f"""
pipeline = "reception"
instructions = "Be brief."
first_line = "Hello there."
outcome = {{ summary = false }}
lines = {{ hold = "Please hold.", nobody = "Nobody." }}
people.maria = {{ number = "{MARIA}", transfer = "warm", then = "tom" }}
people.tom = {{ number = "{TOM}", transfer = "warm" }}
"""
DESK = {"desk": AGENT}
NUMBERS = {"maria": MARIA, "tom": TOM}
EVENTS = frozenset({"initiated", "ringing", "answered", "completed"})


def asks_for(to: str = "tom", *more: Step) -> ModelScript:
    wanted = {"reason": "A visit.", "to": to, "brief": BRIEF}
    call = Call(name="transfer_to_human", arguments=wanted)
    return ModelScript(
        steps=(
            Step(hears=("maria",), say=MOMENT, calls=(call,)),
            *more,
            Step(nudged=True, say=OFFER, once=False),
        ),
        by_words=True,
        expects=(ASK, MORE),
        fallback=OFFER,
    )


def person(spoken: Voice, *actions: Any, **how: Any) -> Answers:
    return Answers(ring_secs=1.0, caller=CallerScript(actions, spoken), **how)


@asynccontextmanager
async def a_line(
    folder: Path,
    script: ModelScript | Callable[[str], ModelScript],
    *,
    agents: Mapping[str, str] = DESK,
    serving: Serving | None = None,
    **answers: AnswerPolicy,
) -> AsyncIterator[Line]:
    async with open_line(
        folder,
        script=script,
        manner=QUICK,
        voice=RULER,
        agents=agents,
        inbound_agent="desk",
        serving=serving,
    ) as line:
        for name, policy in answers.items():
            line.carrier.answer(NUMBERS[name], policy)
            if isinstance(policy, Answers):
                await render_words(policy.caller)
        yield line


async def begun(line: Line, spoken: Voice, *actions: Any) -> SimCall:
    script = CallerScript((WaitForAgent(300), Say(ASK), *actions), spoken)
    await render_words(script)
    return await line.carrier.dial(CALLER, caller=script)


async def played(line: Line, spoken: Voice, *actions: Any) -> tuple[SimCall, dict[str, Any]]:
    sim = await begun(line, spoken, *actions)
    await sim.wait_ended()
    return sim, await line.ended(sim.sid)


def legs_to(line: Line, number: str) -> list[SimCall]:
    return [call for call in line.carrier.calls.values() if call.to_number == number]


def says(sim: SimCall) -> list[str]:
    return [str(event.detail["text"]) for event in sim.events if event.kind == "say"]


def steps(record: dict[str, Any]) -> list[tuple[str, str]]:
    return [(step["step"], step["to"]) for step in record["transfer_steps"]]


TAKES = (Pause(4000), Press("1"), Pause(5000), HangUp())


async def assert_taken(
    line: Line, sim: SimCall, record: dict[str, Any], *, least: float = 4, most: float = 6
) -> None:
    (leg,) = legs_to(line, TOM)
    assert leg.from_number == LINE
    assert says(leg)[0] == QUESTION
    rooms = [
        e.detail["sid"] for call in (leg, sim) for e in call.events if e.kind == "conference_joined"
    ]
    assert rooms == [line.carrier.conferences.all[0].sid] * 2
    assert says(sim) == []  # the caller heard nothing of it
    assert len(sim.streams) == 1
    assert (record["outcome"]["result"], record["outcome"]["reason"]) == ("transferred", "transfer")
    assert steps(record) == [("called", "tom"), ("answered", "tom")]
    record = await line.until(sim.sid, lambda known: known["transfer"]["answered"] is not None)
    assert record["transfer"]["target"] == TOM
    assert record["transfer"]["outcome"] == "answered"
    assert least <= record["transfer"]["talked_secs"] <= most
